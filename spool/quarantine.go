package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// noteDamage copies a damaged range to quarantine/ unless that has happened before. It never fails: the range is damaged either
// way, and what is intact must go on.
func (s *Spool) noteDamage(g *segment, file *os.File, bad span) {
	if bad.len() <= 0 {
		return
	}
	s.mu.Lock()
	old := Position{g.number, bad.from}.Less(s.counted)
	s.mu.Unlock()
	if old {
		return
	}
	copied, err := s.quarantine(file, g.number, bad)
	if err != nil {
		s.mu.Lock()
		g.stuck = true
		s.mu.Unlock()
	}
	if copied || err != nil {
		s.metrics.quarantinedBytes.Add(float64(bad.len()))
		s.o.Logger.Warn("spool steps over damage", "segment", g.number, "offset", bad.from, "bytes", bad.len(), "copied", copied, "error", err)
	}
}

// noteLost counts records missing before pos, once.
func (s *Spool) noteLost(pos Position, n uint64) {
	if n == 0 {
		return
	}
	s.mu.Lock()
	old := !s.counted.Less(pos)
	s.mu.Unlock()
	if old {
		return
	}
	s.metrics.quarantinedRecords.Add(float64(n))
	s.o.Logger.Warn("spool misses records", "before", pos, "records", n)
}

// quarantine copies a range of a segment, durably. It reports whether it did; a range copied before is not copied again.
func (s *Spool) quarantine(file io.ReaderAt, number uint64, bad span) (copied bool, err error) {
	s.aside.Lock()
	defer s.aside.Unlock()
	dir := filepath.Join(s.dir, "quarantine")
	path := filepath.Join(dir, fmt.Sprintf("%016d-%d-%d.bad", number, bad.from, bad.len()))
	if _, err := os.Lstat(path); err == nil {
		return false, nil
	}
	out, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return false, err
	}
	_, err = io.Copy(out, io.NewSectionReader(file, bad.from, bad.len()))
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		return false, errors.Join(err, os.Remove(path+".tmp"))
	}
	return true, syncDir(dir)
}

// setAside moves a whole file to quarantine/ under a name that is still free.
func (s *Spool) setAside(name, why string) error {
	path := filepath.Join(s.dir, name)
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	to := filepath.Join(s.dir, "quarantine", name)
	for n := 1; ; n++ {
		if _, err := os.Lstat(to); errors.Is(err, os.ErrNotExist) {
			break
		}
		to = filepath.Join(s.dir, "quarantine", fmt.Sprintf("%s.%d", name, n))
	}
	if err := os.Rename(path, to); err != nil {
		return err
	}
	s.metrics.quarantinedBytes.Add(float64(info.Size()))
	s.o.Logger.Warn("spool moves a file to quarantine", "file", name, "bytes", info.Size(), "why", why)
	return errors.Join(syncDir(filepath.Dir(to)), syncDir(s.dir))
}
