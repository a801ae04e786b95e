package collector

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"sporlos/beacon"
	"sporlos/collector/audience"
	"sporlos/collector/visitor"
	"sporlos/event"
	"sporlos/site"
	"sporlos/spool"
	"sporlos/term"
)

func TestRoutes(t *testing.T) {
	r := start(t)
	for _, path := range []string{"/e", "/api/event", "/some/prefix/e", "/x/api/event", "/e?x=1"} {
		r.want(path, r.do("POST", path, view1), beacon.Accepted)
	}
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"POST", "/", 404, ""}, {"POST", "/event", 404, ""}, {"GET", "/w.ts", 404, ""}, {"GET", "/e/", 404, ""},
		{"GET", "/e", 405, "POST, OPTIONS"}, {"PUT", "/q", 405, "POST, OPTIONS"}, {"POST", "/w.js", 405, "GET, HEAD"}, {"POST", "/p", 405, "GET"},
	} {
		got := r.do(c.method, c.path, "")
		if got.status != c.status || got.header.Get("Allow") != c.allow || got.body == "" || strings.Contains(got.body, "\n") {
			t.Errorf("%s %s: %d %q, allow %q", c.method, c.path, got.status, got.body, got.header.Get("Allow"))
		}
	}
	got := r.do("OPTIONS", "/e", "", "Origin: https://example.org", "Access-Control-Request-Headers: content-type")
	if got.status != 204 || got.header.Get("Access-Control-Allow-Origin") != "*" || got.header.Get("Access-Control-Allow-Headers") != "content-type" {
		t.Errorf("preflight: %d %v", got.status, got.header)
	}
	if got.header.Get("Server") != "" {
		t.Error("the server says what it is")
	}
}

func TestScript(t *testing.T) {
	r := start(t)
	for accept, want := range map[string]string{
		"": "script", "gzip, deflate": "gz", "gzip, deflate, br, zstd": "br", "br;q=0, gzip;q=0.5": "gz", "br;q=x": "script", "BR": "br", "brx": "script",
	} {
		for _, path := range []string{"/w.js", "/prefix/w.js"} {
			got := r.do("GET", path, "", "Accept-Encoding: "+accept)
			if got.status != 200 || got.body != want || got.header.Get("Vary") != "Accept-Encoding" || got.header.Get("Content-Type") != "text/javascript" ||
				(want == "script") != (got.header.Get("Content-Encoding") == "") || !strings.Contains(got.header.Get("Cache-Control"), "max-age") {
				t.Errorf("%s, accepting %q: %d %q %v", path, accept, got.status, got.body, got.header)
			}
		}
	}
	for tag, status := range map[string]int{`W/"abc"`: 304, `"abc"`: 304, `"x", W/"abc"`: 304, "*": 304, `"abcd"`: 200, "": 200} {
		if got := r.do("GET", "/w.js", "", "If-None-Match: "+tag); got.status != status || (status == 304) != (got.body == "") || got.header.Get("ETag") != `W/"abc"` {
			t.Errorf("If-None-Match %s: %d %q", tag, got.status, got.body)
		}
	}
	if got := r.do("HEAD", "/w.js", ""); got.status != 200 || got.body != "" || got.header.Get("Content-Length") != "6" {
		t.Errorf("HEAD: %d %q %v", got.status, got.body, got.header)
	}
}

// TestScriptByContent: only the address that holds the script's own tag may be kept for good, whatever the answer; every other gets the
// current script for a while.
func TestScriptByContent(t *testing.T) {
	r := start(t)
	for query, immutable := range map[string]bool{"": false, "?v=abc": true, "?x=1&v=abc": true, "?v=": false, "?v": false, "?v=ab": false, "?v=abcd": false, "?v=ABC": false, "?v=*": false} {
		for _, header := range []string{"Accept-Encoding: br", `If-None-Match: "abc"`} {
			got := r.do("GET", "/tell/w.js"+query, "", header)
			want := "public, max-age=3600, stale-while-revalidate=604800"
			if immutable {
				want = "public, max-age=31536000, immutable"
			}
			if cache := got.header.Get("Cache-Control"); cache != want || got.header.Get("ETag") != `W/"abc"` || got.status == 200 && got.body != "br" {
				t.Errorf("w.js%s, %s: %d %q, %s, want %s", query, header, got.status, got.body, cache, want)
			}
		}
	}
}

