package schema_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"sporlos/store"
	"sporlos/store/enginetest"
	"sporlos/store/schema"
)

// files makes a directory of migrations from name, text, name, text…
func files(pairs ...string) fstest.MapFS {
	dir := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		dir[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return dir
}

const (
	first  = "CREATE TABLE IF NOT EXISTS a (n UInt8) ENGINE = MergeTree ORDER BY n; -- a comment"
	second = "ALTER TABLE a ADD COLUMN IF NOT EXISTS m UInt8; INSERT INTO a (n) VALUES (1)"
)

func TestMigrate(t *testing.T) {
	s := enginetest.Start(t)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	o := schema.Options{Now: func() time.Time { return now }}
	for _, dir := range []fstest.MapFS{
		files("0001_first.sql", first),
		files("0001_first.sql", first, "0002_second.sql", second),
		files("0001_first.sql", strings.ReplaceAll(first, "a comment", "the same in other words")+"\n\n", "0002_second.sql", second),
	} {
		if err := schema.MigrateFrom(t.Context(), s, o, dir); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := ask(t, s, "SELECT count(), sum(m) FROM a"), "1 0"; got != want {
		t.Errorf("the second migration was not applied once: %s, want %s", got, want)
	}
	if got, want := ask(t, s, "SELECT groupArray((version, name, length(checksum), applied_at)), 1 FROM (SELECT * FROM migrations ORDER BY version)"),
		"[(1,'first',64,'2026-01-02 03:04:05'),(2,'second',64,'2026-01-02 03:04:05')] 1"; got != want {
		t.Errorf("migrations: %s, want %s", got, want)
	}
}

// ask returns two columns of one row as text.
func ask(t *testing.T, s *store.Store, query string) string {
	t.Helper()
	var a, b string
	if err := s.QueryRow(t.Context(), "SELECT toString(x.1), toString(x.2) FROM (SELECT tuple(*) AS x FROM ("+query+"))").Scan(&a, &b); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return a + " " + b
}

func TestMigrateRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		before, now fstest.MapFS
		want        string
		is          error
	}{
		"newer database":   {files("0001_first.sql", first, "0002_second.sql", second), files("0001_first.sql", first), "has migration 2", schema.ErrNewer},
		"changed file":     {files("0001_first.sql", first), files("0001_first.sql", "SELECT 1; "+first, "0002_second.sql", second), "0001_first.sql", schema.ErrChanged},
		"gap":              {nil, files("0001_first.sql", first, "0003_third.sql", second), "should have number 0002", nil},
		"bad name":         {nil, files("first.sql", first), "should be called", nil},
		"open quote":       {nil, files("0001_first.sql", "SELECT 'x"), "not closed", nil},
		"bad placeholder":  {nil, files("0001_first.sql", "SELECT {moon}"), "unknown placeholder {moon}", nil},
		"bad SQL":          {nil, files("0001_first.sql", first, "0002_second.sql", "SELECT 1; SELEKT 2"), "statement 2 of 0002_second.sql", nil},
		"view on nothing":  {nil, files("0001_first.sql", "CREATE VIEW v AS SELECT * FROM nothing"), "statement 1 of 0001_first.sql", nil},
		"newer than empty": {files("0001_first.sql", first), files(), "knows 0", schema.ErrNewer},
	} {
		s := enginetest.Start(t)
		if c.before != nil {
			if err := schema.MigrateFrom(t.Context(), s, schema.Options{}, c.before); err != nil {
				t.Fatal(err)
			}
		}
		err := schema.MigrateFrom(t.Context(), s, schema.Options{}, c.now)
		if err == nil || !strings.Contains(err.Error(), c.want) || (c.is != nil && !errors.Is(err, c.is)) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

func TestServerAway(t *testing.T) {
	s, err := store.Open(t.Context(), store.Config{URL: "clickhouse://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := schema.Migrate(t.Context(), s, schema.Options{}); !store.Temporary(err) {
		t.Errorf("Migrate without a server: %v", err)
	}
}

// TestInterruptedOrTwice applies the real migrations again without their being noted, and at the same time.
func TestInterruptedOrTwice(t *testing.T) {
	s := enginetest.Migrated(t)
	before := shape(t, s)
	if err := s.Exec(t.Context(), "TRUNCATE TABLE migrations"); err != nil {
		t.Fatal(err)
	}
	if err := schema.Migrate(t.Context(), s, schema.Options{}); err != nil {
		t.Errorf("a migration cannot be repeated after it was interrupted: %v", err)
	}
	if after := shape(t, s); after != before {
		t.Errorf("the repetition changed the tables from\n%s\nto\n%s", before, after)
	}

	together := enginetest.Start(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := schema.Migrate(context.Background(), together, schema.Options{}); err != nil {
				t.Errorf("at the same time: %v", err)
			}
		})
	}
	wg.Wait()
	if err := schema.Migrate(t.Context(), together, schema.Options{}); err != nil {
		t.Errorf("after four at the same time: %v", err)
	}
}

func shape(t *testing.T, s *store.Store) string {
	t.Helper()
	return ask(t, s, "SELECT groupArray(name || ' ' || replaceAll(engine_full, database, '')), count() FROM (SELECT * FROM system.tables WHERE database = currentDatabase() ORDER BY name)")
}

// TestEverythingMeasuredIsForgotten holds that every table with a day has the TTL, and that no other table has one
// or holds measurements under another name.
func TestEverythingMeasuredIsForgotten(t *testing.T) {
	s := enginetest.Migrated(t)
	rows, err := s.Query(t.Context(), `
		SELECT name, engine_full, has((SELECT groupArray(table) FROM system.columns WHERE database = currentDatabase() AND name = 'day'), name)
		FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	measurements := 0
	settings := map[string]bool{"migrations": true, "settings": true}
	for rows.Next() {
		var name, engine string
		var hasDay bool
		if err := rows.Scan(&name, &engine, &hasDay); err != nil {
			t.Fatal(err)
		}
		switch {
		case !hasDay && !settings[name]:
			t.Errorf("table %s has no day and is not known to hold settings: can it be forgotten?", name)
		case hasDay && !strings.Contains(engine, fmt.Sprintf("TTL day + toIntervalMonth(%d)", schema.Retention)):
			t.Errorf("table %s is not forgotten after %d months: %s", name, schema.Retention, engine)
		case hasDay:
			measurements++
		}
	}
	if measurements < 5 {
		t.Errorf("only %d tables were looked at", measurements)
	}
}

// TestExpiredRowsGo inserts a row that is too old and one that is not, and lets ClickHouse merge.
func TestExpiredRowsGo(t *testing.T) {
	s := enginetest.Migrated(t)
	today := time.Now().UTC().Truncate(24 * time.Hour)
	for i, day := range []time.Time{today.AddDate(0, -schema.Retention, -5), today.AddDate(0, -schema.Retention, 5)} {
		err := s.Insert(t.Context(), "refusals", fmt.Sprint(i), []store.Column{
			{Name: "site", Values: []uint32{1}}, {Name: "day", Values: []time.Time{day}},
			{Name: "reason", Values: []string{"x"}}, {Name: "refusals", Values: []uint64{1}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Exec(t.Context(), "OPTIMIZE TABLE refusals FINAL"); err != nil {
		t.Fatal(err)
	}
	if got, want := ask(t, s, "SELECT count(), min(day) FROM refusals"), "1 "+today.AddDate(0, -schema.Retention, 5).Format(time.DateOnly); got != want {
		t.Errorf("left: %s, want %s", got, want)
	}
}
