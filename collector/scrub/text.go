package scrub

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// Text appends s to dst with e-mail addresses (also written with %40), IPv4, IPv6 and
// hardware addresses, and runs of seven or more digits (separators
// between them allowed; a valid ISBN-13, a date as in 2026-05-17 and the dotted number of a
// version excepted) replaced by Marker. Control
// characters become spaces and invalid UTF-8 becomes U+FFFD.
func Text(dst, s []byte) []byte {
	for {
		from, to := findEmail(s)
		if from < 0 {
			return appendNumbers(dst, s)
		}
		dst = append(appendNumbers(dst, s[:from]), Marker...)
		s = s[to:]
	}
}

// appendNumbers is Text for a text without e-mail addresses.
func appendNumbers(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		if c := s[i]; plain[c] {
			dst = append(dst, c)
			i++
			continue
		}
		if n := idleColons(s[i:]); n > 0 {
			dst, i = append(dst, s[i:i+n]...), i+n
			continue
		}
		if n := addressLen(s, i); n > 0 {
			dst, s, i = append(dst, Marker...), s[i+n:], 0 // what follows begins anew, as it would behind a Marker
			continue
		}
		if n := harmlessLen(s, i); n > 0 {
			dst, i = append(dst, s[i:i+n]...), i+n
			continue
		}
		if run := digitRun(s[i:]); run.isbn {
			dst = append(dst, s[i:i+run.size]...)
			i += run.size
			continue
		} else if run.digits >= manyDigits {
			dst, s, i = append(dst, Marker...), s[i+run.size:], 0
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		if unicode.IsControl(r) {
			r = ' '
		}
		dst = utf8.AppendRune(dst, r)
		i += size
	}
	return dst
}

// plain marks the bytes that begin neither a number nor an address and are kept as they
// are: ASCII but for controls, digits, hexadecimal letters and colons.
var plain = func() (t [256]bool) {
	for c := byte(' '); c < 0x7f; c++ {
		t[c] = !isHex(c) && c != ':'
	}
	return t
}()

// findEmail returns where the first e-mail address in s begins and ends, or
// -1. It takes for one whatever has a name before the sign and, behind it,
// a dot followed by a label with two letters: react@18.2.0 is none.
func findEmail(s []byte) (from, to int) {
	for i := 0; i < len(s); {
		at, size := nextAt(s, i)
		if at < 0 {
			return -1, -1
		}
		from = at
		for from > 0 && at-from < 64 && isLocal(s[from-1]) { // RFC 5321: at most 64 octets
			from--
		}
		if to = at + size + domainLen(s[at+size:]); from < at && to > at+size {
			return from, to
		}
		i = at + size
	}
	return -1, -1
}

// nextAt returns the place and length of the next at sign in s from i on: "@",
// "%40", "%2540" or the full-width "＠".
func nextAt(s []byte, i int) (at, size int) {
	for ; i < len(s); i++ {
		if c := s[i]; c != '@' && c != '%' && c != "＠"[0] {
			continue
		}
		for _, sign := range [...]string{"@", "%40", "%2540", "＠"} {
			if len(s)-i >= len(sign) && string(s[i:i+len(sign)]) == sign {
				return i, len(sign)
			}
		}
	}
	return -1, 0
}

// isLocal reports whether a byte may stand before the at sign. Every byte
// outside ASCII may (RFC 6531).
func isLocal(c byte) bool {
	return isAlnum(c) || c >= 0x80 || c == '.' || c == '_' || c == '%' || c == '+' || c == '-' || c == '\''
}

// domainLen returns the length of the domain s begins with, 0 if it is none.
// Outside ASCII every character counts as a letter (RFC 5890).
func domainLen(s []byte) int {
	n, dots, letters, end := 0, 0, 0, 0
	for n < len(s) {
		c, size := s[n], 1
		switch {
		case c == '.':
			dots++
			letters = 0
		case isLetter(c):
			letters++
		case c >= utf8.RuneSelf:
			letters++
			_, size = utf8.DecodeRune(s[n:])
		case !isDigit(c) && c != '-':
			return domainEnd(s, end, n)
		}
		n += size
		if dots > 0 && letters >= 2 {
			end = n
		}
	}
	return domainEnd(s, end, n)
}

// domainEnd extends a domain to all its characters but for closing dots and hyphens.
func domainEnd(s []byte, end, n int) int {
	if end == 0 {
		return 0
	}
	for n > end && (s[n-1] == '.' || s[n-1] == '-') {
		n--
	}
	return n
}

// run is a number at the start of a text.
type run struct {
	size   int  // bytes, to the end of the last digit
	digits int  // how many
	isbn   bool // it is an ISBN-13; then size and digits are the ISBN's alone
}

// digitRun reads the number s begins with: digits of any script, with at most
// three separators between two of them. It is empty when s begins with no digit.
func digitRun(s []byte) (r run) {
	var isbn [13]byte
	separators, tidy := 0, true // an ISBN has hyphens or spaces between its digits
	for i := 0; i < len(s); {
		value, size := digitAt(s[i:])
		if value >= 0 {
			if r.digits < len(isbn) {
				isbn[r.digits] = byte(value)
			}
			i += size
			r.digits, r.size, separators = r.digits+1, i, 0
			if r.digits == len(isbn) && tidy && isISBN(isbn) {
				if next, _ := digitAt(s[i:]); next < 0 {
					r.isbn = true
					return r
				}
			}
			continue
		}
		if size = separatorLen(s[i:]); size == 0 || r.digits == 0 || separators == 3 {
			break
		}
		tidy = tidy && (s[i] == '-' || s[i] == ' ')
		separators++
		i += size
	}
	return r
}

