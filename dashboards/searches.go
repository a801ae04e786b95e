package dashboards

import (
	"context"
	"slices"
	"strings"

	"sporlos/dashboards/view"
	"sporlos/store/report"
)

// searchColumn is a number of a phrase or day under a title (a key of language).
type searchColumn struct {
	Title string
	By    report.SearchCount
	Of    func(report.SearchCounts) int
}

// column is the same as any table has it.
func (c searchColumn) column() column {
	return column{Metric: report.Metric(strings.TrimPrefix(c.Title, "metric.")), Title: c.Title}
}

var (
	searchesColumn = searchColumn{"metric.searches", report.BySearches, func(c report.SearchCounts) int { return c.Searches }}
	zeroColumn     = searchColumn{"metric.zero", report.ByZero, func(c report.SearchCounts) int { return c.Zero }}
	openedColumn   = searchColumn{"metric.opened", report.ByOpened, func(c report.SearchCounts) int { return c.Opened }}
	refinedColumn  = searchColumn{"metric.refined", report.ByRefined, func(c report.SearchCounts) int { return c.Refined }}
	leftColumn     = searchColumn{"metric.left", report.ByLeft, func(c report.SearchCounts) int { return c.Left }}
)

// searchTable is what a tab of the site-search panel shows: on the overview the first two columns.
type searchTable struct {
	By      report.SearchCount
	Columns []searchColumn
}

var searchTables = map[string]searchTable{
	"phrases": {report.BySearches, []searchColumn{searchesColumn, zeroColumn, openedColumn, refinedColumn, leftColumn}},
	"zero":    {report.ByZero, []searchColumn{zeroColumn, searchesColumn, refinedColumn, leftColumn}},
	"refined": {report.ByRefined, []searchColumn{refinedColumn, searchesColumn, zeroColumn}},
	"days":    {report.BySearches, []searchColumn{searchesColumn, openedColumn, refinedColumn, leftColumn, zeroColumn}},
}

func searchTabs() []tab {
	of := func(id, empty string) tab { return tab{ID: id, Searches: true, Empty: empty} }
	return []tab{
		of("phrases", "empty.searches"), of("zero", "empty.zero"), of("refined", "empty.refined"),
		of("opened", "empty.opened"), of("ledto", "empty.opened").under("opened"), of("days", "empty.searches"),
	}
}

// askSearches answers the panel of searches. They are stored apart from visits: no filter applies.
func (d *Dashboards) askSearches(ctx context.Context, a asker, t tab, s *shownPanel) error {
	limit, offset := overviewRows, 0
	if s.Full {
		limit, offset = detailRows, (a.view.Page-1)*detailRows
	}
	q := report.SearchQuery{Site: a.site, From: a.view.Period.From, To: a.view.Period.To, Limit: limit, Offset: offset}
	if s.Full {
		q.Text, s.Search = a.view.Search[a.view.Panel], d.newSearching(a.view)
	}
	var total int
	var err error
	switch t.ID {
	case "opened", "ledto":
		total, err = d.askDestinations(ctx, a, t, q, s)
	case "days":
		total, err = d.askSearchDays(ctx, a, t, q, s)
	default:
		total, err = d.askPhrases(ctx, a, t, q, s)
	}
	if problem, fatal := d.asked(err); fatal != nil || problem != "" {
		s.Problem = problem
		return fatal
	}
	if a.view.Live() {
		s.Notes = append(s.Notes, d.words.Say("search.held"))
	}
	if a.view.Narrowed() {
		s.Notes = append(s.Notes, d.words.Say("search.unfiltered"))
	}
	d.finish(s, a.view, t, total, offset)
	if s.Rare != "" {
		s.Empty = ""
	}
	return nil
}

func (d *Dashboards) askPhrases(ctx context.Context, a asker, t tab, q report.SearchQuery, s *shownPanel) (total int, err error) {
	table := searchTables[t.ID]
	s.Label = d.words.Say("tab.phrases")
	columns, order := d.searchHeads(a.view, s, table.Columns)
	q.By, q.Order = table.By, order
	found, err := a.report.Searches(ctx, q)
	if err != nil {
		return 0, err
	}
	most := 0
	for _, r := range found.Rows {
		most = max(most, columns[0].Of(r.SearchCounts))
	}
	for _, r := range found.Rows {
		s.Rows = append(s.Rows, d.searchRow(r.Phrase, r.SearchCounts, columns, most))
	}
	if found.Rare > 0 && t.ID == "phrases" && q.Text == "" {
		s.Rare = d.words.Integer(found.Rare)
		s.RareWhy = d.words.Say("search.rare.why", a.site.Settings().ShownFrom())
	}
	if s.Full && t.ID == "phrases" && found.All.Searches > 0 {
		s.Notes = append(s.Notes, d.together(found), d.words.Say("search.unique"))
	}
	return found.Total, nil
}

// together says how many searches there were, and of those of days that are over what share led where.
func (d *Dashboards) together(found report.Searches) string {
	all := found.All
	share := func(n, of int) string { return d.words.Percent(float64(n) / float64(max(1, of)) * 100) }
	text := d.words.Say("search.all", d.words.Integer(all.Searches), share(all.Zero, all.Searches))
	if found.Past > 0 {
		text += " " + d.words.Say("search.all.past", share(all.Opened, found.Past), share(all.Refined, found.Past), share(all.Left, found.Past))
	}
	return text
}

