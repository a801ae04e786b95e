package collector

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"html"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"sporlos/beacon"
	"sporlos/collector/privacy"
	"sporlos/collector/visitor"
	"sporlos/event"
	"sporlos/site"
	"sporlos/spool"
)

var (
	fieldPattern  = regexp.MustCompile(`data-field="(\w+)">([^<]*)<`)
	emptyPattern  = regexp.MustCompile(`data-empty="(\w+)"`)
	noticePattern = regexp.MustCompile(`data-(notice|refusal)="(\w+)"`)
)

// unlimited lets a test look as often as it likes.
func unlimited(r *rig) *rig {
	r.c.looks, r.c.wishes, r.c.allWishes = nil, nil, nil
	return r
}

// shown reads the fields off a page.
func shown(page string) map[string]string {
	fields := map[string]string{}
	for _, m := range fieldPattern.FindAllStringSubmatch(page, -1) {
		fields[m[1]] = html.UnescapeString(m[2])
	}
	for _, m := range emptyPattern.FindAllStringSubmatch(page, -1) {
		fields[m[1]] = ""
	}
	return fields
}

func said(page string) (what []string) {
	for _, m := range noticePattern.FindAllStringSubmatch(page, -1) {
		what = append(what, m[2])
	}
	return what
}

// TestPageAndBeaconAgree: for many requests of all sorts, what the page shows is what a page view with the same headers puts into the spool,
// field by field; and when it says that nothing would be stored, nothing is.
func TestPageAndBeaconAgree(t *testing.T) {
	cnil := site.Settings{Preset: "cnil", ReferrerPath: true}
	r := unlimited(start(t, trustLoopback, func(o *Options) {
		o.Sites = NewSites(newSite(t, 1, "example.org", "Europe/Oslo", site.Settings{}), newSite(t, 2, "open.example", "UTC", site.Settings{IgnoreSignals: true, KeepIDs: true}),
			newSite(t, 3, "cnil.example", "Asia/Tokyo", cnil), newSite(t, 4, "bare.example", "UTC", site.Settings{Preset: "headers-only"}))
		o.Limit = Rate{PerMinute: -1}
	}))
	random := rand.New(rand.NewPCG(7, 11))
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	kept, refused := 0, 0
	for range 400 {
		domain := pick("example.org", "open.example", "cnil.example", "bare.example")
		headers := []string{
			"User-Agent: " + pick(chrome, firefox, "curl/8.1", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1", "<b>&\"odd"),
			"X-Forwarded-For: " + pick("129.240.12.13", "81.166.3.4", "2a02:2121:7a00:5a5b::1", "192.0.2.1", "8.8.8.8"),
		}
		for _, header := range []string{"Accept-Language: " + pick("nb", "en-GB,en;q=0.8", "de"), "Sec-GPC: " + pick("1", "0"), "DNT: 1",
			`Sec-CH-UA: "Chromium";v="140", "` + pick("Google Chrome", "Microsoft Edge") + `";v="140"`, "Sec-CH-UA-Platform: \"macOS\"", "Cookie: a=b; sporlos=" + pick("no", "yes"),
		} {
			if random.IntN(5) == 0 || header[0] == 'A' {
				headers = append(headers, header)
			}
		}
		seen := "https://" + pick("", "www.") + domain + pick("/", "/a/b", "/order/12345678", "/å?utm_source=letter&utm_campaign=spring&q=secret", "/ola@secret.example", "/x#y?gclid=1", "/a<b>&amp;")
		if random.IntN(8) > 0 {
			headers = append(headers, "Referer: "+seen)
		} else {
			seen = "https://" + domain + "/"
		}
		page := r.do("GET", "/any/prefix/privacy?d="+domain+"&lang=en", "", headers...)
		before, _ := r.stored()
		var got reply
		if domain == "bare.example" {
			got = r.do("GET", "/p?d="+domain, "", append(headers, "Referer: "+seen)...)
		} else {
			got = r.post(fmt.Sprintf(`{"n":"pageview","u":%q,"d":%q}`, seen, domain), headers...)
		}
		events, _ := r.stored()
		if len(events) == len(before) {
			refused++
			if why := said(page.body); len(why) != 1 || len(shown(page.body)) != 0 || got.dropped == "" {
				t.Fatalf("dropped as %s, the page says %v and shows %v\n%q", got.dropped, why, shown(page.body), headers)
			}
			continue
		}
		kept++
		e := &events[len(events)-1]
		if e.Visitor == 0 || e.Visit == 0 {
			t.Fatal("no number")
		}
		s := r.c.sites.Find(domain)
		want := map[string]string{}
		full, empty := privacy.Fields(e, time.Unix(int64(e.Time), 0).In(s.Location()), s.Domain, privacy.English)
		for _, line := range append(full, empty...) {
			want[line.Name] = line.Value
		}
		if fields := shown(page.body); page.status != 200 || fmt.Sprint(fields) != fmt.Sprint(want) {
			t.Fatalf("%q\n page %v\nspool %v", headers, fields, want)
		}
	}
	t.Logf("%d requests: %d kept, %d refused; page and beacon agree", kept+refused, kept, refused)
	if kept < 100 || refused < 50 {
		t.Error("the test proves little")
	}
}

