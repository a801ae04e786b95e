package dashboards

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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

type auditRow struct {
	Time, Who, Action, Target, Detail string
	Speaks                            string // BCP 47 of the detail when it is not the page's: "en" as details were before they had codes, "" for names
	Foreign                           bool   // it is not
}

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
		row := auditRow{Time: d.moment(c.Time), Who: d.person(c.Who), Action: d.action(c.Action), Target: c.Target}
		row.Detail, row.Speaks, row.Foreign = d.detail(c)
		p.Rows = append(p.Rows, row)
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

// detail is what changed, in the reader's language. It is foreign where it is only there in English, and where it is somebody's words.
func (d *Dashboards) detail(c settings.Change) (text, speaks string, foreign bool) {
	list, ok := c.Said()
	if !ok {
		return c.Detail, "en", c.Detail != ""
	}
	parts := make([]string, len(list))
	for i, said := range list {
		args := make([]any, len(said)-1)
		for j, text := range said[1:] {
			args[j] = d.saidText(said, j, text)
		}
		parts[i] = d.words.Say("audit.said."+said[0], args...)
	}
	return strings.Join(parts, "; "), "", len(list) == 1 && list[0][0] == "text"
}

// saidText is an argument of what a detail says.
func (d *Dashboards) saidText(said settings.Said, i int, text string) string {
	switch {
	case said[0] == "access" || said[0] == "access.changed":
		var a settings.Access
		if json.Unmarshal([]byte(text), &a) == nil {
			return d.accessWords(a)
		}
	case said[0] == "changed" && i == 0:
		return d.words.Or("audit.field."+text, text)
	case said[0] == "changed":
		return d.valueSaid(text, said[2], said[3])
	case said[0] == "mailing" && i == 0:
		return d.words.Or("sharing."+text, text)
	case said[0] == "alert" && text == "0":
		return d.words.Say("audit.value.none")
	}
	return text
}

// valueSaid is the JSON of a value in words. Of a choice that is left out while it is not taken, nothing is no.
func (d *Dashboards) valueSaid(text, was, is string) string {
	var value any
	if text == "" && (was == "true" || is == "true") {
		text = "false"
	}
	if text == "" || json.Unmarshal([]byte(text), &value) != nil {
		return cmp.Or(text, d.words.Say("audit.value.none"))
	}
	switch v := value.(type) {
	case bool:
		return d.words.Say("audit.value." + map[bool]string{true: "yes", false: "no"}[v])
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i, part := range v {
			parts[i] = fmt.Sprint(part)
		}
		return cmp.Or(strings.Join(parts, " "), d.words.Say("audit.value.none"))
	}
	return text
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
