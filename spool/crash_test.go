package spool

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary be the child of the tests below.
func TestMain(m *testing.M) {
	switch dir := os.Getenv("SPOOL_TEST_CHILD"); {
	case strings.HasPrefix(dir, "append:"):
		childAppends(dir[len("append:"):])
	case strings.HasPrefix(dir, "overwrite:"):
		childOverwrites(dir[len("overwrite:"):])
	case strings.HasPrefix(dir, "limit:"):
		childMeetsTheLimit(dir[len("limit:"):])
	default:
		os.Exit(m.Run())
	}
}

func child(t *testing.T, does string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "SPOOL_TEST_CHILD="+does)
	cmd.Stderr = os.Stderr
	return cmd
}

// childAppends appends from many goroutines until it is killed, and prints each record after its acknowledgement.
// Now and then it ships a block.
func childAppends(dir string) {
	s, err := Open(dir, Options{SegmentBytes: 64 << 10})
	if err != nil {
		panic(err)
	}
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				rec := fmt.Sprintf("%d-%d-%d-%s", os.Getpid(), w, i, strings.Repeat("x", i*37%900))
				if err := s.Append([]byte(rec)); err != nil {
					panic(err)
				}
				if _, err := os.Stdout.WriteString(rec + "\n"); err != nil { // one write(2) a line
					panic(err)
				}
			}
		}()
	}
	var b Batch
	for {
		pos, _ := s.Cursor()
		if err := errors.Join(s.Read(context.Background(), pos, 100, 0, &b), s.Begin(b.To), s.Commit(b.To)); err != nil {
			panic(err)
		}
	}
}

// TestKillLosesNothingAcknowledged kills a process that appends, again and again on the same spool, and then wants
// every record it had printed as acknowledged.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[string]bool{}
	for round := range 12 {
		cmd := child(t, "append:"+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := sync.OnceFunc(func() {
			time.AfterFunc(time.Duration(30+rand.IntN(120))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		})
		if round%4 == 3 {
			kill() // maybe before it has opened the spool; else while it appends, however long it took to begin
		}
		lines := bufio.NewReader(out)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				break // a line that is cut off was killed in the pipe; whether it counts nobody can tell
			}
			kill()
			acknowledged[line[:len(line)-1]] = true
		}
		_ = cmd.Wait()
	}
	s := open(t, dir, Options{})
	stored := map[string]int{}
	if err := s.Since(time.Time{}, func(rec []byte) error { stored[string(rec)]++; return nil }); err != nil {
		t.Fatal(err)
	}
	for rec := range acknowledged {
		if stored[rec] != 1 {
			t.Errorf("acknowledged record %.20s is there %d times", rec, stored[rec])
		}
	}
	if len(acknowledged) < 100 {
		t.Errorf("only %d records were acknowledged: the test proves little", len(acknowledged))
	}
	if n := value(s.metrics.quarantinedRecords); n != 0 {
		t.Errorf("%v records quarantined", n)
	}
	committed, pending := s.Cursor()
	b := read(t, s, committed)
	if b.Quarantined != 0 {
		t.Errorf("%d records missing behind the cursor", b.Quarantined)
	}
	t.Logf("%d acknowledged, %d stored, cursor %v, pending %v", len(acknowledged), len(stored), committed, pending)
}

// childMeetsTheLimit appends beyond RLIMIT_FSIZE, which makes write(2) first short and then fail like a full disk.
func childMeetsTheLimit(dir string) {
	limit := syscall.Rlimit{Cur: 100_000, Max: 1 << 40}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Println("cannot", err)
		return
	}
	s, err := Open(dir, Options{})
	if err != nil {
		panic(err)
	}
	stored := 0
	for i := range 300 {
		if err = s.Append(fmt.Appendf(nil, "%d %0990d", i, 0)); err != nil {
			break
		}
		stored++
	}
	fmt.Println(stored, errors.Is(err, ErrFull), value(s.metrics.full))
	var refused sync.WaitGroup // a whole group gets the error
	for range 20 {
		refused.Go(func() {
			if err := s.Append(make([]byte, 5000)); !errors.Is(err, ErrFull) {
				panic(err)
			}
		})
	}
	refused.Wait()
	if err := s.Append([]byte("small enough")); err != nil { // there is room for this one: nothing may be left half-written
		panic(err)
	}
	limit.Cur = 1 << 30
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		panic(err)
	}
	if err := s.Append([]byte("after the disk had room again")); err != nil {
		panic(err)
	}
	if err := s.Close(); err != nil {
		panic(err)
	}
}

func TestAFullDiskLeavesNoHalfRecord(t *testing.T) {
	dir := t.TempDir()
	out, err := child(t, "limit:"+dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(out))
	stored, err := strconv.Atoi(words[0])
	if err != nil {
		t.Skip(string(out))
	}
	if words[1] != "true" || words[2] != "1" {
		t.Errorf("the refusal was not ErrFull or not counted: %s", out)
	}
	if stored < 90 || stored > 110 {
		t.Errorf("%d records of 1 kB fit below a limit of 100 kB", stored)
	}
	s := open(t, dir, Options{})
	b := read(t, s, Position{})
	got := texts(b)
	if len(got) != stored+2 || got[stored] != "small enough" || got[stored+1] != "after the disk had room again" {
		t.Errorf("%d records, want %d", len(got), stored+2)
	}
	if b.Quarantined != 0 || value(s.metrics.quarantinedBytes) != 0 {
		t.Errorf("%d records, %v bytes damaged", b.Quarantined, value(s.metrics.quarantinedBytes))
	}
}

// halt ends what the spool does every second: the test does it with tick, at a moment of its choice.
func halt(s *Spool) {
	close(s.stop)
	s.stopped.Wait()
	s.stop = make(chan struct{})
}

