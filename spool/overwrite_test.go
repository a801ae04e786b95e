package spool

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const secret = "SECRETNR"

// mixed is n records, of which every third holds the secret.
func mixed(n int) (recs []string) {
	for i := range n {
		rec := fmt.Sprintf("record %06d %s", i, strings.Repeat("x", i*7%90))
		if i%3 == 0 {
			rec = fmt.Sprintf("record %06d %s %s", i, secret, strings.Repeat("y", i*7%90))
		}
		recs = append(recs, rec)
	}
	return recs
}

// voided is what is left of records once those with the secret have been overwritten.
func voided(recs []string) []string {
	out := slices.Clone(recs)
	for i, rec := range recs {
		if strings.Contains(rec, secret) {
			out[i] = string(make([]byte, len(rec)))
		}
	}
	return out
}

func holdsSecret(rec []byte) bool { return bytes.Contains(rec, []byte(secret)) }

func forget(t testing.TB, s *Spool, to Position) int {
	t.Helper()
	n, err := s.Overwrite(to, holdsSecret, []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// traces returns the files below dir that hold the secret.
func traces(t testing.TB, dir string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(secret)) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestOverwrite(t *testing.T) {
	s := open(t, t.TempDir(), Options{SegmentBytes: 1 << 10})
	recs := mixed(100)
	add(t, s, recs...)
	before := read(t, s, Position{})
	end := s.End()
	add(t, s, "later "+secret)
	if n := forget(t, s, end); n != 34 {
		t.Errorf("%d records overwritten, want 34", n)
	}
	after := read(t, s, Position{})
	wantRecords(t, after, append(voided(recs), "later "+secret))
	if n := forget(t, s, end); n != 0 {
		t.Errorf("%d records overwritten again", n)
	}
	if n := forget(t, s, s.End()); n != 1 {
		t.Errorf("%d later records overwritten, want 1", n)
	}
	if found := traces(t, s.dir); found != nil {
		t.Errorf("traces in %v", found)
	}
	s = reopen(t, s)
	add(t, s, "more")
	again := read(t, s, Position{})
	wantRecords(t, again, append(voided(append(recs, "later "+secret)), "more"))
	if before.Quarantined+after.Quarantined+again.Quarantined != 0 || value(s.metrics.quarantinedRecords) != 0 {
		t.Error("an overwritten record is taken for a missing one")
	}
}

// TestOverwriteKeepsTheAge: a segment is not kept longer because something in it was overwritten.
func TestOverwriteKeepsTheAge(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	add(t, s, mixed(3)...)
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	name := filepath.Join(s.dir, segmentFile(1))
	if err := os.Chtimes(name, old, old); err != nil {
		t.Fatal(err)
	}
	forget(t, s, s.End())
	if info, err := os.Stat(name); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("written %v, want %v", info.ModTime(), old)
	}
}

// TestOverwriteInAPendingBlock: the block is repeated under the same positions, with as many records.
func TestOverwriteInAPendingBlock(t *testing.T) {
	s := open(t, t.TempDir(), Options{SegmentBytes: 1 << 10})
	recs := mixed(40)
	add(t, s, recs...)
	from, _ := s.Cursor()
	b := read(t, s, from)
	if err := s.Begin(b.To); err != nil {
		t.Fatal(err)
	}
	forget(t, s, b.To)
	s = reopen(t, s)
	committed, pending := s.Cursor()
	if committed != from || pending == nil || *pending != b.To {
		t.Fatalf("cursor %v, %v", committed, pending)
	}
	var again Batch
	if err := s.ReadTo(context.Background(), committed, *pending, &again); err != nil {
		t.Fatal(err)
	}
	wantRecords(t, &again, voided(recs))
	if again.To != b.To || s.Commit(b.To) != nil {
		t.Error("the block ends elsewhere")
	}
}

// TestOverwriteIsFinishedAtOpen stops it at every byte of a frame, and wants the next Open to complete it before anything is read.
func TestOverwriteIsFinishedAtOpen(t *testing.T) {
	recs := []string{"before", "a " + secret + " record", "between", secret, "after " + secret}
	build := func() (dir string, plan overwriting, s *Spool) {
		s, err := Open(t.TempDir(), Options{Fsync: FsyncOff})
		if err != nil {
			t.Fatal(err)
		}
		add(t, s, recs...)
		for _, p := range s.parts(Position{}, s.End()) {
			if err := s.findRecords(p, holdsSecret, nil, &plan); err != nil {
				t.Fatal(err)
			}
		}
		if len(plan) != 3 {
			t.Fatalf("the plan is %v", plan)
		}
		return s.dir, plan, s
	}
	for stop := range 4 + len(recs[1]) + 1 {
		dir, plan, s := build()
		frame := plan[0]
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := writeDurably(filepath.Join(dir, overwriteFile), plan.encode(s.id)); err != nil {
			t.Fatal(err)
		}
		whole := t.TempDir() // a copy in which the first frame is overwritten, to take the first bytes of it from
		copyDir(t, dir, whole)
		if w, err := Open(whole, Options{Fsync: FsyncOff}); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		done, err := os.ReadFile(filepath.Join(whole, segmentFile(1)))
		if err != nil {
			t.Fatal(err)
		}
		at := frame.pos.Offset + 8
		patch(t, filepath.Join(dir, segmentFile(1)), at, done[at:at+int64(stop)])
		again := open(t, dir, Options{Fsync: FsyncOff})
		wantRecords(t, read(t, again, Position{}), voided(recs))
		if found := traces(t, dir); found != nil || value(again.metrics.quarantinedBytes) != 0 {
			t.Errorf("stopped after %d bytes: traces in %v, %v bytes quarantined", stop, found, value(again.metrics.quarantinedBytes))
		}
		if _, err := os.Stat(filepath.Join(dir, overwriteFile)); !os.IsNotExist(err) {
			t.Error("the list is still there")
		}
	}
}

func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func patch(t *testing.T, path string, at int64, b []byte) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
}

