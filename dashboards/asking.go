package dashboards

import (
	"fmt"
	"strings"

	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/report"
	"sporlos/store/settings"
)

// query is the question of a period under everything the view is filtered by.
func (a asker) query(p view.Period) report.Query {
	return report.Query{Site: a.site, From: p.From, To: p.To, Filters: a.filters, Where: a.where}
}

// take adds what the view is filtered by. Goals and segments are looked up among what the site has defined, segments among those the
// user sees; the errors name what is not there, and such a filter is left out.
func (a *asker) take(v view.View) (missing []error) {
	list := v.Where
	for _, f := range v.Filters {
		list = append(list[:len(list):len(list)], view.Condition{Filter: f})
	}
	if v.Segment != "" {
		of, err := segmentOf(v.Segment, a.have, a.user)
		if err != nil {
			missing = append(missing, err)
		}
		list = append(list[:len(list):len(list)], of...)
	}
	for _, c := range list {
		asked, err := conditionOf(c, a.have)
		switch {
		case err != nil:
			missing = append(missing, err)
		case asked.Join == report.One:
			a.filters = append(a.filters, asked.Filter)
		default:
			a.where = append(a.where, asked)
		}
	}
	return missing
}

// segmentOf is what a segment holds.
func segmentOf(id string, have *settings.Definitions, user string) ([]view.Condition, error) {
	s, ok := have.Segment(id)
	if !ok || !s.For(user) {
		return nil, &view.Mistake{Key: "segment.gone", Args: []any{id}}
	}
	return view.Segment(s.Query)
}

// conditionOf is the condition in the words of the report.
func conditionOf(c view.Condition, have *settings.Definitions) (report.Condition, error) {
	if c.Join == "" && c.Filter.IsGoal() {
		return reachedOf(c.Filter, have)
	}
	if c.Join == "" {
		return report.When(filterOf(c.Filter)), nil
	}
	asked := report.Condition{Join: report.Join(c.Join)} // their names are the same
	for _, part := range c.Of {
		of, err := conditionOf(part, have)
		if err != nil {
			return asked, err
		}
		asked.Of = append(asked.Of, of)
	}
	return asked, nil
}

func reachedOf(f view.Filter, have *settings.Definitions) (report.Condition, error) {
	var goals []site.Goal
	for _, id := range f.Values {
		g, ok := have.Goal(id)
		if !ok {
			return report.Condition{}, &view.Mistake{Key: "goal.gone", Args: []any{id}}
		}
		goals = append(goals, g)
	}
	if f.Op == "not" {
		return report.Neither(report.Converted(goals...)), nil
	}
	return report.Converted(goals...), nil
}

func filterOf(f view.Filter) report.Filter {
	return report.Filter{Dimension: report.Dimension(f.Dimension), Op: operators[f.Op], Values: f.Values}
}

// filterText is a filter in words.
func (d *Dashboards) filterText(f view.Filter, have *settings.Definitions) string {
	values := make([]string, len(f.Values))
	for i, value := range f.Values {
		values[i] = d.valueText(report.Dimension(f.Dimension), value)
		if g, ok := have.Goal(value); ok && f.IsGoal() {
			values[i] = g.Name
		}
	}
	return fmt.Sprintf("%s %s %s", d.dimensionText(f.Dimension), d.words.Say("op."+f.Op), strings.Join(values, " "+d.words.Say("filter.or")+" "))
}

// conditionText is a condition in words.
func (d *Dashboards) conditionText(c view.Condition, have *settings.Definitions) string {
	if c.Join == "" {
		return d.filterText(c.Filter, have)
	}
	parts := make([]string, len(c.Of))
	for i, part := range c.Of {
		parts[i] = d.conditionText(part, have)
		if len(part.Of) > 1 {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	if c.Join == "not" || c.Join == "done" {
		return d.words.Say("condition."+c.Join, parts[0])
	}
	return strings.Join(parts, " "+d.words.Say("condition."+c.Join)+" ")
}
