package beacon

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// vector is one body of testdata, and what it means.
type vector struct {
	What, Body, Refused string
	Event               *struct {
		Name, URL, Domain, Referrer, Currency string
		Props                                 [][2]string
		RevenueMilli                          int64
		Interactive                           *bool
		Engagement                            uint32
		Scroll                                uint8
		Hash                                  bool
	}
	Search *struct {
		Domain, Phrase, Kind, Opened string
		Results                      *int
	}
}

func vectors(t testing.TB, file string) (list []vector) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &list); err != nil || len(list) < 10 {
		t.Fatalf("%s: %d vectors, %v", file, len(list), err)
	}
	return list
}

func (v vector) beacon() Beacon {
	e := v.Event
	b := Beacon{Name: e.Name, URL: e.URL, Domain: e.Domain, Referrer: e.Referrer, RevenueMilli: e.RevenueMilli, Currency: e.Currency,
		Interactive: e.Interactive == nil || *e.Interactive, Engagement: e.Engagement, Scroll: e.Scroll, Hash: e.Hash}
	for _, p := range e.Props {
		b.Props = append(b.Props, Prop{p[0], p[1]})
	}
	return b
}

func (v vector) search() Search {
	s := Search{Domain: v.Search.Domain, Phrase: v.Search.Phrase, Kind: v.Search.Kind, Opened: v.Search.Opened, Results: -1}
	if v.Search.Results != nil {
		s.Results = *v.Search.Results
	}
	return s
}

func TestEventVectors(t *testing.T) {
	for _, v := range vectors(t, "events.json") {
		var b Beacon
		problem := b.Parse([]byte(v.Body))
		if v.Event == nil {
			if problem.Reason != Malformed || problem.Error() != v.Refused {
				t.Errorf("%s: answered %v %q, want %q", v.What, problem.Reason, problem.Error(), v.Refused)
			}
			continue
		}
		if want := v.beacon(); problem != (Problem{}) || !reflect.DeepEqual(b, want) {
			t.Errorf("%s: %q\n got %s\nwant %s", v.What, problem.Error(), show(b), show(want))
		}
	}
}

func TestSearchVectors(t *testing.T) {
	for _, v := range vectors(t, "searches.json") {
		var s Search
		problem := s.Parse([]byte(v.Body))
		if v.Search == nil {
			if problem.Reason != Malformed || problem.Error() != v.Refused {
				t.Errorf("%s: answered %v %q, want %q", v.What, problem.Reason, problem.Error(), v.Refused)
			}
			continue
		}
		if want := v.search(); problem != (Problem{}) || s != want {
			t.Errorf("%s: %q\n got %s\nwant %s", v.What, problem.Error(), show(s), show(want))
		}
	}
}

// show prints what the type itself keeps from logs.
func show[T any](v T) string {
	out, _ := json.Marshal(v)
	return string(out)
}

// TestWhatTheScriptSends reads bodies that were recorded in a browser.
func TestWhatTheScriptSends(t *testing.T) {
	files, _ := filepath.Glob("testdata/script/*.json*")
	if len(files) < 10 {
		t.Fatalf("%d recorded bodies: run the script's tests", len(files))
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, body := range bodies(raw) {
			var problem Problem
			if base := filepath.Base(file); strings.HasPrefix(base, "q") || strings.HasPrefix(base, "search") {
				problem = new(Search).Parse(body)
			} else {
				problem = new(Beacon).Parse(body)
			}
			if problem.Reason != Accepted {
				t.Errorf("%s, body %d: %v", file, i+1, problem)
			}
		}
	}
}

// bodies returns a file as one body, or each of its lines as one.
func bodies(raw []byte) (list [][]byte) {
	if json.Valid(raw) {
		return [][]byte{raw}
	}
	for line := range bytes.Lines(raw) {
		list = append(list, bytes.TrimSpace(line))
	}
	return list
}

func event(fields string) string {
	return `{"n":"pageview","u":"https://example.org/","d":"example.org"` + fields + `}`
}

