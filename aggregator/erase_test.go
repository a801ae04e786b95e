package aggregator

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"sporlos/event"
	"sporlos/store/enginetest"
)

// someone is a visitor's number that nothing else contains.
const someone = 0x5ec4e71d9a6b3f87

// eventOf is the n-th event of a visitor of site 1.
func eventOf(visitor uint64, n int) event.Event {
	e := view(n)
	e.Visitor, e.Visit = visitor, uint64(noon)<<32|uint64(n)
	return e
}

func eraseOf(visitor uint64) []byte {
	return event.Erase{Site: 1, Day: uint16(today), Visitor: visitor}.Append(nil)
}

func TestUntilErase(t *testing.T) {
	e, x, bad := record(view(1)), eraseOf(someone), event.Erase{Site: 1}.Append(nil)
	for _, c := range []struct {
		records [][]byte
		want    int
	}{
		{nil, 0}, {[][]byte{e}, 1}, {[][]byte{e, e}, 2}, {[][]byte{x}, 1}, {[][]byte{e, x}, 1}, {[][]byte{e, e, x, e}, 2},
		{[][]byte{x, e}, 1}, {[][]byte{x, x, e, x}, 2}, {[][]byte{bad, e}, 2}, {[][]byte{bad, x}, 1}, {[][]byte{{0, 0}, e, x}, 2},
	} {
		if got := untilErase(c.records); got != c.want {
			t.Errorf("%x is cut after %d, want %d", c.records, got, c.want)
		}
	}
}

// stays returns the files of the rig (spool, aggregator, ClickHouse's tables) that hold the number, as bytes in either order or as text.
func (r *rig) stays(number uint64) (found []string) {
	r.t.Helper()
	forms := [][]byte{binary.LittleEndian.AppendUint64(nil, number), binary.BigEndian.AppendUint64(nil, number),
		[]byte(strconv.FormatUint(number, 10)), []byte(strconv.FormatUint(number, 16))}
	var paths []string
	rows, err := r.store.Query(context.Background(), "SELECT arrayJoin(data_paths) FROM system.tables WHERE database = currentDatabase()")
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var path string
		if err := rows.Scan(&path); err != nil {
			r.t.Fatal(err)
		}
		paths = append(paths, path)
	}
	for _, root := range append(paths, r.dir) {
		root, err := filepath.EvalSymlinks(root)
		if err != nil {
			continue // a table without data
		}
		_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return nil // parts come and go
			}
			b, _ := os.ReadFile(path)
			for _, form := range forms {
				if bytes.Contains(b, form) {
					found = append(found, path)
				}
			}
			return nil
		})
	}
	return found
}

// wantNoTrace waits a moment for parts that are not used any more to leave the disk.
func (r *rig) wantNoTrace(number uint64) {
	r.t.Helper()
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		found := r.stays(number)
		if found == nil {
			return
		}
		if time.Since(began) > 10*time.Second {
			r.t.Errorf("%d traces are left: %v", len(found), found)
			return
		}
	}
}

// TestErase: what came before goes, what came after and what is others' stays, and no byte tells of it.
func TestErase(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Batch = 40 })
	for n := range 100 {
		r.append(record(eventOf(someone, n)), record(eventOf(uint64(n), 1000+n)))
	}
	r.drain()
	if found := r.stays(someone); len(found) < 2 {
		t.Fatalf("the search sees the number in %v only: it proves nothing", found)
	}
	for n := range 100 {
		r.append(record(eventOf(someone, 2000+n)))
	}
	r.append(eraseOf(someone), eraseOf(77))
	r.append(event.Tally{Site: 1, Day: uint16(today), Reason: "robot", Count: 1}.Append(nil))
	other := eventOf(someone, 1)
	other.Site = 2
	r.append(record(other), record(eventOf(77, 5000)))
	r.drain()
	r.want("SELECT toString((countIf(visitor = 6828837049331302279), countIf(visitor = 77), count())) FROM events WHERE site = 1", "(0,1,100)")
	r.want("SELECT toString((count(), any(visitor))) FROM events WHERE site = 2", "(1,6828837049331302279)")
	r.want("SELECT toString(sum(refusals)) FROM refusals", "1")
	r.want("SELECT toString(countIf(position(command, '6828837049331302279') > 0) = 0 AND count() > 0) FROM system.mutations WHERE database = currentDatabase()", "1")
	if got := count(t, r.metrics.erased); got != 2 {
		t.Errorf("%v erasures counted, want 2", got)
	}
	if got := count(t, r.metrics.quarantined); got != 0 {
		t.Errorf("%v records moved aside", got)
	}
	r.append(event.Erase{Site: 2, Day: uint16(today), Visitor: someone}.Append(nil))
	r.drain()
	r.wantNoTrace(someone)
	r.want("SELECT toString(count()) FROM events", "100")
}

