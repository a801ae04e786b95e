package spool

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// frameBytes is the size of one record of numbered on disk.
const frameBytes = frameHeader + len("record 000000")

// vandalise edits a file in place.
func vandalise(t *testing.T, path string, edit func(b []byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, edit(b), fileMode); err != nil {
		t.Fatal(err)
	}
}

func flip(at int) func([]byte) []byte {
	return func(b []byte) []byte {
		if at < 0 {
			at += len(b)
		}
		b[at] ^= 0x10
		return b
	}
}

func cut(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:len(b)-n] } }
func zeros(n int) func([]byte) []byte {
	return func(b []byte) []byte { return append(b, make([]byte, n)...) }
}
func bytesAt(i int) int                         { return headerBytes + i*frameBytes }
func overwrite(with string) func([]byte) []byte { return func([]byte) []byte { return []byte(with) } }

// The spool of this table: segment 1 holds records 0–9, segment 2 10–19, segment 3 20–29; each was the newest of one process.
// After the damage it is opened, record 30 is appended, and everything is read.
func TestVandalism(t *testing.T) {
	all := numbered(0, 31)
	without := func(drop ...int) (recs []string) {
		for i, rec := range all {
			if !slices.Contains(drop, i) {
				recs = append(recs, rec)
			}
		}
		return recs
	}
	seg := segmentFile
	for name, c := range map[string]struct {
		file  string
		edit  func([]byte) []byte // nil: remove
		want  []string
		lost  int
		aside map[string]int // file in quarantine → size
	}{
		"flipped bit in a record": {seg(1), flip(bytesAt(4) + frameHeader + 3), without(4), 1,
			map[string]int{"0000000000000001-148-25.bad": frameBytes}},
		"flipped bit in a length": {seg(1), flip(bytesAt(4) + 2), without(4), 1,
			map[string]int{"0000000000000001-148-25.bad": frameBytes}},
		"flipped bit in a sequence number": {seg(1), flip(bytesAt(4) + 5), without(4), 1,
			map[string]int{"0000000000000001-148-25.bad": frameBytes}},
		"flipped bit in a marker": {seg(1), flip(bytesAt(0)), without(0), 1,
			map[string]int{"0000000000000001-48-25.bad": frameBytes}},
		"two neighbours damaged": {seg(2), func(b []byte) []byte { return flip(bytesAt(3) + 13)(flip(bytesAt(4) + 13)(b)) }, without(13, 14), 2,
			map[string]int{"0000000000000002-123-50.bad": 2 * frameBytes}},
		"two apart damaged": {seg(2), func(b []byte) []byte { return flip(bytesAt(3) + 13)(flip(bytesAt(7) + 13)(b)) }, without(13, 17), 2,
			map[string]int{"0000000000000002-123-25.bad": frameBytes, "0000000000000002-223-25.bad": frameBytes}},
		"bytes cut out of the middle": {seg(2), func(b []byte) []byte { return append(b[:bytesAt(3)+5:bytesAt(3)+5], b[bytesAt(5)+5:]...) }, without(13, 14, 15), 3,
			map[string]int{"0000000000000002-123-25.bad": frameBytes}},
		"bytes pushed in": {seg(2), func(b []byte) []byte { return slices.Insert(b, bytesAt(3), []byte("\xd7\x01\x00\x00what is this")...) }, all, 0,
			map[string]int{"0000000000000002-123-16.bad": 16}},
		"last record of an older segment": {seg(1), flip(-1), without(9), 1,
			map[string]int{"0000000000000001-273-25.bad": frameBytes}},
		"tail of an older segment cut off": {seg(1), cut(3*frameBytes + 5), without(6, 7, 8, 9), 4,
			map[string]int{"0000000000000001-198-20.bad": 20}},
		"zero-filled tail of an older segment": {seg(2), func(b []byte) []byte { clear(b[bytesAt(8):]); return b }, without(18, 19), 2,
			map[string]int{"0000000000000002-248-50.bad": 2 * frameBytes}},
		"first segment missing":  {seg(1), nil, without(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 10, nil},
		"middle segment missing": {seg(2), nil, without(10, 11, 12, 13, 14, 15, 16, 17, 18, 19), 10, nil},
		"torn tail": {seg(3), func(b []byte) []byte { return append(b, b[headerBytes:headerBytes+20]...) }, all, 0,
			map[string]int{"0000000000000003-298-20.bad": 20}},
		"torn tail inside a frame header": {seg(3), func(b []byte) []byte { return append(b, frameMarker, 9) }, all, 0,
			map[string]int{"0000000000000003-298-2.bad": 2}},
		"zero-filled tail": {seg(3), zeros(4096), all, 0,
			map[string]int{"0000000000000003-298-4096.bad": 4096}},
		"damage in the last, acknowledged record": {seg(3), flip(-1), without(29), 1,
			map[string]int{"0000000000000003-273-25.bad": frameBytes}},
		"damage inside the newest segment": {seg(3), flip(bytesAt(5) + 14), without(25), 1,
			map[string]int{"0000000000000003-173-25.bad": frameBytes}},
		"header damaged": {seg(2), flip(20), all, 0,
			map[string]int{"0000000000000002-0-48.bad": headerBytes}},
		"header of the first damaged": {seg(1), flip(0), all, 0,
			map[string]int{"0000000000000001-0-48.bad": headerBytes}},
		"header of the newest damaged": {seg(3), flip(30), all, 0,
			map[string]int{"0000000000000003-0-48.bad": headerBytes}},
		"segment emptied": {seg(2), overwrite(""), without(10, 11, 12, 13, 14, 15, 16, 17, 18, 19), 10,
			map[string]int{seg(2): 0}},
		"segment overwritten": {seg(2), overwrite("a letter to my grandmother"), without(10, 11, 12, 13, 14, 15, 16, 17, 18, 19), 10,
			map[string]int{seg(2): 26}},
		"segment all zeros": {seg(2), func(b []byte) []byte { clear(b); return b }, without(10, 11, 12, 13, 14, 15, 16, 17, 18, 19), 10,
			map[string]int{seg(2): bytesAt(10)}},
		"id damaged":      {"id", flip(20), all, 0, map[string]int{"id": 42}},
		"id missing":      {"id", nil, all, 0, nil},
		"cursor damaged":  {"cursor.b", flip(20), all, 0, map[string]int{"cursor.b": -1}},
		"cursor emptied":  {"cursor.b", overwrite(""), all, 0, map[string]int{"cursor.b": 0}},
		"cursor missing":  {"cursor.b", nil, all, 0, nil},
		"foreign file":    {"notes.txt", overwrite("hello"), all, 0, nil},
		"temporary file":  {seg(9) + ".tmp", overwrite("half a head"), all, 0, nil},
		"lock has a text": {"lock", overwrite("4711"), all, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := threeSegments(t)
			path := filepath.Join(s.dir, c.file)
			if c.edit == nil {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			} else {
				_ = os.WriteFile(path, readOrNothing(path), fileMode)
				vandalise(t, path, c.edit)
			}
			id := s.ID()
			s = open(t, s.dir, s.o)
			if s.ID() != id {
				t.Errorf("id changed from %s to %s", id, s.ID())
			}
			add(t, s, numbered(30, 31)...)
			committed, _ := s.Cursor()
			for range 2 { // reading again gives the same and counts nothing twice
				b := read(t, s, committed)
				wantRecords(t, b, c.want)
				if b.Quarantined != c.lost {
					t.Errorf("batch says %d are lost, want %d", b.Quarantined, c.lost)
				}
			}
			if got := int(value(s.metrics.quarantinedRecords)); got != c.lost {
				t.Errorf("%d quarantined records counted, want %d", got, c.lost)
			}
			wantAside(t, s, c.aside)
		})
	}
}

