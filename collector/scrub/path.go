package scrub

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// Rules are a site's settings for the paths of its pages.
type Rules struct {
	// IDs replaces segments that hold a number of seven or more digits or look
	// like a token. E-mail addresses are replaced always.
	IDs bool
	// Hash keeps the fragment, for sites that route by it; without it the path ends there.
	Hash bool
}

// maxSegment is how many bytes of one segment are read. They make at least a
// third of that many in the result, so that what is cut off here is cut off
// anyhow, with room for an e-mail address that begins before the cut.
const maxSegment = 4 * MaxPath

// Path appends the path of a page to dst, at most MaxPath bytes of it, beginning with "/".
// A query is left out. Percent-encoding is in one spelling: letters, digits
// and marks of any script and the characters RFC 3986 allows in a segment
// stand for themselves, everything else (reserved, invisible or not
// UTF-8) is %XX in upper case. Segments that say too much become ":id".
func Path(dst, path []byte, r Rules) []byte {
	return bytes.TrimSuffix(appendPath(dst, path, r), []byte("#"))
}

// appendPath is Path, but for a fragment that turns out to be empty.
func appendPath(dst, path []byte, r Rules) []byte {
	start := len(dst)
	if len(path) == 0 || path[0] != '/' {
		dst = append(dst, '/')
	}
	for {
		end := segmentLen(path)
		mark := len(dst)
		dst = appendSegment(dst, path[:min(end, maxSegment)])
		if tellsTooMuch(dst[mark:], r) {
			dst = append(dst[:mark], segmentMarker...)
		}
		path = path[end:]
		if len(dst)-start > MaxPath {
			return cutPath(dst, start, mark, r)
		}
		if path = skipQuery(path, r); len(path) == 0 {
			return dst
		}
		if path[0] == '#' {
			if !r.Hash {
				return dst
			}
			r.Hash = false // a second one ends the path
		}
		dst = append(dst, path[0])
		path = path[1:]
	}
}

// segmentLen returns the number of bytes before the next delimiter.
func segmentLen(path []byte) int {
	for i, c := range path {
		if c == '/' || c == '?' || c == '#' {
			return i
		}
	}
	return len(path)
}

// skipQuery drops a query; what is left begins with "/" or "#", or is empty.
func skipQuery(path []byte, r Rules) []byte {
	if len(path) == 0 || path[0] != '?' {
		return path
	}
	for i, c := range path {
		if c == '#' && r.Hash {
			return path[i:]
		}
	}
	return nil
}

// cutPath shortens a path to MaxPath bytes without splitting a character or an
// escape, and looks at the shortened last segment, from mark on, again.
func cutPath(dst []byte, start, mark int, r Rules) []byte {
	end := start + MaxPath
	for end > start && !utf8.RuneStart(dst[end]) {
		end--
	}
	for back := 1; back <= 2 && end-back >= start; back++ {
		if dst[end-back] == '%' {
			end -= back
			break
		}
	}
	dst = dst[:end]
	if mark < end && tellsTooMuch(dst[mark:], r) && mark+len(segmentMarker) <= start+MaxPath {
		dst = append(dst[:mark], segmentMarker...)
	}
	return dst
}

// appendSegment appends one segment in the spelling of Path.
func appendSegment(dst, s []byte) []byte {
	for len(s) > 0 {
		n := 0
		for n < len(s) && s[n] < utf8.RuneSelf && inSegment[s[n]] {
			n++
		}
		if n > 0 {
			dst, s = append(dst, s[:n]...), s[n:]
			continue
		}
		c, size := decoded(s)
		if c < utf8.RuneSelf {
			if inSegment[c] {
				dst = append(dst, c)
			} else {
				dst = appendEscaped(dst, c)
			}
			s = s[size:]
			continue
		}
		dst, size = appendChar(dst, s)
		s = s[size:]
	}
	return dst
}

// appendChar appends the character outside ASCII that s begins with, each of its bytes
// escaped or not, and returns how many bytes of s it takes.
func appendChar(dst, s []byte) ([]byte, int) {
	var char [utf8.UTFMax]byte
	var ends [utf8.UTFMax]int // where in s each byte of char ends
	n, at := 0, 0
	for n < len(char) && at < len(s) {
		c, size := decoded(s[at:])
		if n > 0 && utf8.RuneStart(c) {
			break
		}
		at += size
		char[n], ends[n] = c, at
		n++
	}
	r, size := utf8.DecodeRune(char[:n])
	if size > 1 && unicode.IsPrint(r) {
		return utf8.AppendRune(dst, r), ends[size-1]
	}
	for _, c := range char[:size] {
		dst = appendEscaped(dst, c)
	}
	return dst, ends[size-1]
}

