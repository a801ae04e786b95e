package dashboards

import (
	"net/http"

	"sporlos/site"
	"sporlos/store/report"
)

// installPage says how to put the script into a site's pages, and shows what arrives.
type installPage struct {
	page
	Sections []section
	Snippets snippets
	Prefix   string
	Arrivals arrivals
}

// arrivals is what has come in today, and what was refused and why.
type arrivals struct {
	Domain, Zone    string
	Received        bool // something has, at some time
	Today           string
	Hosts           []row
	Refused, Strays []refusalRow
}

// refusalRow is a reason with its count, and what to do about it.
type refusalRow struct{ Reason, Text, Count, Do string }

// install serves the page, or the part of it that asks again by itself.
func (d *Dashboards) install(w http.ResponseWriter, r *http.Request, p prepared) error {
	one := p.frame.Site
	come, err := d.arrivals(r, one)
	if err != nil {
		return err
	}
	if r.Header.Get("HX-Target") == "div#arrivals" {
		return d.show(w, http.StatusOK, "arrivals", come)
	}
	shown := installPage{page: p.frame, Sections: d.sections(p.frame.Viewer, one.Domain, "install"), Arrivals: come}
	shown.Title = d.words.Say("define.install") + " · " + one.Domain
	shown.Place = "settings"
	if prefix := r.URL.Query().Get("prefix"); prefixed.MatchString(prefix) {
		shown.Prefix = prefix
	}
	shown.Snippets = newSnippets(d.CollectorURL, one, shown.Prefix)
	if shown.Newsletters, err = d.hasNewsletters(r.Context(), one); err != nil {
		return err
	}
	return d.show(w, http.StatusOK, "install", shown)
}

func (d *Dashboards) arrivals(r *http.Request, one *site.Site) (a arrivals, err error) {
	ctx, now := r.Context(), d.Now()
	today := one.DayAt(now.Unix())
	a = arrivals{Domain: one.Domain, Zone: one.Zone}
	if _, a.Received, err = d.Report.FirstDay(ctx, one); err != nil {
		return a, err
	}
	result, err := d.Report.Run(ctx, report.Query{Site: one, From: today, To: today, Metrics: []report.Metric{report.Pageviews}, Dimensions: []report.Dimension{report.Host}, Limit: 10})
	if err != nil {
		return a, err
	}
	sum := 0
	for _, row := range result.Rows {
		sum += int(row.Metrics[0])
		a.Hosts = append(a.Hosts, newHostRow(row.Dimensions[0], d.words.Integer(int(row.Metrics[0]))))
	}
	a.Today = d.words.Many("install.today", sum)
	list, err := d.Report.Refusals(ctx, one, today, today)
	if err != nil {
		return a, err
	}
	a.Refused = d.explained(list)
	strays, err := d.Report.Strays(ctx, site.Day(now.Unix()/86400))
	a.Strays = d.explained(strays)
	return a, err
}

func newHostRow(host, count string) row { return row{Text: host, Cells: []cell{{Text: count}}} }

func (d *Dashboards) explained(list []report.Refusal) (rows []refusalRow) {
	for _, r := range list {
		rows = append(rows, refusalRow{r.Reason, d.words.Or("reason."+r.Reason, r.Reason), d.words.Integer(r.Count), d.words.Or("install.do."+r.Reason, "")})
	}
	return rows
}
