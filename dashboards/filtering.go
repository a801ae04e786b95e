package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/report"
	"sporlos/store/settings"
)

// chip is a filter in use.
type chip struct {
	Text, Remove, Say string
	Parts             []link // the filters it is made of, each leading to where it is changed; none when no form can say it
}

// adding is the form that adds a filter, or changes one.
type adding struct {
	Action, Suggest string
	Keep            []field
	Clear           string
	Dimensions, Ops []choice
	Goals           bool // the site has some
	Key             string
	Values          []string // the first always there, with room for more
	Others          []choice // conditions it can be an alternative to
	Edit, Part      string   // what it changes; "" adds
	Remove          string   // URL without what it changes
	Problem         string
	Open            bool
}

// choice is an option of a form.
type choice struct {
	Name, Text string
	Here       bool
}

// read takes the form of a filter that came with the address: what it says becomes part of the view, or the form says what is wrong.
func (d *Dashboards) read(query url.Values, v view.View, have *settings.Definitions, p *prepared) view.View {
	f, ok := view.ReadForm(query)
	if !ok {
		return v
	}
	p.form = &f
	if !f.Sent {
		if f.Edit != "" && !f.Fill(v) {
			p.form = nil
		}
		return v
	}
	changed, err := d.meant(f, have)
	if err == nil {
		var next view.View
		if next, err = changed.Apply(v); err == nil {
			p.moved = true
			return next
		}
	}
	p.formProblem = d.explain(err)
	return v
}

// meant is the form with what stands for names in the place of them: numbers of goals, codes of countries.
func (d *Dashboards) meant(f view.Form, have *settings.Definitions) (view.Form, error) {
	values := make([]string, 0, len(f.Values))
	switch f.Dimension {
	case "goal":
		for _, name := range f.Values {
			i := slices.IndexFunc(have.Goals, func(g site.Goal) bool { return strings.EqualFold(g.Name, name) })
			if i < 0 {
				return f, &view.Mistake{Key: "filter.bad.goal", Args: []any{name}}
			}
			values = append(values, have.Goals[i].ID)
		}
	case "country":
		return d.meantCountries(f)
	default:
		return f, nil
	}
	f.Values = values
	return f, nil
}

// meantCountries looks at names where the store has codes: "contains land" is Finland, Iceland, Ireland…
func (d *Dashboards) meantCountries(f view.Form) (view.Form, error) {
	if f.Op == "is" || f.Op == "not" {
		for i, name := range f.Values {
			f.Values[i] = d.words.CountryCode(name)
		}
		return f, nil
	}
	var codes []string
	for _, text := range f.Values {
		fits, err := fitting(f.Op, text)
		if err != nil {
			return f, nil // Apply says what is wrong with it
		}
		for code, name := range d.words.Countries() {
			if fits(name) && !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
		}
	}
	if len(codes) == 0 || len(codes) > 50 {
		return f, &view.Mistake{Key: "filter.bad.countries", Args: []any{len(codes)}}
	}
	slices.Sort(codes)
	op := "is"
	if f.Op == "lacks" || f.Op == "startsnot" || f.Op == "matchesnot" {
		op = "not"
	}
	f.Op, f.Values = op, codes
	return f, nil
}

// fitting is the test that an operator, or its opposite, puts names to.
func fitting(op, text string) (func(string) bool, error) {
	lower := strings.ToLower(text)
	switch op {
	case "contains", "lacks":
		return func(name string) bool { return strings.Contains(strings.ToLower(name), lower) }, nil
	case "starts", "startsnot":
		return func(name string) bool { return strings.HasPrefix(strings.ToLower(name), lower) }, nil
	}
	pattern, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	return pattern.MatchString, nil
}

