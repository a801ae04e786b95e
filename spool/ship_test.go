package spool

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// clock is the spool's time in tests that need it to pass.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

func TestABegunBlockIsRepeatedExactly(t *testing.T) {
	s := open(t, t.TempDir(), Options{SegmentBytes: 500})
	add(t, s, numbered(0, 100)...)
	var b Batch
	if err := s.Read(context.Background(), Position{}, 60, 0, &b); err != nil {
		t.Fatal(err)
	}
	if err := s.Begin(b.To); err != nil {
		t.Fatal(err)
	}
	add(t, s, numbered(100, 150)...)
	for range 3 { // every crash repeats the same block
		s = reopen(t, s)
		add(t, s, "more")
		committed, pending := s.Cursor()
		if pending == nil || *pending != b.To || b.To.Less(committed) {
			t.Fatalf("cursor %v, %v; want pending %v", committed, pending, b.To)
		}
		var again Batch
		if err := s.ReadTo(context.Background(), committed, *pending, &again); err != nil {
			t.Fatal(err)
		}
		wantRecords(t, &again, numbered(0, 60))
		if again.To != b.To {
			t.Errorf("block ends at %v, want %v", again.To, b.To)
		}
	}
	if err := s.Commit(b.To); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s)
	committed, pending := s.Cursor()
	if committed != b.To || pending != nil {
		t.Fatalf("cursor %v, %v; want %v", committed, pending, b.To)
	}
	wantRecords(t, read(t, s, committed), slices.Concat(numbered(60, 150), []string{"more", "more", "more"}))
}

func TestBeginAndCommitRefuse(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	start := s.End()
	add(t, s, "a")
	middle := s.End()
	add(t, s, "b")
	end := s.End()
	beyond := Position{end.Segment, end.Offset + 1}
	for _, step := range []struct {
		name string
		err  error
		ok   bool
	}{
		{"begin beyond the end", s.Begin(beyond), false},
		{"commit beyond the end", s.Commit(beyond), false},
		{"begin", s.Begin(middle), true},
		{"begin again", s.Begin(middle), true},
		{"begin another", s.Begin(end), false},
		{"commit another", s.Commit(end), false},
		{"commit", s.Commit(middle), true},
		{"commit again", s.Commit(middle), true},
		{"commit backwards", s.Commit(start), false},
		{"begin backwards", s.Begin(start), false},
		{"commit without begin", s.Commit(end), true},
		{"close", s.Close(), true},
		{"begin when closed", s.Begin(end), false},
		{"commit when closed", s.Commit(end), false},
	} {
		if (step.err == nil) != step.ok {
			t.Errorf("%s: %v", step.name, step.err)
		}
	}
}

func TestConsumedSegmentsStayForKeep(t *testing.T) {
	now := &clock{time.Now()}
	s := open(t, t.TempDir(), Options{SegmentBytes: 300, Keep: time.Hour, Now: now.now})
	add(t, s, numbered(0, 100)...)
	files := func() int {
		names, _ := filepath.Glob(filepath.Join(s.dir, "*.seg"))
		return len(names)
	}
	all := files()
	if err := s.Commit(s.End()); err != nil {
		t.Fatal(err)
	}
	if files() != all {
		t.Fatalf("%d of %d segments left right after the commit", files(), all)
	}
	now.advance(59 * time.Minute)
	s.tick()
	if files() < all {
		t.Fatalf("%d of %d segments left before Keep", files(), all)
	}
	now.advance(2 * time.Minute)
	s.tick()
	s.tick() // the newest one was closed by its age in the first
	if files() != 1 {
		t.Fatalf("%d segments left after Keep, want the one being written", files())
	}
	end := s.End()
	add(t, s, "next")
	wantRecords(t, read(t, s, end), []string{"next"})
}

func TestReadingWhatIsGoneIsNoLoss(t *testing.T) {
	s := open(t, t.TempDir(), Options{SegmentBytes: 300, Keep: -1})
	read(t, s, Position{})
	add(t, s, numbered(0, 100)...)
	if err := s.Commit(s.End()); err != nil {
		t.Fatal(err)
	}
	b := read(t, s, Position{})
	if len(b.Records) == 0 || len(b.Records) > 20 || b.Quarantined != 0 || value(s.metrics.quarantinedRecords) != 0 {
		t.Errorf("%d records, %d called lost that were committed and removed", len(b.Records), b.Quarantined)
	}
}

func TestUncommittedSegmentsStay(t *testing.T) {
	now := &clock{time.Now()}
	s := open(t, t.TempDir(), Options{SegmentBytes: 300, Now: now.now})
	add(t, s, numbered(0, 100)...)
	b := read(t, s, Position{})
	now.advance(1000 * time.Hour)
	s.tick()
	wantRecords(t, read(t, s, b.From), numbered(0, 100))
}