// TestLookingLeavesNothing: no event, no visit, no tally, no beacon counted.
func TestLookingLeavesNothing(t *testing.T) {
	r := start(t)
	for _, page := range []string{"/privacy?d=example.org", "/privacy/block?d=example.org", "/privacy/statement?d=example.org"} {
		got := r.do("GET", page, "")
		if got.status != 200 || got.header.Get("Cache-Control") != "no-store" || got.header.Get("Set-Cookie") != "" || got.header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %d %v", page, got.status, got.header)
		}
		if head := r.do("HEAD", page, ""); head.status != 200 || head.body != "" {
			t.Errorf("HEAD %s: %d %q", page, head.status, head.body)
		}
	}
	r.do("GET", "/privacy?d=example.org", "", "Sec-GPC: 1")
	if err := r.c.tallies.flush(r.spool.Append); err != nil {
		t.Fatal(err)
	}
	events, tallies := r.stored()
	if len(events)+len(tallies)+r.c.visits.Live()+r.count(r.c.metrics.received) != 0 {
		t.Errorf("%d events, %d tallies, %d visits", len(events), len(tallies), r.c.visits.Live())
	}
}

func TestWhoNothingIsStoredOf(t *testing.T) {
	r := unlimited(start(t))
	for want, headers := range map[string][]string{
		"signal":    {"Sec-GPC: 1"},
		"robot":     {"User-Agent: Googlebot/2.1"},
		"opted_out": {"Cookie: sporlos=no"},
		"":          {},
	} {
		got := r.do("GET", "/privacy?d=example.org", "", headers...)
		if strings.Join(said(got.body), "") != want || (want == "") != strings.Contains(got.body, `data-field="Path"`) {
			t.Errorf("%v: the page says %v", headers, said(got.body))
		}
	}
	if got := r.do("GET", "/privacy?d=open.example", "", "DNT: 1"); len(said(got.body)) != 0 {
		t.Error("a site that ignores signals claims to honour them")
	}
	if got := r.do("GET", "/privacy?d=open.example", "", "Cookie: sporlos=no"); strings.Join(said(got.body), "") != "opted_out" {
		t.Error("a site that ignores signals ignores the visitor's own no")
	}
	if got := r.do("GET", "/privacy?d=nobody.example", ""); got.status != 404 || !strings.Contains(got.body, "nobody.example") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestLanguages(t *testing.T) {
	r := unlimited(start(t))
	for _, c := range []struct{ query, accept, want string }{
		{"", "nb-NO,nb;q=0.9", "nb"}, {"", "de", "en"}, {"&lang=nb", "en", "nb"}, {"&lang=en", "nb", "en"},
	} {
		for _, page := range []string{"/privacy", "/privacy/block", "/privacy/statement"} {
			got := r.do("GET", page+"?d=example.org"+c.query, "", "Accept-Language: "+c.accept)
			if !strings.Contains(got.body, `<html lang="`+c.want+`"`) {
				t.Errorf("%s%s for %s is not in %s", page, c.query, c.accept, c.want)
			}
		}
	}
}

func TestPolicies(t *testing.T) {
	r := unlimited(start(t))
	for page, ancestors := range map[string]string{
		"/privacy": "'none'", "/privacy/statement": "'none'",
		"/privacy/block": "https://example.org:* https://*.example.org:* http://example.org:* http://*.example.org:*",
	} {
		policy := r.do("GET", page+"?d=example.org", "").header.Get("Content-Security-Policy")
		if !strings.HasSuffix(policy, "; frame-ancestors "+ancestors) || !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") {
			t.Errorf("%s: %s", page, policy)
		}
	}
}

