package spool

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Overwrite makes every intact record before `to` that match accepts a record of as many zero bytes, in place and durably, and returns
// how many those were. Places, sizes and sequence numbers stay, so whoever reads the range again finds as many records as before. In what
// is damaged, in the segments and in quarantine/, there are no records to be found: there every occurrence of a trace is overwritten with
// zeros. Damage of a record that match would accept therefore hides nothing, as long as a trace is what is to vanish from it.
//
// Overwriting is all or nothing over a crash: once it has begun to change records, Open completes it before anything is read.
// It runs beside appends and waits for reads under way. match must not call the spool.
func (s *Spool) Overwrite(to Position, match func(rec []byte) bool, traces ...[]byte) (int, error) {
	s.rewrite.Lock()
	defer s.rewrite.Unlock()
	n, err := s.overwrite(to, match, traces)
	if err != nil {
		return 0, fmt.Errorf("cannot overwrite records in the spool: %w", err)
	}
	s.metrics.overwritten.Add(float64(n))
	return n, nil
}

func (s *Spool) overwrite(to Position, match func(rec []byte) bool, traces [][]byte) (int, error) {
	if err := s.finishOverwrite(); err != nil { // of an attempt that failed
		return 0, err
	}
	var plan overwriting
	for _, p := range s.parts(Position{}, to) {
		if err := s.findRecords(p, match, traces, &plan); err != nil {
			return 0, err
		}
	}
	// Records come last: the one that asked for all this is often among them, and while it is there it is asked for again.
	if err := s.wipeQuarantine(traces); err != nil || len(plan) == 0 {
		return 0, err
	}
	if err := writeDurably(filepath.Join(s.dir, overwriteFile), plan.encode(s.id)); err != nil {
		return 0, err
	}
	return len(plan), s.finishOverwrite()
}

// findRecords adds the records of one segment to the plan, and wipes traces from what is damaged in it.
func (s *Spool) findRecords(p part, match func(rec []byte) bool, traces [][]byte, plan *overwriting) error {
	name := filepath.Join(s.dir, segmentFile(p.segment.number))
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) { // consumed and removed meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	sc := scanner{seed: s.seed}
	sc.reset(file, p.from, p.to, p.segment.first)
	var bad []span
	for sc.next() {
		if sc.bad.len() > 0 {
			bad = append(bad, sc.bad)
		}
		if len(sc.rec) > 0 && match(sc.rec) {
			*plan = append(*plan, place{Position{p.segment.number, sc.at - frameHeader - int64(len(sc.rec))}, len(sc.rec)})
		}
	}
	if sc.bad.len() > 0 {
		bad = append(bad, sc.bad)
	}
	if sc.err != nil {
		return sc.err
	}
	return keepTime(file, func() error { return wipe(file, bad, traces) })
}

// wipeQuarantine wipes traces from everything that was moved aside.
func (s *Spool) wipeQuarantine(traces [][]byte) error {
	s.aside.Lock()
	defer s.aside.Unlock()
	dir := filepath.Join(s.dir, "quarantine")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			errs = append(errs, WipeFile(filepath.Join(dir, entry.Name()), traces...))
		}
	}
	return errors.Join(errs...)
}

// WipeFile overwrites every occurrence of a trace in a file with zeros, durably. A file that does not exist is no error.
func WipeFile(path string, traces ...[]byte) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil {
		err = wipe(file, []span{{0, info.Size()}}, traces)
	}
	return errors.Join(err, file.Close())
}

// wipe overwrites occurrences of traces in ranges of a file.
func wipe(file *os.File, ranges []span, traces [][]byte) error {
	found := false
	for _, r := range ranges {
		b := make([]byte, r.len())
		if _, err := file.ReadAt(b, r.from); err != nil && err != io.EOF {
			return err
		}
		for _, trace := range traces {
			for at := 0; len(trace) > 0; found = true {
				i := bytes.Index(b[at:], trace)
				if i < 0 {
					break
				}
				at += i
				if _, err := file.WriteAt(make([]byte, len(trace)), r.from+int64(at)); err != nil {
					return err
				}
				at += len(trace)
			}
		}
	}
	if !found {
		return nil
	}
	return file.Sync()
}

