package dashboards

import (
	"context"
	"slices"

	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/report"
)

// goalsCard is what the goals have come to, on the overview.
type goalsCard struct {
	Listing listing
	Chosen  string // whose conversions the tables show; "" for none
	Stop    string // URL of the view without
	All     string // URL of the page of goals and funnels
	Problem string
	Define  string // URL of where goals are defined, when there is none; "" for who may not
	Notes   []string
}

// goal is the goal whose conversions the view shows; searches have none that could be split.
func (a asker) goal() (site.Goal, bool) {
	g, ok := a.have.Goal(a.view.Goal)
	return g, ok && g.Kind != site.SearchGoal
}

// converting makes a tab count conversions of the goal the view is about: who reached it, and what part of each row's visitors that is.
// Tabs about certain events stay what they are.
func (d *Dashboards) converting(a asker, t tab) tab {
	g, ok := a.goal()
	if !ok || t.Searches || t.Doing != "" || t.ofCertainEvents() {
		return t
	}
	t.Goal, t.Reading, t.Empty = &g, false, "goals.nobody"
	t.Columns = []column{{Metric: report.Visitors, Title: "goals.converted"}, {Metric: report.GroupConversionRate, Title: "goals.rate"}}
	t.Details = []column{{Metric: report.TotalVisitors, Title: "goals.of"}, {Metric: report.Events, Title: "goals.times"}}
	if d.nobody() {
		t.Columns, t.Details = []column{{Metric: report.Visits, Title: "metric.visits"}, {Metric: report.Events, Title: "goals.times"}}, nil
	}
	if g.Revenue && g.Currency != "" {
		t.Details = append(t.Details, column{Metric: report.TotalRevenue, Title: "goals.revenue", Unit: " (" + g.Currency + ")"})
	}
	return t
}

// ofCertainEvents says whether the tab looks at events by their names or properties.
func (t tab) ofCertainEvents() bool {
	_, prop := t.Dimension.Key()
	return prop || t.Dimension == report.Event || len(t.Only) > 0 && t.Only[0].Dimension == report.Event
}

// newGoalsCard answers what the goals have come to; nil when there is none and the viewer could not define one.
func (d *Dashboards) newGoalsCard(ctx context.Context, p prepared) (*goalsCard, error) {
	card := &goalsCard{All: p.asker.view.Details("goals").URL()}
	if len(p.asker.have.Goals) == 0 {
		if !p.frame.Viewer.Edits(p.frame.Site.Domain) {
			return nil, nil
		}
		card.Define = sitePath(p.frame.Site.Domain) + "/settings/goals"
		return card, nil
	}
	q := p.asker.query(p.asker.view.Period)
	q.Metrics = []report.Metric{report.Visitors}
	found, err := d.Report.Conversions(ctx, q, p.asker.have.Goals)
	problem, fatal := d.asked(err)
	if card.Problem = problem; fatal != nil {
		return nil, fatal
	}
	card.Listing, card.Notes = d.listGoals(found, d.showConversions(p.asker.view))
	if g, ok := p.asker.goal(); ok {
		card.Chosen, card.Stop = g.Name, p.asker.view.Converting("").URL()
	}
	return card, nil
}

// showConversions makes a click on a goal have every table of the overview count its conversions; a second click ends that.
func (d *Dashboards) showConversions(v view.View) func(*row, site.Goal) {
	return func(shown *row, g site.Goal) {
		if shown.On = v.Goal == g.ID; shown.On {
			shown.URL, shown.Say = v.Details("").Converting("").URL(), d.words.Say("goals.stop", g.Name)
			return
		}
		shown.URL, shown.Say = v.Details("").Converting(g.ID).URL(), d.words.Say("goals.show", g.Name)
	}
}

// filterByGoal makes a click on a goal show the visits that reached it.
func (d *Dashboards) filterByGoal(v view.View) func(*row, site.Goal) {
	return func(shown *row, g site.Goal) {
		d.linkRow(shown, v, view.Filter{Op: "is", Dimension: "goal", Values: []string{g.ID}})
	}
}

// listGoals is a table of goals, each with the link that lead gives it; goals of searches have none. Revenue has a column where a goal has some.
func (d *Dashboards) listGoals(found []report.Conversion, lead func(*row, site.Goal)) (l listing, notes []string) {
	l = listing{ID: "goals", Title: d.words.Say("goals.title"), Label: d.words.Say("goals.goal"), Empty: d.words.Say("goals.none")}
	l.Wide = slices.ContainsFunc(found, func(c report.Conversion) bool { return c.Goal.Currency != "" })
	l.Head = []string{d.words.Say("goals.converted"), d.words.Say("goals.times"), d.words.Say("goals.rate")}
	if l.Wide {
		l.Head = append(l.Head, d.words.Say("goals.revenue"))
	}
	for _, c := range found {
		one := row{Text: c.Goal.Name, Title: c.Goal.Name, Bar: min(100, c.Rate)}
		converted, revenue := d.words.Integer(int(c.Visitors)), "–"
		if c.Goal.Currency != "" {
			revenue = d.words.Decimal(c.Revenue, 2) + " " + c.Goal.Currency
		}
		if c.Linked {
			lead(&one, c.Goal)
		} else {
			converted, one.Title = "–", d.words.Say("goals.unlinked")
			notes = []string{one.Title}
		}
		one.Cells = []cell{{Text: converted}, {Text: d.words.Integer(int(c.Conversions))}, {Text: d.words.Decimal(c.Rate, 1) + d.words.Percent(0)[1:]}}
		if l.Wide {
			one.Cells = append(one.Cells, cell{Text: revenue})
		}
		l.Rows = append(l.Rows, one)
	}
	return l, notes
}
