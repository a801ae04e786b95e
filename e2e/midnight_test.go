package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sporlos/aggregator"
	"sporlos/beacon"
	"sporlos/collector"
	"sporlos/collector/visitor"
	"sporlos/site"
	"sporlos/spool"
	"sporlos/store"
	"sporlos/store/enginetest"
	"sporlos/store/report"
)

// windows are stretches of three days over which the clock of the midnight test is moved: changes of the clock in both directions,
// zones in which a midnight is skipped or lived through twice, and nothing special.
var windows = []struct{ name, start string }{
	{"Sao Paulo has 24:00 and then 23:00 again", "2018-02-16T20:00:00Z"},
	{"Sao Paulo has no midnight", "2018-11-03T00:00:00Z"},
	{"Oslo and Beirut go back", "2025-10-24T20:00:00Z"},
	{"Cairo goes back at midnight", "2025-10-29T20:00:00Z"},
	{"Oslo goes forward, Beirut has no midnight", "2026-03-27T20:00:00Z"},
	{"Cairo has no midnight", "2026-04-22T20:00:00Z"},
}

// zones are those of the sites; the first few change their clocks in the windows, and the days of their sites are folded too.
var zones = []string{"Europe/Oslo", "America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe"}

const folded = 4 // zones

const (
	step   = 20 * time.Minute
	span   = 66 * time.Hour
	hourly = "203.0.113.20"  // comes once an hour: each time a visit
	often  = "198.51.100.10" // comes every 20 minutes: one visit a day
)

// TestMidnight runs one collector across many local midnights, with a real spool, a real tmpfs, a real aggregator and the real engine,
// on a clock that is moved. What is counted is compared with what the clock on the wall says, day by day, from events and then from
// folds. In the middle of every stretch the collector is started anew: nobody is counted twice for that.
func TestMidnight(t *testing.T) {
	m := newMidnight(t)
	for _, w := range windows {
		start, err := time.Parse(time.RFC3339, w.start)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(w.name, func(t *testing.T) {
			want := m.live(t, start)
			m.compare(t, "events", m.sites, want)
			if err := m.aggregator.Fold(t.Context()); err != nil {
				t.Fatal(err)
			}
			m.compare(t, "folds", m.sites[:folded], want)
		})
	}
	for what, query := range map[string]string{
		"visitors": "SELECT toString(visitor) FROM events GROUP BY visitor HAVING uniqExact(site, day) > 1",
		"visits":   "SELECT toString(visit) FROM events GROUP BY visit HAVING uniqExact(site, day) > 1",
	} {
		if crossing := Strings(t, m.db, query); len(crossing) != 0 {
			t.Errorf("%d %s crossed a midnight or a site", len(crossing), what)
		}
	}
}

// midnight is the installation under test, without its program: that has no way to move the clock, and is to have none.
type midnight struct {
	now        time.Time
	sites      []*site.Site
	dir        string // on a tmpfs
	spool      *spool.Spool
	db         *store.Store
	aggregator *aggregator.Aggregator
	reporter   *report.Reporter
	salts      *visitor.Salts
	collector  *collector.Collector
}

