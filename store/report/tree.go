package report

import (
	"slices"
	"strings"

	"sporlos/site"
)

// Join says how a Condition is made of others.
type Join string

// The joins. One is no join: the condition is its Filter.
const (
	One  Join = ""
	And  Join = "and"
	Or   Join = "or"
	Not  Join = "not"  // of one condition
	Done Join = "done" // of one condition: the visit has an event that meets it

	Reached Join = "reached" // of Goals: the visit has an event that reaches one of them
)

// Condition is a filter, or several put together. It is looked at for one event with its visit: a dimension of events has the event's
// value, one of visits the visit's. What counts is what a Query counts by its Filters: the events that meet it, and the visits that have
// at least one. Done alone looks at the other events of the visit; within it, a page counts where it was viewed.
//
//	report.Either(report.When(onPricing), report.When(fromNorway))
type Condition struct {
	Join   Join
	Of     []Condition // of And, Or (any number), Not and Done (one)
	Filter Filter      // of One
	Goals  []site.Goal // of Reached
}

// When is the condition that a filter is.
func When(f Filter) Condition { return Condition{Filter: f} }

// Both holds when all of them do.
func Both(of ...Condition) Condition { return Condition{Join: And, Of: of} }

// Either holds when one of them does.
func Either(of ...Condition) Condition { return Condition{Join: Or, Of: of} }

// Neither holds when the condition does not.
func Neither(of Condition) Condition { return Condition{Join: Not, Of: []Condition{of}} }

// HasDone holds for visits in which an event meets the condition.
func HasDone(of Condition) Condition { return Condition{Join: Done, Of: []Condition{of}} }

const (
	maxDepth  = 10 // of conditions in one another
	maxLeaves = 60 // filters of all conditions of a question
)

// Check says whether the condition is one, whatever it is asked with; the error is [*Invalid].
func (c Condition) Check() error {
	leaves := 0
	return c.check(1, &leaves)
}

func (c Condition) check(depth int, leaves *int) error {
	if depth > maxDepth {
		return invalid("filters", "conditions.deep", maxDepth)
	}
	switch c.Join {
	case One:
		if *leaves++; *leaves > maxLeaves {
			return invalid("filters", "conditions.many", maxLeaves)
		}
		return c.Filter.Check()
	case And, Or:
		if len(c.Of) == 0 {
			return invalid("filters", "condition.empty", c.Join)
		}
	case Reached:
		if len(c.Goals) == 0 {
			return invalid("filters", "condition.goals", c.Join)
		}
		return linked(c.Goals)
	case Not, Done:
		if len(c.Of) != 1 {
			return invalid("filters", "condition.one", c.Join, len(c.Of))
		}
	default:
		return invalid("filters", "condition.join", c.Join)
	}
	for _, part := range c.Of {
		if err := part.check(depth+1, leaves); err != nil {
			return err
		}
	}
	return nil
}

func (q Query) checkWhere() error {
	leaves := 0
	for _, c := range q.Where {
		if err := c.check(1, &leaves); err != nil {
			return err
		}
	}
	return nil
}

// leaves calls fn with the filters of the condition that look at the event that is counted, or at its visit; false ends it.
func (c Condition) leaves(fn func(Filter) bool) bool {
	if c.Join == One {
		return fn(c.Filter)
	}
	if c.Join == Done || c.Join == Reached {
		return true
	}
	return !slices.ContainsFunc(c.Of, func(part Condition) bool { return !part.leaves(fn) })
}

// any says whether one of the question's filters, alone or in a condition, is such.
func (q Query) anyFilter(is func(Filter) bool) bool {
	not := func(f Filter) bool { return !is(f) }
	return slices.ContainsFunc(q.Filters, is) || slices.ContainsFunc(q.Where, func(c Condition) bool { return !c.leaves(not) })
}

// ofEvents says whether the condition chooses events, not visits.
func (c Condition) ofEvents() bool {
	return !c.leaves(func(f Filter) bool {
		m, _ := meaningOf(f.Dimension)
		return !m.ofEvents()
	})
}

// simple moves out of Where what Filters can say, for they can be answered from roll-ups.
func (q Query) simple() Query {
	where := q.Where
	q.Filters, q.Where = slices.Clone(q.Filters), nil
	for _, c := range where {
		q.take(c.plain())
	}
	return q
}

func (q *Query) take(c Condition) {
	switch c.Join {
	case One:
		q.Filters = append(q.Filters, c.Filter)
	case And:
		for _, part := range c.Of {
			q.take(part)
		}
	default:
		q.Where = append(q.Where, c)
	}
}

// plain is the same condition with less in it: a negated filter is its opposite, and alternatives of one dimension are one filter.
func (c Condition) plain() Condition {
	if c.Join == One || c.Join == Done || c.Join == Reached {
		return c
	}
	parts := make([]Condition, len(c.Of))
	for i, part := range c.Of {
		parts[i] = part.plain()
	}
	switch {
	case len(parts) == 1 && (c.Join == And || c.Join == Or):
		return parts[0]
	case c.Join == Not && parts[0].Join == Not:
		return parts[0].Of[0]
	case c.Join == Not && parts[0].Join == One:
		return When(parts[0].Filter.opposite())
	case c.Join == Or && alike(parts):
		one := parts[0].Filter
		one.Values = nil
		for _, part := range parts {
			one.Values = append(one.Values, part.Filter.Values...)
		}
		return When(one)
	}
	return Condition{Join: c.Join, Of: parts}
}

