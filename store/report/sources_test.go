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

// questions are every dimension alone and filtered by itself, each filter alone, and pairs at random.
func questions(s *site.Site) (list []Query) {
	ask := func(dims []Dimension, filters ...Filter) {
		q := Query{Site: s, From: day24 - 7, To: day26, Dimensions: dims, Filters: filters}
		q.Metrics = allowed(q)
		list = append(list, q)
	}
	for _, d := range everyDimension {
		ask([]Dimension{d})
	}
	for _, f := range someFilters {
		ask(nil, f)
		ask([]Dimension{f.Dimension}, f)
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
		filters := []Filter{someFilters[r.IntN(len(someFilters))], someFilters[r.IntN(len(someFilters))]}[:r.IntN(3)]
		ask(dims, filters...)
	}
	without := Query{Site: s, From: day24 - 7, To: day26, Dimensions: []Dimension{Page}} // events of pages are not in the roll-ups
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

// TestAllWaysLeadToTheSameNumbers compares, for every metric and dimension and a set of filters, what roll-ups, visits and events say
// with what the oracle counts; with days that are folded once and twice, stale, and open.
func TestAllWaysLeadToTheSameNumbers(t *testing.T) {
	h := newHouse(t)
	events := crowd(h.oslo, 1, day24-7, day26, 480)
	late := slices.DeleteFunc(slices.Clone(events), func(e event.Event) bool { return e.Visit%16 != 0 || site.Day(e.Day) != day24-1 })
	h.insert(t, slices.DeleteFunc(slices.Clone(events), func(e event.Event) bool { return e.Visit%16 == 0 && site.Day(e.Day) == day24-1 }))
	h.insert(t, crowd(h.nyc, 2, day24-7, day26, 40))
	for day := day24 - 7; day < day26; day++ { // more folds than a condition spells out
		h.fold(t, h.oslo, day, int(day24)-int(day)+10)
	}
	h.fold(t, h.oslo, day24-2, 99) // the number of a day's first fold can be that of another's newest
	h.fold(t, h.oslo, day24-4, 99)
	h.fold(t, h.oslo, day24-4, 100)
	h.insert(t, late) // now the 23rd is stale

	oracle := newOracle(h.oslo, events)
	answers := map[string]int{}
	for _, q := range questions(h.oslo) {
		want := oracle.answer(q)
		for _, way := range []struct{ withoutRollups, eventsOnly bool }{{false, false}, {true, false}, {true, true}} {
			h.withoutRollups, h.eventsOnly = way.withoutRollups, way.eventsOnly
			result := h.run(t, q)
			answers[result.Answered]++
			if got := asMap(result); !maps.Equal(got, want) {
				t.Errorf("%v by %v where %v %+v, %+v, answered from %s:\n%s", q.Metrics, q.Dimensions, q.Filters, q.Where, way, result.Answered, difference(got, want))
			}
		}
	}
	if answers["mixed"] == 0 || answers["events"] == 0 {
		t.Errorf("the questions were all answered alike: %v", answers)
	}
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