// TestVisitorsTablesAreCutByMonth: statements name the month.
func TestVisitorsTablesAreCutByMonth(t *testing.T) {
	r := newRig(t, nil)
	tables, err := r.visitorTables(context.Background())
	if err != nil || len(tables) < 2 {
		t.Fatalf("%v, %v", tables, err)
	}
	for _, table := range append(tables, "folds") {
		r.want("SELECT partition_key FROM system.tables WHERE database = currentDatabase() AND name = '"+table+"'", "toYYYYMM(day)")
	}
}

// TestEraseAfterTheDay: an erasure that waited for ClickHouse over midnight finds its day folded. The fold goes, and is made again.
func TestEraseAfterTheDay(t *testing.T) {
	r := folded(t, "UTC", 1)
	r.append(mixed(today, 700)...)
	for n := range 20 {
		r.append(record(eventOf(someone, n)))
	}
	r.drain()
	r.fold()
	r.wantFresh(today + 1)
	r.want("SELECT toString(count()) FROM visits WHERE visitor = 6828837049331302279", "20")
	r.append(eraseOf(someone))
	r.drain()
	r.want("SELECT toString((SELECT count() FROM visits WHERE visitor = 6828837049331302279) + (SELECT count() FROM folds))", "0")
	r.fold()
	r.wantFresh(today + 1)
	r.want("SELECT toString((sum(events), sum(arrived))) FROM folds FINAL", "(700,720)")
	r.wantNoTrace(someone)
}

// TestEraseFromWhatWasMovedAside: a record nobody can use still says whose it was.
func TestEraseFromWhatWasMovedAside(t *testing.T) {
	r := newRig(t, nil)
	whole := record(eventOf(someone, 1))
	r.append(append(whole, "left over"...), record(eventOf(1, 2)))
	r.drain()
	if got := count(t, r.metrics.quarantined); got != 1 || len(r.stays(someone)) < 2 {
		t.Fatalf("%v records moved aside, seen in %v", got, r.stays(someone))
	}
	r.append(eraseOf(someone))
	r.drain()
	r.wantNoTrace(someone)
	r.want("SELECT toString(count()) FROM events", "1")
}

