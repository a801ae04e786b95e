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
	parts  []string
	used   map[string]bool // "rollups", "visits", "events"
}

// newPlan chooses, for the folded and the open days apart and for each side of the question apart, the cheapest table that is exact.
func (r *Reporter) newPlan(q Query, days calendar) *plan {
	p := &plan{q: q, used: map[string]bool{}}
	p.q, p.views = q.narrowed()
	p.with.bind(q)
	p.need()
	p.addRuns(days, !r.withoutRollups)
	if slices.ContainsFunc(p.needed, func(s sum) bool { return sums[s].side == base }) {
		p.addBase(q, days, !r.withoutRollups)
	}
	return p
}

// addBase adds the parts that look at the question without its goals.
func (p *plan) addBase(q Query, days calendar, rollups bool) {
	q.Goals = nil
	b := &plan{q: q, with: p.with, needed: p.needed, used: p.used, base: true}
	b.addRuns(days, rollups)
	p.with, p.parts = b.with, append(p.parts, b.parts...)
}

// addRuns adds the parts for the folded and the open days.
func (p *plan) addRuns(days calendar, rollups bool) {
	if len(days.folded) > 0 {
		p.addDays(source{where: days.newest(), days: during(days.folded), visits: "visits", table: "visits"}, rollups)
	}
	if len(days.open) > 0 {
		where := during(days.open)
		p.addDays(source{where: "1", days: where, visits: "(" + derive.Visits(where) + ")", table: "events"}, false)
	}
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
func (p *plan) addDays(s source, rollups bool) {
	switch {
	case p.base:
		p.addSides(s, rollups, base)
		return
	case !p.aboutEvents():
		p.addSides(s, rollups, actions, journeys)
		p.addSides(s, false, money)
		return
	}
	for _, side := range []side{actions, journeys, depths, money} {
		p.addSides(s, rollups && side != money, side)
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

// addSides adds one part with the sums of these sides, when there are any to add.
func (p *plan) addSides(s source, rollups bool, sides ...side) {
	if !slices.ContainsFunc(p.needed, func(n sum) bool { return slices.Contains(sides, sums[n].side) }) {
		return
	}
	sql, table := "", "rollups"
	if name := p.rollup(sides); rollups && name != "" {
		sql = p.fromRollup(name, s, sides)
	} else if sides[0] == depths {
		sql, table = p.fromPages(s), "events"
	} else if sides[0] == money || p.aboutEvents() && sides[0] != journeys {
		sql, table = p.fromEvents(s, sides), "events"
	} else {
		sql, table = p.fromVisits(s, sides), s.table
	}
	p.used[table] = true
	p.parts = append(p.parts, sql)
}

// rollup returns the roll-up that answers these sides exactly, or "". One roll-up knows one dimension, so nothing else may be split
// or filtered by. Its rows add up to visitors and visits only value by value, for one visitor can have several: so either each value
// gets a row of its own, or a filter leaves exactly one.
func (p *plan) rollup(sides []side) string {
	about, ok := p.onlyDimension()
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

// answered names the tables the parts read.
func (p *plan) answered() string {
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
