package dashboards

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/report"
	"sporlos/store/settings"
)

// Pages about what visitors do: now, towards goals, and from page to page. Like the newsletters they are for users; a shared link does
// not lead to them.

// forUsers hands on to a page that the bearer of a shared link does not get.
func (d *Dashboards) forUsers(w http.ResponseWriter, r *http.Request, p prepared, serve func(http.ResponseWriter, *http.Request, prepared) error) error {
	if p.frame.Viewer.bearer != nil {
		return errNotFound
	}
	return serve(w, r, p)
}

// listing is a table without tabs and pages.
type listing struct {
	ID, Title, Label string
	Head             []string
	Rows             []row
	Empty            string
	Wide             bool // has more columns than a narrow screen
}

// behaviour is what the three pages have in common.
type behaviour struct {
	page
	Problems []string
	Period   picker
	Filters  []chip
	Clear    string
	Zone     string
}

func (d *Dashboards) newBehaviour(ctx context.Context, p prepared, place string) (b behaviour, err error) {
	v := p.asker.view.Details(place)
	b = behaviour{page: p.frame, Problems: p.problems, Period: d.newPicker(v), Filters: d.chips(p.asker, v), Clear: v.Clear().URL()}
	b.Zone = d.words.Say("footer.zone", p.frame.Site.Zone)
	b.Place, b.Title = place, d.words.Say("nav."+place)+" · "+p.frame.Site.Domain
	b.Newsletters, err = d.hasNewsletters(ctx, p.frame.Site)
	return b, err
}

// realtimePage is what happens now.
type realtimePage struct {
	behaviour
	Now, Visitors, Pageviews string
	Bars                     []minuteBar
	Said                     string // the bars in words
	Lists                    []listing
	Refresh                  string
}

// minuteBar is one of the last 30 minutes in a drawing of 300 × 60.
type minuteBar struct {
	X           int
	Y, Height   float64
	Views, Rest float64 // of pageviews
	Title       string
}

const (
	barWidth    = 10
	barHeight   = 60.0
	realtimeTop = 10 // rows of a list
)

func (d *Dashboards) realtime(w http.ResponseWriter, r *http.Request, p prepared) error {
	b, err := d.newBehaviour(r.Context(), p, "realtime")
	if err != nil {
		return err
	}
	live, err := d.Report.Realtime(r.Context(), p.frame.Site, realtimeTop)
	if err != nil {
		return err
	}
	whole := func(v float64) string { return d.words.Integer(int(v)) }
	shown := realtimePage{behaviour: b, Now: whole(live.Now), Visitors: whole(live.Visitors), Pageviews: whole(live.Pageviews), Refresh: sitePath(p.frame.Site.Domain) + "/realtime"}
	shown.Bars = d.minuteBars(live.Minutes)
	shown.Said = d.words.Say("realtime.said", shown.Pageviews, shown.Visitors)
	for _, l := range []struct {
		id   string
		of   report.Dimension
		rows []report.Here
	}{{"pages", report.Page, live.Pages}, {"sources", report.Source, live.Sources}, {"countries", report.Country, live.Countries}} {
		shown.Lists = append(shown.Lists, d.hereList(p.asker.view, l.id, l.of, l.rows))
	}
	return d.show(w, http.StatusOK, "realtime", shown)
}

func (d *Dashboards) minuteBars(minutes []report.Minute) (bars []minuteBar) {
	most := 1.0
	for _, m := range minutes {
		most = max(most, m.Pageviews, m.Visitors)
	}
	for i, m := range minutes {
		b := minuteBar{X: i * barWidth, Height: m.Pageviews / most * barHeight}
		b.Y = barHeight - b.Height
		b.Title = d.words.Say("realtime.minute", m.Start.Format("15:04"), d.words.Integer(int(m.Pageviews)), d.words.Integer(int(m.Visitors)))
		bars = append(bars, b)
	}
	return bars
}

func (d *Dashboards) hereList(v view.View, id string, of report.Dimension, rows []report.Here) listing {
	l := listing{ID: id, Title: d.words.Say("realtime." + id), Label: d.words.Say("dim." + string(of)), Empty: d.words.Say("realtime.quiet"),
		Head: []string{d.words.Say("realtime.recent"), d.words.Say("realtime.live")}}
	most := 0.0
	for _, h := range rows {
		most = max(most, h.Visitors)
	}
	for _, h := range rows {
		one := row{Text: d.valueText(of, h.Value), Title: h.Value, Bar: h.Visitors / max(most, 1) * 100}
		if of == report.Country && len(h.Value) == 2 {
			one.Code = h.Value
		}
		for _, n := range []float64{h.Visitors, h.Now} {
			one.Cells = append(one.Cells, cell{Text: d.words.Integer(int(n))})
		}
		l.Rows = append(l.Rows, one)
	}
	return l
}

