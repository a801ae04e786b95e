package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"sporlos/dashboards/test/fixture"
	"sporlos/store/enginetest"
	"sporlos/store/report"
)

// TestOverviewShowsWhatWasCountedByHand: see the table at fixture.Small. No script runs here.
func TestOverviewShowsWhatWasCountedByHand(t *testing.T) {
	h := furnished(t, nil)
	h.wants(h.get("/small.example"), 200, map[string]string{
		// A, B, C against D, E. Change in percent; of the bounce rate in points: 1 of 3 against 1 of 2.
		"figure-visitors":        "Visitors 3 ↗ +50% up 50%",
		"figure-visits":          "Visits 3 ↗ +50% up 50%",
		"figure-pageviews":       "Pageviews 6 ↗ +20% up 20%",
		"figure-views_per_visit": "Views per visit 2.00 ↘ −20% down 20%",
		"figure-bounce_rate":     "Bounce rate 33% ↘ −17 pts down 17 pts",
		"figure-visit_duration":  "Visit duration 1m 40s ↗ +233% up 233%", // (100+0+200)/3 against (0+60)/2
		"live":                   "1 visitor now",
		"panel-sources":          "Where visits come from Sources Channels Referrers Campaigns Where visits come from Source Visitors Share Direct / None 1 33% Google 1 33% newsletter 1 33% Details",
		"panel-pages":            "Pages Pages Entry Exit Pages Page Visitors Pageviews / 2 2 /pricing 2 2 /blog 1 1 /blog/ski 1 1 Details",
		"panel-places":           "Places Countries Map Regions Cities Places Country Visitors Share NO Norway 2 67% DE Germany 1 33% Details",
		"panel-devices":          "Devices Browsers Systems Devices Name Version Devices Browser Visitors Share Chrome 1 33% Firefox 1 33% Safari 1 33% Details",
		"panel-events":           "Events Events Outbound links Downloads Forms 404 Name Properties Events Event Times Visitors File downloaded 1 1 Outbound link followed 1 1 Details",
		"panel-searches": "Site search Phrases No results Refined Opened By day Site search Phrases Searches No results ski wax 5 0 snowshoes 2 2 (rare searches) 1 " +
			"Phrases searched fewer than 2 times in this period are counted but not shown: a rare phrase could be somebody's name or address. " +
			"Searches are held back until at least 20 have come together, or until the day ends, so the latest may be missing. What became of them is counted when the day is over. Details",
		"refused": "What was refused, and why 9 beacons were not counted in this period Reason Beacons Robots, crawlers and headless browsers 7 Time on a page that belongs to no visit known any more 2",
	})
}

func TestRarePhraseIsNotShown(t *testing.T) {
	h := furnished(t, nil)
	for _, path := range []string{"/small.example", "/small.example/searches", "/small.example?t.searches=zero", "/small.example?t.searches=refined", "/small.example?t.searches=opened", "/small.example/searches?t.searches=ledto"} {
		if a := h.get(path); strings.Contains(a.body, "nordmann") || a.StatusCode != 200 {
			t.Errorf("%s shows a phrase that was searched once (%d)", path, a.StatusCode)
		}
	}
}

func TestChartIsATableAndADrawing(t *testing.T) {
	h := furnished(t, nil)
	a := h.get("/small.example?metric=pageviews")
	chart := a.text("chart")
	today, yesterday := h.now.Format("Mon 2 Jan 2006"), h.now.AddDate(0, 0, -1).Format("Mon 2 Jan 2006")
	for _, want := range []string{yesterday + " 3 0", today + " not over yet 3 0"} {
		if !strings.Contains(chart, want) {
			t.Errorf("the chart's table lacks %q: %s", want, chart)
		}
	}
	for _, want := range []string{`<path class="now" d="M0 200`, `<path class="open"`, `<path class="then" d="M0 `, `aria-label="Pageviews by day, `} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the drawing lacks %s", want)
		}
	}
}