// TestOverwriteInDamage: what no checksum vouches for any more is wiped too, where it is and where it was copied to.
func TestOverwriteInDamage(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	add(t, s, "before", "damaged "+secret+" and "+secret, "between", "intact "+secret, "after")
	patch(t, filepath.Join(s.dir, segmentFile(1)), headerBytes+frameHeader+6+frameHeader, []byte("D"))
	if b := read(t, s, Position{}); b.Quarantined != 1 || len(b.Records) != 4 {
		t.Fatalf("%d quarantined, %d read", b.Quarantined, len(b.Records))
	}
	if err := os.WriteFile(filepath.Join(s.dir, "quarantine", segmentFile(7)), []byte("a whole segment, "+secret+", moved"), 0o600); err != nil {
		t.Fatal(err)
	}
	if found := traces(t, s.dir); len(found) != 3 {
		t.Fatalf("traces in %v", found)
	}
	if n := forget(t, s, s.End()); n != 1 {
		t.Errorf("%d records overwritten", n)
	}
	if found := traces(t, s.dir); found != nil {
		t.Errorf("traces in %v", found)
	}
	moved, err := os.ReadFile(filepath.Join(s.dir, "quarantine", segmentFile(7)))
	if err != nil || string(moved) != "a whole segment, "+strings.Repeat("\x00", len(secret))+", moved" {
		t.Errorf("%q, %v", moved, err)
	}
	wantRecords(t, read(t, s, Position{}), []string{"before", "between", string(make([]byte, len("intact ")+len(secret))), "after"})
}

