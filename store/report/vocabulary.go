package report

// This file is the closed vocabulary: every piece of SQL that a word of a question can become. A request never adds a piece; what it
// brings along travels as a bound parameter.

// sum is a number that adds up: over days, because a visitor does not outlive one, and over sources.
type sum int

const (
	visitorsSum sum = iota
	visitsSum
	pageviewsSum
	eventsSum
	entriesSum // visits that viewsSum, bouncesSum and secondsSum are about
	viewsSum
	bouncesSum
	secondsSum
	engagementSum // milliseconds
	scrollsSum    // pairs of visit and page with a known depth
	scrolledSum   // percent, over these pairs
	baseVisitorsSum
	baseVisitsSum
	revenueSum // thousandths, as the bits of a signed number
	paidSum    // events with revenue
	sumCount

	none sum = -1
)

// side groups sums that are made of the same rows when a question is about events.
type side int

const (
	actions  side = iota // of the events that match
	journeys             // of whole visits
	depths               // of the pages seen in a visit
	money                // of the events that match, which visits know nothing of
	base                 // of the question without its goals
)

// sums says how each sum is made: of rows of visits (visitors as the source says), of events (of visits and pages for depths), of roll-ups.
var sums = [sumCount]struct {
	side                         side
	name, visits, events, rollup string
}{
	visitorsSum:   {actions, "s_visitors", "", "uniqExactIf(visitor, visitor != 0 AND seen)", "sum(visitors)"},
	visitsSum:     {actions, "s_visits", "count()", "uniqExactIf(visit, seen)", "sum(visits)"},
	pageviewsSum:  {actions, "s_pageviews", "sum(pageviews)", "countIf(name = 'pageview')", "sum(pageviews)"},
	eventsSum:     {actions, "s_events", "sum(events)", "count()", "sum(events)"},
	entriesSum:    {journeys, "s_entries", "count()", "", "sum(visits)"},
	viewsSum:      {journeys, "s_views", "sum(pageviews)", "", "sum(pageviews)"},
	bouncesSum:    {journeys, "s_bounces", "sum(bounce)", "", "sum(bounces)"},
	secondsSum:    {journeys, "s_seconds", "sum(seconds)", "", "sum(seconds)"},
	engagementSum: {depths, "s_engagement", "", "sum(spent)", "sum(engagement)"},
	scrollsSum:    {depths, "s_scrolls", "", "countIf(deepest > 0)", "sum(scrolls)"},
	scrolledSum:   {depths, "s_scrolled", "", "sum(deepest)", "sum(scrolled)"},

	baseVisitorsSum: {base, "s_base_visitors", "", "uniqExactIf(visitor, visitor != 0 AND seen)", "sum(visitors)"},
	baseVisitsSum:   {base, "s_base_visits", "count()", "uniqExactIf(visit, seen)", "sum(visits)"},
	revenueSum:      {money, "s_revenue", "", "sumIf(revenue, currency = {currency:String})", ""},
	paidSum:         {money, "s_paid", "", "countIf(currency = {currency:String})", ""},
}

// measure makes a metric of sums: part * scale / whole, or part alone.
type measure struct {
	part, whole sum
	scale       float64
	decimals    int
}

var metrics = map[Metric]measure{
	Visitors:      {part: visitorsSum, whole: none, scale: 1},
	Visits:        {part: visitsSum, whole: none, scale: 1},
	Pageviews:     {part: pageviewsSum, whole: none, scale: 1},
	Events:        {part: eventsSum, whole: none, scale: 1},
	ViewsPerVisit: {part: viewsSum, whole: entriesSum, scale: 1, decimals: 2},
	BounceRate:    {part: bouncesSum, whole: entriesSum, scale: 100},
	VisitDuration: {part: secondsSum, whole: entriesSum, scale: 1},
	Percentage:    {part: visitorsSum, whole: none, scale: 100, decimals: 1}, // of the visitors of all rows: see Reporter.everybody
	TimeOnPage:    {part: engagementSum, whole: visitsSum, scale: 0.001},
	ScrollDepth:   {part: scrolledSum, whole: scrollsSum, scale: 1},

	TotalVisitors:       {part: baseVisitorsSum, whole: none, scale: 1},
	ConversionRate:      {part: visitorsSum, whole: none, scale: 100, decimals: 2}, // of the visitors of all rows, like Percentage
	GroupConversionRate: {part: visitorsSum, whole: baseVisitorsSum, scale: 100, decimals: 2},
	TotalRevenue:        {part: revenueSum, whole: none, scale: 0.001, decimals: 2},
	AverageRevenue:      {part: revenueSum, whole: paidSum, scale: 0.001, decimals: 2},
}

