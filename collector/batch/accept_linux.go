package batch

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// restAfter is how long nothing is accepted when there are no descriptors or no memory left.
const restAfter = 50 * time.Millisecond

// accept distributes connections over the loops, which start with the first listener.
func (s *Server) accept(ln net.Listener) error {
	tcp, ok := ln.(*net.TCPListener)
	if !ok {
		return s.acceptOthers(ln)
	}
	if err := s.start(); err != nil {
		return err
	}
	file, err := tcp.File() // the listener itself does not let its descriptor be waited for
	if err != nil {
		return err
	}
	defer file.Close()
	if !s.listen(file) {
		return nil
	}
	defer s.leave(file)
	wait, err := file.SyscallConn()
	if err != nil {
		return err
	}
	for {
		var fd int
		var peer unix.Sockaddr
		var fault error
		err := wait.Read(func(listener uintptr) bool {
			fd, peer, fault = unix.Accept4(int(listener), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
			return fault != unix.EAGAIN
		})
		switch {
		case err != nil:
			return err
		case fault == nil:
			s.take(fd, addrOf(peer))
		case fault == unix.EMFILE, fault == unix.ENFILE, fault == unix.ENOBUFS, fault == unix.ENOMEM:
			time.Sleep(restAfter)
		case fault == unix.EINVAL, fault == unix.EBADF, fault == unix.ENOTSOCK:
			return fmt.Errorf("cannot accept connections: %w", fault)
		default: // of the connection that was to be accepted: accept(2)
		}
	}
}

// start makes the loops, once.
func (s *Server) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	for len(s.loops) < max(1, s.o.Loops) {
		l, err := newLoop(s)
		if err != nil {
			return err
		}
		s.loops = append(s.loops, l)
		s.running.Go(l.run)
	}
	return nil
}

// take gives a connection to the next loop.
func (s *Server) take(fd int, peer netip.AddrPort) {
	if s.open.Add(1) > int64(s.o.Connections) {
		s.open.Add(-1)
		_ = unix.Close(fd)
		return
	}
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) // an answer is one write
	s.mu.Lock()
	l := s.loops[s.next%len(s.loops)]
	s.next++
	s.mu.Unlock()
	l.add(fd, peer)
}

// addrOf is a peer's address, without zone.
func addrOf(peer unix.Sockaddr) netip.AddrPort {
	switch p := peer.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(p.Addr), uint16(p.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(p.Addr).Unmap(), uint16(p.Port))
	}
	return netip.AddrPort{}
}
