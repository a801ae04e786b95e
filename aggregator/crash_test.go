package aggregator

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sporlos/event"
	"sporlos/site"
	"sporlos/spool"
	"sporlos/store"
	"sporlos/store/engine"
	"sporlos/store/enginetest"
)

// victimEnv names the directory of a process that is there to be killed.
const victimEnv = "SPORLOS_TEST_VICTIM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimEnv); dir != "" {
		if dir, ok := strings.CutPrefix(dir, "forget:"); ok {
			log.Fatal(forgetful(dir))
		}
		log.Fatal(victim(dir))
	}
	os.Exit(m.Run())
}

// task is what a victim is told, in a file that is replaced when the engine moves.
type task struct {
	Endpoint engine.Endpoint
	Database string
	Life     uint32 // which of the victims it is
}

func taskOf(dir string) (t task) {
	b, err := os.ReadFile(filepath.Join(dir, "task"))
	if err == nil {
		err = json.Unmarshal(b, &t)
	}
	if err != nil {
		log.Fatal(err)
	}
	return t
}

func (t task) write(dir string) error {
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "task"), b)
}

// vessel opens what a victim works on.
func vessel(dir string) (*spool.Spool, *Aggregator, uint32, error) {
	s, err := spool.Open(filepath.Join(dir, "spool"), spool.Options{})
	if err != nil {
		return nil, nil, 0, err
	}
	t := taskOf(dir)
	st, err := store.Open(context.Background(), store.Config{Endpoint: func() engine.Endpoint { return taskOf(dir).Endpoint }, Database: t.Database})
	if err != nil {
		return nil, nil, 0, err
	}
	a, err := New(Options{
		Dir: filepath.Join(dir, "aggregator"), Spool: s, Store: st, Sites: func() []*site.Site { return nil }, Batch: 700, Linger: 30 * time.Millisecond,
	})
	return s, a, t.Life, err
}

// victim appends to a spool and ships it until it is killed. Each event has a visit of its own, made of the life and its number, and
// the number is printed once the spool has acknowledged it.
func victim(dir string) error {
	s, a, life, err := vessel(dir)
	if err != nil {
		return err
	}
	go func() { log.Fatal(a.Run(context.Background())) }()
	for n := uint32(1); ; n++ {
		e := view(int(n))
		e.Visit = uint64(life)<<32 | uint64(n)
		e.Day -= uint16(n % 60) // a block lies in three partitions
		if err := s.Append(record(e)); err != nil {
			return err
		}
		fmt.Println(n)
		if n%10 == 0 {
			if err := s.Append(event.Tally{Site: 1, Day: e.Day, Reason: "robot", Count: 1}.Append(nil)); err != nil {
				return err
			}
		}
		if n%64 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

// life is one victim and what it has acknowledged.
type life struct {
	cmd   *exec.Cmd
	acked uint32
	read  sync.WaitGroup
}

func newLife(dir string) (*life, error) {
	l := &life{cmd: exec.Command(os.Args[0])}
	l.cmd.Env = append(os.Environ(), victimEnv+"="+dir)
	l.cmd.Stderr = os.Stderr
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := l.cmd.Start(); err != nil {
		return nil, err
	}
	l.read.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			_, _ = fmt.Sscan(lines.Text(), &l.acked)
		}
	})
	return l, nil
}

// end kills the victim and returns what it had acknowledged; an error when it had died of something else.
func (l *life) end() (acked uint32, err error) {
	if err := l.cmd.Process.Kill(); err != nil {
		return 0, err
	}
	l.read.Wait()
	err = l.cmd.Wait()
	if status, ok := l.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
		return 0, fmt.Errorf("it had ended by itself: %w", err)
	}
	return l.acked, nil
}

// TestKilledAnywhere kills the process that ships, and the engine, with SIGKILL at random moments: what the spool has acknowledged
// is counted in ClickHouse, exactly.
func TestKilledAnywhere(t *testing.T) {
	r := newRig(t, nil)
	if err := r.spool.Close(); err != nil {
		t.Fatal(err)
	}
	dir, e := t.TempDir(), enginetest.Engine(t)
	acked := map[uint32]uint32{}
	kills := 0
	for number := uint32(1); number <= 8; number++ {
		tell := func() {
			if err := (task{e.Endpoint(), r.store.Database(), number}).write(dir); err != nil {
				t.Fatal(err)
			}
		}
		tell()
		l, err := newLife(dir)
		if err != nil {
			t.Fatal(err)
		}
		engineDies := number%2 == 0
		for until := time.Now().Add(300*time.Millisecond + rand.N(700*time.Millisecond)); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
			tell()
			if pid := e.PID(); engineDies && pid != 0 && rand.N(20) == 0 {
				engineDies = syscall.Kill(pid, syscall.SIGKILL) != nil
				kills++
			}
		}
		if acked[number], err = l.end(); err != nil {
			t.Fatal(err)
		}
		kills++
	}
	r.spool = openSpool(t, filepath.Join(dir, "spool"))
	r.open(nil)
	r.drain()
	r.wantExactly(acked)
	t.Logf("%d kills, acknowledged %v", kills, acked)
}

// wantExactly compares the spool, which has kept everything, with ClickHouse.
func (r *rig) wantExactly(acked map[uint32]uint32) {
	r.t.Helper()
	var events, tallies int
	err := r.spool.Since(time.Time{}, func(rec []byte) error {
		switch event.KindOf(rec) {
		case event.KindEvent:
			events++
		case event.KindTally:
			tallies++
		default:
			return errors.New("the spool holds something else")
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.want("SELECT toString((count(), uniqExact(visit), (SELECT sum(events) FROM arrivals), (SELECT sum(refusals) FROM refusals))) FROM events",
		fmt.Sprintf("(%d,%d,%d,%d)", events, events, events, tallies))
	total := uint32(0)
	for number, n := range acked {
		r.want(fmt.Sprintf("SELECT toString(countIf(bitAnd(visit, 4294967295) <= %d)) FROM events WHERE bitShiftRight(visit, 32) = %d", n, number), fmt.Sprint(n))
		total += n
	}
	if total == 0 || int(total) > events {
		r.t.Errorf("%d were acknowledged, %d are in the spool", total, events)
	}
}

// TestEngineKilledDuringFolds: what a killed engine leaves of a fold is outnumbered and removed.
func TestEngineKilledDuringFolds(t *testing.T) {
	r := folded(t, "UTC", 2)
	r.append(mixed(today, 3000)...)
	r.append(mixed(today+1, 3000)...)
	r.drain()
	e := enginetest.Engine(t)
	for range 2 {
		done := make(chan error, 1)
		go func() { done <- r.Fold(context.Background()) }()
		time.Sleep(rand.N(300 * time.Millisecond))
		if pid := e.PID(); pid != 0 {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		<-done
		r.awaitEngine()
		r.append(views(1)...) // so that there is something to fold again
		r.drain()
	}
	r.fold()
	r.wantFresh(today + 2)
	if err := r.sweep(context.Background(), r.now); err != nil {
		t.Fatal(err)
	}
	r.wantTidy()
	r.wantFresh(today + 2)
}

func (r *rig) awaitEngine() {
	r.t.Helper()
	for began := time.Now(); r.store.Ping(context.Background()) != nil; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			r.t.Fatal("the engine did not come back")
		}
	}
}