func TestPeriods(t *testing.T) {
	h := furnished(t, nil)
	day := func(n int) string { return h.now.AddDate(0, 0, n).Format(time.DateOnly) }
	for query, want := range map[string]string{
		"?period=today":                         "Visitors 2 ↗ +100% up 100%",
		"?period=yesterday":                     "Visitors 1 – nothing to compare with",
		"?period=7d":                            "Visitors 3 – nothing to compare with", // there was none in the week before
		"?from=" + day(-30) + "&to=" + day(-30): "Visitors 1 – nothing to compare with",
		"?from=" + day(-55) + "&to=" + day(-29): "Visitors 2 – nothing to compare with", // before the first day
		"?from=" + day(-40) + "&to=" + day(-20): "Visitors 1 – nothing to compare with", // E is in the days before, but the site is younger than they are
	} {
		h.wants(h.get("/small.example"+query), 200, map[string]string{"figure-visitors": want})
	}
	chart := h.get("/small.example?period=today").text("chart")
	for _, want := range []string{"09:00 1 0", "14:00 not over yet 1 0", "15:00 – 0", "12:00 0 1"} {
		if !strings.Contains(chart, want) {
			t.Errorf("today by hour lacks %q: %s", want, chart)
		}
	}
}

func TestClickOnARowFilters(t *testing.T) {
	h := furnished(t, nil)
	to := h.get("/small.example").links("panel-places")["NO Norway"]
	if to != "/small.example?f=is:country:NO" {
		t.Fatalf("Norway leads to %q", to)
	}
	a := h.get(to)
	h.wants(a, 200, map[string]string{
		"figure-visitors": "Visitors 2 – nothing to compare with", "figure-pageviews": "Pageviews 5 – nothing to compare with",
		"panel-places": "Places Countries Map Regions Cities Places Country Visitors Share NO Norway 2 100% Details",
	})
	if !strings.Contains(a.text("view"), "Country is Norway") || !strings.Contains(a.text("panel-searches"), "filters do not apply here") {
		t.Errorf("the filter is not named, or not its limits: %s", a.text("view"))
	}
	if back := a.links("panel-places")["NO Norway"]; back != "/small.example" {
		t.Errorf("a second click leads to %q", back)
	}
	h.wants(h.get("/small.example?f=is:country:NO&f=is:page:/blog"), 200, map[string]string{"figure-visitors": "Visitors 1 – nothing to compare with"})
	h.wants(h.get("/small.example?f=is:source:Direct+/+None"), 200, map[string]string{"figure-visitors": "Visitors 1 ↘ −50% down 50%"})
	h.wants(h.get("/small.example?f=is:country:FR"), 200, map[string]string{"figure-visitors": "Visitors 0 – nothing to compare with",
		"panel-pages": "Pages Pages Entry Exit Nothing matches these filters in this period."})
}

func TestFormAddsAFilter(t *testing.T) {
	h := furnished(t, nil)
	a := h.get("/small.example?fd=page&fo=starts&fv=/blog&f=is:country:NO")
	if to := a.Header.Get("Location"); a.StatusCode != 303 || to != "/small.example?f=is:country:NO&f=starts:page:/blog" {
		t.Errorf("%d to %q", a.StatusCode, to)
	}
	a = h.get("/small.example?fd=country&fo=is&fv=norway")
	if to := a.Header.Get("Location"); to != "/small.example?f=is:country:NO" {
		t.Errorf("a country by name leads to %q", to)
	}
}

