package dashboards

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"sporlos/site"
)

// TestRealtimePage: visitor A looked at two pages, 14:27:00 and 14:28:40; it is 14:30.
func TestRealtimePage(t *testing.T) {
	h := furnished(t, nil)
	a := h.get("/small.example/realtime")
	h.wants(a, 200, map[string]string{
		"now":            "1",
		"list-pages":     "Where they are Where they are Page 30 min Now /pricing 1 1",
		"list-sources":   "Where they came from Where they came from Source 30 min Now Google 1 1",
		"list-countries": "From which countries From which countries Country 30 min Now NO Norway 1 1",
	})
	if n := strings.Count(a.body, "<rect x="); n != 30 {
		t.Errorf("%d bars, want 30", n)
	}
	if n := strings.Count(a.body, ": 1 pageviews, 1 visitors</title>"); n != 2 {
		t.Errorf("%d minutes with a pageview, want 2", n)
	}
}

// TestGoalsPage: of the three visitors of 28 days A and C saw /pricing, and C took a file away from there.
func TestGoalsPage(t *testing.T) {
	h := furnished(t, nil)
	ctx := context.Background()
	h.wants(h.get("/small.example/goals"), 200, map[string]string{"no-goals": "There is no goal yet A goal is something you want visitors to do: see a page, send an event, read a page to its end, search. Define one, and it is counted for all that is stored, the past included. Define a goal"})
	add := func(g site.Goal) string {
		t.Helper()
		saved, err := h.settings.SaveGoal(ctx, h.small.ID, g)
		if err != nil {
			t.Fatal(err)
		}
		return saved.ID
	}
	price := add(site.Goal{Name: "Saw the price", Kind: site.PageGoal, Path: "/pricing"})
	file := add(site.Goal{Name: "Took a file", Kind: site.EventGoal, Event: "File Download"})
	funnel, err := h.settings.SaveFunnel(ctx, h.small.ID, site.Funnel{Name: "To the file", Steps: []string{price, file}})
	if err != nil {
		t.Fatal(err)
	}
	h.wants(h.get("/small.example/goals"), 200, map[string]string{
		"list-goals":          "Goals Goals Goal Visitors Conversions Rate Saw the price 2 2 66.7% Took a file 1 1 33.3%",
		"funnel-" + funnel.ID: "To the file 50% go all the way: 1 of 2 visits Saw the price: 2 Took a file: 1 100% 1. Saw the price 50% 2. Took a file To the file Step Visits Visitors Of the last Lost 1. Saw the price 2 2 67% 1 2. Took a file 1 1 50% 1 Within one visit, in this order; other things may happen in between.",
	})
	// a click on a goal shows who reached it, on every report
	filtered := h.get("/small.example?f=" + url.QueryEscape("is:goal:"+file))
	if got := filtered.text("figure-visitors"); !strings.HasPrefix(got, "Visitors 1 ") {
		t.Errorf("of those who took a file: %q", got)
	}
}

// TestJourneysPage: /pricing was seen twice, after / and after /blog/ski, and was the end of both visits.
func TestJourneysPage(t *testing.T) {
	h := furnished(t, nil)
	h.wants(h.get("/small.example/journeys?at=/pricing"), 200, map[string]string{
		"list-before": "Seen right before Seen right before Page Times Share / 1 50% /blog/ski 1 50%",
		"list-after":  "Seen right after No other page in these visits. Choose a page that is seen more often, or a longer period.",
	})
	a := h.get("/small.example/journeys?at=/")
	if !strings.Contains(a.body, `href="/small.example/journeys?at=/pricing"`) {
		t.Error("there is no way on from / to /pricing")
	}
}
