package report

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/event"
	"sporlos/site"
	"sporlos/store"
	"sporlos/store/derive"
	"sporlos/store/enginetest"
)

// house is a database with events and the reporter that asks it.
type house struct {
	*Reporter
	store     *store.Store
	oslo, nyc *site.Site
}

// newHouse opens a database in which it is noon in Oslo on 2026-10-26, a Monday, the day after the clocks went back.
func newHouse(t testing.TB) *house {
	t.Helper()
	s := enginetest.Migrated(t)
	now := func() time.Time { return time.Date(2026, 10, 26, 11, 0, 0, 0, time.UTC) }
	h := &house{Reporter: New(enginetest.Reader(t, s).Conn(), now), store: s}
	var err1, err2 error
	h.oslo, err1 = site.New(1, "oslo.example", "Europe/Oslo", site.Settings{})
	h.nyc, err2 = site.New(2, "nyc.example", "America/New_York", site.Settings{})
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return h
}

var eventColumns = []string{
	"site", "day", "time", "visitor", "visit", "name", "interactive", "host", "path", "referrer", "source", "channel",
	"utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "country", "region", "city",
	"browser", "browser_version", "os", "os_version", "device", "engagement", "scroll", "prop_keys", "prop_values",
}

func (h *house) insert(t testing.TB, events []event.Event) {
	t.Helper()
	batch, err := h.store.Conn().PrepareBatch(t.Context(), "INSERT INTO events ("+strings.Join(eventColumns, ", ")+")")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		keys, values := []string{}, []string{}
		for _, p := range e.Props {
			keys, values = append(keys, p.Key), append(values, p.Value)
		}
		err := batch.Append(e.Site, site.Day(e.Day).Date(), time.Unix(int64(e.Time), 0), e.Visitor, e.Visit, e.Name, e.Interactive,
			e.Host, e.Path, e.Referrer, e.Source, e.Channel, e.UTMSource, e.UTMMedium, e.UTMCampaign, e.UTMContent, e.UTMTerm,
			e.Country, e.Region, e.City, e.Browser, e.BrowserVersion, e.OS, e.OSVersion, e.Device, e.EngagementMS, e.Scroll, keys, values)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
}

// fold folds one day as fold number n.
func (h *house) fold(t testing.TB, s *site.Site, day site.Day, n int) {
	h.foldRange(t, s, day, day, fmt.Sprint(n))
}

// foldRange folds days, each under the number that the expression n gives.
func (h *house) foldRange(t testing.TB, s *site.Site, from, to site.Day, n string) {
	t.Helper()
	const where = "site = {site:UInt32} AND day BETWEEN {from:Date} AND {to:Date}"
	visits := strings.Join(derive.VisitColumns(), ", ")
	h.exec(t, s, from, to, fmt.Sprintf("INSERT INTO visits (%s, fold) SELECT %[1]s, %s FROM (%s)", visits, n, derive.Numbered(where)))
	pages := strings.Join(derive.PageColumns(), ", ")
	h.exec(t, s, from, to, fmt.Sprintf("INSERT INTO pages (%s, fold) SELECT %[1]s, %s FROM (%s)", pages, n, derive.Seen(where, derive.Make(where).Visits)))
	var ofVisits []derive.Dimension
	var questions []string
	for _, d := range derive.Dimensions() {
		if d.OfVisits() {
			ofVisits = append(ofVisits, d)
		} else {
			questions = append(questions, derive.Rollup(d, where, derive.Make(where)))
		}
	}
	questions = append(questions, derive.RollupOfVisits(ofVisits, derive.Make(where).Visits))
	for _, question := range questions {
		h.exec(t, s, from, to, fmt.Sprintf("INSERT INTO rollups (%s, fold) SELECT %[1]s, %s FROM (%s)", strings.Join(derive.RollupColumns(), ", "), n, question))
	}
	h.exec(t, s, from, to, fmt.Sprintf(`INSERT INTO folds SELECT site, day, %s, sum(events), sum(events), now(), %d FROM arrivals WHERE %s GROUP BY site, day`, n, derive.Edition, where))
}

