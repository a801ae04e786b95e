package aggregator

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"sporlos/event"
	"sporlos/site"
	"sporlos/spool"
	"sporlos/store"
	"sporlos/store/enginetest"
)

// today is the local day in UTC on which the tests' events happen unless they say otherwise.
var today = site.DayOfDate(2026, time.November, 22)

const noon = 1795348800 // 2026-11-22 12:00:00 UTC

type rig struct {
	t     *testing.T
	dir   string
	spool *spool.Spool
	store *store.Store
	sites []*site.Site
	now   time.Time
	*Aggregator
}

// newRig returns an aggregator between a real spool and a real engine. Change the options before they are used with change.
func newRig(t *testing.T, change func(*Options)) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), store: enginetest.Migrated(t), now: time.Unix(noon, 0)}
	r.spool = openSpool(t, filepath.Join(r.dir, "spool"))
	t.Cleanup(func() { _ = r.spool.Close() })
	r.open(change)
	return r
}

func openSpool(t *testing.T, dir string) *spool.Spool {
	t.Helper()
	s, err := spool.Open(dir, spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// open makes another aggregator on the same spool and store, as a new process would.
func (r *rig) open(change func(*Options)) {
	r.t.Helper()
	o := Options{
		Dir: filepath.Join(r.dir, "aggregator"), Spool: r.spool, Store: r.store,
		Sites: func() []*site.Site { return r.sites },
		Now:   func() time.Time { return r.now },
	}
	if change != nil {
		change(&o)
	}
	a, err := New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Aggregator = a
}

func (r *rig) append(records ...[]byte) {
	r.t.Helper()
	for _, rec := range records {
		if err := r.spool.Append(rec); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *rig) drain() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // patience for a busy machine
	defer cancel()
	if err := r.Drain(ctx); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) exec(query string) {
	r.t.Helper()
	if err := r.store.Exec(context.Background(), query); err != nil {
		r.t.Fatalf("%v\n%s", err, query)
	}
}

// text returns the answer to a question with one text for an answer.
func (r *rig) text(query string) (answer string) {
	r.t.Helper()
	if err := r.store.QueryRow(context.Background(), query).Scan(&answer); err != nil {
		r.t.Fatalf("%v\n%s", err, query)
	}
	return answer
}

func (r *rig) want(query, want string) {
	r.t.Helper()
	if got := r.text(query); got != want {
		r.t.Errorf("%s\n got %s\nwant %s", query, got, want)
	}
}

// view is a pageview, the n-th one, of site 1.
func view(n int) event.Event {
	return event.Event{
		Site: 1, Day: uint16(today), Time: noon + uint32(n), Visitor: uint64(n%7 + 1), Visit: uint64(noon)<<32 + uint64(n%11),
		Name: event.Pageview, Interactive: true, Host: "example.org", Path: fmt.Sprintf("/page/%d", n%5),
	}
}

func record(e event.Event) []byte { return event.Append(nil, &e) }

func views(n int) (records [][]byte) {
	for i := range n {
		records = append(records, record(view(i)))
	}
	return records
}

func TestEveryFieldArrives(t *testing.T) {
	r := newRig(t, nil)
	r.append(views(1)...)
	r.append(record(event.Event{
		Site: 7, Day: uint16(today), Time: noon, Visitor: 1<<64 - 1, Visit: 1 << 63, Name: "Signup", Interactive: true, Host: "example.org", Path: "/å",
		Referrer: "r", Source: "s", Channel: "c", UTMSource: "us", UTMMedium: "um", UTMCampaign: "uc", UTMContent: "ut", UTMTerm: "uk",
		Country: "NO", Region: "NO-03", City: "Oslo", Browser: "Firefox", BrowserVersion: "145", OS: "Linux", OSVersion: "6", Device: "Desktop",
		EngagementMS: 1<<32 - 1, Scroll: 100, RevenueMilli: -5, Currency: "NOK", Props: []event.Prop{{Key: "a", Value: "1"}, {Key: "b", Value: ""}},
	}))
	r.drain()
	r.want("SELECT toString(tuple(*)) FROM events WHERE site = 7", `(7,'2026-11-22','2026-11-22 12:00:00',18446744073709551615,9223372036854775808,'Signup',true,`+
		`'example.org','/å','r','s','c','us','um','uc','ut','uk','NO','NO-03','Oslo','Firefox','145','Linux','6','Desktop',4294967295,100,-5,'NOK',['a','b'],['1',''])`)
	r.want("SELECT toString(tuple(*)) FROM events WHERE site = 1", `(1,'2026-11-22','2026-11-22 12:00:00',1,7710964380912844800,'pageview',true,`+
		`'example.org','/page/0','','','','','','','','','','','','','','','','',0,0,0,'',[],[])`)
	r.want("SELECT toString(groupArray((site, events))) FROM (SELECT site, sum(events) AS events FROM arrivals GROUP BY site ORDER BY site)", "[(1,1),(7,1)]")
}

func TestBlocksInARow(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Batch = 100 })
	r.append(views(1000)...)
	r.drain()
	r.want("SELECT toString((count(), uniqExact(time), uniqExact(path))) FROM events", "(1000,1000,5)")
	if got := count(t, r.metrics.stored); got != 1000 {
		t.Errorf("stored is %v, want 1000", got)
	}
}