// of lists the sums the measure needs.
func (m measure) of() []sum {
	if m.whole == none {
		return []sum{m.part}
	}
	return []sum{m.part, m.whole}
}

// meaning says what a dimension is, over the rows of each table; "" where it is nothing.
type meaning struct {
	visit  string // of a visit as a whole
	event  string // of one event; its visits are those with at least one event that matches
	entry  string // for dimensions of events: the visits whose bounces and durations are counted for a value
	rollup string // rollups.dimension
	value  string // over rollups
	empty  string // label of the empty value
}

const (
	notSet = "(not set)"
	noneOf = "(none)"
	direct = "Direct / None"
)

var dimensions = map[Dimension]meaning{
	Page:  {event: "path", entry: "entry_page", rollup: "page", value: "value", empty: notSet},
	Event: {event: "name", rollup: "event", value: "value", empty: notSet},
	Host:  {event: "host", entry: "host", empty: notSet}, // roll-ups know the host of a visit's first event only

	EntryPage: ofVisit("entry_page", notSet), ExitPage: ofVisit("exit_page", notSet),
	Source: ofVisit("source", direct), Referrer: ofVisit("referrer", direct), Channel: ofVisit("channel", notSet),
	UTMSource: ofVisit("utm_source", noneOf), UTMMedium: ofVisit("utm_medium", noneOf), UTMCampaign: ofVisit("utm_campaign", noneOf),
	UTMContent: ofVisit("utm_content", noneOf), UTMTerm: ofVisit("utm_term", noneOf),
	Country: ofVisit("country", notSet), Region: ofVisit("region", notSet), City: ofVisit("city", notSet),
	Browser: ofVisit("browser", notSet), OS: ofVisit("os", notSet), Device: ofVisit("device", notSet),
	BrowserVersion: versionOf("browser"), OSVersion: versionOf("os"),

	Hour: {
		event:  hourOf("toHour(time, {zone:String})"),
		entry:  hourOf("toHour(start, {zone:String})"),
		rollup: "hour", value: hourOf("value"),
	},
	DayDim: ofDay("toString(day)"),
	Week:   ofDay("toString(toMonday(day))"),
	Month:  ofDay("toString(toStartOfMonth(day))"),
}

func ofVisit(column, empty string) meaning {
	return meaning{visit: column, rollup: column, value: "value", empty: empty}
}

// versionOf is "Firefox 145"; a version alone could be anybody's.
func versionOf(name string) meaning {
	return meaning{
		visit:  "trimBoth(concat(" + name + ", ' ', " + name + "_version))",
		rollup: name + "_version", value: "trimBoth(replaceOne(value, '\\0', ' '))", // derive.Separator
		empty: notSet,
	}
}

// ofDay is a bucket of whole days: a visit is in one, and so is an event.
func ofDay(expression string) meaning {
	return meaning{visit: expression, event: expression, entry: expression, value: expression}
}

// hourOf is an hour of the site's clock; the hour that a change of the clock repeats is one.
func hourOf(hour string) string {
	return "concat(toString(day), ' ', leftPad(toString(" + hour + "), 2, '0'), ':00:00')"
}

// propMeaning reads a property whose key is the bound parameter {key}; an event without it has the empty value.
func propMeaning(key string) meaning {
	return meaning{event: "prop_values[indexOf(prop_keys, " + key + ")]", empty: noneOf}
}

// meaningOf returns what a dimension means; for a property, without its key.
func meaningOf(d Dimension) (meaning, bool) {
	if key, ok := d.Key(); ok {
		return propMeaning("''"), key != "" && len(key) <= maxKey
	}
	m, ok := dimensions[d]
	return m, ok
}

// ofEvents says whether a filter on the dimension chooses events, not visits.
func (m meaning) ofEvents() bool { return m.visit == "" }

// operators say how one value is compared: x is the dimension, v the bound parameter.
var operators = map[Op]struct {
	compare func(x, v string) string
	negate  bool
	pattern bool
}{
	Is:          {compare: equals},
	IsNot:       {compare: equals, negate: true},
	Contains:    {compare: contains},
	ContainsNot: {compare: contains, negate: true},
	StartsWith:  {compare: starts},
	StartsNot:   {compare: starts, negate: true},
	Matches:     {compare: matches, pattern: true},
	MatchesNot:  {compare: matches, negate: true, pattern: true},
}

func equals(x, v string) string   { return x + " = " + v }
func contains(x, v string) string { return "position(" + x + ", " + v + ") > 0" }
func starts(x, v string) string   { return "startsWith(" + x + ", " + v + ")" }
func matches(x, v string) string  { return "match(" + x + ", " + v + ")" }
