// Package export writes what can be taken away: tables as CSV for spreadsheets.
//
// [CSV] writes RFC 4180: UTF-8, a line of heads first, CRLF between lines. Every text is quoted, whatever is in it, because a spreadsheet
// that is set to another separator would split one that is not. A text that a spreadsheet would take for a formula gets an apostrophe in
// front: visitors choose referrers and pages, and nobody may choose what a marketer's spreadsheet computes. Numbers are never quoted.
//
// Everything is written as it comes; the package keeps no more than a line.
package export

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// CSV writes one table.
type CSV struct {
	w    *bufio.Writer
	line []byte
}

// NewCSV returns a writer of a table. Flush is called after the last row.
func NewCSV(w io.Writer) *CSV { return &CSV{w: bufio.NewWriterSize(w, 32<<10)} }

// Row writes one line. A cell is a string, an int or a float64.
func (c *CSV) Row(cells ...any) error {
	c.line = c.line[:0]
	for i, cell := range cells {
		if i > 0 {
			c.line = append(c.line, ',')
		}
		switch v := cell.(type) {
		case string:
			c.line = appendText(c.line, v)
		case int:
			c.line = strconv.AppendInt(c.line, int64(v), 10)
		case float64:
			c.line = strconv.AppendFloat(c.line, v, 'f', -1, 64)
		default:
			return fmt.Errorf("a cell cannot be of type %T", cell)
		}
	}
	_, err := c.w.Write(append(c.line, '\r', '\n'))
	return err
}

// Flush hands on what has been written so far.
func (c *CSV) Flush() error { return c.w.Flush() }

func appendText(line []byte, text string) []byte {
	line = append(line, '"')
	line = append(line, strings.ReplaceAll(Harmless(text), `"`, `""`)...)
	return append(line, '"')
}

// formula are the characters that make a spreadsheet compute a cell that begins with one of them, in both widths.
const formula = "=+-@＝＋－＠"

// Harmless is a text as a spreadsheet may be given it: no formula, no NUL, valid UTF-8.
func Harmless(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
	begins := strings.TrimLeftFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) })
	if begins != "" && strings.ContainsRune(formula, []rune(begins)[0]) || strings.HasPrefix(text, "\t") || strings.HasPrefix(text, "\r") {
		return "'" + text
	}
	return text
}
