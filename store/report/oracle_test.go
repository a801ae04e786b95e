package report

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"sporlos/event"
	"sporlos/site"
)

// oracle answers questions by reading all events one by one, in Go. It shares nothing with the SQL but the meaning of the numbers.
type oracle struct {
	site   *site.Site
	events []event.Event
	visits map[uint64]*journey
}

// journey is a visit as the oracle sees it. Its first event comes first: events are in the order of time.
type journey struct {
	first             event.Event
	entry, exit       string
	seconds           uint32
	views, acts, hits int
	bounce            bool
}

func newOracle(s *site.Site, events []event.Event) *oracle {
	o := &oracle{site: s, events: events, visits: map[uint64]*journey{}}
	custom := map[uint64]bool{}
	for _, e := range events {
		v := o.visits[e.Visit]
		if v == nil {
			v = &journey{first: e}
			o.visits[e.Visit] = v
		}
		v.hits++
		v.seconds = e.Time - v.first.Time
		switch e.Name {
		case "engagement":
			continue
		case "pageview":
			if v.views == 0 {
				v.entry = e.Path
			}
			v.exit = e.Path
			v.views++
		default:
			custom[e.Visit] = custom[e.Visit] || e.Interactive
		}
		v.acts++
	}
	for number, v := range o.visits {
		v.bounce = v.views <= 1 && !custom[number]
	}
	return o
}

// tally is what the oracle counts for one row.
type tally struct {
	visitors                                                  map[string]bool
	visits                                                    map[uint64]bool
	pageviews, events                                         int
	entries, views, bounces, seconds, spent, deepest, scrolls float64
}

func (o *oracle) answer(q Query) map[string]string {
	rows := map[string]*tally{}
	at := func(key string) *tally {
		if rows[key] == nil {
			rows[key] = &tally{visitors: map[string]bool{}, visits: map[uint64]bool{}}
		}
		return rows[key]
	}
	visits := o.countEvents(q, at)
	asked := slices.Contains(q.Metrics, TimeOnPage) || slices.Contains(q.Metrics, ScrollDepth)
	if asked && slices.ContainsFunc(q.Dimensions, aboutEvent) || asked && slices.ContainsFunc(mentioned(q), func(f Filter) bool { return aboutEvent(f.Dimension) }) {
		o.countDepths(q, at)
	}
	o.countVisits(q, visits, at)
	everybody := 0
	if len(q.Dimensions) > 0 {
		fmt.Sscan(o.answer(Query{Filters: q.Filters, Where: q.Where, From: q.From, To: q.To, Metrics: []Metric{Visitors}})[""], &everybody)
	}
	answer := map[string]string{}
	for key, t := range rows {
		if len(t.visits) > 0 || !slices.ContainsFunc(q.Dimensions, func(d Dimension) bool { return !d.Time() }) {
			answer[key] = t.text(q.Metrics, everybody)
		}
	}
	if len(q.Dimensions) == 0 && len(answer) == 0 {
		answer[""] = (&tally{}).text(q.Metrics, 0)
	}
	return answer
}

// countEvents counts what happened, and returns the visits it happened in.
func (o *oracle) countEvents(q Query, at func(string) *tally) map[uint64]bool {
	matched := map[uint64]bool{}
	for _, e := range o.events {
		if e.Name == "engagement" || !o.matches(q, e) {
			continue
		}
		t := at(o.key(q, e))
		t.events++
		if e.Name == "pageview" {
			t.pageviews++
		}
		if !o.seen(q, e) {
			continue
		}
		matched[e.Visit] = true
		t.visits[e.Visit] = true
		if e.Visitor != 0 {
			t.visitors[fmt.Sprint(e.Day, "/", e.Visitor)] = true
		}
	}
	return matched
}