func TestCounter(t *testing.T) {
	r := start(t)
	for name, c := range map[string]struct {
		path, dropped string
		headers       []string
	}{
		"view":        {"/p?d=example.org", "", []string{"Referer: https://example.org/about?x=1"}},
		"prefix":      {"/x/p?d=example.org", "", []string{"Referer: https://example.org/about"}},
		"no page":     {"/p?d=example.org", "bad_url", nil},
		"no site":     {"/p", "bad_domain", []string{"Referer: https://example.org/about"}},
		"not wanted":  {"/p?d=example.org", "opted_out", []string{"Referer: https://example.org/about", "DNT: 1"}},
		"not a human": {"/p?d=example.org", "robot", []string{"Referer: https://example.org/about", "User-Agent: curl/8.0"}},
	} {
		got := r.do("GET", c.path, "", c.headers...)
		if got.status != 204 || got.dropped != c.dropped || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, dropped %q", name, got.status, got.dropped)
		}
	}
	events, _ := r.stored()
	if len(events) != 2 || events[0].Path != "/about" || events[0].Name != event.Pageview || !events[0].Interactive {
		t.Errorf("%d events: %+v", len(events), events)
	}
}

// TestSearches: the body is read, and nothing else: neither what the headers say, nor who asks.
func TestSearches(t *testing.T) {
	r := start(t)
	ask := func(body string, headers ...string) reply { return r.do("POST", "/x/q", body, headers...) }
	r.want("search", ask(`{"d":"example.org","q":"r\u00f8de sko","n":3}`, "User-Agent: curl/8.0", "Sec-GPC: 1"), beacon.Accepted)
	r.want("open", ask(`{"d":"example.org","q":"sko","k":"open","to":"/sko/ola@example.org?x=1"}`), beacon.Accepted)
	r.want("malformed", ask(`{"d":"example.org"}`), beacon.Malformed)
	r.want("unknown", ask(`{"d":"nobody.example","q":"sko"}`), beacon.UnknownSite)
	want := []term.Term{
		{Site: 1, Day: 20780, Kind: term.Search, Text: "røde sko", Results: 3},
		{Site: 1, Day: 20780, Kind: term.Open, Text: "sko", Results: term.Unknown, Opened: "/sko/:id"},
	}
	if len(r.terms) != 2 || r.terms[0] != want[0] || r.terms[1] != want[1] {
		t.Errorf("%#v", r.terms)
	}
	if events, tallies := r.stored(); len(events)+len(tallies) != 0 || r.c.visits.Live() != 0 || r.count(r.c.metrics.received) != 0 {
		t.Error("a search left a trace among the events")
	}
	none := start(t, func(o *Options) { o.Terms = nil })
	if got := none.do("POST", "/q", `{"d":"example.org","q":"sko"}`); got.status != 404 {
		t.Errorf("searches nobody takes: %d", got.status)
	}
}

// TestLimitForWhom: the limit hits one network on one site, and not those who share a proxy with it.
func TestLimitForWhom(t *testing.T) {
	limit := func(o *Options) { o.Limit = Rate{PerMinute: 60, Burst: 2} }
	r := start(t, trustLoopback, limit)
	from := func(addr string, more ...string) reply {
		return r.post(body(""), append(more, "X-Forwarded-For: "+addr)...)
	}
	r.want("first", from("192.0.2.1"), beacon.Accepted)
	r.want("second, same network", from("192.0.2.99"), beacon.Accepted)
	r.want("third", from("192.0.2.1"), beacon.RateLimited)
	r.want("other network behind the same proxy", from("198.51.100.1"), beacon.Accepted)
	r.want("other site", r.post(body(`,"d":"open.example"`), "X-Forwarded-For: 192.0.2.1"), beacon.Accepted)
	r.pass(time.Second)
	r.want("a second later", from("192.0.2.1"), beacon.Accepted)
	r.want("only one more", from("192.0.2.1"), beacon.RateLimited)

	direct := start(t, limit)
	for i, want := range []beacon.Reason{beacon.Accepted, beacon.Accepted, beacon.RateLimited} {
		r.want("a stranger who changes the header", direct.post(body(""), fmt.Sprintf("X-Forwarded-For: 198.51.%d.1", i)), want)
	}
	free := start(t, func(o *Options) { o.Limit = Rate{PerMinute: -1} })
	for range 300 {
		if got := free.post(body("")); got.status != 202 {
			t.Fatal("limited without a limit")
		}
	}
}

