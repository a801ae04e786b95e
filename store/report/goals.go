package report

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sporlos/site"
)

// This file is about conversions: what a Query with Goals counts.
//
// A goal narrows a question to the events that reach it: a pageview of a page, an event of the site's own, or the first report of a visit
// that says a page was read down to a depth. Every number keeps its meaning: Visitors are those who converted, Events are conversions,
// and a row is about where the conversion happened. Besides these there are the metrics that look at the question without its goals:
// TotalVisitors, ConversionRate, GroupConversionRate.

// MaxGoals is the number of goals a question can hold together.
const MaxGoals = 50

func (q Query) checkGoals() error {
	if err := linked(q.Goals); err != nil {
		return err
	}
	for _, g := range q.Goals {
		if (g.Kind == site.ScrollGoal) != (q.Goals[0].Kind == site.ScrollGoal) {
			return invalid("filters", "goals.scroll")
		}
	}
	return q.checkRates()
}

// linked refuses goals that no event reaches.
func linked(goals []site.Goal) error {
	if len(goals) > MaxGoals {
		return invalid("filters", "goals.many", len(goals), MaxGoals)
	}
	for _, g := range goals {
		switch g.Kind {
		case site.PageGoal, site.EventGoal, site.ScrollGoal:
		case site.SearchGoal:
			return invalid("filters", "goal.search", g.Name)
		default:
			return invalid("filters", "goal.kind", g.Kind)
		}
	}
	return nil
}

// checkRates refuses metrics of goals where there are none, and of money where there is no currency.
func (q Query) checkRates() error {
	for _, m := range q.Metrics {
		switch {
		case (m == ConversionRate || m == GroupConversionRate || m == TotalVisitors) && len(q.Goals) == 0:
			return invalid("metrics", "metric.goal", m)
		case m == Percentage && slices.Contains(q.Metrics, ConversionRate):
			return invalid("metrics", "metrics.wholes")
		case (m == TotalRevenue || m == AverageRevenue) && len(q.Currency) != 3:
			return invalid("metrics", "metric.currency", m)
		case (m == TimeOnPage || m == ScrollDepth) && len(q.Goals) > 0:
			return invalid("metrics", "metric.conversions", m)
		}
	}
	return nil
}

// narrowed says what a single goal asks in the words of filters, for which there are roll-ups. When it returns true, all events that
// count are pageviews.
func (q Query) narrowed() (Query, bool) {
	if len(q.Goals) != 1 || q.namesEvents() || !slices.Equal(q.Dimensions, q.times()) {
		return q, false
	}
	switch g := q.Goals[0]; {
	case g.Kind == site.EventGoal && len(g.Props) == 0:
		q.Filters, q.Goals = append(slices.Clone(q.Filters), Filter{Dimension: Event, Op: Is, Values: []string{g.Event}}), nil
	case g.Kind == site.PageGoal && !strings.Contains(g.Path, "*"):
		q.Filters, q.Goals = append(slices.Clone(q.Filters), Filter{Dimension: Page, Op: Is, Values: []string{g.Path}}), nil
		return q, true
	}
	return q, false
}

// times are the dimensions of the question that are whole days.
func (q Query) times() (list []Dimension) {
	for _, d := range q.Dimensions {
		if d.Time() && d != Hour {
			list = append(list, d)
		}
	}
	return list
}

