package audit

import (
	"bufio"
	"io"
	"unicode/utf8"
)

const (
	// longLine is how much of a line is looked at at once; what lies across the cut is seen by overlapping.
	longLine = 64 << 10
	overlap  = 512
	// shortest is how long a run of text in a binary file must be: chance makes shorter ones.
	shortest = 10
)

// text reads a file line by line. One that is not text is read as the runs of text in it.
func (a *auditor) text(file io.Reader, place string) error {
	r := bufio.NewReaderSize(file, longLine)
	start, _ := r.Peek(4096)
	t := textReader{a: a, place: place, binary: isBinary(start)}
	for {
		c, err := r.ReadByte()
		if err != nil {
			t.flush()
			return endOf(err)
		}
		t.add(c)
	}
}

// isBinary reports whether a file that begins like this is not text: it holds zeros, or bytes that are not UTF-8.
func isBinary(start []byte) bool {
	for len(start) > 0 {
		r, size := utf8.DecodeRune(start)
		if r == 0 || r == utf8.RuneError && size == 1 && len(start) >= utf8.UTFMax {
			return true
		}
		start = start[size:]
	}
	return false
}

// textReader collects text and has it looked through line by line.
type textReader struct {
	a      *auditor
	place  string
	binary bool
	line   []byte
	seen   int // bytes at the beginning of line that have been looked through before
}

func (t *textReader) add(c byte) {
	if c < ' ' && c != '\t' || c == 0x7f {
		t.flush()
		return
	}
	if t.line = append(t.line, c); len(t.line) >= longLine {
		t.scan()
		t.seen = copy(t.line, t.line[len(t.line)-overlap:])
		t.line = t.line[:overlap]
	}
}

func (t *textReader) flush() {
	if len(t.line) > t.seen {
		t.scan()
	}
	t.line, t.seen = t.line[:0], 0
}

// scan looks through the line. In binary files what is not UTF-8 parts runs of text.
func (t *textReader) scan() {
	if !t.binary {
		t.a.look(t.place, t.line, 1)
		return
	}
	for rest := t.line; len(rest) > 0; {
		n := 0
		for n < len(rest) {
			r, size := utf8.DecodeRune(rest[n:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			n += size
		}
		if n >= shortest {
			t.a.look(t.place, rest[:n], 1)
		}
		rest = rest[min(n+1, len(rest)):]
	}
}
