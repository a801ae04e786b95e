package language

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"sporlos/site"
)

func TestNumbers(t *testing.T) {
	l := English()
	for v, want := range map[float64]string{
		0: "0", 1: "1", 999: "999", 1234: "1\u202f234", 9999: "9\u202f999", 10000: "10k", 12345: "12.3k", 99949: "99.9k", 99950: "100k", 123456: "123k",
		999499: "999k", 999500: "1M", 4560000: "4.56M", 12_000_000: "12M", 1_250_000_000: "1.25B", -1234: "−1\u202f234",
	} {
		if got := l.Compact(v); got != want {
			t.Errorf("Compact(%v) = %q, want %q", v, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 12: "12", 123: "123", 1234567: "1\u202f234\u202f567", -1000: "−1\u202f000"} {
		if got := l.Integer(n); got != want {
			t.Errorf("Integer(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestMetric(t *testing.T) {
	l := English()
	for _, c := range []struct {
		metric string
		v      float64
		want   string
	}{
		{"visit_duration", 0, "0s"}, {"visit_duration", 59.4, "59s"}, {"visit_duration", 59.6, "1m 00s"}, {"visit_duration", 134, "2m 14s"}, {"time_on_page", 3780, "1h 03m"},
		{"bounce_rate", 37, "37%"}, {"percentage", 0.4, "0.4%"}, {"percentage", 5, "5.0%"}, {"percentage", 9.96, "10%"}, {"percentage", 0, "0%"}, {"percentage", 12.34, "12%"}, {"views_per_visit", 2.5, "2.50"}, {"visitors", 12345, "12.3k"},
	} {
		if got := l.Metric(c.metric, c.v); got != c.want {
			t.Errorf("%s %v = %q, want %q", c.metric, c.v, got, c.want)
		}
	}
	if got := l.Exact("visitors", 12345); got != "12\u202f345" {
		t.Errorf("Exact = %q", got)
	}
}

func day(y int, m time.Month, d int) site.Day { return site.DayOfDate(y, m, d) }

func TestRange(t *testing.T) {
	l := English()
	for want, r := range map[string][2]site.Day{
		"Mon 23 Nov 2026":          {day(2026, 11, 23), day(2026, 11, 23)},
		"October 2026":             {day(2026, 10, 1), day(2026, 10, 31)},
		"February 2028":            {day(2028, 2, 1), day(2028, 2, 29)},
		"1–23 Nov 2026":            {day(2026, 11, 1), day(2026, 11, 23)},
		"27 Oct – 23 Nov 2026":     {day(2026, 10, 27), day(2026, 11, 23)},
		"30 Dec 2025 – 2 Jan 2026": {day(2025, 12, 30), day(2026, 1, 2)},
		"1 Oct – 30 Nov 2026":      {day(2026, 10, 1), day(2026, 11, 30)},
		"1 Dec 2025 – 30 Nov 2026": {day(2025, 12, 1), day(2026, 11, 30)},
	} {
		if got := l.Range(r[0], r[1]); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestBucket(t *testing.T) {
	l := English()
	for _, c := range [][4]string{
		{"hour", "2026-11-23 09:00:00", "09:00", "Mon 23 Nov, 09:00"}, {"day", "2026-11-23", "23 Nov", "Mon 23 Nov 2026"},
		{"week", "2026-11-23", "23 Nov", "Week of 23 Nov 2026"}, {"month", "2026-11-01", "Nov", "November 2026"}, {"day", "strange", "strange", "strange"},
	} {
		if axis, full := l.Bucket(c[0], c[1]); axis != c[2] || full != c[3] {
			t.Errorf("%s %s: %q, %q", c[0], c[1], axis, full)
		}
	}
}

func TestCountry(t *testing.T) {
	l := English()
	for code, want := range map[string]string{"NO": "Norway", "DE": "Germany", "GB": "United Kingdom", "XX": "XX", "": "", "(not set)": "(not set)", "150": "150"} {
		if got := l.Country(code); got != want {
			t.Errorf("%q is %q, want %q", code, got, want)
		}
	}
}

func TestCountryCode(t *testing.T) {
	l := English()
	for text, want := range map[string]string{"Norway": "NO", " norway ": "NO", "no": "NO", "Côte d’Ivoire": "CI", "Narnia": "Narnia", "": ""} {
		if got := l.CountryCode(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestSay(t *testing.T) {
	l := English()
	if got := l.Say("no.such.key", 1); got != "no.such.key" {
		t.Errorf("a missing key gives %q", got)
	}
	if got := l.Many("live", 1) + "|" + l.Many("live", 1200); got != "1 visitor now|1\u202f200 visitors now" {
		t.Errorf("%q", got)
	}
}

var verb = regexp.MustCompile(`%[a-z%]`)

// TestLanguagesSayTheSame: every language has every key, not empty, with the same verbs in the same order.
func TestLanguagesSayTheSame(t *testing.T) {
	first := All()[0]
	for _, l := range All()[1:] {
		for key, text := range first.words {
			other, ok := l.words[key]
			if !ok || other == "" {
				t.Errorf("%s does not say %q", l.Tag, key)
			} else if a, b := verb.FindAllString(text, -1), verb.FindAllString(other, -1); !slices.Equal(a, b) {
				t.Errorf("%s: %s has the verbs %v, want %v", l.Tag, key, b, a)
			}
		}
		for key := range l.words {
			if !first.Knows(key) {
				t.Errorf("%s says %q, which %s does not", l.Tag, key, first.Tag)
			}
		}
	}
}

func TestTags(t *testing.T) {
	var tags []string
	for _, l := range All() {
		tags = append(tags, l.Tag)
	}
	if !slices.Equal(tags, Tags()) {
		t.Errorf("All speaks %v, Tags says %v", tags, Tags())
	}
}

func TestPreferred(t *testing.T) {
	for _, c := range []struct{ chosen, accept, want string }{
		{"", "", "en"}, {"", "nb-NO,nb;q=0.9,en;q=0.8", "nb"}, {"", "en-GB,nb;q=0.9", "en"}, {"", "no", "nb"}, {"", "nn-NO", "nb"}, {"", "de", "en"},
		{"nb", "en", "nb"}, {"en", "nb", "en"}, {"xx", "nb", "nb"}, {"", "nb;q=x,,;", "en"},
	} {
		if got := Preferred(c.chosen, c.accept); got != c.want {
			t.Errorf("chosen %q, header %q: %q, want %q", c.chosen, c.accept, got, c.want)
		}
	}
}

func TestWeeksBeginAsTheRegionHasIt(t *testing.T) {
	for _, c := range []struct {
		tag, accept string
		want        bool
	}{
		{"en", "en-US,en;q=0.9", true}, {"en", "en-CA", true}, {"en", "en-GB,en-US;q=0.8", false}, {"en", "en", false}, {"en", "", false}, {"en", "de-DE", false},
		{"en", "nb-NO,en-US;q=0.5", false}, {"nb", "en-US", false}, {"en", "en;q=x,,", false}, {"en", "en;q=0.4,en-US;q=0.9", true},
	} {
		if got := SundayFirst(c.tag, c.accept); got != c.want {
			t.Errorf("%s, %q: %v", c.tag, c.accept, got)
		}
	}
}

func TestBokmal(t *testing.T) {
	l := Bokmal()
	hour, hourFull := l.Bucket("hour", "2026-11-23 09:00:00")
	month, _ := l.Bucket("month", "2026-05-01")
	for got, want := range map[string]string{
		l.Compact(12345):                             "12,3k",
		l.Integer(1234567):                           "1\u202f234\u202f567",
		l.Metric("views_per_visit", 2.5):             "2,50",
		l.Metric("bounce_rate", 37):                  "37\u202f%",
		l.Metric("percentage", 0.4):                  "0,4\u202f%",
		l.Metric("visit_duration", 3780):             "1t 03m",
		l.Day(day(2026, 11, 23)):                     "man. 23. nov. 2026",
		l.Day(day(2026, 5, 17)):                      "søn. 17. mai 2026",
		l.Range(day(2026, 11, 1), day(2026, 11, 23)): "1.–23. nov. 2026",
		l.Range(day(2026, 10, 1), day(2026, 10, 31)): "oktober 2026",
		l.Range(day(2026, 6, 30), day(2026, 7, 2)):   "30. juni – 2. juli 2026",
		hour: "09:00", hourFull: "man. 23. nov., 09:00", month: "mai",
		l.Country("DE"): "Tyskland", l.CountryCode("Tyskland"): "DE", l.Country("NO"): "Norge",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