func TestTabs(t *testing.T) {
	h := furnished(t, nil)
	for query, want := range map[string][2]string{
		"t.sources=channels":       {"panel-sources", "Channel Visitors Share Direct 1 33% Email 1 33% Organic Search 1 33%"},
		"t.sources=referrers":      {"panel-sources", "Referrer Visitors Share google.com 1 100%"},
		"t.sources=campaigns":      {"panel-sources", "Campaign Visitors Share spring 1 100%"},
		"t.sources=medium":         {"panel-sources", "Campaign medium Visitors Share email 1 100%"},
		"t.pages=entry":            {"panel-pages", "Entry page Entrances Bounce rate / 2 50% /blog 1 0%"},
		"t.pages=exit":             {"panel-pages", "Exit page Exits Visitors /pricing 2 2 / 1 1"},
		"t.devices=systems":        {"panel-devices", "System Visitors Share Android 1 33% Windows 1 33% macOS 1 33%"},
		"t.devices=systemversions": {"panel-devices", "System version Visitors Share Android 15 1 33% Windows 11 1 33% macOS 15 1 33%"},
		"t.devices=sizes":          {"panel-devices", "Device Visitors Share Desktop 2 67% Mobile 1 33%"},
		"t.searches=zero":          {"panel-searches", "Phrases No results Searches snowshoes 2 2"},
		"t.searches=refined":       {"panel-searches", "Phrases Refined Searches ski wax 2 5"},
		"t.searches=opened":        {"panel-searches", "Page Opened /blog/ski 3 Not in these rows: 1 opened too seldom to be shown, or from rare searches."},
		"t.searches=ledto":         {"panel-searches", "Phrase → page Opened ski wax → /blog/ski 3"},
		"t.searches=days":          {"panel-searches", "Day Searches Opened " + h.now.Format("Mon 2 Jan 2006") + " 8 4 " + h.now.AddDate(0, 0, -1).Format("Mon 2 Jan 2006") + " 0 0"},
		"t.events=outbound":        {"panel-events", "Times Visitors yr.no 1 1"},
		"t.events=outboundfrom":    {"panel-events", "Page Times Visitors /pricing 1 1"},
		"t.events=props":           {"panel-events", "Property Times Visitors Values url 2 2 2"},
		"t.events=prop:url":        {"panel-events", "Property “url” Times Visitors small.example/map.pdf 1 1 yr.no 1 1"},
		"t.events=missing":         {"panel-events", "No missing page was reported in this period."},
		"t.events=downloads":       {"panel-events", "Times Visitors small.example/map.pdf 1 1"},
		"t.events=forms":           {"panel-events", "Nobody has sent a form in this period. Forms count by themselves when they are sent; what is written in them is never read."},
		"t.sources=nonsense":       {"panel-sources", "Source Visitors Share Direct / None 1 33%"},
	} {
		if got := h.get("/small.example?"+query, "HX-Request", "true", "HX-Target", "section#"+want[0]).text(want[0]); !strings.Contains(got, want[1]) {
			t.Errorf("%s: %q lacks %q", query, got, want[1])
		}
	}
}

func TestHtmxGetsOnePanel(t *testing.T) {
	h := furnished(t, nil)
	a := h.get("/small.example?t.sources=channels", "HX-Request", "true", "HX-Target", "section#panel-sources")
	if a.StatusCode != 200 || !strings.HasPrefix(strings.TrimSpace(a.body), `<section class="card panel" id="panel-sources"`) || strings.Contains(a.body, "<html") || strings.Contains(a.body, "panel-pages") {
		t.Errorf("%d: %s", a.StatusCode, a.body)
	}
	if a := h.get("/small.example", "HX-Request", "true", "HX-Target", "section#panel-none"); a.StatusCode != 404 {
		t.Errorf("a panel there is not: %d", a.StatusCode)
	}
	if a := h.get("/small.example/live"); a.StatusCode != 200 || a.text("live") != "1 visitor now" || strings.Contains(a.body, "<main") {
		t.Errorf("live: %d %s", a.StatusCode, a.body)
	}
}

