// Package view is what a page of the dashboards shows: which site, which period, which filters, which tab of which panel. All of it
// lives in the URL, so that every view can be bookmarked, shared and gone back to.
//
// [Parse] reads a query and never fails: what cannot be used is left out and named in a list of problems, so that the page can say so
// in place. [View.URL] writes the shortest query that leads to the same view. A view is a value; the methods that change one return a copy.
package view

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sporlos/site"
)

// View is one view of one site.
type View struct {
	Domain  string
	Base    string   // path of the overview; "": that of the domain
	Today   site.Day // on the site's calendar
	Period  Period
	Metric  string // of the chart
	Step    Step   // of the chart
	Filters []Filter
	Tabs    map[string]string // panel → tab, for those that do not show their first
	Panel   string            // "" is the overview, otherwise the panel whose details are shown
	Page    int               // of the details, from 1
	Sort    string            // metric the details are sorted by, "-" before it for the lowest first; "" is the tab's first
	Where   []Condition       // hold besides Filters
	Segment string            // number of a saved segment, whose conditions hold too
	Goal    string            // number of the goal whose conversions are shown
	Compare Compare           // "" is BeforeIt
	Other   Period            // of OtherPeriod
	Search  map[string]string // panel → text its rows are searched for
	Walk    string            // page whose surroundings the journeys show
}

// The metrics a chart can show, as they stand in the URL.
var metrics = [...]string{"visitors", "visits", "pageviews", "views_per_visit", "bounce_rate", "visit_duration"}

// Metrics returns the metrics a chart can show, in the order of the figures.
func Metrics() []string { return append([]string(nil), metrics[:]...) }

const (
	tabPrefix = "t."
	maxTab    = 320 // bytes: a tab can be about a property
)

