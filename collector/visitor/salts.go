package visitor

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/zeebo/xxh3"
)

// Salts holds the salt of each site's current day. It may be used from several goroutines.
type Salts struct {
	mu   sync.RWMutex
	byID map[uint32]*salt
	free []int64 // offsets of slots that are not in use
	end  int64   // where the next slot would begin
	file *os.File
}

type salt struct {
	day    uint16
	offset int64
	key    key
}

// The mirror is a row of slots of 40 bytes, all of them overwritten in place: magic "salt", site 4, day 2, zero 6, salt 16, checksum
// (xxh3 of all before) 8. A slot whose checksum does not fit is free; losing a salt means that visitors of one day of one site are
// counted anew. Numbers are little endian.
const (
	slotSize  = 40
	slotMagic = "salt"
	fileName  = "salts"
)

// SaltOptions configure OpenSalts.
type SaltOptions struct {
	// AllowDisk permits a directory that is not a tmpfs. Then a salt can outlive its day in what a disk keeps of overwritten blocks.
	AllowDisk bool
}

// OpenSalts returns the salts mirrored in dir, which must be on a tmpfs or ramfs (Linux: statfs) and is made when it is missing.
func OpenSalts(dir string, o SaltOptions) (*Salts, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the directory for salts: %w", err)
	}
	if !o.AllowDisk && !volatile(dir) {
		return nil, fmt.Errorf("salts must not reach a disk, and %s is not on a tmpfs: choose a directory under /dev/shm or /run, or allow it with --salts-on-disk", dir)
	}
	name := filepath.Join(dir, fileName)
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open salts: %w", err)
	}
	s := MemorySalts()
	s.file = file
	if err := errors.Join(file.Chmod(0o600), s.load()); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot read salts in %s: %w", name, err), file.Close())
	}
	return s, nil
}

// MemorySalts returns salts that are written nowhere.
func MemorySalts() *Salts { return &Salts{byID: map[uint32]*salt{}} }

// Close closes the mirror and leaves it for the next start.
func (s *Salts) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.byID)
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// String keeps salts out of texts.
func (*Salts) String() string { return "[redacted]" }

// GoString keeps salts out of texts.
func (*Salts) GoString() string { return "[redacted]" }

// LogValue keeps salts out of logs.
func (*Salts) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// of returns the key for that site and day, making one when the day is new. A day earlier than the salt's own, as a clock set back or
// a late log line brings, is served by the newer salt: making the older one again would drop the newer, and count its visitors twice.
func (s *Salts) of(site uint32, day uint16) (key, error) {
	s.mu.RLock()
	have := s.byID[site]
	if have != nil && have.day >= day {
		k := have.key
		s.mu.RUnlock()
		return k, nil
	}
	s.mu.RUnlock()
	return s.renew(site, day)
}

func (s *Salts) renew(site uint32, day uint16) (key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	have := s.byID[site]
	if have == nil {
		have = &salt{offset: s.slot()}
		s.byID[site] = have
	} else if have.day >= day {
		return have.key, nil
	}
	var raw [16]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the program instead
	have.day, have.key = day, key{binary.LittleEndian.Uint64(raw[:]), binary.LittleEndian.Uint64(raw[8:])}
	if err := s.write(site, have); err != nil {
		delete(s.byID, site)
		s.free = append(s.free, have.offset)
		return key{}, fmt.Errorf("cannot mirror a new salt: %w", err)
	}
	return have.key, nil
}

// Expire drops the salts of days that are over and of sites that are gone. today tells a site's current day.
func (s *Salts) Expire(today func(site uint32) (day uint16, ok bool)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for site, have := range s.byID {
		if day, ok := today(site); ok && have.day >= day {
			continue
		}
		errs = append(errs, s.erase(have.offset))
		*have = salt{}
		delete(s.byID, site)
	}
	return errors.Join(errs...)
}

// slot returns the offset of a slot nobody uses.
func (s *Salts) slot() int64 {
	if n := len(s.free); n > 0 {
		offset := s.free[n-1]
		s.free = s.free[:n-1]
		return offset
	}
	offset := s.end
	s.end += slotSize
	return offset
}

func (s *Salts) write(site uint32, have *salt) error {
	if s.file == nil {
		return nil
	}
	slot := make([]byte, 0, slotSize)
	slot = append(slot, slotMagic...)
	slot = binary.LittleEndian.AppendUint32(slot, site)
	slot = binary.LittleEndian.AppendUint16(slot, have.day)
	slot = append(slot, 0, 0, 0, 0, 0, 0)
	slot = binary.LittleEndian.AppendUint64(slot, have.key.k0)
	slot = binary.LittleEndian.AppendUint64(slot, have.key.k1)
	slot = binary.LittleEndian.AppendUint64(slot, xxh3.Hash(slot))
	_, err := s.file.WriteAt(slot, have.offset)
	return err
}

// erase overwrites a slot with zeros and frees it.
func (s *Salts) erase(offset int64) error {
	s.free = append(s.free, offset)
	if s.file == nil {
		return nil
	}
	_, err := s.file.WriteAt(make([]byte, slotSize), offset)
	return err
}

// load reads the mirror, and erases slots that are damaged or that a newer one of the same site replaces.
func (s *Salts) load() error {
	raw, err := io.ReadAll(s.file)
	if err != nil {
		return err
	}
	s.end = int64((len(raw) + slotSize - 1) / slotSize * slotSize)
	for offset := int64(0); offset < s.end; offset += slotSize {
		site, loaded, ok := readSlot(raw[offset:min(offset+slotSize, int64(len(raw)))])
		if !ok {
			err = errors.Join(err, s.erase(offset))
			continue
		}
		loaded.offset = offset
		if old := s.byID[site]; old != nil {
			if old.day >= loaded.day {
				loaded, old = old, loaded
			}
			err = errors.Join(err, s.erase(old.offset))
		}
		s.byID[site] = loaded
	}
	return err
}

func readSlot(slot []byte) (site uint32, s *salt, ok bool) {
	if len(slot) != slotSize || string(slot[:4]) != slotMagic || binary.LittleEndian.Uint64(slot[32:]) != xxh3.Hash(slot[:32]) {
		return 0, nil, false
	}
	return binary.LittleEndian.Uint32(slot[4:]), &salt{
		day: binary.LittleEndian.Uint16(slot[8:]),
		key: key{binary.LittleEndian.Uint64(slot[16:]), binary.LittleEndian.Uint64(slot[24:])},
	}, true
}
