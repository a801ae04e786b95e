package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sporlos/store"
	"sporlos/store/engine"
)

// TestKilledDuringInserts kills the child while blocks are on their way; each is sent until it is acknowledged.
func TestKilledDuringInserts(t *testing.T) {
	const kills, rowsPerBlock = 4, 2000
	e := start(t, options(t, t.TempDir()))
	s := open(t, store.Config{Endpoint: e.Endpoint})
	twoTables(t, s)
	ctx, stop := context.WithCancel(t.Context())
	var blocks atomic.Int64
	go func() {
		defer stop()
		for range kills {
			killAfterNextBlock(ctx, e, &blocks)
		}
	}()
	retries := 0
	for ; ctx.Err() == nil; blocks.Add(1) {
		retries += insertUntilAcknowledged(t, s, fmt.Sprint("block ", blocks.Load()), rowsPerBlock)
	}
	var inserted, summed uint64
	if err := s.QueryRow(t.Context(), "SELECT (SELECT count() FROM rows), (SELECT sum(rows) FROM sums)").Scan(&inserted, &summed); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d kills, %d blocks, %d retries", e.Restarts(), blocks.Load(), retries)
	if want := uint64(blocks.Load() * rowsPerBlock); inserted != want || summed != want {
		t.Errorf("%d rows and %d in the view, want %d acknowledged", inserted, summed, want)
	}
	if e.Restarts() != kills || retries == 0 {
		t.Errorf("%d restarts and %d retries prove nothing", e.Restarts(), retries)
	}
}

// killAfterNextBlock waits for a block to be acknowledged, kills soon after that, and waits for the restart.
func killAfterNextBlock(ctx context.Context, e *engine.Engine, blocks *atomic.Int64) {
	wait := func(until func() bool) {
		for !until() && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
	}
	seen, restarts := blocks.Load(), e.Restarts()
	wait(func() bool { return blocks.Load() > seen })
	time.Sleep(rand.N(50 * time.Millisecond))
	_ = syscall.Kill(e.PID(), syscall.SIGKILL)
	wait(func() bool { return e.Restarts() > restarts })
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
