package event

import (
	"bytes"
	"encoding/hex"
	"os"
	"reflect"
	"strings"
	"testing"
)

func full() Event {
	return Event{
		Site: 7, Day: 20780, Time: 1795424700, Visitor: 0x0123456789abcdef, Visit: 0x6b03f1bc00000001,
		Name: "Signup", Interactive: true, Host: "example.org", Path: "/å/:id", Referrer: "news.example", Source: "Google", Channel: "Organic Search",
		UTMSource: "a", UTMMedium: "b", UTMCampaign: "c", UTMContent: "d", UTMTerm: "e", Country: "NO", Region: "NO-03", City: "Oslo",
		Browser: "Firefox", BrowserVersion: "145", OS: "Linux", OSVersion: "", Device: "Desktop",
		EngagementMS: 61000, Scroll: 100, RevenueMilli: -129900, Currency: "NOK",
		Props: []Prop{{"plan", "large"}, {"empty", ""}},
	}
}

func TestRoundTrip(t *testing.T) {
	for name, in := range map[string]Event{"full": full(), "zero": {}, "plain": {Site: 1, Name: Pageview, Path: "/"}} {
		var out Event
		if err := Decode(Append(nil, &in), &out); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(in, out) {
			t.Errorf("%s:\n in %+v\nout %+v", name, in, out)
		}
	}
}

func TestTallyRoundTrip(t *testing.T) {
	in := Tally{Site: 3, Day: 20780, Reason: "robot", Count: 1 << 40}
	out, err := DecodeTally(in.Append(nil))
	if err != nil || in != out {
		t.Fatalf("in %+v, out %+v, %v", in, out, err)
	}
}

// TestGolden holds the bytes of version 1: what is in a spool today must be readable after an update.
func TestGolden(t *testing.T) {
	e := full()
	got := hex.EncodeToString(Append(nil, &e)) + "\n" + hex.EncodeToString(Tally{Site: 3, Day: 20780, Reason: "robot", Count: 9}.Append(nil)) + "\n" +
		hex.EncodeToString(Erase{Site: 3, Day: 20780, Visitor: 0x0123456789abcdef}.Append(nil)) + "\n"
	want, err := os.ReadFile("testdata/v1.hex")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("records changed without a new version:\n got %s\nwant %s", got, want)
	}
}

func TestDecodeRefusesDamage(t *testing.T) {
	e := full()
	good := Append(nil, &e)
	var out Event
	for n := range good {
		if Decode(good[:n], &out) == nil {
			t.Errorf("a record cut to %d of %d bytes was read", n, len(good))
		}
	}
	for name, rec := range map[string][]byte{
		"left over":     append(bytes.Clone(good), 0),
		"other version": append([]byte{0x12}, good[1:]...),
		"unknown flag":  flip(good, 27, 0x80),
		"scroll 101":    flip(good, 28, 100^101),
		"tally":         Tally{Reason: "x"}.Append(nil),
	} {
		if Decode(rec, &out) == nil {
			t.Errorf("%s: was read", name)
		}
	}
	tally := Tally{Reason: "robot"}.Append(nil)
	for n := range tally {
		if _, err := DecodeTally(tally[:n]); err == nil {
			t.Errorf("a tally cut to %d bytes was read", n)
		}
	}
}

func TestHotPathDoesNotAllocate(t *testing.T) {
	e, buf := full(), make([]byte, 0, 1024)
	rec := Append(nil, &e)
	var out Event
	if n := testing.AllocsPerRun(100, func() { buf = Append(buf[:0], &e) }); n != 0 {
		t.Errorf("Append allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { _ = Decode(rec, &out) }); n != 0 {
		t.Errorf("Decode allocates %v times", n)
	}
}

func TestPropsAreCapped(t *testing.T) {
	in := Event{Props: make([]Prop, 40)}
	var out Event
	if err := Decode(Append(nil, &in), &out); err != nil || len(out.Props) != 30 {
		t.Fatalf("%d props, %v", len(out.Props), err)
	}
}

// TestNoFieldForIdentity is the law that no word can hold an address or an agent.
func TestNoFieldForIdentity(t *testing.T) {
	for _, typ := range []reflect.Type{reflect.TypeFor[Event](), reflect.TypeFor[Tally](), reflect.TypeFor[Erase]()} {
		for i := range typ.NumField() {
			name := strings.ToLower(typ.Field(i).Name)
			for _, bad := range []string{"addr", "ip", "agent", "phrase", "term_", "query", "language", "cookie"} {
				if name == bad || strings.Contains(name, "agent") || strings.Contains(name, "addr") {
					t.Errorf("%s.%s could hold what must not survive", typ.Name(), typ.Field(i).Name)
				}
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	e := full()
	f.Add(Append(nil, &e))
	f.Add(Append(nil, &Event{}))
	f.Add(Tally{Reason: "robot"}.Append(nil))
	f.Fuzz(func(t *testing.T, rec []byte) {
		var out Event
		if Decode(rec, &out) == nil {
			var again Event
			if err := Decode(Append(nil, &out), &again); err != nil {
				t.Fatalf("what was read cannot be written and read again: %v", err)
			}
		}
		if tally, err := DecodeTally(rec); err == nil {
			if back, err := DecodeTally(tally.Append(nil)); err != nil || back != tally {
				t.Fatalf("tally: %v", err)
			}
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	e, buf := full(), make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = Append(buf[:0], &e)
	}
	b.ReportMetric(float64(len(buf)), "bytes/event")
}

func flip(rec []byte, at int, bits byte) []byte {
	out := bytes.Clone(rec)
	out[at] ^= bits
	return out
}