// TestEraseInterrupted stops an erasure after each of its steps, as a crash would, and starts anew.
func TestEraseInterrupted(t *testing.T) {
	begun := func(t *testing.T) *rig {
		r := newRig(t, nil)
		for n := range 10 {
			r.append(record(eventOf(someone, n)), record(eventOf(uint64(n+1), 100+n)))
		}
		r.drain()
		r.append(eraseOf(someone), record(eventOf(someone, 50)))
		if err := r.nextBlock(context.Background()); err != nil || r.load.records != 1 || len(r.load.wishes) != 1 {
			t.Fatalf("a block of %d, %v", r.load.records, err)
		}
		return r
	}
	for name, steps := range map[string]func(*rig) error{
		"begun": func(*rig) error { return nil },
		"rows are gone": func(r *rig) error {
			return r.eraseRows(context.Background(), r.load.wishes, false)
		},
		"ClickHouse is away": func(r *rig) error {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if err := r.erase(ctx, r.load.wishes); err == nil {
				return fmt.Errorf("erased all the same")
			}
			return nil
		},
		"records cannot be overwritten": func(r *rig) error {
			blocked := filepath.Join(r.dir, "spool", "overwriting.tmp", "x")
			if err := os.MkdirAll(blocked, 0o700); err != nil {
				return err
			}
			if err := r.erase(context.Background(), r.load.wishes); err == nil {
				return fmt.Errorf("erased all the same")
			}
			return os.RemoveAll(filepath.Dir(blocked))
		},
		"all is done but committed": func(r *rig) error {
			return r.erase(context.Background(), r.load.wishes)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := begun(t)
			if err := steps(r); err != nil {
				t.Fatal(err)
			}
			if err := r.spool.Close(); err != nil {
				t.Fatal(err)
			}
			r.spool = openSpool(t, filepath.Join(r.dir, "spool"))
			r.open(nil)
			r.drain()
			r.want("SELECT toString((countIf(visitor = 6828837049331302279), count())) FROM events", "(1,11)")
			r.append(eraseOf(someone))
			r.drain()
			r.wantNoTrace(someone)
			r.want("SELECT toString(count()) FROM events", "10")
			if got := count(t, r.metrics.quarantined); got != 0 {
				t.Errorf("%v records moved aside", got)
			}
		})
	}
}

