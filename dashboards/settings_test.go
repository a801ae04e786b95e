package dashboards

import (
	"context"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"sporlos/dashboards/test/fixture"
	"sporlos/site"
)

func (h *house) settingsOf(domain string) site.Settings {
	h.Helper()
	s, err := h.settings.Site(context.Background(), domain)
	if err != nil {
		h.Fatal(err)
	}
	return s.Settings()
}

func TestSettingsShowWhatIsKept(t *testing.T) {
	h := furnished(t, func(o *Options) {
		o.Retention = 6
		o.Estimates = func(id uint32) []Estimate {
			return []Estimate{{site.DayOfDate(2026, 11, 23), 50, 51}, {site.DayOfDate(2026, 11, 22), 1951.4, 2002.2}}
		}
	})
	a := h.get("/small.example/settings")
	h.wants(a, 200, map[string]string{
		"identity":  "By network, browser and language: the address is cut before anything else sees it, and the number made of it dies at midnight.",
		"cost":      "Fewer visitors Day Visitors by network By whole address Fewer visitors Mon 23 Nov 2026 50 51 2% Sun 22 Nov 2026 1951 2002 3%",
		"retention": "Everything measured is deleted 6 months after its day, and not shown any more from that moment on.",
	})
	table := a.text("presets")
	for _, s := range site.Switches() {
		for _, p := range site.Presets() {
			if !strings.Contains(table, s.Name) || !strings.Contains(table, s.Of(p)) {
				t.Errorf("the table does not say of %s under %s: %s", s.Name, p.Name, s.Of(p))
			}
		}
	}
	if to := h.get("/small.example").body; !strings.Contains(to, `href="/small.example/settings"`) {
		t.Error("nothing leads to the settings")
	}
}

func TestSettingsWithoutAnEstimate(t *testing.T) {
	away := furnished(t, nil).get("/small.example/settings")
	if got := away.text("no-cost"); !strings.Contains(got, "runs elsewhere") {
		t.Errorf("without a collector: %q", got)
	}
	early := furnished(t, func(o *Options) { o.Estimates = func(uint32) []Estimate { return nil } }).get("/small.example/settings")
	if got := early.text("no-cost"); !strings.Contains(got, "from the first visitor on") {
		t.Errorf("without visitors: %q", got)
	}
	nobody := furnished(t, func(o *Options) { o.Identity = "none" }).get("/small.example/settings")
	if nobody.text("no-cost") != "" || !strings.Contains(nobody.text("identity"), "visitors are not") {
		t.Errorf("identity none: %q", nobody.text("view"))
	}
}

