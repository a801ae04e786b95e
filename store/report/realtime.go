package report

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/site"
	"sporlos/store/derive"
)

// recent is how long ago what realtime shows may have happened.
const recent = 30 * time.Minute

// Realtime is what happens on a site now. Visits stand for visitors where visitors are not counted.
type Realtime struct {
	Now       float64  // visitors who did something in the last five minutes
	Visitors  float64  // of the last 30 minutes
	Pageviews float64  // of the last 30 minutes
	Minutes   []Minute // 30, the oldest first
	Pages     []Here   // by the page each visitor of the last 30 minutes saw last
	Sources   []Here
	Countries []Here
}

// Minute is one of the last 30. A visitor can be in several.
type Minute struct {
	Start     time.Time // on the site's clock, not included; the last one has ended just now
	Visitors  float64
	Pageviews float64
}

// Here is how many visitors there are of one value of a dimension.
type Here struct {
	Value    string
	Visitors float64 // of the last 30 minutes
	Now      float64 // of the last five
}

// Realtime answers what happens on the site; rows is how long its lists are at most. It reads the events of today, and of yesterday
// within half an hour of midnight.
func (r *Reporter) Realtime(ctx context.Context, s *site.Site, rows int) (Realtime, error) {
	now := r.now()
	args := append(period(s, s.DayAt(now.Add(-recent).Unix()), r.today(s)), clickhouse.Named("since", uint32(now.Add(-recent).Unix())),
		clickhouse.Named("live", uint32(now.Add(-liveFor).Unix())), clickhouse.Named("now", uint32(now.Unix())))
	live, err := r.minutes(ctx, s, now, args)
	if err != nil {
		return live, err
	}
	for _, list := range []struct {
		value, empty string
		to           *[]Here
	}{
		{"argMaxIf(path, nth, name = 'pageview')", notSet, &live.Pages}, {"argMin(source, nth)", direct, &live.Sources}, {"argMin(country, nth)", notSet, &live.Countries},
	} {
		if *list.to, err = r.here(ctx, s, list.value, list.empty, rows, args); err != nil {
			return live, err
		}
	}
	return live, nil
}

const (
	recentEvents = `events
WHERE site = {site:UInt32} AND day BETWEEN {from:Date} AND {to:Date} AND time > toDateTime({since:UInt32}, 'UTC') AND time <= toDateTime({now:UInt32}, 'UTC')`
	people = `uniqExactIf((day, visitor), visitor != 0 %[1]s) + uniqExactIf(visit, visitor = 0 %[1]s)`
)

// minutes counts by minute, and in all: minute 30 stands for all of them.
func (r *Reporter) minutes(ctx context.Context, s *site.Site, now time.Time, args []any) (Realtime, error) {
	live, shown := Realtime{Minutes: make([]Minute, 30)}, s.Preset().Shown
	for i := range live.Minutes {
		live.Minutes[i].Start = now.Add(time.Duration(i-30) * time.Minute).In(s.Location())
	}
	rows, err := r.conn.Query(r.bounded(ctx), `
SELECT toUInt8(minute), `+fmt.Sprintf(people, "")+`, countIf(name = 'pageview'), `+fmt.Sprintf(people, "AND time > toDateTime({live:UInt32}, 'UTC')")+`
FROM `+recentEvents+`
GROUP BY arrayJoin([30, 29 - intDiv({now:UInt32} - toUnixTimestamp(time), 60)]) AS minute`, args...)
	if err != nil {
		return live, fmt.Errorf("cannot count who is there by minute: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			minute            uint8
			visitors, n, here uint64
		)
		if err := rows.Scan(&minute, &visitors, &n, &here); err != nil {
			return live, err
		}
		if minute == 30 {
			live.Visitors, live.Pageviews, live.Now = float64(shown(visitors)), float64(shown(n)), float64(shown(here))
		} else if int(minute) < len(live.Minutes) {
			live.Minutes[minute].Visitors, live.Minutes[minute].Pageviews = float64(shown(visitors)), float64(shown(n))
		}
	}
	return live, rows.Err()
}

// here counts the visitors of recent visits by a value of the whole visit.
func (r *Reporter) here(ctx context.Context, s *site.Site, value, empty string, limit int, args []any) ([]Here, error) {
	rows, err := r.conn.Query(r.bounded(ctx), fmt.Sprintf(`
SELECT toString(value), `+fmt.Sprintf(people, "")+` AS n, `+fmt.Sprintf(people, "AND last > toDateTime({live:UInt32}, 'UTC')")+`
FROM
(
    SELECT day, visit, max(e.visitor) AS visitor, %s AS value, max(time) AS last FROM (SELECT *, %s AS nth FROM events AS e
    WHERE site = {site:UInt32} AND day BETWEEN {from:Date} AND {to:Date} AND time <= toDateTime({now:UInt32}, 'UTC') AND visit IN (SELECT visit FROM `+recentEvents+`)) AS e
    GROUP BY day, visit
)
GROUP BY value ORDER BY n DESC, value LIMIT %d`, value, derive.Order(), limit), args...)
	if err != nil {
		return nil, fmt.Errorf("cannot read what is seen now: %w", err)
	}
	defer rows.Close()
	var list []Here
	for rows.Next() {
		var h Here
		var n, now uint64
		if err := rows.Scan(&h.Value, &n, &now); err != nil {
			return nil, err
		}
		if h.Value == "" {
			h.Value = empty
		}
		h.Visitors, h.Now = float64(s.Preset().Shown(n)), float64(s.Preset().Shown(now))
		list = append(list, h)
	}
	return list, rows.Err()
}
