package dashboards

import (
	"encoding/csv"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sporlos/dashboards/view"
	"sporlos/site"
)

func TestSundays(t *testing.T) {
	for _, c := range [][3]string{ // from, to, weeks
		{"2026-11-01", "2026-11-07", "2026-11-01"},
		{"2026-11-02", "2026-11-08", "2026-11-01 2026-11-08"},
		{"2026-10-31", "2026-11-15", "2026-10-25 2026-11-01 2026-11-08 2026-11-15"},
	} {
		var days [2]site.Day
		for i, text := range c[:2] {
			day, err := time.Parse(time.DateOnly, text)
			if err != nil {
				t.Fatal(err)
			}
			days[i] = site.DayOfDate(day.Date())
		}
		if got := strings.Join(sundays(view.Period{From: days[0], To: days[1]}), " "); got != c[2] {
			t.Errorf("%s to %s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

// weekRows are the rows of the chart's table: a date and a number each.
func weekRows(a answer) map[string]string {
	rows := map[string]string{}
	for _, m := range regexp.MustCompile(`Week of (\d+ \w+ \d+)(?: not over yet)? (\S+)`).FindAllStringSubmatch(a.text("chart"), -1) {
		rows[m[1]] = m[2]
	}
	return rows
}

// TestWeeksBeginWhereTheReaderIs: for whoever reads in American English on Sundays, with the same sums; a ratio is that of the whole week; the
// file has what the page has.
func TestWeeksBeginWhereTheReaderIs(t *testing.T) {
	h := furnished(t, nil)
	from, to := h.now.AddDate(0, 0, -62).Format(time.DateOnly), h.now.Format(time.DateOnly)
	path := "/small.example?by=week&compare=none&from=" + from + "&to=" + to
	sum := func(rows map[string]string, on time.Weekday) (n int) {
		for label, value := range rows {
			day, err := time.Parse("2 Jan 2006", label)
			if err != nil || day.Weekday() != on {
				t.Errorf("a week begins on %s, %v", label, err)
			}
			count, err := strconv.Atoi(value)
			if err != nil {
				t.Error(err)
			}
			n += count
		}
		return n
	}
	british, american := weekRows(h.get(path, "Accept-Language", "en-GB")), weekRows(h.get(path, "Accept-Language", "en-US,en;q=0.9"))
	if b, a := sum(british, time.Monday), sum(american, time.Sunday); b == 0 || a != b {
		t.Errorf("%v adds up to %d, %v to %d", british, b, american, a)
	}
	first := h.now.AddDate(0, 0, -int(h.now.Weekday()))
	totals := h.get("/small.example?compare=none&from="+first.Format(time.DateOnly)+"&to="+to, "Accept-Language", "en-US").text("figure-views_per_visit")
	ratios := weekRows(h.get(path+"&metric=views_per_visit", "Accept-Language", "en-US"))
	if got := ratios[first.Format("2 Jan 2006")]; got == "" || !strings.Contains(totals, got) {
		t.Errorf("views per visit since Sunday: %q, want %q", got, totals)
	}
	file, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(h.get("/small.example/export/chart.csv"+strings.TrimPrefix(path, "/small.example"), "Accept-Language", "en-US").body, "\ufeff"))).ReadAll()
	if err != nil || len(file) != len(american)+1 {
		t.Fatalf("%d rows, %v", len(file), err)
	}
	column := slices.Index(file[0], "visitors")
	for _, row := range file[1:] {
		day, err := time.Parse(time.DateOnly, row[0])
		if err != nil || american[day.Format("2 Jan 2006")] != row[column] {
			t.Errorf("the file has %v, the page %v", row, american)
		}
	}
	if rows := weekRows(h.get("/small.example/searches"+strings.TrimPrefix(path, "/small.example"), "Accept-Language", "en-US")); sum(rows, time.Sunday) != 8 {
		t.Errorf("searches: %v", rows)
	}
	if compared := h.get(strings.Replace(path, "compare=none", "compare=prev", 1), "Accept-Language", "en-US"); compared.StatusCode != 200 {
		t.Errorf("beside another period: %d", compared.StatusCode)
	}
}
