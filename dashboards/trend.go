package dashboards

import (
	"context"
	"slices"
	"time"

	"sporlos/dashboards/view"
	"sporlos/store/report"
)

// searchTrend is how many searches there were over the period, drawn as the overview's chart is; false for a single day, and when there
// were none. Of searches days are the smallest step.
func (d *Dashboards) searchTrend(ctx context.Context, p prepared) (c chart, some bool, err error) {
	a, v := p.asker, p.asker.view
	if v.Step == view.Hour {
		v.Step = view.Day
	}
	if v.Period.Days() < 2 {
		return c, false, nil
	}
	now, err := a.searchSteps(ctx, v.Period, v.Step)
	if err != nil {
		return c, false, err
	}
	var then []report.Row
	if a.other != nil {
		if then, err = a.searchSteps(ctx, *a.other, v.Step); err != nil {
			return c, false, err
		}
	}
	some = slices.ContainsFunc(now, func(r report.Row) bool { return r.Metrics[0] > 0 })
	return d.newTrend(v, p.now, now, then, a.other), some, nil
}

// newTrend draws steps beside those with the same places in the other period.
func (d *Dashboards) newTrend(v view.View, now time.Time, steps, then []report.Row, other *view.Period) chart {
	c := d.newChart(v.Charting("searches"), now, beside(steps, then), other)
	c.Steps = d.chartSteps(v, view.Day, view.Week, view.StepMonth)
	return c
}

// searchSteps counts searches step by step.
func (a asker) searchSteps(ctx context.Context, p view.Period, step view.Step) (rows []report.Row, err error) {
	days, err := a.report.SearchDays(ctx, report.SearchQuery{Site: a.site, From: p.From, To: p.To})
	if err != nil {
		return nil, err
	}
	labels := a.buckets(step, p)
	for _, label := range labels {
		rows = append(rows, report.Row{Dimensions: []string{label}, Metrics: []float64{0}})
	}
	for _, day := range days {
		rows[bucketOf(labels, day.Day.String())].Metrics[0] += float64(day.Searches)
	}
	return rows, nil
}

// bucketOf is the place of the bucket a day is in: the last that begins with it or before it.
func bucketOf(labels []string, day string) int {
	i, exact := slices.BinarySearch(labels, day)
	if exact {
		return i
	}
	return max(i-1, 0)
}
