package report

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/site"
)

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

// Refusals returns the beacons refused in a period, by reason, the most frequent first.
func (r *Reporter) Refusals(ctx context.Context, s *site.Site, from, to site.Day) ([]Refusal, error) {
	if err := (Query{Site: s, From: from, To: to, Metrics: []Metric{Visits}}).Check(); err != nil {
		return nil, err
	}
	return r.refusals(ctx, s.Preset().Shown, period(s, max(from, r.oldest(s)), to)...)
}

// Strays returns the beacons of a day (UTC) that were refused before it was known which site they were for, or because it is none of ours.
func (r *Reporter) Strays(ctx context.Context, day site.Day) ([]Refusal, error) {
	return r.refusals(ctx, func(n uint64) uint64 { return n }, period(&site.Site{}, day, day)...)
}

func (r *Reporter) refusals(ctx context.Context, shown func(uint64) uint64, args ...any) ([]Refusal, error) {
	rows, err := r.conn.Query(r.bounded(ctx), `
SELECT reason, sum(refusals) AS refused FROM refusals
WHERE site = {site:UInt32} AND day BETWEEN {from:Date} AND {to:Date}
GROUP BY reason ORDER BY refused DESC, reason`, args...)
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
		refusal.Count = int(shown(n))
		list = append(list, refusal)
	}
	return list, rows.Err()
}

// FirstDay returns the first day with data that is not older than the retention; false when there is none.
func (r *Reporter) FirstDay(ctx context.Context, s *site.Site) (site.Day, bool, error) {
	a, err := r.almanac(ctx, s)
	if err != nil || len(a.days) == 0 {
		return 0, false, err
	}
	first := a.days[0].date()
	return first, first <= r.today(s), nil
}
