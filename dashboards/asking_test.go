package dashboards

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"sporlos/site"
)

// defined adds a goal that A and C reached, and two segments, one of them ola's alone.
func (h *house) defined() (price site.Goal, desktop, private site.Segment) {
	h.Helper()
	ctx := context.Background()
	price, err := h.settings.SaveGoal(ctx, h.small.ID, site.Goal{Name: "Saw the price", Kind: site.PageGoal, Path: "/pricing"})
	if err != nil {
		h.Fatal(err)
	}
	if desktop, err = h.settings.SaveSegment(ctx, h.small.ID, site.Segment{Name: "At a desk", Query: "f=is:device:Desktop", Owner: "kari"}); err != nil {
		h.Fatal(err)
	}
	if private, err = h.settings.SaveSegment(ctx, h.small.ID, site.Segment{Name: "Ola's own", Query: "f=is:device:Mobile", Owner: "ola", Personal: true}); err != nil {
		h.Fatal(err)
	}
	return price, desktop, private
}

// TestGoalsAndSegmentsAreNamed: a chip has the name of what it is about, and leads out of it.
func TestGoalsAndSegmentsAreNamed(t *testing.T) {
	h := furnished(t, nil)
	price, desktop, private := h.defined()
	to := h.get("/small.example/goals?period=7d&t.pages=exit").links("list-goals")["Saw the price"]
	if want := "/small.example?f=is:goal:" + price.ID + "&period=7d&t.pages=exit"; to != want {
		t.Fatalf("the goal leads to %q, want %q", to, want)
	}
	a := h.get(to)
	if got := a.text("chips"); got != "Goal is Saw the price ×" || !strings.HasPrefix(a.text("figure-visitors"), "Visitors 2 ") {
		t.Errorf("the goal's chip is %q, %s", got, a.text("figure-visitors"))
	}
	a = h.get("/small.example?seg=" + desktop.ID + "&f=is:country:NO")
	if got := a.text("chips"); got != "Segment: At a desk × Country is Norway ×" || !strings.HasPrefix(a.text("figure-visitors"), "Visitors 2 ") {
		t.Errorf("the segment's chip is %q, %s", got, a.text("figure-visitors"))
	}
	if out := a.links("chips"); len(out) == 0 || !strings.Contains(a.body, `href="/small.example?f=is:country:NO" title="Leave the segment At a desk"`) {
		t.Errorf("the chip does not lead out of the segment: %v", out)
	}
	a = h.get("/small.example?seg=" + private.ID)
	if a.text("chips") != "" || !strings.Contains(a.text("view"), "there is no segment") || strings.Contains(a.body, private.Name) {
		t.Errorf("somebody else's segment: %s", a.text("view"))
	}
	for _, path := range []string{"/small.example/goals", "/small.example/journeys", "/small.example/pages"} {
		if a := h.get(path + "?seg=" + desktop.ID); !strings.Contains(a.text("view"), "Segment: At a desk") {
			t.Errorf("%s does not name its segment", path)
		}
	}
}

// TestJourneysStayWithTheirPage when the period changes and when a filter is taken away.
func TestJourneysStayWithTheirPage(t *testing.T) {
	h := furnished(t, nil)
	a := h.get("/small.example/journeys?at=/blog%3Fx&f=is:country:NO")
	if got := a.links("period")["Today"]; got != "/small.example/journeys?at=/blog%3Fx&f=is:country:NO&period=today" {
		t.Errorf("today is at %q", got)
	}
	if !strings.Contains(a.body, `href="/small.example/journeys?at=/blog%3Fx" title="Remove the filter`) {
		t.Error("without the filter the page is forgotten")
	}
	if keeps := strings.Count(a.body, `<input type="hidden" name="at" value="/blog?x">`); keeps != 1 {
		t.Errorf("the page is kept by %d forms, want that of the dates alone", keeps)
	}
	if got := h.get("/small.example?at=/blog").links("period")["Today"]; got != "/small.example?at=/blog&period=today" && got != "/small.example?period=today" {
		t.Errorf("the overview leads to %q", got)
	}
}

// TestHeadsSayHowRowsAreSorted to those who do not see the arrow.
func TestHeadsSayHowRowsAreSorted(t *testing.T) {
	h := furnished(t, nil)
	for query, want := range map[string]string{"": `aria-sort="descending"`, "?sort=-visitors": `aria-sort="ascending"`, "?sort=pageviews": `aria-sort="descending"`} {
		a := h.get("/small.example/pages" + query)
		if n := strings.Count(a.body, "aria-sort="); n != 1 || !strings.Contains(a.body, want) {
			t.Errorf("%q: %d heads are sorted, want one with %s", query, n, want)
		}
	}
	if got := h.get("/small.example/pages?sort=-visitors").links("panel-pages"); got["Visitors"] != "/small.example/pages" || got["Pageviews"] != "/small.example/pages?sort="+url.QueryEscape("pageviews") {
		t.Errorf("heads lead to %v", got)
	}
}
