package collector

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// A connection that is closed with unread bytes in its buffer is reset, and the reset overtakes the answer: whoever sends 10 MB would
// never read that it was too much. So after an error the rest is read and thrown away for a moment.
const (
	lingerTime  = time.Second
	lingerBytes = 32 << 20
)

// deadlineSlack is how much earlier than asked for a read or a write may be given up.
const deadlineSlack = time.Second

// listener hands out connections that can linger.
type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

// conn also saves the timers of deadlines. The server sets three for every request, and nearly always the request has come whole by
// the second: so a deadline is only noted, and armed when there is something to wait for and the one armed before will not do. Reads
// and writes of a connection are one goroutine's, the one that sets the deadlines.
type conn struct {
	net.Conn
	heard   atomic.Bool // something has come
	lingers atomic.Bool

	read, write deadline
}

// deadline is one noted and one armed; the zero time is none.
type deadline struct{ noted, armed time.Time }

// due reports whether the noted deadline has to be armed, and takes it as armed.
func (d *deadline) due() bool {
	if d.noted.Equal(d.armed) {
		return false
	}
	if !d.noted.IsZero() && !d.armed.IsZero() {
		if early := d.noted.Sub(d.armed); 0 <= early && early < deadlineSlack {
			return false
		}
	}
	d.armed = d.noted
	return true
}

// SetReadDeadline notes a deadline.
func (c *conn) SetReadDeadline(t time.Time) error { c.read.noted = t; return nil }

// SetWriteDeadline notes a deadline.
func (c *conn) SetWriteDeadline(t time.Time) error { c.write.noted = t; return nil }

// SetDeadline notes both.
func (c *conn) SetDeadline(t time.Time) error { c.read.noted, c.write.noted = t, t; return nil }

// Read reads, and notes that something came.
func (c *conn) Read(p []byte) (int, error) {
	if c.read.due() {
		if err := c.Conn.SetReadDeadline(c.read.armed); err != nil {
			return 0, err
		}
	}
	n, err := c.Conn.Read(p)
	if n > 0 && !c.heard.Load() {
		c.heard.Store(true)
	}
	return n, err
}

// Write writes.
func (c *conn) Write(p []byte) (int, error) {
	if c.write.due() {
		if err := c.Conn.SetWriteDeadline(c.write.armed); err != nil {
			return 0, err
		}
	}
	return c.Conn.Write(p)
}

// Close closes the connection.
func (c *conn) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.lingers.Load() && half.CloseWrite() == nil {
		if c.Conn.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
			_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes) // whatever ends it, it has ended
		}
	}
	return c.Conn.Close()
}