// keepTime leaves a file's modification time, which says when its last record came, as it was.
func keepTime(file *os.File, change func() error) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return errors.Join(change(), os.Chtimes(file.Name(), time.Time{}, info.ModTime()))
}

// overwriteFile holds what an Overwrite is about to change, from before the first change until after the last.
const overwriteFile = "overwriting"

// overwriting lists the frames that are to hold zeros; FORMAT.md has its file.
type overwriting []place

// place is a frame: where it begins and how long its record is.
type place struct {
	pos  Position
	size int
}

var errOverwriting = errors.New("not an intact list of what was being overwritten in this spool")

func (o overwriting) encode(id spoolID) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "sporlos-overwriting 1\nspool %s\n", id)
	for _, p := range o {
		fmt.Fprintf(&b, "%s %d\n", p.pos, p.size)
	}
	fmt.Fprintf(&b, "checksum %08x\n", crc32.Checksum(b.Bytes(), castagnoli))
	return b.Bytes()
}

// parseOverwriting accepts exactly what encode writes for this spool.
func parseOverwriting(b []byte, id spoolID) (o overwriting, err error) {
	lines := strings.Split(string(b), "\n")
	if len(lines) < 4 {
		return nil, errOverwriting
	}
	for _, line := range lines[2 : len(lines)-2] {
		pos, size, _ := strings.Cut(line, " ")
		var p place
		if p.size, err = strconv.Atoi(size); err != nil || p.pos.UnmarshalText([]byte(pos)) != nil {
			return nil, errOverwriting
		}
		o = append(o, p)
	}
	if !bytes.Equal(o.encode(id), b) { // spool, checksum, spelling
		return nil, errOverwriting
	}
	return o, nil
}

// finishOverwrite does what the file says, if there is one, and removes it. It can be repeated.
func (s *Spool) finishOverwrite() error {
	path := filepath.Join(s.dir, overwriteFile)
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	plan, err := parseOverwriting(content, s.id)
	if err != nil {
		s.o.Logger.Error("spool cannot tell which records were being overwritten; one may be found damaged", "error", err)
		return s.setAside(overwriteFile, "damaged")
	}
	for len(plan) > 0 {
		n := 1
		for n < len(plan) && plan[n].pos.Segment == plan[0].pos.Segment {
			n++
		}
		if err := s.overwriteIn(plan[0].pos.Segment, plan[:n]); err != nil {
			return err
		}
		plan = plan[n:]
	}
	return errors.Join(os.Remove(path), syncDir(s.dir))
}

// overwriteIn overwrites records of one segment, wherever it is by now.
func (s *Spool) overwriteIn(number uint64, places []place) error {
	name := segmentFile(number)
	file, err := os.OpenFile(filepath.Join(s.dir, name), os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		file, err = os.OpenFile(filepath.Join(s.dir, "quarantine", name), os.O_RDWR, 0)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	err = keepTime(file, func() error {
		for _, p := range places {
			if err := s.overwriteFrame(file, p); err != nil {
				return err
			}
		}
		return file.Sync()
	})
	return errors.Join(err, file.Close())
}

// overwriteFrame writes zeros over a record and the checksum that goes with them. The first eight bytes of the frame stay: as long as
// they are there, this completes what was interrupted.
func (s *Spool) overwriteFrame(file *os.File, p place) error {
	var head [8]byte
	if _, err := file.ReadAt(head[:], p.pos.Offset); err == io.EOF {
		return nil // a power cut took it
	} else if err != nil {
		return err
	}
	if head[0] != frameMarker || frameLength(head[:]) != p.size {
		return nil
	}
	b := make([]byte, 4+p.size)
	sum := crc32.Update(crc32.Update(s.seed, castagnoli, b[4:]), castagnoli, head[:])
	b[0], b[1], b[2], b[3] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
	_, err := file.WriteAt(b, p.pos.Offset+8)
	return err
}
