package dashboards

import (
	"context"

	"sporlos/dashboards/view"
	"sporlos/store/report"
)

// askDoings answers a tab about single events: which properties they have, or from where pages were looked for that are not there.
func (d *Dashboards) askDoings(ctx context.Context, a asker, t tab, s *shownPanel) error {
	limit, offset := overviewRows, 0
	if s.Full {
		limit, offset, s.Search = detailRows, (a.view.Page-1)*detailRows, d.newSearching(a.view)
	}
	list, total, err := a.doings(ctx, t, limit, offset)
	if problem, fatal := d.asked(err); fatal != nil || problem != "" {
		s.Problem = problem
		return fatal
	}
	s.Label = d.words.Say("doing." + t.Doing)
	s.Head = []head{{Text: d.words.Say("metric.count")}, {Text: d.words.Say("metric." + d.counted().String())}}
	if t.Doing == properties {
		s.Head = append(s.Head, head{Text: d.words.Say("doing.values")})
	}
	for _, n := range list {
		shown := row{Bar: n.Events / max(list[0].Events, 1) * 100}
		who := n.Visitors
		if d.nobody() {
			who = n.Visits
		}
		shown.Cells = []cell{d.cell(report.Events, n.Events), d.cell(report.Visitors, who)}
		d.doneRow(&shown, a.view, t, n)
		s.Rows = append(s.Rows, shown)
	}
	d.finish(s, a.view, t, total, offset)
	return nil
}

// doneRow is the name of a row about single events, and where it leads.
func (d *Dashboards) doneRow(shown *row, v view.View, t tab, n did) {
	if t.Doing == properties {
		shown.Text, shown.Title = n.Address, n.Address
		shown.Cells = append(shown.Cells, d.cell(report.Events, n.values))
		shown.URL, shown.Say = v.Tab("events", propTab+n.Address).URL(), d.words.Say("drill.values", n.Address)
		return
	}
	shown.Text = d.cameFrom(n.Missing) + " → " + n.Address
	shown.Title = shown.Text
	if v.Base == "" { // a shared link knows no journeys
		shown.URL, shown.Say = v.Walking(n.Address).URL(), d.words.Say("doing.walk", n.Address)
	}
}

// did is a row about single events: a missing page, or a property, whose key is in the place of the address.
type did struct {
	report.Missing
	values float64
}

func (a asker) doings(ctx context.Context, t tab, limit, offset int) (list []did, total int, err error) {
	q := a.query(a.view.Period)
	q.Limit, q.Offset, q.Search = limit, offset, a.view.Search[a.view.Panel]
	if t.Doing == properties {
		found, total, err := a.report.Properties(ctx, q)
		for _, p := range found {
			list = append(list, did{report.Missing{Address: p.Key, Events: p.Events, Visitors: p.Visitors, Visits: p.Visits}, p.Values})
		}
		return list, total, err
	}
	found, total, err := a.report.Missed(ctx, q)
	for _, m := range found {
		list = append(list, did{Missing: m})
	}
	return list, total, err
}

// cameFrom says from where a missing page was looked for.
func (d *Dashboards) cameFrom(m report.Missing) string {
	switch {
	case m.Page != "":
		return m.Page
	case m.Referrer != "":
		return m.Referrer
	}
	return d.words.Say("value.direct")
}

// takeDoings is a tab about single events as a file.
func (d *Dashboards) takeDoings(name string, t tab) takenTable {
	taken := takenTable{Name: name, Head: []string{"property", "events", "visitors", "visits", "values"}}
	if t.Doing == missing {
		taken.Head = []string{"page", "from_page", "referrer", "events", "visitors", "visits"}
	}
	taken.Rows = func(ctx context.Context, a asker, emit func(...any) error) error {
		return everyPage(func(offset int) (int, error) {
			list, _, err := a.doings(ctx, t, report.MaxRows, offset)
			for _, n := range list {
				if err != nil {
					break
				}
				if t.Doing == missing {
					err = emit(n.Address, n.Page, n.Referrer, n.Events, n.Visitors, n.Visits)
				} else {
					err = emit(n.Address, n.Events, n.Visitors, n.Visits, n.values)
				}
			}
			return len(list), err
		})
	}
	return taken
}

// reading adds how the pages of the rows are read, whoever entered or left there: that is asked of pages, not of visits.
func (d *Dashboards) reading(ctx context.Context, a asker, s *shownPanel, rows []report.Compared) error {
	metrics := []report.Metric{report.TimeOnPage, report.ScrollDepth}
	q := a.query(a.view.Period)
	q.Dimensions, q.Metrics = []report.Dimension{report.Page}, metrics
	pages := make([]string, len(rows))
	for i, r := range rows {
		pages[i] = r.Dimensions[0]
	}
	q.Filters = append(q.Filters[:len(q.Filters):len(q.Filters)], report.Filter{Dimension: report.Page, Op: report.Is, Values: pages})
	found, err := a.report.Run(ctx, q)
	if _, fatal := d.asked(err); err != nil {
		return fatal // filters on single events: nobody knows how pages were read
	}
	read := map[string][]float64{}
	for _, r := range found.Rows {
		read[r.Dimensions[0]] = r.Metrics
	}
	for i, m := range metrics {
		s.Head = append(s.Head, head{Text: d.words.Say("metric." + m.String())})
		for at, page := range pages {
			c := cell{Text: "–"}
			if n, ok := read[page]; ok {
				c = d.cell(m, n[i])
			}
			s.Rows[at].Cells = append(s.Rows[at].Cells, c)
		}
	}
	return nil
}
