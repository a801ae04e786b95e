package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"sporlos/store"
	"sporlos/store/engine"
)

// TestKilledDuringInserts kills the child while blocks are on their way; each is sent until it is acknowledged.
func TestKilledDuringInserts(t *testing.T) {
	const kills, rowsPerBlock = 6, 2000
	e := start(t, options(t, t.TempDir()))
	s := open(t, store.Config{Endpoint: e.Endpoint})
	if err := s.CreateDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	const window = " SETTINGS non_replicated_deduplication_window = 1000"
	for _, q := range []string{
		"CREATE TABLE rows (day Date, n UInt64) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY n" + window,
		"CREATE TABLE sums (day Date, rows UInt64) ENGINE = SummingMergeTree(rows) ORDER BY day" + window,
		"CREATE MATERIALIZED VIEW sums_of_rows TO sums AS SELECT day, count() AS rows FROM rows GROUP BY day",
	} {
		if err := s.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer stop()
		for range kills {
			time.Sleep(50*time.Millisecond + rand.N(200*time.Millisecond))
			before := e.Restarts()
			_ = syscall.Kill(e.PID(), syscall.SIGKILL)
			for e.Restarts() == before && t.Context().Err() == nil {
				time.Sleep(5 * time.Millisecond)
			}
		}
	}()
	blocks, retries := 0, 0
	for ; ctx.Err() == nil; blocks++ {
		retries += insertUntilAcknowledged(t, s, fmt.Sprint("block ", blocks), rowsPerBlock)
	}
	var inserted, summed uint64
	if err := s.QueryRow(t.Context(), "SELECT (SELECT count() FROM rows), (SELECT sum(rows) FROM sums)").Scan(&inserted, &summed); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d kills, %d blocks, %d retries", e.Restarts(), blocks, retries)
	if want := uint64(blocks * rowsPerBlock); inserted != want || summed != want {
		t.Errorf("%d rows and %d in the view, want %d acknowledged", inserted, summed, want)
	}
	if e.Restarts() != kills || retries == 0 {
		t.Errorf("%d restarts and %d retries prove nothing", e.Restarts(), retries)
	}
}

// insertUntilAcknowledged returns how often it had to try again.
func insertUntilAcknowledged(t *testing.T, s *store.Store, token string, rows int) (retries int) {
	t.Helper()
	days, numbers := make([]time.Time, rows), make([]uint64, rows)
	for i := range days {
		days[i], numbers[i] = time.Date(2026, time.Month(1+i%2), 1, 0, 0, 0, 0, time.UTC), uint64(i)
	}
	block := []store.Column{{Name: "day", Values: days}, {Name: "n", Values: numbers}}
	for deadline := time.Now().Add(20 * time.Second); ; retries++ {
		err := s.Insert(t.Context(), "rows", token, block)
		if err == nil {
			return retries
		}
		if !store.Temporary(err) || time.Now().After(deadline) {
			t.Fatalf("after %d retries: %v", retries, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// BenchmarkStart measures from nothing to ready and back.
func BenchmarkStart(b *testing.B) {
	o := options(b, b.TempDir())
	for b.Loop() {
		e, err := engine.Start(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		if err := e.Stop(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