func (o *oracle) countDepths(q Query, at func(string) *tally) {
	deepest := map[string]uint8{}
	for _, e := range o.events {
		if !o.matches(q, e) {
			continue
		}
		key := o.key(q, e)
		t, pair := at(key), fmt.Sprint(key, "\n", e.Visit, e.Path)
		t.spent += float64(e.EngagementMS)
		if deepest[pair] == 0 && e.Scroll > 0 {
			t.scrolls++
		}
		if e.Scroll > deepest[pair] {
			t.deepest += float64(e.Scroll - deepest[pair])
			deepest[pair] = e.Scroll
		}
	}
}

func (o *oracle) countVisits(q Query, visits map[uint64]bool, at func(string) *tally) {
	for number := range visits {
		v := o.visits[number]
		entered := v.first
		entered.Path = v.entry
		enters := true
		for _, f := range q.Filters {
			if f.Dimension == Page && slices.Contains(q.Dimensions, Page) || f.Dimension == Host && slices.Contains(q.Dimensions, Host) {
				enters = enters && fits(f, o.value(f.Dimension, entered))
			}
		}
		if !enters {
			continue
		}
		t := at(o.key(q, entered))
		t.entries++
		t.views += float64(v.views)
		t.seconds += float64(v.seconds)
		if v.bounce {
			t.bounces++
		}
	}
}

func (o *oracle) matches(q Query, e event.Event) bool {
	if day := site.Day(e.Day); e.Site != o.site.ID || day < q.From || day > q.To {
		return false
	}
	for _, f := range q.Filters {
		if !fits(f, o.value(f.Dimension, e)) {
			return false
		}
	}
	return !slices.ContainsFunc(q.Where, func(c Condition) bool { return !o.holds(c, e) })
}

// holds says whether the condition does for one event, with its visit.
func (o *oracle) holds(c Condition, e event.Event) bool {
	switch c.Join {
	case And:
		return !slices.ContainsFunc(c.Of, func(part Condition) bool { return !o.holds(part, e) })
	case Or:
		return slices.ContainsFunc(c.Of, func(part Condition) bool { return o.holds(part, e) })
	case Not:
		return !o.holds(c.Of[0], e)
	case Done:
		return slices.ContainsFunc(o.events, func(other event.Event) bool {
			return other.Visit == e.Visit && other.Name != "engagement" && o.holds(c.Of[0], other) && o.seen(Query{Where: c.Of}, other)
		})
	}
	return fits(c.Filter, o.value(c.Filter.Dimension, e))
}

// mentioned are the filters of a question, those in conditions too; what somebody has done besides is not among them.
func mentioned(q Query) []Filter {
	list := slices.Clone(q.Filters)
	var walk func([]Condition)
	walk = func(conditions []Condition) {
		for _, c := range conditions {
			if c.Join == One {
				list = append(list, c.Filter)
			} else if c.Join != Done {
				walk(c.Of)
			}
		}
	}
	walk(q.Where)
	return list
}

// seen says whether an event makes its visit one of the page, or of whatever the question is about.
func (o *oracle) seen(q Query, e event.Event) bool {
	page, named := false, false
	look := func(d Dimension) {
		page = page || d == Page
		named = named || d == Event || strings.HasPrefix(string(d), "prop:")
	}
	for _, d := range q.Dimensions {
		look(d)
	}
	for _, f := range mentioned(q) {
		look(f.Dimension)
	}
	return !page || named || e.Name == "pageview"
}

func aboutEvent(d Dimension) bool {
	return d == Page || d == Host || d == Event || d == Hour || strings.HasPrefix(string(d), "prop:")
}

func (o *oracle) key(q Query, e event.Event) string {
	words := make([]string, len(q.Dimensions))
	for i, d := range q.Dimensions {
		words[i] = o.value(d, e)
		if words[i] == "" {
			words[i] = labels[d]
			if words[i] == "" {
				words[i] = "(none)"
			}
		}
	}
	return strings.Join(words, "\n")
}

