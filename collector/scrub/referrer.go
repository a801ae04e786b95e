package scrub

import "bytes"

// maxHost is the length of the longest host name (RFC 1035).
const maxHost = 253

// Referrer appends the host of a referring address to dst, in lower case and without its port; with keepPath
// also the path, scrubbed by Path with all rules on. Never
// kept: user name, query, fragment. A host that is or holds an IP address is
// replaced by Marker. Nothing is appended when the address is not http, https,
// android-app or ios-app, or its host is no host name.
func Referrer(dst, ref []byte, keepPath bool) []byte {
	rest, ok := afterScheme(ref)
	if !ok {
		return dst
	}
	end := 0
	for end < len(rest) && !endsHost[rest[end]] {
		end++
	}
	host, path := rest[:end], rest[end:]
	host = host[bytes.LastIndexByte(host, '@')+1:]
	if len(host) > 0 && host[0] == '[' {
		dst = append(dst, Marker...)
	} else {
		mark := len(dst)
		if dst = appendHost(dst, host); len(dst) == mark {
			return dst
		}
	}
	if keepPath && len(path) > 0 && path[0] == '/' {
		dst = Path(dst, path, Rules{IDs: true})
	}
	return dst
}

// endsHost marks what ends the host of an address; a backslash does, as browsers read it.
var endsHost = [256]bool{'/': true, '?': true, '#': true, '\\': true}

// inHost is the lower case of what a host name is made of, 0 for everything else.
var inHost = func() (t [256]byte) {
	for c := range t {
		switch b := byte(c); {
		case 'A' <= b && b <= 'Z':
			t[c] = b + 'a' - 'A'
		case isAlnum(b) || b == '-' || b == '.' || b == '_':
			t[c] = b
		}
	}
	return t
}()

// afterScheme cuts the scheme off an address whose scheme is known.
func afterScheme(ref []byte) ([]byte, bool) {
	for _, scheme := range [...]string{"https://", "http://", "android-app://", "ios-app://"} {
		if len(ref) >= len(scheme) && foldEqual(ref[:len(scheme)], scheme) {
			return ref[len(scheme):], true
		}
	}
	return nil, false
}

// appendHost appends a host name, or Marker when it is or holds an IPv4 address
// (as the names that providers give to their customers do), or nothing.
func appendHost(dst, host []byte) []byte {
	if i := bytes.IndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	host = bytes.TrimRight(host, ".")
	if len(host) == 0 || len(host) > maxHost {
		return dst
	}
	mark := len(dst)
	numeric := true
	for _, c := range host {
		if c = inHost[c]; c == 0 {
			return dst[:mark]
		}
		numeric = numeric && (isDigit(c) || c == '.')
		dst = append(dst, c)
	}
	if numeric || holdsIPv4(host) { // also 127.1 and 2130706433, which browsers take for addresses
		return append(dst[:mark], Marker...)
	}
	return dst
}

// holdsIPv4 finds an address written with dots or hyphens.
func holdsIPv4(host []byte) bool {
	for i := range host {
		if isDigit(host[i]) && (i == 0 || !isDigit(host[i-1])) && (ipv4Len(host[i:], '.') > 0 || ipv4Len(host[i:], '-') > 0) {
			return true
		}
	}
	return false
}