// sumMonths sums the months of these days as they are folded now.
func (h *house) sumMonths(t testing.TB, s *site.Site, from, to site.Day, n int) {
	t.Helper()
	newest := "(day, fold) IN (SELECT day, max(fold) FROM folds WHERE site = {site:UInt32} GROUP BY day)"
	const days = "site = {site:UInt32} AND day BETWEEN toStartOfMonth({from:Date}) AND toLastDayOfMonth({to:Date})"
	sums := strings.Join(derive.RollupSums(), ", ")
	h.exec(t, s, from, to, fmt.Sprintf("INSERT INTO monthly (site, dimension, value, day, fold, %s) SELECT site, dimension, value, month, %d, %[1]s FROM (%[3]s)", sums, n, derive.Month(days+" AND "+newest)))
	h.exec(t, s, from, to, fmt.Sprintf(`INSERT INTO months SELECT site, month, %d, arraySort(groupArray(day)), arrayMap(x -> x.2, arraySort(groupArray((day, fold)))), now()
		FROM (SELECT site, toStartOfMonth(day) AS month, day, max(fold) AS fold FROM folds WHERE %s GROUP BY site, day) GROUP BY site, month`, n, days))
}

func (h *house) exec(t testing.TB, s *site.Site, from, to site.Day, sql string) {
	t.Helper()
	args := append(period(s, from, to), clickhouse.Named("zone", s.Zone))
	if err := h.store.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
}

