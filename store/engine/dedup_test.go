package engine_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/store"
	"sporlos/store/engine"
)

// twoTables have rows and, by a view, sums of them, and remember the tokens of blocks.
func twoTables(t *testing.T, s *store.Store) {
	t.Helper()
	const window = " SETTINGS non_replicated_deduplication_window = 4"
	if err := s.CreateDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"CREATE TABLE rows (day Date, n UInt64) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY n" + window,
		"CREATE TABLE sums (day Date, rows UInt64) ENGINE = SummingMergeTree(rows) ORDER BY day" + window,
		"CREATE MATERIALIZED VIEW sums_of_rows TO sums AS SELECT day, count() AS rows FROM rows GROUP BY day",
	} {
		if err := s.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
}

// kill ends the child as a crash does and waits for the next.
func kill(t *testing.T, e *engine.Engine, s *store.Store, between func()) {
	t.Helper()
	pid := e.PID()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	between()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the engine comes back", func() bool { return e.PID() != pid && s.Ping(context.Background()) == nil })
}

// partsOf returns the directories of a table's parts whose names begin with prefix.
func partsOf(t *testing.T, s *store.Store, table, prefix string) []string {
	t.Helper()
	rows, err := s.Query(clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{"table": table, "prefix": prefix})),
		`SELECT path FROM system.parts WHERE active AND database = currentDatabase() AND table = {table:String} AND startsWith(name, {prefix:String})
		ORDER BY min_block_number`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var paths []string
	for rows.Next() {
		var path string
		if err := rows.Scan(&path); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, strings.TrimSuffix(path, "/"))
	}
	return paths
}

func wantCounts(t *testing.T, s *store.Store, what string, rows, sums uint64) {
	t.Helper()
	var gotRows, gotSums uint64
	if err := s.QueryRow(t.Context(), "SELECT (SELECT count() FROM rows), (SELECT sum(rows) FROM sums)").Scan(&gotRows, &gotSums); err != nil {
		t.Fatal(err)
	}
	if gotRows != rows || gotSums != sums {
		t.Errorf("%s: %d rows and %d in the view, want %d and %d", what, gotRows, gotSums, rows, sums)
	}
}

// TestKilledBetweenLogAndPart: a block that the log remembers and the table does not have is stored when it is sent again; one that the
// table has is not stored twice. The state is the one a kill leaves between the two steps, made by undoing the second.
func TestKilledBetweenLogAndPart(t *testing.T) {
	e := start(t, options(t, t.TempDir()))
	s := open(t, store.Config{Endpoint: e.Endpoint})
	twoTables(t, s)
	insertUntilAcknowledged(t, s, "first", 2000)
	insertUntilAcknowledged(t, s, "second", 2000)
	february := partsOf(t, s, "rows", "202602")
	newest := february[len(february)-1]
	kill(t, e, s, func() {
		if err := os.Rename(newest, filepath.Join(filepath.Dir(newest), "tmp_insert_"+filepath.Base(newest))); err != nil {
			t.Fatal(err)
		}
	})
	wantCounts(t, s, "after the kill", 3000, 4000)
	insertUntilAcknowledged(t, s, "second", 2000)
	insertUntilAcknowledged(t, s, "first", 2000)
	wantCounts(t, s, "sent again", 4000, 4000)
}

// TestKilledAfterMerges: a record whose part has been merged into another, or is where it was, stays.
func TestKilledAfterMerges(t *testing.T) {
	e := start(t, options(t, t.TempDir()))
	s := open(t, store.Config{Endpoint: e.Endpoint})
	twoTables(t, s)
	tokens := []string{"a", "b", "c"}
	for _, token := range tokens {
		insertUntilAcknowledged(t, s, token, 100)
	}
	for _, table := range []string{"rows", "sums"} {
		if err := s.Exec(t.Context(), "OPTIMIZE TABLE "+table+" FINAL"); err != nil {
			t.Fatal(err)
		}
	}
	kill(t, e, s, func() {})
	insertUntilAcknowledged(t, s, "c", 100)
	wantCounts(t, s, "sent again", 300, 300)
}

// TestTornDeduplicationLog: a line without its end is cut off, and the engine starts.
func TestTornDeduplicationLog(t *testing.T) {
	const torn = "1\t2026"
	dir := t.TempDir()
	e := start(t, options(t, dir))
	s := open(t, store.Config{Endpoint: e.Endpoint})
	twoTables(t, s)
	insertUntilAcknowledged(t, s, "first", 100)
	logs, err := filepath.Glob(filepath.Join(dir, "clickhouse/store/*/*/deduplication_logs/deduplication_log_*.txt"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("no logs: %v", err)
	}
	kill(t, e, s, func() {
		for _, log := range logs {
			f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
			if err == nil {
				_, err = f.WriteString(torn)
			}
			if err != nil {
				t.Fatal(err)
			}
			_ = f.Close()
		}
	})
	for _, log := range logs {
		if text, err := os.ReadFile(log); err == nil && bytes.HasSuffix(text, []byte(torn)) {
			t.Errorf("%s still ends in a torn line, to which the next record would be added", filepath.Base(log))
		}
	}
	insertUntilAcknowledged(t, s, "first", 100)
	wantCounts(t, s, "sent again", 100, 100)
}
