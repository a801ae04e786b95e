package schema_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sporlos/store"
	"sporlos/store/enginetest"
	"sporlos/store/schema"
)

// measured lists the tables that are kept for a time with the columns that a row needs to survive merges: the site, if there is one, and
// those that are summed.
func measured(t *testing.T, s *store.Store) map[string]string {
	t.Helper()
	rows, err := s.Query(t.Context(), `
		SELECT t.name, arrayStringConcat(groupArrayIf(c.name, c.type IN ('UInt64', 'UInt32')), ', ')
		FROM system.tables AS t INNER JOIN system.columns AS c ON c.database = t.database AND c.table = t.name
		WHERE t.database = currentDatabase() AND t.engine LIKE '%MergeTree' GROUP BY t.name HAVING has(groupArray(c.name), 'day')`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	tables := map[string]string{}
	for rows.Next() {
		var name, counts string
		if err := rows.Scan(&name, &counts); err != nil {
			t.Fatal(err)
		}
		tables[name] = counts
	}
	if len(tables) < 8 {
		t.Fatalf("only %d tables hold measurements: %v", len(tables), tables)
	}
	return tables
}

// fillTables puts a row of each of these days into every table of measurements.
func fillTables(t *testing.T, s *store.Store, tables map[string]string, days ...time.Time) {
	t.Helper()
	for table, counts := range tables {
		if table == "arrivals" {
			continue // a view fills it from events
		}
		for _, day := range days {
			columns, ones := "day", ""
			if counts != "" {
				columns, ones = "day, "+counts, strings.Repeat(", 1", strings.Count(counts, ",")+1)
			}
			statement := fmt.Sprintf("INSERT INTO %s (%s) VALUES ('%s'%s)", table, columns, day.Format(time.DateOnly), ones)
			if err := s.Exec(t.Context(), statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
	}
}

// optimize lets ClickHouse merge every table, TTL included.
func optimize(t *testing.T, s *store.Store, tables map[string]string) {
	t.Helper()
	for table := range tables {
		if err := s.Exec(t.Context(), "OPTIMIZE TABLE "+table+" FINAL"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRetentionIsChangedInEveryTable: the tables are those the catalogue knows, whoever added them. What is due by the new retention is
// physically gone after merges, in all of them, and so is the old TTL.
func TestRetentionIsChangedInEveryTable(t *testing.T) {
	s, ctx := enginetest.Migrated(t), context.Background()
	tables := measured(t, s)
	today := time.Now().UTC()
	old, fresh := today.AddDate(0, -5, 0), today.AddDate(0, -1, 0)
	fillTables(t, s, tables, old, fresh)
	migrate := func(months int) {
		t.Helper()
		if err := schema.Migrate(ctx, s, schema.Options{Retention: months}); err != nil {
			t.Fatal(err)
		}
	}
	ttl := func(table string) string {
		return ask(t, s, "SELECT extract(engine_full, 'TTL (.*?) SETTINGS'), 1 FROM system.tables WHERE database = currentDatabase() AND name = '"+table+"'")
	}
	days := func(table string) string {
		return ask(t, s, "SELECT uniqExact(day), toString(min(day)) FROM "+table)
	}
	migrate(0) // says nothing
	optimize(t, s, tables)
	for table := range tables {
		if got := ttl(table); got != "day + toIntervalMonth(14) 1" {
			t.Errorf("%s: TTL %s before anything was changed", table, got)
		}
		if got, want := days(table), "2 "+old.Format(time.DateOnly); got != want {
			t.Errorf("%s: %s, want %s", table, got, want)
		}
	}
	migrate(3)
	optimize(t, s, tables)
	for table := range tables {
		if got := ttl(table); got != "day + toIntervalMonth(3) 1" {
			t.Errorf("%s: TTL %s, want 3 months", table, got)
		}
		if got, want := days(table), "1 "+fresh.Format(time.DateOnly); got != want {
			t.Errorf("%s holds %s, want %s: what is due is not gone", table, got, want)
		}
	}
	migrate(0)
	if got := ttl("events"); got != "day + toIntervalMonth(3) 1" {
		t.Errorf("a command that says nothing about it made the retention %s", got)
	}
	migrate(25)
	for table := range tables {
		if got := ttl(table); got != "day + toIntervalMonth(25) 1" {
			t.Errorf("%s: TTL %s, want 25 months", table, got)
		}
	}
}

// TestATableWithoutATTLGetsOne: what somebody forgot in a migration is mended at the next start.
func TestATableWithoutATTLGetsOne(t *testing.T) {
	s := enginetest.Migrated(t)
	if err := s.Exec(t.Context(), "CREATE TABLE forgotten (site UInt32, day Date) ENGINE = MergeTree ORDER BY site"); err != nil {
		t.Fatal(err)
	}
	if err := schema.Migrate(t.Context(), s, schema.Options{Retention: 14}); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, s, "SELECT position(engine_full, 'TTL day + toIntervalMonth(14)') > 0, 1 FROM system.tables WHERE database = currentDatabase() AND name = 'forgotten'"); got != "1 1" {
		t.Errorf("it still keeps everything: %s", got)
	}
}
