package report

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sporlos/event"
	"sporlos/site"
)

// crowd makes pseudo-random visits of several days in Oslo; the same each time. Times within a visit differ.
func crowd(s *site.Site, seed uint64, from, to site.Day, visits int) (events []event.Event) {
	r := rand.New(rand.NewPCG(seed, 7))
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	for i := range visits {
		day := from + site.Day(r.IntN(int(to-from)+1))
		y, m, d := day.Date().Date()
		start, end := s.Bounds(noon(s, y, int(m), d))
		at := start + r.Int64N(end-start-3600)
		attributes := func() event.Event {
			return event.Event{
				Site: s.ID, Day: uint16(day), Visitor: uint64(r.IntN(visits / 8)), Visit: uint64(at)<<32 | uint64(i),
				Host: pick("a.example", "b.example"), Source: pick("", "Google", "Bing", "google"), Channel: pick("Direct", "Organic Search"),
				Referrer: pick("", "google.com", "bing.com"), UTMSource: pick("", "letter"), UTMMedium: pick("", "mail", "Mail"),
				UTMCampaign: pick("", "spring", "(none)x"), UTMContent: pick("", "x"), UTMTerm: pick("", "shoes"), Country: pick("", "NO", "SE"),
				Region: pick("", "NO-03"), City: pick("", "Oslo", "Ålesund"), Browser: pick("", "Firefox", "Chrome"),
				BrowserVersion: pick("", "145", "120"), OS: pick("Linux", "Windows"), OSVersion: pick("", "11"), Device: pick("Desktop", "Mobile"),
			}
		}
		first := attributes()
		for n := range 1 + r.IntN(6) {
			e := first
			if n > 0 && r.IntN(4) == 0 { // the first event's attributes are the visit's, whatever later ones say
				e = attributes()
				e.Visitor, e.Visit = first.Visitor, first.Visit
			}
			e.Time, e.Path = uint32(at), pick("/", "/a", "/b", "/Å", "/a/b")
			switch k := r.IntN(10); {
			case k < 5:
				e.Name, e.Interactive = "pageview", true
			case k == 5 && n > 0:
				e.Name, e.Interactive = pick("Outbound Link: Click", "File Download"), true
				e.Props = []event.Prop{{Key: "url", Value: pick("https://a.example/", "https://b.example/?q=1")}}[:r.IntN(2)]
			case k < 7 || n == 0:
				e.Name, e.Interactive = pick("Signup", "Download"), true
				e.Props = []event.Prop{{Key: "plan", Value: pick("", "large", "small")}, {Key: "it's", Value: pick("a", "b")}}[:r.IntN(3)]
			case k < 8:
				e.Name = "Seen"
			default:
				e.Name, e.EngagementMS, e.Scroll = "engagement", uint32(r.IntN(60_000)), uint8(r.IntN(101))
			}
			events = append(events, e)
			at += 1 + r.Int64N(500)
		}
	}
	slices.SortStableFunc(events, func(a, b event.Event) int { return cmp.Or(cmp.Compare(a.Visit, b.Visit), cmp.Compare(a.Time, b.Time)) })
	return events
}

func noon(s *site.Site, year, month, day int) int64 {
	return int64(act(s, 0, 0, fmt.Sprintf("%04d-%02d-%02dT12:00:00Z", year, month, day), "", "").Time)
}

var everyDimension = []Dimension{
	Page, Host, Event, EntryPage, ExitPage, Source, Channel, Referrer, UTMSource, UTMMedium, UTMCampaign, UTMContent, UTMTerm,
	Country, Region, City, Browser, BrowserVersion, OS, OSVersion, Device, Prop("plan"), Prop("it's"), Hour, DayDim, Week, Month,
}

var everyMetric = []Metric{
	Visitors, Visits, Pageviews, ViewsPerVisit, BounceRate, VisitDuration, Events, Percentage, TimeOnPage, ScrollDepth,
}

// TestEveryDimensionIsThere fails when the vocabulary grows and this file does not.
func TestEveryDimensionIsThere(t *testing.T) {
	if n := len(dimensions) + 2; n != len(everyDimension) {
		t.Errorf("%d of %d dimensions are compared", len(everyDimension), n)
	}
	if len(metrics) != len(everyMetric)+len(countedByHand) {
		t.Errorf("%d of %d metrics are compared, %d counted by hand", len(everyMetric), len(metrics), len(countedByHand))
	}
}