func readOrNothing(path string) []byte {
	b, _ := os.ReadFile(path)
	return b
}

// threeSegments returns a closed spool.
func threeSegments(t *testing.T) *Spool {
	s := open(t, t.TempDir(), Options{})
	for i := range 3 {
		add(t, s, numbered(i*10, i*10+10)...)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if i < 2 {
			s = open(t, s.dir, s.o)
		}
	}
	return s
}

// wantAside compares quarantine/ and the bytes counted with a list; a size of -1 stands for any.
func wantAside(t *testing.T, s *Spool, want map[string]int) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.dir, "quarantine"))
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		size, ok := want[e.Name()]
		if !ok || size >= 0 && size != int(info.Size()) {
			t.Errorf("quarantine has %s of %d bytes, want %v", e.Name(), info.Size(), want)
		}
		sum += int(info.Size())
	}
	if len(entries) != len(want) {
		t.Errorf("quarantine has %d files, want %v", len(entries), want)
	}
	if got := int(value(s.metrics.quarantinedBytes)); got != sum {
		t.Errorf("%d quarantined bytes counted, want %d", got, sum)
	}
}

func TestBothCursorsLostStartsAtTheOldest(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	add(t, s, numbered(0, 10)...)
	if err := s.Commit(s.End()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	vandalise(t, filepath.Join(s.dir, "cursor.a"), flip(5))
	vandalise(t, filepath.Join(s.dir, "cursor.b"), flip(5))
	s = open(t, s.dir, s.o)
	committed, pending := s.Cursor()
	if pending != nil {
		t.Errorf("pending %v", pending)
	}
	wantRecords(t, read(t, s, committed), numbered(0, 10))
}

func TestADamagedCursorRepeatsOneStep(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	add(t, s, numbered(0, 10)...)
	end := s.End()
	if err := s.Begin(end); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(end); err != nil {
		t.Fatal(err)
	}
	newest := s.cursor.file()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	vandalise(t, filepath.Join(s.dir, newest), flip(30))
	s = open(t, s.dir, s.o)
	if _, pending := s.Cursor(); pending == nil || *pending != end {
		t.Errorf("pending %v: the block must be repeated with the same boundaries", pending)
	}
}

// After a power cut the newest records may be gone although they were shipped. Their positions must not be used again.
func TestCursorBeyondTheEnd(t *testing.T) {
	for name, edit := range map[string]func([]byte) []byte{"cut": cut(3 * frameBytes), "empty": func(b []byte) []byte { return b[:headerBytes] }, "gone": nil} {
		t.Run(name, func(t *testing.T) {
			s := open(t, t.TempDir(), Options{})
			add(t, s, numbered(0, 10)...)
			shipped := s.End()
			if err := s.Commit(shipped); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(s.dir, segmentFile(1))
			if edit == nil {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			} else {
				vandalise(t, path, edit)
			}
			s = open(t, s.dir, s.o)
			add(t, s, "new")
			committed, _ := s.Cursor()
			if committed != shipped || !committed.Less(s.End()) {
				t.Fatalf("cursor %v, end %v", committed, s.End())
			}
			b := read(t, s, committed)
			wantRecords(t, b, []string{"new"})
			if b.Quarantined != 0 {
				t.Errorf("%d counted as lost that were shipped", b.Quarantined)
			}
			if _, records, _ := s.Depth(); records != 1 {
				t.Errorf("depth %d", records)
			}
		})
	}
}

func TestASegmentOfAnotherSpoolIsSetAside(t *testing.T) {
	s, other := threeSegments(t), threeSegments(t)
	for _, move := range []struct{ from, to string }{
		{filepath.Join(other.dir, segmentFile(2)), segmentFile(2)}, // of another spool
		{filepath.Join(s.dir, segmentFile(3)), segmentFile(7)},     // under another number
	} {
		b, err := os.ReadFile(move.from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.dir, move.to), b, fileMode); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, s.dir, s.o)
	add(t, s, numbered(30, 31)...)
	if s.End().Segment != 8 {
		t.Errorf("goes on in %v", s.End())
	}
	committed, _ := s.Cursor()
	wantRecords(t, read(t, s, committed), slices.Concat(numbered(0, 10), numbered(20, 31)))
	wantAside(t, s, map[string]int{segmentFile(2): bytesAt(10), segmentFile(7): bytesAt(10)})
}

