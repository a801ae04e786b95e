package origin

import "bytes"

// schemes are those of referrers: pages and apps.
var schemes = [...]string{"https://", "http://", "android-app://", "ios-app://"}

// hostOf appends the host of an address to dst, in lower case, without user
// name, port and closing dot. address is true when it is or holds a network
// address; then, and when there is no usable host, the host is empty.
func hostOf(dst, ref []byte) (host []byte, address bool) {
	rest, ok := afterScheme(ref)
	if !ok {
		return nil, false
	}
	if i := bytes.IndexAny(rest, "/?#\\"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[bytes.LastIndexByte(rest, '@')+1:]
	if len(rest) > 0 && rest[0] == '[' {
		return nil, true
	}
	if i := bytes.IndexByte(rest, ':'); i >= 0 {
		rest = rest[:i]
	}
	rest = bytes.TrimRight(rest, ".")
	if len(rest) == 0 || len(rest) > maxHost {
		return nil, false
	}
	host = appendLower(dst, rest)
	for _, c := range host {
		if !isLetter(c) && !isDigit(c) && c != '.' && c != '-' && c != '_' {
			return nil, false
		}
	}
	if holdsAddress(host) {
		return nil, true
	}
	return host, false
}

// afterScheme cuts the scheme off an address whose scheme is known.
func afterScheme(ref []byte) ([]byte, bool) {
	for _, scheme := range schemes {
		if len(ref) > len(scheme) && bytes.EqualFold(ref[:len(scheme)], []byte(scheme)) {
			return ref[len(scheme):], true
		}
	}
	return nil, false
}

// holdsAddress recognises hosts of digits and dots alone, which browsers read as addresses,
// and hosts with four numbers up to 255 in a row, joined by dots or by hyphens, which
// providers give to their customers.
func holdsAddress(host []byte) bool {
	numeric := true
	groups, value, digits, joint := 0, 0, 0, byte(0)
	for _, c := range host {
		if isDigit(c) {
			value, digits = min(value*10+int(c-'0'), 1000), digits+1
			if digits == 1 {
				groups++
			}
			if value > 255 || digits > 3 {
				groups = 0
			}
			if groups == 4 {
				return true
			}
			continue
		}
		numeric = numeric && c == '.'
		if digits == 0 || (c != '.' && c != '-') {
			groups = 0
		} else if c != joint && groups > 1 {
			groups = 1
		}
		value, digits, joint = 0, 0, c
	}
	return numeric
}
