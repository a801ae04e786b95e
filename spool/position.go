package spool

import (
	"fmt"
	"strconv"
	"strings"
)

// Position is a place between two records: the segment's number and an offset in it, in bytes.
// Positions are totally ordered and never used twice in the life of a spool. The zero Position is before every record.
type Position struct {
	Segment uint64
	Offset  int64
}

// Less reports whether p is before q.
func (p Position) Less(q Position) bool {
	if p.Segment != q.Segment {
		return p.Segment < q.Segment
	}
	return p.Offset < q.Offset
}

// String returns "segment:offset", both decimal.
func (p Position) String() string {
	return strconv.FormatUint(p.Segment, 10) + ":" + strconv.FormatInt(p.Offset, 10)
}

// MarshalText returns the same as String.
func (p Position) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote and refuses everything else.
func (p *Position) UnmarshalText(text []byte) error {
	segment, offset, ok := strings.Cut(string(text), ":")
	if !ok {
		return fmt.Errorf("cannot read spool position %q: want segment:offset", text)
	}
	n, err := strconv.ParseUint(segment, 10, 64)
	if err != nil {
		return fmt.Errorf("cannot read the segment of spool position %q: %w", text, err)
	}
	o, err := strconv.ParseInt(offset, 10, 64)
	if err != nil {
		return fmt.Errorf("cannot read the offset of spool position %q: %w", text, err)
	}
	q := Position{Segment: n, Offset: o}
	if o < 0 || q.String() != string(text) {
		return fmt.Errorf("cannot read spool position %q: want two plain decimal numbers", text)
	}
	*p = q
	return nil
}

// later returns the position that comes last.
func later(p, q Position) Position {
	if p.Less(q) {
		return q
	}
	return p
}

// mark is a position together with the sequence number of the first record behind it.
type mark struct {
	pos Position
	seq uint64
}
