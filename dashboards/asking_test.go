package dashboards

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

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
	if a.text("chips") != "" || !strings.Contains(a.text("view"), "There is no segment") || strings.Contains(a.body, private.Name) {
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

// TestPeriodsAreCompared: A, B, C of these 28 days against D, E of those before, and against day −30 alone.
func TestPeriodsAreCompared(t *testing.T) {
	h := furnished(t, nil)
	day := func(n int) string { return h.now.AddDate(0, 0, n).Format(time.DateOnly) }
	only := "&cfrom=" + day(-30) + "&cto=" + day(-30)
	h.wants(h.get("/small.example?compare=custom"+only), 200, map[string]string{
		"figure-visitors": "Visitors 3 ↗ +200% up 200%", "figure-pageviews": "Pageviews 6 ↗ +50% up 50%",
		"figure-bounce_rate": "Bounce rate 33% ↗ +33 pts up 33 pts", "figure-views_per_visit": "Views per visit 2.00 ↘ −50% down 50%",
	})
	a := h.get("/small.example?compare=none")
	h.wants(a, 200, map[string]string{"figure-visitors": "Visitors 3 – nothing to compare with"})
	if strings.Contains(a.body, `class="then"`) || strings.Contains(a.text("chart"), "ompared with") {
		t.Error("a second line without a comparison")
	}
	a = h.get("/small.example?compare=year")
	h.wants(a, 200, map[string]string{"figure-visitors": "Visitors 3 – nothing to compare with"})
	if !strings.Contains(a.text("chart"), "counting began after it, on "+h.now.AddDate(0, 0, -55).Format("Mon 2 Jan 2006")) {
		t.Errorf("why there is no comparison: %s", a.text("chart"))
	}
	a = h.get("/small.example?compare=custom&cfrom=" + day(-60) + "&cto=" + day(-33))
	if !strings.Contains(a.text("chart"), "counting began in the middle of it") {
		t.Errorf("why there is no comparison: %s", a.text("chart"))
	}
	a = h.get("/small.example/pages")
	for _, want := range []string{"/ 2 0% no change 2 0% no change", "/pricing 2 new new 2", "/blog/ski 1 new new 1"} {
		if !strings.Contains(a.text("panel-pages"), want) {
			t.Errorf("the table lacks %q: %s", want, a.text("panel-pages"))
		}
	}
	if got := h.get("/small.example/pages?compare=none").text("panel-pages"); strings.Contains(got, "new") || !strings.Contains(got, "/pricing 2 2") {
		t.Errorf("the table without a comparison: %s", got)
	}
	for _, link := range []string{"Previous period", "Same period last year", "No comparison"} {
		if h.get("/small.example/pages?f=is:country:NO").links("compare")[link] == "" {
			t.Errorf("the menu lacks %q", link)
		}
	}
}

func TestRowsAreSearchedAndSorted(t *testing.T) {
	h := furnished(t, nil)
	for query, want := range map[string]string{
		"/pages?q.pages=BLOG&compare=none":                "/blog 1 1",
		"/pages?q.pages=blog&sort=-name&compare=none":     "/blog/ski 1 1",
		"/pages?q.pages=nothing":                          "No row contains “nothing”.",
		"/places?q.places=germ&compare=none":              "DE Germany 1 33%",
		"/places?sort=name&compare=none":                  "DE Germany 1 33%",
		"/places?sort=-name&compare=none&q.places=a":      "NO Norway 2 67%",
		"/pages?sort=name&compare=none":                   "Time on page Scroll depth / 2 2",
		"/pages?sort=-pageviews&compare=none&q.pages=pri": "/pricing 2 2",
	} {
		got := h.get("/small.example" + query).text("panel-" + strings.SplitN(strings.TrimPrefix(query, "/"), "?", 2)[0])
		if !strings.Contains(got, want) {
			t.Errorf("%s: %q lacks %q", query, got, want)
		}
	}
	a := h.get("/small.example/pages?q.pages=blog&f=is:country:NO&compare=none")
	if got := a.text("panel-pages"); strings.Contains(got, "/pricing") || !strings.Contains(got, "Rows 1–2 of 2") {
		t.Errorf("rows that do not match: %s", got)
	}
	if to := a.links("panel-pages"); to["All rows"] != "/small.example/pages?compare=none&f=is:country:NO" || to["Page"] != "/small.example/pages?compare=none&f=is:country:NO&q.pages=blog&sort=name" {
		t.Errorf("links: %v", to)
	}
}

// TestFiltersAreMadeByForm with names in the place of codes and numbers, and say in place what is wrong.
func TestFiltersAreMadeByForm(t *testing.T) {
	h := furnished(t, nil)
	price, desktop, _ := h.defined()
	for query, want := range map[string]string{
		"?fd=country&fo=is&fv=Norway&fv=germany":                         "/small.example?f=is:country:NO%7CDE",
		"?fd=country&fo=starts&fv=germ":                                  "/small.example?f=is:country:DE",
		"?fd=goal&fo=is&fv=saw+the+price":                                "/small.example?f=is:goal:" + price.ID,
		"/pages?fd=device&fo=not&fv=Mobile&page=3":                       "/small.example/pages?f=not:device:Mobile",
		"?f=is:country:NO&or=is:country:NO&fd=device&fo=is&fv=Mobile":    "/small.example?f=or(is:country:NO%2Cis:device:Mobile)",
		"?f=is:country:NO&edit=is:country:NO&fd=country&fo=is&fv=Sweden": "/small.example?f=is:country:SE",
	} {
		a := h.get("/small.example" + query)
		if to := strings.NewReplacer("%28", "(", "%29", ")").Replace(a.Header.Get("Location")); a.StatusCode != 303 || to != want {
			t.Errorf("%s: %d to %q, want %q", query, a.StatusCode, to, want)
		}
	}
	a := h.get("/small.example?f=is:country:NO&fd=page&fo=matches&fv=%28")
	if got := a.text("filter-problem"); got != "The pattern “(” is not a regular expression (RE2): missing closing )." || !strings.Contains(a.body, `<details class="menu" id="add-filter" open>`) || !strings.Contains(a.body, `name="fv" value="(" list="filter-values"`) || a.text("chips") != "Country is Norway ×" {
		t.Errorf("what is wrong is said as %q, chips %q", got, a.text("chips"))
	}
	a = h.get("/small.example?f=or(is:country:NO,is:device:Mobile)")
	to := a.links("chips")["Device is Mobile"]
	if a.text("chips") != "Country is Norway or Device is Mobile ×" || !strings.HasPrefix(a.text("figure-visitors"), "Visitors 3 ") || to == "" {
		t.Fatalf("%q leads to %q, %s", a.text("chips"), to, a.text("figure-visitors"))
	}
	a = h.get(to)
	if !strings.Contains(a.body, `<option value="device" selected>`) || !strings.Contains(a.body, `name="fv" value="Mobile"`) || a.links("add-filter")["Remove the filter"] != "/small.example?f=is:country:NO" {
		t.Errorf("the form is not filled in: %v", a.links("add-filter"))
	}
	for query, want := range map[string]string{"fd=country&text=nor": "Norway", "fd=page&text=ski": "/blog/ski", "fd=goal&text=": "Saw the price", "fd=mood&text=": "", "fd=device&text=": "Desktop Mobile", "key=": "url", "key=UR&fd=country&text=nor": "url", "key=plan": ""} {
		if got := words(h.get("/small.example/suggest?" + query).doc); got != want {
			t.Errorf("for %s is suggested %q, want %q", query, got, want)
		}
	}
	menu := h.get("/small.example?f=is:country:NO").links("segments")
	if menu["At a desk"] != "/small.example?f=is:country:NO&seg="+desktop.ID || menu["Ola's own"] != "" {
		t.Errorf("the menu of segments: %v", menu)
	}
}

// TestSegmentsAndAnnotationsAreSavedFromThePage and it comes back to what was looked at.
func TestSegmentsAndAnnotationsAreSavedFromThePage(t *testing.T) {
	h := furnished(t, nil)
	_, desktop, _ := h.defined()
	form := url.Values{"name": {"Norwegians at a desk"}, "query": {"f=is:device:Desktop&f=is:country:NO"}, "back": {"/small.example?period=7d"}, "do": {"save"}}
	a := h.post("/small.example/settings/segments", form)
	have, err := h.settings.Definitions(context.Background(), h.small.ID)
	if err != nil || len(have.Segments) != 3 {
		t.Fatalf("%+v, %v", have, err)
	}
	saved := have.Segments[1]
	if to := a.Header.Get("Location"); a.StatusCode != 303 || to != "/small.example?period=7d&saved=&seg="+saved.ID || saved.Personal {
		t.Fatalf("%d to %q, %+v", a.StatusCode, to, saved)
	}
	if page := h.get(a.Header.Get("Location")); page.text("saved") != "Saved." || page.text("chips") != "Segment: Norwegians at a desk ×" {
		t.Errorf("after saving: %s, %s", page.text("saved"), page.text("chips"))
	}
	if body := h.get("/small.example?seg=" + desktop.ID + "&f=is:country:NO").body; !strings.Contains(body, `name="query" value="f=is:device:Desktop&amp;f=is:country:NO"`) {
		t.Error("a segment within a segment loses the outer one's filters")
	}
	if a := h.post("/small.example/settings/segments", url.Values{"name": {"x"}, "query": {"f=is:page:/"}, "back": {"https://evil.example/"}}); a.Header.Get("Location") != "/small.example/settings/segments?saved" {
		t.Errorf("a foreign address is followed: %s", a.Header.Get("Location"))
	}
	note := url.Values{"text": {"Winter sale"}, "day": {h.now.AddDate(0, 0, -1).Format(time.DateOnly)}, "hour": {"9"}, "back": {"/small.example?period=7d"}, "do": {"save"}}
	if a := h.post("/small.example/settings/annotations", note); a.StatusCode != 303 || a.Header.Get("Location") != "/small.example?period=7d&saved=" {
		t.Fatalf("%d to %s", a.StatusCode, a.Header.Get("Location"))
	}
	yesterday := h.now.AddDate(0, 0, -1).Format("Mon 2 Jan 2006")
	a = h.get("/small.example?period=7d")
	if got := a.text("notes"); got != "1 Winter sale "+yesterday+", 09:00 · kari Change" || !strings.Contains(a.body, `aria-label="Annotation 1: Winter sale, `+yesterday+`, 09:00"`) || !strings.Contains(a.body, `<line class="mark-line" x1="83.3`) {
		t.Errorf("the annotation is shown as %q", got) // the 6th of 7 days
	}
	if a := h.get("/small.example?period=today"); a.text("notes") != "" {
		t.Error("yesterday's annotation stands at today")
	}
}