// TestRepeatedHeader: a proxy may add its line behind a client's lie; the last address counts.
func TestRepeatedHeader(t *testing.T) {
	r := start(t, trustLoopback)
	r.want("two lines", r.post(body(""), "X-Forwarded-For: 8.8.8.8", "X-Forwarded-For: 129.240.12.13", "Forwarded: for=8.8.8.8", "Forwarded: for=9.9.9.9"), beacon.Accepted)
	if events, _ := r.stored(); events[0].Country != "NO" {
		t.Errorf("country %q", events[0].Country)
	}
}

func TestSignals(t *testing.T) {
	r := start(t)
	r.want("GPC", r.post(body(""), "Sec-GPC: 1"), beacon.OptedOut)
	r.want("DNT", r.post(body(""), "DNT: 1"), beacon.OptedOut)
	r.want("neither", r.post(body(""), "DNT: 0", "Sec-GPC: 0"), beacon.Accepted)
	r.want("site that ignores them", r.post(body(`,"d":"open.example"`), "DNT: 1", "Sec-GPC: 1"), beacon.Accepted)
}

// TestTallies: an owner sees what was refused, by site, local day and reason.
func TestTallies(t *testing.T) {
	r := start(t)
	for range 3 {
		r.post(body(""), "DNT: 1")
	}
	r.post(body(`,"d":"nobody.example"`))
	r.pass(11 * time.Hour)
	r.post(body(""), "User-Agent: curl/8.0")
	r.c.tendOnce(9)
	if _, tallies := r.stored(); len(tallies) != 0 {
		t.Error("tallies were written before their time")
	}
	r.c.tendOnce(10)
	r.c.tendOnce(20)
	_, tallies := r.stored()
	got := map[event.Tally]bool{}
	for _, one := range tallies {
		one.Reason = strings.Clone(one.Reason)
		got[one] = true
	}
	if len(tallies) != 3 || !got[event.Tally{Site: 1, Day: 20780, Reason: "opted_out", Count: 3}] ||
		!got[event.Tally{Day: 20780, Reason: "unknown_site", Count: 1}] || !got[event.Tally{Site: 1, Day: 20781, Reason: "robot", Count: 1}] {
		t.Errorf("%+v", tallies)
	}
	r.post(body(""), "DNT: 1")
	if err := r.c.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, tallies := r.stored(); len(tallies) != 4 {
		t.Errorf("%d tallies after the stop", len(tallies))
	}
}

// TestTending: what the day or the half hour has ended goes without anybody asking for it.
func TestTending(t *testing.T) {
	dir := t.TempDir()
	salts, err := visitor.OpenSalts(dir, visitor.SaltOptions{AllowDisk: true})
	if err != nil {
		t.Fatal(err)
	}
	defer salts.Close()
	r := start(t, func(o *Options) { o.Salts = salts })
	r.want("view", r.post(body("")), beacon.Accepted)
	mirror := func() []byte {
		raw, err := os.ReadFile(filepath.Join(dir, "salts"))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Trim(raw, "\x00")
	}
	r.c.tendOnce(60)
	if r.c.visits.Live() != 1 || len(mirror()) == 0 {
		t.Error("a visit or a salt went too early")
	}
	r.pass(31 * time.Minute)
	r.c.tendOnce(60)
	if r.c.visits.Live() != 0 || len(mirror()) == 0 {
		t.Error("a visit stayed that is over, or the salt of the day went with it")
	}
	r.pass(10*time.Hour + 28*time.Minute) // 23:59 in Oslo
	r.c.tendOnce(1)
	if len(mirror()) == 0 {
		t.Error("a salt went before midnight")
	}
	r.pass(time.Minute)
	r.c.tendOnce(1)
	if len(mirror()) != 0 {
		t.Error("a salt outlived its day")
	}
}

