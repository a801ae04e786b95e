package pattern

import (
	"bytes"
	"net/netip"
	"strconv"
)

// ipv4 looks for dotted addresses, for dashed ones in the names that providers give their customers' lines, and for addresses as
// one number where they are announced.
func (s *Scanner) ipv4() {
	for i := 0; i < len(s.text); i++ {
		if !isDigit(s.text[i]) {
			continue
		}
		if prev := s.before(i); !isAlnum(prev) && prev != '.' || prev == '.' && (i < 2 || !isDigit(s.text[i-2])) {
			if n := s.ipv4At(i); n > 0 {
				s.take(IPv4, i, i+n)
				i += n
				continue
			}
		}
		for i+1 < len(s.text) && isAlnum(s.text[i+1]) {
			i++
		}
	}
}

func (s *Scanner) ipv4At(i int) (n int) {
	if o, n := octets(s.text[i:], '.'); n > 0 {
		if next := s.after(i + n); isAlnum(next) || next == '.' && isDigit(s.after(i+n+1)) || next == '-' && isLetter(s.after(i+n+1)) {
			return 0
		}
		if !public(o) || isVersion(o) && s.word(i) != "ip" || s.versioned(i) {
			return 0
		}
		return n
	}
	if o, n := octets(s.text[i:], '-'); n > 0 {
		if s.after(i+n) == '.' && isLetter(s.after(i+n+1)) && public(o) && !isVersion(o) {
			return n
		}
		return 0
	}
	return s.announced(i)
}

// octets reads four numbers up to 255, without leading zeros but for "0" itself.
func octets(t []byte, sep byte) (o [4]byte, n int) {
	for k := range o {
		if k > 0 {
			if n >= len(t) || t[n] != sep {
				return o, 0
			}
			n++
		}
		from, v := n, 0
		for n < len(t) && n < from+4 && isDigit(t[n]) {
			v = v*10 + int(t[n]-'0')
			n++
		}
		if n == from || v > 255 || n-from > 1 && t[from] == '0' {
			return o, 0
		}
		o[k] = byte(v)
	}
	return o, n
}

// public leaves out what belongs to nobody: "this network", loopback, multicast and reserved addresses (RFC 6890).
func public(o [4]byte) bool { return o[0] != 0 && o[0] != 127 && o[0] < 224 }

// isVersion reports whether four numbers are more likely a version: 120.0.0.0, 23.0.1.1, 4.2.1.3. Of all addresses it spares 0.01 %, among
// them those of small private networks such as 10.0.0.7, which count only behind the word "ip".
func isVersion(o [4]byte) bool {
	small := func(limit byte) bool { return o[1] <= limit && o[2] <= limit && o[3] <= limit }
	return o[0] <= 20 && small(20) || o[0] < 160 && small(9) || small(0)
}

// versioned reports whether a word before the number, or a hyphen that glues it to one, says that it is a version.
func (s *Scanner) versioned(i int) bool {
	switch s.word(i) {
	case "v", "ver", "version", "versjon", "release", "build", "firmware", "fw", "sdk", "driver":
		return true
	case "ip", "host", "addr", "client":
		return false
	}
	return s.before(i) == '-' && i >= 2 && isLetter(s.text[i-2])
}

// announced recognises an address as one number, ten digits or 0x…, where the host of a URL is or behind "ip:" or "ip=".
func (s *Scanner) announced(i int) (n int) {
	host := bytes.HasSuffix(s.text[:i], []byte("://"))
	if !host && !(s.word(i) == "ip" && bytes.ContainsAny(s.text[max(i-3, 0):i], ":=")) {
		return 0
	}
	base := 10
	if n = 0; bytes.HasPrefix(s.text[i:], []byte("0x")) {
		base, n = 16, 2
	}
	from := i + n
	for i+n < len(s.text) && n < 12 && isHex(s.text[i+n]) {
		n++
	}
	v, err := strconv.ParseUint(string(s.text[from:i+n]), base, 32)
	if err != nil || isAlnum(s.after(i+n)) || v < 1<<24 || !public([4]byte{byte(v >> 24)}) {
		return 0
	}
	if !host && base == 10 && (v < 1e9 || isUnix(s.text[from:i+n])) {
		return 0
	}
	return n
}

// longest is the length of the longest IPv6 address in text: eight groups, the last two as an IPv4 address.
const longest = 45

// ipv6 looks for runs of hexadecimal digits and colons.
func (s *Scanner) ipv6() {
	for i := 0; i < len(s.text); i++ {
		if !isHex(s.text[i]) && s.text[i] != ':' {
			continue
		}
		from, colons := i, 0
		for i < len(s.text) && (isHex(s.text[i]) || s.text[i] == ':' || s.text[i] == '.' && colons >= 2) {
			if s.text[i] == ':' {
				colons++
			}
			i++
		}
		if colons >= 2 {
			s.ipv6In(from, i)
		}
	}
}

// ipv6In tries one run, without the punctuation around it.
func (s *Scanner) ipv6In(from, to int) {
	if isHex(s.text[from]) && isAlnum(s.before(from)) || isAlnum(s.after(to)) {
		return
	}
	for to > from && (s.text[to-1] == '.' || s.text[to-1] == ':' && !bytes.HasSuffix(s.text[from:to], []byte("::"))) {
		to--
	}
	if s.text[from] == ':' && from+1 < to && s.text[from+1] != ':' {
		from++
	}
	if to-from > longest || to-from < 4 {
		return
	}
	a, err := netip.ParseAddr(string(s.text[from:to]))
	if err == nil && a.Is6() && allocated(a) {
		s.take(IPv6, from, to)
	}
}

// allocated leaves out what is more likely a time or a name in a program, and loopback.
func allocated(a netip.Addr) bool {
	if a.Is4In6() {
		return public(a.Unmap().As4())
	}
	b := a.As16()
	return b[0]&0xe0 == 0x20 || b[0]&0xfe == 0xfc || b[0] == 0xfe && b[1]&0xc0 == 0x80 || b[0] == 0 && b[1] == 0x64 && b[2] == 0xff
}