func TestOverwriteFails(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	recs := mixed(9)
	add(t, s, recs...)
	blocked := filepath.Join(s.dir, overwriteFile+".tmp")
	if err := os.MkdirAll(filepath.Join(blocked, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Overwrite(s.End(), holdsSecret); err == nil || n != 0 {
		t.Errorf("%d overwritten, %v", n, err)
	}
	wantRecords(t, read(t, s, Position{}), recs)
	if err := os.RemoveAll(blocked); err != nil {
		t.Fatal(err)
	}
	forget(t, s, s.End())
	wantRecords(t, read(t, s, Position{}), voided(recs))
}

func TestADamagedListIsSetAside(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	recs := mixed(9)
	add(t, s, recs...)
	if err := os.WriteFile(filepath.Join(s.dir, overwriteFile), []byte("sporlos-overwriting 1\nspool x\n1:48 9\nchecksum 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s)
	wantRecords(t, read(t, s, Position{}), recs)
	if _, err := os.Stat(filepath.Join(s.dir, "quarantine", overwriteFile)); err != nil {
		t.Error(err)
	}
}

// TestOverwriteBesideAppends: nothing is lost, nothing is doubled, nothing is damaged by it.
func TestOverwriteBesideAppends(t *testing.T) {
	s := open(t, t.TempDir(), Options{SegmentBytes: 8 << 10, Fsync: FsyncOff})
	const writers, each = 4, 300
	var appending, rest sync.WaitGroup
	for w := range writers {
		appending.Go(func() {
			for i := range each {
				rec := fmt.Sprintf("%d-%d", w, i)
				if i%5 == 0 {
					rec += secret
				}
				add(t, s, rec)
			}
		})
	}
	over := make(chan struct{})
	loop := func(what func()) {
		rest.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
					what()
				}
			}
		})
	}
	loop(func() { forget(t, s, s.End()) })
	loop(func() { read(t, s, Position{}) })
	loop(func() {
		if err := s.Since(time.Time{}, func([]byte) error { return nil }); err != nil {
			t.Error(err)
		}
	})
	appending.Wait()
	close(over)
	rest.Wait()
	forget(t, s, s.End())
	b := read(t, s, Position{})
	kept, void := 0, 0
	for _, rec := range b.Records {
		if rec[0] == 0 {
			void++
		} else {
			kept++
		}
	}
	if void != writers*each/5 || kept != writers*each*4/5 || b.Quarantined != 0 || value(s.metrics.quarantinedBytes) != 0 {
		t.Errorf("%d kept, %d void, %d quarantined, %v bytes damaged", kept, void, b.Quarantined, value(s.metrics.quarantinedBytes))
	}
}

// childOverwrites appends and overwrites until it is killed. It prints what it has appended and, after it, what must be gone.
func childOverwrites(dir string) {
	s, err := Open(dir, Options{SegmentBytes: 16 << 10})
	if err != nil {
		panic(err)
	}
	for i := 0; ; i++ {
		if err := s.Append(fmt.Appendf(nil, "%d-%d %s %s", os.Getpid(), i, secret, strings.Repeat("z", i*4099%9000))); err != nil {
			panic(err)
		}
		if err := s.Append(fmt.Appendf(nil, "%d-%d kept", os.Getpid(), i)); err != nil {
			panic(err)
		}
		if i%7 == 6 {
			if _, err := s.Overwrite(s.End(), holdsSecret, []byte(secret)); err != nil {
				panic(err)
			}
		}
	}
}

func segmentFiles(t *testing.T, dir string) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// TestKillDuringOverwrite: whenever it is killed, every record is found whole or overwritten, none damaged, and asking again finishes it.
func TestKillDuringOverwrite(t *testing.T) {
	dir := t.TempDir()
	unfinished := 0
	for range 15 {
		before := segmentFiles(t, dir)
		cmd := child(t, "overwrite:"+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for began := time.Now(); segmentFiles(t, dir) == before && time.Since(began) < 10*time.Second; { // until it has opened the spool
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(20+rand.IntN(60)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if _, err := os.Stat(filepath.Join(dir, overwriteFile)); err == nil {
			unfinished++
		}
	}
	s := open(t, dir, Options{})
	void, kept := 0, 0
	if err := s.Since(time.Time{}, func(rec []byte) error {
		switch {
		case rec[0] == 0 && len(bytes.Trim(rec, "\x00")) == 0:
			void++
		case rec[0] == 0:
			t.Errorf("a record was overwritten in part: %q", rec)
		case bytes.HasSuffix(rec, []byte("kept")):
			kept++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	forget(t, s, s.End())
	if found := traces(t, dir); found != nil {
		t.Errorf("traces in %v", found)
	}
	if value(s.metrics.quarantinedBytes) != 0 {
		t.Errorf("%v bytes were found damaged", value(s.metrics.quarantinedBytes))
	}
	if void < 50 || kept < 50 {
		t.Errorf("%d overwritten, %d kept: the test proves little", void, kept)
	}
	t.Logf("%d overwritten, %d kept, %d kills in the middle of it", void, kept, unfinished)
}

func FuzzOverwriting(f *testing.F) {
	id := spoolID{1, 2, 3}
	f.Add(overwriting{{Position{3, 4096}, 220}, {Position{3, 9000}, 15}}.encode(id))
	f.Add(overwriting{}.encode(id))
	f.Add([]byte("\n\n\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, err := parseOverwriting(b, id); err == nil && !bytes.Equal(o.encode(id), b) {
			t.Fatalf("%q was read as %v", b, o)
		}
	})
}
