package dashboards

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/report"
	"sporlos/store/settings"
)

// maxLists is how many bytes a form with lists of exclusions may have.
const maxLists = 64 << 10

// section is one page of a site's settings.
type section struct {
	Name, Text, URL string
	Here            bool
}

// sectionNames are the pages below /{domain}/settings/ in the order of the menu.
var sectionNames = []string{"counting", "goals", "funnels", "segments", "annotations"}

// definePage is one of them: what there is, and a form.
type definePage struct {
	page
	Section          string
	Sections         []section
	Action           string
	Back             string // where to go afterwards; "" stays here
	Saved            bool
	Problem          string
	Defined          *settings.Definitions
	Segments         []site.Segment // those this viewer sees
	Zones            []string
	Zone             string // of the form
	Form             site.Settings
	Goal             site.Goal // of the form, as are the next
	Funnel           site.Funnel
	Segment          site.Segment
	Annotation       site.Annotation
	AnnotationDay    string
	AnnotationHour   string
	Editing          bool
	Events, TopPages []string // that are known, to choose from
	Kinds            []site.GoalKind
	Outcomes         []string
	Conditions       []site.Condition // of the form, with empty ones to fill in
	Steps            []string         // of the form, with empty ones to fill in
	Script           string           // the tag, when search names are named
}

// sections is the menu of a site's settings.
func (d *Dashboards) sections(v viewer, domain, here string) (list []section) {
	base := sitePath(domain)
	list = append(list, section{"privacy", d.words.Say("define.privacy"), base + "/settings", here == "privacy"})
	for _, name := range sectionNames {
		list = append(list, section{name, d.words.Say("define." + name), base + "/settings/" + name, here == name})
	}
	list = append(list, section{"install", d.words.Say("define.install"), base + "/install", here == "install"})
	if v.Owns(domain) {
		list = append(list, section{"sharing", d.words.Say("sharing.title"), base + "/sharing", here == "sharing"})
		list = append(list, section{"remove", d.words.Say("define.remove"), base + "/remove", here == "remove"})
	}
	return list
}

// define serves a page of a site's settings.
func (d *Dashboards) define(w http.ResponseWriter, r *http.Request, p prepared) error {
	shown, err := d.newDefine(r, p)
	if err != nil {
		return err
	}
	shown.Saved = r.URL.Query().Has("saved")
	if id := r.URL.Query().Get("edit"); id != "" && !shown.edit(id) {
		return errNotFound
	}
	return d.showDefine(w, r, http.StatusOK, shown)
}

// newDefine is the page with an empty form.
func (d *Dashboards) newDefine(r *http.Request, p prepared) (s definePage, err error) {
	name, one := r.PathValue("section"), p.frame.Site
	if !slices.Contains(sectionNames, name) {
		return s, errNotFound
	}
	s = definePage{page: p.frame, Section: name, Form: one.Settings(), Zone: one.Zone, Kinds: site.GoalKinds(), Outcomes: site.Outcomes()}
	s.Action = sitePath(one.Domain) + "/settings/" + name
	s.Sections = d.sections(p.frame.Viewer, one.Domain, name)
	s.Title = d.words.Say("define."+name) + " · " + one.Domain
	if s.Defined, err = d.Settings.Definitions(r.Context(), one.ID); err != nil {
		return s, err
	}
	s.Segments = slices.DeleteFunc(slices.Clone(s.Defined.Segments), func(g site.Segment) bool { return !g.For(p.frame.Viewer.Name) })
	s.Goal = site.Goal{Kind: site.PageGoal}
	s.AnnotationDay = one.DayAt(d.Now().Unix()).String()
	switch name {
	case "counting":
		s.Zones = zones()
		if len(one.Settings().SearchNames) > 0 {
			s.Script = newSnippets(d.CollectorURL, one, "").Tag
		}
	case "goals":
		err = d.suggest(r.Context(), one, &s)
	}
	return s, err
}