// chips are what the view is filtered by, each with the way to change it and to take it away.
func (d *Dashboards) chips(a asker, v view.View) (list []chip) {
	if s, ok := a.have.Segment(v.Segment); ok && s.For(a.user) {
		list = append(list, chip{Text: d.words.Say("segment.chip", s.Name), Remove: v.Under("").URL(), Say: d.words.Say("segment.remove", s.Name)})
	}
	if g, ok := a.have.Goal(v.Goal); ok {
		list = append(list, chip{Text: d.words.Say("goals.chip", g.Name), Remove: v.Converting("").URL(), Say: d.words.Say("goals.stop", g.Name)})
	}
	for _, c := range v.Conditions() {
		text := d.conditionText(c, a.have)
		one := chip{Text: text, Remove: v.WithoutAny(c).URL(), Say: d.words.Say("filter.remove", text)}
		if c.Join == "" {
			one.Parts = []link{{Text: text, URL: editURL(v, c, -1)}}
		}
		for i, part := range c.Alternatives() {
			one.Parts = append(one.Parts, link{Text: d.conditionText(part, a.have), URL: editURL(v, c, i)})
		}
		list = append(list, one)
	}
	return list
}

// editURL is the view with the form open that changes a condition, or one of its alternatives.
func editURL(v view.View, c view.Condition, part int) string {
	with := url.Values{"edit": {c.String()}}
	if part >= 0 {
		with.Set("part", strconv.Itoa(part))
	}
	path, query, has := strings.Cut(v.URL(), "?")
	if has {
		query += "&"
	}
	return path + "?" + query + with.Encode()
}

// newAdding is the form as it stands on the page: empty, or with what was filled in.
func (d *Dashboards) newAdding(p prepared) adding {
	v, form := p.asker.view, view.Form{Part: -1}
	if p.form != nil && !p.moved {
		form = *p.form
	}
	a := adding{Action: actionOf(v), Keep: keep(v, "page"), Clear: v.Clear().URL(), Key: form.Key, Open: p.form != nil && !p.moved, Problem: p.formProblem, Goals: len(p.asker.have.Goals) > 0}
	for _, name := range view.Dimensions() {
		a.Dimensions = append(a.Dimensions, choice{name, d.words.Say("dim." + name), name == form.Dimension})
	}
	if a.Goals {
		a.Dimensions = append(a.Dimensions, choice{"goal", d.words.Say("dim.goal"), form.Dimension == "goal"})
	}
	a.Dimensions = append(a.Dimensions, choice{"prop", d.words.Say("filter.property"), form.Dimension == "prop"})
	for _, op := range view.Ops() {
		a.Ops = append(a.Ops, choice{op, d.words.Say("op." + op), op == form.Op})
	}
	a.Values = append(d.shownValues(form, p.asker.have), "", "")
	a.Values = append(a.Values, make([]string, max(0, 3-len(a.Values)))...)
	rest := v
	for _, c := range v.Conditions() {
		if c.String() != form.Edit {
			a.Others = append(a.Others, choice{c.String(), d.words.Say("filter.orelse", d.conditionText(c, p.asker.have)), c.String() == form.Or})
			continue
		}
		if a.Edit, a.Remove, rest = form.Edit, v.WithoutPart(c, form.Part).URL(), v.WithoutAny(c); form.Part >= 0 {
			a.Part, a.Others = strconv.Itoa(form.Part), nil
		}
	}
	a.Suggest = rest.Details("suggest").URL()
	return a
}

// shownValues are the values of the form by their names.
func (d *Dashboards) shownValues(f view.Form, have *settings.Definitions) []string {
	values := slices.Clone(f.Values)
	for i, value := range values {
		if g, ok := have.Goal(value); ok && f.Dimension == "goal" {
			values[i] = g.Name
		}
		if f.Dimension == "country" && (f.Op == "is" || f.Op == "not") {
			values[i] = d.words.Country(value)
		}
	}
	return values
}

// suggested is how many values are suggested.
const suggested = 20

