package dashboards

import (
	"slices"
	"strings"

	"sporlos/site"
	"sporlos/store/report"
)

// panel is one question about a site, asked in several ways: its tabs.
type panel struct {
	ID   string
	Tabs []tab
}

// tab is a panel's question with one dimension.
type tab struct {
	ID        string
	Group     string // ID of the tab above which this is one of a second row; "" stands in the first row
	Dimension report.Dimension
	Only      []report.Filter // conditions of its own
	Columns   []column        // on the overview; the first is what bars show
	Details   []column        // in full, after Columns
	Empty     string          // key of what to say when there is nothing; "" is the common sentence
	Searches  bool            // asks the lane of searches instead
	Map       bool            // is drawn as a map too, and on the overview as nothing else
	Doing     string          // asks about single events instead: properties or missing
	Next      string          // ID of the tab that a click on a row of the details leads on to
	Reading   bool            // rows are pages: the details say how they are read
	Note      string          // key of what is to be known about the rows
	Goal      *site.Goal      // counts conversions
}

// column is a metric under a title (a key of language).
type column struct {
	Metric report.Metric
	Title  string
	Unit   string // after the title: " (NOK)"
}

func columns(metrics ...report.Metric) (list []column) {
	for _, m := range metrics {
		list = append(list, column{Metric: m, Title: "metric." + m.String()})
	}
	return list
}

// panels is what the overview shows, in its order.
func panels() []panel {
	return []panel{
		{ID: "sources", Tabs: sourceTabs()},
		{ID: "pages", Tabs: pageTabs()},
		{ID: "places", Tabs: placeTabs()},
		{ID: "devices", Tabs: []tab{
			visitorTab("browsers", report.Browser).on("browserversions"),
			visitorTab("browserversions", report.BrowserVersion).under("browsers"),
			visitorTab("systems", report.OS).on("systemversions"),
			visitorTab("systemversions", report.OSVersion).under("systems"),
			visitorTab("sizes", report.Device).noting("note.sizes"),
		}},
		{ID: "searches", Tabs: searchTabs()},
		{ID: "events", Tabs: eventTabs()},
	}
}

// visitorTab splits visitors by a dimension of their visits.
func visitorTab(id string, d report.Dimension) tab {
	return tab{
		ID: id, Dimension: d, Columns: columns(report.Visitors, report.Percentage),
		Details: columns(report.Visits, report.Pageviews, report.BounceRate, report.VisitDuration), Empty: emptyOf(d),
	}
}

// emptyOf is what to say where visits have nothing of a dimension: that there were none, and where it comes from.
func emptyOf(d report.Dimension) string {
	switch d {
	case report.Source, report.Channel:
		return "empty.sources"
	case report.Country:
		return "empty.places"
	}
	return "empty.devices"
}

func (t tab) under(group string) tab {
	t.Group = group
	return t
}

// known leaves out the row without a value.
func (t tab) known() tab {
	t.Only = []report.Filter{{Dimension: t.Dimension, Op: report.IsNot, Values: []string{""}}}
	return t
}

// on makes a click on a row of the details lead on to another tab.
func (t tab) on(next string) tab {
	t.Next = next
	return t
}

func (t tab) noting(key string) tab {
	t.Note = key
	return t
}

func (t tab) orSay(key string) tab {
	t.Empty = key
	return t
}

// sourceTabs lead down: from channels to sources, to referrers, to the pages they led to; from campaigns through the other tags of a link.
func sourceTabs() []tab {
	tagged := func(id string, d report.Dimension, next string) tab {
		return visitorTab(id, d).known().orSay("empty.campaigns").on(next)
	}
	return []tab{
		visitorTab("sources", report.Source).on("referrers"),
		visitorTab("channels", report.Channel).on("sources").noting("note.channels"),
		visitorTab("referrers", report.Referrer).known().orSay("empty.referrers").on("landing"),
		entryTab("landing").under("referrers"),
		tagged("campaigns", report.UTMCampaign, "utmsource"),
		tagged("utmsource", report.UTMSource, "medium").under("campaigns"),
		tagged("medium", report.UTMMedium, "content").under("campaigns"),
		tagged("content", report.UTMContent, "term").under("campaigns"),
		tagged("term", report.UTMTerm, "landing").under("campaigns"),
	}
}

