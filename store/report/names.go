package report

import (
	"slices"
	"strings"
)

// Metric is one number of the closed vocabulary.
type Metric string

// The metrics.
const (
	Visitors      Metric = "visitors"        // sum over the days of distinct visitors of the day
	Visits        Metric = "visits"          // visits with at least one event that matches
	Pageviews     Metric = "pageviews"       //
	ViewsPerVisit Metric = "views_per_visit" // pageviews of the visits, two decimals
	BounceRate    Metric = "bounce_rate"     // percent of visits, whole
	VisitDuration Metric = "visit_duration"  // mean seconds of visits, whole
	Events        Metric = "events"          // pageviews and custom events
	Percentage    Metric = "percentage"      // visitors of the row, percent of all that match, one decimal
	TimeOnPage    Metric = "time_on_page"    // mean seconds per visit that saw the page, whole; needs the dimension page or a filter on it
	ScrollDepth   Metric = "scroll_depth"    // mean over visits and pages of the deepest point, percent, whole; needs page as well

	TotalVisitors       Metric = "total_visitors"        // of the question without its goals
	ConversionRate      Metric = "conversion_rate"       // visitors who converted, percent of all of the question without its goals, two decimals
	GroupConversionRate Metric = "group_conversion_rate" // the same, percent of the row's
	TotalRevenue        Metric = "total_revenue"         // in Query.Currency, two decimals
	AverageRevenue      Metric = "average_revenue"       // of an event that has any, in Query.Currency, two decimals
)

// MetricOf returns the metric with that name.
func MetricOf(name string) (Metric, bool) {
	m := Metric(name)
	_, ok := metrics[m]
	return m, ok
}

// String returns the name in the vocabulary.
func (m Metric) String() string { return string(m) }

// Dimension is what rows are split by and filters look at: one of the closed vocabulary, or [Prop] of a key.
type Dimension string

// The dimensions. Those of the visit are taken from its first event.
const (
	Page           Dimension = "page"
	Host           Dimension = "host"
	Event          Dimension = "event" // the event's name; "pageview" is one
	EntryPage      Dimension = "entry_page"
	ExitPage       Dimension = "exit_page"
	Source         Dimension = "source"
	Channel        Dimension = "channel"
	Referrer       Dimension = "referrer"
	UTMSource      Dimension = "utm_source"
	UTMMedium      Dimension = "utm_medium"
	UTMCampaign    Dimension = "utm_campaign"
	UTMContent     Dimension = "utm_content"
	UTMTerm        Dimension = "utm_term"
	Country        Dimension = "country"
	Region         Dimension = "region"
	City           Dimension = "city"
	Browser        Dimension = "browser"
	BrowserVersion Dimension = "browser_version" // with its browser: "Firefox 145"
	OS             Dimension = "os"
	OSVersion      Dimension = "os_version" // with its system: "Windows 11"
	Device         Dimension = "device"

	Hour    Dimension = "hour"  // "2026-01-31 23:00:00" on the site's clock, 31 days at most
	DayDim  Dimension = "day"   // "2026-01-31"
	Week    Dimension = "week"  // the Monday, also when it is before the range
	Month   Dimension = "month" // the first of the month, also when it is before the range
	propDim           = "prop:"
)

// Prop is the dimension of a custom property of events.
func Prop(key string) Dimension { return Dimension(propDim + key) }

// DimensionOf returns the dimension with that name; "prop:" and a key is one.
func DimensionOf(name string) (Dimension, bool) {
	d := Dimension(name)
	_, ok := meaningOf(d)
	return d, ok
}

// String returns the name in the vocabulary.
func (d Dimension) String() string { return string(d) }

// Time says whether the dimension is a time bucket.
func (d Dimension) Time() bool { return d == Hour || d == DayDim || d == Week || d == Month }

// Key returns the property's key of a dimension made by Prop.
func (d Dimension) Key() (string, bool) { return strings.CutPrefix(string(d), propDim) }

// Op is how a filter compares.
type Op string

// The operators.
const (
	Is          Op = "is"
	IsNot       Op = "is_not"
	Contains    Op = "contains"
	ContainsNot Op = "contains_not"
	StartsWith  Op = "starts_with"
	StartsNot   Op = "starts_with_not"
	Matches     Op = "matches"     // RE2, anywhere in the value
	MatchesNot  Op = "matches_not" //
)

// OpOf returns the operator with that name.
func OpOf(name string) (Op, bool) {
	op := Op(name)
	_, ok := operators[op]
	return op, ok
}

// Metrics returns the names of the metrics there are, sorted.
func Metrics() (names []string) {
	for m := range metrics {
		names = append(names, string(m))
	}
	slices.Sort(names)
	return names
}
