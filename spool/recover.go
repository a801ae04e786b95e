package spool

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// takeLock keeps every other process out, for as long as this one lives.
func (s *Spool) takeLock() error {
	lock, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return err
	}
	s.lock = lock
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errors.New("it is locked: is another sporlos running?")
	}
	return err
}

// recover brings a directory into order, whatever happened to it: FORMAT.md has the table. The caller holds the lock of the
// directory; nobody else knows the spool yet.
func (s *Spool) recover() error {
	names, err := s.tidy()
	if err != nil {
		return err
	}
	if err := s.recoverID(names); err != nil {
		return err
	}
	if err := s.finishOverwrite(); err != nil {
		return err
	}
	cur, err := s.recoverCursor()
	if err != nil {
		return err
	}
	var base uint64
	if cur != nil {
		base = cur.committed.seq
	}
	if err := s.recoverSegments(names, base); err != nil {
		return err
	}
	if err := s.recoverTail(cur); err != nil {
		return err
	}
	return s.recoverPlace(names, cur)
}

// tidy removes temporary files and returns the names of the segments, ascending. Files that are not ours it leaves alone.
func (s *Spool) tidy() (segments []string, err error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	ours := []string{"lock", "id", "cursor.a", "cursor.b", overwriteFile, "quarantine"}
	for _, entry := range entries {
		name := entry.Name()
		base, temporary := strings.CutSuffix(name, ".tmp")
		segment := parseSegmentFile(base) > 0
		switch {
		case temporary && (segment || slices.Contains(ours, base)):
			if err := os.Remove(filepath.Join(s.dir, name)); err != nil {
				return nil, err
			}
		case segment && entry.Type().IsRegular():
			segments = append(segments, name)
		case !slices.Contains(ours, name):
			s.o.Logger.Warn("a file in the spool's directory is not part of it; left alone", "file", name)
		}
	}
	slices.SortFunc(segments, func(a, b string) int { return cmpNumber(parseSegmentFile(a), parseSegmentFile(b)) })
	return segments, nil
}

func cmpNumber(a, b uint64) int {
	if a < b {
		return -1
	}
	return 1
}

// recoverID reads the id, or takes it from a segment, or draws a new one.
func (s *Spool) recoverID(names []string) error {
	id, ok, err := loadID(s.dir)
	if err != nil {
		return err
	}
	if !ok {
		if id, ok = s.idFromSegments(names); !ok {
			_, _ = rand.Read(id[:]) // never fails
		}
		if _, err := os.Lstat(filepath.Join(s.dir, "id")); err == nil {
			if err := s.setAside("id", "damaged"); err != nil {
				return err
			}
		}
		if err := writeDurably(filepath.Join(s.dir, "id"), encodeID(id)); err != nil {
			return err
		}
	}
	s.id, s.seed = id, id.seed()
	return nil
}

func (s *Spool) idFromSegments(names []string) (spoolID, bool) {
	for _, name := range slices.Backward(names) {
		if h, err := readHeader(filepath.Join(s.dir, name)); err == nil {
			return h.id, true
		}
	}
	return spoolID{}, false
}

func readHeader(path string) (header, error) {
	file, err := os.Open(path)
	if err != nil {
		return header{}, err
	}
	defer file.Close()
	b := make([]byte, headerBytes)
	if n, _ := file.ReadAt(b, 0); n < headerBytes {
		return header{}, errHeader
	}
	return parseHeader(b)
}

// recoverCursor returns the newest intact cursor, or nil.
func (s *Spool) recoverCursor() (*cursor, error) {
	cur, damaged, err := loadCursor(s.dir, s.id)
	if err != nil {
		return nil, err
	}
	for _, name := range damaged {
		if err := s.setAside(name, "damaged"); err != nil {
			return nil, err
		}
	}
	return cur, nil
}

// recoverSegments fills s.segments. Base is a sequence number that the oldest segment's records are not far from.
func (s *Spool) recoverSegments(names []string, base uint64) error {
	for _, name := range names {
		g, err := s.recoverSegment(name, base)
		if err != nil {
			return fmt.Errorf("segment %s: %w", name, err)
		}
		if g == nil {
			continue
		}
		base = g.first
		s.segments = append(s.segments, g)
		s.bytes += g.size
		if !g.empty() {
			s.ages = append(s.ages, age{g.first, g.created})
		}
	}
	return nil
}

