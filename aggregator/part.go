package aggregator

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"

	"sporlos/store/derive"
)

// part is a stretch of the visits of a run, by their numbers, both ends included: all of them, or about [foldEvents] events of one day.
type part struct{ first, last uint64 }

var whole = part{0, math.MaxUint64}

// where chooses the part's rows of a table with visits.
func (p part) where() string {
	if p == whole {
		return foldWhere
	}
	return fmt.Sprintf("%s AND visit BETWEEN %d AND %d", foldWhere, p.first, p.last)
}

// numbered returns the question that makes the part's visits.
func (p part) numbered() string {
	if p == whole {
		return derive.Numbered(foldWhere)
	}
	return derive.NumberedPart(derive.Part{Where: p.where(), Later: fmt.Sprintf("%s AND visit > %d", foldWhere, p.last), Made: made.Visits})
}

// cut finds the parts. Events are stored by visit, so it looks at each visit's number once, and no visit is in two parts.
func (f *fold) cut(ctx context.Context) error {
	f.parts = []part{whole}
	if len(f.days) > 1 || f.days[0].arrived <= f.a.foldEvents {
		return nil
	}
	ctx, cancel := f.context(ctx)
	defer cancel()
	for {
		rest := &f.parts[len(f.parts)-1]
		var last uint64
		err := f.a.o.Store.QueryRow(ctx, fmt.Sprintf("SELECT visit FROM events WHERE %s AND visit >= %d ORDER BY site, day, visit LIMIT 1 OFFSET %d",
			foldWhere, rest.first, f.a.foldEvents)).Scan(&last)
		if errors.Is(err, sql.ErrNoRows) || err == nil && last == math.MaxUint64 {
			return nil
		}
		if err != nil {
			return err
		}
		rest.last = last
		f.parts = append(f.parts, part{last + 1, math.MaxUint64})
	}
}

func (f *fold) makeVisits(ctx context.Context) error {
	columns := strings.Join(derive.VisitColumns(), ", ")
	for _, p := range f.parts {
		err := f.exec(ctx, "INSERT INTO visits ("+columns+", fold) SELECT "+columns+", {fold:UInt32} FROM ("+p.numbered()+")"+inOrder)
		if err != nil {
			return fmt.Errorf("visits: %w", err)
		}
	}
	return nil
}

func (f *fold) makePages(ctx context.Context) error {
	columns := strings.Join(derive.PageColumns(), ", ")
	for _, p := range f.parts {
		visits := "(SELECT * FROM visits WHERE " + p.where() + " AND fold = {fold:UInt32})"
		err := f.exec(ctx, "INSERT INTO pages ("+columns+", fold) SELECT "+columns+", {fold:UInt32} FROM ("+derive.Seen(p.where(), visits)+")"+inOrder)
		if err != nil {
			return fmt.Errorf("pages: %w", err)
		}
	}
	return nil
}
