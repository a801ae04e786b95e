package derive

import (
	"fmt"
	"strings"
)

// Numbered returns the question that makes visits and numbers them: nth is the visit's place in the day, lone is 1 for a visitor's only
// visit of the day, and the visits of one who came more often have the first one's place as who.
func Numbered(where string) string { return numbered(where, places(where)) }

// Part is a stretch of a day's visits that is made by itself, for days with too many events to be made at once. Parts are made in the
// order of the visits' numbers.
type Part struct {
	Where string // condition on the events of the part
	Later string // condition on the events of the same day that belong to later parts
	Made  string // parenthesised question for the rows of visits that earlier parts have made
}

// NumberedPart returns what Numbered does of the part, so that all parts together are what Numbered makes of the whole day. It needs memory for the
// part only; the visitors of the part are looked for in the rest of the day.
func NumberedPart(p Part) string {
	among := "(SELECT visitor FROM (" + visitorsOf(p.Where) + ") WHERE visitor != 0)"
	before := "(SELECT count() FROM " + p.Made + ")"
	alone := "(p.lone = 1 AND earlier.visitor = 0 AND later.visitor = 0)"
	return numbered(p.Where, `SELECT
    p.site AS site,
    p.day AS day,
    p.visit AS visit,
    toUInt32(p.nth + `+before+`) AS nth,
    toUInt8(`+alone+`) AS lone,
    toUInt32(multiIf(p.visitor = 0 OR `+alone+`, 0, earlier.visitor != 0, earlier.nth, p.earliest + `+before+`)) AS who
FROM (`+places(p.Where)+`) AS p
LEFT JOIN (SELECT visitor, min(nth) AS nth FROM `+p.Made+` WHERE visitor IN `+among+` GROUP BY visitor) AS earlier ON earlier.visitor = p.visitor
LEFT JOIN (SELECT DISTINCT visitor FROM events WHERE `+p.Later+` AND visitor IN `+among+`) AS later ON later.visitor = p.visitor`)
}

// numbered gives the visits their places, which are few and small beside the visits themselves: sorting happens there only.
func numbered(where, places string) string {
	columns := VisitColumns()
	for i, name := range columns {
		of := "v"
		if i >= len(columns)-3 { // nth, lone, who
			of = "p"
		}
		columns[i] = fmt.Sprintf("%s.%s AS %[2]s", of, name)
	}
	return "SELECT\n    " + strings.Join(columns, ",\n    ") + `
FROM (` + Visits(where) + `) AS v
INNER JOIN (` + places + `) AS p ON p.site = v.site AND p.day = v.day AND p.visit = v.visit`
}

// places numbers the visits that the condition on events selects, among themselves.
func places(where string) string {
	return `SELECT *,
    toUInt8(visitor != 0 AND times = 1) AS lone,
    toUInt32(if(visitor != 0 AND times > 1, earliest, 0)) AS who
FROM
(
    SELECT *, count() OVER of_visitor AS times, min(nth) OVER of_visitor AS earliest
    FROM (SELECT *, toUInt32(row_number() OVER (PARTITION BY site, day ORDER BY visit)) AS nth FROM (` + visitorsOf(where) + `))
    WINDOW of_visitor AS (PARTITION BY site, day, visitor)
)`
}

// visitorsOf gives each visit's visitor.
func visitorsOf(where string) string {
	return "SELECT site, day, visit, max(visitor) AS visitor FROM events WHERE " + where + " GROUP BY site, day, visit"
}
