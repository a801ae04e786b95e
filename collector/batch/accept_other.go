//go:build !linux

package batch

import "net"

// accept gives every connection to the other server.
func (s *Server) accept(ln net.Listener) error { return s.acceptOthers(ln) }

// loop is what there is no such thing as here.
type loop struct{}

func (*loop) stop() {}
