package dashboards

import (
	"context"
	"time"

	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/report"
)

// This file is about weeks that begin on Sunday, for readers in whose region they do. The report's begin on Monday (ISO 8601), as those of
// the Stats API and of reports by e-mail do; here days, or the totals of each week, are put together anew.

// sundays are the labels of the weeks that a period has a part in: the dates of their Sundays.
func sundays(p view.Period) (labels []string) {
	first := p.From - site.Day(p.From.Date().Weekday())
	for d := first; d <= p.To; d += 7 {
		labels = append(labels, d.String())
	}
	return labels
}

// buckets are the labels of a step over a period.
func (a asker) buckets(step view.Step, p view.Period) []string {
	if a.sunday && step == view.Week {
		return sundays(p)
	}
	return report.Buckets(stepDimension(step), a.site, p.From, p.To)
}

// beside puts steps beside those with the same places in another period.
func beside(steps, then []report.Row) []report.Compared {
	list := alone(steps)
	for i := range list {
		if i < len(then) {
			list[i].Was, list[i].Since = then[i].Metrics, then[i].Dimensions[0]
		}
	}
	return list
}

// sundaySeries answers the chart's metric by weeks that begin on Sunday.
func (a asker) sundaySeries(ctx context.Context) ([]report.Compared, error) {
	metric := report.Metric(a.view.Metric)
	now, err := a.sundayWeeks(ctx, a.view.Period, metric)
	if err != nil || a.other == nil {
		return alone(now), err
	}
	then, err := a.sundayWeeks(ctx, *a.other, metric)
	return beside(now, then), err
}

// sundayWeeks answers metrics by weeks that begin on Sunday: one that adds up over days, when it is not rounded, by adding them up, others by
// asking for each week.
func (a asker) sundayWeeks(ctx context.Context, p view.Period, metrics ...report.Metric) ([]report.Row, error) {
	labels := sundays(p)
	rows := make([]report.Row, len(labels))
	for i, label := range labels {
		rows[i] = report.Row{Dimensions: []string{label}, Metrics: make([]float64, len(metrics))}
	}
	q := a.query(p)
	if q.Metrics = metrics; len(metrics) == 1 && !ratio(metrics[0]) && a.site.Preset().Multiple <= 1 {
		q.Dimensions = []report.Dimension{report.DayDim}
		days, err := a.report.Run(ctx, q)
		for _, day := range days.Rows {
			rows[bucketOf(labels, day.Dimensions[0])].Metrics[0] += day.Metrics[0]
		}
		return rows, err
	}
	var questions []func(context.Context) error
	for i, label := range labels {
		begins, err := time.Parse(time.DateOnly, label)
		if err != nil {
			return nil, err
		}
		week, sunday := q, site.DayOfDate(begins.Date())
		week.From, week.To = max(sunday, p.From), min(sunday+6, p.To)
		questions = append(questions, func(ctx context.Context) error {
			total, err := a.report.Run(ctx, week)
			if len(total.Rows) > 0 {
				rows[i].Metrics = total.Rows[0].Metrics
			}
			return err
		})
	}
	return rows, together(ctx, questions...)
}
