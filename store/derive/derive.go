// Package derive holds the SQL that makes visits and sums out of events, written once: the aggregator runs it when it folds a closed
// day into the tables visits and rollups, and the reports run it for days that are open. Two ways to the same number can so not
// drift apart.
//
//	Visits(where)      one row per visit
//	Numbered(where)    the same with its place in the day: the columns of the table visits but fold
//	NumberedPart       the same for a part of a day's visits, in which what is there of the day already is gone on with
//	Pages(where)       one row per visit and page
//	Seen(where, of)    the same with what the visit was as a whole: the columns of the table pages but fold
//	Rollup             rows with the columns of the table rollups but fold, for one dimension, from events and what was made of them
//	RollupOfVisits     the same for several dimensions at once, from rows that are visits already
//	Month(where)       rows of rollups added up by month
//
// `where` is a condition on columns of the table events with parameters bound by the caller, such as
// "site = {site:UInt32} AND day = {day:Date}"; never text from a request. It must select whole visits, or the visits it makes
// are not whole. Tables are named without a database. The dimension hour needs the parameter {zone:String}, the site's zone.
//
// What the numbers mean:
//   - An event is anything but an engagement report, which only adds time and scroll depth to a page.
//   - A visit's attributes are those of its first event; its entry and exit are its first and last pageview.
//   - Events of one second are ordered the same way each time: pageviews first, then what came from outside, then the shorter path.
//   - Visitor 0 is nobody in particular and counts as no visitor.
package derive

import (
	"fmt"
	"strings"
)

// Visitors counts visitors exactly, over rows that have a column visitor. Sum it over days: no visitor outlives one.
const Visitors = "uniqExactIf(visitor, visitor != 0)"

// Who tells the visitors who came more than once in a day apart, over rows of the tables visits or pages of any days.
const Who = "bitShiftLeft(toUInt64(toUInt16(day)), 32) + who"

// Counted counts visitors exactly over rows of the tables visits or pages, one row per visit, of any days. Most visitors come once a
// day, so that little is left to be told apart.
const Counted = "sum(lone) + uniqExactIf(" + Who + ", who != 0)"

// Attributes are the columns that events and visits share, taken from a visit's first event.
func Attributes() []string {
	return []string{
		"host", "referrer", "source", "channel", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term",
		"country", "region", "city", "browser", "browser_version", "os", "os_version", "device",
	}
}

// VisitColumns are the columns of Numbered, in its order.
func VisitColumns() []string {
	return append(append([]string{
		"site", "day", "visit", "visitor", "start", "seconds", "pageviews", "events", "hits", "bounce", "engagement", "entry_page", "exit_page", "names", "counts",
	}, Attributes()...), "nth", "lone", "who")
}

// PageColumns are the columns of Seen, in its order.
func PageColumns() []string {
	return append([]string{
		"site", "page", "day", "nth", "lone", "who", "pageviews", "events", "engagement", "scroll", "views", "seconds", "bounce", "entry_page", "exit_page",
	}, Attributes()...)
}

// order is one number per event that grows with time and, within a second, as the package comment says; what is left over is decided
// by a hash, so that it is decided the same way each time. 32 bits of time, 1, 1, 11 of length and 19 of hash.
const order = `bitShiftLeft(toUInt64(e.time), 32)
        + bitShiftLeft(toUInt64(e.name != 'pageview'), 31)
        + bitShiftLeft(toUInt64(e.referrer = '' AND e.source = '' AND e.utm_source = ''), 30)
        + bitShiftLeft(least(toUInt64(length(e.path)), 2047), 19)
        + bitShiftRight(cityHash64(e.path, e.name, e.host, e.referrer, e.source), 45)`

// Visits returns the question that makes visits out of the events that meet the condition.
func Visits(where string) string { return VisitsOf(where, nil) }

// VisitsOf returns what Visits does with site, day, visit and the columns whose names are true only; nil is all of them.
func VisitsOf(where string, wanted map[string]bool) string {
	columns := []string{"e.site AS site", "e.day AS day", "e.visit AS visit"}
	add := func(name, expression string) {
		if wanted == nil || wanted[name] {
			columns = append(columns, expression+" AS "+name)
		}
	}
	for _, c := range ofVisit {
		add(c.name, c.expression)
	}
	for _, name := range Attributes() {
		add(name, "argMin(e."+name+", e.nth)")
	}
	return "SELECT\n    " + strings.Join(columns, ",\n    ") + `
FROM
(
    SELECT *, ` + order + ` AS nth
    FROM events AS e
    WHERE ` + where + `
) AS e
GROUP BY e.site, e.day, e.visit`
}

// ofVisit are the columns of a visit that are no attributes of its first event, over its events, which are called e.
var ofVisit = []struct{ name, expression string }{
	{"visitor", "max(e.visitor)"},
	{"start", "min(e.time)"},
	{"seconds", "toUInt32(max(e.time) - min(e.time))"},
	{"pageviews", "toUInt32(countIf(e.name = 'pageview'))"},
	{"events", "toUInt32(countIf(e.name != 'engagement'))"},
	{"hits", "toUInt32(count())"},
	{"bounce", "toUInt8(countIf(e.name = 'pageview') <= 1 AND countIf(e.interactive AND e.name NOT IN ('pageview', 'engagement')) = 0)"},
	{"engagement", "toUInt32(least(sum(e.engagement), 4294967295))"},
	{"entry_page", "argMinIf(e.path, e.nth, e.name = 'pageview')"},
	{"exit_page", "argMaxIf(e.path, e.nth, e.name = 'pageview')"},
	{"names", did + ".1"},
	{"counts", did + ".2"},
}

// did are the names of a visit's custom events and how often each was.
const did = "sumMapIf([toString(e.name)], [toUInt64(1)], e.name NOT IN ('pageview', 'engagement'))"

// Pages returns the question that gives, for each visit and page: visitor, pageviews, events, engagement (ms) and scroll (the deepest,
// percent).
func Pages(where string) string {
	return `SELECT
    e.site AS site,
    e.day AS day,
    e.visit AS visit,
    e.path AS page,
    max(e.visitor) AS visitor,
    countIf(e.name = 'pageview') AS pageviews,
    countIf(e.name != 'engagement') AS events,
    sum(e.engagement) AS engagement,
    max(e.scroll) AS scroll
FROM (SELECT * FROM events WHERE ` + where + `) AS e
GROUP BY e.site, e.day, e.visit, e.path`
}

// Seen returns the question that gives, for each page and visit, what happened there and what the visit was; visits is a parenthesised
// question for the numbered visits of the same days.
func Seen(where, visits string) string {
	var ofVisit strings.Builder
	for _, name := range append([]string{"seconds", "bounce", "entry_page", "exit_page"}, Attributes()...) {
		fmt.Fprintf(&ofVisit, ",\n    v.%s AS %[1]s", name)
	}
	return `SELECT
    p.site AS site,
    p.page AS page,
    p.day AS day,
    v.nth AS nth,
    v.lone AS lone,
    v.who AS who,
    toUInt32(p.pageviews) AS pageviews,
    toUInt32(p.events) AS events,
    p.engagement AS engagement,
    p.scroll AS scroll,
    v.pageviews AS views` + ofVisit.String() + `
FROM (` + Pages(where) + `) AS p
INNER JOIN ` + visits + ` AS v ON v.site = p.site AND v.day = p.day AND v.visit = p.visit`
}