// suggestValues answers with the values of a dimension that contain what has been typed, the most frequent first, as options of a list.
func (d *Dashboards) suggestValues(w http.ResponseWriter, r *http.Request, p prepared) error {
	q := r.URL.Query()
	name, text := q.Get("fd"), strings.TrimSpace(q.Get("text"))
	if q.Has("key") {
		name, text = keyOf, strings.TrimSpace(q.Get("key"))
	} else if name == "prop" {
		name = "prop:" + strings.TrimSpace(q.Get("fk"))
	}
	if len(text) > 200 {
		text = ""
	}
	list, err := d.suggestions(r.Context(), p.asker, name, text)
	if err != nil {
		return err
	}
	return d.show(w, http.StatusOK, "suggestions", list)
}

// keyOf is what is suggested for the name of a property.
const keyOf = "key"

func (d *Dashboards) suggestions(ctx context.Context, a asker, name, text string) (list []choice, err error) {
	if name == keyOf {
		return d.suggestKeys(ctx, a, text)
	}
	if name == "goal" {
		for _, g := range a.have.Goals {
			if g.Kind != site.SearchGoal && strings.Contains(strings.ToLower(g.Name), strings.ToLower(text)) {
				list = append(list, choice{Name: g.Name, Text: g.Name})
			}
		}
		return list, nil
	}
	dimension, ok := report.DimensionOf(name)
	if !ok || dimension.Time() {
		return nil, nil
	}
	q := a.query(a.view.Period)
	q.Metrics, q.Dimensions, q.Search, q.Limit = []report.Metric{report.Visits}, []report.Dimension{dimension}, text, suggested
	if dimension == report.Country {
		q.Order = []report.Order{{Metric: report.Visits, Desc: true}}
	}
	rows, _, err := d.askRows(ctx, a, q, dimension == report.Country && text != "")
	if _, fatal := d.asked(err); fatal != nil {
		return nil, fatal
	}
	for _, r := range rows {
		one := choice{Name: r.Dimensions[0], Text: d.valueText(dimension, r.Dimensions[0])}
		if dimension == report.Country {
			one.Name = one.Text
		}
		list = append(list, one)
	}
	return list, nil
}

// suggestKeys are the names of properties that events have, the most frequent first.
func (d *Dashboards) suggestKeys(ctx context.Context, a asker, text string) (list []choice, err error) {
	q := a.query(a.view.Period)
	q.Search, q.Limit = text, suggested
	found, _, err := a.report.Properties(ctx, q)
	if _, fatal := d.asked(err); fatal != nil {
		return nil, fatal
	}
	for _, p := range found {
		list = append(list, choice{Name: p.Key, Text: p.Key})
	}
	return list, nil
}

// segments is the menu of saved segments, and the form that saves one.
type segments struct {
	List       []link
	Save       bool // this view can be saved
	Edits      bool // the viewer may save one
	Action     string
	Query      string
	Back       string
	Manage     string
	Personally bool
}

func (d *Dashboards) newSegments(p prepared) *segments {
	who, v := p.frame.Viewer, p.asker.view
	if who.Name == "" || who.bearer != nil || who.on(p.frame.Site.Domain) == settings.Nothing {
		return nil
	}
	s := &segments{Edits: who.Edits(p.frame.Site.Domain), Action: sitePath(p.frame.Site.Domain) + "/settings/segments", Manage: sitePath(p.frame.Site.Domain) + "/settings/segments"}
	for _, g := range p.asker.have.Segments {
		if !g.For(who.Name) {
			continue
		}
		l := link{Text: g.Name, URL: v.Under(g.ID).URL(), Here: g.ID == v.Segment}
		if l.Here {
			l.URL = v.Under("").URL()
			s.Query = g.Query
		}
		s.List = append(s.List, l)
	}
	if own := v.SegmentQuery(); own != "" && s.Edits {
		s.Save, s.Back = true, v.Clear().URL()
		s.Query = strings.TrimPrefix(s.Query+"&"+own, "&")
	}
	return s
}
