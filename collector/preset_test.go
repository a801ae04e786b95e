package collector

import (
	"strings"
	"testing"

	"sporlos/beacon"
	"sporlos/collector/place"
	"sporlos/site"
)

// presetSites are one site a preset: standard.example, cnil.example and headers-only.example.
func presetSites(t *testing.T) *Sites {
	var list []*site.Site
	for i, p := range site.Presets() {
		list = append(list, newSite(t, uint32(i+1), p.Name+".example", "UTC", site.Settings{Preset: p.Name}))
	}
	return NewSites(list...)
}

// inParis is a table of places that knows one network (81.130.17.0/24), down to its city.
func inParis(t *testing.T) *place.DB {
	db, err := place.Open("testdata/paris.mmdb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// TestPresetsDecideWhatIsKept sends the same visit to a site of each preset.
func TestPresetsDecideWhatIsKept(t *testing.T) {
	r := start(t, trustLoopback, func(o *Options) { o.Sites, o.Places = presetSites(t), inParis(t) })
	campaign := "?utm_source=letter&utm_medium=email&utm_campaign=spring&utm_content=top&utm_term=shoes&gclid=abc"
	for _, p := range site.Presets() {
		from := "X-Forwarded-For: 81.130.17.200"
		page := "https://" + p.Name + ".example/about" + campaign
		var got reply
		if p.Script {
			r.want(p.Name, r.post(`{"n":"pageview","u":"`+page+`","d":"`+p.Name+`.example"}`, from), beacon.Accepted)
		} else if got = r.do("GET", "/p?d="+p.Name+".example", "", from, "Referer: "+page); got.status != 204 || got.dropped != "" {
			t.Errorf("%s: GET /p is answered %d, dropped %q", p.Name, got.status, got.dropped)
		}
		events, _ := r.stored()
		e := events[len(events)-1]
		campaigns := strings.Join([]string{e.UTMSource, e.UTMMedium, e.UTMCampaign, e.UTMContent, e.UTMTerm}, " ")
		if want := map[bool]string{true: "letter email spring top shoes", false: "    "}[p.Campaigns]; campaigns != want {
			t.Errorf("%s keeps the campaign %q, want %q", p.Name, campaigns, want)
		}
		if (e.Source == "" && e.Channel == "Direct") == p.Campaigns {
			t.Errorf("%s makes of the campaign source %q and channel %q", p.Name, e.Source, e.Channel)
		}
		if e.Country != "FR" || (e.Region != "") != p.Places || (e.City != "") != p.Places {
			t.Errorf("%s keeps the place %q %q %q", p.Name, e.Country, e.Region, e.City)
		}
		if e.Path != "/about" {
			t.Errorf("%s keeps the page %q", p.Name, e.Path)
		}
	}
}

// TestHeadersOnlyTakesNothingThatAScriptSends: neither events nor searches, whoever sends them; the owner sees why.
func TestHeadersOnlyTakesNothingThatAScriptSends(t *testing.T) {
	r := start(t, func(o *Options) { o.Sites = presetSites(t) })
	for _, path := range []string{"/e", "/api/event"} {
		r.want(path, r.do("POST", path, `{"n":"pageview","u":"https://headers-only.example/","d":"headers-only.example"}`), beacon.HeadersOnly)
	}
	r.want("a search", r.do("POST", "/q", `{"d":"headers-only.example","q":"shoes"}`), beacon.HeadersOnly)
	r.want("a search elsewhere", r.do("POST", "/q", `{"d":"cnil.example","q":"shoes"}`), beacon.Accepted)
	got := r.do("GET", "/p?d=headers-only.example", "", "Referer: https://headers-only.example/", "DNT: 1")
	if got.status != 204 || got.dropped != beacon.OptedOut.String() {
		t.Errorf("a no is answered %d, dropped %q", got.status, got.dropped)
	}
	if err := r.c.tallies.flush(r.spool.Append); err != nil {
		t.Fatal(err)
	}
	events, tallies := r.stored()
	if len(events) != 0 || len(r.terms) != 1 {
		t.Errorf("%d events and %d searches were taken, want 0 and the one of cnil.example", len(events), len(r.terms))
	}
	found := false
	for _, tally := range tallies {
		found = found || tally.Site == 3 && tally.Reason == "headers_only" && tally.Count == 2
	}
	if !found {
		t.Errorf("the owner does not see why: %+v", tallies)
	}
}

// TestLongQueries: a page's address may be long; what makes it so is not kept.
func TestLongQueries(t *testing.T) {
	r := start(t)
	long := "https://example.org/list?filter=" + strings.Repeat("x", 7000)
	r.want("a long query", r.post(body(`,"u":"`+long+`"`)), beacon.Accepted)
	r.want("too long a query", r.post(body(`,"u":"`+long+strings.Repeat("x", 2000)+`"`)), beacon.Malformed)
	events, _ := r.stored()
	if len(events) != 1 || events[0].Path != "/list" {
		t.Errorf("%d events: %+v", len(events), events)
	}
}
