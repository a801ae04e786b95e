package report

import (
	"fmt"
	"slices"
	"strings"

	"sporlos/store/derive"
)

// A folded day has one row for each visit and page in the table pages, ordered by page, and the names of a visit's custom events in the
// table visits. With them, questions about pages or about names of events need not look at events.

// fromSeen makes the sums of a question that looks at pages and at nothing else of single events.
func (p *plan) fromSeen(s source, of side) string {
	dims := p.dims(func(m meaning) string {
		if m.visit != "" {
			return m.visit
		}
		return "page"
	})
	where := append([]string{s.where}, p.visitConditions(s)...)
	for _, f := range p.filters(ofEvents) {
		where = append(where, p.condition(f, "page"))
	}
	expressions, rows := seenOnce, "pages"
	switch {
	case of == journeys:
		where = append(where, "pageviews > 0")
		expressions = wholeVisits
		if !p.onePage() {
			rows, where, dims = p.eachVisitOnce(dims, where)
		}
	case !p.onePage():
		expressions = seenOften
	}
	return "SELECT " + p.columns(dims, []side{of}, func(n sum) string { return expressions[n] }) +
		"\nFROM " + rows + "\nWHERE " + all(where) + p.grouping()
}

// onePage says whether each visit is in a row of the answer with one page at most.
func (p *plan) onePage() bool {
	return slices.Contains(p.q.Dimensions, Page) || slices.ContainsFunc(p.q.Filters, func(f Filter) bool {
		return f.Dimension == Page && f.Op == Is && len(f.Values) == 1 && !f.AnyCase
	})
}

// eachVisitOnce takes each visit from one of its pages that match.
func (p *plan) eachVisitOnce(dims, where []string) (rows string, none, names []string) {
	names = []string{"d0", "d1"}[:len(dims)]
	var carried strings.Builder
	for i, d := range dims {
		fmt.Fprintf(&carried, ", any(%s) AS %s", d, names[i])
	}
	return "(SELECT day, nth, any(views) AS views, any(bounce) AS bounce, any(seconds) AS seconds" + carried.String() +
		"\nFROM pages WHERE " + all(where) + "\nGROUP BY day, nth)", []string{"1"}, names
}

// Visits and visitors of pages, of any days.
const (
	visitOfPages   = "bitShiftLeft(toUInt64(toUInt16(day)), 32) + nth"
	visitorOfPages = "bitShiftLeft(toUInt64(toUInt16(day)), 32) + if(lone = 1, nth, who)"
)

// Sums over rows of the table pages, of any days. A visit saw a page when it viewed it.
var (
	seenOnce = map[sum]string{
		visitorsSum: "sumIf(lone, pageviews > 0) + uniqExactIf(" + derive.Who + ", who != 0 AND pageviews > 0)", visitsSum: "countIf(pageviews > 0)",
		pageviewsSum: "sum(pageviews)", eventsSum: "sum(events)",
		engagementSum: "sum(engagement)", scrollsSum: "countIf(scroll > 0)", scrolledSum: "sum(scroll)",
		baseVisitorsSum: "sumIf(lone, pageviews > 0) + uniqExactIf(" + derive.Who + ", who != 0 AND pageviews > 0)", baseVisitsSum: "countIf(pageviews > 0)",
	}
	seenOften = map[sum]string{
		visitorsSum: "uniqExactIf(" + visitorOfPages + ", (lone = 1 OR who != 0) AND pageviews > 0)", visitsSum: "uniqExactIf(" + visitOfPages + ", pageviews > 0)",
		pageviewsSum: "sum(pageviews)", eventsSum: "sum(events)",
		engagementSum: "sum(engagement)", scrollsSum: "countIf(scroll > 0)", scrolledSum: "sum(scroll)",
		baseVisitorsSum: "uniqExactIf(" + visitorOfPages + ", (lone = 1 OR who != 0) AND pageviews > 0)", baseVisitsSum: "uniqExactIf(" + visitOfPages + ", pageviews > 0)",
	}
	wholeVisits = map[sum]string{entriesSum: "count()", viewsSum: "sum(views)", bouncesSum: "sum(bounce)", secondsSum: "sum(seconds)"}
)

// fromDeeds makes the sums of a question that looks at the names of events and at nothing else of them: of the visits with such events.
func (p *plan) fromDeeds(s source, of side) string {
	if slices.Contains(p.q.Dimensions, Event) {
		return p.fromEachDeed(s, of)
	}
	names := p.filters(ofEvents)
	fits := func(name string) string {
		list := make([]string, len(names))
		for i, f := range names {
			list[i] = p.condition(f, name)
		}
		return strings.Join(list, " AND ")
	}
	viewed := "if(" + fits("'pageview'") + ", pageviews, 0)"
	done := viewed + " + arraySum((name, n) -> if(" + fits("name") + ", n, 0), names, counts)"
	expressions := func(n sum) string {
		switch n {
		case pageviewsSum:
			return "sum(viewed)"
		case eventsSum:
			return "sum(done)"
		}
		return s.ofVisits(n)
	}
	dims := p.dims(func(m meaning) string { return m.visit })
	where := append([]string{s.where}, p.visitConditions(s)...)
	return "SELECT " + p.columns(dims, []side{of}, expressions) + "\nFROM\n(\nSELECT *, " + viewed + " AS viewed, " + done + " AS done FROM visits" +
		" AS v\nWHERE " + all(where) + "\n)\nWHERE done > 0" + p.grouping()
}

// fromEachDeed makes the sums of actions name by name.
func (p *plan) fromEachDeed(s source, of side) string {
	dims := p.dims(func(m meaning) string {
		if m.visit != "" {
			return m.visit
		}
		return "did"
	})
	var fits []string
	for _, f := range p.filters(ofEvents) {
		fits = append(fits, p.condition(f, "did"))
	}
	expressions := map[sum]string{
		visitorsSum: derive.Counted, visitsSum: "count()", pageviewsSum: "sumIf(times, did = 'pageview')", eventsSum: "sum(times)",
		baseVisitorsSum: derive.Counted, baseVisitsSum: "count()",
	}
	return "SELECT " + p.columns(dims, []side{of}, func(n sum) string { return expressions[n] }) +
		"\nFROM (SELECT * FROM visits AS v WHERE " + all(append([]string{s.where}, p.visitConditions(s)...)) + ")" +
		"\nARRAY JOIN arrayConcat(['pageview'], names) AS did, arrayConcat([pageviews], counts) AS times" +
		"\nWHERE " + all(append([]string{"times > 0"}, fits...)) + p.grouping()
}