func TestDetails(t *testing.T) {
	h := furnished(t, nil)
	a := h.get("/small.example/places?f=is:device:Desktop")
	h.wants(a, 200, map[string]string{"panel-places": "Places Countries Map Regions Cities Search the rows Search Places Country Visitors Share Visits Pageviews Bounce rate Visit duration NO Norway 2 new new 100% 2 5 0% 2m 30s Rows 1–1 of 1"})
	h.wants(h.get("/small.example/searches"), 200, map[string]string{"panel-searches": "Site search Phrases No results Refined Opened By day Search the rows Search Site search Phrases Searches No results Opened Refined Exits ski wax 5 0 3 2 0 snowshoes 2 2 0 0 1 (rare searches) 1 " +
		"Phrases searched fewer than 2 times in this period are counted but not shown: a rare phrase could be somebody's name or address. " +
		"All phrases together: 8 searches, 25% without results. " +
		"The same phrase again by paging, reloading or going back is no new search, but nobody can tell whose two searches are: at most so many visitors searched a phrase. " +
		"A result opened, a phrase refined and an exit are told apart by phrase only where at least 20 a day came together. Searches are held back until at least 20 have come together, or until the day ends, so the latest may be missing. What became of them is counted when the day is over. Rows 1–2 of 2"})
	sorted := h.get("/small.example/pages?sort=pageviews&from=" + h.now.AddDate(0, 0, -60).Format(time.DateOnly) + "&to=" + h.now.Format(time.DateOnly))
	if got := sorted.text("panel-pages"); !strings.Contains(got, "/ 4 4") {
		t.Errorf("sorted pages: %s", got)
	}
	if a := h.get("/small.example/nothing"); a.StatusCode != 404 {
		t.Errorf("a panel there is not: %d", a.StatusCode)
	}
}

