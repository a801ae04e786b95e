package privacy

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sporlos/event"
)

// Line is one field: what it is called, and its value as stored.
type Line struct {
	Name  string // of the field in package event, or of the header
	Label string
	Value string
	Note  string // what becomes of it
}

// Short is the form in which a visitor's number is shown: how it begins, sixteen bits of 64.
func Short(number uint64) string { return fmt.Sprintf("%04x", number>>48) }

// Fields lists what is stored of an event, field by field, in the order of package event: those with a value, and those without. day is
// when the event happened on the site's calendar. The visit is random and not drawn for a page: it has no value here.
func Fields(e *event.Event, at time.Time, domain string, l Language) (kept, empty []Line) {
	w := wordsOf(l)
	add := func(name, value, note string) {
		line := Line{name, w.Fields[name], value, note}
		if value == "" {
			empty = append(empty, line)
		} else {
			kept = append(kept, line)
		}
	}
	number := ""
	if e.Visitor != 0 {
		number = Short(e.Visitor) + "…"
	}
	add("Site", domain, "")
	add("Day", at.Format(time.DateOnly), "")
	add("Time", at.Format(time.TimeOnly), "")
	add("Visitor", number, w.VisitorNote)
	add("Visit", w.VisitValue, "")
	add("Name", w.name(e.Name), "")
	add("Interactive", w.yes(e.Interactive), "")
	for _, f := range []struct{ name, value string }{
		{"Host", e.Host}, {"Path", e.Path}, {"Referrer", e.Referrer}, {"Source", e.Source}, {"Channel", e.Channel},
		{"UTMSource", e.UTMSource}, {"UTMMedium", e.UTMMedium}, {"UTMCampaign", e.UTMCampaign}, {"UTMContent", e.UTMContent}, {"UTMTerm", e.UTMTerm},
		{"Country", e.Country}, {"Region", e.Region}, {"City", e.City},
		{"Browser", e.Browser}, {"BrowserVersion", e.BrowserVersion}, {"OS", e.OS}, {"OSVersion", e.OSVersion}, {"Device", e.Device},
		{"EngagementMS", positive(int64(e.EngagementMS))}, {"Scroll", positive(int64(e.Scroll))},
		{"RevenueMilli", positive(e.RevenueMilli)}, {"Currency", e.Currency}, {"Props", props(e.Props)},
	} {
		add(f.name, f.value, w.FieldNotes[f.name])
	}
	return kept, empty
}

func positive(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func props(list []event.Prop) string {
	var out []string
	for _, p := range list {
		out = append(out, p.Key+" = "+p.Value)
	}
	return strings.Join(out, ", ")
}

// Carried is what a request brought with it and what is thrown away.
type Carried struct {
	Network   string // in CIDR notation: the address itself is gone by now
	Agent     string
	Languages string
	Hints     []string // Sec-CH-UA and its like
	Device    string   // what the agent became
	Query     bool     // the page's address had a query or a fragment
	Refused   bool     // nothing was made of any of it
}

// Thrown lists what the request carried and what becomes of it.
func Thrown(c Carried, f Facts, l Language) (lines []Line) {
	w := wordsOf(l)
	note := w.ThrownAddress[f.Identity]
	agent, languages := w.ThrownAgent[f.Identity], w.ThrownLanguage[f.Identity]
	if c.Refused {
		note, agent, languages = w.Unused, w.Unused, w.UnusedLanguage
	}
	lines = append(lines, Line{"Address", w.ThrownLabels["Address"], c.Network, note})
	if c.Device != "" {
		agent = fmt.Sprintf(w.ThrownDevice, c.Device) + " " + agent
	}
	lines = append(lines, Line{"User-Agent", "User-Agent", orDash(c.Agent), agent})
	lines = append(lines, Line{"Accept-Language", "Accept-Language", orDash(c.Languages), languages})
	if len(c.Hints) > 0 && !c.Refused {
		lines = append(lines, Line{"Sec-CH-UA", "Sec-CH-UA", strings.Join(c.Hints, " · "), w.ThrownHints})
	}
	if c.Query {
		lines = append(lines, Line{"Query", w.ThrownLabels["Query"], "?…", w.ThrownQuery})
	}
	return append(lines, Line{"Rest", w.ThrownLabels["Rest"], "—", w.ThrownRest})
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