func TestSettingsAreChanged(t *testing.T) {
	h := furnished(t, nil)
	form := url.Values{"preset": {"cnil"}, "min_searches": {"5"}, "keep_ids": {"yes"}, "honour_signals": {"yes"}}
	a := h.post("/small.example/settings", form)
	if a.StatusCode != 303 || a.Header.Get("Location") != "/small.example/settings?saved" {
		t.Fatalf("%d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	if got := h.settingsOf("small.example"); !reflect.DeepEqual(got, site.Settings{Preset: "cnil", MinSearches: 5, KeepIDs: true}) {
		t.Errorf("stored: %+v", got)
	}
	page := h.get("/small.example/settings?saved")
	if !strings.Contains(page.text("saved"), "Saved") || !strings.Contains(page.body, `value="cnil" checked`) || !strings.Contains(page.body, `name="keep_ids" value="yes" checked`) ||
		strings.Contains(page.body, `name="referrer_path" value="yes" checked`) || !strings.Contains(page.body, `value="5"`) {
		t.Errorf("the page does not show it: %s", page.text("view"))
	}
	// The figures are rounded from the next page on: 3 visitors are shown as 0, 6 views as 10.
	h.wants(h.get("/small.example"), 200, map[string]string{"figure-visitors": "Visitors 0 – nothing to compare with"})
	if got := h.get("/small.example").text("figure-pageviews"); !strings.HasPrefix(got, "Pageviews 10 ") {
		t.Errorf("pageviews are shown as %q, want 6 rounded to 10", got)
	}
	form.Del("honour_signals")
	form.Set("preset", "standard")
	h.post("/small.example/settings", form)
	if got := h.settingsOf("small.example"); !got.IgnoreSignals || got.Preset != "standard" {
		t.Errorf("stored: %+v", got)
	}
}

// TestSettingsAreNotChanged by nonsense, by strangers, or by a page of somebody else that posts in a reader's name.
func TestSettingsAreNotChanged(t *testing.T) {
	h := furnished(t, nil)
	good := url.Values{"preset": {"cnil"}, "min_searches": {"2"}}
	with := func(name, value string) url.Values {
		form := url.Values{"preset": {"cnil"}, "min_searches": {"2"}}
		form.Set(name, value)
		return form
	}
	for name, c := range map[string]struct {
		path    string
		form    url.Values
		headers []string
		status  int
	}{
		"a preset there is not": {"/small.example/settings", with("preset", "lax"), nil, 422},
		"a threshold of one":    {"/small.example/settings", with("min_searches", "1"), nil, 422},
		"no threshold":          {"/small.example/settings", with("min_searches", ""), nil, 422},
		"too high a threshold":  {"/small.example/settings", with("min_searches", "1001"), nil, 422},
		"another origin":        {"/small.example/settings", good, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"another origin, old":   {"/small.example/settings", good, []string{"Origin", "https://evil.example"}, 403},
		"a site there is not":   {"/nobody.example/settings", good, nil, 404},
		"another page":          {"/small.example/pages", good, nil, 404},
		"a large form":          {"/small.example/settings", with("x", strings.Repeat("x", 10_000)), nil, 422},
	} {
		if a := h.post(c.path, c.form, c.headers...); a.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", name, a.StatusCode, c.status)
		}
		if got := h.settingsOf("small.example"); !reflect.DeepEqual(got, site.Settings{}) {
			t.Fatalf("%s: changed to %+v", name, got)
		}
	}
	h.client.Jar = nil
	if a := h.post("/small.example/settings", good); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login") || !reflect.DeepEqual(h.settingsOf("small.example"), site.Settings{}) {
		t.Errorf("a stranger: %d to %s", a.StatusCode, a.Header.Get("Location"))
	}
}

// TestNobodyIsShown: with identity "none" visitors are a dash, not one, and visits stand in their place.
func TestNobodyIsShown(t *testing.T) {
	h := furnished(t, func(o *Options) { o.Identity = "none" })
	for _, table := range []string{"events", "visits"} {
		if err := h.store.Exec(context.Background(), "ALTER TABLE "+table+" UPDATE visitor = 0 WHERE 1 SETTINGS mutations_sync = 2"); err != nil {
			t.Fatal(err)
		}
	}
	a := h.get("/small.example")
	h.wants(a, 200, map[string]string{
		"figure-visitors": "Visitors – – nothing to compare with",
		"figure-visits":   "Visits 3 ↗ +50% up 50%",
		"panel-pages":     "Pages Pages Entry Exit Pages Page Visits Pageviews / 2 2 /pricing 2 2 /blog 1 1 /blog/ski 1 1 Details",
		"panel-places":    "Places Countries Map Regions Cities Places Country Visits NO Norway 2 DE Germany 1 Details",
		"live":            "",
	})
	if !strings.Contains(a.body, `aria-label="Visits by day, `) {
		t.Error("the chart is not one of visits")
	}
	if got := h.get("/small.example/places?compare=none").text("panel-places"); !strings.Contains(got, "Country Visits Pageviews Bounce rate Visit duration NO Norway 2 5") {
		t.Errorf("in full: %s", got)
	}
	if a := h.get("/small.example/live"); a.StatusCode != 404 {
		t.Errorf("visitors now: %d", a.StatusCode)
	}
	ctx := context.Background()
	two, err := h.settings.AddSite(ctx, "two.example", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	if err := fixture.Small(ctx, h.store, two, h.now); err != nil {
		t.Fatal(err)
	}
	if got := h.get("/").text("view"); !strings.Contains(got, "small.example –") {
		t.Errorf("the list: %s", got)
	}
}