func TestPrivacyPaths(t *testing.T) {
	for path, want := range map[string]string{"/privacy": "privacy", "/a/b/privacy": "privacy", "/privacy/erase": "erase", "/a/privacy/block": "block",
		"/erase": "", "/a/block": "", "/privacy/": "", "/privacy/other": "", "/xprivacy": "", "/privacy/privacy": "privacy", "/xprivacy/erase": ""} {
		got, ok := privacyPath([]byte(path))
		if ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, %v", path, got, ok)
		}
	}
	r := start(t)
	for path, method := range map[string]string{"/privacy/erase": "GET", "/privacy": "POST", "/privacy/optout": "GET", "/privacy/optin": "HEAD", "/privacy/block": "DELETE"} {
		if got := r.do(method, path+"?d=example.org", ""); got.status != 405 || got.header.Get("Allow") == "" {
			t.Errorf("%s %s: %d", method, path, got.status)
		}
	}
}

const ours = "Sec-Fetch-Site: same-origin"

// carriedOut stands in for the aggregator: it overwrites what the wishes in the spool cover, and moves the cursor.
func (r *rig) carriedOut(ctx context.Context) {
	var b spool.Batch
	for ctx.Err() == nil {
		from, _ := r.spool.Cursor()
		if r.spool.Wait(ctx, from) != nil || r.spool.Read(ctx, from, 0, 0, &b) != nil {
			return
		}
		for _, rec := range b.Records {
			if wish, err := event.DecodeErase(rec); err == nil {
				if _, err := r.spool.Overwrite(b.To, wish.Covers, wish.Trace()); err != nil {
					r.Error(err)
				}
			}
		}
		if err := r.spool.Commit(b.To); err != nil {
			r.Error(err)
		}
	}
}