// TestRefusalsAreSummed: tallies of one batch become one row per site, day and reason.
func TestRefusalsAreSummed(t *testing.T) {
	r := newRig(t, nil)
	for _, tally := range []event.Tally{{Site: 1, Day: uint16(today), Reason: "robot", Count: 3}, {Site: 1, Day: uint16(today), Reason: "opted_out", Count: 1},
		{Site: 1, Day: uint16(today), Reason: "robot", Count: 4}, {Site: 0, Day: uint16(today), Reason: "robot", Count: 5}} {
		r.append(tally.Append(nil))
	}
	r.append(views(2)...)
	r.drain()
	r.want("SELECT toString(groupArray((site, toString(reason), refusals))) FROM (SELECT * FROM refusals ORDER BY site, reason)",
		"[(0,'robot',5),(1,'opted_out',1),(1,'robot',7)]")
	r.want("SELECT toString(count()) FROM events", "2")
}

// TestLoneRecordIsCountableSoon: the oldest record's age drives the timer, and arrivals do not reset it.
func TestLoneRecordIsCountableSoon(t *testing.T) {
	r := newRig(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	began := time.Now()
	for i := 0; r.text("SELECT toString(count()) FROM events") == "0"; i++ {
		if time.Since(began) > 5*time.Second { // one second of waiting, and the rest for a busy machine
			t.Fatal("not countable long after the first record, while others keep arriving")
		}
		r.append(record(view(i)))
		time.Sleep(20 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestFullBatchDoesNotWait(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Batch, o.Linger = 50, time.Hour })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	// What is there when it starts is sent at once, whatever it is: a hundred stored are that and a full batch at least.
	for began, n := time.Now(), 0; r.text("SELECT toString(count() >= 100) FROM events") != "1"; n += 10 {
		if time.Since(began) > 20*time.Second {
			t.Fatal("no full batch was sent")
		}
		for i := range 10 {
			r.append(record(view(n + i)))
		}
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestPendingBlockIsRepeated walks through every place where a crash can fall between Begin and Commit.
func TestPendingBlockIsRepeated(t *testing.T) {
	for name, crash := range map[string]func(r *rig){
		"after begin": func(r *rig) {},
		"after the events": func(r *rig) {
			sh := shipment{a: r.Aggregator, token: r.token() + "/events"}
			if err := sh.insert(context.Background()); err != nil {
				r.t.Fatal(err)
			}
		},
		"after everything but the commit": func(r *rig) {
			if _, err := r.attempt(context.Background()); err != nil {
				r.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.append(views(100)...)
			r.append(event.Tally{Site: 1, Day: uint16(today), Reason: "robot", Count: 3}.Append(nil))
			if err := r.nextBlock(context.Background()); err != nil {
				t.Fatal(err)
			}
			r.append(views(50)...) // these came after the block was begun
			crash(r)
			if err := r.spool.Close(); err != nil {
				t.Fatal(err)
			}
			r.spool = openSpool(t, filepath.Join(r.dir, "spool"))
			r.open(nil)
			r.drain()
			r.want("SELECT toString((count(), (SELECT sum(events) FROM arrivals), (SELECT sum(refusals) FROM refusals))) FROM events", "(150,150,3)")
		})
	}
}

// TestManyMonths: an import may span more months than one insert may touch partitions.
func TestManyMonths(t *testing.T) {
	r := newRig(t, nil)
	r.exec("ALTER TABLE events REMOVE TTL")
	r.exec("ALTER TABLE arrivals REMOVE TTL")
	for i := range 130 {
		e := view(i)
		e.Day = uint16(today) - uint16(i*31)
		r.append(record(e))
	}
	r.append([]byte("nonsense"), event.Tally{Site: 1, Day: uint16(today), Reason: "robot", Count: 3}.Append(nil))
	r.drain()
	r.want("SELECT toString((count(), uniqExact(day), uniqExact(_partition_id) > 120, (SELECT sum(events) FROM arrivals), (SELECT sum(refusals) FROM refusals))) FROM events",
		"(130,130,1,130,3)")
	if got := count(t, r.metrics.quarantined); got != 1 {
		t.Errorf("quarantined is %v, want 1", got)
	}
}

// TestDrainGivesUpInTime: even while Run waits for a server that is away.
func TestDrainGivesUpInTime(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Linger = time.Millisecond })
	r.exec("RENAME TABLE events TO hidden")
	r.append(views(1)...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	for count(t, r.metrics.failures) == 0 {
		time.Sleep(time.Millisecond)
	}
	short, stop := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer stop()
	if err := r.Drain(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Drain said %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("an aggregator without anything was made")
	}
	if _, err := New(Options{Dir: "/dev/null/x", Spool: &spool.Spool{}, Store: &store.Store{}, Sites: func() []*site.Site { return nil }}); err == nil {
		t.Error("an aggregator in an impossible directory was made")
	}
}
