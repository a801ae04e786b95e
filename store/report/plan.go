package report

import (
	"slices"

	"sporlos/store/derive"
)

// plan is the way to an answer: parts whose rows add up.
type plan struct {
	q      Query
	with   binder
	needed []sum // that the metrics are made of
	base   bool  // only sums of that side are wanted
	views  bool  // all events that count are pageviews: see Query.narrowed
	parts  []part
	calm   string          // the state of the site, where what is asked of open days can be kept
	used   map[string]bool // tables
}

// part is a SELECT whose rows are groups of the answer and their sums, of some days.
type part struct {
	sql    string
	closed bool // of folded days: it names their folds, so that it has the same rows for as long as there are such
}

// newPlan chooses, for the folded and the open days apart and for each side of the question apart, the cheapest table that is exact.
func (r *Reporter) newPlan(q Query, days calendar) *plan {
	p := &plan{q: q, calm: days.calm, used: map[string]bool{}}
	p.q, p.views = q.narrowed()
	p.with.bind(q)
	p.need()
	r.addRuns(p, days)
	if slices.ContainsFunc(p.needed, func(s sum) bool { return sums[s].side == base }) {
		r.addBase(p, q, days)
	}
	return p
}

// addBase adds the parts that look at the question without its goals.
func (r *Reporter) addBase(p *plan, q Query, days calendar) {
	q.Goals = nil
	b := &plan{q: q, with: p.with, needed: p.needed, used: p.used, base: true}
	r.addRuns(b, days)
	p.with, p.parts = b.with, append(p.parts, b.parts...)
}

// addRuns adds the parts for the folded and the open days.
func (r *Reporter) addRuns(p *plan, days calendar) {
	if len(days.folded) > 0 {
		s := source{where: days.newest(), days: during(days.folded), table: "visits", visitors: derive.Counted, details: !r.withoutDetails}
		if !r.withoutRollups {
			s.sums, s.edition = days.sums(!r.withoutMonths && !p.daily()), days.edition
		}
		p.addDays(s)
	}
	if len(days.open) > 0 {
		p.addDays(source{where: "1", days: during(days.open), table: "events", visitors: derive.Visitors})
	}
}

// daily says whether days are told apart, so that sums of months are no help.
func (p *plan) daily() bool {
	return slices.ContainsFunc(p.q.Dimensions, func(d Dimension) bool { return d == DayDim || d == Week || d == Hour })
}

// need lists the sums, and visits wherever rows without one are to be left out.
func (p *plan) need() {
	has := [sumCount]bool{}
	for _, m := range p.q.Metrics {
		for _, s := range metrics[m].of() {
			has[s] = true
		}
	}
	has[visitsSum] = has[visitsSum] || p.split()
	has[paidSum] = has[paidSum] || has[revenueSum]
	has[baseVisitsSum] = slices.Contains(p.q.Metrics, TotalVisitors)
	if p.views && has[eventsSum] {
		has[eventsSum], has[pageviewsSum] = false, true
	}
	for s := range sumCount {
		if has[s] {
			p.needed = append(p.needed, s)
		}
	}
}

// split says whether rows are split by something else than time; rows that nobody visited are then left out.
func (p *plan) split() bool {
	return slices.ContainsFunc(p.q.Dimensions, func(d Dimension) bool { return !d.Time() })
}

// addDays adds the parts for days that share a source of visits.
func (p *plan) addDays(s source) {
	switch {
	case p.base:
		p.addSides(s, base)
		return
	case !p.aboutEvents():
		p.addSides(s, actions, journeys)
		p.addSides(s, money)
		return
	}
	for _, side := range []side{actions, journeys, depths, money} {
		p.addSides(s, side)
	}
}

// aboutEvents says whether anything in the question looks at single events.
func (p *plan) aboutEvents() bool {
	for _, d := range p.q.Dimensions {
		if m, _ := meaningOf(d); m.ofEvents() {
			return true
		}
	}
	return len(p.q.Goals) > 0 || len(p.filters(ofEvents)) > 0 || slices.ContainsFunc(p.q.Where, Condition.ofEvents)
}

// addSides adds the parts with the sums of these sides, when there are any to add.
func (p *plan) addSides(s source, sides ...side) {
	if !slices.ContainsFunc(p.needed, func(n sum) bool { return slices.Contains(sides, sums[n].side) }) {
		return
	}
	name := p.rollup(sides)
	if dimensionsOfRollups[name] > s.edition {
		name = "" // these days were folded before there was such a roll-up
	}
	switch {
	case sides[0] == money:
		p.add(s, "events", p.fromEvents(s, sides))
	case len(s.sums) > 0 && name != "":
		for _, of := range s.sums {
			p.add(s, of.table, p.fromRollup(name, of, sides))
		}
	case !p.aboutEvents() || sides[0] == journeys && p.entered():
		p.add(s, s.table, p.fromVisits(s, sides))
	case s.details && p.aboutOnly(Page):
		p.add(s, "pages", p.fromSeen(s, sides[0]))
	case s.details && p.aboutOnly(Event):
		p.add(s, s.table, p.fromDeeds(s, sides[0]))
	case sides[0] == journeys:
		p.add(s, s.table, p.fromVisits(s, sides))
	case sides[0] == depths:
		p.add(s, "events", p.fromPages(s))
	default:
		p.add(s, "events", p.fromEvents(s, sides))
	}
}

