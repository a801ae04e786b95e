package derive

import (
	"fmt"
	"strings"
)

// Dimension is one way rollups split a day's numbers.
type Dimension struct {
	Name string // value of rollups.dimension

	Since int // the first [Edition] that has it

	visits string // SQL of the value over v, a row of visits; "" for a dimension that looks at something else
	other  func(where string, made Made) string
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

// Separator stands between a browser or system and its version in the values of browser_version and os_version, and between the parts of
// those of link.
const Separator = "\x00"

// Dimensions lists all dimensions of the table rollups.
func Dimensions() []Dimension {
	dims := []Dimension{
		{Name: "total", visits: "''", Since: 1},
		{Name: "hour", other: hours, Since: 1},
		{Name: "page", other: pages, Since: 1},
		{Name: "event", other: names, Since: 1},
		{Name: "link", other: links, Since: 2},
		{Name: "browser_version", visits: `concat(v.browser, '\0', v.browser_version)`, Since: 1},
		{Name: "os_version", visits: `concat(v.os, '\0', v.os_version)`, Since: 1},
	}
	for _, name := range []string{
		"entry_page", "exit_page", "host", "source", "channel", "referrer", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term",
		"country", "region", "city", "browser", "os", "device",
	} {
		dims = append(dims, Dimension{Name: name, visits: "v." + name, Since: 1})
	}
	for _, name := range OftenEmpty() {
		dims = append(dims, Dimension{Name: Known + name, visits: "if(v." + name + " = '', '', '1')", Since: 2})
	}
	return dims
}

// Edition is the number of what is made of a day. It grows by one when roll-ups of another dimension are made, so that days that were
// folded before are not asked for them.
const Edition = 2

// Known before the name of a dimension is one that says only whether it has a value: "1" or "".
const Known = "known_"

// OftenEmpty are the dimensions for which there is one with Known, since reports leave out the visits that have no value there.
func OftenEmpty() []string {
	return []string{"referrer", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "region", "city"}
}

// Link is an event that the script counts by itself, and the property that says where it led.
type Link struct{ Event, Key string }

// Links are those of the dimension link, whose values are the event's name, Separator and the property's value.
func Links() []Link {
	return []Link{{"Outbound Link: Click", "url"}, {"File Download", "url"}, {"Form: Submission", "path"}}
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
	return d.other(where, made)
}

// RollupOfVisits returns the question that gives the rows of several dimensions, all of visits, from a table of numbered visits or
// a parenthesised question for them. A visitor who came more often is counted once for each value by grouping by who as well: unlike
// sets of visitors, groups can leave memory for the disk.
func RollupOfVisits(dims []Dimension, visits string) string {
	parts := make([]string, len(dims))
	for i, d := range dims {
		parts[i] = fmt.Sprintf(counted, d.Name, `SELECT
        v.site AS site,
        v.day AS day,
        `+d.visits+` AS value,
        v.who AS who,
        sum(v.lone) AS lone,
        count() AS visits,
        sum(v.pageviews) AS pageviews,
        sum(v.events) AS events,
        sum(v.bounce) AS bounces,
        sum(v.seconds) AS seconds,
        sum(v.engagement) AS engagement,
        0 AS scrolls,
        0 AS scrolled
    FROM `+visits+` AS v
    GROUP BY site, day, value, who`)
	}
	return strings.Join(parts, "\nUNION ALL\n")
}

// counted adds up rows that are grouped by who as well; lone counts those who came once, and who is 0 for them.
const counted = `SELECT
    site,
    '%s' AS dimension,
    day,
    toString(value) AS value,
    toUInt64(sum(lone) + countIf(who != 0)) AS visitors,
    toUInt64(sum(visits)) AS visits,
    toUInt64(sum(pageviews)) AS pageviews,
    toUInt64(sum(events)) AS events,
    toUInt64(sum(bounces)) AS bounces,
    toUInt64(sum(seconds)) AS seconds,
    toUInt64(sum(engagement)) AS engagement,
    toUInt64(sum(scrolls)) AS scrolls,
    toUInt64(sum(scrolled)) AS scrolled
FROM
(
    %s
)
GROUP BY site, day, value`

// pages: who saw the page (had a pageview of it), how often, how long, how deep.
func pages(_ string, made Made) string {
	return fmt.Sprintf(counted, "page", `SELECT
        p.site AS site,
        p.page AS value,
        p.day AS day,
        if(p.pageviews > 0, p.who, 0) AS who,
        sumIf(p.lone, p.pageviews > 0) AS lone,
        countIf(p.pageviews > 0) AS visits,
        sum(p.pageviews) AS pageviews,
        0 AS events,
        0 AS bounces,
        0 AS seconds,
        sum(p.engagement) AS engagement,
        countIf(p.scroll > 0) AS scrolls,
        sum(p.scroll) AS scrolled
    FROM `+made.Pages+` AS p
    GROUP BY site, value, day, who`)
}

// names: who did it, how often.
func names(_ string, made Made) string {
	return fmt.Sprintf(counted, "event", `SELECT
        v.site AS site,
        v.day AS day,
        did AS value,
        v.who AS who,
        sum(v.lone) AS lone,
        count() AS visits,
        sumIf(times, did = 'pageview') AS pageviews,
        sum(times) AS events,
        0 AS bounces,
        0 AS seconds,
        0 AS engagement,
        0 AS scrolls,
        0 AS scrolled
    FROM `+made.Visits+` AS v
    ARRAY JOIN arrayConcat(['pageview'], v.names) AS did, arrayConcat([v.pageviews], v.counts) AS times
    WHERE times > 0
    GROUP BY site, day, value, who`)
}

// links: who followed them, how often. Here who is a visitor of the events, 0 for nobody in particular.
func links(where string, _ Made) string {
	var names, properties []string
	for _, l := range Links() {
		names = append(names, "'"+l.Event+"'")
		properties = append(properties, fmt.Sprintf("e.name = '%s', e.prop_values[indexOf(e.prop_keys, '%s')]", l.Event, l.Key))
	}
	return fmt.Sprintf(counted, "link", `SELECT
        l.site AS site,
        l.day AS day,
        l.value AS value,
        l.visitor AS who,
        0 AS lone,
        count() AS visits,
        0 AS pageviews,
        sum(l.times) AS events,
        0 AS bounces,
        0 AS seconds,
        0 AS engagement,
        0 AS scrolls,
        0 AS scrolled
    FROM
    (
        SELECT
            e.site AS site,
            e.day AS day,
            e.visit AS visit,
            concat(toString(e.name), '\0', multiIf(`+strings.Join(properties, ", ")+`, '')) AS value,
            max(e.visitor) AS visitor,
            count() AS times
        FROM (SELECT * FROM events WHERE `+where+` AND name IN (`+strings.Join(names, ", ")+`)) AS e
        GROUP BY site, day, visit, value
    ) AS l
    GROUP BY site, day, value, who`)
}

// hours: what happened in the hour of the site's clock; bounces and seconds belong to the hour a visit started in. Here who is a
// visitor of the events, 0 for nobody in particular.
func hours(where string, made Made) string {
	return fmt.Sprintf(counted, "hour", `SELECT
        h.site AS site,
        h.day AS day,
        leftPad(toString(h.hour), 2, '0') AS value,
        if(h.events > 0, h.visitor, 0) AS who,
        0 AS lone,
        countIf(h.events > 0) AS visits,
        sum(h.pageviews) AS pageviews,
        sum(h.events) AS events,
        sum(h.bounces) AS bounces,
        sum(h.seconds) AS seconds,
        sum(h.engagement) AS engagement,
        0 AS scrolls,
        0 AS scrolled
    FROM
    (
        SELECT
            e.site AS site,
            e.day AS day,
            e.visit AS visit,
            toHour(e.time, {zone:String}) AS hour,
            max(e.visitor) AS visitor,
            countIf(e.name = 'pageview') AS pageviews,
            countIf(e.name != 'engagement') AS events,
            toUInt64(0) AS bounces,
            toUInt64(0) AS seconds,
            sum(e.engagement) AS engagement
        FROM (SELECT * FROM events WHERE `+where+`) AS e
        GROUP BY site, day, visit, hour
        UNION ALL
        SELECT
            v.site, v.day, toUInt64(0), toHour(v.start, {zone:String}) AS hour,
            toUInt64(0), toUInt64(0), toUInt64(0), sum(v.bounce), sum(v.seconds), toUInt64(0)
        FROM `+made.Visits+` AS v
        GROUP BY v.site, v.day, hour
    ) AS h
    GROUP BY site, day, value, who`)
}