// digitAt returns the value and length of the digit s begins with, or -1. Digits of other
// scripts have the value 0: no ISBN is written with them.
func digitAt(s []byte) (value, size int) {
	if len(s) == 0 {
		return -1, 0
	}
	if c := s[0]; c < utf8.RuneSelf {
		if isDigit(c) {
			return int(c - '0'), 1
		}
		return -1, 0
	}
	if r, n := utf8.DecodeRune(s); unicode.IsDigit(r) {
		return 0, n
	}
	return -1, 0
}

// separatorLen returns the length of the separator s begins with, 0 if it is none.
// Separators are what people write between the digits of one number, and what hides there.
func separatorLen(s []byte) int {
	c := s[0]
	if c < utf8.RuneSelf {
		switch {
		case c <= ' ' || c == 0x7f:
			return 1
		case c == '-' || c == '.' || c == ',' || c == '/' || c == '(' || c == ')' || c == '_' || c == '+' || c == '*':
			return 1
		case c == '%':
			return escapedSeparatorLen(s)
		}
		return 0
	}
	r, n := utf8.DecodeRune(s)
	if unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) || r == '−' {
		return n
	}
	return 0
}

// escapedSeparatorLen is separatorLen for "%20" and the like, also escaped
// twice ("%2520").
func escapedSeparatorLen(s []byte) int {
	if bytes.HasPrefix(s, []byte("%C2%A0")) { // a no-break space
		return 6
	}
	c, ok := unescape(s)
	if !ok {
		return 0
	}
	if c == '%' && len(s) >= 5 {
		twice := [3]byte{'%', s[3], s[4]}
		if c, ok = unescape(twice[:]); !ok || c == '%' || c >= utf8.RuneSelf || separatorLen([]byte{c}) == 0 {
			return 0
		}
		return 5
	}
	if c == '%' || c >= utf8.RuneSelf || separatorLen([]byte{c}) == 0 {
		return 0
	}
	return 3
}

// isISBN checks the prefix and the check digit (ISO 2108).
func isISBN(d [13]byte) bool {
	if d[0] != 9 || d[1] != 7 || d[2] < 8 {
		return false
	}
	sum := 0
	for i, v := range d {
		sum += int(v) * (1 + i%2*2)
	}
	return sum%10 == 0
}

// addressLen returns the length of the network or hardware address at s[i:], 0 if
// there is none.
func addressLen(s []byte, i int) int {
	if i > 0 && isAlnum(s[i-1]) {
		if isDigit(s[i-1]) || !isDigit(s[i]) {
			return 0
		}
	} else if n := colonsLen(s[i:]); n > 0 {
		return n
	}
	// An IPv4 address within a longer number goes with the number.
	if n := ipv4Len(s[i:], '.'); n > 0 && digitRun(s[i:]).digits < manyDigits {
		return n
	}
	return 0
}

// ipv4Len returns the length of the IPv4 address s begins with, or 0. sep stands
// between its groups.
func ipv4Len(s []byte, sep byte) int {
	i := 0
	for group := range 4 {
		if group > 0 {
			if i >= len(s) || s[i] != sep {
				return 0
			}
			i++
		}
		from, value := i, 0
		for i < len(s) && isDigit(s[i]) {
			value = value*10 + int(s[i]-'0')
			if i++; i-from > 3 || value > 255 {
				return 0
			}
		}
		if i == from {
			return 0
		}
	}
	return i
}

// idleColons returns how many of the colons s begins with cannot belong to an address: all but the last two.
func idleColons(s []byte) int {
	n := 0
	for n < len(s) && s[n] == ':' {
		n++
	}
	return max(0, n-2)
}

// longColons is longer than any address with colons: eight groups with an IPv4 address for the last two have 45 bytes. What is
// longer is taken out up to its last colon, whatever follows, so that no byte is read for more than this many beginnings.
const longColons = 64

// colonsLen returns the length of the IPv6 or hardware address s begins with, or 0: groups
// of at most four hexadecimal digits with a "::" among them or with
// five or more colons. A longer group is left to digitRun.
func colonsLen(s []byte) int {
	i, group, groups, colons, double := 0, 0, 0, 0, false
	for i < len(s) && group <= 4 && (isHex(s[i]) || s[i] == ':') {
		if s[i] == ':' {
			double = double || (i > 0 && s[i-1] == ':')
			colons, group = colons+1, 0
		} else if group++; group == 1 {
			groups++
		}
		i++
	}
	last := bytes.LastIndexByte(s[:i], ':') + 1 // where the last group begins
	if group > 4 {
		if n := untilNumber(s[last:]); n > 0 {
			i = last + n
		} else {
			i, groups = last, groups-1
		}
	}
	if groups == 0 || (!double && colons < 5) {
		return 0
	}
	if i < len(s) && s[i] == '.' { // ::ffff:192.0.2.1
		if n := ipv4Len(s[last:], '.'); n > 0 {
			return last + n
		}
	}
	if i < len(s) && isAlnum(s[i]) && group <= 4 { // a::size
		if i > longColons {
			return last
		}
		return 0
	}
	return i
}

// untilNumber returns how many of the first four bytes of a group stand before a number that will be taken out, 0 when there is none:
// what is left of the group is then one of an address.
func untilNumber(group []byte) int {
	for n := 1; n <= 4; n++ {
		if isDigit(group[n]) && !isDigit(group[n-1]) && (ipv4Len(group[n:], '.') > 0 || digitRun(group[n:]).digits >= manyDigits) {
			return n
		}
	}
	return 0
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isAlnum(c byte) bool  { return isDigit(c) || isLetter(c) }
func isHex(c byte) bool    { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