func (p *plan) add(s source, table, sql string) {
	p.used[table] = true
	p.parts = append(p.parts, part{sql, s.folded()})
}

// aboutOnly says whether the dimension is the only one in the question that looks at single events.
func (p *plan) aboutOnly(only Dimension) bool {
	if len(p.q.Goals) > 0 || slices.ContainsFunc(p.q.Where, func(c Condition) bool { return c.ofEvents() || c.looksAround() }) {
		return false
	}
	other := func(d Dimension) bool { m, _ := meaningOf(d); return m.ofEvents() && d != only }
	return !slices.ContainsFunc(p.q.Dimensions, other) && !slices.ContainsFunc(p.q.Filters, func(f Filter) bool { return other(f.Dimension) })
}

// entered says whether all filters on events are on dimensions that rows are split by and that visits enter at: then the visits of a
// row are those that entered there.
func (p *plan) entered() bool {
	return len(p.q.Goals) == 0 && !slices.ContainsFunc(p.q.Where, Condition.ofEvents) && !slices.ContainsFunc(p.filters(ofEvents), func(f Filter) bool {
		m, _ := meaningOf(f.Dimension)
		return m.entry == "" || !slices.Contains(p.q.Dimensions, f.Dimension)
	})
}

// rollup returns the roll-up that answers these sides exactly, or "". One roll-up knows one dimension, so nothing else may be split
// or filtered by. Its rows add up to visitors and visits only value by value, for one visitor can have several: so either each value
// gets a row of its own, or a filter leaves exactly one.
func (p *plan) rollup(sides []side) string {
	about, ok := p.onlyDimension()
	if d, known := p.knownOnly(); known {
		return derive.Known + dimensions[d].rollup
	}
	if _, link := p.link(); link && sides[0] == actions {
		return "link"
	}
	if !ok {
		return ""
	}
	if about == "" {
		return "total"
	}
	name := dimensions[about].rollup
	switch {
	case about == Page && sides[0] == journeys:
		if slices.Contains(p.q.Dimensions, Page) {
			return dimensions[EntryPage].rollup
		}
		return ""
	case about == Page && sides[0] == actions && slices.Contains(p.needed, eventsSum):
		return ""
	case (about == Event || about == Hour) && sides[0] != actions:
		return ""
	}
	return name
}

// dimensionsOfRollups says for each dimension of roll-ups since which edition there is one.
var dimensionsOfRollups = func() map[string]uint8 {
	since := map[string]uint8{}
	for _, d := range derive.Dimensions() {
		since[d.Name] = uint8(d.Since)
	}
	return since
}()

// knownOnly returns the dimension that visits must have a value of, when the question asks nothing else but days.
func (p *plan) knownOnly() (Dimension, bool) {
	if len(p.q.Filters) != 1 || len(p.q.Goals) > 0 || len(p.q.Where) > 0 || !slices.Equal(p.q.Dimensions, p.q.times()) {
		return "", false
	}
	f := p.q.Filters[0]
	return f.Dimension, f.Op == IsNot && len(f.Values) == 1 && f.raw(f.Values[0]) == "" && slices.Contains(derive.OftenEmpty(), dimensions[f.Dimension].rollup)
}

// link returns the event of which the question asks nothing but where it led, and when.
func (p *plan) link() (link derive.Link, ok bool) {
	if len(p.q.Filters) != 1 || len(p.q.Goals) > 0 || len(p.q.Where) > 0 {
		return link, false
	}
	f := p.q.Filters[0]
	var keys []string
	for _, d := range p.q.Dimensions {
		if key, isProp := d.Key(); isProp {
			keys = append(keys, key)
		} else if !d.Time() || d == Hour {
			return link, false
		}
	}
	if f.Dimension != Event || f.Op != Is || f.AnyCase || len(f.Values) != 1 || len(keys) != 1 {
		return link, false
	}
	link = derive.Link{Event: f.Values[0], Key: keys[0]}
	return link, slices.Contains(derive.Links(), link)
}

// onlyDimension returns the one dimension, besides days, that the question splits and filters by in a way roll-ups can; "" for none.
func (p *plan) onlyDimension() (about Dimension, ok bool) {
	for _, d := range p.q.Dimensions {
		if d == DayDim || d == Week || d == Month {
			continue
		}
		if about != "" {
			return "", false
		}
		about = d
	}
	if len(p.q.Goals) > 0 || !p.q.onlyAbout(about) {
		return "", false
	}
	if len(p.q.Filters) == 0 {
		return about, true
	}
	first := p.q.Filters[0]
	if about == "" && len(p.q.Filters) == 1 && first.Op == Is && len(first.Values) == 1 && !first.AnyCase {
		return first.Dimension, true
	}
	return about, !slices.ContainsFunc(p.q.Filters, func(f Filter) bool { return f.Dimension != about })
}

// answered names the tables the parts read; sums of months are roll-ups, too.
func (p *plan) answered() string {
	if p.used["monthly"] {
		p.used["rollups"] = true
		delete(p.used, "monthly")
	}
	switch len(p.used) {
	case 0:
		return "nothing"
	case 1:
		for table := range p.used {
			return table
		}
	}
	return "mixed"
}