// TestTalliesWait: what the spool does not take is not lost.
func TestTalliesWait(t *testing.T) {
	counts := tallies{counts: map[refusal]uint64{}}
	counts.add(refusal{site: 1}, 5)
	if counts.flush(func([]byte) error { return io.ErrShortWrite }) == nil || counts.counts[refusal{site: 1}] != 5 {
		t.Error("a count was lost")
	}
	for i := range 2 * maxTallies {
		counts.add(refusal{site: uint32(i)}, 1)
	}
	if len(counts.counts) != maxTallies {
		t.Errorf("%d counts held", len(counts.counts))
	}
}

// TestRestart: a new collector on the same spool and salts goes on with the same visitors and visits.
func TestRestart(t *testing.T) {
	r := start(t, func(o *Options) { o.Sites = NewSites(newSite(t, 1, "example.org", noonZone(), site.Settings{})) })
	r.now = time.Now() // the spool knows real time only
	r.want("before", r.post(body("")), beacon.Accepted)
	old := r.c
	r.pass(20 * time.Minute)
	again, err := New(Options{Sites: old.sites, Spool: r.spool, Salts: old.salts, Now: r.clock})
	if err != nil {
		t.Fatal(err)
	}
	take := func(c *Collector) beacon.Reason {
		return c.Take(&Request{Time: r.clock(), Addr: old.reader.Address(loopback).Network(), Agent: []byte(chrome),
			Beacon: &beacon.Beacon{Name: "engagement", URL: "https://example.org/", Domain: "example.org"}})
	}
	if reason := take(again); reason != beacon.Accepted {
		t.Errorf("the visit was not taken up: %v", reason)
	}
	r.pass(31 * time.Minute)
	late, err := New(Options{Sites: old.sites, Spool: r.spool, Salts: old.salts, Now: r.clock})
	if err != nil {
		t.Fatal(err)
	}
	if reason := take(late); reason != beacon.NoVisit {
		t.Errorf("a visit that was over was taken up: %v", reason)
	}
}

// noonZone is a zone where it is about noon, so that midnight is far.
func noonZone() string { return fmt.Sprintf("Etc/GMT%+d", time.Now().UTC().Hour()-12) }

func TestSpoolFull(t *testing.T) {
	r := start(t, func(o *Options) {
		small, err := spool.Open(t.TempDir(), spool.Options{Max: 1 << 20, Fsync: spool.FsyncOff})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { small.Close() })
		o.Spool, o.Limit = small, Rate{PerMinute: -1}
	})
	props := `,"p":{"a":"` + strings.Repeat("x", 2000) + `","b":"` + strings.Repeat("x", 2000) + `","c":"` + strings.Repeat("x", 2000) + `"}`
	for range 1000 {
		if got := r.post(body(props)); got.status != 202 {
			r.want("full", got, beacon.SpoolFull)
			if got.header.Get("Retry-After") == "" || r.refusals(beacon.SpoolFull) != 1 || !r.c.failing.Load() {
				t.Error("full, and nobody is told")
			}
			return
		}
	}
	t.Error("a spool of 1 MiB took 6 MB")
}

