package pattern

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// rounds is how often a value may be percent-encoded.
const rounds = 3

// normalise makes text what a reader would see: percent-encoding undone, digits and signs of other scripts and widths
// as ASCII, spaces and hyphens of all kinds as one, invisible characters gone.
func (s *Scanner) normalise(value []byte) {
	from := value
	for range rounds {
		decoded, changed := unescape(s.buf[:0], from)
		s.buf = decoded
		if !changed {
			break
		}
		s.buf, s.other = s.other, s.buf
		from = s.other
	}
	s.buf = fold(s.buf[:0], from)
	s.text, s.own = s.buf, true
}

// unescape appends the text with each %XX as its byte. Between words of an encoded text without spaces, "+" is one.
func unescape(dst, text []byte) (_ []byte, changed bool) {
	start, spaces := len(dst), bytes.IndexByte(text, ' ') >= 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '+' && !spaces && len(dst) > start && isAlnum(dst[len(dst)-1]) {
			c = ' '
		}
		if c == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]) {
			c = hexValue(text[i+1])<<4 | hexValue(text[i+2])
			i += 2
			changed = true
		}
		dst = append(dst, c)
	}
	return dst, changed
}

func hexValue(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

func fold(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			dst = append(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if c := plainOf(r); c == itself {
			dst = append(dst, text[i:i+size]...)
		} else if c != invisible {
			dst = append(dst, c)
		}
		i += size
	}
	return dst
}

const (
	invisible = 0
	itself    = 0xff
)

// plainOf returns the ASCII character a character stands for.
func plainOf(r rune) (c byte) {
	switch {
	case r >= '！' && r <= '～':
		return byte(r - '！' + '!')
	case unicode.IsSpace(r):
		return ' '
	case unicode.Is(unicode.Pd, r) || r == '−' || r == '\u00ad':
		return '-'
	case unicode.IsDigit(r):
		return byte('0' + digitOf(r))
	case unicode.Is(unicode.Cf, r):
		return invisible
	}
	return itself
}

// digitOf is the value of a decimal digit of any script: they come in runs of ten in order (Unicode Standard, section 4.6).
func digitOf(r rune) (n rune) {
	for n < 50 && unicode.IsDigit(r-n-1) {
		n++
	}
	return n % 10
}
