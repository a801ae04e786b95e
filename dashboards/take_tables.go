package dashboards

import (
	"cmp"
	"context"

	"sporlos/dashboards/view"
	"sporlos/store/report"
)

// takeChart is the chart, with every figure of the overview beside the one it draws.
func (d *Dashboards) takeChart(p prepared) takenTable {
	v, metrics := p.asker.view, overviewMetrics()
	t := takenTable{Name: "chart", Head: []string{string(v.Step)}}
	for _, m := range metrics {
		t.Head = append(t.Head, m.String())
	}
	t.Rows = func(ctx context.Context, a asker, emit func(...any) error) error {
		lines, err := a.lines(ctx, metrics)
		if err != nil {
			return err
		}
		for _, r := range lines {
			if notBegun(v, r.Dimensions[0], p, a.site) {
				break
			}
			if err := emit(cellsOf(r)...); err != nil {
				return err
			}
		}
		return nil
	}
	return t
}

// lines answers several metrics bucket by bucket.
func (a asker) lines(ctx context.Context, metrics []report.Metric) ([]report.Row, error) {
	if a.sunday && a.view.Step == view.Week {
		return a.sundayWeeks(ctx, a.view.Period, metrics...)
	}
	q := a.query(a.view.Period)
	q.Metrics, q.Dimensions = metrics, []report.Dimension{stepDimension(a.view.Step)}
	result, err := a.report.Run(ctx, q)
	return result.Rows, err
}

// cellsOf is a row of an answer as cells.
func cellsOf(r report.Row) (cells []any) {
	for _, text := range r.Dimensions {
		cells = append(cells, text)
	}
	for _, n := range r.Metrics {
		cells = append(cells, n)
	}
	return cells
}

// takeTab is a tab of a panel in full.
func (d *Dashboards) takeTab(a asker, one panel, t tab) takenTable {
	name := one.ID
	if t.ID != one.ID {
		name += "-" + t.ID
	}
	switch {
	case t.Searches:
		return d.takeSearches(name, t)
	case t.Doing != "":
		return d.takeDoings(name, t)
	}
	t = d.countable(d.converting(a, t))
	cols := append(append([]column(nil), t.Columns...), t.Details...)
	taken := takenTable{Name: name, Head: []string{headOf(t.Dimension)}}
	for _, c := range cols {
		taken.Head = append(taken.Head, c.Metric.String())
	}
	taken.Rows = func(ctx context.Context, a asker, emit func(...any) error) error {
		return everyPage(func(offset int) (int, error) {
			result, err := a.table(ctx, t, cols, sortOf(cols, a.view.Sort), report.MaxRows, offset)
			for _, r := range result.Rows {
				err = cmp.Or(err, emit(cellsOf(r)...))
			}
			return len(result.Rows), err
		})
	}
	return taken
}

// headOf is the head of a dimension: its name, or that of the property.
func headOf(d report.Dimension) string {
	if key, ok := d.Key(); ok {
		return key
	}
	return string(d)
}

// everyPage asks for pages of report.MaxRows rows until one is not full or there may be no more.
func everyPage(ask func(offset int) (rows int, err error)) error {
	for offset := 0; offset <= report.MaxOffset; offset += report.MaxRows {
		n, err := ask(offset)
		if err != nil || n < report.MaxRows {
			return err
		}
	}
	return nil
}

// takeSearches is a tab of the panel of searches. Rare phrases are one row together, as on the page.
func (d *Dashboards) takeSearches(name string, t tab) takenTable {
	switch t.ID {
	case "opened", "ledto":
		return d.takeDestinations(name, t.ID == "ledto")
	case "days":
		return d.takeSearchDays(name)
	}
	taken := takenTable{Name: name, Head: append([]string{"phrase"}, searchHeads...)}
	taken.Rows = func(ctx context.Context, a asker, emit func(...any) error) error {
		rare := 0
		err := everyPage(func(offset int) (int, error) {
			q := a.searchQuery(offset)
			q.By = searchTables[t.ID].By
			found, err := a.report.Searches(ctx, q)
			rare = found.Rare
			for _, r := range found.Rows {
				err = cmp.Or(err, emit(searchCells(r.Phrase, r.SearchCounts)...))
			}
			return len(found.Rows), err
		})
		if err == nil && rare > 0 && t.ID == "phrases" {
			err = emit(d.words.Say("search.rare"), rare, "", "", "", "")
		}
		return err
	}
	return taken
}

