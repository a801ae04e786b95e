package visitor

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"

	"sporlos/site"
)

// Address is where a request came from. It holds the network of the address, and the rest of it only in the mode ByAddress; with
// [Marks], a keyed number in the place of what was cut off.
type Address struct {
	addr netip.Addr
	mark uint64
	out  uint8 // bit i: the i-th site that was asked leaves the address out
}

// LeftOut reports whether the i-th of the sites given when the address was read leaves it out.
func (a Address) LeftOut(i int) bool { return a.out>>i&1 != 0 }

// Network returns the first address of the network: /24 for IPv4, /48 for IPv6; the zero Addr when the address is unknown.
func (a Address) Network() netip.Addr { return Truncate(a.addr) }

// String keeps the address out of texts.
func (Address) String() string { return "[redacted]" }

// GoString keeps the address out of texts.
func (Address) GoString() string { return "[redacted]" }

// LogValue keeps the address out of logs.
func (Address) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Prefix lengths that are kept.
const (
	keep4 = 24
	keep6 = 48
)

// Truncate cuts an address to its network. IPv4 in IPv6 (::ffff:192.0.2.1) is IPv4; zones are dropped.
func Truncate(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	keep := keep6
	if a.Is4() {
		keep = keep4
	}
	p, err := a.Prefix(keep)
	if err != nil { // only of the zero Addr
		return netip.Addr{}
	}
	return p.Addr()
}

// Reader finds the client's address.
type Reader struct {
	Mode    Mode
	Trusted []netip.Prefix // proxies whose word about the client is taken
	Marks   *Marks         // nil: what is cut off leaves no mark
}

// Address makes an Address of one that is known already, cut unless the mode is ByAddress. Before it is cut, and only here, it is compared
// with what the sites leave out, of at most eight that may be nil: one bit for each is what remains of it.
func (r *Reader) Address(a netip.Addr, sites ...*site.Site) Address {
	a = a.Unmap().WithZone("")
	mark := r.Marks.of(a)
	var out uint8
	for i, s := range sites {
		if s != nil && s.ExcludesAddress(a) {
			out |= 1 << i
		}
	}
	if r.Mode != ByAddress {
		a = Truncate(a)
	}
	return Address{a, mark, out}
}

// Headers are what proxies say about the client, as raw header values, with repeated headers joined by commas.
type Headers struct{ Forwarded, XForwardedFor, XRealIP string }

// Client returns the client's address. The headers count only when the peer is a trusted proxy; then the client is the rightmost
// address in the list that is not a trusted proxy too, since whatever is further left is hearsay. X-Forwarded-For is read first, then
// Forwarded (RFC 7239), then X-Real-IP. An entry that is no address ends the search at the proxy that reported it. The sites are
// those of [Reader.Address].
func (r *Reader) Client(peer netip.Addr, h Headers, sites ...*site.Site) Address {
	peer = peer.Unmap()
	if !r.trusts(peer) {
		return r.Address(peer, sites...)
	}
	switch {
	case h.XForwardedFor != "":
		peer = r.rightmost(peer, h.XForwardedFor, plainAddress)
	case h.Forwarded != "":
		peer = r.rightmost(peer, h.Forwarded, forwardedAddress)
	case h.XRealIP != "":
		peer = r.rightmost(peer, h.XRealIP, plainAddress)
	}
	return r.Address(peer, sites...)
}

func (r *Reader) trusts(a netip.Addr) bool {
	a = a.WithZone("")
	for _, p := range r.Trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// rightmost walks the list from its end as long as it meets trusted proxies.
func (r *Reader) rightmost(peer netip.Addr, list string, parse func(string) (netip.Addr, bool)) netip.Addr {
	client := peer
	for list != "" {
		entry := list
		if i := strings.LastIndexByte(list, ','); i >= 0 {
			list, entry = list[:i], list[i+1:]
		} else {
			list = ""
		}
		a, ok := parse(strings.TrimSpace(entry))
		if !ok {
			return client
		}
		client = a
		if !r.trusts(a) {
			return client
		}
	}
	return client
}

// plainAddress reads 192.0.2.1, 192.0.2.1:80, 2001:db8::1 and [2001:db8::1]:80.
func plainAddress(s string) (netip.Addr, bool) {
	if len(s) == 0 || len(s) > 64 {
		return netip.Addr{}, false
	}
	if s[0] == '[' {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return netip.Addr{}, false
		}
		s = s[1:end]
	} else if i := strings.IndexByte(s, ':'); i >= 0 && strings.LastIndexByte(s, ':') == i {
		s = s[:i]
	}
	if !looksLikeAddress(s) {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}

// looksLikeAddress keeps names such as "unknown" from ParseAddr, whose errors allocate and quote what they read.
func looksLikeAddress(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') && c != '.' && c != ':' {
			return false
		}
	}
	return true
}

// forwardedAddress reads the for= of one element of the header Forwarded.
func forwardedAddress(element string) (netip.Addr, bool) {
	for element != "" {
		pair, rest, _ := strings.Cut(element, ";")
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if len(name) == 3 && strings.EqualFold(name, "for") {
			return plainAddress(strings.Trim(value, `"`))
		}
		element = rest
	}
	return netip.Addr{}, false
}

// ParseTrusted reads a list of networks (10.0.0.0/8) and addresses (192.0.2.1).
func ParseTrusted(list []string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, s := range list {
		if a, err := netip.ParseAddr(s); err == nil {
			a = a.Unmap()
			prefixes = append(prefixes, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("trusted proxy %q is neither an address nor a network: give it as 10.0.0.0/8", s)
		}
		prefixes = append(prefixes, p.Masked())
	}
	return prefixes, nil
}
