package traffic

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestSteadyCounts: each beacon is sent once, and a refusal is none that was accepted. A server that is slow makes latencies long, also of
// the beacons behind, and is not taken for the client's own lateness.
func TestSteadyCounts(t *testing.T) {
	const slow = 100 * time.Millisecond
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch n := asked.Add(1); {
		case n%10 == 0:
			w.Header().Set("x-sporlos-dropped", "robot")
		case n == 105 || n == 106:
			time.Sleep(slow)
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	r, late, err := Steady(strings.TrimPrefix(server.URL, "http://"), Requests(7), 200, 2, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if asked.Load() != 200 || r.Accepted != 180 || r.Refused != 20 {
		t.Errorf("%d asked, %d accepted, %d refused", asked.Load(), r.Accepted, r.Refused)
	}
	if r.P99 < slow/2 || late.P99 > slow/2 || r.Spell < 199*time.Millisecond {
		t.Errorf("p99 %v, the client was late by %v, all took %v", r.P99, late.P99, r.Spell)
	}
}

func TestSteadyFails(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		panic(http.ErrAbortHandler) // closes the connection
	}))
	addr := strings.TrimPrefix(server.URL, "http://")
	if _, _, err := Steady(addr, Requests(1), 10, 2, 1000); err == nil {
		t.Error("a connection that ends is no error")
	}
	server.Close()
	if _, _, err := Steady(addr, Requests(1), 10, 2, 1000); err == nil {
		t.Error("a server that is not there is no error")
	}
}
