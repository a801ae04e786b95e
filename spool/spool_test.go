package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// open opens a spool that is closed at the end of the test.
func open(t testing.TB, dir string, o Options) *Spool {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func reopen(t testing.TB, s *Spool) *Spool {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, s.dir, s.o)
}

func add(t testing.TB, s *Spool, recs ...string) {
	t.Helper()
	for _, rec := range recs {
		if err := s.Append([]byte(rec)); err != nil {
			t.Fatalf("append %.20q: %v", rec, err)
		}
	}
}

func numbered(from, to int) (recs []string) {
	for i := from; i < to; i++ {
		recs = append(recs, fmt.Sprintf("record %06d", i))
	}
	return recs
}

func read(t testing.TB, s *Spool, from Position) *Batch {
	t.Helper()
	var b Batch
	if err := s.Read(context.Background(), from, 0, 0, &b); err != nil {
		t.Fatal(err)
	}
	return &b
}

func texts(b *Batch) (recs []string) {
	for _, rec := range b.Records {
		recs = append(recs, string(rec))
	}
	return recs
}

func wantRecords(t testing.TB, b *Batch, want []string) {
	t.Helper()
	if got := texts(b); !slices.Equal(got, want) {
		t.Fatalf("got %d records %.60q, want %d %.60q", len(got), got, len(want), want)
	}
}

func TestReadReturnsWhatWasAppended(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	recs := []string{"a", "", strings.Repeat("x", MaxRecord), "\xd7\x00\x00\x00", "last"}
	add(t, s, recs...)
	b := read(t, s, Position{})
	wantRecords(t, b, recs)
	if b.To != s.End() {
		t.Errorf("batch ends at %s, spool at %s", b.To, s.End())
	}
	again := read(t, s, b.To)
	if len(again.Records) != 0 || again.To != b.To {
		t.Errorf("a read at the end gave %d records and moved to %s", len(again.Records), again.To)
	}
}

func TestReadKeepsItsBounds(t *testing.T) {
	s := open(t, t.TempDir(), Options{SegmentBytes: 200})
	recs := numbered(0, 40)
	add(t, s, recs...)
	for _, c := range []struct{ limit, maxBytes, want int }{
		{1, 0, 1}, {7, 0, 7}, {0, 1, 1}, {0, len(recs[0]) * 3, 3}, {0, len(recs[0])*3 + 1, 3}, {100, 1 << 20, 40}, {5, len(recs[0]) * 9, 5},
	} {
		var b, exact Batch
		if err := s.Read(context.Background(), Position{}, c.limit, c.maxBytes, &b); err != nil {
			t.Fatal(err)
		}
		wantRecords(t, &b, recs[:c.want])
		if err := s.ReadTo(context.Background(), b.From, b.To, &exact); err != nil {
			t.Fatal(err)
		}
		wantRecords(t, &exact, recs[:c.want])
	}
}

func TestBatchesJoinWithoutGap(t *testing.T) {
	s := open(t, t.TempDir(), Options{SegmentBytes: 300})
	recs := numbered(0, 200)
	add(t, s, recs...)
	var b Batch
	var got []string
	for pos := (Position{}); pos.Less(s.End()); pos = b.To {
		if err := s.Read(context.Background(), pos, 7, 0, &b); err != nil {
			t.Fatal(err)
		}
		got = append(got, texts(&b)...)
	}
	if !slices.Equal(got, recs) {
		t.Errorf("batches of 7 gave %d records, want %d", len(got), len(recs))
	}
}

func TestReopenKeepsRecordsIDAndPositions(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	id := s.ID()
	add(t, s, numbered(0, 5)...)
	end := s.End()
	s = reopen(t, s)
	add(t, s, numbered(5, 9)...)
	wantRecords(t, read(t, s, Position{}), numbered(0, 9))
	wantRecords(t, read(t, s, end), numbered(5, 9))
	if s.ID() != id || len(id) != 16 {
		t.Errorf("id %q became %q", id, s.ID())
	}
	if got := s.End().Segment; got != 2 {
		t.Errorf("writing goes on in segment %d, want 2: positions must not be used twice", got)
	}
}

func TestReopenWithoutRecordsMakesNoSegments(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for range 3 {
		s = reopen(t, s)
	}
	if len(s.segments) != 1 {
		t.Errorf("%d segments", len(s.segments))
	}
}

