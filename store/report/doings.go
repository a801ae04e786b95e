package report

import (
	"cmp"
	"context"
	"strconv"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"sporlos/store/derive"
)

// This file answers what is asked about single events and needs more than a dimension: which properties events have, and from where
// pages were looked for that are not there.

// Property is a key of the properties that events carry.
type Property struct {
	Key                      string
	Events, Visitors, Visits float64
	Values                   float64 // different ones
}

// MissingEvent is the name that sites give to the event of a page that is not there.
const MissingEvent = "404"

// Missing is an address that is not there, and from where it was looked for: a page of the site, or else the referrer of the visit.
type Missing struct {
	Address                  string
	Page, Referrer           string // at most one of them; neither when nobody knows
	Events, Visitors, Visits float64
}

// Properties returns the properties of the events that match, the most frequent first, and how many there are; metrics, dimensions and
// order of the question do not matter; Search is for keys.
func (r *Reporter) Properties(ctx context.Context, q Query) ([]Property, int, error) {
	var list []Property
	total, err := r.doings(ctx, q, doing{
		part: func(p *plan, s source) string {
			where := append(p.eventConditions(s), "name != 'engagement'")
			if visits := p.visitConditions(s); len(visits) > 0 {
				where = append(where, s.with(visits))
			}
			return "SELECT toString(key) AS what, '' AS page, '' AS referrer, day, visitor, visit, value FROM events ARRAY JOIN prop_keys AS key, prop_values AS value WHERE " + all(where)
		},
		row: func(what, _, _ string, n [4]float64) {
			list = append(list, Property{Key: what, Events: n[0], Visitors: n[1], Visits: n[2], Values: n[3]})
		},
	})
	return list, total, err
}

// Missed returns the addresses for which an event [MissingEvent] was sent, each with where it was looked for, the most frequent first,
// and how many such pairs there are. Filters and conditions of the question choose the visits; its metrics, dimensions and order do not
// matter; Search is for addresses.
func (r *Reporter) Missed(ctx context.Context, q Query) ([]Missing, int, error) {
	var list []Missing
	total, err := r.doings(ctx, q, doing{
		part: (*plan).missed,
		row: func(what, page, referrer string, n [4]float64) {
			list = append(list, Missing{Address: what, Page: page, Referrer: referrer, Events: n[0], Visitors: n[1], Visits: n[2]})
		},
	})
	return list, total, err
}

// missed is a row for each event of a missing page: the last other page that the visit saw before, or the referrer it came with.
func (p *plan) missed(s source) string {
	where := append(p.chosen(s), "name IN ('pageview', '"+MissingEvent+"')", "visit IN (SELECT visit FROM events WHERE "+s.days+" AND name = '"+MissingEvent+"')")
	visits := "SELECT day, visit, max(e.visitor) AS visitor, arraySort(groupArray((nth, toString(name), toString(path)))) AS steps, toString(argMin(e.referrer, nth)) AS came FROM (SELECT *, " +
		derive.Order() + " AS nth FROM events AS e WHERE " + all(where) + ") AS e GROUP BY day, visit"
	return "SELECT steps[i].3 AS what, arrayLast(x -> x.2 = 'pageview' AND x.3 != what, arraySlice(steps, 1, i - 1)).3 AS page, if(page = '', came, '') AS referrer, day, visitor, visit, '' AS value\nFROM (SELECT *, arrayJoin(arrayFilter(i -> steps[i].2 = '" +
		MissingEvent + "', arrayEnumerate(steps))) AS i FROM (" + visits + "))"
}

// doing is a question for rows of (what, page, referrer, day, visitor, visit, value), and who takes the counts of each what, page and
// referrer: times, visitors, visits and different values.
type doing struct {
	part func(*plan, source) string
	row  func(what, page, referrer string, n [4]float64)
}

func (r *Reporter) doings(ctx context.Context, q Query, of doing) (total int, err error) {
	page := " LIMIT " + strconv.Itoa(cmp.Or(q.Limit, MaxRows)) + " OFFSET " + strconv.Itoa(q.Offset)
	sought := q.Search
	q.Dimensions, q.Order, q.Goals, q.Search, q.Metrics = nil, nil, nil, "", []Metric{Visits}
	if err := q.Check(); err != nil {
		return 0, err
	}
	q = q.simple()
	days, err := r.calendar(ctx, q.Site, q.From, q.To)
	if err != nil {
		return 0, err
	}
	p := &plan{q: q}
	p.with.bind(q)
	for _, s := range days.sources() {
		p.parts = append(p.parts, part{sql: of.part(p, s)})
	}
	if len(p.parts) == 0 {
		return 0, nil
	}
	rows, err := r.conn.Query(r.bounded(ctx), "SELECT what, page, referrer, count() AS n, uniqExactIf((day, visitor), visitor != 0), uniqExact(visit), uniqExact(value), count() OVER () FROM\n(\n"+
		union(p.parts)+"\n)\nWHERE positionCaseInsensitiveUTF8(what, "+p.with.text(sought)+") > 0\nGROUP BY what, page, referrer ORDER BY n DESC, what, page, referrer"+page, p.with.args...)
	if err != nil {
		return 0, failure(err)
	}
	defer rows.Close()
	for rows.Next() {
		if total, err = of.take(rows, q.Site.Preset().Shown); err != nil {
			return 0, err
		}
	}
	return total, rows.Err()
}

// take hands on a row and returns how many there are in all.
func (of doing) take(rows driver.Rows, shown func(uint64) uint64) (total int, err error) {
	var (
		what, page, referrer string
		n                    [4]uint64
		found                uint64
	)
	if err := rows.Scan(&what, &page, &referrer, &n[0], &n[1], &n[2], &n[3], &found); err != nil {
		return 0, err
	}
	of.row(what, page, referrer, [4]float64{float64(shown(n[0])), float64(shown(n[1])), float64(shown(n[2])), float64(n[3])})
	return int(found), nil
}
