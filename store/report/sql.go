package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/store/derive"
)

// source is where some days' visits come from.
type source struct {
	table string // "visits" or "events": what visits are read from, or made of
	where string // condition on rows of visits
	days  string // condition on events for the same days

	visitors string       // how visitors are counted over rows of visits within a day
	sums     []tableOfSum // the roll-ups of the days; none where there are none
	edition  uint8        // of the roll-ups
	details  bool         // the days are in the table pages, too, and their visits know the names of their events
}

// tableOfSum is a table of roll-ups with the condition on its rows.
type tableOfSum struct{ table, where string }

// binder collects the parameters of a statement.
type binder struct{ args []any }

// bind binds what every statement about a site may use.
func (b *binder) bind(q Query) {
	b.args = append(b.args, clickhouse.Named("site", q.Site.ID), clickhouse.Named("zone", q.Site.Location().String()), clickhouse.Named("currency", q.Currency))
}

// text binds a value and returns the place it takes in the statement.
func (b *binder) text(value string) string {
	name := fmt.Sprintf("v%d", len(b.args))
	b.args = append(b.args, clickhouse.Named(name, value))
	return "{" + name + ":String}"
}

// folded says whether the days are folded; the others are open.
func (s source) folded() bool { return s.table == "visits" }

// rows are the source's visits for a piece of SQL that looks at them: a table, or a parenthesised question for the columns that the SQL
// names, since each column more is time in which the statement is understood. The SQL must name no column for another reason.
func (s source) rows(looking string) string {
	if s.folded() {
		return s.table
	}
	return "(" + derive.VisitsOf(s.days, words(looking)) + ")"
}

// with is the condition on events that their visits meet these.
func (s source) with(visits []string) string {
	where := all(append([]string{s.where}, visits...))
	return "visit IN (SELECT visit FROM " + s.rows(where) + " AS v WHERE " + where + ")"
}

var word = regexp.MustCompile("[a-z_]+")

// words are what could be names of columns in a piece of SQL. Text of a question is not among them: it is bound.
func words(sql string) map[string]bool {
	found := map[string]bool{}
	for _, w := range word.FindAllString(sql, -1) {
		found[w] = true
	}
	return found
}

// union puts parts together.
func union(parts []part) string {
	list := make([]string, len(parts))
	for i, p := range parts {
		list[i] = p.sql
	}
	return strings.Join(list, "\nUNION ALL\n")
}

// statement asks the parts for their groups, and for the rows that are wanted of them.
func (p *plan) statement() string {
	sql := p.grouped(p.parts)
	if p.split() {
		sql += "\nHAVING " + total(p.rows()) + " > 0"
	}
	if len(p.q.Dimensions) > 0 && !p.filled() {
		sql += "\nORDER BY " + strings.Join(append(p.order(), p.groupNames()...), ", ") + fmt.Sprintf("\nLIMIT %d OFFSET %d", p.q.Limit, p.q.Offset)
	}
	return sql
}

// groupNames are the columns of an answer that say what a row is of.
func (p *plan) groupNames() []string { return []string{"g0", "g1"}[:len(p.q.Dimensions)] }

// grouped asks parts for all their groups.
func (p *plan) grouped(parts []part) string {
	var b strings.Builder
	b.WriteString("SELECT ")
	groups := p.groupNames()
	for i := range groups {
		fmt.Fprintf(&b, "toString(d%d) AS g%[1]d, ", i)
	}
	totals := make([]string, len(p.needed))
	for i, s := range p.needed {
		totals[i] = fmt.Sprintf("sum(%s) AS %s", sums[s].name, total(s))
	}
	b.WriteString(strings.Join(totals, ", "))
	b.WriteString("\nFROM\n(\n" + union(parts) + "\n)")
	if len(groups) > 0 {
		b.WriteString("\nGROUP BY " + strings.Join(groups, ", "))
	}
	return b.String()
}

// rows is the sum that says whether a row is there: that of the visits, with or without goals.
func (p *plan) rows() sum {
	if slices.Contains(p.needed, baseVisitsSum) {
		return baseVisitsSum
	}
	return visitsSum
}

// total is the name of a sum over all parts.
func total(s sum) string { return "t" + sums[s].name[1:] }

// filled says whether buckets without data are put between the rows, so that order and limit have to wait.
func (p *plan) filled() bool { return len(p.q.Dimensions) == 1 && p.q.Dimensions[0].Time() }

func (p *plan) order() (keys []string) {
	for _, o := range p.q.Order {
		key := ""
		if o.Dimension != "" {
			key = fmt.Sprintf("g%d", slices.Index(p.q.Dimensions, o.Dimension))
		} else if m := p.measure(o.Metric); m.part == revenueSum {
			key = "toInt64(" + total(revenueSum) + ")"
			if m.whole != none {
				key = fmt.Sprintf("if(%s = 0, 0, %s / %[1]s)", total(m.whole), key)
			}
		} else if m.whole == none {
			key = total(m.part)
		} else {
			key = fmt.Sprintf("if(%s = 0, 0, %s / %[1]s)", total(m.whole), total(m.part))
		}
		if o.Desc {
			key += " DESC"
		}
		keys = append(keys, key)
	}
	return keys
}

