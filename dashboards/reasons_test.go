package dashboards

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"sporlos/dashboards/language"
	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/report"
)

var verbs = regexp.MustCompile(`%[a-z]`)

// TestEveryReasonIsSaidInEveryLanguage, with what it is about in the order of its arguments.
func TestEveryReasonIsSaidInEveryLanguage(t *testing.T) {
	if len(report.Reasons()) < 40 {
		t.Fatalf("there are %d reasons", len(report.Reasons()))
	}
	for _, l := range language.All() {
		for code, text := range report.Reasons() {
			key := language.ReasonKey(code)
			want := verbs.FindAllString(strings.ReplaceAll(text, "%q", "%s"), -1)
			if got := verbs.FindAllString(l.Say(key), -1); !l.Knows(key) || !slices.Equal(got, want) {
				t.Errorf("%s says %q of %s, want the verbs %v", l.Tag, l.Say(key), code, want)
			}
		}
		for key := range view.Mistakes() {
			if !l.Knows(key) {
				t.Errorf("%s does not say %s", l.Tag, key)
			}
		}
	}
}

// TestArgumentsAreInTheReadersLanguage: names of the vocabulary, days and what a parser says.
func TestArgumentsAreInTheReadersLanguage(t *testing.T) {
	d := &Dashboards{words: language.Bokmal()}
	inner := &view.Mistake{Key: "filter.bad.pattern", Args: []any{"(", syntax.ErrMissingParen}}
	args := []any{report.TimeOnPage, report.Source, report.Prop("plan"), report.Dimension("mood"), report.Matches, report.Op("like"), report.Or, site.DayOfDate(2026, 11, 23), syntax.ErrorCode("new"), inner, 7}
	want := []any{"Tid på siden", "Kilde", "Egenskapen «plan»", "mood", "passer med (RE2)", "like", "or", "man. 23. nov. 2026", "new", "Mønsteret «(» er ikke et regulært uttrykk (RE2): mangler ) til slutt.", 7}
	for i, got := range d.arguments(args) {
		if got != want[i] {
			t.Errorf("%v is %q, want %q", args[i], got, want[i])
		}
	}
}

// TestProblemsAreToldInTheReadersLanguage where the address is wrong, where a segment is gone, where a question cannot be asked.
func TestProblemsAreToldInTheReadersLanguage(t *testing.T) {
	h := furnished(t, nil)
	for path, want := range map[string][2]string{
		"/small.example?f=matches:page:(":                 {"The pattern “(” is not a regular expression (RE2): missing closing ).", "Mønsteret «(» er ikke et regulært uttrykk (RE2): mangler ) til slutt."},
		"/small.example?from=2100-01-01&to=2100-01-02":    {"Fri 1 Jan 2100 is in the future.", "fre. 1. jan. 2100 er i fremtiden."},
		"/small.example?seg=gone":                         {"There is no segment “gone” any more.", "Segmentet «gone» finnes ikke lenger."},
		"/small.example?f=is:goal:gone":                   {"There is no goal “gone” any more.", "Målet «gone» finnes ikke lenger."},
		"/small.example/pages?f=is:event:Signup":          {"Time on page is not known of single events and their properties.", "Tid på siden er ikke kjent for enkelthendelser og egenskapene deres."},
		"/small.example?compare=custom&cfrom=x&cto=y":     {"“x” is not a date: write it as 2026-11-30.", "«x» er ingen dato: skriv den som 2026-11-30."},
		"/small.example/journeys?f=contains:page:%00&x=y": {"A value is too long, or is not text: at most 1024 bytes fit.", "En verdi er for lang eller er ikke tekst: høyst 1024 byte får plass."},
	} {
		for i, tag := range language.Tags() {
			if a := h.get(path, "Accept-Language", tag); a.StatusCode != 200 || !strings.Contains(a.text("view"), want[i]) {
				t.Errorf("%s in %s: %d %s", path, tag, a.StatusCode, a.text("view"))
			}
		}
	}
}
