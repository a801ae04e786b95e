package aggregator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"sporlos/event"
	"sporlos/site"
	"sporlos/store/derive"
)

// folded returns a rig with a site in a zone whose now is n days after today, at noon.
func folded(t *testing.T, zone string, n int) *rig {
	t.Helper()
	r := newRig(t, nil)
	s, err := site.New(1, "example.org", zone, site.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	r.sites = []*site.Site{s}
	r.now = time.Unix(noon+int64(n)*86400, 0)
	return r
}

func (r *rig) fold() {
	r.t.Helper()
	if err := r.Fold(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// mixed is a day's worth of events of all sorts: n of them, in n/5 visits.
func mixed(day site.Day, n int) (records [][]byte) {
	for i := range n {
		e := view(i)
		start := int64(day)*86400 + int64(i%(n/5))*40000/int64(n)
		e.Day, e.Visit, e.Visitor = uint16(day), uint64(start)<<32|uint64(i%(n/5)), uint64(i%(n/7))+1
		e.Time = uint32(start) + uint32(i/(n/5))*20
		e.Source, e.Country, e.Browser, e.BrowserVersion = []string{"", "Bing", "DuckDuckGo"}[i%3], []string{"NO", "DE"}[i%2], "Firefox", fmt.Sprint(140+i%4)
		switch i % 10 {
		case 7:
			e.Name, e.EngagementMS, e.Scroll = event.Engagement, uint32(i*13), uint8(i%101)
		case 8:
			e.Name, e.Interactive = "Signup", i%20 == 8
		}
		records = append(records, record(e))
	}
	return records
}

const newest = "(day, fold) IN (SELECT day, fold FROM folds FINAL WHERE site = 1)"

// fresh is what the newest folds of site 1 say, in one text; derived is the same straight from the events.
func (r *rig) fresh() string {
	visits, pages, sums := strings.Join(derive.VisitColumns(), ", "), strings.Join(derive.PageColumns(), ", "), strings.Join(derive.RollupColumns(), ", ")
	return r.text("SELECT toString(groupArray(v)) FROM (SELECT tuple("+visits+") AS v FROM visits WHERE "+newest+" ORDER BY day, visit)") +
		r.text("SELECT toString(groupArray(v)) FROM (SELECT tuple("+pages+") AS v FROM pages WHERE "+newest+" ORDER BY day, page, nth)") +
		r.text("SELECT toString(groupArray(v)) FROM (SELECT tuple("+sums+") AS v FROM rollups WHERE "+newest+" ORDER BY dimension, day, value)") +
		r.text("SELECT toString(groupArray(v)) FROM (SELECT tuple(day, dimension, value, "+strings.Join(derive.RollupSums(), ", ")+") AS v FROM monthly WHERE (day, fold) IN (SELECT day, fold FROM months FINAL WHERE site = 1) ORDER BY day, dimension, value)")
}

func (r *rig) derived(before site.Day) string {
	where := "site = 1 AND day < '" + before.String() + "'"
	visits, pages := strings.Join(derive.VisitColumns(), ", "), strings.Join(derive.PageColumns(), ", ")
	var all, sums []string
	for _, d := range derive.Dimensions() {
		all = append(all, "SELECT "+strings.Join(derive.RollupColumns(), ", ")+" FROM ("+strings.ReplaceAll(derive.Rollup(d, where, derive.Make(where)), "{zone:String}", "'"+r.sites[0].Zone+"'")+")")
	}
	for _, name := range derive.RollupSums() {
		sums = append(sums, "sum("+name+")")
	}
	rollups := "(" + strings.Join(all, " UNION ALL ") + ")"
	return r.text("SELECT toString(groupArray(v)) FROM (SELECT tuple("+visits+") AS v FROM ("+derive.Numbered(where)+") ORDER BY day, visit)") +
		r.text("SELECT toString(groupArray(v)) FROM (SELECT tuple("+pages+") AS v FROM ("+derive.Seen(where, derive.Make(where).Visits)+") ORDER BY day, page, nth)") +
		r.text("SELECT toString(groupArray(v)) FROM (SELECT tuple(*) AS v FROM "+rollups+" ORDER BY dimension, day, value)") +
		r.text("SELECT toString(groupArray(v)) FROM (SELECT tuple(toStartOfMonth(day) AS month, dimension, value, "+strings.Join(sums, ", ")+") AS v FROM "+rollups+" GROUP BY month, dimension, value ORDER BY month, dimension, value)")
}

func (r *rig) wantFresh(before site.Day) {
	r.t.Helper()
	if got, want := r.fresh(), r.derived(before); got != want || len(got) < 1000 {
		r.t.Errorf("folds say\n%.2000s\nevents say\n%.2000s", got, want)
	}
	r.want("SELECT toString((SELECT count() FROM folds FINAL)) = toString((SELECT uniqExact(day) FROM arrivals WHERE day < '"+before.String()+"')) ? 'all' : 'some'", "all")
}

func TestClosedDaysAreFolded(t *testing.T) {
	r := folded(t, "Europe/Oslo", 3)
	for i := range 4 {
		r.append(mixed(today+site.Day(i), 500)...)
	}
	r.drain()
	r.fold()
	r.wantFresh(today + 3)
	r.want("SELECT toString((sum(events), sum(arrived), uniqExact(fold))) FROM folds FINAL", "(1500,1500,1)")
	if got := count(t, r.metrics.folds); got != 3 {
		t.Errorf("%v days folded, want 3", got)
	}
	r.fold()
	if got := count(t, r.metrics.folds); got != 3 {
		t.Errorf("folding again folded %v days more", got-3)
	}
}

// TestTheOpenDayIsTheSites: which days are closed is a matter of the site's zone.
func TestTheOpenDayIsTheSites(t *testing.T) {
	for zone, want := range map[string]string{"Pacific/Kiritimati": "1", "Pacific/Pago_Pago": "0"} {
		r := folded(t, zone, 0)
		r.append(views(10)...)
		r.drain()
		r.fold()
		r.want("SELECT toString(count()) FROM folds FINAL", want)
	}
}

func TestLateEventsFoldAgain(t *testing.T) {
	r := folded(t, "UTC", 2)
	r.append(mixed(today, 500)...)
	r.append(mixed(today+1, 500)...)
	r.drain()
	r.fold()
	r.append(views(3)...)
	r.drain()
	r.want("SELECT toString(count()) FROM (SELECT day, sum(events) AS n FROM arrivals GROUP BY day) AS a JOIN folds AS f FINAL ON a.day = f.day WHERE n = arrived", "1")
	r.fold()
	r.wantFresh(today + 2)
	if err := r.sweep(context.Background(), r.now); err != nil {
		t.Fatal(err)
	}
	r.wantTidy()
	r.wantFresh(today + 2)
}

// wantTidy checks that only the newest folds have rows.
func (r *rig) wantTidy() {
	r.t.Helper()
	for _, table := range []string{"visits", "pages", "rollups"} {
		r.want("SELECT toString(countIf(NOT "+newest+")) FROM "+table, "0")
	}
	r.want("SELECT toString(countIf((day, fold) NOT IN (SELECT day, fold FROM months FINAL WHERE site = 1))) FROM monthly", "0")
}

// TestInterruptedFold stops after each step and folds again, with other events in between.
func TestInterruptedFold(t *testing.T) {
	r := folded(t, "Europe/Berlin", 2)
	for stop := 1; ; stop++ {
		for _, table := range []string{"events", "arrivals", "folds", "visits", "pages", "rollups", "months", "monthly"} {
			r.exec("TRUNCATE TABLE " + table)
		}
		r.append(mixed(today, 200)...)
		r.append(mixed(today+1, 200)...)
		r.drain()
		days, err := r.staleDays(context.Background(), r.now)
		if err != nil {
			t.Fatal(err)
		}
		f := &fold{a: r.Aggregator, site: r.sites[0], days: days[r.sites[0]], short: map[dayKey]sums{}}
		steps := f.steps()
		if stop > len(steps) {
			break
		}
		for _, step := range steps[:stop] {
			if err := step(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if stop < len(steps) {
			r.want("SELECT toString(count()) FROM folds", "0")
		}
		if stop%2 == 0 {
			r.append(views(2)...)
			r.drain()
		}
		r.open(nil)
		r.fold()
		if err := r.sweep(context.Background(), r.now); err != nil {
			t.Fatal(err)
		}
		r.wantTidy()
		r.wantFresh(today + 2)
	}
}

// TestFullDayIsFoldedInParts: a day with more events than are taken at once is folded part by part, and becomes the same.
func TestFullDayIsFoldedInParts(t *testing.T) {
	r := folded(t, "Europe/Oslo", 2)
	r.append(mixed(today, 500)...)
	r.append(mixed(today+1, 90)...)
	for i := range 20 { // two visitors who come again and again, before and after the others, and nobody in particular
		e := view(i)
		e.Day, e.Visit, e.Visitor = uint16(today), uint64(today)*86400<<32*uint64(i%2)+uint64(1000+i), uint64(i%3)
		if i == 19 {
			e.Visit = math.MaxUint64
		}
		r.append(record(e))
	}
	r.drain()
	for _, events := range []uint64{100, 1, 519, 520, foldEvents} {
		r.exec("TRUNCATE TABLE folds")
		r.foldEvents = events
		f := &fold{a: r.Aggregator, site: r.sites[0], days: []stale{{today, 520}}, short: map[dayKey]sums{}}
		if err := f.cut(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, most := uint64(len(f.parts)), max(1, 520/events); got > most || events == 100 && got < 4 {
			t.Errorf("%d events at once: %d parts, want at most %d", events, got, most)
		}
		r.fold()
		r.wantFresh(today + 2)
	}
}

// TestInterruptedBetweenParts: what is left of some parts is outnumbered.
func TestInterruptedBetweenParts(t *testing.T) {
	r := folded(t, "UTC", 1)
	r.append(mixed(today, 500)...)
	r.drain()
	r.foldEvents = 100
	f := &fold{a: r.Aggregator, site: r.sites[0], days: []stale{{today, 500}}, short: map[dayKey]sums{}}
	for _, step := range []func(context.Context) error{f.draw, f.cut, func(ctx context.Context) error { f.parts = f.parts[:2]; return f.makeVisits(ctx) }, f.makePages, f.rollUpVisits} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r.want("SELECT toString(count() > 0) FROM pages", "1")
	if err := f.record(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.want("SELECT toString(count()) FROM folds", "0")
	r.fold()
	if err := r.sweep(t.Context(), r.now); err != nil {
		t.Fatal(err)
	}
	r.wantTidy()
	r.wantFresh(today + 1)
}

// TestFullDayFitsIntoMemory: a day of a million and a half events is folded by an engine with the memory it has by default, 400 MiB a statement.
func TestFullDayFitsIntoMemory(t *testing.T) {
	r := folded(t, "UTC", 1)
	r.exec(`INSERT INTO events (site, day, time, visitor, visit, name, interactive, path, source, referrer, country, city, browser)
		SELECT 1, '` + today.String() + `', toDateTime(start + number % 7, 'UTC'), cityHash64(intDiv(n, 2)), bitShiftLeft(toUInt64(start), 32) + cityHash64(n) % 4294967296,
			'pageview', true, concat('/page/of/some/length/', toString(cityHash64(number) % 20000)), concat('Source ', toString(n % 400)), concat('source-', toString(n % 400), '.example'),
			toString(n % 40), concat('City ', toString(n % 3000)), toString(n % 7)
		FROM (SELECT number, intDiv(number, 7) AS n, ` + fmt.Sprint(int64(today)*86400) + ` + n % 86000 AS start FROM numbers(1500000)) SETTINGS max_insert_threads = 1, min_insert_block_size_rows = 100000`)
	r.fold()
	r.want("SELECT toString((fold > 0, events)) FROM folds FINAL", "(1,1500000)")
	r.want("SELECT toString((sum(visits), sum(visitors), sum(pageviews))) FROM rollups WHERE dimension = 'total'", "(214286,107143,1500000)")
	r.want("SELECT toString((sum(visits) > 0, sum(pageviews))) FROM rollups WHERE dimension = 'page'", "(1,1500000)")
	r.want("SELECT toString((sum(visits), sum(pageviews))) FROM rollups WHERE dimension = 'source'", "(214286,1500000)")
}

// TestEventsDuringAFold: a day that changes while it is folded is not recorded.
func TestEventsDuringAFold(t *testing.T) {
	r := folded(t, "UTC", 2)
	r.append(mixed(today, 200)...)
	r.append(mixed(today+1, 200)...)
	r.drain()
	days, err := r.staleDays(context.Background(), r.now)
	if err != nil {
		t.Fatal(err)
	}
	f := &fold{a: r.Aggregator, site: r.sites[0], days: days[r.sites[0]], short: map[dayKey]sums{}}
	steps := f.steps()
	for i, step := range steps {
		if i == len(steps)/2 {
			r.append(views(1)...)
			r.drain()
		}
		if err := step(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	r.want("SELECT toString(groupArray(day)) FROM folds FINAL", "['"+(today+1).String()+"']")
	r.fold()
	r.wantFresh(today + 2)
}

// TestTwoNodesFoldAtOnce: whoever is first, the newest fold is whole.
func TestTwoNodesFoldAtOnce(t *testing.T) {
	r := folded(t, "UTC", 3)
	for i := range 3 {
		r.append(mixed(today+site.Day(i), 300)...)
	}
	r.drain()
	first := r.Aggregator
	r.open(nil)
	var nodes sync.WaitGroup
	errs := make([]error, 2)
	for i, node := range []*Aggregator{first, r.Aggregator} {
		nodes.Go(func() { errs[i] = node.Fold(context.Background()) })
	}
	nodes.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	r.wantFresh(today + 3)
	for range 2 { // the first may sum a month again, when one node has recorded a day after the other had summed
		if err := r.sweep(context.Background(), r.now); err != nil {
			t.Fatal(err)
		}
	}
	r.wantTidy()
	r.wantFresh(today + 3)
}

// TestErasedEvents: a day with fewer events than have arrived is folded once it is plain that no insert is under way.
func TestErasedEvents(t *testing.T) {
	r := folded(t, "UTC", 1)
	r.append(mixed(today, 200)...)
	r.drain()
	r.exec("DELETE FROM events WHERE visitor = 3")
	f := func() {
		days, err := r.staleDays(context.Background(), r.now)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.foldDays(context.Background(), days); err != nil {
			t.Fatal(err)
		}
	}
	f()
	r.want("SELECT toString(count()) FROM folds", "0")
	f()
	r.wantFresh(today + 1)
	r.want("SELECT toString((arrived, events < arrived)) FROM folds FINAL", "(200,1)")
}

// TestQuietDays: the regular look folds what is over, settled and unchanged since the last look.
func TestQuietDays(t *testing.T) {
	r := folded(t, "UTC", 0)
	r.append(mixed(today, 200)...)
	r.drain()
	midnight := time.Unix(int64(today+1)*86400, 0)
	for _, step := range []struct {
		after time.Duration
		late  int
		want  string
	}{
		{-time.Second, 0, "0"},
		{time.Minute, 0, "0"}, // not settled
		{3 * time.Minute, 0, "0"},
		{4 * time.Minute, 1, "0"}, // changed since
		{5 * time.Minute, 0, "1"},
	} {
		r.append(views(step.late)...)
		r.drain()
		r.now = midnight.Add(step.after)
		if err := r.look(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := r.text("SELECT toString(count()) FROM folds FINAL"); got != step.want {
			t.Errorf("%v after midnight: %s days folded, want %s", step.after, got, step.want)
		}
	}
	r.wantFresh(today + 1)
}

// TestRestlessDay: a day that changes every minute is folded after a while.
func TestRestlessDay(t *testing.T) {
	p := newPass()
	s, err := site.New(1, "example.org", "UTC", site.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for minute := range 17 {
		days := map[*site.Site][]stale{s: {{today, uint64(minute)}}}
		if got, want := len(p.quiet(days, time.Unix(noon+int64(minute)*60, 0))) == 1, minute >= 15; got != want {
			t.Errorf("minute %d: ready is %v", minute, got)
		}
	}
}

func TestRuns(t *testing.T) {
	first := site.DayOfDate(2026, time.November, 29)
	got := fmt.Sprint(runs([]stale{{first, 1}, {first + 1, 1}, {first + 2, foldEvents}, {first + 3, 1}, {first + 4, 1}, {first + 7, 1}}, foldEvents))
	want := fmt.Sprint([][]stale{{{first, 1}, {first + 1, 1}}, {{first + 2, foldEvents}}, {{first + 3, 1}, {first + 4, 1}}, {{first + 7, 1}}})
	if got != want {
		t.Errorf(" got %s\nwant %s", got, want)
	}
}
