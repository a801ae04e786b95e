package privacy

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"sporlos/event"
)

var facts = Facts{Domain: "example.org", Zone: "Europe/Oslo", Identity: "network", Months: 14, Signals: true, Script: true, Campaigns: true, Places: true, ShownFrom: 2, Multiple: 1}

func pages(t *testing.T) *Pages {
	t.Helper()
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestBothLanguagesSayEverything: no sentence is missing, and none is the other language's.
func TestBothLanguagesSayEverything(t *testing.T) {
	same := map[string]bool{"Region": true, "OK": true} // what is called the same in both
	var compare func(name string, en, nb reflect.Value)
	compare = func(name string, en, nb reflect.Value) {
		switch en.Kind() {
		case reflect.String:
			if (en.String() == "") != (nb.String() == "") || en.String() == nb.String() && en.String() != "" && !same[en.String()] {
				t.Errorf("%s: %q and %q", name, en, nb)
			}
			if verbs(en.String()) != verbs(nb.String()) {
				t.Errorf("%s: different places to fill in: %q and %q", name, en, nb)
			}
			if en.String() == "" && !strings.HasSuffix(name, "[none]") {
				t.Errorf("%s is empty", name)
			}
		case reflect.Map:
			if en.Len() != nb.Len() {
				t.Errorf("%s: %d and %d entries", name, en.Len(), nb.Len())
			}
			for _, key := range en.MapKeys() {
				if other := nb.MapIndex(key); other.IsValid() {
					compare(name+"["+key.String()+"]", en.MapIndex(key), other)
				} else {
					t.Errorf("%s lacks %s", name, key)
				}
			}
		case reflect.Array:
			for i := range en.Len() {
				compare(name, en.Index(i), nb.Index(i))
			}
		case reflect.Func:
			if en.IsNil() || nb.IsNil() {
				t.Errorf("%s is missing", name)
			}
		}
	}
	en, nb := reflect.ValueOf(english), reflect.ValueOf(bokmal)
	for i := range en.NumField() {
		compare(en.Type().Field(i).Name, en.Field(i), nb.Field(i))
	}
}

func verbs(s string) string {
	return strings.Join(regexp.MustCompile(`%[sd]`).FindAllString(s, -1), "")
}

// TestEveryFieldHasALine: what an event holds, the page shows, and says so in both languages.
func TestEveryFieldHasALine(t *testing.T) {
	for _, l := range []Language{English, Bokmal} {
		for name, e := range map[string]event.Event{"empty": {}, "full": full()} {
			kept, empty := Fields(&e, time.Unix(1795424700, 0), "example.org", l)
			lines := map[string]Line{}
			for _, line := range append(kept, empty...) {
				lines[line.Name] = line
			}
			typ := reflect.TypeFor[event.Event]()
			for i := range typ.NumField() {
				if line, found := lines[typ.Field(i).Name]; !found || line.Label == "" {
					t.Errorf("%s: the field %s of an event has no line", l, typ.Field(i).Name)
				}
			}
			if len(lines) != typ.NumField() || name == "full" && len(empty) > 0 {
				t.Errorf("%s, %s: %d lines, without a value %v", l, name, len(lines), empty)
			}
		}
	}
}

// full is an event whose every field has a value.
func full() (e event.Event) {
	v := reflect.ValueOf(&e).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int64:
			f.SetInt(7)
		case reflect.Slice:
			e.Props = []event.Prop{{Key: "a", Value: "b"}}
		default:
			f.SetUint(7)
		}
	}
	return e
}