// edit fills the form with a definition there is.
func (s *definePage) edit(id string) bool {
	switch s.Section {
	case "goals":
		s.Goal, s.Editing = s.Defined.Goal(id)
	case "funnels":
		s.Funnel, s.Editing = s.Defined.Funnel(id)
	case "segments":
		s.Segment, s.Editing = s.Defined.Segment(id)
		s.Editing = s.Editing && s.Segment.For(s.Viewer.Name)
	case "annotations":
		if s.Annotation, s.Editing = s.Defined.Annotation(id); s.Editing {
			s.AnnotationDay = s.Annotation.Day.String()
			if s.Annotation.Hour != nil {
				s.AnnotationHour = strconv.Itoa(*s.Annotation.Hour)
			}
		}
	}
	return s.Editing
}

// suggest fills in the events and pages of the last 28 days, the most frequent first.
func (d *Dashboards) suggest(ctx context.Context, one *site.Site, s *definePage) error {
	today := one.DayAt(d.Now().Unix())
	for dimension, to := range map[report.Dimension]*[]string{report.Event: &s.Events, report.Page: &s.TopPages} {
		metric := report.Pageviews
		if dimension == report.Event {
			metric = report.Events
		}
		result, err := d.Report.Run(ctx, report.Query{Site: one, From: today - 27, To: today, Metrics: []report.Metric{metric}, Dimensions: []report.Dimension{dimension}, Limit: 50})
		if err != nil {
			return err
		}
		for _, row := range result.Rows {
			if name := row.Dimensions[0]; name != "pageview" && name != "" {
				*to = append(*to, name)
			}
		}
	}
	return nil
}

func (d *Dashboards) showDefine(w http.ResponseWriter, r *http.Request, status int, s definePage) (err error) {
	s.Place = "settings"
	s.Conditions = append(slices.Clone(s.Goal.Props), make([]site.Condition, max(0, 3-len(s.Goal.Props)))...)
	s.Steps = append(slices.Clone(s.Funnel.Steps), make([]string, max(0, site.MaxSteps-len(s.Funnel.Steps)))...)
	if s.Newsletters, err = d.hasNewsletters(r.Context(), s.Site); err != nil {
		return err
	}
	if s.Live, err = d.live(r.Context(), s.Site); err != nil {
		return err
	}
	return d.show(w, status, "define", s)
}

// changeDefined takes the form of one of the pages.
func (d *Dashboards) changeDefined(w http.ResponseWriter, r *http.Request, who viewer) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxLists)
	p, err := d.prepare(r, who)
	if err != nil {
		return err
	}
	shown, err := d.newDefine(r, p)
	if err != nil {
		return err
	}
	shown.Back = r.PostFormValue("back")
	if shown.Problem, err = d.take(r, &shown); err != nil {
		return err
	}
	if shown.Problem != "" {
		return d.showDefine(w, r, http.StatusUnprocessableEntity, shown)
	}
	http.Redirect(w, r, shown.after(r.PostFormValue("do") == "remove"), http.StatusSeeOther)
	return nil
}

// after is where a form leads when it has been carried out: back to the page it was sent from, under the segment that was saved there.
func (s *definePage) after(removed bool) string {
	back, err := url.Parse(s.Back)
	if err != nil || s.Back == "" || local(s.Back) != s.Back {
		return s.Action + "?saved"
	}
	q := back.Query()
	if s.Section == "segments" && !removed {
		q.Set("seg", s.Segment.ID)
	}
	q.Set("saved", "")
	back.RawQuery = q.Encode()
	return back.String()
}