// askDestinations shows the pages that were opened from results, by page, or by phrase and page.
func (d *Dashboards) askDestinations(ctx context.Context, a asker, t tab, q report.SearchQuery, s *shownPanel) (total int, err error) {
	s.Label = d.words.Or("tab."+t.ID+".rows", d.words.Say("dim.page"))
	_, q.Order = d.searchHeads(a.view, s, []searchColumn{openedColumn})
	found, err := a.report.Destinations(ctx, q, t.ID == "ledto")
	if err != nil {
		return 0, err
	}
	most := 0
	for _, r := range found.Rows {
		most = max(most, r.Opened)
	}
	for _, r := range found.Rows {
		text := r.Path
		if r.Phrase != "" {
			text = r.Phrase + " → " + r.Path
		}
		bar := float64(r.Opened) / float64(max(1, most)) * 100
		s.Rows = append(s.Rows, row{Text: text, Title: text, Bar: bar, Cells: []cell{d.cell(report.Visits, float64(r.Opened))}})
	}
	if found.Rest > 0 && len(found.Rows) > 0 && q.Text == "" {
		s.Notes = append(s.Notes, d.words.Say("search.rest", d.words.Integer(found.Rest)))
	}
	return found.Total, nil
}

// askSearchDays shows the days of the period, the newest first.
func (d *Dashboards) askSearchDays(ctx context.Context, a asker, t tab, q report.SearchQuery, s *shownPanel) (total int, err error) {
	days, err := a.report.SearchDays(ctx, q)
	if err != nil {
		return 0, err
	}
	s.Label = d.words.Say("search.day")
	columns, order := d.dayHeads(a.view, s, searchTables[t.ID].Columns)
	most := 0
	for _, day := range days {
		most = max(most, day.Searches)
	}
	if most == 0 {
		return 0, nil
	}
	days = d.sortDays(days, columns, order, q.Text)
	for _, day := range days[min(q.Offset, len(days)):min(q.Offset+q.Limit, len(days))] {
		s.Rows = append(s.Rows, d.searchRow(d.words.Day(day.Day), day.SearchCounts, columns, most))
	}
	return len(days), nil
}

// sortDays puts days into an order, the newest first unless something else is asked for, and keeps those whose date contains a text.
func (d *Dashboards) sortDays(days []report.SearchDay, columns []searchColumn, order report.SearchOrder, text string) []report.SearchDay {
	text = strings.ToLower(text)
	days = slices.DeleteFunc(days, func(day report.SearchDay) bool { return !strings.Contains(strings.ToLower(d.words.Day(day.Day)), text) })
	if order.Set && order.Name && order.Lowest {
		return days
	}
	slices.Reverse(days)
	i := slices.IndexFunc(columns, func(c searchColumn) bool { return c.By == order.By })
	if !order.Set || order.Name || i < 0 {
		return days
	}
	slices.SortStableFunc(days, func(a, b report.SearchDay) int {
		if order.Lowest {
			a, b = b, a
		}
		return columns[i].Of(b.SearchCounts) - columns[i].Of(a.SearchCounts)
	})
	return days
}

// searchHeads puts the columns in, on the overview the first two, and returns them with the order that rows are asked for in. In full they can
// be sorted by each; days are sorted by their date unless one is chosen.
func (d *Dashboards) searchHeads(v view.View, s *shownPanel, columns []searchColumn) ([]searchColumn, report.SearchOrder) {
	if !s.Full {
		columns = columns[:min(2, len(columns))]
	}
	var cols []column
	for _, c := range columns {
		cols = append(cols, c.column())
	}
	sort := sortOf(cols, v.Sort)
	s.Head = append(s.Head, d.heads(v, cols, sort, s.Full)...)
	if !s.Full {
		return columns, report.SearchOrder{}
	}
	s.LabelHead = d.labelHead(v, s.Label, sort)
	_, lowest := v.Sorted()
	order := report.SearchOrder{Set: v.Sort != "", Name: sort == byName, Lowest: lowest != (sort == byName)}
	for i, c := range cols {
		if c.Metric == sort {
			order.By = columns[i].By
		}
	}
	return columns, order
}

// dayHeads are searchHeads of rows that are days: the newest come first, so the first column has an address of its own.
func (d *Dashboards) dayHeads(v view.View, s *shownPanel, columns []searchColumn) ([]searchColumn, report.SearchOrder) {
	if v.Sort == "" {
		v = v.SortedBy("-" + string(byName))
	}
	columns, order := d.searchHeads(v, s, columns)
	if first := columns[0].column().Metric.String(); s.Full && v.Sort != first {
		s.Head[0].Sort = v.SortedBy(first).URL()
	}
	return columns, order
}

func (d *Dashboards) searchRow(text string, counts report.SearchCounts, columns []searchColumn, most int) row {
	shown := row{Text: text, Title: text, Bar: float64(columns[0].Of(counts)) / float64(max(1, most)) * 100}
	for _, c := range columns {
		shown.Cells = append(shown.Cells, d.cell(report.Visits, float64(c.Of(counts))))
	}
	return shown
}
