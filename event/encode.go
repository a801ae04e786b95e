package event

import (
	"encoding/binary"
	"errors"
	"unsafe"
)

// Kind tells the records of the spool apart.
type Kind byte

// The kinds, each with its version in the lower half.
const (
	KindEvent Kind = 0x11
	KindTally Kind = 0x21
	KindErase Kind = 0x31
	KindVoid  Kind = 0x00 // was erased, when [IsVoid] says so too; also what an empty record is
)

const (
	flagInteractive = 1 << iota
	flagRevenue
	flagProps

	fixed    = 1 + 4 + 2 + 4 + 8 + 8 + 1 + 1 // bytes before the first uvarint
	maxProps = 30
)

// ErrDamaged is returned for a record that is not in the format of FORMAT.md. The caller quarantines it.
var ErrDamaged = errors.New("event: record is damaged or of an unknown version")

// KindOf returns the kind of a record; KindVoid for an empty one.
func KindOf(rec []byte) Kind {
	if len(rec) == 0 {
		return KindVoid
	}
	return Kind(rec[0])
}

// Append appends the event's record to dst. It does not allocate when dst has room.
func Append(dst []byte, e *Event) []byte {
	dst = append(dst, byte(KindEvent))
	dst = binary.LittleEndian.AppendUint32(dst, e.Site)
	dst = binary.LittleEndian.AppendUint16(dst, e.Day)
	dst = binary.LittleEndian.AppendUint32(dst, e.Time)
	dst = binary.LittleEndian.AppendUint64(dst, e.Visitor)
	dst = binary.LittleEndian.AppendUint64(dst, e.Visit)
	flags := e.flags()
	dst = append(dst, flags, e.Scroll)
	dst = binary.AppendUvarint(dst, uint64(e.EngagementMS))
	for _, s := range e.texts() {
		dst = appendText(dst, *s)
	}
	if flags&flagRevenue != 0 {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(e.RevenueMilli))
	}
	if flags&flagProps != 0 {
		dst = appendProps(dst, e.Props)
	}
	return dst
}

func (e *Event) flags() (f byte) {
	if e.Interactive {
		f |= flagInteractive
	}
	if e.Currency != "" {
		f |= flagRevenue
	}
	if len(e.Props) > 0 {
		f |= flagProps
	}
	return f
}

// texts lists the text fields in the order of FORMAT.md.
func (e *Event) texts() [20]*string {
	return [20]*string{
		&e.Name, &e.Host, &e.Path, &e.Referrer, &e.Source, &e.Channel,
		&e.UTMSource, &e.UTMMedium, &e.UTMCampaign, &e.UTMContent, &e.UTMTerm,
		&e.Country, &e.Region, &e.City,
		&e.Browser, &e.BrowserVersion, &e.OS, &e.OSVersion, &e.Device, &e.Currency,
	}
}

func appendText(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

func appendProps(dst []byte, props []Prop) []byte {
	props = props[:min(len(props), maxProps)]
	dst = binary.AppendUvarint(dst, uint64(len(props)))
	for _, p := range props {
		dst = appendText(appendText(dst, p.Key), p.Value)
	}
	return dst
}

// Decode reads an event's record into e, reusing e.Props. The strings of e are views into rec: they live as long as rec is unchanged.
func Decode(rec []byte, e *Event) error {
	if len(rec) < fixed || Kind(rec[0]) != KindEvent {
		return ErrDamaged
	}
	e.Site = binary.LittleEndian.Uint32(rec[1:])
	e.Day = binary.LittleEndian.Uint16(rec[5:])
	e.Time = binary.LittleEndian.Uint32(rec[7:])
	e.Visitor = binary.LittleEndian.Uint64(rec[11:])
	e.Visit = binary.LittleEndian.Uint64(rec[19:])
	flags, scroll := rec[27], rec[28]
	if flags&^(flagInteractive|flagRevenue|flagProps) != 0 || scroll > 100 {
		return ErrDamaged
	}
	e.Interactive, e.Scroll = flags&flagInteractive != 0, scroll
	r := reader{rest: rec[fixed:]}
	engagement := r.uvarint()
	e.EngagementMS = uint32(engagement)
	for _, s := range e.texts() {
		*s = r.text()
	}
	e.RevenueMilli = 0
	if flags&flagRevenue != 0 {
		e.RevenueMilli = int64(r.uint64())
	}
	e.Props = r.props(e.Props[:0], flags&flagProps != 0)
	if r.bad || len(r.rest) != 0 || engagement > 1<<32-1 || (e.Currency != "") != (flags&flagRevenue != 0) {
		return ErrDamaged
	}
	return nil
}

// Append appends the tally's record to dst.
func (t Tally) Append(dst []byte) []byte {
	dst = append(dst, byte(KindTally))
	dst = binary.LittleEndian.AppendUint32(dst, t.Site)
	dst = binary.LittleEndian.AppendUint16(dst, t.Day)
	dst = binary.LittleEndian.AppendUint64(dst, t.Count)
	return appendText(dst, t.Reason)
}

// DecodeTally reads a tally's record. Its Reason is a view into rec.
func DecodeTally(rec []byte) (t Tally, err error) {
	if len(rec) < 15 || Kind(rec[0]) != KindTally {
		return t, ErrDamaged
	}
	t.Site = binary.LittleEndian.Uint32(rec[1:])
	t.Day = binary.LittleEndian.Uint16(rec[5:])
	t.Count = binary.LittleEndian.Uint64(rec[7:])
	r := reader{rest: rec[15:]}
	t.Reason = r.text()
	if r.bad || len(r.rest) != 0 {
		return Tally{}, ErrDamaged
	}
	return t, nil
}

// reader takes fields off a record; once something does not fit, it stays bad and yields zero values.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) uint64() uint64 {
	if len(r.rest) < 8 {
		r.fail()
		return 0
	}
	v := binary.LittleEndian.Uint64(r.rest)
	r.rest = r.rest[8:]
	return v
}

func (r *reader) text() string {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.fail()
		return ""
	}
	s := unsafe.String(unsafe.SliceData(r.rest), int(n)) // a view: the doc comments of Decode and DecodeTally state its life
	r.rest = r.rest[n:]
	return s
}

func (r *reader) props(dst []Prop, present bool) []Prop {
	if !present {
		return dst
	}
	n := r.uvarint()
	if n == 0 || n > maxProps {
		r.fail()
		return dst
	}
	for range n {
		dst = append(dst, Prop{Key: r.text(), Value: r.text()})
	}
	return dst
}

func (r *reader) fail() { r.bad, r.rest = true, nil }