func (h *house) run(t testing.TB, q Query) Result {
	t.Helper()
	if q.Site == nil {
		q.Site = h.oslo
	}
	if q.To == 0 {
		q.From, q.To = day24, day26
	}
	result, err := h.Run(t.Context(), q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return result
}

var (
	day24 = site.DayOfDate(2026, 10, 24)
	day25 = site.DayOfDate(2026, 10, 25)
	day26 = site.DayOfDate(2026, 10, 26)
)

// act is one line of the fixture: site, visitor, visit, when, what and where; then what else is known.
func act(s *site.Site, visitor, visit uint64, when, name, path string, more ...func(*event.Event)) event.Event {
	at, err := time.Parse("2006-01-02T15:04:05Z07", when)
	if err != nil {
		panic(err)
	}
	e := event.Event{
		Site: s.ID, Day: uint16(s.DayAt(at.Unix())), Time: uint32(at.Unix()), Visitor: visitor, Visit: visit,
		Name: name, Path: path, Host: s.Domain, Interactive: name != event.Engagement,
	}
	for _, change := range more {
		change(&e)
	}
	return e
}

func from(source, country string) func(*event.Event) {
	return func(e *event.Event) { e.Source, e.Country = source, country }
}

func on(browser, version string) func(*event.Event) {
	return func(e *event.Event) { e.Browser, e.BrowserVersion = browser, version }
}

func read(ms uint32, scroll uint8) func(*event.Event) {
	return func(e *event.Event) { e.EngagementMS, e.Scroll = ms, scroll }
}

func withPlan(value string) func(*event.Event) {
	return func(e *event.Event) {
		e.Props = []event.Prop{{Key: "color", Value: "red"}, {Key: "plan", Value: value}}
	}
}

// fixture is small enough to count by hand. In Oslo, 8 visits in three days; the 25th has 25 hours, and two hours are its 02.
func (h *house) fixture() []event.Event {
	o, n := h.oslo, h.nyc
	google, bing, nobody, fx, ch := from("Google", "NO"), from("Bing", "SE"), from("", "NO"), on("Firefox", "145"), on("Chrome", "120")
	return []event.Event{
		act(o, 11, 101, "2026-10-24T10:00:00+02", "pageview", "/", google, fx),
		act(o, 11, 101, "2026-10-24T10:01:00+02", "pageview", "/a", from("Elsewhere", "NO"), fx), // a visit's source is its first event's
		act(o, 11, 101, "2026-10-24T10:01:30+02", "engagement", "/a", google, fx, read(30_000, 80)),
		act(o, 11, 102, "2026-10-24T15:00:00+02", "pageview", "/a", nobody, fx),
		act(o, 12, 103, "2026-10-24T23:50:00+02", "pageview", "/", bing, ch),
		act(o, 12, 103, "2026-10-24T23:50:20+02", "engagement", "/", bing, ch, read(20_000, 40)),

		act(o, 13, 104, "2026-10-25T02:50:00+02", "pageview", "/", google, fx),
		act(o, 13, 104, "2026-10-25T02:10:00+01", "pageview", "/b", google, fx),
		act(o, 13, 104, "2026-10-25T02:10:10+01", "Signup", "/b", google, fx, withPlan("large")),
		act(o, 14, 105, "2026-10-25T12:00:00+01", "pageview", "/a", google, ch),
		act(o, 14, 105, "2026-10-25T12:00:05+01", "Signup", "/a", google, ch, withPlan("small")),
		act(o, 14, 106, "2026-10-25T18:00:00+01", "Signup", "/c", nobody, ch),

		act(o, 15, 107, "2026-10-26T09:00:00+01", "pageview", "/a", from("", "US"), on("Chrome", "121")),
		act(o, 15, 107, "2026-10-26T09:05:00+01", "pageview", "/", from("", "US"), on("Chrome", "121")),
		act(o, 15, 107, "2026-10-26T09:05:30+01", "engagement", "/", from("", "US"), on("Chrome", "121"), read(10_000, 100)),
		act(o, 16, 108, "2026-10-26T11:58:00+01", "pageview", "/", from("News", "SE"), on("Safari", "")),

		act(n, 11, 201, "2026-10-24T23:10:00-04", "pageview", "/", google, fx), // the 25th in Oslo, the 24th in New York
		act(n, 11, 201, "2026-10-24T23:20:00-04", "pageview", "/x", google, fx),
		act(n, 17, 202, "2026-10-25T00:05:00-04", "pageview", "/", bing, ch),
		act(n, 0, 203, "2026-10-25T09:00:00-04", "pageview", "/", bing, ch), // a visitor who is not counted
		act(n, 0, 204, "2026-10-25T10:00:00-04", "pageview", "/", bing, ch),
	}
}

// eachWay runs the check with the closed days folded, stale, folded twice, and never folded.
func eachWay(t *testing.T, check func(t *testing.T, h *house)) {
	for name, prepare := range map[string]func(*house){
		"events": func(*house) {},
		"folded": func(h *house) { h.fold(t, h.oslo, day24, 1); h.fold(t, h.oslo, day25, 1) },
		"twice":  func(h *house) { h.fold(t, h.oslo, day24, 1); h.fold(t, h.oslo, day24, 2); h.fold(t, h.oslo, day25, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.insert(t, h.fixture())
			prepare(h)
			check(t, h)
		})
	}
	t.Run("stale", func(t *testing.T) {
		h := newHouse(t)
		all := h.fixture()
		h.insert(t, all[:10]) // the 25th is folded before its end has arrived
		h.fold(t, h.oslo, day24, 1)
		h.fold(t, h.oslo, day25, 1)
		h.insert(t, all[10:])
		check(t, h)
	})
}

// TestCountedByHand holds the answers that somebody with a pencil gets from the fixture.
func TestCountedByHand(t *testing.T) {
	all := []Metric{Visitors, Visits, Pageviews, Events, ViewsPerVisit, BounceRate, VisitDuration}
	pages := []Metric{Visitors, Visits, Pageviews, BounceRate, TimeOnPage, ScrollDepth}
	signup := Filter{Dimension: Event, Op: Is, Values: []string{"Signup"}}
	onA := Filter{Dimension: Page, Op: Is, Values: []string{"/a"}}
	cases := map[string]struct {
		q    Query
		want string
	}{
		"totals":  {Query{Metrics: all}, "6 8 10 13 1.25 38 207"},
		"days":    {Query{Metrics: all, Dimensions: []Dimension{DayDim}}, "2026-10-24 2 3 4 4 1.33 67 37|2026-10-25 2 3 3 6 1 0 405|2026-10-26 2 2 3 3 1.5 50 165"},
		"weeks":   {Query{Metrics: []Metric{Visits}, Dimensions: []Dimension{Week}}, "2026-10-19 6|2026-10-26 2"},
		"months":  {Query{Metrics: []Metric{Visits}, Dimensions: []Dimension{Month}}, "2026-10-01 8"},
		"one day": {Query{From: day24, To: day24, Metrics: all}, "2 3 4 4 1.33 67 37"},
		"sources": {Query{Metrics: []Metric{Visitors, Visits, Percentage, VisitDuration}, Dimensions: []Dimension{Source}},
			"Direct / None 3 3 50 110|Google 3 3 50 435|Bing 1 1 16.7 20|News 1 1 16.7 0"},
		"direct": {Query{Metrics: all, Filters: []Filter{{Dimension: Source, Op: Is, Values: []string{"Direct / None"}}}}, "3 3 3 4 1 33 110"},
		"two sources count a visitor once a day": {Query{Metrics: []Metric{Visitors, Visits},
			Filters: []Filter{{Dimension: Source, Op: Is, Values: []string{"Direct / None", "Google"}}}}, "4 6"},
		"not Google":              {Query{Metrics: []Metric{Visits}, Filters: []Filter{{Dimension: Source, Op: IsNot, Values: []string{"Google"}}}}, "5"},
		"pages":                   {Query{Metrics: pages, Dimensions: []Dimension{Page}}, "/ 5 5 5 50 6 70|/a 3 4 4 33 8 80|/b 1 1 1 0 0 0"},
		"pages and custom events": {Query{Metrics: []Metric{Pageviews, Events}, Dimensions: []Dimension{Page}}, "/ 5 5|/a 4 5|/b 1 2"},
		"page":                    {Query{Metrics: append(slices.Clone(all), TimeOnPage, ScrollDepth), Filters: []Filter{onA}}, "3 4 4 5 1.5 25 106 8 80"},
		"page by day": {Query{Metrics: []Metric{Visits, BounceRate}, Dimensions: []Dimension{DayDim}, Filters: []Filter{onA}},
			"2026-10-24 2 50|2026-10-25 1 0|2026-10-26 1 0"},
		"pages that contain a letter": {Query{Metrics: []Metric{Visits}, Dimensions: []Dimension{Page},
			Filters: []Filter{{Dimension: Page, Op: Matches, Values: []string{"^/[ab]$"}}}}, "/a 4|/b 1"},
		"pages of Google": {Query{Metrics: pages, Dimensions: []Dimension{Page}, Filters: []Filter{{Dimension: Source, Op: Is, Values: []string{"google"}, AnyCase: true}}},
			"/ 2 2 2 0 0 0|/a 2 2 2 0 15 80|/b 1 1 1 0 0 0"},
		"pages and sources": {Query{Metrics: []Metric{Visits}, Dimensions: []Dimension{Page, Source}},
			"/ Google 2|/a Direct / None 2|/a Google 2|/ Direct / None 1|/ Bing 1|/ News 1|/b Google 1"},
		"entries":           {Query{Metrics: []Metric{Visits, BounceRate}, Dimensions: []Dimension{EntryPage}}, "/ 4 50|/a 3 33|(not set) 1 0"},
		"exits":             {Query{Metrics: []Metric{Visits}, Dimensions: []Dimension{ExitPage}}, "/ 3|/a 3|(not set) 1|/b 1"},
		"events":            {Query{Metrics: []Metric{Visitors, Visits, Events}, Dimensions: []Dimension{Event}}, "pageview 6 7 10|Signup 2 3 3"},
		"signups":           {Query{Metrics: append([]Metric{}, all...), Filters: []Filter{signup}}, "2 3 0 3 1 0 405"},
		"signups on a page": {Query{Metrics: []Metric{Visits, Events}, Filters: []Filter{signup, onA}}, "1 1"},
		"plans": {Query{Metrics: []Metric{Visitors, Events}, Dimensions: []Dimension{Prop("plan")}, Filters: []Filter{signup}, Order: []Order{{Dimension: Prop("plan")}}},
			"(none) 1 1|large 1 1|small 1 1"},
		"one plan":  {Query{Metrics: []Metric{Visits, VisitDuration}, Filters: []Filter{{Dimension: Prop("plan"), Op: Is, Values: []string{"large"}}}}, "1 1210"},
		"versions":  {Query{Metrics: []Metric{Visits}, Dimensions: []Dimension{BrowserVersion}}, "Chrome 120 3|Firefox 145 3|Chrome 121 1|Safari 1"},
		"version":   {Query{Metrics: []Metric{Visits}, Filters: []Filter{{Dimension: BrowserVersion, Op: Is, Values: []string{"Chrome 120"}}}}, "3"},
		"countries": {Query{Metrics: []Metric{Visits}, Dimensions: []Dimension{Country}, Order: []Order{{Dimension: Country, Desc: true}}}, "US 1|SE 2|NO 5"},
		"cut":       {Query{Metrics: []Metric{Visits}, Dimensions: []Dimension{Country}, Limit: 1, Offset: 1}, "SE 2"},
		"days cut":  {Query{Metrics: []Metric{Visits}, Dimensions: []Dimension{DayDim}, Order: []Order{{Metric: Visits}}, Limit: 2}, "2026-10-26 2|2026-10-24 3"},
		"days with data": {Query{From: day24 - 5, To: day26 + 5, Metrics: []Metric{Visits}, Dimensions: []Dimension{DayDim}, Sparse: true},
			"2026-10-24 3|2026-10-25 3|2026-10-26 2"},
		"nobody":  {Query{Metrics: all, Filters: []Filter{{Dimension: Country, Op: Is, Values: []string{"XX"}}}}, "0 0 0 0 0 0 0"},
		"no rows": {Query{Metrics: all, Dimensions: []Dimension{City}, Filters: []Filter{{Dimension: Country, Op: Is, Values: []string{"XX"}}}}, ""},
		"hosts":   {Query{Metrics: []Metric{Visitors, BounceRate}, Dimensions: []Dimension{Host}}, "oslo.example 6 38"},
	}
	eachWay(t, func(t *testing.T, h *house) {
		for name, c := range cases {
			if got := text(h.run(t, c.q)); got != c.want {
				t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
			}
		}
	})
}

// text writes an answer down: rows parted by bars.
func text(r Result) string {
	lines := make([]string, len(r.Rows))
	for i, row := range r.Rows {
		words := slices.Clone(row.Dimensions)
		for _, m := range row.Metrics {
			words = append(words, fmt.Sprint(m))
		}
		lines[i] = strings.Join(words, " ")
	}
	return strings.Join(lines, "|")
}

// TestHoursOfTheDayTheClocksWentBack: 25 hours, 24 labels; the two hours called 02 are one.
func TestHoursOfTheDayTheClocksWentBack(t *testing.T) {
	eachWay(t, func(t *testing.T, h *house) {
		r := h.run(t, Query{From: day25, To: day25, Metrics: []Metric{Visitors, Visits, Pageviews, Events, VisitDuration}, Dimensions: []Dimension{Hour}})
		if len(r.Rows) != 24 || r.Total != 24 {
			t.Fatalf("%d buckets: %v", len(r.Rows), text(r))
		}
		want := map[int]string{2: "[1 1 2 3 1210]", 12: "[1 1 1 2 5]", 18: "[1 1 0 1 0]"}
		for i, row := range r.Rows {
			if label := fmt.Sprintf("2026-10-25 %02d:00:00", i); row.Dimensions[0] != label {
				t.Errorf("bucket %d is %s", i, row.Dimensions[0])
			}
			if want[i] == "" {
				want[i] = "[0 0 0 0 0]"
			}
			if got := fmt.Sprint(row.Metrics); got != want[i] || row.Empty != (got == "[0 0 0 0 0]") {
				t.Errorf("%s: %s, empty %v, want %s", row.Dimensions[0], got, row.Empty, want[i])
			}
		}
	})
}

func TestAnotherSiteInAnotherZone(t *testing.T) {
	h := newHouse(t)
	h.insert(t, h.fixture())
	h.fold(t, h.nyc, day24, 1)
	h.fold(t, h.nyc, day25, 1)
	q := Query{Site: h.nyc, Metrics: []Metric{Visitors, Visits, Pageviews}, Dimensions: []Dimension{DayDim}}
	if got, want := text(h.run(t, q)), "2026-10-24 1 1 2|2026-10-25 1 3 3|2026-10-26 0 0 0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	hours := h.run(t, Query{Site: h.nyc, From: day24, To: day25, Metrics: []Metric{Pageviews}, Dimensions: []Dimension{Hour}})
	for label, want := range map[int]float64{23: 2, 24: 1, 33: 1, 34: 1, 22: 0} {
		if got := hours.Rows[label]; got.Metrics[0] != want {
			t.Errorf("%s: %v, want %v", got.Dimensions[0], got.Metrics[0], want)
		}
	}
}

func TestTheCheapestTableThatIsExactAnswers(t *testing.T) {
	h := newHouse(t)
	h.insert(t, h.fixture())
	h.fold(t, h.oslo, day24, 1)
	h.fold(t, h.oslo, day25, 1)
	h.fold(t, h.oslo, day26, 1) // too early, and not to be believed
	google := Filter{Dimension: Source, Op: Is, Values: []string{"Google"}}
	either := Filter{Dimension: Source, Op: Is, Values: []string{"Google", "Bing"}}
	onA := Filter{Dimension: Page, Op: Is, Values: []string{"/a"}}
	for name, c := range map[string]struct {
		q    Query
		want string
	}{
		"totals":                  {Query{Metrics: []Metric{Visitors, BounceRate}}, "rollups"},
		"days":                    {Query{Metrics: []Metric{Visitors}, Dimensions: []Dimension{DayDim}}, "rollups"},
		"hours":                   {Query{Metrics: []Metric{Visitors}, Dimensions: []Dimension{Hour}}, "rollups"},
		"bounces by hour":         {Query{Metrics: []Metric{BounceRate}, Dimensions: []Dimension{Hour}}, "visits"},
		"pages":                   {Query{Metrics: []Metric{Visitors, BounceRate, TimeOnPage}, Dimensions: []Dimension{Page}}, "rollups"},
		"page":                    {Query{Metrics: []Metric{Visitors, TimeOnPage}, Filters: []Filter{onA}}, "rollups"},
		"bounces of a page":       {Query{Metrics: []Metric{BounceRate}, Filters: []Filter{onA}}, "pages"},
		"all of a page":           {Query{Metrics: []Metric{Visitors, BounceRate}, Filters: []Filter{onA}}, "mixed"},
		"events of pages":         {Query{Metrics: []Metric{Events}, Dimensions: []Dimension{Page}}, "pages"},
		"event":                   {Query{Metrics: []Metric{Events}, Dimensions: []Dimension{Event}}, "rollups"},
		"source":                  {Query{Metrics: []Metric{Visitors}, Filters: []Filter{google}}, "rollups"},
		"source by day":           {Query{Metrics: []Metric{Visitors}, Filters: []Filter{google}, Dimensions: []Dimension{DayDim}}, "rollups"},
		"two sources":             {Query{Metrics: []Metric{Visitors}, Filters: []Filter{either}}, "visits"},
		"two sources, each":       {Query{Metrics: []Metric{Visitors}, Filters: []Filter{either}, Dimensions: []Dimension{Source}}, "rollups"},
		"countries of a source":   {Query{Metrics: []Metric{Visitors}, Filters: []Filter{google}, Dimensions: []Dimension{Country}}, "visits"},
		"countries by day":        {Query{Metrics: []Metric{Visitors}, Dimensions: []Dimension{DayDim, Country}}, "rollups"},
		"countries and browsers":  {Query{Metrics: []Metric{Visitors}, Dimensions: []Dimension{Browser, Country}}, "visits"},
		"hosts":                   {Query{Metrics: []Metric{Visitors}, Dimensions: []Dimension{Host}}, "events"},
		"pages of a source":       {Query{Metrics: []Metric{Visitors}, Filters: []Filter{google}, Dimensions: []Dimension{Page}}, "pages"},
		"events of a source":      {Query{Metrics: []Metric{Visitors, Events}, Filters: []Filter{google}, Dimensions: []Dimension{Event}}, "visits"},
		"a property":              {Query{Metrics: []Metric{Visitors}, Dimensions: []Dimension{Prop("plan")}}, "events"},
		"the open day":            {Query{From: day26, To: day26, Metrics: []Metric{Visitors}}, "events"},
		"closed days and today":   {Query{From: day24, To: day26, Metrics: []Metric{Visitors}}, "mixed"},
		"a time without any data": {Query{From: day24 - 9, To: day24 - 2, Metrics: []Metric{Visitors}}, "nothing"},
	} {
		if c.q.To == 0 {
			c.q.From, c.q.To = day24, day25
		}
		if got := h.run(t, c.q).Answered; got != c.want {
			t.Errorf("%s: answered from %s, want %s", name, got, c.want)
		}
	}
}

func TestTotalCountsRowsBeforeTheLimit(t *testing.T) {
	h := newHouse(t)
	h.insert(t, h.fixture())
	for _, q := range []Query{
		{Metrics: []Metric{Visits}, Dimensions: []Dimension{Source}, Limit: 1},
		{Metrics: []Metric{Visits}, Dimensions: []Dimension{Source}, Limit: 3, Offset: 2},
		{Metrics: []Metric{Visits}, Dimensions: []Dimension{Source}, Offset: 10},
		{Metrics: []Metric{Visits}, Dimensions: []Dimension{Source}},
	} {
		if got := h.run(t, q); got.Total != 4 {
			t.Errorf("limit %d, offset %d: %d rows in all, want 4", q.Limit, q.Offset, got.Total)
		}
	}
}

// TestRetention: what is older than 14 months is not there, though ClickHouse has not removed it yet.
func TestRetention(t *testing.T) {
	h := newHouse(t)
	h.exec(t, h.oslo, day24, day24, "SYSTEM STOP MERGES")
	t.Cleanup(func() { _ = h.store.Exec(context.Background(), "SYSTEM START MERGES") })
	h.insert(t, []event.Event{
		act(h.oslo, 1, 1, "2025-08-26T12:00:00+02", "pageview", "/old"),
		act(h.oslo, 2, 2, "2025-08-27T12:00:00+02", "pageview", "/kept"),
	})
	q := Query{From: day24 - 800, To: day26, Metrics: []Metric{Visitors}, Dimensions: []Dimension{Page}}
	if got := text(h.run(t, q)); got != "/kept 1" {
		t.Errorf("got %s", got)
	}
	if first, ok, err := h.FirstDay(t.Context(), h.oslo); err != nil || !ok || first.String() != "2025-08-27" {
		t.Errorf("the first day is %v, %v, %v", first, ok, err)
	}
	if q.To = site.DayOfDate(2025, 8, 26); h.run(t, q).Answered != "nothing" {
		t.Error("a period that is too old was looked up")
	}
}

func TestOldest(t *testing.T) {
	for today, want := range map[string]string{
		"2026-10-26": "2025-08-27", // 2025-08-26 plus 14 months is today: gone
		"2027-04-30": "2026-03-01", // the 28th of February is gone on the 28th of April
		"2027-02-28": "2026-01-01", // the last days of December expire on the 28th of February
		"2027-01-01": "2025-11-02",
	} {
		day, err := time.Parse(time.DateOnly, today)
		if err != nil {
			t.Fatal(err)
		}
		if got := oldest(site.Day(day.Unix()/86400), 14).String(); got != want {
			t.Errorf("on %s the oldest day is %s, want %s", today, got, want)
		}
	}
}

func TestBuckets(t *testing.T) {
	zone := func(name string) *site.Site {
		s, err := site.New(1, "x.example", name, site.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, c := range map[string]struct {
		zone     string
		day      site.Day
		n        int
		missing  string
		included string
	}{
		"spring":            {"Europe/Oslo", site.DayOfDate(2026, 3, 29), 23, "2026-03-29 02:00:00", "2026-03-29 03:00:00"},
		"autumn":            {"Europe/Oslo", day25, 24, "2026-10-26 00:00:00", "2026-10-25 02:00:00"},
		"no midnight":       {"America/Santiago", site.DayOfDate(2026, 9, 6), 23, "2026-09-06 00:00:00", "2026-09-06 01:00:00"},
		"half an hour back": {"Australia/Lord_Howe", site.DayOfDate(2026, 4, 5), 24, "2026-04-04 23:00:00", "2026-04-05 01:00:00"},
	} {
		got := Buckets(Hour, zone(c.zone), c.day, c.day)
		if len(got) != c.n || slices.Contains(got, c.missing) || !slices.Contains(got, c.included) {
			t.Errorf("%s: %d buckets %v", name, len(got), got)
		}
	}
	if got, want := Buckets(Week, zone("UTC"), day24, day26), []string{"2026-10-19", "2026-10-26"}; !reflect.DeepEqual(got, want) {
		t.Errorf("weeks %v", got)
	}
	if got, want := Buckets(Month, zone("UTC"), day24, day26+10), []string{"2026-10-01", "2026-11-01"}; !reflect.DeepEqual(got, want) {
		t.Errorf("months %v", got)
	}
	if Buckets(Source, zone("UTC"), day24, day26) != nil {
		t.Error("a source has buckets")
	}
}
