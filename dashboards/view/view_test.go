package view

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"sporlos/site"
)

func day(text string) site.Day {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return site.DayOfDate(t.Date())
}

var monday = day("2026-11-23")

func parse(t *testing.T, query string) View {
	t.Helper()
	v, problems := Parse("example.org", values(query), monday)
	if len(problems) > 0 {
		t.Fatalf("%s: %v", query, problems)
	}
	return v
}

func values(query string) url.Values {
	q, _ := url.ParseQuery(query)
	return q
}

func TestPeriods(t *testing.T) {
	for query, want := range map[string]string{
		"":                              "2026-10-27…2026-11-23 before 2026-09-29…2026-10-26",
		"period=today":                  "2026-11-23…2026-11-23 before 2026-11-22…2026-11-22",
		"period=yesterday":              "2026-11-22…2026-11-22 before 2026-11-21…2026-11-21",
		"period=7d":                     "2026-11-17…2026-11-23 before 2026-11-10…2026-11-16",
		"period=30d":                    "2026-10-25…2026-11-23 before 2026-09-25…2026-10-24",
		"period=month":                  "2026-11-01…2026-11-23 before 2026-10-01…2026-10-23",
		"period=lastmonth":              "2026-10-01…2026-10-31 before 2026-09-01…2026-09-30",
		"period=6mo":                    "2026-06-01…2026-11-23 before 2025-12-01…2026-05-23",
		"period=12mo":                   "2025-12-01…2026-11-23 before 2024-12-01…2025-11-23",
		"from=2026-10-05&to=2026-10-11": "2026-10-05…2026-10-11 before 2026-09-28…2026-10-04",
		"from=2026-07-01&to=2026-09-30": "2026-07-01…2026-09-30 before 2026-04-01…2026-06-30",
		"from=2026-11-01&to=2026-11-10": "2026-11-01…2026-11-10 before 2026-10-22…2026-10-31",
		"from=2026-11-20&to=2027-01-01": "2026-11-20…2026-11-23 before 2026-11-16…2026-11-19",
	} {
		p := parse(t, query).Period
		b := p.Before()
		if got := p.From.String() + "…" + p.To.String() + " before " + b.From.String() + "…" + b.To.String(); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestMonthBeforeIsClipped(t *testing.T) {
	p, _ := Named(Month, day("2026-03-31"))
	if b := p.Before(); b.From != day("2026-02-01") || b.To != day("2026-02-28") {
		t.Errorf("before 1–31 March is %s…%s", b.From, b.To)
	}
	p, _ = Named(Month, day("2026-03-30"))
	if b := p.Before(); b.To != day("2026-02-28") {
		t.Errorf("before 1–30 March ends %s", b.To)
	}
}

func TestArrows(t *testing.T) {
	for _, c := range [][3]string{ // query, URL of the previous, URL of the next
		{"", "/example.org?from=2026-09-29&to=2026-10-26", ""},
		{"period=today", "/example.org?period=yesterday", ""},
		{"period=yesterday", "/example.org?from=2026-11-21&to=2026-11-21", "/example.org?period=today"},
		{"period=month", "/example.org?period=lastmonth", ""},
		{"period=lastmonth", "/example.org?from=2026-09-01&to=2026-09-30", "/example.org?period=month"},
		{"from=2026-09-29&to=2026-10-26", "/example.org?from=2026-09-01&to=2026-09-28", "/example.org"},
		{"from=2026-11-19&to=2026-11-21", "/example.org?from=2026-11-16&to=2026-11-18", "/example.org?from=2026-11-22&to=2026-11-23"},
		{"from=2026-02-01&to=2026-02-28", "/example.org?from=2026-01-01&to=2026-01-31", "/example.org?from=2026-03-01&to=2026-03-31"},
	} {
		v := parse(t, c[0])
		if got := v.In(v.Period.Previous(monday)).URL(); got != c[1] {
			t.Errorf("%s: previous %s, want %s", c[0], got, c[1])
		}
		next := ""
		if p, ok := v.Period.Next(monday); ok {
			next = v.In(p).URL()
		}
		if next != c[2] {
			t.Errorf("%s: next %s, want %s", c[0], next, c[2])
		}
	}
}

func TestURLHoldsTheWholeState(t *testing.T) {
	for _, query := range []string{
		"", "period=today", "from=2026-10-05&to=2026-10-11", "metric=pageviews", "by=week", "f=is:source:Google", "f=is:source:Google|Bing&f=not:page:/a/b",
		"f=is:prop:plan:large", "f=contains:page:a%5C%7Cb", "f=is:source:", "page=3&sort=visits", "t.sources=channels", "f=is:page:/x?y%26z:%C3%A6",
	} {
		v := parse(t, query)
		_, encoded, _ := strings.Cut(v.URL(), "?")
		again := parse(t, encoded)
		if v.URL() != again.URL() || len(v.Filters) != len(again.Filters) {
			t.Errorf("%s became %s, then %s", query, v.URL(), again.URL())
		}
	}
	v := parse(t, "f=contains:page:a%5C%7Cb%7Cc&period=28d&metric=visitors")
	if len(v.Filters[0].Values) != 2 || v.Filters[0].Values[0] != "a|b" {
		t.Errorf("values are %q", v.Filters[0].Values)
	}
	if got := v.Clear().URL(); got != "/example.org" {
		t.Errorf("the default view is %s", got)
	}
	if got := (View{Domain: "example.org/blog", Period: v.Period, Step: Day}).URL(); got != "/example.org%2Fblog" {
		t.Errorf("a domain with a path is %s", got)
	}
}

func TestChanges(t *testing.T) {
	v := parse(t, "f=is:source:Google&page=2&t.sources=channels")
	f, err := ParseFilter("is:page:/a")
	if err != nil {
		t.Fatal(err)
	}
	with := v.Details("pages").Only(f)
	if len(with.Filters) != 2 || with.Panel != "" || with.Page != 1 || !with.Has(f) {
		t.Errorf("with another filter: %+v", with)
	}
	if without := with.Without(f); len(without.Filters) != 1 || len(v.Filters) != 1 || len(with.Filters) != 2 {
		t.Errorf("removing a filter changed others: %+v", without)
	}
	if other := v.Tab("pages", "exit"); len(v.Tabs) != 1 || len(other.Tabs) != 2 || other.Page != 1 {
		t.Errorf("choosing a tab changed the view it came from")
	}
}

func TestProblemsAreNamedAndLeftOut(t *testing.T) {
	for query, want := range map[string]string{
		"period=decade":                              `no period “decade”`,
		"from=2026-13-01&to=2026-11-01":              "not a date",
		"from=2026-11-01":                            "not a date",
		"from=2026-12-24&to=2026-12-31":              "in the future",
		"from=2026-11-10&to=2026-11-01":              "ends (2026-11-01) before",
		"from=2010-01-01&to=2026-11-01":              "five years",
		"f=source":                                   "not a filter",
		"f=likes:source:Google":                      "not a filter",
		"f=is:shoe_size:44":                          `“shoe_size” cannot`,
		"f=is:prop::44":                              `“prop:” cannot`,
		"f=is:source":                                `cannot be filtered by`,
		"f=matches:page:(":                           "regular expression",
		"f=is:page:%00":                              "bytes fit",
		"f=is:page:" + strings.Repeat("x", 1025):     "bytes fit",
		"f=is:page:" + strings.Repeat("x|", 50):      "at most 50 values",
		strings.Repeat("f=is:page:x&", 2) + many(20): "at most 20 filters",
	} {
		v, problems := Parse("example.org", values(query), monday)
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), want) {
			t.Errorf("%s: %v, want one with %q", query, problems, want)
		}
		if v.Period.Days() != 28 || len(v.Filters) > maxFilters {
			t.Errorf("%s: the view is %+v", query, v)
		}
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("&f=is:page:/" + strings.Repeat("p", i))
	}
	return b.String()
}

