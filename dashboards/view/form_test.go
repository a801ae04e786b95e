package view

import (
	"errors"
	"strings"
	"testing"
)

// apply is the address of a view after a form was sent from it.
func apply(t *testing.T, query, form string) (string, error) {
	t.Helper()
	f, ok := ReadForm(values(form))
	if !ok || !f.Sent {
		t.Fatalf("%s is no form", form)
	}
	v, err := f.Apply(parse(t, query))
	return strings.TrimPrefix(v.URL(), "/example.org"), err
}

func TestFormBecomesAFilter(t *testing.T) {
	for _, c := range [][3]string{ // the view, the form, the view afterwards
		{"f=is:source:Bing&page=2", "fd=page&fo=contains&fv=/blog/", "?f=is:source:Bing&f=contains:page:/blog/"},
		{"", "fd=country&fo=not&fv=NO&fv=+&fv=SE&fv=NO", "?f=not:country:NO%7CSE"},
		{"", "fd=page&fo=matches&fv=a|b", "?f=matches:page:a%5C%7Cb"},
		{"", "fd=prop&fk=plan&fo=is&fv=large", "?f=is:prop:plan:large"},
		{"f=is:page:/a&f=is:country:NO", "edit=is:page:/a&fd=page&fo=is&fv=/b", "?f=is:country:NO&f=is:page:/b"},
		{"f=is:page:/a&f=is:country:NO", "or=is:country:NO&fd=device&fo=is&fv=Mobile", "?f=is:page:/a&f=or(is:country:NO,is:device:Mobile)"},
		{"f=or(is:country:NO,is:device:Mobile)", "or=or(is:country:NO,is:device:Mobile)&fd=page&fo=starts&fv=/x", "?f=or(is:country:NO,is:device:Mobile,starts:page:/x)"},
		{"f=or(is:country:NO,is:device:Mobile)", "edit=or(is:country:NO,is:device:Mobile)&part=1&fd=device&fo=is&fv=Tablet", "?f=or(is:country:NO,is:device:Tablet)"},
		{"f=is:page:/a", "edit=is:page:/gone&fd=page&fo=is&fv=/b", "?f=is:page:/a&f=is:page:/b"},
	} {
		got, err := apply(t, c[0], c[1])
		if got = strings.NewReplacer("%28", "(", "%29", ")", "%2C", ",").Replace(got); err != nil || got != c[2] {
			t.Errorf("%s with %s: %s, %v, want %s", c[0], c[1], got, err, c[2])
		}
	}
}

func TestFormsThatAreNoFilter(t *testing.T) {
	many := ""
	for i := range maxFilters {
		many += "&f=is:page:/" + strings.Repeat("x", i)
	}
	for form, want := range map[string]string{
		"fd=page&fo=matches&fv=(":                              "filter.bad.pattern",
		"fd=page&fo=matches&fv=" + strings.Repeat("x", 513):    "filter.bad.long",
		"fd=page&fo=is&fv=" + strings.Repeat("x", 1025):        "filter.bad.long",
		"fd=page&fo=is&fv=+":                                   "filter.bad.empty",
		"fd=prop&fo=is&fv=x":                                   "filter.bad.key",
		"fd=mood&fo=is&fv=x":                                   "filter.bad.dimension",
		"fd=page&fo=likes&fv=x":                                "filter.bad.dimension",
		"fd=goal&fo=contains&fv=x":                             "filter.bad.goalop",
		"fd=page&fo=is" + strings.Repeat("&fv=x", 0) + fifty(): "filter.bad.values",
	} {
		_, err := apply(t, "", form)
		var m *Mistake
		if !errors.As(err, &m) || m.Key != want {
			t.Errorf("%.40s: %v, want %s", form, err, want)
		}
	}
	if _, err := apply(t, many, "fd=page&fo=is&fv=/y"); err == nil || !strings.Contains(err.Error(), "at most 20 filters") {
		t.Errorf("one filter too many: %v", err)
	}
}

func fifty() string {
	var b strings.Builder
	for i := range maxValues + 1 {
		b.WriteString("&fv=" + strings.Repeat("v", i+1))
	}
	return b.String()
}

func TestFormsAreFilledIn(t *testing.T) {
	v := parse(t, "f=is:prop:plan:large|small&f=or(is:country:NO,not:device:Mobile)&f=and(is:page:/a,is:page:/b)")
	for edit, want := range map[string]string{
		"edit=is:prop:plan:large|small":                       "prop plan is large small",
		"edit=or(is:country:NO,not:device:Mobile)&part=1":     "device  not Mobile",
		"edit=or(is:country:NO,not:device:Mobile)":            "no",
		"edit=is:page:/gone":                                  "no",
		"edit=or(is:country:NO,not:device:Mobile)&part=2":     "no",
		"edit=and(is:page:/a,is:page:/b)&part=0&fo=x&fd=what": "page  is /a",
	} {
		f, _ := ReadForm(values(edit))
		got := "no"
		if f.Fill(v) {
			got = strings.Join(append([]string{f.Dimension, f.Key, f.Op}, f.Values...), " ")
		}
		if got != want {
			t.Errorf("%s: %q, want %q", edit, got, want)
		}
	}
	either := v.Where[0]
	if left := v.WithoutPart(either, 1); len(left.Filters) != 2 || left.Filters[1].String() != "is:country:NO" || len(left.Where) != 1 {
		t.Errorf("without one of two alternatives: %+v", left)
	}
	if left := v.WithoutPart(either, -1); len(left.Where) != 1 || len(left.Filters) != 1 {
		t.Errorf("without the condition: %+v", left)
	}
	if either.Alternatives() == nil || v.Where[1].Alternatives() != nil {
		t.Error("alternatives are not told apart from what must hold at once")
	}
}
