package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// kills is how often the server or the engine is killed with -9 while beacons pour in.
const kills = 30

// TestNothingLostNothingTwice: under load, the server and the engine are killed at random points; every acknowledged beacon is in
// ClickHouse exactly once in the end, and no beacon is there twice.
func TestNothingLostNothingTwice(t *testing.T) {
	s := New(t, "--trusted-proxies", "127.0.0.1", "--rate-limit", "0")
	s.Start()
	s.MustRun("site", "add", "kill.example")
	l := startLoad(s)
	random := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	for i := range kills {
		time.Sleep(time.Duration(200+random.IntN(900)) * time.Millisecond)
		if i%2 == 0 {
			s.KillEngine()
			continue
		}
		s.Kill() // in the middle of whatever is under way
		l.pause()
		s.Start()
		l.resume()
	}
	time.Sleep(500 * time.Millisecond)
	l.stop()
	if l.acked.Load() < 1000 {
		t.Fatalf("only %d beacons were acknowledged: too few to prove anything", l.acked.Load())
	}
	Eventually(t, 60*time.Second, "everything shipped", func() bool {
		text := s.Metrics()
		return Metric(text, "sporlos_spool_depth_records", "") == 0 && Metric(text, "sporlos_engine_up", "") == 1
	})
	s.Stop()
	compare(t, s, l)
}

func compare(t *testing.T, s *System, l *load) {
	db := s.Stored()
	stored := map[string]uint64{}
	rows, err := db.Query(context.Background(), "SELECT prop_values[indexOf(prop_keys, 'n')] AS n, count() FROM events GROUP BY n")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n string
		var count uint64
		if err := rows.Scan(&n, &count); err != nil {
			t.Fatal(err)
		}
		stored[n] = count
	}
	lost, twice := 0, 0
	l.answers.Range(func(n, _ any) bool {
		if stored[n.(string)] == 0 {
			lost++
		}
		return true
	})
	for n, count := range stored {
		if count > 1 {
			twice++
			t.Logf("beacon %s is stored %d times", n, count)
		}
	}
	t.Logf("%d kills: %d beacons sent, %d acknowledged, %d stored", kills, l.sent.Load(), l.acked.Load(), len(stored))
	if lost > 0 || twice > 0 || len(stored) > int(l.sent.Load()) {
		t.Errorf("%d acknowledged beacons are lost, %d are stored twice, %d were never sent", lost, twice, max(0, len(stored)-int(l.sent.Load())))
	}
}

// load posts beacons, each with a number of its own, and remembers which were acknowledged.
type load struct {
	s           *System
	gate        sync.RWMutex // held while the server is replaced, so that its address is not read meanwhile
	ended       chan struct{}
	wait        sync.WaitGroup
	sent, acked atomic.Int64
	answers     sync.Map // acknowledged numbers
}

func startLoad(s *System) *load {
	l := &load{s: s, ended: make(chan struct{})}
	for worker := range 8 {
		l.wait.Go(func() { l.work(worker) })
	}
	return l
}

func (l *load) pause()  { l.gate.Lock() }
func (l *load) resume() { l.gate.Unlock() }
func (l *load) stop()   { close(l.ended); l.wait.Wait() }

// work keeps sending while the server is killed under it; the gate only keeps it from reading the address while that changes.
func (l *load) work(worker int) {
	for i := 0; ; i++ {
		select {
		case <-l.ended:
			return
		case <-time.After(time.Millisecond):
		}
		l.gate.RLock()
		target := System{Collector: l.s.Collector}
		l.gate.RUnlock()
		n := fmt.Sprintf("w%d-%s", worker, letters(i))
		l.sent.Add(1)
		body := fmt.Sprintf(`{"n":"pageview","u":"https://kill.example/p/%s","d":"kill.example","p":{"n":%q}}`, letters(i%50), n)
		status, dropped, _, err := target.Beacon("/e", body, "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", worker), "User-Agent", agentA)
		if err == nil && status == http.StatusAccepted && dropped == "" {
			l.acked.Add(1)
			l.answers.Store(n, true)
		}
	}
}

// letters writes a number without digits, which path rules could take for an identifier.
func letters(n int) string {
	s := ""
	for ; ; n /= 26 {
		s = string(rune('a'+n%26)) + s
		if n < 26 {
			return s
		}
	}
}

const agentA = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