// countedByHand are the metrics that goals_test.go holds.
var countedByHand = []Metric{TotalVisitors, ConversionRate, GroupConversionRate, TotalRevenue, AverageRevenue}

var someFilters = []Filter{
	{Dimension: Source, Op: Is, Values: []string{"Google"}},
	{Dimension: Source, Op: Is, Values: []string{"Google", "Direct / None"}},
	{Dimension: Source, Op: Is, Values: []string{"GOOGLE"}, AnyCase: true},
	{Dimension: UTMMedium, Op: Contains, Values: []string{"ai"}},
	{Dimension: UTMCampaign, Op: IsNot, Values: []string{"(none)"}},
	{Dimension: City, Op: StartsWith, Values: []string{"Å", "O"}},
	{Dimension: City, Op: ContainsNot, Values: []string{"å"}, AnyCase: true},
	{Dimension: Browser, Op: Matches, Values: []string{"^Fire", "x$"}},
	{Dimension: BrowserVersion, Op: Is, Values: []string{"Firefox 145"}},
	{Dimension: Country, Op: MatchesNot, Values: []string{"^N"}},
	{Dimension: EntryPage, Op: Is, Values: []string{"/a"}},
	{Dimension: ExitPage, Op: Is, Values: []string{"(not set)"}},
	{Dimension: Page, Op: Is, Values: []string{"/a"}},
	{Dimension: Page, Op: Is, Values: []string{"/a", "/b"}},
	{Dimension: Page, Op: IsNot, Values: []string{"/"}},
	{Dimension: Page, Op: StartsWith, Values: []string{"/a"}},
	{Dimension: Host, Op: Is, Values: []string{"a.example"}},
	{Dimension: Event, Op: Is, Values: []string{"Signup"}},
	{Dimension: Event, Op: IsNot, Values: []string{"pageview"}},
	{Dimension: Page, Op: Matches, Values: []string{"^/[ab]"}},
	{Dimension: Event, Op: Contains, Values: []string{"load", "view"}},
	{Dimension: Prop("plan"), Op: Is, Values: []string{"large"}},
	{Dimension: Prop("it's"), Op: IsNot, Values: []string{"(none)"}},
	{Dimension: EntryPage, Op: StartsNot, Values: []string{"/a"}},
}

// someConditions put them together in ways that mix what visits and what events say.
func someConditions() []Condition {
	on := func(d Dimension, op Op, values ...string) Condition {
		return When(Filter{Dimension: d, Op: op, Values: values})
	}
	google, oslo, norway := on(Source, Is, "Google"), on(City, Is, "Oslo"), on(Country, Is, "NO")
	onA, onB, signup, large := on(Page, Is, "/a"), on(Page, StartsWith, "/b"), on(Event, Is, "Signup"), on(Prop("plan"), Is, "large")
	return []Condition{
		Either(google, norway),
		Either(google, on(Source, Is, "Bing")),
		Neither(Either(google, oslo)),
		Both(Either(google, norway), Neither(oslo)),
		Neither(Both(google, on(Source, Matches, "oo"))),
		Either(onA, onB),
		Either(on(Page, Contains, "a"), Neither(on(Page, Matches, "^/"))),
		Either(onA, norway),
		Either(signup, onA, google),
		Neither(Both(signup, norway)),
		Both(Either(signup, on(Event, Is, "Download")), Either(large, Neither(google))),
		HasDone(signup),
		Neither(HasDone(onB)),
		Either(HasDone(Both(signup, large)), google),
		Both(HasDone(onA), onB),
		HasDone(Either(onA, norway)),
		Neither(Neither(Both(on(Host, Is, "a.example"), Either(onA, HasDone(signup))))),
	}
}

// allowed keeps the metrics that the question may have.
func allowed(q Query) (list []Metric) {
	for _, m := range everyMetric {
		one := q
		one.Metrics = []Metric{m}
		if one.Check() == nil {
			list = append(list, m)
		}
	}
	return list
}

