package dashboards

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sporlos/dashboards/language"
	"sporlos/site"
	"sporlos/store/report"
	"sporlos/store/settings"
)

// Estimate is what a site's day would count, with visitors told apart by network and by whole address.
type Estimate struct {
	Day              site.Day
	Network, Address float64
}

// settingsPage shows what a site keeps and shows, why, and lets it be changed.
type settingsPage struct {
	page
	Sections []section
	Action   string
	Saved    bool
	Problem  string
	Form     site.Settings
	Least    int // phrases are shown from so many searches on
	Most     int
	Presets  []presetChoice
	Switches []switchRow

	Identity  string // how visitors are told apart, in a sentence
	Costs     []costRow
	NoCost    string // why there is no estimate
	Retention string
}

type presetChoice struct {
	Name, Why string
	Here      bool
}

// switchRow is what a switch is under each preset; Every is not "" when it is the same under all of them.
type switchRow struct {
	Name, Every string
	Cells       []switchCell
}

type switchCell struct {
	Preset, Text string
	Here         bool
}

// costRow is a day's estimate in words.
type costRow struct{ Day, Network, Address, Cost string }

// settings serves the settings of a site.
func (d *Dashboards) settings(w http.ResponseWriter, r *http.Request, p prepared) error {
	shown := d.newSettings(p.frame, p.frame.Site.Settings())
	shown.Saved = r.URL.Query().Has("saved")
	return d.showSettings(w, r, http.StatusOK, shown)
}

// changeSettings stores what the form of the settings page says. A form of another origin does not get this far.
func (d *Dashboards) changeSettings(w http.ResponseWriter, r *http.Request, who viewer) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	p, err := d.prepare(r, who)
	if err != nil {
		return err
	}
	have := p.frame.Site
	wanted, problem := d.readSettings(r, have.Settings())
	changed, err := have.With(wanted)
	if err != nil {
		problem = cmp.Or(d.mistake(err), err.Error())
	}
	if problem != "" {
		shown := d.newSettings(p.frame, wanted)
		shown.Problem = problem
		return d.showSettings(w, r, http.StatusUnprocessableEntity, shown)
	}
	if err := d.Settings.SaveSite(r.Context(), changed); err != nil {
		return err
	}
	if detail := settings.Details(settings.Difference(have.Settings(), wanted)...); detail != "" {
		if err := d.audit(r.Context(), who, "site.set", have.Domain, detail); err != nil {
			return err
		}
	}
	http.Redirect(w, r, sitePath(have.Domain)+"/settings?saved", http.StatusSeeOther)
	return nil
}

// showSettings writes the page with what the bar above it needs.
func (d *Dashboards) showSettings(w http.ResponseWriter, r *http.Request, status int, s settingsPage) (err error) {
	s.Place = "settings"
	if s.Newsletters, err = d.hasNewsletters(r.Context(), s.Site); err != nil {
		return err
	}
	if s.Live, err = d.live(r.Context(), s.Site); err != nil {
		return err
	}
	return d.show(w, status, "settings", s)
}

// readSettings reads the form over what there is, so that settings the form does not know stay.
func (d *Dashboards) readSettings(r *http.Request, s site.Settings) (_ site.Settings, problem string) {
	s.Preset = strings.TrimSpace(r.PostFormValue("preset"))
	s.ReferrerPath = r.PostFormValue("referrer_path") != ""
	s.KeepIDs = r.PostFormValue("keep_ids") != ""
	s.IgnoreSignals = r.PostFormValue("honour_signals") == ""
	least, err := strconv.Atoi(strings.TrimSpace(r.PostFormValue("min_searches")))
	if err != nil || least < 2 || least > site.MaxMinSearches {
		return s, d.words.Say("settings.least.wrong", site.MaxMinSearches)
	}
	s.MinSearches = least
	return s, ""
}

