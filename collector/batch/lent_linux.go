package batch

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// lent is a connection on which the other server answers one request, which has come whole: behind it is, for that server, the end.
type lent struct {
	l      *loop
	c      *conn
	unread []byte
	broken bool // or to be closed
	closed bool
}

// Read returns the request.
func (c *lent) Read(p []byte) (int, error) {
	if len(c.unread) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.unread)
	c.unread = c.unread[n:]
	return n, nil
}

var closing = []byte("\r\nConnection: close\r\n")

// Write waits for a client that has no room for the answer.
func (c *lent) Write(p []byte) (written int, err error) {
	c.broken = c.broken || bytes.Contains(p[:min(len(p), 4096)], closing)
	until := time.Now().Add(c.l.s.o.WriteTimeout)
	for written < len(p) {
		n, err := syscall.Write(c.c.fd, p[written:])
		switch {
		case err == nil:
			written += n
		case err == unix.EAGAIN:
			err = c.room(time.Until(until))
			fallthrough
		case err != unix.EINTR:
			if err != nil {
				c.broken = true
				return written, c.fault("write", err)
			}
		}
	}
	return written, nil
}

// room returns when there is room for more of the answer.
func (c *lent) room(patience time.Duration) error {
	if patience <= 0 {
		return os.ErrDeadlineExceeded
	}
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(c.c.fd), Events: unix.POLLOUT}}, int(patience/time.Millisecond)+1)
	switch {
	case err == unix.EINTR:
		return nil
	case err == nil && n == 0:
		return os.ErrDeadlineExceeded
	}
	return err
}

func (c *lent) fault(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// Close gives the connection back.
func (c *lent) Close() error {
	if !c.closed {
		c.closed = true
		c.l.takeBack(c.c, !c.broken)
	}
	return nil
}

// LocalAddr is the server's.
func (c *lent) LocalAddr() net.Addr { return c.l.s.rest.Addr() }

// RemoteAddr is the client's.
func (c *lent) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.c.peer) }

// SetDeadline does nothing: reading never waits, and writing has a time of its own.
func (c *lent) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (c *lent) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (c *lent) SetWriteDeadline(time.Time) error { return nil }

// given is a connection that is the other server's, with what had been read of it.
type given struct {
	*net.TCPConn
	s      *Server
	unread []byte
	end    error // what comes after it, if not what the client sends
	closed bool
}

// Read reads.
func (c *given) Read(p []byte) (int, error) {
	if len(c.unread) > 0 {
		n := copy(p, c.unread)
		c.unread = c.unread[n:]
		return n, nil
	}
	if c.end != nil {
		return 0, &net.OpError{Op: "read", Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: c.end}
	}
	return c.TCPConn.Read(p)
}

// Close closes the connection.
func (c *given) Close() error {
	if !c.closed {
		c.closed = true
		c.s.open.Add(-1)
	}
	return c.TCPConn.Close()
}

// giveLocked is give for whoever holds mu.
func (l *loop) giveLocked(c *conn, data []byte, end error) {
	data = bytes.Clone(data)
	l.forget(c)
	l.unwatch(c)
	file := os.NewFile(uintptr(c.fd), "")
	other, err := net.FileConn(file)
	err = errors.Join(err, file.Close()) // other has a descriptor of its own
	tcp, ok := other.(*net.TCPConn)
	if err != nil || !ok {
		if other != nil {
			_ = other.Close()
		}
		l.s.open.Add(-1)
		return
	}
	l.s.rest.push(&given{TCPConn: tcp, s: l.s, unread: data, end: end})
}