// reached chooses the events that reach one of the goals.
func (p *plan) reached(goals []site.Goal) string {
	parts := make([]string, len(goals))
	for i, g := range goals {
		parts[i] = "(" + p.reach(g) + ")"
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// reach is the condition on events of one goal.
func (p *plan) reach(g site.Goal) string {
	switch g.Kind {
	case site.PageGoal:
		return "name = 'pageview' AND " + p.onPath(g.Path)
	case site.ScrollGoal:
		return fmt.Sprintf("name = 'engagement' AND scroll >= %d AND ", g.Scroll) + p.onPath(g.Path)
	}
	where := []string{"name = " + p.with.text(g.Event)}
	for _, c := range g.Props {
		where = append(where, propMeaning(p.with.text(c.Key)).event+" = "+p.with.text(c.Value))
	}
	return strings.Join(where, " AND ")
}

// onPath is the condition that a pattern makes, in the cheapest way that means the same.
func (p *plan) onPath(pattern string) string {
	stars := strings.Index(pattern, "*")
	switch {
	case stars < 0:
		return "path = " + p.with.text(pattern)
	case pattern[stars:] == "**":
		return "startsWith(path, " + p.with.text(pattern[:stars]) + ")"
	}
	return "match(path, " + p.with.text(site.PatternRegexp(pattern)) + ")"
}

// once keeps, of reports that a depth was reached, the first of each visit and page.
func (p *plan) once() string {
	if len(p.q.Goals) > 0 && p.q.Goals[0].Kind == site.ScrollGoal {
		return " ORDER BY time LIMIT 1 BY visit, path"
	}
	return ""
}

// Converted holds for visits in which one of the goals was reached.
func Converted(goals ...site.Goal) Condition { return Condition{Join: Reached, Goals: goals} }

// Conversion is what one goal has come to.
type Conversion struct {
	Goal        site.Goal
	Visitors    float64 // who converted; 0 of searches
	Visits      float64 // in which it was reached; 0 of searches
	Conversions float64
	Rate        float64 // percent of the question's visitors; of searches, Conversions per 100 visits, for whose they were is not known
	Linked      bool    // false: of searches
	Revenue     float64 // in Goal.Currency; 0 without one
	Average     float64 // revenue of an event that has any
}

// Conversions answers for each goal what it has come to in the question's period, under its filters; its metrics, dimensions and order
// do not matter. What was searched knows no filters: under any, goals of searches are left out.
func (r *Reporter) Conversions(ctx context.Context, q Query, goals []site.Goal) ([]Conversion, error) {
	q.Dimensions, q.Order, q.Limit, q.Offset, q.Goals, q.Search = nil, nil, 0, 0, nil, ""
	q.Metrics = []Metric{Visitors, Visits}
	all, err := r.Run(ctx, q)
	if err != nil {
		return nil, err
	}
	visitors, visits := all.Rows[0].Metrics[0], all.Rows[0].Metrics[1]
	list := make([]Conversion, 0, len(goals))
	for _, g := range goals {
		c := Conversion{Goal: g, Linked: g.Kind != site.SearchGoal}
		switch {
		case c.Linked:
			err = r.convert(ctx, q, &c, visitors)
		case len(q.Filters) > 0 || len(q.Where) > 0:
			continue
		default:
			err = r.search(ctx, q, &c, visits)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func (r *Reporter) convert(ctx context.Context, q Query, c *Conversion, visitors float64) error {
	q.Goals, q.Metrics = []site.Goal{c.Goal}, []Metric{Visitors, Visits, Events}
	if c.Goal.Revenue && c.Goal.Currency != "" {
		q.Currency, q.Metrics = c.Goal.Currency, append(q.Metrics, TotalRevenue, AverageRevenue)
	}
	result, err := r.Run(ctx, q)
	if err != nil {
		return err
	}
	n := result.Rows[0].Metrics
	c.Visitors, c.Visits, c.Conversions = n[0], n[1], n[2]
	if len(n) > 3 {
		c.Revenue, c.Average = n[3], n[4]
	}
	c.Rate = share(c.Visitors, visitors)
	return nil
}

// share is a part of a whole in percent, two decimals.
func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return round(part*100/whole, 2)
}

func (r *Reporter) search(ctx context.Context, q Query, c *Conversion, visits float64) error {
	found, err := r.Searches(ctx, SearchQuery{Site: q.Site, From: q.From, To: q.To, Limit: 1})
	if err != nil {
		return err
	}
	c.Conversions = float64(found.All.outcome(c.Goal.Outcome))
	c.Rate = share(c.Conversions, visits)
	return nil
}

// outcome is the count of what a goal of searches looks at.
func (n SearchCounts) outcome(name string) int {
	switch name {
	case "zero":
		return n.Zero
	case "open":
		return n.Opened
	case "refine":
		return n.Refined
	case "leave":
		return n.Left
	}
	return n.Searches
}

// found is the question with what is searched among its filters.
func (q Query) found() Query {
	if q.Search != "" {
		q.Filters = append(slices.Clone(q.Filters), Filter{Dimension: q.searched(), Op: Contains, Values: []string{q.Search}, AnyCase: true})
	}
	return q
}

// counted makes the plan's sums those that the question's metrics look for.
func (p *plan) counted(l line) line {
	if p.views {
		l.sums[eventsSum] = l.sums[pageviewsSum]
	}
	return l
}