func TestANewerVersionIsNotDamage(t *testing.T) {
	s := threeSegments(t)
	vandalise(t, filepath.Join(s.dir, segmentFile(2)), func(b []byte) []byte {
		h, err := parseHeader(b)
		if err != nil {
			t.Fatal(err)
		}
		h.version = 2
		return append(h.append(nil), b[headerBytes:]...)
	})
	if _, err := Open(s.dir, s.o); err == nil || !bytes.Contains([]byte(err.Error()), []byte("start the newer sporlos again")) {
		t.Errorf("open: %v", err)
	}
}

func TestQuarantineKeepsOldNames(t *testing.T) {
	s := threeSegments(t)
	for range 3 {
		vandalise(t, filepath.Join(s.dir, "id"), overwrite("?"))
		s = open(t, s.dir, s.o)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"id", "id.1", "id.2"} {
		if _, err := os.Stat(filepath.Join(s.dir, "quarantine", name)); err != nil {
			t.Error(err)
		}
	}
}

// Where damage cannot be copied, the segment is moved to quarantine when its time comes, instead of being removed.
func TestDamageThatCannotBeCopiedKeepsItsSegment(t *testing.T) {
	s := threeSegments(t)
	vandalise(t, filepath.Join(s.dir, segmentFile(1)), flip(bytesAt(4)+14))
	s.o.Keep = -1
	s = open(t, s.dir, s.o)
	blocked := filepath.Join(s.dir, "quarantine", "0000000000000001-148-25.bad.tmp")
	if err := os.Mkdir(blocked, dirMode); err != nil { // the copy cannot be written
		t.Fatal(err)
	}
	committed, _ := s.Cursor()
	b := read(t, s, committed)
	if len(b.Records) != 29 {
		t.Fatalf("%d records", len(b.Records))
	}
	if err := s.Commit(b.To); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "quarantine", segmentFile(1))); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, segmentFile(2))); err == nil {
		t.Error("an intact consumed segment was kept")
	}
}
