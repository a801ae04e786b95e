package scrub

import (
	"bytes"
	"unicode/utf8"
)

// Query holds what is kept of a query string. It is the caller's, to be used again; the
// values are decoded, scrubbed by Text, at most MaxValue bytes long, and
// valid until the next Parse.
type Query struct {
	Source   []byte // utm_source, else source, else ref
	Medium   []byte // utm_medium
	Campaign []byte // utm_campaign
	Content  []byte // utm_content
	Term     []byte // utm_term
	Click    string // the name of an advertising click identifier that was there ("gclid"), never its value

	buf, scratch []byte
}

// clicks are the names of click identifiers that mark paid visits.
var clicks = [...]string{"gclid", "gbraid", "wbraid", "dclid", "msclkid", "ttclid", "twclid", "li_fat_id", "yclid", "rdt_cid", "epik", "sccid"}

// Parse reads a query string, without its question mark, by the allow-list. Of a name that occurs
// twice the first value that is not empty counts.
func (q *Query) Parse(raw []byte) {
	*q = Query{buf: q.buf[:0], scratch: q.scratch}
	var source, ref []byte
	for len(raw) > 0 {
		var pair []byte
		pair, raw = cut(raw, '&')
		name, value := cut(pair, '=')
		if len(name) < len("ref") || len(name) > len("utm_campaign") {
			continue
		}
		if into := q.field(name, &source, &ref); into == nil {
			q.click(name, value)
		} else if len(*into) == 0 {
			*into = q.keep(value)
		}
	}
	if len(q.Source) == 0 {
		q.Source = source
	}
	if len(q.Source) == 0 {
		q.Source = ref
	}
}

// field returns where the value of a name goes, nil when it goes nowhere.
func (q *Query) field(name []byte, source, ref *[]byte) *[]byte {
	switch {
	case foldEqual(name, "utm_source"):
		return &q.Source
	case foldEqual(name, "utm_medium"):
		return &q.Medium
	case foldEqual(name, "utm_campaign"):
		return &q.Campaign
	case foldEqual(name, "utm_content"):
		return &q.Content
	case foldEqual(name, "utm_term"):
		return &q.Term
	case foldEqual(name, "source"):
		return source
	case foldEqual(name, "ref"):
		return ref
	}
	return nil
}

func (q *Query) click(name, value []byte) {
	if q.Click != "" || len(value) == 0 {
		return
	}
	for _, known := range clicks {
		if foldEqual(name, known) {
			q.Click = known
			return
		}
	}
}

// keep decodes, scrubs and shortens a value. What it returns stays valid while
// later values are kept, since buf only grows.
func (q *Query) keep(value []byte) []byte {
	q.scratch = q.scratch[:0]
	for len(value) > 0 {
		c, size := decoded(value)
		if size == 1 && c == '+' {
			c = ' '
		}
		q.scratch = append(q.scratch, c)
		value = value[size:]
	}
	mark := len(q.buf)
	q.buf = Text(q.buf, q.scratch)
	if len(q.buf)-mark > MaxValue {
		end := mark + MaxValue
		for !utf8.RuneStart(q.buf[end]) {
			end--
		}
		q.buf = q.buf[:end]
	}
	return bytes.TrimSpace(q.buf[mark:])
}

// cut is bytes.Cut for one byte, without the verdict.
func cut(s []byte, sep byte) (before, after []byte) {
	if i := bytes.IndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, nil
}

// foldEqual compares ASCII in any case with a lower-case name.
func foldEqual(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
