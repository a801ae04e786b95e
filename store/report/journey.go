package report

import (
	"context"

	"sporlos/store/derive"
)

// Way is a page that was seen right before or after another.
type Way struct {
	Page  string
	Count float64 // times
}

// Journey is where visits come from to a page, and go to from it, within the visit. A page that is loaded again is seen once.
type Journey struct {
	Page           string
	Seen           float64 // times; Entered plus all Previous, and Left plus all Next
	Entered, Left  float64 // times the visit began, and ended, with it
	Previous, Next []Way   // the most frequent first
}

// MaxWays is how many pages before and after a journey shows.
const MaxWays = 100

// Journey answers what is seen right before and after a page, which is given as it is stored; limit is for each side, 0 for ten.
// Filters and conditions of the question choose the visits; its metrics, dimensions and order do not matter. Where counts are rounded,
// so are these, and they need not add up.
func (r *Reporter) Journey(ctx context.Context, q Query, page string, limit int) (Journey, error) {
	if page == "" || len(page) > maxValue {
		return Journey{}, invalid("page", "journey.page", maxValue)
	}
	if limit == 0 {
		limit = 10
	}
	if limit < 1 || limit > MaxWays {
		return Journey{}, invalid("pagination", "limit", MaxWays)
	}
	q.Dimensions, q.Order, q.Offset, q.Limit, q.Goals, q.Search, q.Metrics = nil, nil, 0, 0, nil, "", []Metric{Visits}
	if err := q.Check(); err != nil {
		return Journey{}, err
	}
	q = q.simple()
	days, err := r.calendar(ctx, q.Site, q.From, q.To)
	if err != nil {
		return Journey{}, err
	}
	p := &plan{q: q}
	p.with.bind(q)
	for _, s := range days.sources() {
		p.parts = append(p.parts, part{sql: p.neighbours(s, p.with.text(page))})
	}
	if len(p.parts) == 0 {
		return Journey{Page: page}, nil
	}
	return r.journey(ctx, p, page, limit)
}

// neighbours is the question for what lies beside the page: on which side (0 before, 1 after), whether that is the visit's edge, what
// page, how often.
func (p *plan) neighbours(s source, page string) string {
	where := append(p.chosen(s), "name = 'pageview'", "visit IN (SELECT visit FROM events WHERE "+s.days+" AND path = "+page+" AND name = 'pageview')")
	visits := "SELECT arrayCompact(arrayMap(x -> x.2, arraySort(groupArray((nth, toString(path)))))) AS pages\nFROM (SELECT *, " + derive.Order() +
		" AS nth FROM events AS e WHERE " + all(where) + ") GROUP BY day, visit"
	return "SELECT way.1 AS side, way.2 AS edge, way.3 AS neighbour, count() AS n\nFROM (SELECT pages, arrayJoin(arrayFilter(i -> pages[i] = " + page +
		", arrayEnumerate(pages))) AS i FROM (" + visits + "))\nARRAY JOIN [(0, i = 1, pages[i - 1]), (1, i = length(pages), pages[i + 1])] AS way\nGROUP BY side, edge, neighbour"
}

func (r *Reporter) journey(ctx context.Context, p *plan, page string, limit int) (Journey, error) {
	j, shown, before := Journey{Page: page}, p.q.Site.Preset().Shown, uint64(0)
	rows, err := r.conn.Query(r.bounded(ctx), "SELECT toUInt8(side) AS s, toUInt8(edge) AS e, neighbour, sum(n) AS times, sum(times) OVER (PARTITION BY s) AS seen FROM\n(\n"+
		union(p.parts)+"\n)\nGROUP BY s, e, neighbour\nORDER BY e DESC, times DESC, neighbour", p.with.args...)
	if err != nil {
		return j, failure(err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			side, edge  uint8
			name        string
			times, seen uint64
		)
		if err := rows.Scan(&side, &edge, &name, &times, &seen); err != nil {
			return j, err
		}
		if side == 0 {
			before = seen
		}
		j.add(side, edge == 1, Way{Page: name, Count: float64(shown(times))}, limit)
	}
	j.Seen = float64(shown(before))
	return j, rows.Err()
}

func (j *Journey) add(side uint8, edge bool, w Way, limit int) {
	list, end := &j.Previous, &j.Entered
	if side == 1 {
		list, end = &j.Next, &j.Left
	}
	if edge {
		*end = w.Count
	} else if len(*list) < limit {
		*list = append(*list, w)
	}
}