// TestEraseWaitsForTheEngine: an engine killed in the middle of it is waited for.
func TestEraseWaitsForTheEngine(t *testing.T) {
	r := newRig(t, nil)
	e := enginetest.Engine(t)
	for round := range 4 {
		for n := range 3000 {
			r.append(record(eventOf(someone, 3000*round+n)), record(eventOf(uint64(n+1), 3000*round+n)))
		}
		r.drain()
		r.append(eraseOf(someone))
		time.AfterFunc(time.Duration(round)*4*time.Millisecond, func() {
			if pid := e.PID(); pid != 0 {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		})
		r.drain()
		r.awaitEngine()
		r.want("SELECT toString((countIf(visitor = 6828837049331302279), count())) FROM events", fmt.Sprintf("(0,%d)", 3000*(round+1)))
	}
	r.wantNoTrace(someone)
}

// forgetful appends events of fifty visitors and erasures of them, and ships both, until it is killed. What is printed has been
// acknowledged: the number of an event, or of the event before an erasure, with a minus.
func forgetful(dir string) error {
	s, a, life, err := vessel(dir)
	if err != nil {
		return err
	}
	go func() { _ = a.Run(context.Background()) }()
	for n := 1; ; n++ {
		e := eventOf(numberOf(life, n), 0)
		e.Visit = uint64(life)<<32 | uint64(n)
		if err := s.Append(record(e)); err != nil {
			return err
		}
		fmt.Println(n)
		if n%300 == 0 {
			if err := s.Append(eraseOf(numberOf(life, n))); err != nil {
				return err
			}
			fmt.Println(-n)
		}
		if n%2 == 0 { // an erasure takes ClickHouse about half a second
			time.Sleep(time.Millisecond)
		}
	}
}

// numberOf is the visitor of the n-th event: fifty take turns, and all of them are erased in turn.
func numberOf(life uint32, n int) uint64 { return someone + uint64(life)<<20 + uint64(n*7%50) }

// TestErasuresKilledAnywhere kills a process that ships and erases, and the engine, at random moments. In the end each visitor's events
// are there exactly once from the last erasure on, and before it none.
func TestErasuresKilledAnywhere(t *testing.T) {
	r := newRig(t, nil)
	dir, e := t.TempDir(), enginetest.Engine(t)
	if err := r.spool.Close(); err != nil {
		t.Fatal(err)
	}
	told := map[uint32][]int{}
	for number := uint32(1); number <= 4; number++ {
		if err := (task{e.Endpoint(), r.store.Database(), number}).write(dir); err != nil {
			t.Fatal(err)
		}
		told[number] = livePrinting(t, "forget:"+dir, func() {
			if number%2 == 0 {
				_ = syscall.Kill(e.PID(), syscall.SIGKILL)
				r.awaitEngine()
			}
			if err := (task{e.Endpoint(), r.store.Database(), number}).write(dir); err != nil {
				t.Fatal(err)
			}
		})
	}
	r.dir = dir
	r.spool = openSpool(t, filepath.Join(dir, "spool"))
	r.open(nil)
	r.drain()
	kept, gone := 0, 0
	for life, lines := range told {
		stored := r.storedVisits(life)
		erased := map[uint64]int{}
		last := 0
		for _, n := range lines {
			if n < 0 {
				erased[numberOf(life, -n)] = -n
			} else {
				last = n
			}
		}
		for n := 1; n <= last; n++ {
			want := 1
			if n <= erased[numberOf(life, n)] {
				want = 0
			}
			// The last erasure may have been appended and not yet printed.
			if got := stored[n]; got != want && !(got == 0 && last%300 == 0) {
				t.Errorf("event %d of life %d is stored %d times, want %d", n, life, got, want)
			}
			if want == 1 {
				kept++
			} else {
				gone++
			}
		}
	}
	t.Logf("%d events stayed, %d are gone", kept, gone)
	if kept < 200 || gone < 10 {
		t.Error("the test proves little")
	}
	for life := range told {
		for n := range 50 {
			r.append(eraseOf(numberOf(life, n)))
		}
	}
	r.drain()
	r.want("SELECT toString(count()) FROM events", "0")
	for life := range told {
		for n := range 50 {
			if found := r.stays(numberOf(life, n)); found != nil {
				t.Fatalf("visitor %d of life %d is left in %v", n, life, found)
			}
		}
	}
}

// storedVisits counts how often each event of a life is stored.
func (r *rig) storedVisits(life uint32) map[int]int {
	r.t.Helper()
	stored := map[int]int{}
	rows, err := r.store.Query(context.Background(), fmt.Sprintf("SELECT bitAnd(visit, 4294967295), count() FROM events WHERE bitShiftRight(visit, 32) = %d GROUP BY visit", life))
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n, times uint64
		if err := rows.Scan(&n, &times); err != nil {
			r.t.Fatal(err)
		}
		stored[int(n)] = int(times)
	}
	return stored
}

// TestErasureIsInTime: a lone erasure is carried out without waiting for more to come.
func TestErasureIsInTime(t *testing.T) {
	r := newRig(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	r.append(record(eventOf(someone, 1)), eraseOf(someone))
	end := r.spool.End()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if committed, _ := r.spool.Cursor(); !committed.Less(end) {
			t.Logf("done after %v", time.Since(began).Round(time.Millisecond))
			break
		}
		if time.Since(began) > 10*time.Second {
			t.Fatal("not done after ten seconds")
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	r.wantNoTrace(someone)
}

// livePrinting runs a victim, kills it after about half a second, in the middle of which during is called, and returns the numbers it printed.
func livePrinting(t *testing.T, does string, during func()) (numbers []int) {
	t.Helper()
	l := exec.Command(os.Args[0])
	l.Env = append(os.Environ(), victimEnv+"="+does)
	l.Stderr = os.Stderr
	out, err := l.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Start(); err != nil {
		t.Fatal(err)
	}
	var read sync.WaitGroup
	read.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if n, err := strconv.Atoi(lines.Text()); err == nil {
				numbers = append(numbers, n)
			}
		}
	})
	time.Sleep(200*time.Millisecond + rand.N(200*time.Millisecond))
	during()
	time.Sleep(200*time.Millisecond + rand.N(300*time.Millisecond))
	_ = l.Process.Kill()
	read.Wait()
	_ = l.Wait()
	return numbers
}