// Parse reads a query string. The problems are a *Mistake each.
func Parse(domain string, q url.Values, today site.Day) (v View, problems []error) {
	v = View{Domain: domain, Today: today, Metric: metrics[0], Tabs: map[string]string{}, Page: 1}
	note := func(err error) {
		if err != nil {
			problems = append(problems, err)
		}
	}
	var err error
	v.Period, err = parsePeriod(q, today)
	note(err)
	if m := q.Get("metric"); slices.Contains(metrics[:], m) {
		v.Metric = m
	}
	v.Step = parseStep(q.Get("by"), v.Period)
	for _, text := range q["f"] {
		note(v.addCondition(ParseCondition(text)))
	}
	for key, values := range q {
		if panel, ok := strings.CutPrefix(key, tabPrefix); ok && len(values[0]) <= maxTab {
			v.Tabs[panel] = values[0]
		}
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 && n <= 10_000 {
		v.Page = n
	}
	if sort := q.Get("sort"); sort != "-" {
		v.Sort = sort
	}
	note(v.parseCompare(q))
	problems = append(problems, v.parseAsked(q)...)
	return v, problems
}

func (v *View) addCondition(c Condition, err error) error {
	if err != nil || c.Join == "" {
		return v.addFilter(c.Filter, err)
	}
	if slices.ContainsFunc(v.Where, func(o Condition) bool { return o.String() == c.String() }) {
		return nil
	}
	if len(v.Filters)+len(v.Where) == maxFilters {
		return mistake("filter.bad.many", maxFilters)
	}
	v.Where = append(v.Where, c)
	return nil
}

func (v *View) addFilter(f Filter, err error) error {
	if err != nil {
		return err
	}
	if slices.ContainsFunc(v.Filters, f.equal) {
		return nil
	}
	if len(v.Filters)+len(v.Where) == maxFilters {
		return mistake("filter.bad.many", maxFilters)
	}
	v.Filters = append(v.Filters, f)
	return nil
}

func parsePeriod(q url.Values, today site.Day) (Period, error) {
	fallback, _ := Named(Days28, today)
	kind := Kind(q.Get("period"))
	if kind == "" && !q.Has("from") {
		return fallback, nil
	}
	if p, ok := Named(kind, today); ok {
		return p, nil
	}
	if kind != Custom && kind != "" {
		return fallback, mistake("period.bad.kind", clip(string(kind)))
	}
	from, err := parseDay(q.Get("from"))
	if err != nil {
		return fallback, err
	}
	to, err := parseDay(q.Get("to"))
	if err != nil {
		return fallback, err
	}
	switch to = min(to, today); {
	case from > today:
		return fallback, mistake("period.bad.future", from)
	case from > to:
		return fallback, mistake("period.bad.backwards", to, from)
	case to-from > 366*5:
		return fallback, mistake("period.bad.long")
	}
	return Between(from, to, today), nil
}

func parseDay(text string) (site.Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 2000 || t.Year() > 2100 {
		return 0, mistake("period.bad.date", clip(text))
	}
	return site.DayOfDate(t.Date()), nil
}

func parseStep(text string, p Period) Step {
	steps := p.Steps()
	if s := Step(text); slices.Contains(steps, s) {
		return s
	}
	return steps[0]
}

// URL is the path and shortest query that lead to the view.
func (v View) URL() string {
	path := v.Base
	if path == "" {
		path = "/" + url.PathEscape(v.Domain)
	}
	if v.Panel != "" {
		path += "/" + url.PathEscape(v.Panel)
	}
	if q := v.Query().Encode(); q != "" {
		return path + "?" + readable.Replace(q)
	}
	return path
}

// readable undoes escapes a query does not need.
var readable = strings.NewReplacer("%3A", ":", "%2F", "/")

// Query is the view's state as parameters.
func (v View) Query() url.Values {
	q := url.Values{}
	switch v.Period.Kind {
	case Days28:
	case Custom:
		q.Set("from", v.Period.From.String())
		q.Set("to", v.Period.To.String())
	default:
		q.Set("period", string(v.Period.Kind))
	}
	if v.Metric != metrics[0] && v.Metric != "" {
		q.Set("metric", v.Metric)
	}
	if steps := v.Period.Steps(); v.Step != steps[0] && slices.Contains(steps, v.Step) {
		q.Set("by", string(v.Step))
	}
	for _, f := range v.Filters {
		q.Add("f", f.String())
	}
	for _, c := range v.Where {
		q.Add("f", c.String())
	}
	v.writeCompare(q)
	v.writeAsked(q)
	for panel, tab := range v.Tabs {
		q.Set(tabPrefix+panel, tab)
	}
	if v.Page > 1 {
		q.Set("page", strconv.Itoa(v.Page))
	}
	if v.Sort != "" {
		q.Set("sort", v.Sort)
	}
	return q
}

// In returns the view in another period, from its first page.
func (v View) In(p Period) View {
	v.Period, v.Page = p, 1
	return v
}

// Charting returns the view with another metric in the chart.
func (v View) Charting(metric string) View {
	v.Metric = metric
	return v
}

// By returns the view with another step in the chart.
func (v View) By(step Step) View {
	v.Step = step
	return v
}

// Tab returns the view with another tab of a panel in front; an empty tab is the panel's first.
func (v View) Tab(panel, tab string) View {
	v.Tabs = maps.Clone(v.Tabs)
	delete(v.Tabs, panel)
	if tab != "" {
		v.Tabs[panel] = tab
	}
	v.Page, v.Sort = 1, ""
	return v
}

// Details returns the view of one panel in full; an empty panel is the overview.
func (v View) Details(panel string) View {
	if panel != "journeys" {
		v.Walk = ""
	}
	v.Panel, v.Page, v.Sort = panel, 1, ""
	return v
}

// At returns another page of the details.
func (v View) At(page int) View {
	v.Page = page
	return v
}

// SortedBy returns the details sorted by another metric; empty is the tab's first.
func (v View) SortedBy(metric string) View {
	v.Sort, v.Page = metric, 1
	return v
}

// Only returns the view with one more filter, on the overview of the site.
func (v View) Only(f Filter) View {
	v.Filters = append(slices.Clone(v.Filters), f)
	return v.Details("")
}

// Without returns the view without one filter.
func (v View) Without(f Filter) View {
	v.Filters = slices.DeleteFunc(slices.Clone(v.Filters), f.equal)
	v.Page = 1
	return v
}

// WithoutCondition returns the view without one condition.
func (v View) WithoutCondition(c Condition) View {
	v.Where = slices.DeleteFunc(slices.Clone(v.Where), func(o Condition) bool { return o.String() == c.String() })
	v.Page = 1
	return v
}

// Clear returns the view without filters, conditions and segment.
func (v View) Clear() View {
	v.Filters, v.Where, v.Segment, v.Page = nil, nil, "", 1
	return v
}

// Has tells whether the view is filtered by exactly f.
func (v View) Has(f Filter) bool { return slices.ContainsFunc(v.Filters, f.equal) }

// Live tells whether the period includes today.
func (v View) Live() bool { return v.Period.To >= v.Today }