// kinds are one filter of each kind there is: of visits, of pages (one and several), of hosts, events and properties.
var kinds = []Filter{
	{Dimension: Source, Op: Is, Values: []string{"Google"}},
	{Dimension: EntryPage, Op: Matches, Values: []string{"^/[ab]"}},
	{Dimension: Page, Op: Is, Values: []string{"/a"}},
	{Dimension: Page, Op: Matches, Values: []string{"^/[ab]"}},
	{Dimension: Host, Op: IsNot, Values: []string{"a.example"}},
	{Dimension: Event, Op: Contains, Values: []string{"load", "view"}},
	{Dimension: Prop("plan"), Op: Is, Values: []string{"large"}},
}

// questions are every dimension alone, filtered by each kind of filter and by itself; each filter alone; and up to three filters at random.
func questions(s *site.Site, from site.Day) (list []Query) {
	ask := func(dims []Dimension, filters ...Filter) {
		q := Query{Site: s, From: from, To: day26, Dimensions: dims, Filters: filters}
		if slices.Contains(dims, Hour) {
			q.From = day26 - 25
		}
		q.Metrics = allowed(q)
		list = append(list, q)
	}
	for i, d := range everyDimension {
		ask([]Dimension{d})
		for j, f := range kinds {
			if (i+j)%3 == 0 { // each dimension meets a third of the kinds, each kind a third of the dimensions: all of it takes minutes
				ask([]Dimension{d}, f)
			}
		}
	}
	for _, f := range append(slices.Clone(someFilters), kinds...) {
		ask(nil, f)
		ask([]Dimension{f.Dimension}, f)
	}
	for _, d := range []Dimension{Referrer, UTMSource, UTMTerm, City} {
		ask(nil, Filter{Dimension: d, Op: IsNot, Values: []string{""}})
		ask([]Dimension{Week}, Filter{Dimension: d, Op: IsNot, Values: []string{""}})
	}
	for _, name := range []string{"Outbound Link: Click", "File Download", "Signup"} {
		f := Filter{Dimension: Event, Op: Is, Values: []string{name}}
		ask([]Dimension{Prop("url")}, f)
		ask([]Dimension{Month, Prop("url")}, f)
		ask(nil, f, Filter{Dimension: Prop("url"), Op: IsNot, Values: []string{""}})
	}
	for i, c := range someConditions() {
		list = append(list, under(s, c, i))
	}
	r := rand.New(rand.NewPCG(3, 3))
	for range 24 {
		dims := []Dimension{everyDimension[r.IntN(len(everyDimension))], everyDimension[r.IntN(len(everyDimension))]}[:r.IntN(3)]
		if len(dims) == 2 && (dims[0] == dims[1] || dims[0].Time() && dims[1].Time()) {
			dims = dims[:1]
		}
		filters := []Filter{someFilters[r.IntN(len(someFilters))], someFilters[r.IntN(len(someFilters))], someFilters[r.IntN(len(someFilters))]}[:r.IntN(4)]
		ask(dims, filters...)
	}
	without := Query{Site: s, From: from, To: day26, Dimensions: []Dimension{Page}} // events of pages are not in the roll-ups
	without.Metrics = slices.DeleteFunc(allowed(without), func(m Metric) bool { return m == Events })
	return append(list, without)
}

// under asks under a condition for rows of other dimensions each time.
func under(s *site.Site, c Condition, turn int) Query {
	dims := [][]Dimension{{Page}, {Source}, nil, {Prop("plan")}, {Hour}, {DayDim, Country}}
	q := Query{Site: s, From: day24 - 7, To: day26, Dimensions: dims[turn%len(dims)], Where: []Condition{c}}
	q.Metrics = allowed(q)
	return q
}

// ways are the tables that may answer, from all of them to events alone.
var ways = []struct{ withoutKept, withoutMonths, withoutRollups, withoutDetails, eventsOnly bool }{
	{}, {withoutKept: true}, {withoutMonths: true}, {withoutMonths: true, withoutRollups: true}, {withoutMonths: true, withoutRollups: true, withoutDetails: true}, {eventsOnly: true},
}

