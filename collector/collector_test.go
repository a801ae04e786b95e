package collector

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sporlos/beacon"
	"sporlos/event"
	"sporlos/site"
)

func body(fields string) string {
	return `{"n":"pageview","u":"https://example.org/","d":"example.org"` + fields + `}`
}

// TestEvent holds what becomes of a beacon, field by field.
func TestEvent(t *testing.T) {
	r := start(t, trustLoopback)
	got := r.post(`{"n":"pageview","u":"https://www.example.org/products?utm_source=letter&session=4711#top","d":"example.org","r":"https://news.example/today?user=7","p":{"plan":"large"}}`,
		"X-Forwarded-For: 129.240.12.13", "Accept-Language: nb", "Sec-CH-UA: \"Chromium\";v=\"140\", \"Google Chrome\";v=\"140\"")
	r.want("page view", got, beacon.Accepted)
	events, _ := r.stored()
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	e := events[0]
	want := event.Event{Site: 1, Day: 20780, Time: uint32(r.now.Unix()), Visitor: e.Visitor, Visit: e.Visit, Name: "pageview", Interactive: true,
		Host: "example.org", Path: "/products", Referrer: "news.example", Source: "letter", Channel: "Referral", UTMSource: "letter",
		Country: "NO", Browser: "Chrome", BrowserVersion: "140", OS: "Linux", Device: "Desktop", Props: []event.Prop{{Key: "plan", Value: "large"}}}
	if fmt.Sprintf("%#v", e) != fmt.Sprintf("%#v", want) || e.Visitor == 0 || e.Visit>>32 != uint64(e.Time) {
		t.Errorf("\n got %#v\nwant %#v", e, want)
	}
}

func TestVisitsOfVisitors(t *testing.T) {
	r := start(t)
	r.want("engagement before any view", r.post(`{"n":"engagement","u":"https://example.org/","d":"example.org","e":5000}`), beacon.NoVisit)
	r.want("quiet event before any view", r.post(body(`,"n":"Scrolled","i":false`)), beacon.NoVisit)
	for _, b := range []string{body(""), body(`,"n":"Signup"`), `{"n":"engagement","u":"https://example.org/","d":"example.org","e":5000,"sd":40}`} {
		r.want(b, r.post(b), beacon.Accepted)
	}
	r.want("another browser", r.post(body(""), "User-Agent: "+firefox), beacon.Accepted)
	r.pass(31 * time.Minute)
	r.want("engagement after the visit", r.post(`{"n":"engagement","u":"https://example.org/","d":"example.org","e":5000}`), beacon.NoVisit)
	r.want("half an hour later", r.post(body("")), beacon.Accepted)
	r.pass(11 * time.Hour) // past midnight in Oslo
	r.want("next day", r.post(body("")), beacon.Accepted)
	events, _ := r.stored()
	if len(events) != 6 {
		t.Fatalf("%d events", len(events))
	}
	first, other, later, tomorrow := events[0], events[3], events[4], events[5]
	for i, e := range events[1:3] {
		if e.Visit != first.Visit || e.Visitor != first.Visitor {
			t.Errorf("event %d left the visit", i+1)
		}
	}
	if e := events[2]; e.EngagementMS != 5000 || e.Scroll != 40 || e.Name != "engagement" {
		t.Errorf("engagement %+v", e)
	}
	if other.Visitor == first.Visitor || other.Visit == first.Visit {
		t.Error("two browsers are one visitor")
	}
	if later.Visitor != first.Visitor || later.Visit == first.Visit {
		t.Error("half an hour of silence does not end a visit, or ends the visitor")
	}
	if tomorrow.Visitor == first.Visitor || tomorrow.Day != first.Day+1 {
		t.Error("a visitor outlived the day")
	}
}

