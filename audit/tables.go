package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// table is one table of the database that holds rows.
type table struct {
	name, engine, definition string
	columns                  []column
	rows                     uint64
	months                   []month // when it has a day
}

type column struct{ name, kind string }

// month is what a table holds of one calendar month.
type month struct {
	number      uint32 // YYYYMM
	rows        uint64
	first, last time.Time
}

func (t *table) has(name string) bool {
	for _, c := range t.columns {
		if c.name == name {
			return true
		}
	}
	return false
}

// merges reports whether the table keeps rows on a disk, rather than showing those of others.
func (t *table) merges() bool { return strings.HasSuffix(t.engine, "MergeTree") }

// tables lists the tables with their columns and rows. Views show rows that are looked at where they are kept.
func (a *auditor) tables(ctx context.Context) (list []*table, err error) {
	byName := map[string]*table{}
	err = a.query(ctx, func(scan scanFunc) error {
		t := &table{}
		if err := scan(&t.name, &t.engine, &t.definition); err != nil {
			return err
		}
		if !strings.HasSuffix(t.engine, "View") {
			list = append(list, t)
			byName[t.name] = t
		}
		return nil
	}, `SELECT name, engine, engine_full FROM system.tables WHERE database = currentDatabase() AND NOT is_temporary ORDER BY name`)
	if err != nil {
		return nil, err
	}
	if byName["events"] == nil || byName["settings"] == nil {
		return nil, fmt.Errorf("the database %q has no tables of sporlos that this user can read; name another database or user in the URL", a.o.DB.Database())
	}
	err = a.query(ctx, func(scan scanFunc) error {
		var of string
		var c column
		if err := scan(&of, &c.name, &c.kind); err != nil {
			return err
		}
		if t := byName[of]; t != nil {
			t.columns = append(t.columns, c)
		}
		return nil
	}, `SELECT table, name, type FROM system.columns WHERE database = currentDatabase() ORDER BY table, position`)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		if err := a.measure(ctx, t); err != nil {
			return nil, err
		}
		a.report.Looked.Tables++
		a.report.Looked.Rows += t.rows
	}
	return list, nil
}

// measure counts the rows of a table, by month when it has a day.
func (a *auditor) measure(ctx context.Context, t *table) error {
	if !t.has("day") {
		return a.query(ctx, func(scan scanFunc) error { return scan(&t.rows) }, "SELECT count() FROM "+quote(t.name))
	}
	return a.query(ctx, func(scan scanFunc) error {
		var m month
		if err := scan(&m.number, &m.rows, &m.first, &m.last); err != nil {
			return err
		}
		t.months = append(t.months, m)
		t.rows += m.rows
		return nil
	}, "SELECT toUInt32(toYYYYMM(day)) AS m, count(), min(day), max(day) FROM "+quote(t.name)+" GROUP BY m ORDER BY m")
}

type scanFunc func(dest ...any) error

// query runs a question and calls fn for each row. The question is put together from names the server gave us; nobody else's text is in it.
func (a *auditor) query(ctx context.Context, fn func(scanFunc) error, question string, args ...any) (err error) {
	rows, err := a.o.DB.Query(gently(ctx), question, args...)
	if err != nil {
		return fmt.Errorf("cannot ask the database: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("cannot read what the database answers: %w", err)
	}
	return nil
}

// quote makes an identifier.
func quote(name string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(name) + "`"
}
