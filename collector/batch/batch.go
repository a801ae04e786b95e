// Package batch serves many small HTTP requests at a time: it takes those that have come whole from all connections that are ready, hands
// them over as one batch, and then writes all the answers. Code and data of each step stay in the processor's caches for the whole
// batch, what the batch stores is stored with one write, and no goroutine is woken or parked for a request. A connection that waits costs
// a hundred bytes.
//
// Only what is plain is served so: a request of a path and method that [Options.Takes], within [Size] bytes, in the clean form that every
// browser and proxy sends (head.go). Everything else goes to another server, which accepts it from [Server.Rest]: a request that is whole
// but of another path is lent, and the connection comes back with its answer; whatever is odd (slow, large, chunked, pipelined, HTTP/1.0,
// no HTTP at all) takes its connection along for good. So nothing is answered here that has to be refused for its form.
//
// Each of a few loops owns an epoll instance (epoll(7)), which itself waits in Go's poller: a loop without work is a parked goroutine, not a
// thread. Where there is no epoll every connection goes to the other server.
package batch

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Size is how many bytes a request served here may have, head and body together.
const Size = 8 << 10

// most is how many requests a batch has at most. The last one waits for all of them: some two milliseconds.
const most = 64

// Request is one of a batch. What it holds are views of the bytes that came, which Handle may change; they are good until it returns.
type Request struct {
	Peer   netip.Addr // of the connection, without port
	Method []byte
	Path   []byte // without escapes, query, empty or dot segments
	Fields []Field
	Body   []byte

	Answer []byte // what to write: Handle appends a whole HTTP/1.1 answer, of known length
}

// Field is a header field. Its name has the canonical form: Content-Type.
type Field struct{ Name, Value []byte }

// Options of a server. All are needed.
type Options struct {
	Takes  func(method, path []byte) bool // whether such requests are for Handle
	Handle func([]*Request)               // answers each of them; several loops call it at once

	Loops        int           // how many loops there are
	Connections  int           // how many connections there may be; more are closed as soon as they are accepted
	ReadTimeout  time.Duration // from a connection's or a request's first byte to its last
	WriteTimeout time.Duration // of an answer of the other server
	IdleTimeout  time.Duration // between two requests of a connection
}

// Server serves batches. Its methods may be called by many goroutines.
type Server struct {
	o    Options
	rest *rest
	open atomic.Int64 // connections, wherever they are

	mu        sync.Mutex
	closed    bool
	listeners map[io.Closer]bool
	loops     []*loop
	next      int // the loop that gets the next connection
	running   sync.WaitGroup
}

// New returns a server that has not started anything.
func New(o Options) *Server {
	return &Server{o: o, rest: newRest(o.Connections), listeners: map[io.Closer]bool{}}
}

// Rest is where the other server accepts what is not served here, until Shutdown.
func (s *Server) Rest() net.Listener { return s.rest }

// Serve takes connections from ln until Shutdown, which closes it, and then returns nil. Closing ln alone does not end it.
func (s *Server) Serve(ln net.Listener) error {
	s.rest.serves(ln.Addr())
	if !s.listen(ln) {
		return ln.Close()
	}
	defer s.leave(ln)
	err := s.accept(ln)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	return err
}

// listen notes what Shutdown closes, unless the server is closed.
func (s *Server) listen(to io.Closer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.listeners[to] = true
	}
	return !s.closed
}

// leave is the reverse of listen.
func (s *Server) leave(to io.Closer) {
	s.mu.Lock()
	delete(s.listeners, to)
	s.mu.Unlock()
}

// Shutdown closes the listeners, answers what has come, and closes the connections that are not with the other server.
func (s *Server) Shutdown() error {
	s.mu.Lock()
	s.closed = true
	var errs []error
	for ln := range s.listeners {
		errs = append(errs, ln.Close())
	}
	loops := s.loops
	s.mu.Unlock()
	for _, l := range loops {
		l.stop()
	}
	s.running.Wait()
	return errors.Join(append(errs, s.rest.Close())...)
}

// acceptOthers gives every connection to the other server.
func (s *Server) acceptOthers(ln net.Listener) error {
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		s.rest.push(c)
	}
}