func TestSeveralSites(t *testing.T) {
	r := start(t)
	r.want("two sites", r.post(body(`,"d":"example.org, open.example"`)), beacon.Accepted)
	r.want("one of two known", r.post(body(`,"d":"nobody.example,open.example"`)), beacon.Accepted)
	r.want("none of two known", r.post(body(`,"d":"nobody.example,noone.example"`)), beacon.UnknownSite)
	r.want("empty entries", r.post(body(`,"d":", ,"`)), beacon.BadDomain)
	r.want("nine sites", r.post(body(`,"d":"a,b,c,d,e,f,g,h,example.org"`)), beacon.BadDomain)
	r.want("written otherwise", r.post(body(`,"d":"WWW.Example.org"`)), beacon.Accepted)
	events, _ := r.stored()
	var sites []uint32
	for _, e := range events {
		sites = append(sites, e.Site)
	}
	if fmt.Sprint(sites) != "[1 2 2 1]" || events[0].Visitor == events[1].Visitor {
		t.Errorf("counted for sites %v", sites)
	}
}

// TestEveryRefusal trips each reason there is, sees the answer and the counter, and that nothing was stored.
func TestEveryRefusal(t *testing.T) {
	r := start(t, trustLoopback, func(o *Options) { o.Limit = Rate{PerMinute: 60, Burst: 3} })
	seen := map[beacon.Reason]bool{}
	check := func(reason beacon.Reason, got reply) {
		t.Helper()
		seen[reason] = true
		r.want(reason.String(), got, reason)
		if r.refusals(reason) != 1 {
			t.Errorf("%v was counted %d times", reason, r.refusals(reason))
		}
	}
	check(beacon.Malformed, r.post(`{"n":5}`))
	check(beacon.TooLarge, r.post(strings.Repeat("x", beacon.MaxBody+1)))
	check(beacon.BadURL, r.post(body(`,"u":"javascript:alert(1)"`)))
	check(beacon.BadDomain, r.post(body(`,"d":"`+strings.Repeat("x", 300)+`"`)))
	check(beacon.UnknownSite, r.post(body(`,"d":"nobody.example"`)))
	check(beacon.OptedOut, r.post(body(""), "Sec-GPC: 1"))
	check(beacon.Robot, r.post(body(""), "User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"))
	check(beacon.NoVisit, r.post(body(`,"n":"engagement"`)))
	raw := r.raw("POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"n\":")
	if seen[beacon.Incomplete] = true; !strings.HasPrefix(raw, "HTTP/1.1 400 ") || r.refusals(beacon.Incomplete) != 1 {
		t.Errorf("incomplete: %q, counted %d times", raw, r.refusals(beacon.Incomplete))
	}
	events, _ := r.stored()
	if len(events) != 0 {
		t.Errorf("%d refused beacons were stored", len(events))
	}
	for range 3 {
		r.want("within the limit", r.post(body(""), "X-Forwarded-For: 192.0.2.1"), beacon.Accepted)
	}
	limited := r.post(body(""), "X-Forwarded-For: 192.0.2.1")
	check(beacon.RateLimited, limited)
	r.want("somebody else", r.post(body(""), "X-Forwarded-For: 198.51.100.1"), beacon.Accepted)
	r.spool.Close()
	failed := r.post(body(""), "X-Forwarded-For: 203.0.113.1")
	check(beacon.SpoolFailed, failed)
	if limited.header.Get("Retry-After") == "" || failed.header.Get("Retry-After") == "" {
		t.Error("nobody is told when to come back")
	}
	for _, reason := range []beacon.Reason{beacon.SpoolFull, beacon.Failed, beacon.HeadersOnly, beacon.ExcludedPath, beacon.ExcludedAddress, beacon.HostNotAllowed} {
		seen[reason] = true // tests of their own
	}
	for _, reason := range beacon.Reasons() {
		if !seen[reason] {
			t.Errorf("no test trips %v", reason)
		}
	}
}

