package audit

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/zeebo/xxh3"
)

// The salts' mirror, as package collector/visitor describes it: a row of slots.
const (
	saltsName = "salts"
	slotSize  = 40
	slotMagic = "salt"
)

// volatile looks at the directory in memory: whether it is, who may enter, and what is in it.
func (a *auditor) volatile(ctx context.Context) error {
	if a.o.Volatile == "" {
		return nil
	}
	if _, err := os.Stat(a.o.Volatile); errors.Is(err, fs.ErrNotExist) {
		a.note("there is no directory " + a.o.Volatile + ": there are no salts now; name it with --volatile if it is elsewhere")
		return nil
	}
	if !a.volatileFS(a.o.Volatile) {
		a.found("not_volatile", "volatile", "it is on a disk", 1)
	}
	return a.tree(ctx, a.o.Volatile, true)
}

// salts checks that no salt has outlived its day.
func (a *auditor) salts(file io.Reader, place string) error {
	raw := make([]byte, slotSize)
	for {
		if _, err := io.ReadFull(file, raw); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return err
		}
		a.report.Looked.Records++
		site, day, ok := slot(raw)
		if !ok {
			continue
		}
		if today := a.today(site); day < today {
			a.found("salt_outlived", place, fmt.Sprintf("of %s", time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly)), 1)
		}
	}
}

// slot reads a slot of the mirror; ok is false when it is free or none.
func slot(b []byte) (site uint32, day uint16, ok bool) {
	if string(b[:4]) != slotMagic || binary.LittleEndian.Uint64(b[32:]) != xxh3.Hash(b[:32]) {
		return 0, 0, false
	}
	return binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint16(b[8:]), true
}

// today is the day it is on a site, a minute ago: salts go within seconds. Of a site that is not known it is the day where it is
// still earliest.
func (a *auditor) today(id uint32) uint16 {
	for _, s := range a.sites {
		if s.ID == id {
			return uint16(s.DayAt(a.now.Add(-time.Minute).Unix()))
		}
	}
	return uint16(a.now.Add(-12*time.Hour).Unix() / 86400)
}
