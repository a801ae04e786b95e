package event

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestEraseRoundTrip(t *testing.T) {
	in := Erase{Site: 7, Day: 20780, Visitor: 0x0123456789abcdef}
	rec := in.Append(nil)
	out, err := DecodeErase(rec)
	if err != nil || in != out || KindOf(rec) != KindErase || !bytes.Contains(rec, in.Trace()) {
		t.Fatalf("in %+v, out %+v, %v", in, out, err)
	}
	for n := range rec {
		if _, err := DecodeErase(rec[:n]); err == nil {
			t.Errorf("a record cut to %d bytes was read", n)
		}
	}
	for name, bad := range map[string][]byte{
		"left over": append(bytes.Clone(rec), 0), "other version": append([]byte{0x32}, rec[1:]...), "everybody": Erase{Site: 7, Day: 20780}.Append(nil),
	} {
		if _, err := DecodeErase(bad); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
}

// TestEraseCoversNobodyElse: one number of one day of one site, and nothing that looks alike.
func TestEraseCoversNobodyElse(t *testing.T) {
	e := full()
	r := Erase{Site: e.Site, Day: e.Day, Visitor: e.Visitor}
	rec := Append(nil, &e)
	if !r.Covers(rec) || !r.Covers(rec[:40]) || !r.Covers(r.Append(nil)) {
		t.Error("its own records are not covered")
	}
	other := []Event{e, e, e}
	other[0].Site++
	other[1].Day++
	other[2].Visitor++
	for i := range other {
		if r.Covers(Append(nil, &other[i])) {
			t.Errorf("somebody else's event %d is covered", i)
		}
	}
	for _, rec := range [][]byte{nil, {0}, make([]byte, 60), rec[:20], Tally{Site: e.Site, Day: e.Day, Reason: "robot"}.Append(nil),
		Erase{Site: e.Site, Day: e.Day, Visitor: e.Visitor + 1}.Append(nil)} {
		if r.Covers(rec) {
			t.Errorf("%x is covered", rec)
		}
	}
}

func TestVoidIsNothing(t *testing.T) {
	for _, rec := range [][]byte{nil, {0, 0, 1}, {0x11}, append(make([]byte, 100), 7)} {
		if IsVoid(rec) {
			t.Errorf("%x is taken for an erased record", rec)
		}
	}
	for _, rec := range [][]byte{{0}, make([]byte, 15), make([]byte, 200)} {
		var e Event
		_, tally := DecodeTally(rec)
		_, erase := DecodeErase(rec)
		if !IsVoid(rec) || KindOf(rec) != KindVoid || Decode(rec, &e) == nil || tally == nil || erase == nil {
			t.Errorf("%d zeros are something", len(rec))
		}
	}
}

func TestEraseIsNotPrinted(t *testing.T) {
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "erase", Erase{Visitor: 1234567})
	if strings.Contains(log.String(), "1234567") {
		t.Error(log.String())
	}
}

func FuzzDecodeErase(f *testing.F) {
	f.Add(Erase{Site: 1, Day: 2, Visitor: 3}.Append(nil))
	f.Add(make([]byte, eraseBytes))
	f.Fuzz(func(t *testing.T, rec []byte) {
		r, err := DecodeErase(rec)
		if err == nil && (!bytes.Equal(r.Append(nil), rec) || r.Visitor == 0 || !r.Covers(rec)) {
			t.Fatalf("%x", rec)
		}
	})
}
