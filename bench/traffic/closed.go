package traffic

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Result is what was sent and answered.
type Result struct {
	Accepted, Refused int64
	Spell             time.Duration
	P50, P99          time.Duration
}

// PerSecond is how many beacons a second were accepted.
func (r Result) PerSecond() float64 { return float64(r.Accepted) / r.Spell.Seconds() }

// String is the result in one line.
func (r Result) String() string {
	return fmt.Sprintf("%.0f/s (p50 %v, p99 %v)", r.PerSecond(), r.P50.Round(10*time.Microsecond), r.P99.Round(10*time.Microsecond))
}

// tally is what one connection saw.
type tally struct {
	accepted, refused int64
	latencies         []time.Duration
	err               error
}

// sum adds up what the connections saw.
func sum(tallies []tally, spell time.Duration) (Result, error) {
	r := Result{Spell: spell}
	var latencies []time.Duration
	for i, t := range tallies {
		if t.err != nil {
			return r, fmt.Errorf("connection %d: %w", i, t.err)
		}
		r.Accepted += t.accepted
		r.Refused += t.refused
		latencies = append(latencies, t.latencies...)
	}
	if slices.Sort(latencies); len(latencies) > 0 {
		r.P50, r.P99 = latencies[(len(latencies)-1)/2], latencies[(len(latencies)-1)*99/100]
	}
	return r, nil
}

// Closed sends requests over so many connections, each as soon as the one before is answered, for as long as spell.
func Closed(addr string, requests [][]byte, connections int, spell time.Duration) (Result, error) {
	tallies := make([]tally, connections)
	var wg sync.WaitGroup
	start := time.Now()
	for i := range connections {
		wg.Go(func() { tallies[i] = drive(addr, requests, i*len(requests)/connections, start.Add(spell)) })
	}
	wg.Wait()
	return sum(tallies, time.Since(start))
}

// drive is one connection of Closed. Every 16th latency is kept.
func drive(addr string, requests [][]byte, next int, end time.Time) (t tally) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return tally{err: err}
	}
	defer conn.Close()
	buf := make([]byte, 4096)
	for n := 0; ; n++ {
		sent := time.Now()
		if sent.After(end) {
			return t
		}
		if t.exchange(conn, requests[next], buf); t.err != nil {
			return t
		}
		if n%16 == 0 {
			t.latencies = append(t.latencies, time.Since(sent))
		}
		next = (next + 1) % len(requests)
	}
}

// exchange sends a request and counts what it was answered.
func (t *tally) exchange(conn net.Conn, request, buf []byte) {
	if _, t.err = conn.Write(request); t.err != nil {
		return
	}
	var accepted bool
	if accepted, t.err = answer(conn, buf); accepted {
		t.accepted++
	} else if t.err == nil {
		t.refused++
	}
}

// answer reads one response and reports whether it says that the beacon was counted.
func answer(conn net.Conn, buf []byte) (accepted bool, err error) {
	for n := 0; ; {
		m, err := conn.Read(buf[n:])
		if err != nil {
			return false, err
		}
		n += m
		if whole, accepted := answered(buf[:n]); whole {
			return accepted, nil
		}
	}
}

// answered reports whether a response is there to its end, and whether it says that the beacon was counted.
func answered(response []byte) (whole, accepted bool) {
	head := bytes.Index(response, []byte("\r\n\r\n"))
	if head < 0 || len(response) < head+4+bodyLength(response[:head]) {
		return false, false
	}
	return true, bytes.HasPrefix(response, []byte("HTTP/1.1 202 ")) && !bytes.Contains(bytes.ToLower(response[:head]), []byte("x-sporlos-dropped"))
}

func bodyLength(head []byte) int {
	const name = "\r\nContent-Length: "
	i := bytes.Index(head, []byte(name))
	if i < 0 {
		return 0
	}
	digits, _, _ := bytes.Cut(head[i+len(name):], []byte("\r\n"))
	n, _ := strconv.Atoi(string(digits))
	return n
}