// measure is how the metric is made in this plan.
func (p *plan) measure(name Metric) measure {
	m := metrics[name]
	if m.part == eventsSum && p.views {
		m.part = pageviewsSum
	}
	return m
}

// columns lists a part's columns: the dimensions as d0 and d1, then every sum the plan needs, zero where the part does not know it.
func (p *plan) columns(dims []string, sides []side, expression func(sum) string) string {
	list := make([]string, 0, len(dims)+len(p.needed))
	for i, d := range dims {
		list = append(list, fmt.Sprintf("%s AS d%d", d, i))
	}
	for _, s := range p.needed {
		value := "0"
		if slices.Contains(sides, sums[s].side) {
			value = expression(s)
		}
		list = append(list, "toUInt64("+value+") AS "+sums[s].name)
	}
	return strings.Join(list, ", ")
}

// groups is the GROUP BY of a part; visitors are told apart within a day.
func (p *plan) groups() string {
	return strings.Join([]string{"day", "d0", "d1"}[:1+len(p.q.Dimensions)], ", ")
}

// grouping is the GROUP BY of a part over rows of folded days, in which days need not be told apart for the sake of visitors.
func (p *plan) grouping() string {
	switch {
	case slices.ContainsFunc(p.q.Dimensions, Dimension.Time):
		return "\nGROUP BY " + p.groups()
	case len(p.q.Dimensions) == 0:
		return ""
	}
	return "\nGROUP BY " + strings.Join([]string{"d0", "d1"}[:len(p.q.Dimensions)], ", ")
}

// groupingOf is the GROUP BY of a part over visits of the source.
func (p *plan) groupingOf(s source) string {
	if s.folded() {
		return p.grouping()
	}
	return "\nGROUP BY " + p.groups()
}

// dims translates the dimensions with the given choice of what they mean.
func (p *plan) dims(choose func(meaning) string) []string {
	list := make([]string, len(p.q.Dimensions))
	for i, d := range p.q.Dimensions {
		list[i] = choose(p.meaning(d))
	}
	return list
}

// meaning is meaningOf with a property's key bound.
func (p *plan) meaning(d Dimension) meaning {
	if key, ok := d.Key(); ok {
		return propMeaning(p.with.text(key))
	}
	return dimensions[d]
}

func (p *plan) fromRollup(name string, of tableOfSum, sides []side) string {
	dims, where := p.overRollup(name)
	where = append([]string{"dimension = '" + name + "'", of.where}, where...)
	sql := "SELECT " + p.columns(dims, sides, func(s sum) string { return sums[s].rollup }) + "\nFROM " + of.table + "\nWHERE " + all(where)
	if len(dims) > 0 {
		sql += "\nGROUP BY " + strings.Join([]string{"d0", "d1"}[:len(dims)], ", ")
	}
	return sql
}

// overRollup returns the dimensions and the conditions over rows of a roll-up.
func (p *plan) overRollup(name string) (dims, where []string) {
	if strings.HasPrefix(name, derive.Known) {
		return p.dims(func(m meaning) string { return m.value }), []string{"value = '1'"}
	}
	if link, ok := p.link(); ok && name == "link" {
		prefix := p.with.text(link.Event + derive.Separator)
		return p.dims(func(m meaning) string { return cmp.Or(m.value, "substring(value, length("+prefix+") + 1)") }), []string{"startsWith(value, " + prefix + ")"}
	}
	for _, f := range p.q.Filters {
		where = append(where, p.condition(f, p.meaning(f.Dimension).value))
	}
	for _, c := range p.q.Where {
		where = append(where, p.overRollups(c))
	}
	if name == "event" {
		where = append(where, "value != 'engagement'")
	}
	return p.dims(func(m meaning) string { return m.value }), where
}

// fromVisits makes the sums of whole visits. Where the question is about events, these are the visits that have at least one that
// matches; for a dimension that has an entry, they are those that entered there.
func (p *plan) fromVisits(s source, sides []side) string {
	dims := p.dims(func(m meaning) string {
		if m.ofEvents() {
			return m.entry
		}
		return m.visit
	})
	where := append([]string{s.where}, p.visitConditions(s)...)
	for _, f := range p.filters(ofEvents) {
		if entry := p.meaning(f.Dimension).entry; entry != "" && slices.Contains(p.q.Dimensions, f.Dimension) {
			where = append(where, p.condition(f, entry))
		}
	}
	if !p.entered() {
		where = append(where, "visit IN (SELECT visit FROM events WHERE "+all(append(p.eventConditions(s), p.seen()))+")")
	}
	columns, conditions := p.columns(dims, sides, s.ofVisits), all(where)
	return "SELECT " + columns + "\nFROM " + s.rows(columns+conditions) + " AS v\nWHERE " + conditions + p.groupingOf(s)
}

