package site

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMatchPath(t *testing.T) {
	for _, c := range []struct {
		pattern string
		yes, no []string
	}{
		{"/", []string{"/"}, []string{"", "/a"}},
		{"/thanks", []string{"/thanks"}, []string{"/thanks/", "/thank", "/a/thanks"}},
		{"/blog/*", []string{"/blog/", "/blog/one"}, []string{"/blog", "/blog/one/two", "/blogs/one"}},
		{"/blog/**", []string{"/blog/", "/blog/one", "/blog/one/two"}, []string{"/blog", "/news/blog/one"}},
		{"/*/thanks", []string{"/no/thanks", "//thanks"}, []string{"/thanks", "/a/b/thanks"}},
		{"/**/thanks", []string{"/a/thanks", "/a/b/thanks", "/thanks/thanks"}, []string{"/thanks", "/a/thanks/"}},
		{"/a*b*c", []string{"/abc", "/axbxbc", "/abbcc"}, []string{"/ab/c", "/abcd"}},
		{"/**a/*/z", []string{"/a/b/z", "/xa/ya/q/z"}, []string{"/a/z", "/a/b/c/z"}},
		{"/**", []string{"/", "/a/b"}, []string{""}},
		{"/a.b", []string{"/a.b"}, []string{"/axb"}},
	} {
		re := regexp.MustCompile(PatternRegexp(c.pattern))
		for _, path := range c.yes {
			if !MatchPath(c.pattern, path) || !re.MatchString(path) {
				t.Errorf("%s does not match %s", c.pattern, path)
			}
		}
		for _, path := range c.no {
			if MatchPath(c.pattern, path) || re.MatchString(path) {
				t.Errorf("%s matches %s", c.pattern, path)
			}
		}
	}
}

// FuzzMatchPath: what the collector leaves out and what a report would ask for are the same paths.
func FuzzMatchPath(f *testing.F) {
	f.Add("/blog/**/a*", "/blog/x/y/ab")
	f.Add("/*a*/c", "/xa/ya/c")
	f.Add("/**x*y/**", "/x/xy/z")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		clean, err := CleanPattern(pattern)
		if err != nil || len(path) > 200 || !utf8.ValidString(path) {
			t.Skip()
		}
		if got, want := MatchPath(clean, path), regexp.MustCompile(PatternRegexp(clean)).MatchString(path); got != want {
			t.Errorf("pattern %q of %q: %v, as an expression %v", clean, path, got, want)
		}
	})
}

func TestGoals(t *testing.T) {
	good := []struct{ in, want Goal }{
		{Goal{Name: " Thanks ", Kind: PageGoal, Path: "/thanks", Event: "x", Scroll: 3}, Goal{Name: "Thanks", Kind: PageGoal, Path: "/thanks"}},
		{Goal{Name: "Read", Kind: ScrollGoal, Path: "/blog/***", Scroll: 100}, Goal{Name: "Read", Kind: ScrollGoal, Path: "/blog/**", Scroll: 100}},
		{Goal{Name: "Found", Kind: SearchGoal}, Goal{Name: "Found", Kind: SearchGoal, Outcome: "search"}},
		{Goal{Name: "Bought", Kind: EventGoal, Event: " Purchase ", Revenue: true, Currency: "nok"}, Goal{Name: "Bought", Kind: EventGoal, Event: "Purchase", Revenue: true, Currency: "NOK"}},
	}
	for _, c := range good {
		if got, err := c.in.Clean(); err != nil || got.Name != c.want.Name || got.Path != c.want.Path || got.Event != c.want.Event || got.Scroll != c.want.Scroll || got.Outcome != c.want.Outcome || got.Currency != c.want.Currency {
			t.Errorf("%+v becomes %+v, %v", c.in, got, err)
		}
	}
	for want, bad := range map[string]Goal{
		"mistake.name":          {Kind: PageGoal, Path: "/"},
		"mistake.goal.kind":     {Name: "x", Kind: "visit"},
		"mistake.pattern":       {Name: "x", Kind: PageGoal, Path: "thanks"},
		"mistake.goal.event":    {Name: "x", Kind: EventGoal, Event: "pageview"},
		"mistake.goal.props":    {Name: "x", Kind: EventGoal, Event: "Signup", Props: []Condition{{Key: "plan"}}},
		"mistake.goal.scroll":   {Name: "x", Kind: ScrollGoal, Path: "/", Scroll: 101},
		"mistake.goal.outcome":  {Name: "x", Kind: SearchGoal, Outcome: "luck"},
		"mistake.goal.currency": {Name: "x", Kind: EventGoal, Event: "Purchase", Revenue: true, Currency: "kr"},
		"mistake.goal.revenue":  {Name: "x", Kind: PageGoal, Path: "/", Revenue: true},
	} {
		wants(t, want, func() error { _, err := bad.Clean(); return err })
	}
}

// wants a mistake, said in a whole sentence.
func wants(t *testing.T, key string, fn func() error) {
	t.Helper()
	var m *Mistake
	if err := fn(); !errors.As(err, &m) || m.Key != key || strings.Contains(m.Error(), "%!") || !strings.HasSuffix(m.Error(), ".") {
		t.Errorf("%v, want %s", err, key)
	}
}

func TestFunnelsSegmentsAnnotations(t *testing.T) {
	early, late := -1, 24
	for i, c := range []struct {
		want string
		fn   func() error
	}{
		{"mistake.funnel.steps", func() error { _, err := Funnel{Name: "x", Steps: []string{"a"}}.Clean(); return err }},
		{"mistake.funnel.steps", func() error { _, err := Funnel{Name: "x", Steps: strings.Split("abcdefghi", "")}.Clean(); return err }},
		{"mistake.funnel.twice", func() error { _, err := Funnel{Name: "x", Steps: []string{"a", "b", "a"}}.Clean(); return err }},
		{"mistake.name", func() error { _, err := Funnel{Name: " ", Steps: []string{"a", "b"}}.Clean(); return err }},
		{"mistake.segment.query", func() error { _, err := Segment{Name: "x", Query: "?", Owner: "kari"}.Clean(); return err }},
		{"mistake.segment.owner", func() error { _, err := Segment{Name: "x", Query: "f=is:page:/"}.Clean(); return err }},
		{"mistake.name", func() error { _, err := Segment{Query: "f=is:page:/", Owner: "kari"}.Clean(); return err }},
		{"mistake.text", func() error { _, err := Annotation{Day: 1, Text: "\n"}.Clean(); return err }},
		{"mistake.annotation.day", func() error { _, err := Annotation{Text: "x"}.Clean(); return err }},
		{"mistake.annotation.hour", func() error { _, err := Annotation{Day: 1, Text: "x", Hour: &early}.Clean(); return err }},
		{"mistake.annotation.hour", func() error { _, err := Annotation{Day: 1, Text: "x", Hour: &late}.Clean(); return err }},
	} {
		t.Logf("case %d", i)
		wants(t, c.want, c.fn)
	}
	if s := (Segment{Personal: true, Owner: "kari"}); !s.For("kari") || s.For("ola") {
		t.Error("a personal segment is its owner's")
	}
}
