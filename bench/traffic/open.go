package traffic

import (
	"net"
	"sync"
	"time"
)

// Open sends beacons 0 to n-1 at a steady rate a second over so many connections, whether or not earlier ones were answered in time.
// A latency counts from the moment at which a beacon should have been sent, so one that had to wait for its connection's turn is as late
// as its visitor saw it (no coordinated omission). request appends the HTTP request of beacon i to dst.
func Open(addr string, n, connections int, rate float64, request func(dst []byte, i int) []byte) (Result, error) {
	tallies := make([]tally, connections)
	var wg sync.WaitGroup
	start := time.Now().Add(50 * time.Millisecond) // all connections are open by then
	due := func(i int) time.Time { return start.Add(time.Duration(float64(i) / rate * float64(time.Second))) }
	for c := range connections {
		wg.Go(func() {
			t := &tallies[c]
			var conn net.Conn
			if conn, t.err = net.Dial("tcp", addr); t.err != nil {
				return
			}
			defer conn.Close()
			buf, text := make([]byte, 4096), make([]byte, 0, 1024)
			for i := c; i < n && t.err == nil; i += connections {
				text = request(text[:0], i)
				at := due(i)
				time.Sleep(time.Until(at))
				t.exchange(conn, text, buf)
				t.latencies = append(t.latencies, time.Since(at))
			}
		})
	}
	wg.Wait()
	return sum(tallies, time.Since(start))
}