// take carries out what a form says, and says in words why it cannot.
func (d *Dashboards) take(r *http.Request, s *definePage) (problem string, err error) {
	id := r.PostFormValue("id")
	remove := r.PostFormValue("do") == "remove"
	var detail string
	switch s.Section {
	case "counting":
		detail, err = d.takeCounting(r, s)
	case "goals":
		detail, err = d.takeGoal(r, s, id, remove)
	case "funnels":
		detail, err = d.takeFunnel(r, s, id, remove)
	case "segments":
		detail, err = d.takeSegment(r, s, id, remove)
	default:
		detail, err = d.takeAnnotation(r, s, id, remove)
	}
	if problem := d.mistake(err); problem != "" {
		s.Editing = id != ""
		return problem, nil
	}
	if err != nil || detail == "" {
		return "", err
	}
	action := strings.TrimSuffix(s.Section, "s") + map[bool]string{true: ".remove", false: ".set"}[remove]
	if s.Section == "counting" {
		action = "site.set"
	} else {
		detail = settings.Details(settings.Detail("text", detail))
	}
	return "", d.audit(r.Context(), s.Viewer, action, s.Site.Domain, detail)
}

// mistake is what is wrong with what was asked for, in the reader's language; "" when err is none of that kind.
func (d *Dashboards) mistake(err error) string {
	var m *site.Mistake
	switch {
	case errors.As(err, &m):
		return d.words.Say(m.Key, d.arguments(m.Args)...)
	case errors.Is(err, settings.ErrExists):
		return d.words.Say("define.exists")
	}
	return ""
}

// takeCounting changes zone and lists.
func (d *Dashboards) takeCounting(r *http.Request, s *definePage) (detail string, err error) {
	have, changes := s.Site, []settings.Said(nil)
	s.Zone = strings.TrimSpace(r.PostFormValue("zone"))
	s.Form.ExcludedPaths = entries(r.PostFormValue("excluded_paths"))
	s.Form.ExcludedAddresses = entries(r.PostFormValue("excluded_addresses"))
	s.Form.Hosts = entries(r.PostFormValue("hosts"))
	s.Form.SearchNames = entries(r.PostFormValue("search_names"))
	if s.Zone != have.Zone {
		if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "" || s.Zone == "Local" {
			return "", &site.Mistake{Key: "mistake.zone", Args: []any{s.Zone}}
		}
		changes = append(changes, settings.Detail("changed", "zone", strconv.Quote(have.Zone), strconv.Quote(s.Zone)))
	}
	changed, err := site.New(have.ID, have.Domain, s.Zone, s.Form)
	if err != nil {
		return "", err
	}
	if err := d.Settings.SaveSite(r.Context(), changed); err != nil {
		return "", err
	}
	d.tell(r.Context())
	return settings.Details(append(changes, settings.Difference(have.Settings, changed.Settings)...)...), nil
}

// tell lets the collector of this process know at once; others find out within a second.
func (d *Dashboards) tell(ctx context.Context) {
	if d.Changed != nil {
		d.Changed(ctx)
	}
}

// entries are those of a text field, one a line or parted by commas.
func entries(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == '\n' || c == '\r' || c == ',' })
}

func (d *Dashboards) takeGoal(r *http.Request, s *definePage, id string, remove bool) (string, error) {
	if remove {
		g, err := d.Settings.RemoveGoal(r.Context(), s.Site.ID, id)
		return g.Name, err
	}
	scroll, _ := strconv.Atoi(r.PostFormValue("scroll")) // what is no number is 0, which Clean refuses
	g := site.Goal{
		ID: id, Name: r.PostFormValue("name"), Kind: site.GoalKind(r.PostFormValue("kind")), Path: r.PostFormValue("path"), Event: r.PostFormValue("event"),
		Scroll: scroll, Outcome: r.PostFormValue("outcome"), Currency: r.PostFormValue("currency"),
	}
	if g.Kind == site.ScrollGoal {
		g.Path = r.PostFormValue("scroll_path")
	}
	g.Revenue = g.Kind == site.EventGoal && strings.TrimSpace(g.Currency) != ""
	keys, values := r.PostForm["key"], r.PostForm["value"]
	for i := range min(len(keys), len(values)) {
		if keys[i]+values[i] != "" {
			g.Props = append(g.Props, site.Condition{Key: keys[i], Value: values[i]})
		}
	}
	s.Goal = g
	g, err := d.Settings.SaveGoal(r.Context(), s.Site.ID, g)
	return g.Name, err
}

