package event

import (
	"encoding/binary"
	"log/slog"
)

// Erase asks that what was recorded before it under a visitor's number of a day be erased.
type Erase struct {
	Site    uint32
	Day     uint16
	Visitor uint64 // never 0
}

const eraseBytes = 1 + 4 + 2 + 8

// LogValue keeps the number out of logs.
func (Erase) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Append appends the record to dst.
func (r Erase) Append(dst []byte) []byte {
	dst = append(dst, byte(KindErase))
	dst = binary.LittleEndian.AppendUint32(dst, r.Site)
	dst = binary.LittleEndian.AppendUint16(dst, r.Day)
	return binary.LittleEndian.AppendUint64(dst, r.Visitor)
}

// DecodeErase reads the record of an Erase. One for visitor 0 is damaged: it would erase everybody.
func DecodeErase(rec []byte) (r Erase, err error) {
	if len(rec) != eraseBytes || Kind(rec[0]) != KindErase {
		return r, ErrDamaged
	}
	r = Erase{
		Site:    binary.LittleEndian.Uint32(rec[1:]),
		Day:     binary.LittleEndian.Uint16(rec[5:]),
		Visitor: binary.LittleEndian.Uint64(rec[7:]),
	}
	if r.Visitor == 0 {
		return Erase{}, ErrDamaged
	}
	return r, nil
}

// Covers reports whether the record is of the number that is to be erased: an event, or an Erase itself. It reads no further than the
// number, so it recognises events that cannot be decoded, too.
func (r Erase) Covers(rec []byte) bool {
	switch KindOf(rec) {
	case KindEvent:
		return len(rec) >= fixed && binary.LittleEndian.Uint64(rec[11:]) == r.Visitor &&
			binary.LittleEndian.Uint32(rec[1:]) == r.Site && binary.LittleEndian.Uint16(rec[5:]) == r.Day
	case KindErase:
		other, err := DecodeErase(rec)
		return err == nil && other == r
	}
	return false
}

// IsVoid reports whether the record was erased: nothing but zeros, and at least one.
func IsVoid(rec []byte) bool {
	for _, b := range rec {
		if b != 0 {
			return false
		}
	}
	return len(rec) > 0
}

// Trace returns the eight bytes by which the number is known in a record.
func (r Erase) Trace() []byte { return binary.LittleEndian.AppendUint64(nil, r.Visitor) }