func TestDetailsArePaged(t *testing.T) {
	h := furnished(t, nil)
	ctx := context.Background()
	wide, err := h.settings.AddSite(ctx, "wide.example", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	if err := fixture.Pages(ctx, h.store, wide, h.now, 120); err != nil {
		t.Fatal(err)
	}
	one := h.get("/wide.example/pages")
	two := h.get(one.links("panel-pages")["Next"])
	three := h.get(two.links("panel-pages")["Next"])
	for i, c := range []struct {
		a    answer
		want string
	}{{one, "Rows 1–50 of 120"}, {two, "Rows 51–100 of 120"}, {three, "Rows 101–120 of 120"}} {
		if got := c.a.text("panel-pages"); !strings.Contains(got, c.want) {
			t.Errorf("page %d lacks %q: %s", i+1, c.want, got)
		}
	}
	if three.links("panel-pages")["Next"] != "" || three.links("panel-pages")["Previous"] == "" || one.links("panel-pages")["Previous"] != "" {
		t.Error("the pager leads beyond its ends")
	}
	if got := h.get("/wide.example").text("panel-pages"); !strings.Contains(got, "All 120 rows") {
		t.Errorf("the overview does not say how many there are: %s", got)
	}
}

func TestWaitingForTheFirstBeacon(t *testing.T) {
	h := furnished(t, nil)
	ctx := context.Background()
	fresh, err := h.settings.AddSite(ctx, "new.example", "Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	if err := fixture.Refuse(ctx, h.store, fresh.ID, fixture.Refusals{Day: fresh.DayAt(h.now.Unix()), Reason: "robot", N: 3}); err != nil {
		t.Fatal(err)
	}
	a := h.get("/new.example")
	for _, want := range []string{"Waiting for the first beacon…", `<script defer data-domain="new.example" src="https://stats.example/w.js"></script>`, "Robots, crawlers and headless browsers: 3"} {
		if !strings.Contains(a.text("view"), want) {
			t.Errorf("the page lacks %q: %s", want, a.text("view"))
		}
	}
	poll := func() answer { return h.get("/new.example/waiting", "HX-Request", "true", "HX-Target", "div#waiting") }
	if a := poll(); !strings.Contains(a.body, `hx-trigger="every 2s"`) || strings.Contains(a.body, "<html") {
		t.Errorf("the wait ends too early: %s", a.body)
	}
	if err := fixture.Small(ctx, h.store, fresh, h.now); err != nil {
		t.Fatal(err)
	}
	if a := poll(); !strings.Contains(a.text("waiting"), "Received") || strings.Contains(a.body, "hx-trigger") {
		t.Errorf("the first beacon is not noticed: %s", a.body)
	}
}

func TestSites(t *testing.T) {
	h := open(t, nil)
	h.enter("kari")
	if a := h.get("/"); !strings.Contains(a.text("view"), "sporlos site add") {
		t.Errorf("without sites: %s", a.text("view"))
	}
	ctx := context.Background()
	one, err := h.settings.AddSite(ctx, "one.example/blog", "Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	if a := h.get("/"); a.StatusCode != 303 || a.Header.Get("Location") != "/one.example%2Fblog" {
		t.Errorf("the only site: %d to %s", a.StatusCode, a.Header.Get("Location"))
	}
	if a := h.get("/one.example%2Fblog"); a.StatusCode != 200 {
		t.Errorf("a site with a path: %d", a.StatusCode)
	}
	if err := fixture.Small(ctx, h.store, one, h.now); err != nil {
		t.Fatal(err)
	}
	if _, err := h.settings.AddSite(ctx, "two.example", "UTC"); err != nil {
		t.Fatal(err)
	}
	if got := h.get("/").text("view"); got != "Sites Administer sites one.example/blog 3 Visitors, last 28 days two.example 0 Visitors, last 28 days" {
		t.Errorf("the list: %s", got)
	}
	if a := h.get("/www.TWO.example"); a.StatusCode != 200 {
		t.Errorf("a domain written differently: %d", a.StatusCode)
	}
}

func TestBadQuestionsAreExplainedInPlace(t *testing.T) {
	h := furnished(t, nil)
	for query, want := range map[string]string{
		"f=matches:page:(":     "not a regular expression",
		"f=is:shoe_size:44":    `“shoe_size” cannot be filtered by`,
		"period=decade":        `no period “decade”`,
		"from=x&to=2026-01-01": "not a date",
		"f=%zz":                "cannot be understood",
		"f=matches:page:" + strings.Repeat("(a|", 300) + strings.Repeat(")", 300): "",
	} {
		a := h.get("/small.example?" + query)
		if a.StatusCode != 200 || !strings.Contains(a.text("view"), "Left out") && want != "" || !strings.Contains(a.text("view"), want) || !strings.HasPrefix(a.text("figure-visitors"), "Visitors ") {
			t.Errorf("%.40s: %d, %s", query, a.StatusCode, a.text("view"))
		}
	}
}

func TestStoreAway(t *testing.T) {
	away := enginetest.Start(t)
	h := furnished(t, func(o *Options) { o.Report = report.New(away.Conn(), time.Now) })
	if err := away.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/small.example", "/small.example/pages", "/small.example/live"} {
		a := h.get(path)
		if a.StatusCode != 503 || a.Header.Get("Retry-After") == "" || !strings.Contains(a.text("view"), "The database is not answering") || strings.Contains(a.body, "goroutine") || strings.Contains(a.body, "clickhouse") {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
		}
	}
}

