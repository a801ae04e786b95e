package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"sporlos/dashboards/view"
	"sporlos/letter"
	"sporlos/site"
	"sporlos/store/report"
)

// newslettersPage is the page of a site's newsletters.
type newslettersPage struct {
	page
	Problems    []string
	Period      picker
	Chart       chart
	Compared    string // the chart compares with nothing,
	Alone       string // does not say why,
	Notes       *notes // and has no annotations
	Letters     []shownLetter
	NoCampaigns string // why the site counts none; "" when it does
	Zone        string
	CSV         string // URL of all newsletters as a file
}

// shownLetter is one newsletter with what is known of it.
type shownLetter struct {
	letter.Campaign
	Title, Since           string
	Clicks, Opens, Machine string // in words; "" when there is nothing to say
	Line, Area             string // clicks by day, a small chart, as SVG paths
	Links                  []shownLink
	Picture                string // the tag; "" when opens are not counted
	Visits                 string // URL of the visits it brought; "" when they cannot be told
}

// shownLink is one link of a newsletter.
type shownLink struct {
	Name, Target     string // Target is "" when the link has been removed
	Clicks, Machines string
	Bar              float64 // percent of the most clicked
	Address          string  // for the letter
	Tagged           string  // a better target; "" when it is fine
}

// newsletters serves the page of a site's newsletters.
func (d *Dashboards) newsletters(w http.ResponseWriter, r *http.Request, p prepared) error {
	s, v := p.frame.Site, p.asker.view.Details("newsletters").Clear()
	campaigns, err := d.Settings.CampaignsOf(r.Context(), s.Domain)
	if err != nil {
		return err
	}
	shown := newslettersPage{page: p.frame, Problems: p.problems, Zone: d.words.Say("footer.zone", s.Zone), CSV: exportURL(v, "newsletters.csv")}
	shown.Newsletters, shown.Place = len(campaigns) > 0, "newsletters"
	shown.Period = d.newPicker(v)
	shown.Title = d.words.Say("letters.title") + " · " + s.Domain
	if !s.Preset().Campaigns {
		shown.NoCampaigns = d.words.Say("letters.campaign", s.Preset().Name)
	}
	if shown.Live, err = d.live(r.Context(), s); err != nil {
		return err
	}
	counted, err := d.Report.Newsletters(r.Context(), s, v.Period.From, v.Period.To)
	if err != nil {
		return err
	}
	for _, c := range campaigns {
		i := slices.IndexFunc(counted, func(n report.Newsletter) bool { return n.Campaign == c.Name })
		var n report.Newsletter
		if i >= 0 {
			n = counted[i]
		}
		shown.Letters = append(shown.Letters, d.newLetter(v, c, n))
	}
	shown.Chart = d.clicksChart(v, p, counted)
	return d.show(w, http.StatusOK, "newsletters", shown)
}

// hasNewsletters says whether there is something on the page.
func (d *Dashboards) hasNewsletters(ctx context.Context, s *site.Site) (bool, error) {
	list, err := d.Settings.CampaignsOf(ctx, s.Domain)
	return len(list) > 0, err
}

// clicksChart draws the clicks of all newsletters by day.
func (d *Dashboards) clicksChart(v view.View, p prepared, counted []report.Newsletter) chart {
	rows := make([]report.Row, v.Period.Days())
	for i := range rows {
		rows[i] = report.Row{Dimensions: []string{(v.Period.From + site.Day(i)).String()}, Metrics: []float64{0}}
	}
	for _, n := range counted {
		for i, day := range n.Days {
			rows[i].Metrics[0] += float64(day.Clicks)
		}
	}
	v.Metric, v.Step = "clicks", view.Day
	c := d.newChart(v, p.now, alone(rows), nil)
	c.Steps = nil // by day only
	return c
}

func (d *Dashboards) newLetter(v view.View, c letter.Campaign, n report.Newsletter) shownLetter {
	base := d.CollectorURL
	l := shownLetter{Campaign: c, Title: c.Title, Since: d.words.Say("letters.since", d.words.Day(site.DayOfDate(c.Created.Date())))}
	if l.Title == "" || l.Title == c.Name {
		l.Title = c.Name
	} else {
		l.Since = c.Name + ", " + l.Since
	}
	l.Clicks = d.words.Many("letters.clicks", n.Clicks)
	l.Opens = d.words.Say("letters.off")
	if c.Opens || n.Opens > 0 {
		l.Opens = d.words.Many("letters.opens", n.Opens)
	}
	if n.Machines > 0 {
		l.Machine = d.words.Many("letters.machine", n.Machines)
	}
	if c.Opens {
		l.Picture = c.Picture(base)
	}
	spark := chart{Top: 1}
	for _, day := range n.Days {
		spark.Top = max(spark.Top, float64(day.Clicks))
		spark.Points = append(spark.Points, point{Value: float64(day.Clicks), NoBefore: true})
	}
	spark.draw()
	l.Line, l.Area = spark.Line, spark.Area
	l.Links = d.letterLinks(c, n, base)
	for _, link := range c.Links {
		if name := c.UTMCampaign(link); name != "" && l.Visits == "" {
			l.Visits = v.Details("").Only(view.Filter{Op: "is", Dimension: "utm_campaign", Values: []string{name}}).URL()
		}
	}
	return l
}

// letterLinks are the links that are registered, in their order, and those that were clicked and have been removed.
func (d *Dashboards) letterLinks(c letter.Campaign, n report.Newsletter, base string) (list []shownLink) {
	most := 1
	clicks := map[string]report.NewsletterLink{}
	for _, counted := range n.Links {
		most = max(most, counted.Clicks)
		clicks[counted.Name] = counted
	}
	add := func(l letter.Link) {
		counted := clicks[l.Name]
		list = append(list, shownLink{
			Name: l.Name, Target: l.URL, Clicks: d.words.Integer(counted.Clicks), Machines: d.words.Integer(counted.Machines),
			Bar: float64(counted.Clicks) / float64(most) * 100, Address: c.Address(base, l.Name), Tagged: c.Tagged(l),
		})
	}
	for _, l := range c.Links {
		add(l)
	}
	for _, counted := range n.Links {
		if _, registered := c.Link(counted.Name); !registered {
			add(letter.Link{Name: counted.Name})
		}
	}
	return list
}

// newslettersPath is where the page of a site's newsletters is.
func newslettersPath(domain string) string { return "/" + url.PathEscape(domain) + "/newsletters" }
