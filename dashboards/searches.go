package dashboards

import (
	"context"

	"sporlos/store/report"
)

// searchColumn is a number of a phrase or day under a title (a key of language).
type searchColumn struct {
	Title string
	Of    func(report.SearchCounts) int
}

var (
	searchesColumn = searchColumn{"metric.searches", func(c report.SearchCounts) int { return c.Searches }}
	zeroColumn     = searchColumn{"metric.zero", func(c report.SearchCounts) int { return c.Zero }}
	openedColumn   = searchColumn{"metric.opened", func(c report.SearchCounts) int { return c.Opened }}
	refinedColumn  = searchColumn{"metric.refined", func(c report.SearchCounts) int { return c.Refined }}
	leftColumn     = searchColumn{"metric.left", func(c report.SearchCounts) int { return c.Left }}
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
	if err != nil {
		return err
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
	q.By = table.By
	found, err := a.report.Searches(ctx, q)
	if err != nil {
		return 0, err
	}
	s.Label = d.words.Say("tab.phrases")
	columns := d.searchHeads(s, table.Columns)
	most := 0
	for _, r := range found.Rows {
		most = max(most, columns[0].Of(r.SearchCounts))
	}
	for _, r := range found.Rows {
		s.Rows = append(s.Rows, d.searchRow(r.Phrase, r.SearchCounts, columns, most))
	}
	if found.Rare > 0 && t.ID == "phrases" {
		s.Rare = d.words.Integer(found.Rare)
		s.RareWhy = d.words.Say("search.rare.why", a.site.Settings.ShownFrom())
	}
	if s.Full && t.ID == "phrases" {
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
	found, err := a.report.Destinations(ctx, q, t.ID == "ledto")
	if err != nil {
		return 0, err
	}
	s.Label = d.words.Or("tab."+t.ID+".rows", d.words.Say("dim.page"))
	s.Head = append(s.Head, head{Text: d.words.Say("metric.opened")})
	for _, r := range found.Rows {
		text := r.Path
		if r.Phrase != "" {
			text = r.Phrase + " → " + r.Path
		}
		bar := float64(r.Opened) / float64(max(1, found.Rows[0].Opened)) * 100
		s.Rows = append(s.Rows, row{Text: text, Title: text, Bar: bar, Cells: []cell{d.cell(report.Visits, float64(r.Opened))}})
	}
	if found.Rest > 0 && len(found.Rows) > 0 {
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
	columns := d.searchHeads(s, searchTables[t.ID].Columns)
	most := 0
	for _, day := range days {
		most = max(most, day.Searches)
	}
	if most == 0 {
		return 0, nil
	}
	newest := len(days) - 1 - q.Offset
	for i := newest; i >= 0 && i > newest-q.Limit; i-- {
		s.Rows = append(s.Rows, d.searchRow(d.words.Day(days[i].Day), days[i].SearchCounts, columns, most))
	}
	return len(days), nil
}

// searchHeads puts the columns in, on the overview the first two, and returns them.
func (d *Dashboards) searchHeads(s *shownPanel, columns []searchColumn) []searchColumn {
	if !s.Full {
		columns = columns[:2]
	}
	for _, c := range columns {
		s.Head = append(s.Head, head{Text: d.words.Say(c.Title)})
	}
	return columns
}

func (d *Dashboards) searchRow(text string, counts report.SearchCounts, columns []searchColumn, most int) row {
	shown := row{Text: text, Title: text, Bar: float64(columns[0].Of(counts)) / float64(max(1, most)) * 100}
	for _, c := range columns {
		shown.Cells = append(shown.Cells, d.cell(report.Visits, float64(c.Of(counts))))
	}
	return shown
}
