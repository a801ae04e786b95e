package dashboards

import (
	"context"
	"slices"
	"strings"

	"sporlos/dashboards/view"
	"sporlos/store/report"
)

// shownPanel is a panel as its template shows it.
type shownPanel struct {
	ID, Title string
	Tabs      []link // the first row
	Subtabs   []link // the second row; empty for most
	Head      []head
	LabelHead head // of the first column, in full
	Search    searching
	Rows      []row
	Empty     string // what to say when there are no rows
	Problem   string // why the question could not be asked
	Notes     []string
	Rare      string // number of rare searches, "" for none
	RareWhy   string
	Label     string // what rows are: the head of their column
	Details   link
	CSV       string // URL of all rows as a file
	Full      bool
	Map       *worldMap
	Pager     pager
	Crumbs    []link // the way down to these rows; empty at its top
}

// link is a link with its text; Here marks the one that is shown.
type link struct {
	Text, URL string
	Here      bool
}

// head is the head of a column of numbers.
type head struct {
	Text, Sort string // Sort is where a click leads, "" on the overview
	Here       string // "ascending" or "descending" when rows are sorted by it
}

// row is a row of a table: a value with its bar, and numbers.
type row struct {
	Text  string
	Code  string // country code before the text
	Title string // all of the text
	URL   string // filters by the row, or removes that filter
	On    bool   // the view is filtered by this row
	Say   string // what the link does
	Bar   float64
	Cells []cell
}

// cell is a number and all its digits, and how it has moved.
type cell struct {
	Text, Exact string
	moved
}

// pager says which rows of how many are shown.
type pager struct {
	Text         string
	Newer, Older string // URLs; "" at the ends
}

const (
	overviewRows = 8
	detailRows   = 50
)

// ask answers a panel for the overview, or in full.
func (d *Dashboards) ask(ctx context.Context, a asker, p panel, full bool) (shownPanel, error) {
	t := p.front(a.view.Tabs[p.ID])
	t = d.countable(d.converting(a, t))
	s := d.newShown(a.view, p, t, full)
	if t.Searches {
		return s, d.askSearches(ctx, a, t, &s)
	}
	if t.Doing != "" {
		return s, d.askDoings(ctx, a, t, &s)
	}
	return s, d.askTab(ctx, a, p, t, &s)
}

// askTab answers a tab that is split by a dimension.
func (d *Dashboards) askTab(ctx context.Context, a asker, p panel, t tab, s *shownPanel) error {
	full := s.Full
	if t.Map {
		m, err := d.newMap(ctx, a, t)
		if problem, fatal := d.asked(err); fatal != nil || problem != "" {
			s.Problem = problem
			return fatal
		}
		s.Map = m
	}
	cols := t.Columns
	limit, offset, sort := overviewRows, 0, cols[0].Metric
	if full {
		cols = append(append([]column(nil), cols...), t.Details...)
		limit, offset = detailRows, (a.view.Page-1)*detailRows
		sort = sortOf(cols, a.view.Sort)
	}
	s.Head = d.heads(a.view, cols, sort, full)
	if full {
		s.LabelHead, s.Search = d.labelHead(a.view, s.Label, sort), d.newSearching(a.view)
	}
	rows, total, err := d.askRows(ctx, a, a.tableQuery(t, cols, sort, limit, offset), full)
	if problem, fatal := d.asked(err); fatal != nil || problem != "" {
		s.Problem = problem
		return fatal
	}
	s.Rows = d.rows(a.view, p, t, cols, rows)
	d.finish(s, a.view, t, total, offset)
	if full && t.Reading && len(s.Rows) > 0 {
		return d.reading(ctx, a, s, rows)
	}
	return nil
}

// askRows answers the rows of a table; in full, beside those of the period the view is compared with. Countries are searched and sorted
// by their names, which the store does not know: there are few enough to do it here.
func (d *Dashboards) askRows(ctx context.Context, a asker, q report.Query, full bool) (rows []report.Compared, total int, err error) {
	if !full {
		result, err := a.report.Run(ctx, q)
		return alone(result.Rows), result.Total, err
	}
	byItsName := q.Order[0].Dimension == report.Country
	if q.Dimensions[0] != report.Country || q.Search == "" && !byItsName {
		return a.rowsBeside(ctx, q)
	}
	all := q
	all.Search, all.Limit, all.Offset = "", 0, 0
	if rows, _, err = a.rowsBeside(ctx, all); err != nil {
		return nil, 0, err
	}
	text := strings.ToLower(q.Search)
	name := func(r report.Compared) string { return d.valueText(report.Country, r.Dimensions[0]) }
	rows = slices.DeleteFunc(rows, func(r report.Compared) bool { return !strings.Contains(strings.ToLower(name(r)), text) })
	if byItsName {
		inOrder := d.words.Collator()
		slices.SortStableFunc(rows, func(a, b report.Compared) int { return inOrder.CompareString(name(a), name(b)) })
		if q.Order[0].Desc {
			slices.Reverse(rows)
		}
	}
	total = len(rows)
	return rows[min(q.Offset, total):min(q.Offset+q.Limit, total)], total, nil
}