func (d *Dashboards) newSettings(frame page, form site.Settings) settingsPage {
	s := settingsPage{page: frame, Action: sitePath(frame.Site.Domain) + "/settings", Form: form, Least: form.ShownFrom(), Most: site.MaxMinSearches}
	s.Title = d.words.Say("settings.title") + " · " + frame.Site.Domain
	s.Sections = d.sections(frame.Viewer, frame.Site.Domain, "privacy")
	chosen, err := site.PresetOf(form.Preset)
	if err != nil {
		chosen = frame.Site.Preset()
	}
	for _, p := range site.Presets() {
		s.Presets = append(s.Presets, presetChoice{p.Name, d.words.Say(language.PresetKey(p.Why)), p.Name == chosen.Name})
	}
	for _, line := range site.Switches() {
		s.Switches = append(s.Switches, d.newSwitchRow(line, chosen.Name))
	}
	s.Identity = d.words.Say("settings.identity." + d.Identity)
	s.Retention = d.words.Say("settings.retention", d.Retention)
	d.estimate(&s)
	return s
}

func (d *Dashboards) newSwitchRow(line site.Switch, chosen string) switchRow {
	row := switchRow{Name: d.words.Say(language.PresetKey(line.Name))}
	for _, p := range site.Presets() {
		row.Cells = append(row.Cells, switchCell{p.Name, d.words.Say(language.PresetKey(line.Of(p))), p.Name == chosen})
	}
	text := row.Cells[0].Text
	if !slices.ContainsFunc(row.Cells, func(c switchCell) bool { return c.Text != text }) {
		row.Every = text
	}
	return row
}

// estimate fills in what cutting addresses costs.
func (d *Dashboards) estimate(s *settingsPage) {
	switch {
	case d.nobody():
		return
	case d.Estimates == nil:
		s.NoCost = d.words.Say("settings.cost.elsewhere")
		return
	}
	shown := s.Site.Preset().Shown
	for _, e := range d.Estimates(s.Site.ID) {
		row := costRow{Day: d.words.Range(e.Day, e.Day), Network: d.words.Integer(int(shown(uint64(e.Network + .5)))), Address: d.words.Integer(int(shown(uint64(e.Address + .5)))), Cost: "–"}
		if e.Address > 0 {
			row.Cost = d.words.Percent(100 * max(0, 1-e.Network/e.Address))
		}
		s.Costs = append(s.Costs, row)
	}
	if len(s.Costs) == 0 {
		s.NoCost = d.words.Say("settings.cost.none")
	}
}

// nobody tells whether visitors are not counted at all: identity "none". Then visits stand in their place.
func (d *Dashboards) nobody() bool { return d.Identity == "none" }

// counted is what stands for how many came: visitors, or visits where nobody is counted.
func (d *Dashboards) counted() report.Metric {
	if d.nobody() {
		return report.Visits
	}
	return report.Visitors
}

// countable puts visits in the place of visitors where nobody is counted, and leaves out shares of visitors.
func (d *Dashboards) countable(t tab) tab {
	if d.nobody() {
		t.Columns, t.Details = withoutVisitors(t.Columns, nil), withoutVisitors(t.Details, t.Columns)
	}
	return t
}

// withoutVisitors is the columns after those there are already.
func withoutVisitors(list, already []column) (kept []column) {
	has := map[report.Metric]bool{}
	for _, c := range already {
		if has[c.Metric] = true; c.Metric == report.Visitors {
			has[report.Visits] = true
		}
	}
	for _, c := range list {
		if c.Metric == report.Visitors {
			c = column{Metric: report.Visits, Title: "metric.visits"}
		}
		if c.Metric != report.Percentage && !has[c.Metric] {
			kept = append(kept, c)
		}
		has[c.Metric] = true
	}
	return kept
}

// live is the number of visitors now, nil where nobody is counted.
func (d *Dashboards) live(ctx context.Context, s *site.Site) (*live, error) {
	if d.nobody() {
		return nil, nil
	}
	n, err := d.Report.Live(ctx, s)
	return &live{Domain: s.Domain, URL: sitePath(s.Domain) + "/live", Count: n}, err
}
