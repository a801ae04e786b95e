package dashboards

import (
	"net/http"
	"slices"

	"sporlos/letter"
	"sporlos/store/report"
)

// part serves what lies below a site: the visitors now, the wait for the first beacon, the newsletters, and each panel in full.
func (d *Dashboards) part(w http.ResponseWriter, r *http.Request, p prepared) error {
	switch name := r.PathValue("panel"); name {
	case "live":
		now, err := d.liveOn(r.Context(), p)
		if err != nil {
			return err
		}
		if now == nil {
			return errNotFound
		}
		return d.show(w, http.StatusOK, "live", now)
	case "suggest":
		return d.suggestValues(w, r, p)
	case "waiting":
		return d.waiting(w, r, p)
	case "newsletters":
		return d.newsletters(w, r, p)
	case "realtime":
		return d.forUsers(w, r, p, d.realtime)
	case "goals":
		return d.forUsers(w, r, p, d.goals)
	case "journeys":
		return d.forUsers(w, r, p, d.journeys)
	default:
		return d.details(w, r, p, name)
	}
}

// onePanel serves a panel of the overview alone, for htmx to swap in.
func (d *Dashboards) onePanel(w http.ResponseWriter, r *http.Request, p prepared, id string) error {
	one, ok := p.panelOf(id)
	if !ok {
		return errNotFound
	}
	shown, err := d.ask(r.Context(), p.asker, one, false)
	if err != nil {
		return err
	}
	return d.show(w, http.StatusOK, "panel", shown)
}

// details serves a panel in full.
func (d *Dashboards) details(w http.ResponseWriter, r *http.Request, p prepared, id string) error {
	one, ok := p.panelOf(id)
	if !ok {
		return errNotFound
	}
	p.asker.view.Panel = id
	if p.moved {
		http.Redirect(w, r, p.asker.view.URL(), http.StatusSeeOther)
		return nil
	}
	why, err := d.set(r.Context(), &p)
	if err != nil {
		return err
	}
	o, err := d.newOverview(r.Context(), p)
	if err != nil {
		return err
	}
	full, err := d.ask(r.Context(), p.asker, one, true)
	if err != nil {
		return err
	}
	o.Full, o.Alone = &full, why
	if one.ID == "searches" {
		o.CSV = exportURL(p.asker.view.Tab("searches", "days"), "searches.csv")
		if o.Chart, o.Trend, err = d.searchTrend(r.Context(), p); err != nil {
			return err
		}
	}
	o.Title = full.Title + " · " + o.Title
	return d.show(w, http.StatusOK, "details", o)
}

// waitingPage says how to start counting, until the first beacon has arrived.
type waitingPage struct {
	page
	Snippet  string
	Received bool
	Refused  refused
}

// waiting serves the page of a site without data. It asks again by itself until there is some.
func (d *Dashboards) waiting(w http.ResponseWriter, r *http.Request, p prepared) error {
	s := p.frame.Site
	_, some, err := d.Report.FirstDay(r.Context(), s)
	if err != nil {
		return err
	}
	shown := waitingPage{page: p.frame, Received: some, Snippet: newSnippets(d.CollectorURL, s, "").Tag}
	if !some {
		if shown.Refused, err = d.refused(r.Context(), p.asker); err != nil {
			return err
		}
	}
	if r.Header.Get("HX-Target") == "div#waiting" {
		return d.show(w, http.StatusOK, "waiting-state", shown)
	}
	return d.show(w, http.StatusOK, "waiting", shown)
}

// siteCard is a site in the list: its visitors of the last 28 days.
type siteCard struct {
	Domain, URL string
	Visitors    string
	Line, Area  string // a small chart, as SVG paths
	Quiet       bool   // nothing has been counted in these days
	Newsletters string // URL of the site's newsletters; "" when it has none
}

type sitesPage struct {
	page
	Cards []siteCard
}

// sites serves the list of sites, or goes straight to the only one.
func (d *Dashboards) sites(w http.ResponseWriter, r *http.Request, who viewer) error {
	sites, err := d.Settings.Sites(r.Context())
	if err != nil {
		return err
	}
	sites = who.visible(sites)
	if len(sites) == 1 {
		http.Redirect(w, r, sitePath(sites[0].Domain), http.StatusSeeOther)
		return nil
	}
	campaigns, err := d.Settings.Campaigns(r.Context())
	if err != nil {
		return err
	}
	shown := sitesPage{page: d.inside(r, who, d.words.Say("sites.title"))}
	for _, s := range sites[:min(len(sites), 100)] {
		today := s.DayAt(d.Now().Unix())
		result, err := d.Report.Run(r.Context(), report.Query{Site: s, From: today - 27, To: today, Metrics: []report.Metric{d.counted()}, Dimensions: []report.Dimension{report.DayDim}})
		if err != nil {
			return err
		}
		card := d.card(s.Domain, result.Rows)
		if d.nobody() {
			card.Visitors = "–"
		}
		if slices.ContainsFunc(campaigns, func(c letter.Campaign) bool { return c.Site == s.Domain }) {
			card.Newsletters = newslettersPath(s.Domain)
		}
		shown.Cards = append(shown.Cards, card)
	}
	return d.show(w, http.StatusOK, "sites", shown)
}

func (d *Dashboards) card(domain string, rows []report.Row) siteCard {
	c := chart{Top: 1}
	sum := 0.0
	for _, r := range rows {
		sum += r.Metrics[0]
		c.Top = max(c.Top, r.Metrics[0])
		c.Points = append(c.Points, point{Value: r.Metrics[0], NoBefore: true})
	}
	c.draw()
	return siteCard{Domain: domain, URL: sitePath(domain), Visitors: d.words.Compact(sum), Line: c.Line, Area: c.Area, Quiet: sum == 0}
}
