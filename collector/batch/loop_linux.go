package batch

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sweepEvery is how often connections are looked through for those that have been waited for long enough.
const sweepEvery = time.Second

// lastRounds bounds how many batches are answered after stop was called.
const lastRounds = 256

// loop serves the connections that are registered with its epoll instance.
type loop struct {
	s       *Server
	epoll   int
	poller  *os.File // the epoll instance, in Go's poller
	wait    syscall.RawConn
	stopped atomic.Bool

	mu    sync.Mutex
	conns []*conn // by descriptor
	ended bool    // who has a connection of this loop closes it

	events   []unix.EpollEvent
	ready    int // of them
	slots    [most]slot
	requests []*Request
}

// conn is a connection. Its fields belong to the loop, but while it is lent to whoever has it.
type conn struct {
	fd      int
	peer    netip.AddrPort
	since   time.Time // of the last answer; of the first byte, while a request is coming
	heard   bool      // a request has come
	partial []byte    // what has come of the next one
	lent    bool      // the other server has it
}

// slot is the place of one request in a batch.
type slot struct {
	request Request
	conn    *conn
	data    [Size]byte
	answer  []byte
}

func newLoop(s *Server) (*loop, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("cannot wait for connections: epoll_create1: %w", err)
	}
	if err := unix.SetNonblock(epoll, true); err != nil { // or Go's poller does not take it
		return nil, errors.Join(fmt.Errorf("cannot wait for connections: %w", err), unix.Close(epoll))
	}
	l := &loop{s: s, epoll: epoll, poller: os.NewFile(uintptr(epoll), "epoll"), events: make([]unix.EpollEvent, most)}
	if l.wait, err = l.poller.SyscallConn(); err == nil {
		err = l.poller.SetReadDeadline(time.Now().Add(sweepEvery)) // fails where it is not in the poller
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot wait for connections: %w", err), l.poller.Close())
	}
	return l, nil
}

// run serves until stop.
func (l *loop) run() {
	defer l.end()
	poll := l.poll
	for {
		err := l.wait.Read(poll)
		if err == nil {
			l.serve(l.events[:l.ready])
			continue
		}
		now := time.Now()
		l.sweep(now)
		if err = l.poller.SetReadDeadline(now.Add(sweepEvery)); err != nil || l.stopped.Load() {
			return
		}
	}
}

// poll fills events and reports whether there are any. It does not wait.
func (l *loop) poll(uintptr) bool {
	n, err := unix.EpollWait(l.epoll, l.events, 0)
	l.ready = max(n, 0)
	return l.ready > 0 || err != nil && err != unix.EINTR
}

// stop makes run return.
func (l *loop) stop() {
	l.stopped.Store(true)
	_ = l.poller.SetReadDeadline(time.Unix(1, 0))
}

// end answers what has come by now, and closes the connections that are here.
func (l *loop) end() {
	for range lastRounds {
		if l.poll(0); l.ready == 0 {
			break
		}
		l.serve(l.events[:l.ready])
	}
	l.mu.Lock()
	l.ended = true
	for _, c := range l.conns {
		if c != nil && !c.lent {
			l.close(c)
		}
	}
	l.mu.Unlock()
	_ = l.poller.Close()
}

// add takes a connection on.
func (l *loop) add(fd int, peer netip.AddrPort) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &conn{fd: fd, peer: peer, since: time.Now()}
	if l.ended {
		l.close(c)
		return
	}
	if fd >= len(l.conns) {
		l.conns = append(l.conns, make([]*conn, fd+1-len(l.conns)+len(l.conns)/2)...)
	}
	l.conns[fd] = c
	l.watch(c)
}

// watch registers the connection. The caller holds mu.
func (l *loop) watch(c *conn) {
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP, Fd: int32(c.fd)}
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, c.fd, &event); err != nil {
		l.close(c)
	}
}

// unwatch is the reverse of watch.
func (l *loop) unwatch(c *conn) { _ = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_DEL, c.fd, nil) }