// entryTab splits visits by the page they began with.
func entryTab(id string) tab {
	return tab{ID: id, Dimension: report.EntryPage, Columns: []column{{Metric: report.Visits, Title: "metric.entrances"}, {Metric: report.BounceRate, Title: "metric.bounce_rate"}},
		Details: columns(report.Visitors, report.ViewsPerVisit, report.VisitDuration), Reading: true, Empty: "empty.pages"}
}

func placeTabs() []tab {
	world := visitorTab("map", report.Country).orSay("empty.map")
	world.Map = true
	return []tab{
		visitorTab("countries", report.Country).on("regions"),
		world,
		visitorTab("regions", report.Region).known().orSay("empty.regions").on("cities"),
		visitorTab("cities", report.City).known().orSay("empty.cities"),
	}
}

func pageTabs() []tab {
	return []tab{
		{ID: "pages", Dimension: report.Page, Columns: columns(report.Visitors, report.Pageviews), Details: columns(report.TimeOnPage, report.ScrollDepth), Empty: "empty.pages"},
		entryTab("entry"),
		{ID: "exit", Dimension: report.ExitPage, Columns: []column{{Metric: report.Visits, Title: "metric.exits"}, {Metric: report.Visitors, Title: "metric.visitors"}}, Details: columns(report.ViewsPerVisit, report.VisitDuration), Reading: true, Empty: "empty.pages"},
	}
}

// Names the script gives to what it counts by itself.
const (
	outboundEvent = "Outbound Link: Click"
	downloadEvent = "File Download"
	formEvent     = "Form: Submission"
)

// What a tab can ask about single events.
const (
	properties = "properties"
	missing    = "missing"
)

func eventTabs() []tab {
	cols, details := []column{{Metric: report.Events, Title: "metric.count"}, {Metric: report.Visitors, Title: "metric.visitors"}}, columns(report.Visits)
	of := func(id, event string, d report.Dimension) tab {
		return tab{ID: id, Dimension: d, Columns: cols, Details: details, Empty: "empty." + id, Only: []report.Filter{{Dimension: report.Event, Op: report.Is, Values: []string{event}}}}
	}
	from := func(id, event, group string) tab {
		return of(id, event, report.Page).under(group).orSay("empty." + group)
	}
	return []tab{
		{ID: "events", Dimension: report.Event, Columns: cols, Details: details, Empty: "empty.events", Next: "props",
			Only: []report.Filter{{Dimension: report.Event, Op: report.IsNot, Values: []string{"pageview"}}}},
		tab{ID: "props", Columns: cols, Doing: properties, Empty: "empty.props"}.under("events"),
		of("outbound", outboundEvent, report.Prop("url")),
		from("outboundfrom", outboundEvent, "outbound"),
		of("downloads", downloadEvent, report.Prop("url")),
		from("downloadsfrom", downloadEvent, "downloads"),
		of("forms", formEvent, report.Prop("path")),
		of("missing", report.MissingEvent, report.Page),
		tab{ID: "missingfrom", Columns: cols, Doing: missing, Empty: "empty.missing"}.under("missing"),
	}
}

const propTab = "prop:" // and a key: the tab of a property's values

// valueTab splits events by the values of a property.
func valueTab(key string) tab {
	cols := []column{{Metric: report.Events, Title: "metric.count"}, {Metric: report.Visitors, Title: "metric.visitors"}}
	return tab{ID: propTab + key, Group: "events", Dimension: report.Prop(key), Columns: cols, Details: columns(report.Visits), Empty: "empty.props"}.known()
}

// panelOf returns the panel with that ID.
func panelOf(id string) (panel, bool) {
	all := panels()
	i := slices.IndexFunc(all, func(p panel) bool { return p.ID == id })
	if i < 0 {
		return panel{}, false
	}
	return all[i], true
}

// front is the tab with that ID, or the first.
func (p panel) front(id string) tab {
	if t, ok := p.tab(id); ok {
		return t
	}
	return p.Tabs[0]
}

func (p panel) tab(id string) (tab, bool) {
	if i := slices.IndexFunc(p.Tabs, func(t tab) bool { return t.ID == id }); i >= 0 {
		return p.Tabs[i], true
	}
	if key, ok := strings.CutPrefix(id, propTab); ok && p.ID == "events" {
		_, known := report.DimensionOf(report.Prop(key).String())
		return valueTab(key), known
	}
	return tab{}, false
}
