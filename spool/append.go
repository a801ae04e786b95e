package spool

import (
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	groupBytes = 1 << 20 // a group that has reached this takes no more records
	spareBytes = 2 << 20 // larger buffers are not kept
	spareLimit = 8
	ageLimit   = 4096
)

// group is what one write(2) carries. Whoever adds the first record leads it; the others wait for done.
// The last one to leave gives it back.
type group struct {
	buf    []byte
	n      int64
	inside atomic.Int32
	done   sync.WaitGroup
	err    error
}

// age notes that the record with this sequence number was written at this time.
type age struct {
	seq uint64
	at  time.Time
}

// Append stores rec and returns when the kernel has it (with FsyncAlways: the disk). It does not retain rec, and does not
// allocate. It returns ErrTooLarge, ErrFull (also when the disk is), ErrNotDurable, ErrClosed, or what write(2) or fsync(2)
// said; in all these cases the record is not stored (FORMAT.md names the one exception).
func (s *Spool) Append(rec []byte) error {
	if len(rec) > MaxRecord {
		s.metrics.tooLarge.Inc()
		return ErrTooLarge
	}
	sum := crc32.Update(s.seed, castagnoli, rec)
	s.mu.Lock()
	if err := s.admit(int64(frameHeader + len(rec))); err != nil {
		s.mu.Unlock()
		return err
	}
	g := s.filling
	g.buf = appendFrame(g.buf, rec, sum)
	leads := s.enter(g, 1)
	s.mu.Unlock()
	return s.await(g, leads)
}

// Bundle is records to be appended together. The zero Bundle is empty. It is not for several goroutines at once.
type Bundle struct {
	frames []byte
	n      int64
	large  bool // one is over MaxRecord
}

// Add adds a record, without retaining it.
func (b *Bundle) Add(rec []byte) {
	b.n++
	if b.large = b.large || len(rec) > MaxRecord; !b.large {
		b.frames = appendFrame(b.frames, rec, 0)
	}
}

// AppendBundle is Append for all records of b, which is empty afterwards: all of them are stored, or none is.
func (s *Spool) AppendBundle(b *Bundle) error {
	frames, n, large := b.frames, b.n, b.large
	b.frames, b.n, b.large = frames[:0], 0, false
	if large {
		s.metrics.tooLarge.Add(float64(n))
		return ErrTooLarge
	}
	if n == 0 {
		return nil
	}
	sumFrames(frames, s.seed)
	s.mu.Lock()
	if err := s.admit(int64(len(frames))); err != nil {
		s.mu.Unlock()
		return err
	}
	g := s.filling
	g.buf = append(g.buf, frames...)
	leads := s.enter(g, n)
	s.mu.Unlock()
	return s.await(g, leads)
}

// enter counts records that were added to the group, and reports whether who added them leads it. The caller holds mu.
func (s *Spool) enter(g *group, n int64) (leads bool) {
	g.n += n
	leads = g.inside.Add(1) == 1
	if len(g.buf) >= groupBytes {
		s.filling = s.takeGroup()
	}
	return leads
}

// await returns when the group has been written.
func (s *Spool) await(g *group, leads bool) error {
	if leads {
		s.lead(g)
	} else {
		g.done.Wait()
	}
	err := g.err
	if g.inside.Add(-1) == 0 {
		s.giveGroup(g)
	}
	return err
}

// admit reserves size bytes or says why not. Consumed segments are given up before anything is refused.
func (s *Spool) admit(size int64) error {
	if s.closed {
		return ErrClosed
	}
	if s.broken != nil {
		s.metrics.io.Inc()
		return s.broken
	}
	if over := s.bytes + s.queued + size - s.o.Max; over > 0 {
		s.remove(s.takeConsumed(func(*segment) bool { over = s.bytes + s.queued + size - s.o.Max; return over > 0 }))
		if s.bytes+s.queued+size > s.o.Max {
			s.metrics.full.Inc()
			return ErrFull
		}
	}
	s.queued += size
	return nil
}

// lead writes the group once the write before it is over; until then the group goes on filling.
func (s *Spool) lead(g *group) {
	s.io.Lock()
	s.mu.Lock()
	if s.filling == g {
		s.filling = s.takeGroup()
	}
	s.mu.Unlock()
	err := s.write(g)
	s.io.Unlock()
	if err != nil {
		g.err = s.refuse(g, err)
	}
	g.done.Done()
}