// searching is the box that rows are searched with.
type searching struct {
	Name, Text, Action, Clear string
	Keep                      []field
}

func (d *Dashboards) newSearching(v view.View) searching {
	name := "q." + v.Panel
	return searching{Name: name, Text: v.Search[v.Panel], Action: actionOf(v), Keep: keep(v, name, "page"), Clear: v.Searching(v.Panel, "").URL()}
}

// byName sorts rows by what they are, not by a number.
const byName report.Metric = "name"

// labelHead is the head of the first column, which rows can be sorted by too: from A to Z first.
func (d *Dashboards) labelHead(v view.View, text string, sort report.Metric) head {
	h := head{Text: text}
	_, backwards := v.Sorted()
	next := string(byName)
	if sort == byName {
		if h.Here = "ascending"; backwards {
			h.Here = "descending"
		} else {
			next = "-" + next
		}
	}
	h.Sort = v.SortedBy(next).URL()
	return h
}

func sortOf(cols []column, name string) report.Metric {
	if name = strings.TrimPrefix(name, "-"); name == string(byName) {
		return byName
	}
	for _, c := range cols {
		if c.Metric.String() == name {
			return c.Metric
		}
	}
	return cols[0].Metric
}

func (d *Dashboards) newShown(v view.View, p panel, t tab, full bool) shownPanel {
	s := shownPanel{ID: p.ID, Title: d.words.Say("panel." + p.ID), Full: full, Label: d.labelOf(t)}
	if full {
		s.Crumbs = d.crumbs(v, p, t)
	}
	if full && t.Note != "" {
		s.Notes = []string{d.words.Say(t.Note)}
	}
	first := t.ID
	if t.Group != "" {
		first = t.Group
	}
	for i, other := range p.with(t) {
		id := other.ID
		if i == 0 {
			id = ""
		}
		l := link{Text: d.tabText(other), URL: v.Tab(p.ID, id).URL()}
		if other.Group == "" {
			l.Here = other.ID == first
			s.Tabs = append(s.Tabs, l)
		}
		if group := grouped(p, first); group && (other.ID == first || other.Group == first) {
			l.Here = other.ID == t.ID
			l.Text = d.words.Or("tab."+other.ID+".sub", l.Text)
			s.Subtabs = append(s.Subtabs, l)
		}
	}
	s.Details = link{Text: d.words.Say("panel.details"), URL: v.Details(p.ID).URL()}
	s.CSV = exportURL(v, p.ID+".csv")
	return s
}

// labelOf is what the rows of a tab are.
func (d *Dashboards) labelOf(t tab) string {
	if _, ok := t.Dimension.Key(); ok && t.Group == "events" {
		return d.dimensionText(string(t.Dimension))
	}
	return d.words.Or("dim."+string(t.Dimension), d.words.Say("tab."+t.ID))
}

// tabText is the name of a tab; one of a property has its key.
func (d *Dashboards) tabText(t tab) string {
	if key, ok := strings.CutPrefix(t.ID, propTab); ok {
		return "“" + key + "”"
	}
	return d.words.Say("tab." + t.ID)
}

// with are the panel's tabs, and t when it is none of them.
func (p panel) with(t tab) []tab {
	if strings.HasPrefix(t.ID, propTab) {
		return append(p.Tabs[:len(p.Tabs):len(p.Tabs)], t)
	}
	return p.Tabs
}

// grouped tells whether a tab of the first row has others below it.
func grouped(p panel, id string) bool {
	for _, t := range p.Tabs {
		if t.Group == id {
			return true
		}
	}
	return false
}

func (d *Dashboards) heads(v view.View, cols []column, sort report.Metric, full bool) (list []head) {
	for i, c := range cols {
		h := head{Text: d.words.Say(c.Title) + c.Unit}
		if full {
			here := c.Metric == sort
			h.Here = direction(v, here)
			h.Sort = v.SortedBy(sortedBy(v, c.Metric, here, i == 0)).URL()
		}
		list = append(list, h)
	}
	return list
}