func TestSteps(t *testing.T) {
	for query, want := range map[string]Step{
		"period=today": Hour, "period=7d": Day, "": Day, "by=week": Week, "by=hour": Day, "period=7d&by=hour": Hour, "from=2026-11-01&to=2026-11-10&by=week": Day, "from=2026-09-01&to=2026-11-10&by=month": StepMonth, "by=year": Day, "period=6mo": Week, "period=12mo&by=month": StepMonth,
	} {
		if got := parse(t, query).Step; got != want {
			t.Errorf("%s: by %s, want %s", query, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "period=today&f=is:source:Google", "from=2026-01-01&to=2026-02-03&by=week", "f=matches:prop:a%5Cb:%5C%7C", "fd=page&fo=is&fv=x", "t.a=b&t.=c&page=9&sort=x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		v, _ := Parse("example.org", values(query), monday)
		if v.Period.From > v.Period.To || v.Period.To > monday || v.Page < 1 {
			t.Fatalf("%q gives %+v", query, v)
		}
		u, err := url.Parse(v.URL())
		if err != nil {
			t.Fatalf("%q gives the address %q: %v", query, v.URL(), err)
		}
		again, problems := Parse("example.org", u.Query(), monday)
		if again.URL() != v.URL() || len(problems) > 0 {
			t.Errorf("%q: %s became %s (%v)", query, v.URL(), again.URL(), problems)
		}
	})
}