func TestLimits(t *testing.T) {
	long := strings.Repeat
	var props strings.Builder
	for i := range 40 {
		fmt.Fprintf(&props, `,"k%d":%d`, i, i)
	}
	for name, c := range map[string]struct{ body, refused string }{
		"name":           {event(`,"n":"` + long("x", MaxName) + `"`), ""},
		"name over":      {event(`,"n":"` + long("x", MaxName+1) + `"`), "n is too long"},
		"url":            {event(`,"u":"` + long("x", MaxURL) + `"`), ""},
		"url over":       {event(`,"u":"` + long("x", MaxURL+1) + `"`), "u is too long"},
		"domains over":   {event(`,"d":"` + long("x", MaxDomains+1) + `"`), "d is too long"},
		"key":            {event(`,"p":{"` + long("x", MaxKey) + `":1}`), ""},
		"key over":       {event(`,"p":{"` + long("x", MaxKey+1) + `":1}`), "p has a key of over 300 bytes"},
		"value":          {event(`,"p":{"a":"` + long("x", MaxValue) + `"}`), ""},
		"value over":     {event(`,"p":{"a":"` + long("x", MaxValue+1) + `"}`), "p has a value of over 2,000 bytes"},
		"forty props":    {event(`,"p":{"z":0` + props.String() + `}`), ""},
		"long referrer":  {event(`,"r":"` + long("ø", MaxReferrer) + `"`), ""},
		"raw NUL":        {event(`,"r":"a` + "\x00" + `"`), "r must not hold a NUL"},
		"raw newline":    {event(`,"r":"a` + "\n" + `"`), "the body is not JSON"},
		"not UTF-8":      {event(`,"r":"a` + "\xff" + `"`), "the body is not JSON"},
		"half a letter":  {event(`,"r":"a` + "\xc3" + `"`), "the body is not JSON"},
		"NUL behind":     {event("") + "\x00", "the body is not JSON"},
		"UTF-16":         {"\xff\xfe{\x00", "the body must be a JSON object"},
		"surrogate UTF8": {event(`,"r":"` + "\xed\xa0\x80" + `"`), "the body is not JSON"},
	} {
		var b Beacon
		problem := b.Parse([]byte(c.body))
		if problem.Error() != c.refused {
			t.Errorf("%s: answered %q, want %q", name, problem.Error(), c.refused)
		}
		if len(b.Props) > MaxProps || len(b.Referrer) > MaxReferrer || !utf8.ValidString(b.Referrer) {
			t.Errorf("%s: a limit was passed: %d properties, referrer of %d bytes", name, len(b.Props), len(b.Referrer))
		}
	}
	var s Search
	if s.Parse([]byte(`{"d":"e.org","q":"`+long("ø", 300)+`"}`)).Reason != Accepted || s.Phrase != long("ø", MaxPhrase/2) {
		t.Errorf("a long phrase was not cut to %d bytes", MaxPhrase)
	}
}

func TestReasonsAreClosed(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Reasons() {
		if r.String() == "" || seen[r.String()] || r.Status() < 200 {
			t.Errorf("reason %d has name %q, status %d", r, r.String(), r.Status())
		}
		seen[r.String()] = true
	}
	if Accepted.String() != "" || Accepted.Status() != 202 || len(seen) != int(reasons)-1 {
		t.Errorf("%d reasons, accepted is %q", len(seen), Accepted.String())
	}
}

func TestNothingIsPrinted(t *testing.T) {
	b, s := &Beacon{URL: "https://secret.example/"}, &Search{Phrase: "secret"}
	if out := fmt.Sprint(b, s, b.LogValue(), s.LogValue()); strings.Contains(out, "secret") || !strings.Contains(out, "[redacted]") {
		t.Error(out)
	}
}

const usual = `{"n":"pageview","u":"https://www.example.org/products/shoes?utm_source=letter","d":"example.org","r":"https://news.example/today","p":{"plan":"large","seats":12},"v":1}`

func TestParseDoesNotAllocate(t *testing.T) {
	for _, body := range []string{
		usual,
		event(`,"p":"{\"a\":\"\\u00e5\"}","$":{"amount":"12.50","currency":"nok"},"x":[1,{}],"h":1,"i":false,"e":12.5,"sd":99`),
		event(`,"n":"S\u00f8k`),
		event(`,"e":-1`),
	} {
		var b Beacon
		buf := make([]byte, 0, 1024)
		if n := testing.AllocsPerRun(100, func() { _ = b.Parse(append(buf, body...)) }); n != 0 {
			t.Errorf("%v allocations for %s", n, body)
		}
	}
	var s Search
	buf := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { _ = s.Parse(append(buf, `{"d":"e.org","q":"r\u00f8d","n":1}`...)) }); n != 0 {
		t.Errorf("%v allocations for a search", n)
	}
}

func FuzzBeacon(f *testing.F) {
	for _, v := range vectors(f, "events.json") {
		f.Add([]byte(v.Body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		isJSON := json.Valid(body)
		var b Beacon
		if problem := b.Parse(bytes.Clone(body)); problem.Reason != Accepted {
			if problem.Error() == "" || strings.ContainsAny(problem.Error(), "\r\n") || reflect.DeepEqual(problem, Problem{}) {
				t.Fatalf("refused with %q", problem.Error())
			}
			return
		}
		if !isJSON {
			t.Fatal("accepted what is not JSON")
		}
		clean(t, b.Name, b.URL, b.Domain, b.Referrer, b.Currency)
		for _, p := range b.Props {
			clean(t, p.Key, p.Value)
		}
	})
}

func FuzzSearch(f *testing.F) {
	for _, v := range vectors(f, "searches.json") {
		f.Add([]byte(v.Body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var s Search
		if s.Parse(bytes.Clone(body)).Reason == Accepted {
			clean(t, s.Domain, s.Phrase, s.Kind, s.Opened)
		}
	})
}

func clean(t *testing.T, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Fatalf("%q got through", s)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	var e Beacon
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	b.SetBytes(int64(len(usual)))
	for b.Loop() {
		if e.Parse(append(buf, usual...)).Reason != Accepted {
			b.Fatal("refused")
		}
	}
}