func TestAgeClosesASegmentWithoutArrivals(t *testing.T) {
	now := &clock{time.Now()}
	s := open(t, t.TempDir(), Options{SegmentAge: time.Minute, Now: now.now})
	now.advance(time.Hour)
	s.tick()
	if s.segments[0].number != 1 || len(s.segments) != 1 {
		t.Error("an empty segment was closed")
	}
	add(t, s, "a")
	end := s.End()
	now.advance(59 * time.Second)
	s.tick()
	if len(s.segments) != 1 {
		t.Error("closed too early: the age counts from the first record")
	}
	now.advance(time.Second)
	s.tick()
	if len(s.segments) != 2 {
		t.Error("not closed")
	}
	if s.End() != end {
		t.Errorf("end moved to %v without a record", s.End())
	}
}

func TestSinceReplaysRecentSegments(t *testing.T) {
	now := &clock{time.Now()}
	s := open(t, t.TempDir(), Options{Now: now.now, SegmentAge: time.Minute})
	for i := range 4 {
		add(t, s, numbered(i*10, i*10+10)...)
		now.advance(time.Minute)
		s.tick()
	}
	if err := s.Commit(s.End()); err != nil {
		t.Fatal(err)
	}
	since := func(ago time.Duration) (recs []string) {
		if err := s.Since(now.at.Add(-ago), func(rec []byte) error {
			recs = append(recs, string(rec))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return recs
	}
	for ago, first := range map[time.Duration]int{time.Hour: 0, 3 * time.Minute: 10, 2*time.Minute + time.Second: 20, time.Minute: 30, time.Second: 40} {
		if got := since(ago); !slices.Equal(got, numbered(first, 40)) {
			t.Errorf("since %v: %d records, want %d", ago, len(got), 40-first)
		}
	}
	if err := s.Since(time.Time{}, func([]byte) error { return os.ErrInvalid }); err == nil {
		t.Error("the error of the function was swallowed")
	}
}

func TestSinceUsesTheTimeOfTheFileAfterReopening(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	add(t, s, "old")
	s = reopen(t, s)
	add(t, s, "new")
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(s.dir, segmentFile(1)), past, past); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s)
	var recs []string
	if err := s.Since(time.Now().Add(-time.Minute), func(rec []byte) error {
		recs = append(recs, string(rec))
		return nil
	}); err != nil || !slices.Equal(recs, []string{"new"}) {
		t.Errorf("%q, %v", recs, err)
	}
}

func TestDepth(t *testing.T) {
	now := &clock{time.Now()}
	s := open(t, t.TempDir(), Options{Now: now.now, SegmentBytes: 200})
	check := func(wantRecords int, wantOldest time.Duration) {
		t.Helper()
		bytes, records, oldest := s.Depth()
		size := int64(wantRecords * (frameHeader + len("record 000000")))
		if bytes != size || records != int64(wantRecords) || oldest != wantOldest {
			t.Errorf("depth %d bytes, %d records, %v; want %d, %d, %v", bytes, records, oldest, size, wantRecords, wantOldest)
		}
	}
	check(0, 0)
	add(t, s, numbered(0, 20)...)
	half := s.End()
	now.advance(time.Minute)
	check(20, time.Minute)
	add(t, s, numbered(20, 30)...)
	check(30, time.Minute)
	if err := s.Commit(half); err != nil {
		t.Fatal(err)
	}
	check(10, 0)
	now.advance(time.Second)
	check(10, time.Second)
	s = reopen(t, s)
	if _, records, _ := s.Depth(); records != 10 {
		t.Errorf("%d records after reopening", records)
	}
	if err := s.Commit(s.End()); err != nil {
		t.Fatal(err)
	}
	check(0, 0)
}

func TestALongBacklogIsRememberedCoarsely(t *testing.T) {
	now := &clock{time.Now()}
	s := open(t, t.TempDir(), Options{Now: now.now, SegmentAge: 1000 * time.Hour})
	for range 3 * ageLimit {
		add(t, s, "a")
		now.advance(time.Second)
	}
	if len(s.ages) > ageLimit {
		t.Errorf("%d ages kept", len(s.ages))
	}
	if _, _, oldest := s.Depth(); oldest != 3*ageLimit*time.Second {
		t.Errorf("oldest %v", oldest)
	}
}

func TestPositionText(t *testing.T) {
	p := Position{7, 4096}
	text, _ := p.MarshalText()
	var q Position
	if err := q.UnmarshalText(text); err != nil || q != p || string(text) != "7:4096" {
		t.Errorf("%s became %v, %v", text, q, err)
	}
	for _, bad := range []string{"", "7", ":", "7:", ":7", "7:-1", "07:1", "7:1 ", "+7:1", "7:1:2", "a:1", "1:b", "18446744073709551616:0"} {
		if err := q.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was read as %v", bad, q)
		}
	}
	if !(Position{1, 9}).Less(Position{2, 0}) || !(Position{1, 1}).Less(Position{1, 2}) || p.Less(p) {
		t.Error("order")
	}
}

func TestPolicyText(t *testing.T) {
	for _, p := range []Policy{FsyncInterval, FsyncAlways, FsyncOff} {
		text, _ := p.MarshalText()
		var q Policy
		if err := q.UnmarshalText(text); err != nil || q != p {
			t.Errorf("%s became %v, %v", text, q, err)
		}
	}
	if err := new(Policy).UnmarshalText([]byte("sometimes")); err == nil {
		t.Error("accepted")
	}
}
