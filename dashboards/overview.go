package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sporlos/dashboards/language"
	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/report"
)

// overview is the page of one site, or of one panel of it in full.
type overview struct {
	page
	View     view.View
	Figures  []figure
	Chart    chart
	Trend    bool   // the chart is that of the panel in full
	Notes    *notes // nil for who sees none
	Panels   []shownPanel
	Goals    *goalsCard // nil for whoever has only a shared link
	Full     *shownPanel
	Refused  refused
	Period   picker
	Filters  []chip
	Adding   adding
	Segments *segments // nil for who has none
	Saved    bool      // something that was sent from this page
	Problems []string
	Beside   comparing
	Compared string // what numbers are compared with
	Alone    string // why they are not
	Zone     string
	Whole    bool   // what cannot be filtered is shown too
	CSV, ZIP string // URLs of the chart, and of everything, as files
}

// picker is the choice of a period.
type picker struct {
	Text           string // the dates shown
	Name           string // "Last 28 days"
	Kinds          []link
	Previous, Next string // URLs; "" when there is none
	From, To, Last string // dates for the form
	Action         string
	Keep           []field
}

// field is a hidden field of a form: the state it keeps.
type field struct{ Name, Value string }

// figure is one of the six numbers.
type figure struct {
	Metric, Label, Help string
	Value, Exact        string
	moved
	URL  string
	Here bool
}

// refused is what was not counted.
type refused struct {
	Total string
	Rows  []row
}

// prepared is what every page about a site starts from.
type prepared struct {
	frame    page
	asker    asker
	problems []string
	now      time.Time // on the site's clock

	saved       bool       // something was sent from this page and kept
	form        *view.Form // of a filter, when the address has one that is open or was filled in
	formProblem string     // what is wrong with it
	moved       bool       // it has become part of the view: go on to the address that holds it
}

// prepare finds the site among those the viewer may look at, and reads the view.
func (d *Dashboards) prepare(r *http.Request, who viewer) (p prepared, err error) {
	sites, err := d.Settings.Sites(r.Context())
	if err != nil {
		return p, err
	}
	domain, err := site.CleanDomain(r.PathValue("domain"))
	if err != nil {
		return p, errNotFound
	}
	sites = who.visible(sites)
	i := slices.IndexFunc(sites, func(s *site.Site) bool { return s.Domain == domain })
	if i < 0 {
		return p, errNotFound
	}
	s := sites[i]
	p.now = d.Now().In(s.Location())
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		p.problems = append(p.problems, d.words.Say("error.400")+". "+d.words.Say("error.400.do"))
	}
	v, problems := view.Parse(domain, query, s.DayAt(p.now.Unix()))
	for _, problem := range problems {
		p.problems = append(p.problems, d.explain(problem))
	}
	if v.Metric == report.Visitors.String() {
		v = v.Charting(d.counted().String())
	}
	have, err := d.Settings.Definitions(r.Context(), s.ID)
	if err != nil {
		return p, err
	}
	p.saved = query.Has("saved")
	v = d.read(query, v, have, &p)
	p.asker, problems = newAsker(d.Report, s, v, have, who.Name)
	p.asker.sunday = language.SundayFirst(d.words.Tag, r.Header.Get("Accept-Language"))
	for _, problem := range problems {
		p.problems = append(p.problems, d.explain(problem))
	}
	p.frame = d.frame(r, domain)
	p.frame.User, p.frame.Viewer, p.frame.Sites, p.frame.Site, p.frame.Home = who.Name, who, sites, s, sitePath(domain)
	if b := who.bearer; b != nil {
		if err := b.limit(&p.asker, domain, s.DayAt(p.now.Unix()), have); err != nil {
			return p, err
		}
		p.frame.Home, p.frame.Embed = b.base, b.framed != ""
		if theme, ok := strings.CutPrefix(b.framed, "embed-"); ok {
			p.frame.Theme = theme
		}
	}
	return p, nil
}