func TestPreferred(t *testing.T) {
	for header, want := range map[string]Language{
		"": English, "nb-NO,nb;q=0.9,en;q=0.8": Bokmal, "en-GB,nb;q=0.9": English, "nn": Bokmal, "no-NO": Bokmal, "de, nb;q=0.3": Bokmal, "de": English,
		"nb;q=0, en": English, "nb;q=x": English, "en;q=0.2,nb;q=0.4": Bokmal, "NB": Bokmal, ",,;q=": English, "nbx": English,
	} {
		if got := Preferred(header); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func visit(l Language) Visit {
	e := full()
	oslo, _ := time.LoadLocation("Europe/Oslo")
	now := time.Date(2026, 11, 23, 13, 10, 0, 0, oslo)
	v := Visit{Facts: facts, Language: l, Seen: "example.org/", Short: Short(e.Visitor), Now: now, Ends: time.Date(2026, 11, 24, 0, 0, 0, 0, oslo), Reaches: true}
	v.Kept, v.Empty = Fields(&e, now, "example.org", l)
	v.Thrown = Thrown(Carried{Network: "192.0.2.0/24", Agent: `<script>alert("x")</script>`, Languages: "nb", Device: "Chrome", Query: true, Hints: []string{"a"}}, facts, l)
	return v
}

// TestPagesLoadNothing: one style, which the policy names by its hash, and no address but those of this server.
func TestPagesLoadNothing(t *testing.T) {
	p := pages(t)
	var all bytes.Buffer
	for _, l := range []Language{English, Bokmal} {
		for _, write := range []error{p.WriteVisit(&all, visit(l)), p.WriteBlock(&all, facts, l, Signal), p.WriteStatement(&all, facts, l, "https://stats.example.org"), p.WriteUnknown(&all, "<b>", l)} {
			if write != nil {
				t.Fatal(write)
			}
		}
	}
	text := all.String()
	for _, bad := range []string{`<script`, ` style="`, "onclick", "ZgotmplZ", "%!", `<b>`} {
		clean := strings.ReplaceAll(text, "&lt;script", "")
		if strings.Contains(strings.ToLower(clean), strings.ToLower(bad)) {
			t.Errorf("a page holds %q", bad)
		}
	}
	for _, address := range regexp.MustCompile(`(?:src|href|action)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if strings.Contains(address[1], "//") {
			t.Errorf("a page leads to %s", address[1])
		}
	}
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(text)
	sum := sha256.Sum256([]byte(style[1]))
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(p.Policy(), want) || !strings.Contains(p.Policy(), "frame-ancestors 'none'") {
		t.Errorf("the style is %s, the policy %s", want, p.Policy())
	}
	if got := p.Policy("https://a.example"); !strings.HasSuffix(got, "frame-ancestors https://a.example") {
		t.Error(got)
	}
}

func TestWhenTheNumberEnds(t *testing.T) {
	if en, nb := visit(English), visit(Bokmal); en.Midnight() != "00:00 on Tuesday 24 November" || en.Left() != "10 hours and 50 minutes" ||
		nb.Midnight() != "Klokken 00:00 tirsdag 24. november" || nb.Left() != "10 timer og 50 minutter" {
		t.Errorf("%s, %s; %s, %s", en.Midnight(), en.Left(), nb.Midnight(), nb.Left())
	}
	w := wordsOf(English)
	for want, got := range map[string]string{"1 minute": w.duration(0, 1), "0 minutes": w.duration(0, 0), "1 hour": w.duration(1, 0), "2 hours and 1 minute": w.duration(2, 1)} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestStatementFollowsTheSettings: each setting changes a sentence in both languages.
func TestStatementFollowsTheSettings(t *testing.T) {
	for _, l := range []Language{English, Bokmal} {
		plain := NewStatement(facts, l).String()
		seen := map[string]string{plain: "the default"}
		for name, change := range map[string]func(*Facts){
			"address": func(f *Facts) { f.Identity = "address" }, "none": func(f *Facts) { f.Identity = "none" }, "months": func(f *Facts) { f.Months = 6 },
			"signals": func(f *Facts) { f.Signals = false }, "referrer": func(f *Facts) { f.ReferrerPath = true }, "ids": func(f *Facts) { f.KeepIDs = true },
			"script": func(f *Facts) { f.Script = false }, "campaigns": func(f *Facts) { f.Campaigns = false }, "places": func(f *Facts) { f.Places = false },
			"threshold": func(f *Facts) { f.ShownFrom = 5 }, "newsletters": func(f *Facts) { f.Newsletters = true },
			"opens": func(f *Facts) { f.Newsletters, f.Opens = true, true }, "contact": func(f *Facts) { f.Contact = "Ola" }, "page": func(f *Facts) { f.Page = "https://a.example" },
		} {
			f := facts
			change(&f)
			text := NewStatement(f, l).String()
			if other, found := seen[text]; found {
				t.Errorf("%s: %s says the same as %s", l, name, other)
			}
			seen[text] = name
			if html := NewStatement(f, l).HTML(); strings.Count(html, "<h3>") != 9 || strings.Contains(html, "%!") {
				t.Errorf("%s, %s: %.200s", l, name, html)
			}
		}
	}
	f := facts
	f.Domain, f.Contact = "<i>", "<b>"
	if html := NewStatement(f, English).HTML(); strings.Contains(html, "<i>") || strings.Contains(html, "<b>") {
		t.Error("a setting becomes HTML")
	}
}

func TestSnippetIsQuoted(t *testing.T) {
	s := Snippet(`https://a.example/"x`, `b"<c>`, Bokmal)
	if strings.Contains(s, `<c>`) || strings.Contains(s, `"x/`) || strings.Count(s, "lang=nb") != 2 {
		t.Error(s)
	}
}

func FuzzPreferred(f *testing.F) {
	f.Add("nb-NO,nb;q=0.9,en;q=0.8")
	f.Add(";q=,;;q=1e999")
	f.Fuzz(func(t *testing.T, header string) {
		if l := Preferred(header); l != English && l != Bokmal {
			t.Fatal(l)
		}
	})
}