// alike says whether alternatives differ in their values only.
func alike(parts []Condition) bool {
	first, values := parts[0].Filter, 0
	for _, part := range parts {
		f := part.Filter
		if values += len(f.Values); part.Join != One || f.Dimension != first.Dimension || f.Op != first.Op || f.AnyCase != first.AnyCase {
			return false
		}
	}
	return !operators[first.Op].negate && values <= maxValues
}

// opposite is the filter that holds when f does not.
func (f Filter) opposite() Filter {
	f.Op = opposites[f.Op]
	return f
}

var opposites = map[Op]Op{
	Is: IsNot, IsNot: Is, Contains: ContainsNot, ContainsNot: Contains, StartsWith: StartsNot, StartsNot: StartsWith, Matches: MatchesNot, MatchesNot: Matches,
}

// where returns the conditions on events or those on visits, as SQL over rows of the one or of the other.
func (p *plan) where(events bool, s source) (list []string) {
	for _, c := range p.q.Where {
		if c.ofEvents() != events {
			continue
		}
		if events {
			list = append(list, p.onEvents(c, s))
		} else {
			list = append(list, p.onVisits(c, s))
		}
	}
	return list
}

// joined puts the parts of a condition together, each translated by the function.
func (c Condition) joined(translate func(Condition) string) string {
	parts := make([]string, len(c.Of))
	for i, part := range c.Of {
		parts[i] = translate(part)
	}
	switch c.Join {
	case Not:
		return "NOT (" + parts[0] + ")"
	case Or:
		return "(" + strings.Join(parts, " OR ") + ")"
	}
	return "(" + strings.Join(parts, " AND ") + ")"
}

// onVisits is the condition over rows that are visits.
func (p *plan) onVisits(c Condition, s source) string {
	switch c.Join {
	case One:
		return p.condition(c.Filter, p.meaning(c.Filter.Dimension).visit)
	case Done:
		return p.done(c.Of[0], s)
	case Reached:
		return p.converted(c.Goals, s)
	}
	return c.joined(func(part Condition) string { return p.onVisits(part, s) })
}

// onEvents is the condition over rows that are events.
func (p *plan) onEvents(c Condition, s source) string {
	switch {
	case c.Join == Done:
		return p.done(c.Of[0], s)
	case c.Join == Reached:
		return p.converted(c.Goals, s)
	case !c.ofEvents() && !c.looksBack():
		return s.with([]string{p.onVisits(c, s)})
	case c.Join == One:
		return p.condition(c.Filter, p.meaning(c.Filter.Dimension).event)
	}
	return c.joined(func(part Condition) string { return p.onEvents(part, s) })
}

// looksAround says whether the condition looks at other events of the visit.
func (c Condition) looksAround() bool {
	return c.Join == Done || c.Join == Reached || slices.ContainsFunc(c.Of, Condition.looksAround)
}

// looksBack says whether the condition holds no filter of its own, so that the table of visits has nothing to say about it.
func (c Condition) looksBack() bool {
	return c.leaves(func(Filter) bool { return false })
}

// done chooses the visits that have an event that meets the condition.
func (p *plan) done(c Condition, s source) string {
	seen := "name != 'engagement'"
	if (Query{Where: []Condition{c}}).seesPages() {
		seen = "name = 'pageview'"
	}
	return "visit IN (SELECT visit FROM events WHERE " + all([]string{s.days, p.onEvents(c, s), seen}) + ")"
}

// converted chooses the visits that have an event that reaches one of the goals.
func (p *plan) converted(goals []site.Goal, s source) string {
	return "visit IN (SELECT visit FROM events WHERE " + all([]string{s.days, p.reached(goals)}) + ")"
}

// seesPages says whether the question is about pages and about no certain events: a page then counts where it was viewed.
func (q Query) seesPages() bool {
	return !q.namesEvents() && (slices.Contains(q.Dimensions, Page) || q.anyFilter(func(f Filter) bool { return f.Dimension == Page }))
}

// overRollups is the condition over rows of the roll-up of the one dimension it is about.
func (p *plan) overRollups(c Condition) string {
	if c.Join == One {
		return p.condition(c.Filter, p.meaning(c.Filter.Dimension).value)
	}
	return c.joined(p.overRollups)
}

// onlyAbout says whether all conditions are on one dimension and on nothing that was done besides.
func (q Query) onlyAbout(d Dimension) bool {
	var only func(Condition) bool
	only = func(c Condition) bool {
		if c.Join == One {
			return c.Filter.Dimension == d
		}
		return c.Join != Done && c.Join != Reached && !slices.ContainsFunc(c.Of, func(part Condition) bool { return !only(part) })
	}
	return !slices.ContainsFunc(q.Where, func(c Condition) bool { return !only(c) })
}
