package report

import (
	"context"
	"fmt"
	"strings"

	"sporlos/site"
	"sporlos/store/derive"
)

// Bounds of a funnel's steps.
const (
	MinSteps = site.MinSteps
	MaxSteps = site.MaxSteps
)

// Step is how many came as far as one goal of a funnel.
type Step struct {
	Goal     site.Goal
	Visitors float64
	Visits   float64
	Dropped  float64 // visits that reached the step before and not this one; of the first, of the question's visits
	Rate     float64 // percent of the visits of the step before; of the first, of the question's visits
	Overall  float64 // percent of the visits of the first step
}

// Funnel is the way through goals within a visit.
type Funnel struct {
	Visitors, Visits float64 // of the question
	Steps            []Step
}

// Funnel counts the visits that reach the goals one after the other, whatever happens in between; one event is one step. Filters and
// conditions of the question choose the visits; its metrics, dimensions and order do not matter. Within a second, a report that a page
// was read comes first: it is about a page that is being left.
func (r *Reporter) Funnel(ctx context.Context, q Query, goals []site.Goal) (Funnel, error) {
	if len(goals) < MinSteps || len(goals) > MaxSteps {
		return Funnel{}, invalid("funnel", "funnel.steps", len(goals), MinSteps, MaxSteps)
	}
	if err := linked(goals); err != nil {
		return Funnel{}, err
	}
	q, all, err := r.visitsOf(ctx, q)
	if err != nil {
		return Funnel{}, err
	}
	f := Funnel{Visitors: all[0], Visits: all[1]}
	visitors, visits, err := r.steps(ctx, q, goals)
	if err != nil {
		return Funnel{}, err
	}
	before, shown := f.Visits, q.Site.Preset().Shown
	for i, g := range goals {
		s := Step{Goal: g, Visitors: float64(shown(visitors[i])), Visits: float64(shown(visits[i]))}
		s.Dropped, s.Rate, s.Overall = max(0, before-s.Visits), share(s.Visits, before), share(s.Visits, float64(shown(visits[0])))
		f.Steps, before = append(f.Steps, s), s.Visits
	}
	return f, nil
}

// visitsOf brings a question about visits to its simplest form and counts its visitors and visits.
func (r *Reporter) visitsOf(ctx context.Context, q Query) (Query, []float64, error) {
	q.Dimensions, q.Order, q.Limit, q.Offset, q.Goals, q.Search = nil, nil, 0, 0, nil, ""
	q.Metrics = []Metric{Visitors, Visits}
	all, err := r.Run(ctx, q)
	if err != nil {
		return q, nil, err
	}
	return q.simple(), all.Rows[0].Metrics, nil
}

// sources are the places visits of the days are found in.
func (c calendar) sources() (list []source) {
	if len(c.folded) > 0 {
		list = append(list, source{where: c.newest(), days: during(c.folded), table: "visits"})
	}
	if len(c.open) > 0 {
		list = append(list, source{where: "1", days: during(c.open), table: "events"})
	}
	return list
}

// chosen is the condition on events that they are of visits the question is about.
func (p *plan) chosen(s source) []string {
	where := []string{s.days}
	if visits := p.visitConditions(s); len(visits) > 0 {
		where = append(where, s.with(visits))
	}
	if p.aboutEvents() {
		where = append(where, "visit IN (SELECT visit FROM events WHERE "+all(append(p.eventConditions(s), p.seen()))+")")
	}
	return where
}

// steps counts visitors and visits that come at least as far as each goal.
func (r *Reporter) steps(ctx context.Context, q Query, goals []site.Goal) (visitors, visits []uint64, err error) {
	days, err := r.calendar(ctx, q.Site, q.From, q.To)
	if err != nil {
		return nil, nil, err
	}
	visitors, visits = make([]uint64, len(goals)), make([]uint64, len(goals))
	p := &plan{q: q}
	p.with.bind(q)
	for _, s := range days.sources() {
		p.parts = append(p.parts, part{sql: p.ways(s, goals)})
	}
	if len(p.parts) == 0 {
		return visitors, visits, nil
	}
	rows, err := r.conn.Query(r.bounded(ctx), "SELECT step, sum(visitors), sum(visits) FROM\n(\n"+union(p.parts)+"\n)\nGROUP BY step", p.with.args...)
	if err != nil {
		return nil, nil, failure(err)
	}
	defer rows.Close()
	for rows.Next() {
		var step uint8
		var n [2]uint64
		if err := rows.Scan(&step, &n[0], &n[1]); err != nil {
			return nil, nil, err
		}
		visitors[step-1], visits[step-1] = n[0], n[1]
	}
	return visitors, visits, rows.Err()
}

// ways is the question for visitors and visits by day and step. For each visit it has the goals its events reach, as bits, in the order
// of time; at[k] is the place of the event that is step k, the first after that of the step before.
func (p *plan) ways(s source, goals []site.Goal) string {
	bits := make([]string, len(goals))
	for i, g := range goals {
		bits[i] = fmt.Sprintf("%d * toUInt8(%s)", 1<<i, p.reach(g))
	}
	places, reached := make([]string, len(goals)), make([]string, len(goals))
	for i := range goals {
		places[i] = fmt.Sprintf("arrayFirstIndex((m, i) -> i > %s AND bitTest(m, %d), marks, arrayEnumerate(marks)) AS at%d", after(i), i, i+1)
		reached[i] = fmt.Sprintf("toUInt8(at%d > 0)", i+1)
	}
	order := "if(e.name = 'engagement', bitShiftLeft(toUInt64(e.time), 32), " + derive.Order() + ")"
	events := "SELECT *, " + order + " AS nth, toUInt8(" + strings.Join(bits, " + ") + ") AS mark FROM events AS e WHERE " + all(p.chosen(s)) + " AND mark > 0"
	visits := "SELECT day, visit, max(visitor) AS visitor, arrayMap(x -> x.2, arraySort(groupArray((nth, mark)))) AS marks FROM (" + events + ") GROUP BY day, visit"
	return "SELECT day, step, uniqExactIf(visitor, visitor != 0) AS visitors, count() AS visits\nFROM (SELECT day, visitor, " + strings.Join(places, ", ") +
		", " + strings.Join(reached, " + ") + " AS far FROM (" + visits + "))\nARRAY JOIN range(1, toUInt8(far + 1)) AS step\nGROUP BY day, step"
}

// after is the place of the event that is the step before the i-th; beyond any, when there is none.
func after(i int) string {
	if i == 0 {
		return "0"
	}
	return fmt.Sprintf("if(at%d = 0, 4294967295, at%[1]d)", i)
}