// recoverSegment returns what a segment file holds, or nil when it was set aside because nothing in it is ours.
func (s *Spool) recoverSegment(name string, base uint64) (*segment, error) {
	file, err := os.Open(filepath.Join(s.dir, name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	g := &segment{number: parseSegmentFile(name), size: info.Size(), lastWrite: info.ModTime(), created: info.ModTime()}
	b := make([]byte, headerBytes)
	n, _ := file.ReadAt(b, 0)
	h, err := parseHeader(b[:n])
	if err == nil {
		if h.version != formatVersion {
			return nil, fmt.Errorf("has format version %d, this program knows %d: start the newer sporlos again", h.version, formatVersion)
		}
		if h.id != s.id || h.number != g.number {
			return nil, s.setAside(name, "of another spool or renamed")
		}
		g.first, g.created = h.first, h.created
		return g, nil
	}
	sc := scanner{seed: s.seed}
	sc.reset(file, headerBytes, g.size, base)
	if !sc.next() {
		return nil, errors.Join(sc.err, s.setAside(name, "no intact header or record"))
	}
	g.first = sc.seq
	if copied, err := s.quarantine(file, g.number, span{0, headerBytes}); err != nil || copied {
		s.metrics.quarantinedBytes.Add(headerBytes)
		s.o.Logger.Warn("spool segment has a damaged header", "segment", g.number, "error", err)
	}
	return g, nil
}

// recoverTail moves the torn tail of the newest segment aside and finds the end of the spool.
func (s *Spool) recoverTail(cur *cursor) error {
	if n := len(s.segments); n > 0 {
		if err := s.cutTail(s.segments[n-1]); err != nil {
			return err
		}
	}
	for _, g := range slices.Backward(s.segments) {
		if s.end.pos = g.end(); !g.empty() {
			break
		}
	}
	if cur != nil {
		far := cur.far()
		s.end.pos = later(s.end.pos, far.pos)
		s.end.seq = max(s.end.seq, far.seq)
	}
	return nil
}

// cutTail sets s.end.seq to the number after the last record of g and cuts off what is behind it.
func (s *Spool) cutTail(g *segment) error {
	file, err := os.OpenFile(filepath.Join(s.dir, segmentFile(g.number)), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	sc := scanner{seed: s.seed}
	sc.reset(file, headerBytes, g.size, g.first)
	for sc.next() {
	}
	if sc.err != nil {
		return sc.err
	}
	s.end.seq = sc.want
	if sc.bad.len() <= 0 {
		return nil
	}
	s.end.seq += wholeFrames(file, sc.bad) // damaged, but they were written completely: the gap will count them
	copied, err := s.quarantine(file, g.number, sc.bad)
	if err != nil {
		s.o.Logger.Error("spool cannot move a torn tail aside; it stays where it is", "segment", g.number, "error", err)
		g.stuck = true
		return nil
	}
	if copied {
		s.metrics.quarantinedBytes.Add(float64(sc.bad.len()))
		s.o.Logger.Warn("spool moves a torn tail to quarantine", "segment", g.number, "offset", sc.bad.from, "bytes", sc.bad.len())
	}
	s.bytes -= sc.bad.len()
	g.size = sc.bad.from
	return errors.Join(file.Truncate(g.size), file.Sync())
}

// wholeFrames follows the lengths in damaged frames and returns how many are not cut off.
func wholeFrames(file *os.File, bad span) (n uint64) {
	var head [frameHeader]byte
	for at := bad.from; at+frameHeader <= bad.to; n++ {
		if _, err := file.ReadAt(head[:], at); err != nil || head[0] != frameMarker || frameLength(head[:]) > MaxRecord {
			break
		}
		if at += frameHeader + int64(frameLength(head[:])); at > bad.to {
			break
		}
	}
	return n
}

// recoverPlace chooses the segment that takes the next record, and starts the cursor of a spool without one.
func (s *Spool) recoverPlace(names []string, cur *cursor) error {
	s.ages = slices.Grow(s.ages, ageLimit)
	if err := s.openNewest(names); err != nil {
		return err
	}
	if cur != nil {
		s.cursor = *cur
	} else {
		if len(names) > 0 {
			s.o.Logger.Error("spool has lost its cursor and starts at its oldest segment; records shipped before may be shipped again")
		}
		s.cursor.committed = mark{s.segments[0].start(), s.segments[0].first}
		if err := s.cursor.save(s.dir, s.id); err != nil {
			return err
		}
	}
	if s.end.pos == (Position{}) {
		s.end.pos = s.segments[0].start()
	}
	s.counted, s.lastRead = s.cursor.committed.pos, s.cursor.committed
	return nil
}

// openNewest goes on in the newest segment when nothing was ever written to it, and otherwise starts one with a number never used.
func (s *Spool) openNewest(names []string) error {
	number := s.end.pos.Segment
	if len(names) > 0 {
		number = max(number, parseSegmentFile(names[len(names)-1]))
	}
	if n := len(s.segments); n > 0 {
		last := s.segments[n-1]
		if last.empty() && last.number == number && last.first == s.end.seq && !last.start().Less(s.end.pos) {
			file, err := os.OpenFile(filepath.Join(s.dir, segmentFile(number)), os.O_RDWR, 0)
			s.file = file
			return err
		}
	}
	next := &segment{number: number + 1, first: s.end.seq, size: headerBytes, created: s.o.Now(), lastWrite: s.o.Now()}
	file, err := createSegment(s.dir, next.header(s.id))
	if err != nil {
		return err
	}
	s.file = file
	s.segments = append(s.segments, next)
	s.bytes += next.size
	return errors.Join(file.Sync(), syncDir(s.dir))
}
