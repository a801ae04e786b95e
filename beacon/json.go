package beacon

import "unicode/utf8"

// maxDepth bounds the nesting of fields that are skipped.
const maxDepth = 16

// parser walks JSON (RFC 8259) once, left to right. After the first problem it stands at the end and yields zero values, so callers
// check once, when they are done.
type parser struct {
	data    []byte
	at      int
	first   bool // the next thing in the open object or array needs no comma before it
	problem Problem
}

func (p *parser) fail(field, text string) {
	if p.problem.Reason == Accepted {
		p.problem = Problem{Malformed, field, text}
	}
	p.at = len(p.data)
}

const broken = "the body is not JSON"

func (p *parser) broken() { p.fail("", broken) }

// peek skips white space and returns the byte after it, 0 at the end.
func (p *parser) peek() byte {
	for ; p.at < len(p.data); p.at++ {
		if c := p.data[p.at]; c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
	}
	return 0
}

// open enters an object or array.
func (p *parser) open(bracket byte, field, text string) {
	if p.peek() != bracket {
		p.fail(field, text)
		return
	}
	p.at++
	p.first = true
}

// more reports whether the object or array goes on, and takes the comma or the closing bracket.
func (p *parser) more(bracket byte) bool {
	c := p.peek()
	switch {
	case c == bracket:
		p.at++
		p.first = false
		return false
	case p.first && c != 0:
		p.first = false
		return true
	case c == ',':
		p.at++
		if p.peek() == bracket {
			p.broken()
			return false
		}
		return true
	}
	p.broken()
	return false
}

// key takes a member's name and the colon after it.
func (p *parser) key() []byte {
	if p.peek() != '"' {
		p.broken()
		return nil
	}
	k := p.text("a key")
	if p.peek() != ':' {
		p.broken()
		return nil
	}
	p.at++
	return k
}

// null takes a null, if there is one.
func (p *parser) null() bool { return p.peek() == 'n' && p.word("null") }

// word takes a literal.
func (p *parser) word(w string) bool {
	if len(p.data)-p.at < len(w) || string(p.data[p.at:p.at+len(w)]) != w {
		p.broken()
		return false
	}
	p.at += len(w)
	return true
}

// done fails unless only white space is left.
func (p *parser) done() {
	if p.peek() != 0 || p.at < len(p.data) {
		p.broken()
	}
}

// number takes a number and returns it as written.
func (p *parser) number(field string) []byte {
	p.peek()
	n := numberLength(p.data[p.at:])
	if n == 0 {
		p.fail(field, "must be a number")
		return nil
	}
	tok := p.data[p.at : p.at+n]
	p.at += n
	return tok
}

// numberLength returns the length of the number that b starts with, 0 when there is none.
func numberLength(b []byte) int {
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	whole := digits(b[i:])
	if whole == 0 || whole > 1 && b[i] == '0' {
		return 0
	}
	i += whole
	if i < len(b) && b[i] == '.' {
		n := digits(b[i+1:])
		if n == 0 {
			return 0
		}
		i += 1 + n
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		n := digits(b[i:])
		if n == 0 {
			return 0
		}
		i += n
	}
	return i
}

func digits(b []byte) (n int) {
	for n < len(b) && '0' <= b[n] && b[n] <= '9' {
		n++
	}
	return n
}

// plain marks the bytes of a string that stand for themselves: printable ASCII but for the quote and the backslash.
var plain = func() (t [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// text takes a string and returns its decoded bytes, a view into the data.
func (p *parser) text(field string) []byte {
	if p.peek() != '"' {
		p.fail(field, "must be a string")
		return nil
	}
	start := p.at + 1
	i := start
	for i < len(p.data) && plain[p.data[i]] {
		i++
	}
	if i < len(p.data) && p.data[i] == '"' {
		p.at = i + 1
		return p.data[start:i]
	}
	return p.decode(field, start, i)
}

// decode goes on where text met something other than plain ASCII, and writes what it decodes over what it has read. That never
// grows: an escape of six bytes becomes at most three, a pair of twelve becomes four.
func (p *parser) decode(field string, start, i int) []byte {
	d, w := p.data, i
	for i < len(d) {
		c := d[i]
		if plain[c] {
			d[w] = c
			i, w = i+1, w+1
			continue
		}
		if c == '"' {
			p.at = i + 1
			return d[start:w]
		}
		r, n := next(d[i:])
		if n == 0 {
			p.broken()
			return nil
		}
		if r == 0 {
			p.fail(field, "must not hold a NUL")
			return nil
		}
		if r < ' ' || 0x7f <= r && r < 0xa0 || r == 0x2028 || r == 0x2029 {
			r = ' '
		}
		w = len(utf8.AppendRune(d[:w], r))
		i += n
	}
	p.broken()
	return nil
}

// next decodes the escape or the UTF-8 sequence that b starts with. n is its length, 0 when it is not allowed in JSON.
func next(b []byte) (r rune, n int) {
	if b[0] == '\\' {
		return escape(b)
	}
	r, n = utf8.DecodeRune(b)
	if r == utf8.RuneError && n == 1 || r < ' ' && r != 0 {
		return 0, 0
	}
	return r, n
}

func escape(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b', 'f', 'n', 'r', 't':
		return ' ', 2
	case 'u':
		return unicodeEscape(b)
	}
	return 0, 0
}

func unicodeEscape(b []byte) (rune, int) {
	r := hex4(b)
	if r < 0 {
		return 0, 0
	}
	if r < 0xd800 || r > 0xdfff {
		return r, 6
	}
	if low := hex4(b[6:]); r < 0xdc00 && low >= 0xdc00 && low <= 0xdfff {
		return (r-0xd800)<<10 + (low - 0xdc00) + 0x10000, 12
	}
	return utf8.RuneError, 6
}

// hex4 returns the code unit of the escape \uXXXX that b starts with, -1 when it does not.
func hex4(b []byte) (r rune) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	for _, c := range b[2:6] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return r
}

// skip takes any value.
func (p *parser) skip(depth int) {
	switch c := p.peek(); {
	case depth > maxDepth:
		p.fail("", "the body is nested too deeply")
	case c == '{':
		for p.open('{', "", broken); p.more('}'); {
			p.key()
			p.skip(depth + 1)
		}
	case c == '[':
		for p.open('[', "", broken); p.more(']'); {
			p.skip(depth + 1)
		}
	case c == '"':
		p.text("a field")
	case c == 't':
		p.word("true")
	case c == 'f':
		p.word("false")
	case c == 'n':
		p.word("null")
	default:
		if n := numberLength(p.data[p.at:]); n > 0 {
			p.at += n
		} else {
			p.broken()
		}
	}
}
