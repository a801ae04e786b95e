package collector

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"sporlos/beacon"
	"sporlos/collector/place"
	"sporlos/collector/visitor"
	"sporlos/event"
	"sporlos/site"
	"sporlos/spool"
	"sporlos/term"
)

const (
	chrome  = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"
	view1   = `{"n":"pageview","u":"https://www.example.org/products?utm_source=letter&session=4711","d":"example.org","r":"https://news.example/today?user=7"}`
)

// rig is a collector with a real spool, on a real port, with a clock that stands still until it is moved.
type rig struct {
	*testing.T
	c     *Collector
	spool *spool.Spool
	reg   *prometheus.Registry
	url   string

	mu    sync.Mutex
	now   time.Time
	terms []term.Term
}

func newSite(t testing.TB, id uint32, domain, zone string, settings site.Settings) *site.Site {
	t.Helper()
	s, err := site.New(id, domain, zone, settings)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start returns a rig that counts example.org (1, Oslo) and open.example (2, UTC, ignores signals).
func start(t *testing.T, change ...func(*Options)) *rig {
	t.Helper()
	r := &rig{T: t, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), reg: prometheus.NewRegistry()}
	var err error
	if r.spool, err = spool.Open(t.TempDir(), spool.Options{Fsync: spool.FsyncOff}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.spool.Close() })
	o := Options{
		Sites: NewSites(newSite(t, 1, "example.org", "Europe/Oslo", site.Settings{}), newSite(t, 2, "open.example", "UTC", site.Settings{IgnoreSignals: true})),
		Spool: r.spool, Salts: visitor.MemorySalts(), Terms: r.takeTerm, Now: r.clock, Registerer: r.reg,
		Places: places(t), Assets: map[string]Asset{"w.js": {Body: []byte("script"), Brotli: []byte("br"), Gzip: []byte("gz"), Type: "text/javascript", ETag: "abc"}},
	}
	for _, f := range change {
		f(&o)
	}
	if r.c, err = New(o); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.url = "http://" + ln.Addr().String()
	served := make(chan error, 1)
	go func() { served <- r.c.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := r.c.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
		r.balanced()
	})
	return r
}

func places(t *testing.T) *place.DB {
	t.Helper()
	db, err := place.Open(place.FindDefault())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func trustLoopback(o *Options) { o.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

func (r *rig) clock() time.Time { r.mu.Lock(); defer r.mu.Unlock(); return r.now }

func (r *rig) pass(d time.Duration) { r.mu.Lock(); defer r.mu.Unlock(); r.now = r.now.Add(d) }

func (r *rig) takeTerm(t term.Term) { r.mu.Lock(); defer r.mu.Unlock(); r.terms = append(r.terms, t) }

// transport does not unpack what it gets.
var transport = &http.Transport{DisableCompression: true}

// reply is what came back.
type reply struct {
	status        int
	body, dropped string
	header        http.Header
}

// do sends a request; headers are "Name: value". A User-Agent of chrome is sent unless there is one.
func (r *rig) do(method, path, body string, headers ...string) reply {
	r.Helper()
	req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("User-Agent", chrome)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "User-Agent" {
			req.Header.Set(name, value)
			continue
		}
		req.Header.Add(name, value)
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		r.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	return reply{res.StatusCode, string(raw), res.Header.Get("x-sporlos-dropped"), res.Header}
}

func (r *rig) post(body string, headers ...string) reply {
	r.Helper()
	return r.do("POST", "/e", body, headers...)
}

// want fails the test unless the reply is the usual one for that fate.
func (r *rig) want(what string, got reply, reason beacon.Reason) {
	r.Helper()
	if got.status != reason.Status() || got.dropped != reason.String() || (got.status == 202) != (got.body == "ok") ||
		strings.Contains(got.body, "\n") || got.body == "" || got.header.Get("Access-Control-Allow-Origin") != "*" {
		r.Errorf("%s: answered %d %q, dropped %q; want %d, %q", what, got.status, got.body, got.dropped, reason.Status(), reason)
	}
}

// stored returns every event in the spool, and the tallies.
func (r *rig) stored() (events []event.Event, tallies []event.Tally) {
	r.Helper()
	var batch spool.Batch
	if err := r.spool.Read(context.Background(), spool.Position{}, 0, 0, &batch); err != nil {
		r.Fatal(err)
	}
	for _, rec := range batch.Records {
		if event.KindOf(rec) == event.KindTally {
			t, err := event.DecodeTally(rec)
			if err != nil {
				r.Fatal(err)
			}
			tallies = append(tallies, t)
			continue
		}
		var e event.Event
		if err := event.Decode(rec, &e); err != nil {
			r.Fatal(err)
		}
		events = append(events, e)
	}
	return events, tallies
}

func (r *rig) count(m prometheus.Metric) int {
	var out dto.Metric
	if err := m.Write(&out); err != nil {
		r.Fatal(err)
	}
	return int(out.GetCounter().GetValue())
}

func (r *rig) refusals(reason beacon.Reason) int { return r.count(r.c.metrics.refused[reason]) }

// balanced holds the law that received = accepted + refused, and that nothing is in the spool that was not accepted.
func (r *rig) balanced() {
	r.Helper()
	refused, searches := 0, 0
	for _, reason := range beacon.Reasons() {
		refused += r.refusals(reason)
		searches += r.count(r.c.metrics.searchesRefused[reason])
	}
	if got, accepted := r.count(r.c.metrics.received), r.count(r.c.metrics.accepted); got != accepted+refused {
		r.Errorf("%d beacons received, %d accepted, %d refused", got, accepted, refused)
	}
	if got, accepted := r.count(r.c.metrics.searchesReceived), r.count(r.c.metrics.searchesAccepted); got != accepted+searches {
		r.Errorf("%d searches received, %d accepted, %d refused", got, accepted, searches)
	}
}

// raw writes bytes to a new connection and returns what comes back until it is closed.
func (r *rig) raw(data string) string {
	r.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		r.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(conn, data) // the server may have closed by now
	if half, ok := conn.(*net.TCPConn); ok {
		_ = half.CloseWrite()
	}
	out, _ := io.ReadAll(bufio.NewReader(conn))
	return string(out)
}

var loopback = netip.MustParseAddr("127.0.0.1")
