package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/audit/pattern"
)

// bigMonth is how many rows of a month are too many for one question: the reader's questions end after 30 seconds.
const bigMonth = 3_000_000

// gently keeps an audit from pushing others aside, and what is grouped from filling the server's memory.
func gently(ctx context.Context) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"max_threads": 1, "max_block_size": 8192, "max_bytes_before_external_group_by": 200 << 20,
	}))
}

// strings looks through every column that can hold text, in pieces of a month or a day.
func (a *auditor) strings(ctx context.Context, tables []*table) error {
	for _, t := range tables {
		texts := 0
		for _, c := range t.columns {
			if valuesOf(c) != "" {
				texts++
			}
		}
		a.report.Looked.Columns += texts
		a.total += int64(texts) * int64(t.rows)
	}
	for _, t := range tables {
		for _, p := range t.pieces() {
			for _, c := range t.columns {
				if err := a.column(ctx, t, c, p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// piece is a part of a table that one question reads.
type piece struct {
	name, where string
	rows        int64
}

func (t *table) pieces() (list []piece) {
	if !t.has("day") {
		return []piece{{"", "1", int64(t.rows)}}
	}
	for _, m := range t.months {
		if m.rows <= bigMonth {
			list = append(list, piece{fmt.Sprintf(" %d-%02d", m.number/100, m.number%100), fmt.Sprintf("toYYYYMM(day) = %d", m.number), int64(m.rows)})
			continue
		}
		days := int64(m.last.Sub(m.first)/(24*time.Hour)) + 1
		for day := m.first; !day.After(m.last); day = day.AddDate(0, 0, 1) {
			text := day.Format(time.DateOnly)
			list = append(list, piece{" " + text, "day = '" + text + "'", int64(m.rows) / days})
		}
	}
	return list
}

// column looks through the distinct values of one column in one piece.
func (a *auditor) column(ctx context.Context, t *table, c column, p piece) error {
	values := valuesOf(c)
	if values == "" {
		return nil
	}
	place := t.name + "." + c.name
	a.step(place+p.name, 0)
	spare := a.spares(t)
	err := a.query(ctx, func(scan scanFunc) error {
		var value string
		var rows uint64
		if err := scan(&value, &rows); err != nil {
			return err
		}
		a.report.Looked.Values++
		a.scan(place, []byte(value), rows, spare)
		return nil
	}, fmt.Sprintf("SELECT v, count() FROM (SELECT %s AS v FROM %s WHERE %s) WHERE v != '' GROUP BY v", values, quote(t.name), p.where))
	a.step(place+p.name, p.rows)
	return err
}

// spares is what a table may hold: the settings and the log of changes know the names of those who log in, which may be e-mail addresses.
func (a *auditor) spares(t *table) func(pattern.Match) bool {
	if t.name != settingsTable && t.name != changesTable {
		return nil
	}
	return func(m pattern.Match) bool {
		if m.Kind != pattern.Email {
			return false
		}
		for _, name := range a.logins {
			if m.Is(name) {
				return true
			}
		}
		return false
	}
}

// valuesOf is an expression for the strings in a column, one a row; "" when its type holds none.
func valuesOf(c column) string {
	name := quote(c.name)
	inner := plainType(c.kind)
	switch {
	case !holdsText(inner):
		return ""
	case isString(inner):
		if strings.Contains(c.kind, "Nullable(") {
			return "ifNull(toString(" + name + "), '')"
		}
		return "toString(" + name + ")"
	case strings.HasPrefix(inner, "Array(") && isString(plainType(within(inner))):
		return "arrayJoin(arrayMap(x -> ifNull(toString(x), ''), " + name + "))"
	case strings.HasPrefix(inner, "Map("):
		text := func(of string) string { return "arrayMap(x -> ifNull(toString(x), ''), " + of + "(" + name + "))" }
		return "arrayJoin(arrayConcat(" + text("mapKeys") + ", " + text("mapValues") + "))"
	}
	return "ifNull(toString(" + name + "), '')"
}

// plainType takes LowCardinality and Nullable off a type.
func plainType(kind string) string {
	for _, wrap := range []string{"LowCardinality(", "Nullable("} {
		if strings.HasPrefix(kind, wrap) {
			return plainType(within(kind))
		}
	}
	return kind
}

// within is what a type has in its outermost brackets.
func within(kind string) string {
	_, inner, _ := strings.Cut(kind, "(")
	return strings.TrimSuffix(inner, ")")
}

func isString(kind string) bool { return kind == "String" || strings.HasPrefix(kind, "FixedString(") }

// holdsText reports whether values of a type can hold text that somebody sent.
func holdsText(kind string) bool {
	for _, word := range []string{"String", "JSON", "Object", "Dynamic", "Variant"} {
		if strings.Contains(kind, word) {
			return true
		}
	}
	return false
}