// direction says which way a column is sorted, in the words of aria-sort; "" when rows are not sorted by it.
func direction(v view.View, here bool) string {
	if !here {
		return ""
	}
	if _, lowest := v.Sorted(); lowest {
		return "ascending"
	}
	return "descending"
}

// sortedBy is what a click on a column's head sorts by: its highest first, and the other way round when that is so already.
func sortedBy(v view.View, m report.Metric, here, first bool) string {
	_, lowest := v.Sorted()
	switch {
	case here && !lowest:
		return "-" + m.String()
	case first:
		return ""
	}
	return m.String()
}

func (d *Dashboards) rows(v view.View, p panel, t tab, cols []column, from []report.Compared) (list []row) {
	most := 0.0
	for _, r := range from {
		most = max(most, r.Metrics[0])
	}
	for _, r := range from {
		value := r.Dimensions[0]
		shown := row{Text: d.valueText(t.Dimension, value), Title: value}
		if t.Dimension == report.Country && len(value) == 2 {
			shown.Code, shown.Title = value, shown.Text
		}
		d.leads(&shown, v, p, t, view.Filter{Op: "is", Dimension: string(t.Dimension), Values: []string{value}})
		if most > 0 {
			shown.Bar = r.Metrics[0] / most * 100
		}
		for i, c := range cols {
			shown.Cells = append(shown.Cells, d.cell(c.Metric, r.Metrics[i]))
			if r.Was != nil {
				shown.Cells[i].moved = d.moveOf(r, i, c.Metric)
			}
		}
		list = append(list, shown)
	}
	return list
}

// linkRow makes a click on the row filter by it, and a second click take the filter away.
func (d *Dashboards) linkRow(shown *row, v view.View, f view.Filter) {
	if shown.On = v.Has(f); shown.On {
		shown.URL, shown.Say = v.Without(f).URL(), d.words.Say("filter.remove", shown.Text)
		return
	}
	shown.URL, shown.Say = v.Only(f).URL(), d.words.Say("filter.only", shown.Text)
}

func (d *Dashboards) cell(m report.Metric, v float64) cell {
	c := cell{Text: d.words.Metric(m.String(), v)}
	if exact := d.words.Exact(m.String(), v); exact != c.Text {
		c.Exact = exact
	}
	return c
}

// valueText is how a value of a dimension is shown.
func (d *Dashboards) valueText(dimension report.Dimension, value string) string {
	switch {
	case value == "" || value == "(not set)":
		return d.words.Say("value.unknown")
	case dimension == report.Country:
		return d.words.Country(value)
	case value == "(none)":
		return d.words.Say("value.none")
	case value == "Direct / None":
		return d.words.Say("value.direct")
	case dimension == report.Channel:
		return d.words.Or("channel."+value, value)
	case dimension == report.Device:
		return d.words.Or("device."+value, value)
	case dimension == report.Event:
		return d.words.Or("event."+value, value)
	}
	if key, ok := dimension.Key(); ok && key == "url" {
		return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(value, "https://"), "http://"), "/")
	}
	return value
}

// finish adds what stands below the rows, or in their place.
func (d *Dashboards) finish(s *shownPanel, v view.View, t tab, total, offset int) {
	if len(s.Rows) == 0 {
		if s.Search.Text == "" {
			s.Search = searching{} // there is nothing to look through
		}
		s.Empty = d.words.Say("panel.quiet")
		if v.Search[v.Panel] != "" && s.Full {
			s.Empty = d.words.Say("panel.notfound", v.Search[v.Panel])
		} else if v.Narrowed() && !t.Searches {
			s.Empty = d.words.Say("panel.filtered")
		} else if t.Empty != "" {
			s.Empty = d.words.Say(t.Empty)
		}
	}
	if total > len(s.Rows) {
		s.Details.Text = d.words.Say("panel.all", d.words.Many("panel.more", total))
	}
	if !s.Full || len(s.Rows) == 0 {
		return
	}
	s.Pager.Text = d.words.Say("panel.page", d.words.Integer(offset+1), d.words.Integer(offset+len(s.Rows)), d.words.Integer(total))
	if v.Page > 1 {
		s.Pager.Newer = v.At(v.Page - 1).URL()
	}
	if offset+len(s.Rows) < total {
		s.Pager.Older = v.At(v.Page + 1).URL()
	}
}