// overview serves the page of a site.
func (d *Dashboards) overview(w http.ResponseWriter, r *http.Request, who viewer) error {
	r = r.WithContext(report.Together(r.Context()))
	p, err := d.prepare(r, who)
	if err != nil {
		return err
	}
	v := p.asker.view
	if p.moved {
		http.Redirect(w, r, v.URL(), http.StatusSeeOther)
		return nil
	}
	if id, ok := strings.CutPrefix(r.Header.Get("HX-Target"), "section#panel-"); ok {
		return d.onePanel(w, r, p, id)
	}
	first, some, err := d.Report.FirstDay(r.Context(), p.frame.Site)
	if err != nil {
		return err
	}
	if !some {
		return d.waiting(w, r, p)
	}
	why := ""
	p.asker.other, why = d.beside(v, first)
	o, err := d.newOverview(r.Context(), p)
	if err != nil {
		return err
	}
	o.Alone = why
	if err := d.fill(r.Context(), &o, p); err != nil {
		return err
	}
	return d.show(w, http.StatusOK, "overview", o)
}

// newOverview is the part of the page that asks nothing but how many visitors there are now.
func (d *Dashboards) newOverview(ctx context.Context, p prepared) (o overview, err error) {
	v := p.asker.view
	o = overview{page: p.frame, Saved: p.saved, View: v, Problems: p.problems, Zone: d.words.Say("footer.zone", p.frame.Site.Zone), CSV: exportURL(v, "chart.csv"), ZIP: exportURL(v, "all.zip")}
	o.Period, o.Beside = d.newPicker(v), d.newComparing(v)
	if p.asker.other != nil {
		o.Compared = d.compared(v, *p.asker.other)
	}
	o.Filters, o.Adding, o.Segments = d.chips(p.asker, v), d.newAdding(p), d.newSegments(p)
	o.Title = p.frame.Site.Domain + " · " + o.Period.Text
	if v.Panel == "" {
		o.Place = "overview"
	}
	if p.frame.Viewer.bearer == nil {
		if o.Newsletters, err = d.hasNewsletters(ctx, p.frame.Site); err != nil {
			return o, err
		}
	}
	if !p.limited() {
		o.Live, err = d.liveOn(ctx, p)
	}
	return o, err
}

// fill asks all questions of the overview.
func (d *Dashboards) fill(ctx context.Context, o *overview, p prepared) error {
	a := p.asker
	var now, then map[report.Metric]float64
	var line []report.Compared
	all := p.panels()
	o.Panels = make([]shownPanel, len(all))
	questions := []func(context.Context) error{
		func(ctx context.Context) (err error) { now, err = a.totals(ctx, a.view.Period); return err },
		func(ctx context.Context) (err error) { line, err = a.series(ctx); return err },
	}
	if o.Whole = !p.limited(); o.Whole {
		questions = append(questions, func(ctx context.Context) (err error) { o.Refused, err = d.refused(ctx, a); return err })
	}
	if a.other != nil {
		questions = append(questions, func(ctx context.Context) (err error) { then, err = a.totals(ctx, *a.other); return err })
	}
	if p.frame.Viewer.bearer == nil {
		questions = append(questions, func(ctx context.Context) (err error) { o.Goals, err = d.newGoalsCard(ctx, p); return err })
	}
	for i, p := range all {
		questions = append(questions, func(ctx context.Context) (err error) {
			o.Panels[i], err = d.ask(ctx, a, p, false)
			return err
		})
	}
	err := together(ctx, questions...)
	if problem, fatal := d.asked(err); fatal != nil {
		return fatal
	} else if problem != "" {
		o.Problems = append(o.Problems, problem)
	}
	o.Figures = d.figures(a, now, then)
	o.Chart = d.newChart(a.view, p.now, line, a.other)
	o.Notes = d.newNotes(p, o.Chart)
	return nil
}

