package dashboards

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sporlos/site"
	"sporlos/store/settings"
)

// auditPage lists administrative changes, the latest first.
type auditPage struct {
	page
	Rows           []auditRow
	Who, Action    string   // narrowed to, "" not
	People, Kinds  []option // to choose from
	Total          string
	Newer, Older   string // URLs; "" when there are none
	From, To, Kept int
}

type auditRow struct{ Time, Who, Action, Target, Detail string }

// option is an entry of a select.
type option struct {
	Value, Text string
	Here        bool
}

const (
	auditRows = 50     // of a page
	auditMost = 10_000 // pages that can be turned to
)

// auditLog serves the page of changes.
func (d *Dashboards) auditLog(w http.ResponseWriter, r *http.Request, v viewer) error {
	q := r.URL.Query()
	at, _ := strconv.Atoi(q.Get("page")) // what is no number is the first page
	at = min(max(at, 1), auditMost)
	p := auditPage{page: d.inside(r, v, d.words.Say("audit.title")), Who: q.Get("who"), Action: q.Get("action"), Kept: d.Retention}
	p.Place = "audit"
	changes, total, err := d.Settings.Changes(r.Context(), p.Who, p.Action, (at-1)*auditRows, auditRows)
	if err != nil {
		return err
	}
	who, kinds, err := d.Settings.ChangeKinds(r.Context())
	if err != nil {
		return err
	}
	for _, c := range changes {
		p.Rows = append(p.Rows, auditRow{d.moment(c.Time), d.person(c.Who), d.action(c.Action), c.Target, c.Detail})
	}
	for _, name := range who {
		p.People = append(p.People, option{name, d.person(name), name == p.Who})
	}
	for _, kind := range kinds {
		p.Kinds = append(p.Kinds, option{kind, d.action(kind), kind == p.Action})
	}
	p.Total, p.From, p.To = d.words.Many("audit.total", total), (at-1)*auditRows+1, min(at*auditRows, total)
	if at > 1 {
		p.Newer = p.turn(at - 1)
	}
	if at*auditRows < total {
		p.Older = p.turn(at + 1)
	}
	return d.show(w, http.StatusOK, "audit", p)
}

// turn is where another page of the same list is.
func (p auditPage) turn(to int) string {
	q := url.Values{}
	for name, value := range map[string]string{"who": p.Who, "action": p.Action} {
		if value != "" {
			q.Set(name, value)
		}
	}
	q.Set("page", strconv.Itoa(to))
	return "/-/audit?" + q.Encode()
}

// action is what was done, in words.
func (d *Dashboards) action(name string) string { return d.words.Or("audit.action."+name, name) }

// person is who did it.
func (d *Dashboards) person(name string) string {
	if name == settings.CommandLine {
		return d.words.Say("audit.command")
	}
	return name
}

// moment writes a time to the minute. It is in UTC: an installation has no zone of its own, only its sites do.
func (d *Dashboards) moment(t time.Time) string {
	t = t.UTC()
	return d.words.Day(site.DayOfDate(t.Date())) + ", " + t.Format("15:04") + " UTC"
}