func TestASpoolOpensOnce(t *testing.T) {
	s := open(t, t.TempDir(), Options{Registerer: prometheus.NewRegistry()})
	_, err := Open(s.dir, s.o)
	if err == nil || !strings.Contains(err.Error(), "is another sporlos running?") {
		t.Fatalf("second open: %v", err)
	}
	if families, _ := s.o.Registerer.(*prometheus.Registry).Gather(); len(families) == 0 {
		t.Error("the refused open took the first spool's metrics along")
	}
}

func TestOpenRefusesImpossibleOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"max": {Max: -1}, "segment": {SegmentBytes: -1}, "age": {SegmentAge: -1}, "fsync": {Fsync: 3},
	} {
		if _, err := Open(t.TempDir(), o); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, Options{}); err == nil {
		t.Error("opened a file as a directory")
	}
}

func TestAppendRefuses(t *testing.T) {
	s := open(t, t.TempDir(), Options{Max: 1000})
	if err := s.Append(make([]byte, MaxRecord+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	var err error
	n := 0
	for ; err == nil; n++ {
		err = s.Append(make([]byte, 50))
	}
	if !errors.Is(err, ErrFull) || s.bytes > 1000 || s.bytes < 800 {
		t.Errorf("after %d records, %d bytes: %v", n, s.bytes, err)
	}
	b := read(t, s, Position{})
	if len(b.Records) != n-1 {
		t.Errorf("%d records, want %d", len(b.Records), n-1)
	}
	if err := s.Commit(b.To); err != nil {
		t.Fatal(err)
	}
	add(t, s, "room again, though Keep has not passed")
	if got := value(s.metrics.full); got != 1 {
		t.Errorf("refused as full: %v", got)
	}
	if got := value(s.metrics.tooLarge); got != 1 {
		t.Errorf("refused as too large: %v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(nil); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestBytesAreThoseOnDisk(t *testing.T) {
	s := open(t, t.TempDir(), Options{SegmentBytes: 1000, Keep: -1})
	check := func() {
		t.Helper()
		var sum int64
		files, _ := filepath.Glob(filepath.Join(s.dir, "*.seg"))
		for _, f := range files {
			info, err := os.Stat(f)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v", f, info.Mode())
			}
			sum += info.Size()
		}
		if sum != s.bytes || s.queued != 0 {
			t.Errorf("%d bytes on disk, %d counted, %d queued", sum, s.bytes, s.queued)
		}
	}
	add(t, s, numbered(0, 300)...)
	check()
	if err := s.Commit(read(t, s, Position{}).To); err != nil {
		t.Fatal(err)
	}
	check()
	s = reopen(t, s)
	check()
}

func TestManyAppendAtOnce(t *testing.T) {
	for _, policy := range []Policy{FsyncInterval, FsyncAlways, FsyncOff} {
		t.Run(policy.String(), func(t *testing.T) {
			s := open(t, t.TempDir(), Options{SegmentBytes: 64 << 10, Fsync: policy})
			const writers, each = 64, 100
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					for i := range each {
						if err := s.Append(fmt.Appendf(nil, "%d %d %s", w, i, bytes.Repeat([]byte("x"), w))); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			next := make([]int, writers)
			for _, rec := range read(t, s, Position{}).Records {
				var w, i int
				if _, err := fmt.Sscanf(string(rec), "%d %d", &w, &i); err != nil || i != next[w] || !bytes.HasSuffix(rec, bytes.Repeat([]byte("x"), w)) {
					t.Fatalf("record %.20q: want number %d of its writer", rec, next[w])
				}
				next[w]++
			}
			for w, n := range next {
				if n != each {
					t.Errorf("writer %d: %d records", w, n)
				}
			}
		})
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	rec := make([]byte, 200)
	if n := testing.AllocsPerRun(2000, func() {
		if err := s.Append(rec); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations an append", n)
	}
}

func TestWait(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := s.Wait(ctx, s.End()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nothing there: %v", err)
	}
	start := s.End()
	waited := make(chan error)
	go func() { waited <- s.Wait(context.Background(), start) }()
	add(t, s, "a")
	if err := <-waited; err != nil {
		t.Error(err)
	}
	end := s.End()
	go func() { waited <- s.Wait(context.Background(), end) }()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestReadStopsWithItsContext(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	add(t, s, "a")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Read(ctx, Position{}, 0, 0, new(Batch)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
