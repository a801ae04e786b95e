package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// rotate closes the newest segment and starts the next one. The caller holds io.
//
// Except with FsyncAlways the fsyncs are left to tend, so that appends do not wait for the disk.
func (s *Spool) rotate() (*segment, error) {
	s.mu.Lock()
	next := &segment{
		number: s.segments[len(s.segments)-1].number + 1, first: s.end.seq,
		size: headerBytes, created: s.o.Now(), lastWrite: s.o.Now(),
	}
	s.mu.Unlock()
	file, err := createSegment(s.dir, next.header(s.id))
	if err != nil {
		return nil, fmt.Errorf("cannot start spool segment %d: %w", next.number, err)
	}
	s.mu.Lock()
	s.retired = append(s.retired, s.file)
	s.file, s.torn, s.names = file, false, true
	s.segments = append(s.segments, next)
	s.bytes += next.size
	s.mu.Unlock()
	if s.o.Fsync == FsyncAlways {
		return next, s.sync()
	}
	select {
	case s.kick <- struct{}{}:
	default:
	}
	return next, nil
}

func (g *segment) header(id spoolID) header {
	return header{version: formatVersion, id: id, number: g.number, first: g.first, created: g.created}
}

// sync makes everything written so far durable, unless the policy is FsyncOff, and closes retired segments.
func (s *Spool) sync() error {
	s.fsync.Lock()
	defer s.fsync.Unlock()
	s.mu.Lock()
	retired, newest, names, broken := s.retired, s.file, s.names, s.broken
	dirty := s.dirty || len(retired) > 0
	s.retired, s.dirty, s.names = nil, false, false
	s.mu.Unlock()

	var errs []error
	off := s.o.Fsync == FsyncOff || broken != nil
	for _, file := range retired {
		if !off {
			errs = append(errs, s.timedSync(file))
		}
		errs = append(errs, file.Close())
	}
	if dirty && !off {
		errs = append(errs, s.timedSync(newest))
	}
	if names && !off {
		errs = append(errs, syncDir(s.dir))
	}
	return s.noteSync(errors.Join(errs...))
}

// syncNewest fsyncs the newest segment only: the step of FsyncAlways. The caller holds io.
func (s *Spool) syncNewest() error { return s.noteSync(s.timedSync(s.file)) }

func (s *Spool) timedSync(file *os.File) error {
	start := time.Now()
	err := file.Sync()
	s.metrics.fsync.Observe(time.Since(start).Seconds())
	return err
}

// noteSync makes the spool refuse appends after a failed fsync. The kernel reports such a failure once and may have dropped
// the pages, so trying again would only hide the loss: restore starts a new segment instead.
func (s *Spool) noteSync(err error) error {
	if err == nil {
		return nil
	}
	s.metrics.fsyncFailures.Inc()
	err = fmt.Errorf("%w (%w)", ErrNotDurable, err)
	s.mu.Lock()
	first := s.broken == nil
	s.broken = err
	from, to := s.cursor.committed.pos, s.end.pos
	s.mu.Unlock()
	if first {
		s.o.Logger.Error("spool is not durable: fsync failed; a power cut may take uncommitted records", "from", from, "to", to, "error", err)
	}
	return err
}

// restore tries to leave the state after a failed fsync by starting a segment that can be fsynced.
func (s *Spool) restore() {
	s.io.Lock()
	defer s.io.Unlock()
	_, err := s.rotate() // with FsyncAlways also closes the old one, without another fsync
	if err == nil {
		err = errors.Join(s.timedSync(s.file), syncDir(s.dir))
	}
	if err != nil {
		s.metrics.fsyncFailures.Inc()
		return
	}
	s.fsync.Lock() // nobody may be fsyncing what is closed here
	defer s.fsync.Unlock()
	s.mu.Lock()
	old := s.retired
	s.retired, s.broken, s.names = nil, nil, false
	s.mu.Unlock()
	for _, file := range old {
		_ = file.Close() // its failed fsync has been reported
	}
	s.o.Logger.Info("spool is durable again in a new segment")
}

// tend does once a second what must not depend on arrivals: fsync, closing old segments, removing consumed ones.
func (s *Spool) tend() {
	defer s.stopped.Done()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	var state accepting
	for {
		select {
		case <-s.stop:
			return
		case <-s.kick:
			_ = s.sync() // reported by noteSync
		case <-ticker.C:
			s.tick()
			state.report(s.metrics, s.o.Logger)
		}
	}
}

func (s *Spool) tick() {
	if s.isBroken() {
		s.restore()
	}
	s.rotateAged()
	_ = s.sync() // reported by noteSync
	s.prune()
}

func (s *Spool) isBroken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken != nil
}

// rotateAged closes a segment whose first record is older than SegmentAge.
func (s *Spool) rotateAged() {
	s.io.Lock()
	defer s.io.Unlock()
	s.mu.Lock()
	last := s.segments[len(s.segments)-1]
	aged := s.broken == nil && !last.empty() && s.o.Now().Sub(last.created) >= s.o.SegmentAge
	s.mu.Unlock()
	if aged {
		if _, err := s.rotate(); err != nil {
			s.o.Logger.Warn("spool keeps writing an old segment", "error", err)
		}
	}
}

// prune removes segments that are consumed and older than Keep.
func (s *Spool) prune() {
	limit := s.o.Now().Add(-max(s.o.Keep, 0))
	s.mu.Lock()
	old := s.takeConsumed(func(g *segment) bool { return !g.lastWrite.After(limit) })
	s.mu.Unlock()
	s.remove(old)
}

// takeConsumed takes consumed segments off the list, from the oldest on, while the condition holds. The caller holds mu.
func (s *Spool) takeConsumed(while func(*segment) bool) []*segment {
	n := 0
	for n < len(s.segments)-1 {
		g := s.segments[n]
		if s.cursor.committed.pos.Less(g.end()) || !while(g) {
			break
		}
		s.bytes -= g.size
		n++
	}
	taken := s.segments[:n:n]
	s.segments = s.segments[n:]
	return taken
}

// remove deletes the files of segments that were taken off the list.
func (s *Spool) remove(old []*segment) {
	for _, g := range old {
		path := filepath.Join(s.dir, segmentFile(g.number))
		var err error
		if g.stuck {
			err = os.Rename(path, filepath.Join(s.dir, "quarantine", segmentFile(g.number)))
		} else {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			s.o.Logger.Warn("cannot remove a consumed spool segment", "segment", g.number, "error", err)
		}
	}
}