// replaceFile puts another file in the place of the newest segment.
func replaceFile(t *testing.T, s *Spool, other *os.File) {
	t.Helper()
	halt(s)
	s.io.Lock()
	defer s.io.Unlock()
	s.fsync.Lock()
	defer s.fsync.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	whole := s.file
	s.file = other
	t.Cleanup(func() { _ = whole.Close() })
}

// breakFsync makes fsync and truncate on the newest segment fail for real: /dev/null takes writes and refuses those.
func breakFsync(t *testing.T, s *Spool) {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	replaceFile(t, s, null)
}

// breakWrite makes positioned writes on the newest segment fail for real, and everything else: a pipe has no positions.
func breakWrite(t *testing.T, s *Spool) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	replaceFile(t, s, w)
}

func TestFailedFsyncRefusesUntilASegmentIsDurable(t *testing.T) {
	s := open(t, t.TempDir(), Options{Fsync: FsyncInterval})
	add(t, s, "before")
	breakFsync(t, s)
	if err := s.sync(); !errors.Is(err, ErrNotDurable) { // what tend does every second
		t.Fatalf("sync: %v", err)
	}
	if err := s.Append([]byte("refused")); !errors.Is(err, ErrNotDurable) {
		t.Fatalf("append: %v", err)
	}
	if value(s.metrics.fsyncFailures) < 1 || value(s.metrics.io) != 1 {
		t.Errorf("%v failures, %v refused", value(s.metrics.fsyncFailures), value(s.metrics.io))
	}
	if err := s.Begin(s.End()); err != nil {
		t.Errorf("shipping must go on: %v", err)
	}
	s.tick()
	add(t, s, "after")
	wantRecords(t, read(t, s, Position{}), []string{"before", "after"})
	if s.End().Segment < 2 {
		t.Error("the segment whose fsync failed is still being written")
	}
}

func TestRestoreGoesOnTrying(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	add(t, s, "before")
	breakFsync(t, s)
	_ = s.sync()
	block := filepath.Join(s.dir, segmentFile(2)+".tmp")
	if err := os.Mkdir(block, dirMode); err != nil {
		t.Fatal(err)
	}
	s.tick()
	if err := s.Append(nil); !errors.Is(err, ErrNotDurable) {
		t.Errorf("append: %v", err)
	}
	if err := os.Remove(block); err != nil {
		t.Fatal(err)
	}
	s.tick()
	add(t, s, "after")
}

func TestFsyncAlwaysFailsTheAppend(t *testing.T) {
	s := open(t, t.TempDir(), Options{Fsync: FsyncAlways})
	add(t, s, "before")
	breakFsync(t, s)
	for range 2 {
		if err := s.Append([]byte("refused")); !errors.Is(err, ErrNotDurable) {
			t.Fatalf("append: %v", err)
		}
	}
	s.tick()
	add(t, s, "after")
	wantRecords(t, read(t, s, Position{}), []string{"before", "after"})
}

func TestAWriteThatCannotBeUndoneGivesTheSegmentUp(t *testing.T) {
	s := open(t, t.TempDir(), Options{Fsync: FsyncOff})
	add(t, s, "before")
	breakWrite(t, s)
	if err := s.Append([]byte("refused")); err == nil {
		t.Fatal("acknowledged")
	}
	if !s.torn || value(s.metrics.io) != 1 {
		t.Errorf("torn %v, refused %v", s.torn, value(s.metrics.io))
	}
	add(t, s, "after")
	wantRecords(t, read(t, s, Position{}), []string{"before", "after"})
	if s.torn || s.End().Segment != 2 {
		t.Errorf("torn %v, end %v", s.torn, s.End())
	}
}

// A directory that refuses new files stops the spool at the end of its segment, and not for ever.
func TestASegmentThatCannotBeStartedRefuses(t *testing.T) {
	s := open(t, t.TempDir(), Options{SegmentBytes: 100})
	add(t, s, "record one")
	block := filepath.Join(s.dir, segmentFile(2)+".tmp")
	if err := os.Mkdir(block, dirMode); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(make([]byte, 100)); err == nil || !strings.Contains(err.Error(), "cannot start spool segment 2") {
		t.Fatalf("append: %v", err)
	}
	if err := os.Remove(block); err != nil {
		t.Fatal(err)
	}
	add(t, s, "record two")
	wantRecords(t, read(t, s, Position{}), []string{"record one", "record two"})
}

func TestAReadErrorIsReported(t *testing.T) {
	sc := scanner{}
	sc.reset(failingReader{}, 0, 100, 0)
	if sc.next() || !errors.Is(sc.err, syscall.EISDIR) {
		t.Errorf("error %v", sc.err)
	}
	s := threeSegments(t)
	path := filepath.Join(s.dir, segmentFile(1))
	s = open(t, s.dir, s.o)
	if err := errors.Join(os.Rename(path, path+".away"), os.Mkdir(path, dirMode)); err != nil {
		t.Fatal(err)
	}
	var b Batch
	if err := s.Read(context.Background(), Position{}, 0, 0, &b); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("read: %v", err)
	}
	if err := s.Since(time.Time{}, func([]byte) error { return nil }); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("since: %v", err)
	}
	if err := errors.Join(os.Remove(path)); err != nil {
		t.Fatal(err)
	}
	if err := s.Read(context.Background(), Position{}, 0, 0, &b); err != nil || len(b.Records) != 20 {
		t.Errorf("without the segment: %d records, %v", len(b.Records), err)
	}
}

type failingReader struct{ io.ReaderAt }

func (failingReader) ReadAt([]byte, int64) (int, error) { return 0, syscall.EISDIR }