// close closes a connection. The caller holds mu.
func (l *loop) close(c *conn) {
	l.forget(c)
	_ = unix.Close(c.fd)
	l.s.open.Add(-1)
}

// forget strikes a connection off the list. The caller holds mu.
func (l *loop) forget(c *conn) {
	if c.fd < len(l.conns) && l.conns[c.fd] == c {
		l.conns[c.fd] = nil
	}
}

// drop closes a connection.
func (l *loop) drop(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.close(c)
}

// serve reads what is ready, handles the plain requests in it at once, and answers them.
func (l *loop) serve(events []unix.EpollEvent) {
	l.requests = l.requests[:0]
	l.mu.Lock()
	for i, event := range events {
		l.slots[i].conn = l.conns[event.Fd]
	}
	l.mu.Unlock()
	n := 0
	for i := range events {
		s := &l.slots[n]
		s.conn = l.slots[i].conn
		if s.conn != nil && l.read(s) {
			l.requests = append(l.requests, &s.request)
			n++
		}
	}
	if n == 0 {
		return
	}
	l.s.o.Handle(l.requests)
	now := time.Now()
	for i := range n {
		l.answer(&l.slots[i], now)
	}
}

// read reports whether the slot has a request to handle. Whatever else has come is dealt with.
func (l *loop) read(s *slot) bool {
	c := s.conn
	had := copy(s.data[:], c.partial)
	n, err := syscall.Read(c.fd, s.data[had:])
	switch {
	case err == unix.EAGAIN, err == unix.EINTR:
		return false
	case (n <= 0 || err != nil) && had == 0:
		l.drop(c)
		return false
	case n <= 0 || err != nil: // cut off in the middle of a request: the other server says so
		l.give(c, s.data[:had], nil)
		return false
	}
	data := s.data[:had+n]
	v := s.request.scan(data)
	switch {
	case v == partial:
		if had == 0 {
			c.since = time.Now()
		}
		c.partial = append(c.partial[:0], data...)
	case v == strange:
		l.give(c, data, nil)
	case clean(s.request.Path) && l.s.o.Takes(s.request.Method, s.request.Path):
		s.request.Peer, s.request.Answer = c.peer.Addr(), s.answer[:0]
		return true
	default:
		l.lend(c, data)
	}
	return false
}

// answer writes the answer. One that the socket's buffer has no room for is not waited for: it is smaller than any, so the client has not
// read the answers before it.
func (l *loop) answer(s *slot, now time.Time) {
	c := s.conn
	c.since, c.heard, c.partial = now, true, nil
	s.answer = s.request.Answer
	for {
		n, err := syscall.Write(c.fd, s.answer)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n < len(s.answer) {
			l.drop(c)
		}
		return
	}
}

// sweep ends the waiting for what does not come.
func (l *loop) sweep(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := &l.s.o
	for _, c := range l.conns {
		switch {
		case c == nil || c.lent:
		case len(c.partial) > 0:
			if now.Sub(c.since) > o.ReadTimeout {
				l.giveLocked(c, c.partial, os.ErrDeadlineExceeded)
			}
		case now.Sub(c.since) > o.IdleTimeout, !c.heard && now.Sub(c.since) > o.ReadTimeout:
			l.close(c)
		}
	}
}

// lend gives the other server a request to answer.
func (l *loop) lend(c *conn, data []byte) {
	l.mu.Lock()
	c.lent, c.partial = true, nil
	l.unwatch(c)
	l.mu.Unlock()
	l.s.rest.push(&lent{l: l, c: c, unread: bytes.Clone(data)})
}

// takeBack goes on with a connection that was lent.
func (l *loop) takeBack(c *conn, healthy bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.lent, c.since, c.heard = false, time.Now(), true
	if !healthy || l.ended {
		l.close(c)
		return
	}
	l.watch(c)
}

// give gives the other server a connection for good, with what has been read of it, and with an error that ends it if there is one.
func (l *loop) give(c *conn, data []byte, end error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giveLocked(c, data, end)
}