// TestFaults: a fault of ours is answered, counted, and logged without what caused it; the next request is served.
func TestFaults(t *testing.T) {
	var log bytes.Buffer
	r := start(t, func(o *Options) {
		o.Terms = func(t term.Term) { panic("secret " + t.Text) }
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	r.want("search", r.do("POST", "/q", `{"d":"example.org","q":"hemmelig"}`), beacon.Failed)
	robots := r.c.robots
	r.c.robots = nil
	r.want("event", r.post(body("")), beacon.Failed)
	if got := r.raw(chunked(body(""))); !strings.HasPrefix(got, "HTTP/1.1 500 ") { // which is not taken in a batch
		t.Errorf("event alone: %q", got)
	}
	if got := r.do("GET", "/p?d=example.org", "", "Referer: https://example.org/"); got.status != 500 {
		t.Errorf("counter: %d", got.status)
	}
	r.c.robots = robots
	r.want("afterwards", r.post(body("")), beacon.Accepted)
	if strings.Contains(log.String(), "secret") || strings.Contains(log.String(), "hemmelig") || !strings.Contains(log.String(), "fault=string") {
		t.Error(log.String())
	}
	if r.refusals(beacon.Failed) != 3 || strings.Count(log.String(), "level=ERROR") != 4 || r.count(r.c.metrics.searchesRefused[beacon.Failed]) != 1 {
		t.Error("faults were not counted")
	}
}

// chunked is a beacon in a form that only the other server understands.
func chunked(text string) string {
	return fmt.Sprintf("POST /e HTTP/1.1\r\nHost: x\r\nUser-Agent: %s\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", chrome, len(text), text)
}

func TestIdentityNone(t *testing.T) {
	r := start(t, func(o *Options) { o.Identity = visitor.Nobody })
	r.want("view", r.post(body("")), beacon.Accepted)
	r.want("view", r.post(body("")), beacon.Accepted)
	r.want("engagement", r.post(body(`,"n":"engagement"`)), beacon.NoVisit)
	events, _ := r.stored()
	if events[0].Visitor != 0 || events[0].Visit == events[1].Visit {
		t.Errorf("%+v", events)
	}
}

// TestConnection: keep-alive, pipelining, HTTP/1.0 and things that are no HTTP.
func TestConnection(t *testing.T) {
	r := start(t)
	request := fmt.Sprintf("POST /e HTTP/1.1\r\nHost: x\r\nUser-Agent: %s\r\nContent-Length: %d\r\n\r\n%s", chrome, len(view1), view1)
	if out := r.raw(strings.Repeat(request, 20)); strings.Count(out, "HTTP/1.1 202 ") != 20 {
		t.Errorf("20 in a row: %q", out)
	}
	if out := r.raw(strings.Replace(request, "HTTP/1.1", "HTTP/1.0", 1)); strings.Count(out, " 202 ") != 1 {
		t.Errorf("HTTP/1.0: %q", out)
	}
	chunked := "POST /e HTTP/1.1\r\nHost: x\r\nUser-Agent: " + chrome + "\r\nTransfer-Encoding: chunked\r\n\r\n"
	if out := r.raw(fmt.Sprintf("%s%x\r\n%s\r\n0\r\n\r\n", chunked, len(view1), view1)); !strings.Contains(out, " 202 ") {
		t.Errorf("chunked: %q", out)
	}
	broken := r.count(r.c.metrics.broken)
	for name, data := range map[string]string{
		"garbage": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03secret", "no version": "POST /e\r\n\r\n", "half": "POST /e HTT",
		"long header": "POST /e HTTP/1.1\r\nX: " + strings.Repeat("x", 20000) + "\r\n\r\n", "NUL": "POST /e HTTP/1.1\r\nHo\x00st: x\r\n\r\n",
	} {
		if out := r.raw(data); !strings.HasPrefix(out, "HTTP/1.1 4") || strings.Contains(out, "secret") {
			t.Errorf("%s: %q", name, out)
		}
	}
	if got := r.count(r.c.metrics.broken) - broken; got != 5 {
		t.Errorf("%d of 5 broken requests counted", got)
	}
	tooLarge := r.refusals(beacon.TooLarge)
	if out := r.raw(chunked + "fffff\r\n" + strings.Repeat("x", 0xfffff) + "\r\n0\r\n\r\n"); !strings.HasPrefix(out, "HTTP/1.1 413 ") || r.refusals(beacon.TooLarge) != tooLarge+1 {
		t.Errorf("a megabyte in one chunk: %.200q", out)
	}
	if out := r.raw(""); out != "" {
		t.Errorf("a connection that says nothing is told %q", out)
	}
}

// TestSlowClients: whoever does not get done is answered, counted and let go, and does not hold up others.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	r := start(t)
	var wg sync.WaitGroup
	for name, c := range map[string]struct{ data, want string }{
		"headers": {"POST /e HTTP/1.1\r\nHost: x", "HTTP/1.1 408 "},
		"body":    {"POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"n\"", "HTTP/1.1 400 "},
		"nothing": {"", ""},
	} {
		wg.Go(func() {
			conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			io.WriteString(conn, c.data)
			conn.SetDeadline(time.Now().Add(3 * readTimeout))
			out, err := io.ReadAll(conn)
			if err != nil || !strings.HasPrefix(string(out), c.want) || (c.want == "") != (len(out) == 0) {
				t.Errorf("slow %s: %q, %v", name, out, err)
			}
		})
	}
	for range 50 {
		r.want("meanwhile", r.post(body("")), beacon.Accepted)
	}
	wg.Wait()
	if r.refusals(beacon.Incomplete) != 1 || r.count(r.c.metrics.broken) != 1 {
		t.Errorf("%d incomplete, %d broken", r.refusals(beacon.Incomplete), r.count(r.c.metrics.broken))
	}
}

// TestStorm throws everything at it at once. Afterwards every beacon is accounted for, what was stored is what was accepted, nothing odd is in
// it, and nothing of it is in the log.
func TestStorm(t *testing.T) {
	var log bytes.Buffer
	r := start(t, trustLoopback, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	rubbish := []func() reply{
		func() reply { return r.post(view1[:rand.IntN(len(view1))]) },
		func() reply { return r.post(`{"n":{},"u":[],"d":1e5}`) },
		func() reply { return r.post(strings.Repeat("x", 10<<20)) },
		func() reply { return r.post(body(`,"n":"a` + "\x00" + `b"`)) },
		func() reply { return r.post(body(`,"n":"a\u0000b"`)) },
		func() reply { return r.post(body(`,"n":"` + "\xff\xfe\xc3\x28" + `"`)) },
		func() reply {
			return r.post(body(`,"p":{"` + strings.Repeat("k", 5000) + `":"` + strings.Repeat("v", 9000) + `"}`))
		},
		func() reply { return r.post(body(`,"d":"unknown.example"`)) },
		func() reply { return r.post(body(`,"u":"file:///etc/passwd"`)) },
		func() reply { return r.post(strings.Repeat("[", 16000)) },
		func() reply {
			return r.post(view1, "Content-Encoding: gzip", "Content-Type: multipart/form-data; boundary=x")
		},
		func() reply {
			return r.post(body(`,"r":"https://:::/\\\\"`), "X-Forwarded-For: not an address, 999.1.1.1")
		},
		func() reply { return r.post(view1, "User-Agent: "+strings.Repeat("Mozilla/5.0 (", 300)) },
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 3 * len(rubbish) {
				if got := rubbish[(i+worker)%len(rubbish)](); got.status < 202 || got.status > 499 {
					t.Errorf("rubbish %d: %d %q", (i+worker)%len(rubbish), got.status, got.body)
				}
				r.raw(string(randomBytes()))
				r.pass(time.Duration(rand.Int64N(int64(4*time.Second)) - int64(2*time.Second))) // a clock that jumps
			}
		})
	}
	wg.Wait()
	r.want("afterwards", r.post(body("")), beacon.Accepted)
	r.balanced()
	events, _ := r.stored()
	if accepted := r.count(r.c.metrics.accepted); accepted != len(events) || accepted < 10 {
		t.Errorf("%d accepted, %d stored", accepted, len(events))
	}
	for _, e := range events {
		if text := fmt.Sprintf("%+v", e); strings.ContainsAny(text, "\x00\n\r\t") || strings.Contains(text, "4711") || strings.Contains(text, "passwd") {
			t.Errorf("stored: %q", text)
		}
	}
	for _, secret := range []string{"127.0.0.1", "Mozilla", "unknown.example", "4711", "/products"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, log.String())
		}
	}
}

