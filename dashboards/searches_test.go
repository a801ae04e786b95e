package dashboards

import (
	"net/url"
	"strings"
	"testing"

	"sporlos/dashboards/language"
	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/report"
)

// TestTogether: shares of outcomes are of the searches of days that are over, for of the others nothing is known yet.
func TestTogether(t *testing.T) {
	d := &Dashboards{words: language.English()}
	all := report.SearchCounts{Searches: 50, Zero: 10, Opened: 30, Refined: 4, Left: 10}
	for past, want := range map[int]string{
		0:  "All phrases together: 50 searches, 20% without results.",
		40: "All phrases together: 50 searches, 20% without results. Per search of the days that are over: results opened 75%, refined 10%, exits 25%.",
	} {
		if got := d.together(report.Searches{All: all, Past: past}); got != want {
			t.Errorf("%d are over: %s", past, got)
		}
	}
}

// TestTrendOfSearches: the days of the period beside those of another, summed up to weeks that begin in the period or before it.
func TestTrendOfSearches(t *testing.T) {
	h := furnished(t, nil)
	today := h.now.Format("Mon 2 Jan 2006")
	a := h.get("/small.example/searches?compare=none")
	if got := a.text("trend"); !strings.Contains(got, "Searches by day") || !strings.Contains(got, today+" not over yet 8") {
		t.Errorf("by day: %s", got)
	}
	if _, hours := a.links("trend")["hour"]; hours || a.links("trend")["week"] != "/small.example/searches?by=week&compare=none" {
		t.Errorf("steps lead to %v", a.links("trend"))
	}
	if got := h.get("/small.example/searches?by=week&compare=none").text("trend"); !strings.Contains(got, "not over yet 8") {
		t.Errorf("by week: %s", got)
	}
	if got := h.get("/small.example/searches?period=7d&by=hour&compare=none").text("trend"); !strings.Contains(got, "Searches by day") {
		t.Errorf("there are no hours of searches: %s", got)
	}
	for _, path := range []string{"/small.example/searches?period=today", "/small.example/searches?from=2026-01-01&to=2026-01-31", "/small.example/pages"} {
		if a := h.get(path); a.text("trend") != "" || a.text("chart") != "" {
			t.Errorf("%s has a trend: %s", path, a.text("trend"))
		}
	}
	d := &Dashboards{words: language.English()}
	row := func(label string, n float64) report.Row {
		return report.Row{Dimensions: []string{label}, Metrics: []float64{n}}
	}
	v := view.View{Step: view.Day, Period: view.Period{Kind: view.Custom}}
	c := d.newTrend(v, h.now, []report.Row{row("2026-11-02", 4), row("2026-11-03", 6)}, []report.Row{row("2025-11-02", 3)}, &view.Period{})
	if p := c.Points; p[0].Before != 3 || p[0].BeforeFull != "Sun 2 Nov 2025" || !p[1].NoBefore || p[1].Value != 6 {
		t.Errorf("%+v", c.Points)
	}
	labels := []string{"2026-10-26", "2026-11-02", "2026-11-09"}
	for day, want := range map[int]int{1: 0, 2: 1, 8: 1, 9: 2, 30: 2} {
		if got := bucketOf(labels, site.DayOfDate(2026, 11, day).String()); got != want {
			t.Errorf("%d Nov is in the week of %s", day, labels[got])
		}
	}
}

// TestSearchesAreSortedAndSearched in each of their tables.
func TestSearchesAreSortedAndSearched(t *testing.T) {
	h := furnished(t, nil)
	today, before := h.now.Format("Mon 2 Jan 2006"), h.now.AddDate(0, 0, -1).Format("Mon 2 Jan 2006")
	for query, want := range map[string]string{
		"":                                      "ski wax|snowshoes|(rare searches)",
		"sort=-searches":                        "snowshoes|ski wax|(rare searches)",
		"sort=zero":                             "snowshoes|ski wax|(rare searches)",
		"sort=-name":                            "snowshoes|ski wax|(rare searches)",
		"q.searches=SHOE":                       "snowshoes",
		"q.searches=ola":                        "",
		"t.searches=zero&q.searches=wax":        "",
		"t.searches=opened&q.searches=ski":      "/blog/ski",
		"t.searches=ledto&q.searches=wax":       "ski wax → /blog/ski",
		"t.searches=ledto&sort=-name":           "ski wax → /blog/ski",
		"period=yesterday&t.searches=days":      "",
		"period=7d&t.searches=days&sort=name":   h.now.AddDate(0, 0, -6).Format("Mon 2 Jan 2006"),
		"period=7d&t.searches=days":             today + "|" + before,
		"period=7d&t.searches=days&sort=-name":  today + "|" + before,
		"period=7d&t.searches=days&sort=opened": today + "|" + before,
		"t.searches=days&q.searches=" + url.QueryEscape(strings.ToUpper(before)): before,
	} {
		var rows []string
		for _, r := range tableRows(find(h.get("/small.example/searches?"+query).doc, "panel-searches")) {
			rows = append(rows, r[0])
		}
		if got := strings.Join(rows, "|"); got != want && !strings.HasPrefix(got, want+"|") || want == "" && got != "" {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if got := h.get("/small.example/searches?period=yesterday").text("panel-searches"); strings.Contains(got, "0 searches") || strings.Contains(got, "Search the rows") || !strings.Contains(got, "No searches in this period.") {
		t.Errorf("a day without: %s", got)
	}
	a := h.get("/small.example/searches?period=7d&t.searches=days")
	if links := a.links("panel-searches"); links["Searches"] != "/small.example/searches?period=7d&sort=searches&t.searches=days" || links["Day"] != "/small.example/searches?period=7d&sort=name&t.searches=days" {
		t.Errorf("heads lead to %v", links)
	}
	if a := h.get("/small.example/searches?q.searches=ola"); !strings.Contains(a.text("panel-searches"), "No row contains “ola”.") || strings.Contains(a.text("panel-searches"), "rare searches") {
		t.Errorf("nothing found: %s", a.text("panel-searches"))
	}
}