// TestAllWaysLeadToTheSameNumbers compares, for every metric and dimension and a set of filters, what sums of months, roll-ups, pages,
// visits and events say with what the oracle counts; with days that are folded once and twice, stale, and open, and with months whose
// sums are good, are of an older fold, and do not know a day that was folded later.
func TestAllWaysLeadToTheSameNumbers(t *testing.T) {
	h := newHouse(t)
	const first = 50 // days: from the 4th of September
	events := crowd(h.oslo, 1, day24-first, day26, 600)
	isLate := func(e event.Event) bool { return e.Visit%16 == 0 && site.Day(e.Day) == day24-1 }
	var late []event.Event
	for _, e := range events {
		if isLate(e) {
			late = append(late, e)
		}
	}
	h.insert(t, slices.DeleteFunc(slices.Clone(events), isLate))
	h.insert(t, crowd(h.nyc, 2, day24-first, day26, 40))
	h.foldRange(t, h.oslo, day24-first, day26-1, fmt.Sprintf("toUInt32(%d - toUInt16(day))", day24+10)) // each day under another number
	h.sumMonths(t, h.oslo, day24-first, day26, 1)
	h.fold(t, h.oslo, day24-2, 99) // the number of a day's first fold can be that of another's newest
	h.fold(t, h.oslo, day24-4, 99)
	h.fold(t, h.oslo, day24-4, 100)
	oracle := newOracle(h.oslo, slices.DeleteFunc(slices.Clone(events), isLate))
	h.compare(t, oracle, h.quick(), "a month summed before two of its days were folded again")

	h.sumMonths(t, h.oslo, day24, day26, 7)
	h.compare(t, oracle, h.quick(), "all months summed")

	h.insert(t, late) // now the 23rd is stale, and October's sums with it
	oracle = newOracle(h.oslo, events)
	answers := h.compare(t, oracle, questions(h.oslo, day24-first), "one day stale")
	for _, table := range []string{"monthly", "rollups", "pages", "visits", "events"} {
		if answers[table] == 0 {
			t.Errorf("no question was answered from %s: %v", table, answers)
		}
	}
}

// quick are a few questions for each state of the months.
func (h *house) quick() (list []Query) {
	for _, d := range []Dimension{Page, Source, Month, DayDim, EntryPage} {
		q := Query{Site: h.oslo, From: day24 - 50, To: day25, Dimensions: []Dimension{d}}
		q.Metrics = allowed(q)
		list = append(list, q)
		q.From = site.DayOfDate(2026, 10, 1)
		list = append(list, q)
	}
	return list
}

// compare asks each question each way that asks something else, and returns how often each table answered.
func (h *house) compare(t *testing.T, o *oracle, list []Query, when string) map[string]int {
	t.Helper()
	answers := map[string]int{}
	for _, q := range list {
		want, asked := o.answer(q), map[string]bool{}
		for _, way := range ways {
			h.withoutKept, h.withoutMonths, h.withoutRollups, h.withoutDetails, h.eventsOnly = way.withoutKept, way.withoutMonths, way.withoutRollups, way.withoutDetails, way.eventsOnly
			p := h.planned(t, q)
			if statement := fmt.Sprint(p.parts); asked[statement] {
				continue
			} else {
				asked[statement] = true
			}
			for table := range p.used {
				answers[table]++
			}
			result := h.run(t, q)
			if got := asMap(result); !maps.Equal(got, want) {
				t.Errorf("%s: %v by %v where %v %+v, %+v, answered from %s:\n%s", when, q.Metrics, q.Dimensions, q.Filters, q.Where, way, result.Answered, difference(got, want))
			}
		}
	}
	return answers
}

func (h *house) planned(t *testing.T, q Query) *plan {
	t.Helper()
	days, err := h.calendar(t.Context(), q.Site, q.From, q.To)
	if err != nil {
		t.Fatal(err)
	}
	return h.newPlan(q.withDefaults(), days)
}

func asMap(r Result) map[string]string {
	m := map[string]string{}
	for _, row := range r.Rows {
		if !row.Empty {
			m[strings.Join(row.Dimensions, "\n")] = strings.Trim(fmt.Sprint(row.Metrics), "[]")
		}
	}
	return m
}

func difference(got, want map[string]string) string {
	var b strings.Builder
	for key := range want {
		if got[key] != want[key] {
			fmt.Fprintf(&b, "  %q: got %s, want %s\n", key, got[key], want[key])
		}
	}
	for key := range got {
		if want[key] == "" {
			fmt.Fprintf(&b, "  %q: got %s, want none\n", key, got[key])
		}
	}
	return b.String()
}