func randomBytes() []byte {
	b := make([]byte, rand.IntN(400))
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

// TestBeaconDoesNotAllocate holds the whole handler at zero, from headers to spool.
func TestBeaconDoesNotAllocate(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates")
	}
	r := start(t, trustLoopback, func(o *Options) { o.Audiences = audience.New(0) })
	ctx := newContext()
	beacons := map[string]string{
		"view":       `{"n":"pageview","u":"https://www.example.org/products/shoes?utm_source=letter&utm_campaign=autumn","d":"example.org","r":"https://www.google.com/"}`,
		"event":      body(`,"n":"Signup","p":{"plan":"large","seats":12},"$":{"amount":12.5,"currency":"NOK"}`),
		"engagement": body(`,"n":"engagement","e":5000,"sd":80`),
		"escaped":    body(`,"n":"S\u00f8k"`),
	}
	one := func(text string) {
		ctx.Response.Reset()
		ctx.Request.SetBodyString(text)
		r.c.handle(ctx)
	}
	one(beacons["view"])
	for name, text := range beacons {
		one(text)
		one(text)
		n := testing.AllocsPerRun(200, func() {
			r.pass(time.Second)
			one(text)
		})
		if n >= 1 || ctx.Response.StatusCode() != 202 || len(ctx.Response.Header.Peek(droppedHeader)) > 0 {
			t.Errorf("%s: %v allocations, %d, dropped %q", name, n, ctx.Response.StatusCode(), ctx.Response.Header.Peek(droppedHeader))
		}
	}
}