// goalsPage is how many did what the site wants, and how far they came on the ways to it.
type goalsPage struct {
	behaviour
	Goals  listing
	Funnel *shownFunnel // nil when there is none
	Define string       // URL of where goals are defined; "" for who may not
	Notes  []string
}

// shownFunnel is a funnel with its steps.
type shownFunnel struct {
	ID, Name, Said, Problem string
	Steps                   []shownStep
	Others                  []link // all funnels, this one too
	Width                   int    // of the drawing, which is funnelHeight high
}

const (
	funnelColumn = 100 // of the drawing, for each step
	funnelBar    = 64
	funnelHeight = 100
)

type shownStep struct {
	Number, Name                    string
	Bar                             float64 // percent of the visits of the first step
	Visits, Visitors, Rate, Dropped string
	Overall                         string // of the visits of the first step
	First                           bool

	X, End  int     // of the bar
	Y, High float64 // of the bar
	Flow    string  // points of what goes on to the next step; "" after the last
}

func (d *Dashboards) goals(w http.ResponseWriter, r *http.Request, p prepared) error {
	b, err := d.newBehaviour(r.Context(), p, "goals")
	if err != nil {
		return err
	}
	have, err := d.Settings.Definitions(r.Context(), p.frame.Site.ID)
	if err != nil {
		return err
	}
	shown := goalsPage{behaviour: b}
	if p.frame.Viewer.Edits(p.frame.Site.Domain) {
		shown.Define = sitePath(p.frame.Site.Domain) + "/settings/goals"
	}
	q := p.asker.query(p.asker.view.Period)
	q.Metrics = []report.Metric{report.Visitors}
	found, err := d.Report.Conversions(r.Context(), q, have.Goals)
	if problem, fatal := d.asked(err); fatal != nil {
		return fatal
	} else if problem != "" {
		shown.Problems = append(shown.Problems, problem)
	}
	shown.Goals, shown.Notes = d.listGoals(found, d.filterByGoal(p.asker.view))
	if len(have.Funnels) > 0 {
		if shown.Funnel, err = d.chosenFunnel(r.Context(), q, p.asker.view.Details("goals"), have); err != nil {
			return err
		}
	}
	return d.show(w, http.StatusOK, "goals", shown)
}

// chosenFunnel is the funnel that the view has chosen, or the first, with the way to the others.
func (d *Dashboards) chosenFunnel(ctx context.Context, q report.Query, v view.View, have *settings.Definitions) (*shownFunnel, error) {
	chosen := max(0, slices.IndexFunc(have.Funnels, func(f site.Funnel) bool { return f.ID == v.Tabs["funnel"] }))
	shown, err := d.newFunnel(ctx, q, have.Funnels[chosen], have.Goal)
	for i, f := range have.Funnels {
		id := f.ID
		if i == 0 {
			id = ""
		}
		shown.Others = append(shown.Others, link{Text: f.Name, URL: v.Tab("funnel", id).URL(), Here: i == chosen})
	}
	return &shown, err
}

func (d *Dashboards) newFunnel(ctx context.Context, q report.Query, f site.Funnel, goal func(string) (site.Goal, bool)) (shownFunnel, error) {
	shown := shownFunnel{ID: f.ID, Name: f.Name}
	var goals []site.Goal
	for _, id := range f.Steps {
		if g, ok := goal(id); ok {
			goals = append(goals, g)
		}
	}
	counted, err := d.Report.Funnel(ctx, q, goals)
	problem, fatal := d.asked(err)
	if shown.Problem = problem; fatal != nil || problem != "" {
		return shown, fatal
	}
	percent := func(v float64) string { return d.words.Share(v) }
	for i, s := range counted.Steps {
		shown.Steps = append(shown.Steps, shownStep{
			Number: strconv.Itoa(i + 1), Name: s.Goal.Name, Bar: s.Overall, Overall: percent(s.Overall), First: i == 0,
			Visits: d.words.Integer(int(s.Visits)), Visitors: d.words.Integer(int(s.Visitors)), Rate: percent(s.Rate), Dropped: d.words.Integer(int(s.Dropped)),
		})
	}
	shown.draw()
	last := counted.Steps[len(counted.Steps)-1]
	shown.Said = d.words.Say("funnel.said", percent(last.Overall), d.words.Integer(int(last.Visits)), d.words.Integer(int(counted.Steps[0].Visits)))
	return shown, nil
}

