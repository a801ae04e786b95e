package dashboards

import (
	"context"
	"sync"

	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/report"
	"sporlos/store/settings"
)

// asker asks the questions of one view.
type asker struct {
	report  *report.Reporter
	site    *site.Site
	view    view.View
	have    *settings.Definitions // what the site has defined
	user    string                // who asks; "" for nobody with a name
	filters []report.Filter
	where   []report.Condition
	sunday  bool         // weeks begin on it, where the reader is
	other   *view.Period // what tables and the chart are set beside; nil for nothing
}

var operators = map[string]report.Op{
	"is": report.Is, "not": report.IsNot, "contains": report.Contains, "lacks": report.ContainsNot, "starts": report.StartsWith, "matches": report.Matches,
	"startsnot": report.StartsNot, "matchesnot": report.MatchesNot,
}

// newAsker returns who asks for a user, and says which goals and segments the view is filtered by that are not there.
func newAsker(r *report.Reporter, s *site.Site, v view.View, have *settings.Definitions, user string) (asker, []error) {
	a := asker{report: r, site: s, view: v, have: have, user: user}
	return a, a.take(v)
}

// overviewMetrics are the six figures, in their order.
func overviewMetrics() []report.Metric {
	return []report.Metric{report.Visitors, report.Visits, report.Pageviews, report.ViewsPerVisit, report.BounceRate, report.VisitDuration}
}

// totals answers the six figures of a period.
func (a asker) totals(ctx context.Context, p view.Period) (map[report.Metric]float64, error) {
	metrics := overviewMetrics()
	q := a.query(p)
	q.Metrics = metrics
	result, err := a.report.Run(ctx, q)
	if err != nil {
		return nil, err
	}
	values := make(map[report.Metric]float64, len(metrics))
	for _, row := range result.Rows {
		for i, m := range metrics {
			values[m] = row.Metrics[i]
		}
	}
	return values, nil
}

// series answers the chart's metric bucket by bucket. Of a longer period that it is set beside, as many hours are asked for as can be.
func (a asker) series(ctx context.Context) ([]report.Compared, error) {
	if a.sunday && a.view.Step == view.Week {
		return a.sundaySeries(ctx)
	}
	q := a.query(a.view.Period)
	q.Metrics, q.Dimensions = []report.Metric{report.Metric(a.view.Metric)}, []report.Dimension{stepDimension(a.view.Step)}
	if a.other != nil && a.view.Step == view.Hour {
		other := *a.other
		other.To = min(other.To, other.From+site.Day(a.view.Period.Days()-1))
		a.other = &other
	}
	rows, _, err := a.rowsBeside(ctx, q)
	return rows, err
}

// table answers a tab of a panel, highest first.
func (a asker) table(ctx context.Context, t tab, columns []column, sort report.Metric, limit, offset int) (report.Result, error) {
	return a.report.Run(ctx, a.tableQuery(t, columns, sort, limit, offset))
}

// tableQuery is the question of a tab of a panel; sort is one of the columns, or byName.
func (a asker) tableQuery(t tab, columns []column, sort report.Metric, limit, offset int) report.Query {
	_, lowest := a.view.Sorted()
	q := a.query(a.view.Period)
	q.Dimensions, q.Limit, q.Offset = []report.Dimension{t.Dimension}, limit, offset
	q.Order = []report.Order{{Metric: sort, Desc: !lowest || a.view.Panel == ""}, {Dimension: t.Dimension}}
	if sort == byName {
		q.Order = []report.Order{{Dimension: t.Dimension, Desc: lowest}}
	}
	q.Filters = append(q.Filters[:len(q.Filters):len(q.Filters)], t.Only...)
	q.Search = a.view.Search[a.view.Panel]
	for _, c := range columns {
		q.Metrics = append(q.Metrics, c.Metric)
	}
	if t.Goal != nil {
		q.Goals, q.Currency = []site.Goal{*t.Goal}, t.Goal.Currency
	}
	return q
}

// together runs the questions of a page at the same time, a few at once, and returns the first error.
func together(ctx context.Context, questions ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wait sync.WaitGroup
	places := make(chan struct{}, 4)
	for _, ask := range questions {
		wait.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			if ctx.Err() != nil {
				return
			}
			if err := ask(ctx); err != nil {
				cancel(err)
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}