// figures are the six numbers with their change. A nil then is a period there is nothing to compare with.
func (d *Dashboards) figures(a asker, now, then map[report.Metric]float64) (list []figure) {
	v := a.view
	for _, m := range overviewMetrics() {
		name := m.String()
		f := figure{Metric: name, Label: d.words.Say("metric." + name), Help: d.words.Say("help." + name), Here: v.Metric == name, URL: v.Charting(name).URL()}
		f.Value = d.words.Metric(name, now[m])
		if exact := d.words.Exact(name, now[m]); exact != f.Value {
			f.Exact = exact
		}
		if ratio(m) && now[report.Visits] == 0 || m == report.Visitors && d.nobody() {
			f.Value, f.Exact = "–", ""
		}
		f.moved = d.unmoved()
		if was, known := then[m]; known && (was != 0 || m == report.BounceRate && then[report.Visits] != 0) {
			f.moved = d.move(m, was, now[m])
		}
		if then != nil && a.other != nil {
			f.Was = d.words.Say("figures.was", d.words.Exact(name, then[m]), d.words.Range(a.other.From, a.other.To))
		}
		list = append(list, f)
	}
	return list
}

// ratio tells whether a metric is nothing at all when there are no visits.
func ratio(m report.Metric) bool {
	return m == report.ViewsPerVisit || m == report.BounceRate || m == report.VisitDuration
}

// abs is the size of a change, rounded.
func abs(v float64) int {
	if v < 0 {
		v = -v
	}
	return int(v + 0.5)
}

func (d *Dashboards) newPicker(v view.View) picker {
	p := picker{Text: d.words.Range(v.Period.From, v.Period.To), Name: d.words.Say("period." + string(v.Period.Kind)),
		From: v.Period.From.String(), To: v.Period.To.String(), Last: v.Today.String(), Keep: keep(v, "period", "from", "to", "page")}
	p.Action = actionOf(v)
	for _, k := range view.Kinds() {
		period, _ := view.Named(k, v.Today)
		p.Kinds = append(p.Kinds, link{Text: d.words.Say("period." + string(k)), URL: v.In(period).URL(), Here: v.Period.Kind == k})
	}
	p.Previous = v.In(v.Period.Previous(v.Today)).URL()
	if next, ok := v.Period.Next(v.Today); ok {
		p.Next = v.In(next).URL()
	}
	return p
}

// actionOf is where a form that changes the view leads, without the state it keeps.
func actionOf(v view.View) string {
	path, _, _ := strings.Cut(v.URL(), "?")
	return path
}

// keep is the state a form carries along, without the parameters it sets itself.
func keep(v view.View, without ...string) (list []field) {
	for name, values := range v.Query() {
		for _, value := range values {
			if !slices.Contains(without, name) {
				list = append(list, field{name, value})
			}
		}
	}
	slices.SortFunc(list, func(a, b field) int { return strings.Compare(a.Name+a.Value, b.Name+b.Value) })
	return list
}

func (d *Dashboards) dimensionText(name string) string {
	if key, ok := report.Dimension(name).Key(); ok {
		return d.words.Say("dim.prop", key)
	}
	return d.words.Say("dim." + name)
}

// refused answers what was not counted in the period. The store's reasons are shown in words where there are some.
func (d *Dashboards) refused(ctx context.Context, a asker) (s refused, err error) {
	list, err := a.report.Refusals(ctx, a.site, a.view.Period.From, a.view.Period.To)
	if err != nil {
		return s, err
	}
	total := 0
	for _, r := range list {
		total += r.Count
		s.Rows = append(s.Rows, row{Text: d.words.Or("reason."+r.Reason, r.Reason), Title: r.Reason, Cells: []cell{{Text: d.words.Integer(r.Count)}}})
	}
	s.Total = d.words.Many("refused.total", total)
	return s, nil
}
