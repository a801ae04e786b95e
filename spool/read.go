package spool

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// Batch is what one Read returns. Its records are views into a buffer that the next Read with the same Batch reuses.
type Batch struct {
	From, To    Position
	Records     [][]byte
	Quarantined int // acknowledged records found damaged or missing before the ones returned

	buf  []byte
	ends []int
	scan scanner
}

func (b *Batch) reset(from Position) {
	b.From, b.To, b.Quarantined = from, from, 0
	b.Records, b.buf, b.ends = b.Records[:0], b.buf[:0], b.ends[:0]
}

func (b *Batch) add(rec []byte) {
	b.buf = append(b.buf, rec...)
	b.ends = append(b.ends, len(b.buf))
}

// finish makes the views; not before, because the buffer may have moved while it grew.
func (b *Batch) finish() {
	start := 0
	for _, end := range b.ends {
		b.Records = append(b.Records, b.buf[start:end:end])
		start = end
	}
}

// part is a range of one segment.
type part struct {
	segment  *segment
	from, to int64
}

// Read fills dst with the records behind from: at most limit of them and maxBytes bytes (0 or less: no bound), but one record
// if there is any. When there is none, dst is empty. The next Read goes on at dst.To, which also moves when everything on
// the way is damaged: then the batch is empty, To is to be committed all the same, and the batch with the next intact record
// tells how many are missing.
//
// Reading from the same position to the same To gives the same records, whatever the bounds were: see ReadTo.
func (s *Spool) Read(ctx context.Context, from Position, limit, maxBytes int, dst *Batch) error {
	return s.read(ctx, from, s.End(), limit, maxBytes, dst)
}

// ReadTo fills dst with the records between two positions that an earlier Read returned, in this or an earlier process.
func (s *Spool) ReadTo(ctx context.Context, from, to Position, dst *Batch) error {
	if err := s.read(ctx, from, to, 0, 0, dst); err != nil {
		return err
	}
	dst.To = to // also when records before it were lost with their segment
	return nil
}

func (s *Spool) read(ctx context.Context, from, to Position, limit, maxBytes int, dst *Batch) error {
	dst.reset(from)
	want, err := s.seqAt(from)
	if err != nil {
		return err
	}
	for _, p := range s.parts(from, to) {
		if err := ctx.Err(); err != nil {
			return err
		}
		full, err := s.readPart(p, &want, limit, maxBytes, dst)
		if err != nil {
			return err
		}
		if full {
			break
		}
	}
	dst.finish()
	s.mu.Lock()
	if dst.From != dst.To {
		s.lastRead = mark{dst.To, want}
	}
	s.counted = later(s.counted, dst.To)
	s.mu.Unlock()
	return nil
}

// readPart reads one segment's share of a batch and reports whether the batch is full.
func (s *Spool) readPart(p part, want *uint64, limit, maxBytes int, dst *Batch) (full bool, err error) {
	s.rewrite.RLock()
	defer s.rewrite.RUnlock()
	number := p.segment.number
	file, err := os.Open(filepath.Join(s.dir, segmentFile(number)))
	if errors.Is(err, os.ErrNotExist) { // removed behind our back; the gap in sequence numbers tells what is lost
		dst.To = Position{number, p.to}
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	sc := &dst.scan
	sc.seed = s.seed
	sc.reset(file, p.from, p.to, *want)
	for sc.next() {
		if limit > 0 && len(dst.ends) == limit || maxBytes > 0 && len(dst.ends) > 0 && len(dst.buf)+len(sc.rec) > maxBytes {
			return true, nil
		}
		s.noteDamage(p.segment, file, sc.bad)
		s.noteLost(Position{number, sc.at}, sc.lost)
		dst.Quarantined += int(sc.lost)
		dst.add(sc.rec)
		dst.To, *want = Position{number, sc.at}, sc.want
	}
	if sc.err != nil {
		return false, sc.err
	}
	s.noteDamage(p.segment, file, sc.bad)
	dst.To = Position{number, p.to}
	return false, nil
}

// parts returns what lies between two positions, segment by segment.
func (s *Spool) parts(from, to Position) []part {
	s.mu.Lock()
	defer s.mu.Unlock()
	var parts []part
	for _, g := range s.segments {
		if g.number < from.Segment || g.number > to.Segment {
			continue
		}
		p := part{g, headerBytes, g.size}
		if g.number == from.Segment {
			p.from = max(p.from, from.Offset)
		}
		if g.number == to.Segment {
			p.to = min(p.to, to.Offset)
		}
		if p.from < p.to {
			parts = append(parts, p)
		}
	}
	return parts
}

// seqAt returns the sequence number that the record at pos has if none is missing before it.
func (s *Spool) seqAt(pos Position) (uint64, error) {
	s.mu.Lock()
	for _, known := range []mark{s.lastRead, s.cursor.committed, s.cursor.far(), s.end} {
		if known.pos == pos {
			s.mu.Unlock()
			return known.seq, nil
		}
	}
	seq, at := s.end.seq, (*segment)(nil)
	for _, g := range s.segments {
		if g.number >= pos.Segment {
			seq, at = g.first, g
			break
		}
	}
	s.mu.Unlock()
	if at == nil || at.number > pos.Segment || pos.Offset <= headerBytes {
		return seq, nil
	}
	return s.countTo(at, pos.Offset)
}

// countTo reads a segment up to an offset for the sequence number there.
func (s *Spool) countTo(g *segment, offset int64) (uint64, error) {
	s.rewrite.RLock()
	defer s.rewrite.RUnlock()
	file, err := os.Open(filepath.Join(s.dir, segmentFile(g.number)))
	if errors.Is(err, os.ErrNotExist) {
		return g.first, nil
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	sc := scanner{seed: s.seed}
	sc.reset(file, headerBytes, offset, g.first)
	for sc.next() {
	}
	return sc.want, sc.err
}

// Since calls fn with every intact record of the segments that were last written at or after t, oldest first, up to the end
// at the time of the call, whether committed or not. It stops at the first error. Records are valid until fn returns.
func (s *Spool) Since(t time.Time, fn func(rec []byte) error) error {
	end := s.End()
	sc := scanner{seed: s.seed}
	for _, p := range s.parts(Position{}, end) {
		if p.segment.lastWriteBefore(s, t) {
			continue
		}
		if err := s.replay(p, &sc, fn); err != nil {
			return err
		}
	}
	return nil
}

// replay calls fn with the intact records of one segment.
func (s *Spool) replay(p part, sc *scanner, fn func(rec []byte) error) error {
	s.rewrite.RLock()
	defer s.rewrite.RUnlock()
	file, err := os.Open(filepath.Join(s.dir, segmentFile(p.segment.number)))
	if errors.Is(err, os.ErrNotExist) { // removed meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	sc.reset(file, p.from, p.to, p.segment.first)
	for err == nil && sc.next() {
		err = fn(sc.rec)
	}
	return errors.Join(err, sc.err, file.Close())
}

func (g *segment) lastWriteBefore(s *Spool, t time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return g.lastWrite.Before(t)
}

// Wait returns nil once there is something behind after, or the error of ctx, or ErrClosed.
func (s *Spool) Wait(ctx context.Context, after Position) error {
	for {
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			return ErrClosed
		}
		if after.Less(s.end.pos) {
			s.mu.Unlock()
			return nil
		}
		if s.wake == nil {
			s.wake = make(chan struct{})
		}
		wake := s.wake
		s.mu.Unlock()
		select {
		case <-wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
