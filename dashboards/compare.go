package dashboards

import (
	"context"

	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/report"
)

// comparing is the choice of what a period is set beside.
type comparing struct {
	Name           string // of the choice
	Text           string // the dates; "" for none
	Kinds          []link
	From, To, Last string // dates for the form
	Action         string
	Keep           []field
}

func (d *Dashboards) newComparing(v view.View) comparing {
	chosen := v.Compare
	if chosen == "" {
		chosen = view.BeforeIt
	}
	c := comparing{Name: d.words.Say("compare." + string(chosen)), Last: v.Today.String(), Action: actionOf(v), Keep: keep(v, "compare", "cfrom", "cto", "page")}
	other, beside := v.Compared()
	if beside {
		c.Text = d.words.Range(other.From, other.To)
	} else {
		other = v.Period.Before()
	}
	c.From, c.To = other.From.String(), other.To.String()
	for _, kind := range view.Compares() {
		if kind != view.OtherPeriod { // which is the form
			c.Kinds = append(c.Kinds, link{Text: d.words.Say("compare." + string(kind)), URL: v.Comparing(kind, view.Period{}).URL(), Here: kind == chosen})
		}
	}
	return c
}

// beside is the period the view is compared with, when the site has been counted all through it; otherwise why says that it has not.
func (d *Dashboards) beside(v view.View, first site.Day) (other *view.Period, why string) {
	old, wanted := v.Compared()
	switch {
	case !wanted:
		return nil, ""
	case first > old.To:
		return nil, d.words.Say("compare.before", d.words.Range(old.From, old.To), d.words.Day(first))
	case first > old.From:
		return nil, d.words.Say("compare.part", d.words.Range(old.From, old.To), d.words.Day(first))
	}
	return &old, ""
}

// set sets a page's questions beside those of the period it is compared with, and says why not when they cannot be.
func (d *Dashboards) set(ctx context.Context, p *prepared) (why string, err error) {
	first, some, err := d.Report.FirstDay(ctx, p.frame.Site)
	if err == nil && some {
		p.asker.other, why = d.beside(p.asker.view, first)
	}
	return why, err
}

// compared says what the numbers are compared with.
func (d *Dashboards) compared(v view.View, other view.Period) string {
	dates := d.words.Range(other.From, other.To)
	switch {
	case v.Period.Kind == view.Today:
		return d.words.Say("compared.day", dates)
	case v.Compare == view.OtherPeriod && other.Days() != v.Period.Days():
		return d.words.Say("compared.length", dates, d.words.Integer(other.Days()), d.words.Integer(v.Period.Days()))
	}
	return d.words.Say("compared", dates)
}

// moved says how a number has moved.
type moved struct {
	Change, Way, Verdict string // Way: up, down, same, none; Verdict: good, bad, even
	Said                 string // the change in words
	Was                  string // what it was, and when; "" when that is not known
}

// inPoints tells whether a metric is a rate, which moves by percentage points.
func inPoints(m report.Metric) bool {
	return m == report.BounceRate || m == report.Percentage || m == report.ScrollDepth
}

// better is 1 when more of a metric is better, -1 when less is, and 0 when that depends: a long visit may be somebody who reads, or who
// does not find.
func better(m report.Metric) int {
	switch m {
	case report.Visitors, report.Visits, report.Pageviews, report.Events:
		return 1
	case report.BounceRate:
		return -1
	}
	return 0
}

// move says how a number moved: in percentage points for a rate, otherwise in percent of what it was.
func (d *Dashboards) move(m report.Metric, was, now float64) moved {
	by, text := now-was, ""
	if inPoints(m) {
		text = d.words.Say("change.points", d.words.Integer(abs(by)))
	} else {
		by = by / was * 100
		text = d.words.Integer(abs(by)) + "%"
	}
	verdict := better(m)
	switch {
	case abs(by) == 0:
		return moved{Change: "0%", Way: "same", Verdict: "even", Said: d.words.Say("change.same")}
	case by > 0:
		return moved{Change: "+" + text, Way: "up", Verdict: verdicts[verdict+1], Said: d.words.Say("change.up", text)}
	}
	return moved{Change: "−" + text, Way: "down", Verdict: verdicts[1-verdict], Said: d.words.Say("change.down", text)}
}

var verdicts = [...]string{"bad", "even", "good"}

// unmoved is a number there is nothing to compare with.
func (d *Dashboards) unmoved() moved {
	return moved{Change: "–", Way: "none", Verdict: "even", Said: d.words.Say("change.none")}
}

// moveOf says how a number of a row has moved; of a row that is new, its first number says so.
func (d *Dashboards) moveOf(r report.Compared, i int, m report.Metric) (c moved) {
	fresh := true
	for _, was := range r.Was {
		fresh = fresh && was == 0
	}
	switch {
	case fresh && i == 0 && r.Metrics[0] > 0:
		return moved{Change: d.words.Say("change.new"), Way: "new", Verdict: "even", Said: d.words.Say("change.new")}
	case fresh, r.Was[i] == 0 && !inPoints(m):
		return moved{}
	}
	c = d.move(m, r.Was[i], r.Metrics[i])
	c.Was = d.words.Exact(m.String(), r.Was[i])
	return c
}

// rowsBeside answers rows of a table, each beside what it was in the period the view is compared with, if any.
func (a asker) rowsBeside(ctx context.Context, q report.Query) (rows []report.Compared, total int, err error) {
	if a.other != nil {
		found, err := a.report.Compare(ctx, q, a.other.From, a.other.To)
		return found.Rows, found.Total, err
	}
	result, err := a.report.Run(ctx, q)
	return alone(result.Rows), result.Total, err
}

// alone are rows beside nothing.
func alone(rows []report.Row) []report.Compared {
	list := make([]report.Compared, len(rows))
	for i, r := range rows {
		list[i].Row = r
	}
	return list
}