var searchHeads = []string{"searches", "zero", "opened", "refined", "left"}

func searchCells(text string, c report.SearchCounts) []any {
	return []any{text, c.Searches, c.Zero, c.Opened, c.Refined, c.Left}
}

func (a asker) searchQuery(offset int) report.SearchQuery {
	return report.SearchQuery{Site: a.site, From: a.view.Period.From, To: a.view.Period.To, Limit: report.MaxRows, Offset: offset}
}

func (d *Dashboards) takeDestinations(name string, phrases bool) takenTable {
	taken := takenTable{Name: name, Head: []string{"page", "opened"}}
	if phrases {
		taken.Head = append([]string{"phrase"}, taken.Head...)
	}
	taken.Rows = func(ctx context.Context, a asker, emit func(...any) error) error {
		return everyPage(func(offset int) (int, error) {
			found, err := a.report.Destinations(ctx, a.searchQuery(offset), phrases)
			for _, r := range found.Rows {
				cells := []any{r.Path, r.Opened}
				if phrases {
					cells = append([]any{r.Phrase}, cells...)
				}
				err = cmp.Or(err, emit(cells...))
			}
			return len(found.Rows), err
		})
	}
	return taken
}

func (d *Dashboards) takeSearchDays(name string) takenTable {
	taken := takenTable{Name: name, Head: append([]string{"day"}, searchHeads...)}
	taken.Rows = func(ctx context.Context, a asker, emit func(...any) error) error {
		days, err := a.report.SearchDays(ctx, a.searchQuery(0))
		for _, day := range days {
			err = cmp.Or(err, emit(searchCells(day.Day.String(), day.SearchCounts)...))
		}
		return err
	}
	return taken
}

// takeNewsletters is every link of every newsletter; the one without a name is the picture that counts opens.
func (d *Dashboards) takeNewsletters() takenTable {
	taken := takenTable{Name: "newsletters", Head: []string{"newsletter", "link", "opens", "clicks", "machines"}}
	taken.Rows = func(ctx context.Context, a asker, emit func(...any) error) error {
		list, err := a.report.Newsletters(ctx, a.site, a.view.Period.From, a.view.Period.To)
		for _, n := range list {
			machines := n.Machines
			for _, l := range n.Links {
				machines -= l.Machines
			}
			err = cmp.Or(err, emit(n.Campaign, "", n.Opens, 0, max(machines, 0)))
			for _, l := range n.Links {
				err = cmp.Or(err, emit(n.Campaign, l.Name, 0, l.Clicks, l.Machines))
			}
		}
		return err
	}
	return taken
}

// takeRefused is what was not counted, by reason.
func (d *Dashboards) takeRefused() takenTable {
	taken := takenTable{Name: "refused", Head: []string{"reason", "beacons"}}
	taken.Rows = func(ctx context.Context, a asker, emit func(...any) error) error {
		list, err := a.report.Refusals(ctx, a.site, a.view.Period.From, a.view.Period.To)
		for _, r := range list {
			err = cmp.Or(err, emit(r.Reason, r.Count))
		}
		return err
	}
	return taken
}

// stepDimension is the dimension of the chart's buckets.
func stepDimension(s view.Step) report.Dimension {
	return map[view.Step]report.Dimension{view.Hour: report.Hour, view.Day: report.DayDim, view.Week: report.Week, view.StepMonth: report.Month}[s]
}