func (d *Dashboards) takeFunnel(r *http.Request, s *definePage, id string, remove bool) (string, error) {
	if remove {
		f, err := d.Settings.RemoveFunnel(r.Context(), s.Site.ID, id)
		return f.Name, err
	}
	f := site.Funnel{ID: id, Name: r.PostFormValue("name")}
	for _, step := range r.PostForm["step"] {
		if step != "" {
			f.Steps = append(f.Steps, step)
		}
	}
	s.Funnel = f
	f, err := d.Settings.SaveFunnel(r.Context(), s.Site.ID, f)
	return f.Name, err
}

// takeSegment keeps filters under a name. What belongs to another user alone is not there.
func (d *Dashboards) takeSegment(r *http.Request, s *definePage, id string, remove bool) (string, error) {
	owner := s.Viewer.Name
	if id != "" {
		have, ok := s.Defined.Segment(id)
		if !ok || !have.For(owner) {
			return "", errNotFound
		}
		owner = have.Owner
	}
	if remove {
		g, err := d.Settings.RemoveSegment(r.Context(), s.Site.ID, id)
		return g.Name, err
	}
	s.Segment = site.Segment{ID: id, Name: r.PostFormValue("name"), Query: r.PostFormValue("query"), Personal: r.PostFormValue("scope") == "personal", Owner: owner}
	g := s.Segment
	var err error
	if g.Query, err = d.filters(s.Site, g.Query); err != nil {
		return "", err
	}
	if g, err = d.Settings.SaveSegment(r.Context(), s.Site.ID, g); err == nil {
		s.Segment = g
	}
	return g.Name, err
}

// filters are the filters of a page's address, or of the part of it behind the question mark.
func (d *Dashboards) filters(one *site.Site, address string) (string, error) {
	if _, query, ok := strings.Cut(address, "?"); ok {
		address = query
	}
	q, err := url.ParseQuery(strings.TrimSpace(address))
	if err != nil {
		return "", &site.Mistake{Key: "mistake.segment.query", Args: []any{site.MaxQuery}}
	}
	if _, problems := view.Parse(one.Domain, q, one.DayAt(d.Now().Unix())); len(problems) > 0 {
		return "", &site.Mistake{Key: "mistake.segment.filter", Args: []any{problems[0]}}
	}
	for key := range q {
		if !slices.Contains(view.FilterKeys(), key) {
			q.Del(key)
		}
	}
	return q.Encode(), nil
}

func (d *Dashboards) takeAnnotation(r *http.Request, s *definePage, id string, remove bool) (string, error) {
	if remove {
		a, err := d.Settings.RemoveAnnotation(r.Context(), s.Site.ID, id)
		return a.Text, err
	}
	s.AnnotationDay, s.AnnotationHour = r.PostFormValue("day"), r.PostFormValue("hour")
	a := site.Annotation{ID: id, Text: r.PostFormValue("text"), Who: s.Viewer.Name}
	if have, ok := s.Defined.Annotation(id); ok {
		a.Who = have.Who
	}
	s.Annotation = a
	if day, err := time.Parse(time.DateOnly, s.AnnotationDay); err == nil && day.Year() >= 2000 && day.Year() < 2100 {
		a.Day = site.DayOfDate(day.Date())
	}
	if s.AnnotationHour != "" {
		hour, err := strconv.Atoi(s.AnnotationHour)
		if err != nil {
			hour = -1
		}
		a.Hour = &hour
	}
	a, err := d.Settings.SaveAnnotation(r.Context(), s.Site.ID, a)
	return a.Text, err
}
