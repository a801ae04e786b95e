package dashboards

import (
	"slices"

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
}

// column is a metric under a title (a key of language).
type column struct {
	Metric report.Metric
	Title  string
}

func columns(metrics ...report.Metric) (list []column) {
	for _, m := range metrics {
		list = append(list, column{m, "metric." + m.String()})
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
			visitorTab("browsers", report.Browser),
			visitorTab("browserversions", report.BrowserVersion).under("browsers"),
			visitorTab("systems", report.OS),
			visitorTab("systemversions", report.OSVersion).under("systems"),
			visitorTab("sizes", report.Device),
		}},
		{ID: "searches", Tabs: searchTabs()},
		{ID: "events", Tabs: eventTabs()},
	}
}

// visitorTab splits visitors by a dimension of their visits.
func visitorTab(id string, d report.Dimension) tab {
	return tab{
		ID: id, Dimension: d, Columns: columns(report.Visitors, report.Percentage),
		Details: columns(report.Visits, report.Pageviews, report.BounceRate, report.VisitDuration),
	}
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

func (t tab) orSay(key string) tab {
	t.Empty = key
	return t
}

func sourceTabs() []tab {
	tagged := func(id string, d report.Dimension) tab {
		return visitorTab(id, d).known().orSay("empty.campaigns")
	}
	return []tab{
		visitorTab("sources", report.Source),
		visitorTab("channels", report.Channel),
		visitorTab("referrers", report.Referrer).known(),
		tagged("campaigns", report.UTMCampaign),
		tagged("medium", report.UTMMedium).under("campaigns"),
		tagged("utmsource", report.UTMSource).under("campaigns"),
		tagged("content", report.UTMContent).under("campaigns"),
		tagged("term", report.UTMTerm).under("campaigns"),
	}
}

func placeTabs() []tab {
	world := visitorTab("map", report.Country).orSay("empty.map")
	world.Map = true
	return []tab{
		visitorTab("countries", report.Country),
		world,
		visitorTab("regions", report.Region).known().orSay("empty.regions"),
		visitorTab("cities", report.City).known().orSay("empty.cities"),
	}
}

func pageTabs() []tab {
	return []tab{
		{ID: "pages", Dimension: report.Page, Columns: columns(report.Visitors, report.Pageviews), Details: columns(report.TimeOnPage, report.ScrollDepth)},
		{ID: "entry", Dimension: report.EntryPage, Columns: []column{{report.Visits, "metric.entrances"}, {report.BounceRate, "metric.bounce_rate"}}, Details: columns(report.Visitors, report.VisitDuration)},
		{ID: "exit", Dimension: report.ExitPage, Columns: []column{{report.Visits, "metric.exits"}, {report.Visitors, "metric.visitors"}}, Details: columns(report.VisitDuration)},
	}
}

// Names the script gives to what it counts by itself.
const (
	outboundEvent = "Outbound Link: Click"
	downloadEvent = "File Download"
	formEvent     = "Form: Submission"
)

func eventTabs() []tab {
	cols := []column{{report.Events, "metric.count"}, {report.Visitors, "metric.visitors"}}
	own := func(id, event, key string) tab {
		return tab{ID: id, Dimension: report.Prop(key), Columns: cols, Empty: "empty." + id,
			Only: []report.Filter{{Dimension: report.Event, Op: report.Is, Values: []string{event}}}}
	}
	return []tab{
		{ID: "events", Dimension: report.Event, Columns: cols, Empty: "empty.events",
			Only: []report.Filter{{Dimension: report.Event, Op: report.IsNot, Values: []string{"pageview"}}}},
		own("outbound", outboundEvent, "url"),
		own("downloads", downloadEvent, "url"),
		own("forms", formEvent, "path"),
	}
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
	if i := slices.IndexFunc(p.Tabs, func(t tab) bool { return t.ID == id }); i >= 0 {
		return p.Tabs[i]
	}
	return p.Tabs[0]
}
