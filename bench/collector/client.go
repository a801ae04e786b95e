package main

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// result is what a turn brought.
type result struct {
	accepted, refused int64
	spell             time.Duration
	latencies         []time.Duration // of every 16th request
}

func (r result) perSecond() float64 { return float64(r.accepted) / r.spell.Seconds() }

func (r result) String() string {
	slices.Sort(r.latencies)
	at := func(percent int) time.Duration {
		if len(r.latencies) == 0 {
			return 0
		}
		return r.latencies[(len(r.latencies)-1)*percent/100].Round(10 * time.Microsecond)
	}
	return fmt.Sprintf("%.0f/s (p50 %v, p99 %v)", r.perSecond(), at(50), at(99))
}

// load sends requests over all connections, each as soon as the one before is answered, for as long as spell.
func load(addr string, requests [][]byte, spell time.Duration) (result, error) {
	results, errs := make([]result, connections), make([]error, connections)
	var wg sync.WaitGroup
	start := time.Now()
	for i := range connections {
		wg.Go(func() { results[i], errs[i] = drive(addr, requests, i*len(requests)/connections, start.Add(spell)) })
	}
	wg.Wait()
	total := result{spell: time.Since(start)}
	for i, r := range results {
		if errs[i] != nil {
			return total, fmt.Errorf("connection %d: %w", i, errs[i])
		}
		total.accepted += r.accepted
		total.refused += r.refused
		total.latencies = append(total.latencies, r.latencies...)
	}
	return total, nil
}

// drive is one connection.
func drive(addr string, requests [][]byte, next int, end time.Time) (r result, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return r, err
	}
	defer conn.Close()
	buf := make([]byte, 4096)
	for n := 0; ; n++ {
		sent := time.Now()
		if sent.After(end) {
			return r, nil
		}
		if _, err := conn.Write(requests[next]); err != nil {
			return r, err
		}
		accepted, err := answer(conn, buf)
		if err != nil {
			return r, err
		}
		if accepted {
			r.accepted++
		} else {
			r.refused++
		}
		if n%16 == 0 {
			r.latencies = append(r.latencies, time.Since(sent))
		}
		next = (next + 1) % len(requests)
	}
}

// answer reads one response and reports whether it says that the beacon was counted.
func answer(conn net.Conn, buf []byte) (accepted bool, err error) {
	n := 0
	for {
		m, err := conn.Read(buf[n:])
		if err != nil {
			return false, err
		}
		n += m
		head := bytes.Index(buf[:n], []byte("\r\n\r\n"))
		if head < 0 {
			continue
		}
		if n < head+4+bodyLength(buf[:head]) {
			continue
		}
		return bytes.HasPrefix(buf, []byte("HTTP/1.1 202 ")) && !bytes.Contains(bytes.ToLower(buf[:head]), []byte("x-sporlos-dropped")), nil
	}
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