// decoded returns the byte that s begins with, escaped or not, and its length.
func decoded(s []byte) (c byte, size int) {
	if c, ok := unescape(s); ok {
		return c, 3
	}
	return s[0], 1
}

// unescape reads %XX.
func unescape(s []byte) (byte, bool) {
	if len(s) < 3 || s[0] != '%' || !isHex(s[1]) || !isHex(s[2]) {
		return 0, false
	}
	return hexValue(s[1])<<4 | hexValue(s[2]), true
}

func hexValue(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

func appendEscaped(dst []byte, c byte) []byte {
	const hex = "0123456789ABCDEF"
	return append(dst, '%', hex[c>>4], hex[c&15])
}

// inSegment marks the ASCII characters that stand for themselves: pchar of RFC
// 3986, section 3.3.
var inSegment = func() (t [utf8.RuneSelf]bool) {
	for c := range t {
		t[c] = isAlnum(byte(c))
	}
	for _, c := range "-._~!$&'()*+,;=:@" {
		t[c] = true
	}
	return t
}()

// tellsTooMuch reports whether a segment, in the spelling of Path, may lead to a person.
func tellsTooMuch(segment []byte, r Rules) bool {
	if from, _ := findEmail(segment); from >= 0 {
		return true
	}
	return r.IDs && (hasLongNumber(segment) || isToken(segment))
}

// hasLongNumber reports whether a segment holds seven or more digits in a
// row, separators allowed. Dates with separators, as in the addresses of articles,
// and ISBNs do not count.
func hasLongNumber(s []byte) bool {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf && !isDigit(c) {
			i++
			continue
		}
		run := digitRun(s[i:])
		switch {
		case run.isbn || isDate(s[i:i+run.size]):
			i += run.size
		case run.digits >= manyDigits:
			return true
		default:
			i++
		}
	}
	return false
}

// isDate recognises 2026-05-17, also with dots or underscores.
func isDate(s []byte) bool {
	if len(s) != len("2026-05-17") || s[4] != s[7] || isAlnum(s[4]) {
		return false
	}
	for i, c := range s {
		if i != 4 && i != 7 && !isDigit(c) {
			return false
		}
	}
	century, month, day := string(s[:2]), string(s[5:7]), string(s[8:])
	return (century == "19" || century == "20") && "01" <= month && month <= "12" && "01" <= day && day <= "31"
}

// isToken recognises UUIDs, hexadecimal digests and random strings of 16 or
// more characters by how often letters and digits, capitals and small letters
// take turns. Words joined into a slug rarely do.
func isToken(s []byte) bool {
	if len(s) < 16 {
		return false
	}
	f, ok := formOf(s)
	switch {
	case !ok || f.digits == 0:
		return false
	case f.hex >= 16 && f.hex+f.separators == len(s) && (f.separators == 0 || isUUID(s)):
		return true
	case f.letters == 0:
		return false
	case f.separators == 0:
		return f.turns >= 4 && f.turns*4 >= len(s)
	}
	return len(s) >= 20 && f.turns*3 >= len(s)
}

// form counts the characters of a segment by kind, and the turns from one
// kind to another; a capital before a small letter is none.
type form struct{ hex, digits, letters, separators, turns int }

// formOf is false for a segment with a character that no token has.
func formOf(s []byte) (f form, ok bool) {
	last := byte(0)
	for _, c := range s {
		kind := byte('a')
		switch {
		case isDigit(c):
			kind = 'd'
			f.digits++
		case isLetter(c):
			f.letters++
			if c <= 'Z' {
				kind = 'A'
			}
		case c == '-' || c == '_' || c == '.' || c == '~' || c == '=':
			f.separators++
			continue
		default:
			return f, false
		}
		if isHex(c) {
			f.hex++
		}
		if last != 0 && kind != last && (last != 'A' || kind != 'a') {
			f.turns++
		}
		last = kind
	}
	return f, true
}

// isUUID recognises 8-4-4-4-12 (RFC 9562) among hexadecimal digits and separators.
func isUUID(s []byte) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
}
