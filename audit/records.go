package audit

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"sporlos/event"
)

// Segments of a spool are read after spool/FORMAT.md, apart from the code that writes them, and without opening the spool: it
// belongs to the process that does. What is not an intact frame with a record in it is read as text, byte by byte.
const (
	segmentHeader = 48
	segmentMagic  = "sporseg"
	frameMarker   = 0xD7
	frameHeader   = 12
	maxRecord     = 1 << 20
)

// segment reads the records of a segment.
func (a *auditor) segment(file io.Reader, place string) error {
	r := bufio.NewReaderSize(file, maxRecord+frameHeader)
	if head, _ := r.Peek(len(segmentMagic)); string(head) == segmentMagic {
		if _, err := r.Discard(segmentHeader); err != nil {
			return endOf(err)
		}
	}
	loose := textReader{a: a, place: place, binary: true}
	for {
		if rec := frame(r); rec != nil && a.record(place, rec) {
			loose.flush()
			if _, err := r.Discard(frameHeader + len(rec)); err != nil {
				return endOf(err)
			}
			continue
		}
		c, err := r.ReadByte()
		if err != nil {
			loose.flush()
			return endOf(err)
		}
		loose.add(c)
	}
}

func endOf(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// frame is the record of the frame the reader is at, nil when it is not at one.
func frame(r *bufio.Reader) []byte {
	head, _ := r.Peek(frameHeader)
	if len(head) < frameHeader || head[0] != frameMarker {
		return nil
	}
	n := int(head[1]) | int(head[2])<<8 | int(head[3])<<16
	if n == 0 || n > maxRecord {
		return nil
	}
	whole, err := r.Peek(frameHeader + n)
	if err != nil {
		return nil
	}
	return whole[frameHeader:]
}

// records reads what the aggregator put aside: each record behind its length.
func (a *auditor) records(file io.Reader, place string) error {
	r := bufio.NewReader(file)
	for {
		n, err := binary.ReadUvarint(r)
		if err != nil || n > maxRecord {
			return errors.Join(endOf(err), a.text(r, place))
		}
		rec := make([]byte, n)
		size, err := io.ReadFull(r, rec)
		if err == nil && a.record(place, rec) {
			continue
		}
		loose := textReader{a: a, place: place, binary: true}
		for _, c := range rec[:size] {
			loose.add(c)
		}
		loose.flush()
		if err != nil {
			return endOf(err)
		}
	}
}

// record looks through the fields of a record; false when it is in no format that is known.
func (a *auditor) record(place string, rec []byte) bool {
	var e event.Event
	switch event.KindOf(rec) {
	case event.KindEvent:
		if event.Decode(rec, &e) != nil {
			return false
		}
	case event.KindTally:
		tally, err := event.DecodeTally(rec)
		if err != nil {
			return false
		}
		e.Day, e.Name = tally.Day, tally.Reason
	case event.KindErase:
		wish, err := event.DecodeErase(rec)
		if err != nil {
			return false
		}
		e.Day = wish.Day
	case event.KindVoid:
		if event.IsVoid(rec) {
			a.report.Looked.Records++
			return true
		}
		return false
	default:
		return false
	}
	a.report.Looked.Records++
	for _, text := range [...]string{
		e.Name, e.Host, e.Path, e.Referrer, e.Source, e.Channel, e.UTMSource, e.UTMMedium, e.UTMCampaign, e.UTMContent, e.UTMTerm,
		e.Country, e.Region, e.City, e.Browser, e.BrowserVersion, e.OS, e.OSVersion, e.Device, e.Currency,
	} {
		a.field(place, text)
	}
	for _, p := range e.Props {
		a.field(place, p.Key)
		a.field(place, p.Value)
	}
	if day := time.Unix(int64(e.Day)*86400, 0); day.Before(a.oldest.Truncate(24 * time.Hour)) {
		a.found("old_rows", place, "from "+day.UTC().Format(time.DateOnly), 1)
	}
	return true
}

func (a *auditor) field(place, text string) {
	if text != "" {
		a.look(place, []byte(text), 1)
	}
}