// draw gives each step a bar as high as its part of the first step's visits, and what goes on from one to the next a slope.
func (f *shownFunnel) draw() {
	f.Width = len(f.Steps) * funnelColumn
	for i := range f.Steps {
		s := &f.Steps[i]
		s.X = i*funnelColumn + (funnelColumn-funnelBar)/2
		s.End, s.High = s.X+funnelBar, s.Bar/100*funnelHeight
		s.Y = funnelHeight - s.High
		if i > 0 {
			before := &f.Steps[i-1]
			before.Flow = fmt.Sprintf("%d,%.1f %d,%.1f %d,%d %d,%d", before.End, before.Y, s.X, s.Y, s.X, funnelHeight, before.End, funnelHeight)
		}
	}
}

// journeysPage is what was seen before and after a page.
type journeysPage struct {
	behaviour
	At             string
	Known          []string // pages to choose from
	Action         string
	Keep           []field
	Before, After  listing
	Seen, Entered  string
	Left           string
	EnteredPercent string
	LeftPercent    string
}

const journeyRows = 12

func (d *Dashboards) journeys(w http.ResponseWriter, r *http.Request, p prepared) error {
	b, err := d.newBehaviour(r.Context(), p, "journeys")
	if err != nil {
		return err
	}
	v := p.asker.view.Details("journeys")
	shown := journeysPage{behaviour: b, At: v.Walk, Action: sitePath(p.frame.Site.Domain) + "/journeys", Keep: keep(v, "page", "at")}
	q := p.asker.query(v.Period)
	if shown.Known, err = d.topPages(r.Context(), q); err != nil {
		return err
	}
	if shown.At == "" && len(shown.Known) > 0 {
		shown.At = shown.Known[0]
	}
	if shown.At == "" {
		return d.show(w, http.StatusOK, "journeys", shown)
	}
	journey, err := d.Report.Journey(r.Context(), q, shown.At, journeyRows)
	if problem, fatal := d.asked(err); fatal != nil {
		return fatal
	} else if problem != "" {
		shown.Problems = append(shown.Problems, problem)
	}
	d.fillJourney(&shown, v, journey)
	return d.show(w, http.StatusOK, "journeys", shown)
}

func (d *Dashboards) fillJourney(shown *journeysPage, v view.View, j report.Journey) {
	part := func(n float64) string { return d.words.Share(n / max(j.Seen, 1) * 100) }
	count := func(n float64) string { return d.words.Integer(int(n)) }
	shown.Seen, shown.Entered, shown.Left = count(j.Seen), count(j.Entered), count(j.Left)
	shown.EnteredPercent, shown.LeftPercent = part(j.Entered), part(j.Left)
	list := func(id string, ways []report.Way) listing {
		l := listing{ID: id, Title: d.words.Say("journey." + id), Label: d.words.Say("dim.page"), Empty: d.words.Say("journey.none"),
			Head: []string{d.words.Say("metric.count"), d.words.Say("metric.percentage")}}
		for _, way := range ways {
			l.Rows = append(l.Rows, row{Text: way.Page, Title: way.Page, URL: v.Walking(way.Page).URL(), Say: d.words.Say("journey.go", way.Page), Bar: way.Count / max(j.Seen, 1) * 100,
				Cells: []cell{{Text: count(way.Count)}, {Text: part(way.Count)}}})
		}
		return l
	}
	shown.Before, shown.After = list("before", j.Previous), list("after", j.Next)
}

// topPages are the pages seen by most.
func (d *Dashboards) topPages(ctx context.Context, q report.Query) (pages []string, err error) {
	q.Metrics, q.Dimensions, q.Limit = []report.Metric{report.Visits}, []report.Dimension{report.Page}, 30
	result, err := d.Report.Run(ctx, q)
	if _, fatal := d.asked(err); fatal != nil {
		return nil, fatal
	}
	for _, r := range result.Rows {
		pages = append(pages, r.Dimensions[0])
	}
	return pages, nil
}