// TestManyVisitorsDoNotAllocate: a thousand visitors, each from a network and on a page of its own, with 200 agents and 40 sources, come
// again and again; once they are known, nothing is allocated for any of them but where two share a slot of a cache.
func TestManyVisitorsDoNotAllocate(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates")
	}
	const visitors = 1000
	r := start(t, trustLoopback, func(o *Options) { o.Audiences = audience.New(0); o.Limit = Rate{PerMinute: -1} })
	var ctxs []*fasthttp.RequestCtx
	for i := range visitors {
		ctx := newContext()
		ctx.Request.Header.SetUserAgent(fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:%d.0) Gecko/20100101 Firefox/%d.0", 1+i%200, 1+i%200))
		ctx.Request.Header.Set("X-Forwarded-For", fmt.Sprintf("80.%d.%d.7", i/200, i%200))
		ctx.Request.SetBodyString(fmt.Sprintf(`{"n":"pageview","u":"https://www.example.org/page-%d?utm_source=letter-%d","d":"example.org","r":"https://news-%d.example/x?id=%d"}`,
			i, i%40, i%40, i))
		ctxs = append(ctxs, ctx)
	}
	all := func() {
		r.pass(time.Second)
		for _, ctx := range ctxs {
			body := append([]byte(nil), ctx.Request.Body()...) // parsing may change it
			ctx.Response.Reset()
			r.c.handle(ctx)
			ctx.Request.SetBodyRaw(body)
		}
	}
	all()
	if n := testing.AllocsPerRun(5, all) - visitors; n > visitors/20 { // visitors: the copies of bodies
		t.Errorf("%v allocations for %d beacons", n, visitors)
	}
	if n := r.count(r.c.metrics.accepted); n != 7*visitors {
		t.Errorf("%d of %d beacons were accepted", n, 7*visitors)
	}
}

func newContext() *fasthttp.RequestCtx {
	var req fasthttp.Request
	req.Header.SetMethod("POST")
	req.SetRequestURI("/e")
	for _, h := range usualHeaders {
		req.Header.Set(h[0], h[1])
	}
	ctx := &fasthttp.RequestCtx{}
	ctx.Init(&req, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711}, nil)
	return ctx
}

// usualHeaders are what Chromium and a proxy send along.
var usualHeaders = [][2]string{
	{"Host", "www.example.org"}, {"User-Agent", chrome}, {"Accept", "*/*"}, {"Accept-Encoding", "gzip, deflate, br, zstd"},
	{"Accept-Language", "nb-NO,nb;q=0.9,no;q=0.8,nn;q=0.7,en-US;q=0.6,en;q=0.5"}, {"Content-Type", "text/plain;charset=UTF-8"},
	{"Sec-CH-UA", `"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"`}, {"Sec-CH-UA-Mobile", "?0"},
	{"Sec-CH-UA-Platform", `"Linux"`}, {"Sec-Fetch-Dest", "empty"}, {"Sec-Fetch-Mode", "no-cors"}, {"Sec-Fetch-Site", "same-origin"},
	{"Origin", "https://www.example.org"}, {"X-Forwarded-For", "129.240.12.13"}, {"X-Forwarded-Proto", "https"}, {"Priority", "u=4, i"},
}

func BenchmarkBeacon(b *testing.B) {
	sp, err := spool.Open(b.TempDir(), spool.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer sp.Close()
	s, _ := site.New(1, "example.org", "Europe/Oslo", site.Settings{})
	c, err := New(Options{Sites: NewSites(s), Spool: sp, Salts: visitor.MemorySalts(), Limit: Rate{PerMinute: -1}, Audiences: audience.New(0)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	before := processorTime(b)
	defer func() { b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op") }()
	b.RunParallel(func(pb *testing.PB) {
		ctx := newContext()
		for pb.Next() {
			ctx.Response.Reset()
			ctx.Request.SetBodyString(view1)
			c.handle(ctx)
		}
	})
}

// processorTime is what this process has used, which a busy machine changes less than the time that passes.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
