package dashboards

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sporlos/letter"
	"sporlos/site"
	"sporlos/store"
)

// withNewsletters is the furnished house with two newsletters: spring, which counts opens, and autumn, of which nothing was counted.
func withNewsletters(t *testing.T) *house {
	t.Helper()
	h := furnished(t, nil)
	ctx := context.Background()
	for _, c := range []letter.Campaign{
		{Site: "small.example", Name: "spring", Title: "Vår <2027>", Opens: true, Links: []letter.Link{
			{Name: "shop", URL: "https://small.example/shop?utm_source=newsletter&utm_campaign=spring"}, {Name: "blog", URL: "https://elsewhere.example/blog"}}},
		{Site: "small.example", Name: "autumn", Links: []letter.Link{{Name: "jobs", URL: "https://small.example/jobs"}}},
	} {
		h.now = h.now.Add(time.Second) // the latest stands first
		if _, err := h.settings.AddCampaign(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	today := h.small.DayAt(h.now.Unix())
	for i, row := range []struct {
		day        site.Day
		link, kind string
		n          uint64
	}{
		{today, "", "open", 5}, {today - 1, "", "open", 2}, {today, "", "machine", 3}, {today, "shop", "click", 4}, {today - 1, "shop", "click", 2},
		{today, "blog", "click", 1}, {today, "blog", "machine", 1}, {today, "gone", "click", 1}, {today - 40, "shop", "click", 100},
	} {
		err := h.store.Insert(ctx, "newsletters", fmt.Sprint(i), []store.Column{
			{Name: "site", Values: []uint32{h.small.ID}}, {Name: "day", Values: []time.Time{row.day.Date()}}, {Name: "campaign", Values: []string{"spring"}},
			{Name: "link", Values: []string{row.link}}, {Name: "kind", Values: []string{row.kind}}, {Name: "letters", Values: []uint64{row.n}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// TestNewslettersShowsWhatWasCountedByHand: see the rows of withNewsletters.
func TestNewslettersShowsWhatWasCountedByHand(t *testing.T) {
	h := withNewsletters(t)
	a := h.get("/small.example/newsletters")
	since := "since " + h.now.UTC().Format("Mon 2 Jan 2006")
	h.wants(a, 200, map[string]string{
		"letter-spring": "Vår <2027> spring, " + since + " 8 clicks · 7 opens · 4 more by machines Vår <2027> Link Clicks Machines " +
			"shop https://small.example/shop?utm_source=newsletter&utm_campaign=spring 6 0 blog https://elsewhere.example/blog 1 1 gone removed 1 0 What to put into the letter " +
			"The same for every recipient. Whatever a mailing program adds behind a question mark is not read. shop https://stats.example/n/spring/shop blog https://stats.example/n/spring/blog " +
			`At the end of the letter, to count opens: <img src="https://stats.example/n/spring.gif" width="1" height="1" alt=""> Visits it brought to the site`,
		"letter-autumn": "autumn " + since + " 0 clicks · opens are not counted autumn Link Clicks Machines jobs https://small.example/jobs 0 0 What to put into the letter " +
			"The same for every recipient. Whatever a mailing program adds behind a question mark is not read. jobs https://stats.example/n/autumn/jobs " +
			"This link leads to the site itself. For its visits to be counted under Campaigns, tag its target: https://small.example/jobs?utm_source=newsletter&utm_medium=email&utm_campaign=autumn " +
			"To count opens, too: sporlos newsletter opens autumn on",
	})
	if strings.Index(a.body, "letter-autumn") > strings.Index(a.body, "letter-spring") {
		t.Error("the latest newsletter does not stand first")
	}
	if to := a.links("letter-spring")["Visits it brought to the site"]; to != "/small.example?f=is:utm_campaign:spring" {
		t.Errorf("its visits are at %q", to)
	}
	chart := a.text("chart")
	for _, want := range []string{"Clicks", h.now.AddDate(0, 0, -1).Format("Mon 2 Jan 2006") + " 2", h.now.Format("Mon 2 Jan 2006") + " not over yet 6", h.now.AddDate(0, 0, -27).Format("Mon 2 Jan 2006") + " 0"} {
		if !strings.Contains(chart, want) {
			t.Errorf("the chart's table lacks %q: %s", want, chart)
		}
	}
	if !strings.Contains(a.body, `<path class="now" d="M0 200`) || !strings.Contains(a.body, `<path class="open"`) || strings.Count(a.body, `class="spark"`) != 1 {
		t.Error("the drawings are not there")
	}
	if why := a.text("letters-why"); !strings.Contains(why, "How often, never who") || !strings.Contains(why, "led on and not counted") {
		t.Errorf("it is explained as: %s", why)
	}
}

func TestNewslettersOfAPeriod(t *testing.T) {
	h := withNewsletters(t)
	day := func(n int) string { return h.now.AddDate(0, 0, n).Format(time.DateOnly) }
	for query, want := range map[string]string{
		"?period=today":                         "6 clicks · 5 opens · 4 more by machines",
		"?period=yesterday":                     "2 clicks · 2 opens",
		"?from=" + day(-40) + "&to=" + day(-40): "100 clicks · 0 opens",
		"?period=12mo":                          " opens ",
	} {
		if a := h.get("/small.example/newsletters" + query); a.StatusCode != 200 || !strings.Contains(a.text("letter-spring"), want) {
			t.Errorf("%s: %d %s", query, a.StatusCode, a.text("letter-spring"))
		}
	}
	a := h.get("/small.example/newsletters?period=yesterday")
	for text, to := range a.links("view") {
		if text == "Today" && to != "/small.example/newsletters?period=today" {
			t.Errorf("%s leads to %s", text, to)
		}
	}
}

// TestWayToNewsletters: links stand on the overview, in its menu and on the list of sites, for sites that have some.
func TestWayToNewsletters(t *testing.T) {
	h := furnished(t, nil)
	if _, err := h.settings.AddSite(context.Background(), "other.example", "UTC"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/small.example"} {
		if a := h.get(path); strings.Contains(a.body, "/newsletters") {
			t.Errorf("%s leads to newsletters that are not there", path)
		}
	}
	none := h.get("/small.example/newsletters")
	if got := none.text("no-letters"); !strings.Contains(got, "sporlos newsletter add spring-2027 --site small.example") || find(none.doc, "chart") != nil {
		t.Errorf("without any: %d %s", none.StatusCode, words(none.doc))
	}
	if _, err := h.settings.AddCampaign(context.Background(), letter.Campaign{Site: "small.example", Name: "spring"}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/": 1, "/small.example": 2, "/small.example/pages": 2, "/small.example/newsletters": 3 /* and the period it shows anyway */} {
		a := h.get(path)
		if got := strings.Count(a.body, `href="/small.example/newsletters"`); got != want || strings.Contains(a.body, "/other.example/newsletters") {
			t.Errorf("%s leads to newsletters %d times, want %d", path, got, want)
		}
	}
	if got := h.get("/small.example/newsletters").text("letter-spring"); !strings.Contains(got, "It has no link yet: sporlos newsletter link add spring shop=") {
		t.Errorf("without links: %s", got)
	}
}

func TestNewslettersOfASiteWithoutCampaigns(t *testing.T) {
	h := withNewsletters(t)
	h.small = must(h.small.With(site.Settings{Preset: "cnil"}))
	if err := h.settings.SaveSite(context.Background(), h.small); err != nil {
		t.Fatal(err)
	}
	h.wants(h.get("/small.example/newsletters"), 200, map[string]string{"no-campaigns": "This site counts no campaigns: its preset is cnil."})
}

func TestNewslettersAreNotForEverybody(t *testing.T) {
	h := open(t, nil)
	if a := h.get("/small.example/newsletters"); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login") {
		t.Errorf("without a login: %d %s", a.StatusCode, a.Header.Get("Location"))
	}
	h.enter("kari")
	h.wants(h.get("/nowhere.example/newsletters"), 404, nil)
}
