package batch

import (
	"io"
	"net"
	"sync"
)

// rest is the listener of the other server.
type rest struct {
	queue chan net.Conn

	mu     sync.Mutex
	closed bool
	addr   net.Addr
}

func newRest(connections int) *rest { return &rest{queue: make(chan net.Conn, connections)} }

// serves notes what the listener says of itself.
func (r *rest) serves(addr net.Addr) {
	r.mu.Lock()
	r.addr = addr
	r.mu.Unlock()
}

// push gives the other server a connection, or closes it when there is no such server any more, or it does not come along.
func (r *rest) push(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		select {
		case r.queue <- c:
			return
		default:
		}
	}
	_ = c.Close()
}

// Accept returns the next connection; after Close, io.EOF.
func (r *rest) Accept() (net.Conn, error) {
	if c, ok := <-r.queue; ok {
		return c, nil
	}
	return nil, io.EOF
}

// Close closes the connections nobody has accepted. It may be called again.
func (r *rest) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	close(r.queue)
	for c := range r.queue {
		_ = c.Close()
	}
	return nil
}

// Addr is that of the server's latest listener.
func (r *rest) Addr() net.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.addr
}