// write puts the group at the end of the newest segment. The caller holds io.
func (s *Spool) write(g *group) error {
	last, err := s.target(int64(len(g.buf)))
	if err != nil {
		return err
	}
	stampFrames(g.buf, s.end.seq) // end and size change only under io
	if _, err := s.file.WriteAt(g.buf, last.size); err != nil {
		return errors.Join(fmt.Errorf("cannot write to spool segment %d: %w", last.number, err), s.cutBack(last))
	}
	if s.o.Fsync == FsyncAlways {
		if err := s.syncNewest(); err != nil {
			return errors.Join(err, s.cutBack(last))
		}
	}
	s.publish(g, last)
	return nil
}

// target returns the segment that takes the next size bytes, a new one when the newest has no room.
func (s *Spool) target(size int64) (*segment, error) {
	s.mu.Lock()
	closed, broken, torn, last := s.closed, s.broken, s.torn, s.segments[len(s.segments)-1]
	s.mu.Unlock()
	if closed {
		return nil, ErrClosed
	}
	if broken != nil {
		return nil, broken
	}
	if torn || !last.empty() && last.size+size > s.o.SegmentBytes {
		return s.rotate()
	}
	return last, nil
}

// cutBack removes what a failed write left behind the last good end. Where that fails the segment is given up.
func (s *Spool) cutBack(last *segment) error {
	err := s.file.Truncate(last.size)
	if err == nil {
		return nil
	}
	s.mu.Lock()
	s.torn = true
	s.mu.Unlock()
	return fmt.Errorf("cannot cut spool segment %d back either: %w", last.number, err)
}

// publish makes a written group visible to readers.
func (s *Spool) publish(g *group, last *segment) {
	now := s.o.Now()
	size := int64(len(g.buf))
	s.mu.Lock()
	if last.empty() {
		last.created = now
	}
	s.noteAge(s.end.seq, now)
	last.size += size
	last.lastWrite = now
	s.end = mark{last.end(), s.end.seq + uint64(g.n)}
	s.bytes += size
	s.queued -= size
	s.dirty = s.dirty || s.o.Fsync != FsyncAlways
	s.wakeWaiters()
	s.mu.Unlock()
	s.metrics.records.Add(float64(g.n))
	s.metrics.bytes.Add(float64(size))
}

// refuse gives a group's reservation back and turns a full disk into ErrFull.
func (s *Spool) refuse(g *group, err error) error {
	s.mu.Lock()
	s.queued -= int64(len(g.buf))
	s.mu.Unlock()
	switch {
	case errors.Is(err, ErrClosed):
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		s.metrics.full.Add(float64(g.n))
		return fmt.Errorf("%w (%w)", ErrFull, err)
	default:
		s.metrics.io.Add(float64(g.n))
	}
	return err
}

// takeGroup returns an empty group. The caller holds mu.
func (s *Spool) takeGroup() *group {
	var g *group
	if n := len(s.spare); n > 0 {
		g, s.spare = s.spare[n-1], s.spare[:n-1]
	} else {
		g = new(group)
	}
	g.done.Add(1)
	return g
}

// giveGroup keeps a group that everyone has left, for the next one.
func (s *Spool) giveGroup(g *group) {
	g.buf, g.n, g.err = g.buf[:0], 0, nil
	if cap(g.buf) > spareBytes {
		g.buf = nil
	}
	s.mu.Lock()
	if len(s.spare) < spareLimit {
		s.spare = append(s.spare, g)
	}
	s.mu.Unlock()
}

// noteAge remembers once a second when records were written. A long backlog is remembered more coarsely.
func (s *Spool) noteAge(seq uint64, now time.Time) {
	if n := len(s.ages); n > 0 && now.Sub(s.ages[n-1].at) < time.Second {
		return
	}
	if len(s.ages) >= ageLimit {
		for i := range ageLimit / 2 {
			s.ages[i] = s.ages[2*i]
		}
		s.ages = s.ages[:ageLimit/2]
	}
	s.ages = append(s.ages, age{seq, now})
}

// oldestAge returns when the first record that is not committed was written, at the earliest. The caller holds mu.
func (s *Spool) oldestAge() time.Time {
	n := 0
	for n+1 < len(s.ages) && s.ages[n+1].seq <= s.cursor.committed.seq {
		n++
	}
	s.ages = append(s.ages[:0], s.ages[n:]...)
	if len(s.ages) == 0 {
		return s.o.Now()
	}
	return s.ages[0].at
}

// wakeWaiters ends every Wait under way. The caller holds mu.
func (s *Spool) wakeWaiters() {
	if s.wake != nil {
		close(s.wake)
		s.wake = nil
	}
}
