package derive

import (
	"fmt"
	"strings"
)

// Dimension is one way rollups split a day's numbers.
type Dimension struct {
	Name string // value of rollups.dimension

	visits string // SQL of the value over v, a row of visits; "" for a dimension that looks at events
	events func(where string, made Made) string
}

// Made are tables, or parenthesised questions, with the visits and pages of the days that a condition on events selects.
type Made struct{ Visits, Pages string }

// Make returns the questions for them.
func Make(where string) Made {
	visits := "(" + Numbered(where) + ")"
	return Made{visits, "(" + Seen(where, visits) + ")"}
}

// OfVisits says whether the value is an attribute of the visit.
func (d Dimension) OfVisits() bool { return d.visits != "" }

// Separator stands between a browser or system and its version in the values of browser_version and os_version.
const Separator = "\x00"

// Dimensions lists all dimensions of the table rollups.
func Dimensions() []Dimension {
	dims := []Dimension{
		{Name: "total", visits: "''"},
		{Name: "hour", events: hours},
		{Name: "page", events: pages},
		{Name: "event", events: names},
		{Name: "browser_version", visits: `concat(v.browser, '\0', v.browser_version)`},
		{Name: "os_version", visits: `concat(v.os, '\0', v.os_version)`},
	}
	for _, name := range []string{
		"entry_page", "exit_page", "host", "source", "channel", "referrer", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term",
		"country", "region", "city", "browser", "os", "device",
	} {
		dims = append(dims, Dimension{Name: name, visits: "toString(v." + name + ")"})
	}
	return dims
}

// RollupColumns are the columns of Rollup, in its order.
func RollupColumns() []string {
	return append([]string{"site", "dimension", "day", "value"}, RollupSums()...)
}

// RollupSums are those of RollupColumns that add up over days.
func RollupSums() []string {
	return []string{"visitors", "visits", "pageviews", "events", "bounces", "seconds", "engagement", "scrolls", "scrolled"}
}

// Month returns the question that adds up rows of rollups by calendar month, whose first day is month; where chooses the rows, and with
// them one fold of each day.
func Month(where string) string {
	added := RollupSums()
	for i, name := range added {
		added[i] = fmt.Sprintf("sum(r.%s) AS %[1]s", name)
	}
	return "SELECT r.site AS site, r.dimension AS dimension, r.value AS value, toStartOfMonth(r.day) AS month, " + strings.Join(added, ", ") + `
FROM (SELECT * FROM rollups WHERE ` + where + `) AS r
GROUP BY site, dimension, value, month`
}

// Rollup returns the question that gives one dimension's rows from the events that meet the condition and what has been made of them.
func Rollup(d Dimension, where string, made Made) string {
	if d.OfVisits() {
		return RollupOfVisits([]Dimension{d}, made.Visits)
	}
	return d.events(where, made)
}

// RollupOfVisits returns the question that gives the rows of several dimensions, all of visits, from a table of numbered visits or
// a parenthesised question for them.
func RollupOfVisits(dims []Dimension, visits string) string {
	pairs := make([]string, len(dims))
	for i, d := range dims {
		pairs[i] = fmt.Sprintf("('%s', %s)", d.Name, d.visits)
	}
	return `SELECT
    v.site AS site,
    pair.1 AS dimension,
    v.day AS day,
    pair.2 AS value,
    sum(v.lone) + uniqExactIf(v.who, v.who != 0) AS visitors,
    count() AS visits,
    sum(v.pageviews) AS pageviews,
    sum(v.events) AS events,
    sum(v.bounce) AS bounces,
    sum(v.seconds) AS seconds,
    sum(v.engagement) AS engagement,
    toUInt64(0) AS scrolls,
    toUInt64(0) AS scrolled
FROM ` + visits + ` AS v
ARRAY JOIN [` + strings.Join(pairs, ", ") + `] AS pair
GROUP BY site, day, dimension, value`
}

// pages: who saw the page (had a pageview of it), how often, how long, how deep.
func pages(_ string, made Made) string {
	return `SELECT
    p.site AS site,
    'page' AS dimension,
    p.day AS day,
    toString(p.page) AS value,
    sumIf(p.lone, p.pageviews > 0) + uniqExactIf(p.who, p.who != 0 AND p.pageviews > 0) AS visitors,
    countIf(p.pageviews > 0) AS visits,
    sum(p.pageviews) AS pageviews,
    toUInt64(0) AS events,
    toUInt64(0) AS bounces,
    toUInt64(0) AS seconds,
    sum(p.engagement) AS engagement,
    countIf(p.scroll > 0) AS scrolls,
    sum(p.scroll) AS scrolled
FROM ` + made.Pages + ` AS p
GROUP BY site, day, value`
}

// names: who did it, how often.
func names(where string, _ Made) string {
	return `SELECT
    e.site AS site,
    'event' AS dimension,
    e.day AS day,
    toString(e.name) AS value,
    uniqExactIf(e.visitor, e.visitor != 0) AS visitors,
    uniqExact(e.visit) AS visits,
    countIf(e.name = 'pageview') AS pageviews,
    count() AS events,
    toUInt64(0) AS bounces,
    toUInt64(0) AS seconds,
    toUInt64(0) AS engagement,
    toUInt64(0) AS scrolls,
    toUInt64(0) AS scrolled
FROM (SELECT * FROM events WHERE ` + where + `) AS e
WHERE e.name != 'engagement'
GROUP BY site, day, value`
}

// hours: what happened in the hour of the site's clock; bounces and seconds belong to the hour a visit started in.
func hours(where string, made Made) string {
	return `SELECT
    h.site AS site,
    'hour' AS dimension,
    h.day AS day,
    leftPad(toString(h.hour), 2, '0') AS value,
    sum(h.visitors) AS visitors,
    sum(h.visits) AS visits,
    sum(h.pageviews) AS pageviews,
    sum(h.events) AS events,
    sum(h.bounces) AS bounces,
    sum(h.seconds) AS seconds,
    sum(h.engagement) AS engagement,
    toUInt64(0) AS scrolls,
    toUInt64(0) AS scrolled
FROM
(
    SELECT
        e.site AS site,
        e.day AS day,
        toHour(e.time, {zone:String}) AS hour,
        uniqExactIf(e.visitor, e.visitor != 0 AND e.name != 'engagement') AS visitors,
        uniqExactIf(e.visit, e.name != 'engagement') AS visits,
        countIf(e.name = 'pageview') AS pageviews,
        countIf(e.name != 'engagement') AS events,
        toUInt64(0) AS bounces,
        toUInt64(0) AS seconds,
        sum(e.engagement) AS engagement
    FROM (SELECT * FROM events WHERE ` + where + `) AS e
    GROUP BY site, day, hour
    UNION ALL
    SELECT
        v.site, v.day, toHour(v.start, {zone:String}) AS hour,
        toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0),
        sum(v.bounce), sum(v.seconds), toUInt64(0)
    FROM ` + made.Visits + ` AS v
    GROUP BY v.site, v.day, hour
) AS h
GROUP BY site, day, value`
}