func TestNothingHostileGetsThrough(t *testing.T) {
	h := furnished(t, nil)
	ctx := context.Background()
	bad, err := h.settings.AddSite(ctx, "bad.example", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	evil := `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	if err := fixture.Insert(ctx, h.store, fixture.Hostile(bad, h.now, evil)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/bad.example", "/bad.example/pages", "/bad.example/events?t.events=outbound", "/bad.example?f=is:page:" + url.QueryEscape(evil), "/bad.example?f=" + url.QueryEscape(evil), "/bad.example?period=" + url.QueryEscape(evil)} {
		a := h.get(path)
		if a.StatusCode != 200 || strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<img") || !strings.Contains(a.body, "alert(1)") {
			t.Errorf("%s: %d; what is hostile must be shown, as text", path, a.StatusCode)
		}
		for c := range a.doc.Descendants() {
			for _, at := range c.Attr {
				if strings.HasPrefix(at.Key, "on") || at.Key == "href" && strings.HasPrefix(strings.ToLower(at.Val), "javascript:") {
					t.Errorf("%s: <%s %s=%q>", path, c.Data, at.Key, at.Val)
				}
			}
		}
	}
}

// TestPagesKeepTheirOwnPolicy: nothing inline, nothing from elsewhere.
func TestPagesKeepTheirOwnPolicy(t *testing.T) {
	h := furnished(t, nil)
	for _, path := range []string{"/small.example", "/small.example/pages", "/login", "/nowhere", "/welcome/x"} {
		a := h.get(path)
		if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s", path, csp)
		}
		if a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("X-Frame-Options") != "DENY" || a.Header.Get("Referrer-Policy") == "" {
			t.Errorf("%s: headers %v", path, a.Header)
		}
		for c := range a.doc.Descendants() {
			if c.Type != html.ElementNode {
				continue
			}
			if c.Data == "style" || c.Data == "script" && c.FirstChild != nil {
				t.Errorf("%s: inline <%s>", path, c.Data)
			}
			for _, at := range c.Attr {
				elsewhere := strings.HasPrefix(at.Val, "http") || strings.HasPrefix(at.Val, "//")
				if at.Key == "style" || elsewhere && slices.Contains([]string{"src", "href", "action", "hx-get"}, at.Key) {
					t.Errorf("%s: <%s %s=%q>", path, c.Data, at.Key, at.Val)
				}
			}
		}
	}
}

// TestFirstViewIsSmall holds what a first visit transfers to 60 KB.
func TestFirstViewIsSmall(t *testing.T) {
	h := furnished(t, nil)
	total := 0
	size := func(path, encoding string) string {
		a := h.get(path, "Accept-Encoding", encoding)
		if a.StatusCode != 200 || a.Header.Get("Content-Encoding") == "" {
			t.Fatalf("%s: %d, encoded as %q", path, a.StatusCode, a.Header.Get("Content-Encoding"))
		}
		total += len(a.body)
		return a.body
	}
	size("/small.example", "gzip")
	page := h.get("/small.example")
	for _, path := range regexp.MustCompile(`/assets/[^"]+`).FindAllString(page.body, -1) {
		size(path, "gzip, br")
	}
	t.Logf("%d bytes for the first view", total)
	if total > 60_000 || total < 20_000 {
		t.Errorf("the first view transfers %d bytes", total)
	}
}

// TestLanguage: a page speaks what the browser asks for, until the reader chooses.
func TestLanguage(t *testing.T) {
	h := furnished(t, nil)
	speaks := func(a answer, tag, heading string) {
		t.Helper()
		if !strings.Contains(a.body, `<html lang="`+tag+`"`) || !strings.Contains(a.body, heading) {
			t.Errorf("want %s with %q", tag, heading)
		}
		if vary := strings.Join(a.Header.Values("Vary"), ","); !strings.Contains(vary, "Accept-Language") || !strings.Contains(vary, "Cookie") {
			t.Errorf("Vary: %s", vary)
		}
	}
	speaks(h.get("/small.example", "Accept-Language", "nb"), "nb", "Hvor besøkene kommer fra")
	speaks(h.get("/small.example", "Accept-Language", "fr"), "en", "Where visits come from")
	if a := h.post("/language", url.Values{"language": {"nb"}, "back": {"/small.example?period=7d"}}); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/small.example?period=7d" {
		t.Errorf("%d to %s", a.StatusCode, a.Header.Get("Location"))
	}
	speaks(h.get("/small.example", "Accept-Language", "en"), "nb", "Hvor besøkene kommer fra")
	if a := h.post("/language", url.Values{"language": {"<x>"}, "back": {"https://evil.example/"}}); a.Header.Get("Location") != "/" {
		t.Errorf("a foreign address is followed: %s", a.Header.Get("Location"))
	}
	speaks(h.get("/small.example", "Accept-Language", "en"), "en", "Where visits come from")
}