func newMidnight(t *testing.T) *midnight {
	m := &midnight{db: enginetest.Migrated(t)}
	if err := m.db.Exec(t.Context(), "SYSTEM STOP TTL MERGES"); err != nil { // the years before the retention are to stay
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.db.Exec(context.Background(), "SYSTEM START TTL MERGES") })
	for i, zone := range zones {
		s, err := site.New(uint32(i+1), fmt.Sprintf("zone%d.example", i+1), zone, site.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		m.sites = append(m.sites, s)
	}
	var err error
	if m.dir, err = os.MkdirTemp("/dev/shm", "sporlos-midnight-"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(m.dir) })
	if m.spool, err = spool.Open(t.TempDir(), spool.Options{Fsync: spool.FsyncOff}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.spool.Close() })
	clock := func() time.Time { return m.now }
	m.aggregator, err = aggregator.New(aggregator.Options{Dir: t.TempDir(), Spool: m.spool, Store: m.db, Sites: func() []*site.Site { return m.sites[:folded] }, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	m.reporter = report.New(enginetest.Reader(t, m.db).Conn(), clock)
	return m
}

// start starts the collector; what it knows of before is on the tmpfs and in the spool.
func (m *midnight) start(t *testing.T) {
	t.Helper()
	var err error
	if m.salts, err = visitor.OpenSalts(filepath.Join(m.dir, "salts"), visitor.SaltOptions{}); err != nil {
		t.Fatal(err)
	}
	m.collector, err = collector.New(collector.Options{Sites: collector.NewSites(m.sites...), Spool: m.spool, Salts: m.salts,
		Limit: collector.Rate{PerMinute: -1}, Now: func() time.Time { return m.now }})
	if err != nil {
		t.Fatal(err)
	}
}

func (m *midnight) stop(t *testing.T) {
	t.Helper()
	if err := m.collector.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := m.salts.Close(); err != nil {
		t.Fatal(err)
	}
}

// expected is what a site's day must count; made from the clock on the wall only.
type expected struct {
	visitors          map[string]bool
	visits, pageviews int
}

// live lets two visitors come to every site for 66 hours and returns what must have been counted, by site and local date.
func (m *midnight) live(t *testing.T, start time.Time) map[string]*expected {
	t.Helper()
	m.now = start
	m.start(t)
	want := map[string]*expected{}
	for n := 0; m.now.Before(start.Add(span)); n++ {
		if n == int(span/step)/2 {
			m.stop(t)
			m.start(t)
		}
		for _, s := range m.sites {
			day := s.Domain + " " + m.now.In(s.Location()).Format(time.DateOnly)
			if want[day] == nil {
				want[day] = &expected{visitors: map[string]bool{}}
			}
			w := want[day]
			if !w.visitors[often] {
				w.visits++ // one a day: 20 minutes are no pause
			}
			m.view(t, s, often, "pageview")
			w.visitors[often], w.pageviews = true, w.pageviews+1
			if n%3 == 0 {
				m.view(t, s, hourly, "pageview")
				w.visitors[hourly], w.visits, w.pageviews = true, w.visits+1, w.pageviews+1
			}
			m.now = m.now.Add(time.Second)
			m.view(t, s, often, "engagement")
			m.now = m.now.Add(-time.Second)
		}
		m.now = m.now.Add(step)
	}
	m.stop(t)
	if err := m.aggregator.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	return want
}

func (m *midnight) view(t *testing.T, s *site.Site, addr, name string) {
	t.Helper()
	reason := m.collector.Take(&collector.Request{Time: m.now, Addr: netip.MustParseAddr(addr), Agent: []byte(agentA), Language: []byte("nb"),
		Beacon: &beacon.Beacon{Name: name, URL: "https://" + s.Domain + "/", Domain: s.Domain, Interactive: true}})
	if reason != beacon.Accepted {
		t.Fatalf("%s on %s at %s: %v", name, s.Zone, m.now, reason)
	}
}

// compare asks sites for their days.
func (m *midnight) compare(t *testing.T, source string, sites []*site.Site, want map[string]*expected) {
	t.Helper()
	compared, all := 0, 0
	for _, s := range sites {
		for day := range want {
			if strings.HasPrefix(day, s.Domain+" ") {
				all++
			}
		}
		last := s.DayAt(m.now.Unix())
		got, err := m.reporter.Run(t.Context(), report.Query{Site: s, From: last - 3, To: last, Sparse: true,
			Metrics: []report.Metric{report.Visitors, report.Visits, report.Pageviews}, Dimensions: []report.Dimension{report.DayDim}})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range got.Rows {
			w := want[s.Domain+" "+row.Dimensions[0]]
			if w == nil {
				t.Errorf("%s, %s: something was counted on %s, when nobody came", source, s.Zone, row.Dimensions[0])
				continue
			}
			compared++
			if counted := fmt.Sprint(row.Metrics); counted != fmt.Sprint([]int{len(w.visitors), w.visits, w.pageviews}) {
				t.Errorf("%s, %s on %s: visitors, visits and views are %s, want %d, %d and %d", source, s.Zone, row.Dimensions[0], counted, len(w.visitors), w.visits, w.pageviews)
			}
		}
		if (source == "events") != (got.Answered == "events") {
			t.Errorf("%s: %s was answered from %s", source, s.Zone, got.Answered)
		}
	}
	if compared != all || all < 3*len(sites) {
		t.Errorf("%s: %d days were compared of %d", source, compared, all)
	}
}