func TestEraseOwnNumber(t *testing.T) {
	r := start(t, trustLoopback)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.carriedOut(ctx) }()
	defer func() { cancel(); <-done }()
	for _, address := range []string{"192.0.2.1", "198.51.100.1"} {
		r.want("a view", r.post(body(""), "X-Forwarded-For: "+address), beacon.Accepted)
	}
	page := r.do("GET", "/tell/privacy?d=example.org", "", "X-Forwarded-For: 192.0.2.1")
	if !strings.Contains(page.body, `action="privacy/erase?d=example.org&amp;lang=en"`) {
		t.Error("the form leads elsewhere")
	}
	got := r.do("POST", "/tell/privacy/erase?d=example.org&lang=en", "visitor=1234", ours, "X-Forwarded-For: 192.0.2.77")
	if got.status != 200 || strings.Join(said(got.body), "") != "erased" || !strings.Contains(got.body, `action="../privacy/erase`) {
		t.Errorf("%d %v", got.status, said(got.body))
	}
	var events []event.Event
	void := 0
	if err := r.spool.Since(time.Time{}, func(rec []byte) error {
		var e event.Event
		if event.IsVoid(rec) {
			void++
		} else if event.Decode(rec, &e) == nil {
			events = append(events, e)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(events) != 1 || void != 2 || r.c.visits.Live() != 1 {
		t.Fatalf("%d events, %d void, %d visits", len(events), void, r.c.visits.Live())
	}
	r.want("the visit is forgotten", r.post(body(`,"n":"engagement","e":5000`), "X-Forwarded-For: 192.0.2.1"), beacon.NoVisit)
	r.want("somebody else's is not", r.post(body(`,"n":"engagement","e":5000`), "X-Forwarded-For: 198.51.100.1"), beacon.Accepted)
	r.want("a new visit", r.post(body(""), "X-Forwarded-For: 192.0.2.1"), beacon.Accepted)
	if n := r.count(r.c.metrics.wishes.erased); n != 1 {
		t.Errorf("%d wishes counted", n)
	}
}

// TestEraseIsRefused: forms of others, too many wishes, a spool that is full of trouble, nobody's number.
func TestEraseIsRefused(t *testing.T) {
	r := start(t, trustLoopback)
	r.c.patience = 20 * time.Millisecond
	erase := func(headers ...string) reply {
		return r.do("POST", "/privacy/erase?d=example.org", "", append(headers, "X-Forwarded-For: 192.0.2.1")...)
	}
	for _, from := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Sec-Fetch-Site: none", "Origin: https://evil.example", "Origin: null", "X-Nothing: 1", "Origin: https://notexample.org"} {
		if got := erase(from); got.status != 403 {
			t.Errorf("%s: %d", from, got.status)
		}
	}
	if n := r.count(r.c.metrics.wishes.foreign); n != 7 {
		t.Errorf("%d wishes of others counted", n)
	}
	if wishes(t, r) != 0 {
		t.Fatal("a form of another site erased something")
	}
	for _, from := range []string{ours, "Origin: " + r.url, "Origin: https://www.example.org"} {
		if got := erase(from); got.status != 202 || strings.Join(said(got.body), "") != "erasing" {
			t.Errorf("%s: %d %v", from, got.status, said(got.body))
		}
	}
	if got := erase(ours); got.status != 429 || strings.Join(said(got.body), "") != "too_many" || got.header.Get("Retry-After") == "" {
		t.Errorf("the fourth at once: %d %v", got.status, said(got.body))
	}
	if wishes(t, r) != 3 {
		t.Errorf("%d wishes in the spool", wishes(t, r))
	}
	for i := range 20 { // of everybody
		got := r.do("POST", "/privacy/erase?d=example.org", "", ours, fmt.Sprintf("X-Forwarded-For: 203.0.%d.1", i))
		if want := map[bool]int{true: 202, false: 429}[i < 16]; got.status != want && i != 16 {
			t.Errorf("wish %d of all: %d, want %d", i, got.status, want)
		}
	}
	unlimited(r).spool.Close()
	if got := erase(ours); got.status != 503 || strings.Join(said(got.body), "") != "not_erased" {
		t.Errorf("a closed spool: %d %v", got.status, said(got.body))
	}
}

func wishes(t *testing.T, r *rig) (n int) {
	t.Helper()
	if err := r.spool.Since(time.Time{}, func(rec []byte) error {
		if event.KindOf(rec) == event.KindErase {
			n++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNobodyIsNotErased(t *testing.T) {
	r := start(t, func(o *Options) { o.Identity = visitor.Nobody })
	r.want("a view", r.post(body("")), beacon.Accepted)
	page := r.do("GET", "/privacy?d=example.org", "")
	if strings.Contains(page.body, "privacy/erase") || !strings.Contains(page.body, `data-empty="Visitor"`) {
		t.Error("the page offers to erase nobody")
	}
	if got := r.do("POST", "/privacy/erase?d=example.org", "", ours); got.status != 503 || wishes(t, r) != 0 {
		t.Errorf("%d, %d wishes", got.status, wishes(t, r))
	}
}

// TestErasedVisitsStayForgotten: a restart does not bring back a visit from records before the wish.
func TestErasedVisitsStayForgotten(t *testing.T) {
	r := start(t)
	r.c.patience = 0
	r.pass(time.Since(r.clock())) // segments have the time of the disk
	live := func() int {
		again, err := New(Options{Sites: r.c.sites, Spool: r.spool, Salts: r.c.salts, Now: r.clock})
		if err != nil {
			t.Fatal(err)
		}
		return again.visits.Live()
	}
	r.want("a view", r.post(body("")), beacon.Accepted)
	if n := live(); n != 1 {
		t.Fatalf("%d visits were restored before the wish, want 1", n)
	}
	r.do("POST", "/privacy/erase?d=example.org", "", ours)
	if n := live(); n != 0 {
		t.Errorf("%d visits were restored", n)
	}
}

func TestChoice(t *testing.T) {
	for _, c := range []struct{ domain, origin, want string }{
		{"example.org", "https://stats.example.org", "sporlos=no; max-age=31536000; domain=example.org; path=/; secure; SameSite=Lax"},
		{"example.org", "https://www.example.org:8443", "sporlos=no; max-age=31536000; domain=example.org; path=/; secure; SameSite=Lax"},
		{"example.org", "http://example.org", "sporlos=no; max-age=31536000; domain=example.org; path=/; SameSite=Lax"},
		{"open.example", "https://open.example", "sporlos=no; max-age=31536000; domain=open.example; path=/; secure; SameSite=Lax"},
		{"example.org", "https://collector.example", "sporlos=no; max-age=31536000; path=/; secure; SameSite=Lax"},
	} {
		r := start(t)
		got := r.do("POST", "/x/privacy/optout?d="+c.domain+"&lang=nb", "", ours, "Origin: "+c.origin)
		if cookie := got.header.Get("Set-Cookie"); cookie != c.want || got.status != 303 || got.header.Get("Location") != "../privacy?d="+c.domain+"&lang=nb" {
			t.Errorf("%s at %s: %d %q to %q\nwant %q", c.domain, c.origin, got.status, cookie, got.header.Get("Location"), c.want)
		}
		back := r.do("POST", "/x/privacy/optin?d="+c.domain, "", ours, "Origin: "+c.origin).header.Get("Set-Cookie")
		if !strings.HasPrefix(back, "sporlos=; expires=Tue, 10 Nov 2009 23:00:00 GMT") || strings.Contains(back, "domain=") != strings.Contains(c.want, "domain=") {
			t.Errorf("taken back with %q", back)
		}
		if got := r.do("POST", "/x/privacy/optout?d="+c.domain, "", "Sec-Fetch-Site: cross-site"); got.status != 403 || got.header.Get("Set-Cookie") != "" {
			t.Errorf("another site chose for the visitor: %d", got.status)
		}
	}
}

// TestOptedOutIsRefused: by every way of being counted, and counted as one more refusal of the day.
func TestOptedOutIsRefused(t *testing.T) {
	r := start(t)
	no := "Cookie: theme=dark; sporlos=no"
	r.want("a beacon", r.post(body(""), no), beacon.OptedOut)
	if got := r.do("GET", "/p?d=example.org", "", no, "Referer: https://example.org/"); got.dropped != "opted_out" {
		t.Errorf("the counter: %q", got.dropped)
	}
	r.want("another cookie", r.post(body(""), "Cookie: sporlos=yes"), beacon.Accepted)
	if err := r.c.tallies.flush(r.spool.Append); err != nil {
		t.Fatal(err)
	}
	events, tallies := r.stored()
	if len(events) != 1 || len(tallies) != 1 || tallies[0] != (event.Tally{Site: 1, Day: 20780, Reason: "opted_out", Count: 2}) {
		t.Errorf("%d events, tallies %v", len(events), tallies)
	}
}

// TestOptedOutInAnyCookie: a no counts wherever it stands among cookies, in one header or in several, for a beacon alone, for one of a batch
// and for the script.
func TestOptedOutInAnyCookie(t *testing.T) {
	for _, c := range []struct {
		no      bool
		headers []string
	}{
		{true, []string{"Cookie: sporlos=no"}},
		{true, []string{"Cookie: theme=dark", "Cookie: sporlos=no"}},
		{true, []string{"Cookie: sporlos=no", "Cookie: theme=dark"}},
		{true, []string{"Cookie: sporlos=yes", "Cookie: sporlos=no"}},
		{true, []string{"Cookie: sporlos=yes; sporlos=no"}},
		{true, []string{`Cookie: theme=dark;sporlos="no"`}},
		{false, []string{"Cookie: sporlos=", "Cookie: no=sporlos"}},
		{false, []string{"Cookie: sporlos2=no", "Cookie: theme=sporlos=no"}},
		{false, []string{"X-Cookie: sporlos=no"}},
	} {
		r, want, alone := start(t), beacon.Accepted, "HTTP/1.1 202 Accepted\r\n"
		if c.no {
			want = beacon.OptedOut
		}
		r.want(fmt.Sprint(c.headers), r.post(body(""), c.headers...), want)
		lines := strings.Join(c.headers, "\r\n") + "\r\n"
		if got := r.raw(strings.Replace(chunked(body("")), "Host: x\r\n", "Host: x\r\n"+lines, 1)); !strings.HasPrefix(got, alone) || strings.Contains(got, "opted_out") != c.no {
			t.Errorf("%q alone: %q", c.headers, got)
		}
		r.do("GET", "/w.js", "", append(c.headers, "Referer: https://example.org/")...)
		if err := r.c.tallies.flush(r.spool.Append); err != nil {
			t.Fatal(err)
		}
		declined := 0
		_, tallies := r.stored()
		for _, tally := range tallies {
			if tally.Reason == scriptDeclined {
				declined += int(tally.Count)
			}
		}
		if (declined == 1) != c.no {
			t.Errorf("%q: the script was declined %d times", c.headers, declined)
		}
	}
}

func TestReaches(t *testing.T) {
	for _, c := range []struct {
		host, site string
		ok         bool
		domain     string
	}{
		{"example.org", "example.org", true, "example.org"}, {"stats.example.org", "example.org", true, "example.org"}, {"example.org", "example.org/shop", true, "example.org"},
		{"notexample.org", "example.org", false, ""}, {"example.org", "shop.example.org", false, ""}, {"localhost", "localhost:8000", true, ""}, {"127.0.0.1", "127.0.0.1", true, ""},
	} {
		s := newSite(t, 1, c.site, "UTC", site.Settings{})
		if ok, domain := reaches(c.host, s); ok != c.ok || domain != c.domain {
			t.Errorf("%s for %s: %v %q", c.host, c.site, ok, domain)
		}
	}
	r := unlimited(start(t))
	for host, offered := range map[string]bool{"stats.example.org": true, "example.org": true, "collector.example": false} {
		got := r.do("GET", "/privacy?d=example.org", "", "X-Forwarded-Host: "+host)
		if strings.Contains(got.body, "privacy/optout") != offered {
			t.Errorf("at %s the choice is offered: %v", host, !offered)
		}
	}
}

// TestScriptDeclined: who says no is sent nothing to count with, and one number a day says how often.
func TestScriptDeclined(t *testing.T) {
	r := start(t)
	get := func(headers ...string) {
		t.Helper()
		if got := r.do("GET", "/w.js", "", headers...); got.status != 200 || got.body == "" {
			t.Fatalf("%d", got.status)
		}
	}
	get("Sec-GPC: 1", "Referer: https://www.example.org/page")
	get("DNT: 1", "Referer: https://blog.example.org/")
	get("Cookie: sporlos=no", "Referer: https://example.org/")
	get("Referer: https://example.org/")                                        // did not say no
	get("Sec-GPC: 1")                                                           // nobody knows where
	get("Sec-GPC: 1", "Referer: https://elsewhere.example/")                    // no site of ours
	get("Sec-GPC: 1", "Referer: https://example.org/", "User-Agent: Googlebot") // a program
	if err := r.c.tallies.flush(r.spool.Append); err != nil {
		t.Fatal(err)
	}
	_, tallies := r.stored()
	if len(tallies) != 1 || tallies[0] != (event.Tally{Site: 1, Day: 20780, Reason: "script_declined", Count: 3}) || r.count(r.c.metrics.received) != 0 {
		t.Errorf("%v", tallies)
	}
}

func TestLookingIsLimited(t *testing.T) {
	r := start(t)
	limited := 0
	for range 60 {
		if got := r.do("GET", "/privacy?d=example.org", ""); got.status == 429 {
			limited++
		}
	}
	if limited != 20 {
		t.Errorf("%d of 60 were turned away", limited)
	}
}

// TestPrivacyFaultsTellNothing: faults in these paths, panics included, leave no word of the request in the log or in the answer.
func TestPrivacyFaultsTellNothing(t *testing.T) {
	var log bytes.Buffer
	r := start(t, trustLoopback, func(o *Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	unlimited(r).c.patience = 0
	secrets := []string{"198.51.100.77", "Qzxvagent", "secretpath", "Qzxvlang"}
	headers := []string{ours, "X-Forwarded-For: 198.51.100.77", "User-Agent: " + chrome + " Qzxvagent", "Referer: https://example.org/secretpath?secretquery", "Accept-Language: Qzxvlang"}
	ask := func(want int) {
		t.Helper()
		for _, c := range []struct{ method, path string }{{"GET", "/privacy"}, {"POST", "/privacy/erase"}, {"POST", "/privacy/optout"}, {"GET", "/privacy/block"}} {
			got := r.do(c.method, c.path+"?d=example.org", "", headers...)
			for _, secret := range append(secrets, "secretquery") {
				if got.status >= 500 && want == 500 && strings.Contains(got.body, secret) || secret == "secretquery" && strings.Contains(got.body, secret) {
					t.Errorf("%s %s: %d repeats %s", c.method, c.path, got.status, secret)
				}
			}
			if want == 500 && c.path != "/privacy/optout" && got.status != 500 {
				t.Errorf("%s %s: %d", c.method, c.path, got.status)
			}
		}
	}
	ask(200)
	salts, devices := r.c.salts, r.c.devices
	r.c.salts, r.c.devices = nil, nil // every way into them panics
	ask(500)
	r.c.salts, r.c.devices = salts, devices
	good := r.c.pages
	r.c.pages = &privacy.Pages{} // templates that cannot be written
	ask(500)
	r.c.pages = good
	r.spool.Close()
	ask(503)
	if log.Len() == 0 {
		t.Error("nothing was logged: the test proves little")
	}
	for _, secret := range append(secrets, "secretquery", "Mozilla") {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %s:\n%s", secret, log.String())
		}
	}
}

// TestNumberIsNowhereInTheCollector: what the page shows of the number is too little to know it by.
func TestNumberIsNowhereInTheCollector(t *testing.T) {
	r := start(t)
	r.want("a view", r.post(body("")), beacon.Accepted)
	events, _ := r.stored()
	number := events[0].Visitor
	page := r.do("GET", "/privacy?d=example.org", "").body
	if !strings.Contains(page, privacy.Short(number)) {
		t.Error("the short form is not shown")
	}
	for _, whole := range []string{strconv.FormatUint(number, 10), strconv.FormatUint(number, 16), string(binary.LittleEndian.AppendUint64(nil, number))} {
		if strings.Contains(page, whole) {
			t.Error("the whole number is shown")
		}
	}
}

func BenchmarkPrivacyPage(b *testing.B) {
	sp, err := spool.Open(b.TempDir(), spool.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer sp.Close()
	s, _ := site.New(1, "example.org", "Europe/Oslo", site.Settings{})
	c, err := New(Options{Sites: NewSites(s), Spool: sp, Salts: visitor.MemorySalts()})
	if err != nil {
		b.Fatal(err)
	}
	c.looks = nil
	ctx := newContext()
	ctx.Request.Header.SetMethod(http.MethodGet)
	ctx.Request.SetRequestURI("/privacy?d=example.org")
	b.ReportAllocs()
	for b.Loop() {
		ctx.Response.Reset()
		c.handle(ctx)
	}
	b.ReportMetric(float64(len(ctx.Response.Body())), "bytes/page")
}