var labels = map[Dimension]string{
	Source: "Direct / None", Referrer: "Direct / None", Page: "(not set)", Event: "(not set)", Host: "(not set)", EntryPage: "(not set)",
	ExitPage: "(not set)", Channel: "(not set)", Country: "(not set)", Region: "(not set)", City: "(not set)", Browser: "(not set)",
	BrowserVersion: "(not set)", OS: "(not set)", OSVersion: "(not set)", Device: "(not set)",
}

// value is a dimension's value for an event, taken from its visit where the dimension is the visit's.
func (o *oracle) value(d Dimension, e event.Event) string {
	v, t := o.visits[e.Visit], time.Unix(int64(e.Time), 0).In(o.site.Location())
	f := v.first
	switch d {
	case Page:
		return e.Path
	case Host:
		return e.Host
	case Event:
		return e.Name
	case Hour:
		return t.Format("2006-01-02 15") + ":00:00"
	case DayDim:
		return t.Format(time.DateOnly)
	case Week:
		return t.AddDate(0, 0, -[]int{6, 0, 1, 2, 3, 4, 5}[t.Weekday()]).Format(time.DateOnly)
	case Month:
		return t.Format("2006-01") + "-01"
	case BrowserVersion:
		return strings.TrimSpace(f.Browser + " " + f.BrowserVersion)
	case OSVersion:
		return strings.TrimSpace(f.OS + " " + f.OSVersion)
	}
	if key, ok := strings.CutPrefix(string(d), "prop:"); ok {
		for _, p := range e.Props {
			if p.Key == key {
				return p.Value
			}
		}
		return ""
	}
	return map[Dimension]string{
		EntryPage: v.entry, ExitPage: v.exit, Source: f.Source, Channel: f.Channel, Referrer: f.Referrer,
		UTMSource: f.UTMSource, UTMMedium: f.UTMMedium, UTMCampaign: f.UTMCampaign, UTMContent: f.UTMContent, UTMTerm: f.UTMTerm,
		Country: f.Country, Region: f.Region, City: f.City, Browser: f.Browser, OS: f.OS, Device: f.Device,
	}[d]
}

func fits(f Filter, x string) bool {
	any := false
	for _, v := range f.Values {
		if f.AnyCase {
			x, v = strings.ToLower(x), strings.ToLower(v)
		}
		switch f.Op {
		case Is, IsNot:
			label := labels[f.Dimension]
			if label == "" {
				label = "(none)"
			}
			any = any || x == v || x == "" && v == label
		case Contains, ContainsNot:
			any = any || strings.Contains(x, v)
		case StartsWith, StartsNot:
			any = any || strings.HasPrefix(x, v)
		default:
			any = any || regexp.MustCompile(v).MatchString(x)
		}
	}
	return any != slices.Contains([]Op{IsNot, ContainsNot, StartsNot, MatchesNot}, f.Op)
}

func (t *tally) text(metrics []Metric, everybody int) string {
	part := func(n, of float64, decimals int) string {
		if of == 0 {
			return "0"
		}
		unit := math.Pow10(decimals)
		return fmt.Sprint(math.Round(n/of*unit) / unit)
	}
	words := make([]string, len(metrics))
	for i, m := range metrics {
		words[i] = map[Metric]string{
			Visitors: fmt.Sprint(len(t.visitors)), Visits: fmt.Sprint(len(t.visits)), Pageviews: fmt.Sprint(t.pageviews), Events: fmt.Sprint(t.events),
			ViewsPerVisit: part(t.views, t.entries, 2), BounceRate: part(t.bounces*100, t.entries, 0), VisitDuration: part(t.seconds, t.entries, 0),
			Percentage: part(float64(len(t.visitors))*100, float64(everybody), 1), TimeOnPage: part(t.spent, float64(len(t.visits))*1000, 0),
			ScrollDepth: part(t.deepest, t.scrolls, 0),
		}[m]
	}
	return strings.Join(words, " ")
}