func TestReferrers(t *testing.T) {
	r := start(t, func(o *Options) {
		o.Sites = NewSites(newSite(t, 1, "example.org", "UTC", site.Settings{}), newSite(t, 2, "shop.example.org", "UTC", site.Settings{}),
			newSite(t, 3, "paths.example", "UTC", site.Settings{ReferrerPath: true}))
	})
	for _, c := range []struct{ domain, url, ref, referrer, source, channel string }{
		{"example.org", "https://example.org/", "", "", "", "Direct"},
		{"example.org", "https://example.org/", "https://www.google.com/search?q=secret", "google.com", "Google", "Organic Search"},
		{"example.org", "https://example.org/", "https://www.example.org/a?q=secret", "", "", "Direct"},
		{"example.org", "https://example.org/", "https://blog.example.org/", "", "", "Direct"},
		{"example.org", "https://example.org/", "https://shop.example.org/", "shop.example.org", "shop.example.org", "Referral"},
		{"example.org", "https://mirror.example/", "https://mirror.example/a", "", "", "Direct"},
		{"example.org", "https://example.org/", "https://notexample.org/", "notexample.org", "notexample.org", "Referral"},
		{"example.org", "https://example.org/?utm_source=letter&utm_medium=email", "https://www.example.org/", "", "letter", "Email"},
		{"example.org", "https://example.org/?gclid=secret", "https://www.google.com/", "google.com", "Google", "Paid Search"},
		{"example.org", "https://example.org/", "not an address", "", "", "Direct"},
		{"paths.example", "https://paths.example/", "https://www.news.example/today?user=secret", "news.example/today", "news.example", "Referral"},
	} {
		before, _ := r.stored()
		r.want(c.ref, r.post(fmt.Sprintf(`{"n":"pageview","u":%q,"d":%q,"r":%q}`, c.url, c.domain, c.ref)), beacon.Accepted)
		events, _ := r.stored()
		if len(events) != len(before)+1 {
			t.Fatal("nothing was stored")
		}
		e := events[len(events)-1]
		if e.Referrer != c.referrer || e.Source != c.source || e.Channel != c.channel || strings.Contains(fmt.Sprint(e), "secret") {
			t.Errorf("%s from %s: referrer %q, source %q, channel %q", c.url, c.ref, e.Referrer, e.Source, e.Channel)
		}
	}
}

func TestPages(t *testing.T) {
	r := start(t, func(o *Options) {
		o.Sites = NewSites(newSite(t, 1, "example.org", "UTC", site.Settings{}), newSite(t, 2, "ids.example", "UTC", site.Settings{KeepIDs: true}))
	})
	for _, c := range []struct{ more, host, path string }{
		{`"u":"https://WWW.Example.org:8443/A/b/?x=1#y"`, "example.org", "/A/b/"},
		{`"u":"http://example.org"`, "example.org", "/"},
		{`"u":"https://example.org?q=secret"`, "example.org", "/"},
		{`"u":"https://user:secret@example.org/x"`, "example.org", "/x"},
		{`"u":"https://example.org/#/route","h":1`, "example.org", "/#/route"},
		{`"u":"https://example.org/order/12345678"`, "example.org", "/order/:id"},
		{`"u":"https://example.org/order/12345678","d":"ids.example"`, "example.org", "/order/12345678"},
		{`"u":"https://example.org/ola@secret.example","d":"ids.example"`, "example.org", "/:id"},
		{`"u":"HTTPS://example.org/a%20b"`, "example.org", "/a%20b"},
		{`"u":"http://192.0.2.1/x"`, "[redacted]", "/x"},
	} {
		r.want(c.more, r.post(body(","+c.more+`,"p":{"to":"https://b.example/x?token=secret","note":"mail ola@secret.example"}`)), beacon.Accepted)
		events, _ := r.stored()
		e := events[len(events)-1]
		if e.Host != c.host || e.Path != c.path || strings.Contains(fmt.Sprint(e), "secret") || e.Props[0].Value != "https://b.example/x" {
			t.Errorf("%s: %s %s %v", c.more, e.Host, e.Path, e.Props)
		}
	}
	for _, bad := range []string{"x", "https:/example.org", "about:blank", "https://", "ftp://example.org/", "https://ex ample.org/", "httpss://example.org/", "//example.org/"} {
		r.want(bad, r.post(body(`,"u":"`+bad+`"`)), beacon.BadURL)
	}
}
