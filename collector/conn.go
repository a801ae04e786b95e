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

// listener hands out connections that can linger.
type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

type conn struct {
	net.Conn
	heard   atomic.Bool // something has come
	lingers atomic.Bool
}

// Read reads, and notes that something came.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.heard.Load() {
		c.heard.Store(true)
	}
	return n, err
}

// Close closes the connection.
func (c *conn) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.lingers.Load() && half.CloseWrite() == nil {
		if c.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
			_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes) // whatever ends it, it has ended
		}
	}
	return c.Conn.Close()
}