// ofVisits is a sum over rows of visits.
func (s source) ofVisits(n sum) string {
	if n == visitorsSum || n == baseVisitorsSum {
		return s.visitors
	}
	return sums[n].visits
}

// fromEvents makes the sums of the events that match.
func (p *plan) fromEvents(s source, sides []side) string {
	which := "name != 'engagement'"
	if len(p.q.Goals) > 0 {
		which = "1"
	}
	dims, rows := p.eventRows(s, which)
	return "SELECT " + p.columns(dims, sides, func(s sum) string { return sums[s].events }) +
		"\nFROM " + rows + "\nGROUP BY " + p.groups()
}

// fromPages makes the sums of time and depth, which engagement reports carry, over pairs of visit and page.
func (p *plan) fromPages(s source) string {
	dims, rows := p.eventRows(s, "1")
	names := []string{"d0", "d1"}[:len(dims)]
	inner := make([]string, len(dims))
	for i, d := range dims {
		inner[i] = d + " AS " + names[i] + ", "
	}
	pairs := "SELECT day, " + strings.Join(inner, "") + "visit, path, sum(engagement) AS spent, max(scroll) AS deepest\nFROM " + rows +
		"\nGROUP BY " + p.groups() + ", visit, path"
	return "SELECT " + p.columns(names, []side{depths}, func(s sum) string { return sums[s].events }) +
		"\nFROM\n(\n" + pairs + "\n)\nGROUP BY " + p.groups()
}

// eventRows returns the events that match, each with what the dimensions say of its visit, and the dimensions over these rows.
func (p *plan) eventRows(s source, which string) (dims []string, rows string) {
	var carried []string
	for i, d := range p.q.Dimensions {
		m := p.meaning(d)
		if m.event == "" {
			carried = append(carried, fmt.Sprintf("%s AS of_visit%d", m.visit, i))
			m.event = fmt.Sprintf("of_visit%d", i)
		}
		dims = append(dims, m.event)
	}
	where := append(p.eventConditions(s), which)
	ofVisits := p.visitConditions(s)
	if len(carried) == 0 && len(ofVisits) > 0 {
		where = append(where, s.with(ofVisits))
	}
	rows = "(SELECT *, " + p.seen() + " AS seen FROM events WHERE " + all(where) + p.once() + ") AS e"
	if len(carried) > 0 {
		columns, conditions := strings.Join(carried, ", "), all(append([]string{s.where}, ofVisits...))
		rows += "\nINNER JOIN (SELECT visit, " + columns + " FROM " + s.rows(columns+conditions) + " AS v WHERE " + conditions + ") AS v USING (visit)"
	}
	return dims, rows
}

// seen is the condition for an event to count as a visit to what it is about: of a page, when it was viewed.
func (p *plan) seen() string {
	if len(p.q.Goals) > 0 {
		return "1"
	}
	if p.q.seesPages() {
		return "name = 'pageview'"
	}
	return "name != 'engagement'"
}

// filters returns those on events or those on visits.
func (p *plan) filters(events bool) (list []Filter) {
	for _, f := range p.q.Filters {
		if m, _ := meaningOf(f.Dimension); m.ofEvents() == events {
			list = append(list, f)
		}
	}
	return list
}

const (
	ofEvents = true
	ofVisits = false
)

func (p *plan) visitConditions(s source) (list []string) {
	for _, f := range p.filters(ofVisits) {
		list = append(list, p.condition(f, p.meaning(f.Dimension).visit))
	}
	return append(list, p.where(ofVisits, s)...)
}

// eventConditions chooses the events of the source's days that match.
func (p *plan) eventConditions(s source) []string {
	list := []string{s.days}
	for _, f := range p.filters(ofEvents) {
		list = append(list, p.condition(f, p.meaning(f.Dimension).event))
	}
	if len(p.q.Goals) > 0 {
		list = append(list, p.reached(p.q.Goals))
	}
	return append(list, p.where(ofEvents, s)...)
}

// condition is a filter over the expression x.
func (p *plan) condition(f Filter, x string) string {
	op := operators[f.Op]
	if f.AnyCase {
		x = "lowerUTF8(" + x + ")"
	}
	parts := make([]string, len(f.Values))
	for i, v := range f.Values {
		bound := p.with.text(f.raw(v))
		if f.AnyCase {
			bound = "lowerUTF8(" + bound + ")"
		}
		parts[i] = op.compare(x, bound)
	}
	sql := "(" + strings.Join(parts, " OR ") + ")"
	if op.negate {
		return "NOT " + sql
	}
	return sql
}

// raw is the stored value: a label stands for the empty one.
func (f Filter) raw(v string) string {
	m, _ := meaningOf(f.Dimension)
	same := v == m.empty || f.AnyCase && strings.EqualFold(v, m.empty)
	if same && (f.Op == Is || f.Op == IsNot) {
		return ""
	}
	return v
}

func all(conditions []string) string { return strings.Join(conditions, "\n    AND ") }
