package traffic

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Lateness is what a client with a clock adds to its Result: how long after its time a beacon was sent, though a connection was free.
type Lateness struct {
	P50, P99 time.Duration
	RealTime bool // the client had priority over everything else, as one on another machine has
}

// Steady sends n of the requests, one after another, at a steady rate a second, each over whichever of so many connections is free, whether
// or not earlier ones were answered in time. A latency counts from the moment at which a beacon should have been sent: one for which no
// connection was free is as late as its visitor saw it (no coordinated omission). It is one thread, which asks the kernel for real-time
// priority, so that what it waits for is the server; nothing else of any weight should run in its process.
func Steady(addr string, requests [][]byte, n, connections int, rate float64) (Result, Lateness, error) {
	runtime.LockOSThread() // and the thread ends with the goroutine
	s := steady{requests: requests, n: n, rate: rate, latencies: make([]time.Duration, 0, n), late: make([]time.Duration, 0, n)}
	realTime := unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 1}, 0) == nil
	if err := s.dial(addr, connections); err != nil {
		return Result{}, Lateness{}, err
	}
	defer s.hangUp()
	s.start = time.Now().Add(10 * time.Millisecond)
	s.tick = s.start
	end := s.start.Add(time.Duration(float64(n)/rate*float64(time.Second)) + patience)
	for s.answered < n {
		if time.Now().After(end) {
			return Result{}, Lateness{}, fmt.Errorf("%d of %d beacons were answered %v after the last was due", s.answered, n, patience)
		}
		if err := s.send(); err != nil {
			return Result{}, Lateness{}, err
		}
		if err := s.receive(); err != nil {
			return Result{}, Lateness{}, err
		}
	}
	t := tally{accepted: int64(n) - s.refused, refused: s.refused, latencies: s.latencies}
	r, err := sum([]tally{t}, time.Since(s.start))
	slices.Sort(s.late)
	return r, Lateness{s.late[(n-1)/2], s.late[(n-1)*99/100], realTime}, err
}

// tick is how often the client looks at the clock and at its connections. Answers count from when they are seen, beacons from when they were
// due: latencies are too long by one at the median and by two at most. Without it the client takes more of the processors than the server.
const tick = 250 * time.Microsecond

// patience is how long the last answers are waited for.
const patience = 30 * time.Second

// steady is a client under way.
type steady struct {
	requests [][]byte
	n        int
	rate     float64
	start    time.Time
	tick     time.Time

	epoll          int
	files          []*os.File
	lines          map[int]*exchange // by descriptor
	free           []*exchange       // in the order in which they became so
	sent, answered int
	refused        int64
	blocked        bool // no connection was free for the next beacon at its time

	latencies, late []time.Duration
	events          [64]unix.EpollEvent
}

// exchange is a connection and what was asked over it last.
type exchange struct {
	fd  int
	due time.Time
	buf [1024]byte
	got int
}

func (s *steady) dial(addr string, connections int) (err error) {
	if s.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	s.lines = make(map[int]*exchange, connections)
	for range connections {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		file, err := c.(*net.TCPConn).File() // a descriptor that Go does not watch
		if err != nil {
			return err
		}
		_ = c.Close()
		fd := int(file.Fd())
		if err := unix.SetNonblock(fd, true); err != nil {
			return err
		}
		if err := unix.EpollCtl(s.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}); err != nil {
			return err
		}
		x := &exchange{fd: fd}
		s.files, s.lines[fd], s.free = append(s.files, file), x, append(s.free, x)
	}
	return nil
}

func (s *steady) hangUp() {
	for _, file := range s.files {
		_ = file.Close()
	}
	_ = unix.Close(s.epoll)
}

func (s *steady) due() time.Time {
	return s.start.Add(time.Duration(float64(s.sent) / s.rate * float64(time.Second)))
}

// send sends what is due, as far as there are connections.
func (s *steady) send() error {
	for s.sent < s.n {
		now, due := time.Now(), s.due()
		if due.After(now) {
			s.blocked = false
			return nil
		}
		if len(s.free) == 0 {
			s.blocked = true
			return nil
		}
		x := s.free[0]
		s.free = s.free[1:]
		x.due, x.got = due, 0
		late := now.Sub(due)
		if s.blocked { // then it was the server
			late = 0
		}
		s.late = append(s.late, late)
		text := s.requests[s.sent%len(s.requests)]
		if _, err := unix.Write(x.fd, text); err != nil { // a few hundred bytes have room
			return err
		}
		s.sent++
	}
	return nil
}

// receive takes the answers that have come by the next tick.
func (s *steady) receive() error {
	s.tick = s.tick.Add(tick)
	if left := time.Until(s.tick); left > 0 {
		sleep := unix.NsecToTimespec(int64(left))
		_ = unix.ClockNanosleep(unix.CLOCK_MONOTONIC, 0, &sleep, nil) // interrupted: a tick comes early
	} else {
		s.tick = time.Now()
	}
	for n := len(s.events); n == len(s.events); {
		var err error
		if n, err = unix.EpollWait(s.epoll, s.events[:], 0); err != nil && err != unix.EINTR {
			return err
		}
		for _, event := range s.events[:max(n, 0)] {
			if err := s.take(s.lines[int(event.Fd)]); err != nil {
				return err
			}
		}
	}
	return nil
}

// take reads an answer, or a part of one.
func (s *steady) take(x *exchange) error {
	n, err := unix.Read(x.fd, x.buf[x.got:])
	if err == unix.EAGAIN || err == unix.EINTR {
		return nil
	}
	if err != nil {
		return err
	}
	if n == 0 {
		return errors.New("a connection ended before its answer")
	}
	x.got += n
	whole, accepted := answered(x.buf[:x.got])
	if !whole {
		return nil
	}
	s.latencies = append(s.latencies, time.Since(x.due))
	if !accepted {
		s.refused++
	}
	s.answered++
	s.free = append(s.free, x)
	return nil
}
