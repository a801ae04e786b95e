package report

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/site"
)

// SearchQuery asks for the phrases searched on a site.
type SearchQuery struct {
	Site     *site.Site
	From, To site.Day // inclusive
	Limit    int      // rows at most; 0: MaxRows
	Offset   int
}

// SearchRow is one phrase, searched often enough to be shown.
type SearchRow struct {
	Phrase   string
	Searches int // results pages
	Zero     int // of them, without a result
	Opened   int // results opened
}

// Searches are the phrases of a period.
type Searches struct {
	Rows  []SearchRow
	Rare  int // searches for phrases that were searched too seldom to be shown
	Total int // phrases that can be shown, before Limit and Offset
}

// Refusal is a count of beacons that were refused for one reason.
type Refusal struct {
	Reason string
	Count  int
}

// liveFor is how long ago somebody who is there now did something.
const liveFor = 5 * time.Minute

// Live returns how many visitors did something in the last five minutes; visits, where visitors are not counted.
func (r *Reporter) Live(ctx context.Context, s *site.Site) (int, error) {
	since := r.now().Add(-liveFor).Unix()
	var n uint64
	err := r.conn.QueryRow(r.bounded(ctx), `
SELECT uniqExactIf(visitor, visitor != 0) + uniqExactIf(visit, visitor = 0) FROM events
WHERE site = {site:UInt32} AND day BETWEEN {from:Date} AND {to:Date} AND time > toDateTime({since:UInt32}, 'UTC')`,
		append(period(s, s.DayAt(since), r.today(s)), clickhouse.Named("since", uint32(since)))...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("cannot count who is there: %w", err)
	}
	return int(s.Preset().Shown(n)), nil
}

const phrases = `
SELECT phrase,
    sumIf(searches, kind = 'search') AS searched,
    sumIf(zero, kind = 'search') AS empty,
    sumIf(searches, kind = 'open') AS followed
FROM searches
WHERE site = {site:UInt32} AND day BETWEEN {from:Date} AND {to:Date}
GROUP BY phrase`

// Searches returns the phrases searched in a period, the most frequent first. A phrase searched less often than
// [site.Settings.ShownFrom] in the whole period is not among them, but in Rare.
func (r *Reporter) Searches(ctx context.Context, q SearchQuery) (Searches, error) {
	if err := q.check(); err != nil {
		return Searches{}, err
	}
	args := append(period(q.Site, max(q.From, r.oldest(q.Site)), q.To), clickhouse.Named("k", uint64(q.Site.Settings.ShownFrom())))
	var rare, total uint64
	err := r.conn.QueryRow(r.bounded(ctx), "SELECT sumIf(searched, searched < {k:UInt64}), countIf(searched >= {k:UInt64}) FROM ("+phrases+")", args...).Scan(&rare, &total)
	if err != nil {
		return Searches{}, fmt.Errorf("cannot count searches: %w", err)
	}
	shown := q.Site.Preset().Shown
	found := Searches{Rare: int(shown(rare)), Total: int(total)}
	rows, err := r.conn.Query(r.bounded(ctx), phrases+" HAVING searched >= {k:UInt64} ORDER BY searched DESC, phrase"+
		fmt.Sprintf(" LIMIT %d OFFSET %d", q.Limit, q.Offset), args...)
	if err != nil {
		return Searches{}, fmt.Errorf("cannot read searches: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			row                    SearchRow
			searched, zero, opened uint64
		)
		if err := rows.Scan(&row.Phrase, &searched, &zero, &opened); err != nil {
			return Searches{}, err
		}
		row.Searches, row.Zero, row.Opened = int(shown(searched)), int(shown(zero)), int(shown(opened))
		found.Rows = append(found.Rows, row)
	}
	return found, rows.Err()
}

// check borrows the checks of a Query and puts in the default limit.
func (q *SearchQuery) check() error {
	if q.Limit == 0 {
		q.Limit = MaxRows
	}
	return Query{Site: q.Site, From: q.From, To: q.To, Limit: q.Limit, Offset: q.Offset, Metrics: []Metric{Visits}}.Check()
}

// Refusals returns the beacons refused in a period, by reason, the most frequent first.
func (r *Reporter) Refusals(ctx context.Context, s *site.Site, from, to site.Day) ([]Refusal, error) {
	if err := (Query{Site: s, From: from, To: to, Metrics: []Metric{Visits}}).Check(); err != nil {
		return nil, err
	}
	rows, err := r.conn.Query(r.bounded(ctx), `
SELECT reason, sum(refusals) AS refused FROM refusals
WHERE site = {site:UInt32} AND day BETWEEN {from:Date} AND {to:Date}
GROUP BY reason ORDER BY refused DESC, reason`, period(s, max(from, r.oldest(s)), to)...)
	if err != nil {
		return nil, fmt.Errorf("cannot read refusals: %w", err)
	}
	defer rows.Close()
	var list []Refusal
	for rows.Next() {
		var (
			refusal Refusal
			n       uint64
		)
		if err := rows.Scan(&refusal.Reason, &n); err != nil {
			return nil, err
		}
		refusal.Count = int(s.Preset().Shown(n))
		list = append(list, refusal)
	}
	return list, rows.Err()
}

// FirstDay returns the first day with data that is not older than the retention; false when there is none.
func (r *Reporter) FirstDay(ctx context.Context, s *site.Site) (site.Day, bool, error) {
	today := r.today(s)
	var (
		first time.Time
		n     uint64
	)
	err := r.conn.QueryRow(r.bounded(ctx), `
SELECT min(day), count() FROM arrivals WHERE site = {site:UInt32} AND day BETWEEN {from:Date} AND {to:Date}`,
		period(s, r.oldest(s), today)...).Scan(&first, &n)
	if err != nil {
		return 0, false, fmt.Errorf("cannot read the first day: %w", err)
	}
	return site.Day(first.Unix() / 86400), n > 0, nil
}
