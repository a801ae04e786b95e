package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/site"
)

// RawEvent is one event as it leaves the house: without the visitor's number, with its visit known by a number that is given out anew in
// every export, and with no moment of its own finer than a minute. See docs/adr for the reasons.
type RawEvent struct {
	Visit   uint64    // 1, 2, 3… in the order of days and beginnings
	Day     site.Day  //
	Started time.Time // minute in which the visit began, on the site's clock
	Seconds uint32    // from the visit's first event to this one

	Name        string
	Interactive bool

	Host, Path, Referrer, Source, Channel                  string
	UTMSource, UTMMedium, UTMCampaign, UTMContent, UTMTerm string
	Country, Region, City                                  string
	Browser, BrowserVersion, OS, OSVersion, Device         string
	EngagementMS                                           uint32
	Scroll                                                 uint8
	RevenueMilli                                           int64 // thousandths of Currency
	Currency                                               string
	PropKeys, PropValues                                   []string

	visit uint64
	time  time.Time
}

// rawPage is how many events are asked for at a time, and held in memory. A visit is never cut in two, so it can be more.
func (r *Reporter) rawPage() int { return cmp.Or(r.page, 20_000) }

const rawColumns = `visit, time, name, interactive, host, path, referrer, source, channel, utm_source, utm_medium, utm_campaign,
    utm_content, utm_term, country, region, city, browser, browser_version, os, os_version, device, engagement, scroll, revenue, currency,
    prop_keys, prop_values`

// Raw calls fn with every event of a site and period, visit by visit. The event is valid until fn returns. Memory is bounded, and no statement
// runs for long, however slowly fn takes them. It fails with [*Invalid] when the site's preset shows rounded counts only: single events
// would undo the rounding.
func (r *Reporter) Raw(ctx context.Context, s *site.Site, from, to site.Day, fn func(*RawEvent) error) error {
	if p := s.Preset(); p.Multiple > 1 {
		return invalid("site", "raw.rounded", p.Name, p.Multiple)
	}
	if err := (Query{Site: s, From: from, To: to, Metrics: []Metric{Visits}}).Check(); err != nil {
		return err
	}
	days, err := r.daysWithEvents(ctx, s, max(from, r.oldest(s)), to)
	if err != nil {
		return err
	}
	number := uint64(0)
	for _, day := range days {
		for next, more := uint64(0), true; more; {
			var list []RawEvent
			if list, err = r.rawEvents(ctx, s, day, next); err != nil {
				return err
			}
			if number, err = renumber(list, day, s.Location(), number, fn); err != nil {
				return err
			}
			if more = len(list) >= r.rawPage() && list[len(list)-1].visit < math.MaxUint64; more {
				next = list[len(list)-1].visit + 1
			}
		}
	}
	return nil
}

func (r *Reporter) daysWithEvents(ctx context.Context, s *site.Site, from, to site.Day) (days []site.Day, err error) {
	if from > to {
		return nil, nil
	}
	rows, err := r.conn.Query(r.bounded(ctx), `SELECT DISTINCT day FROM arrivals WHERE site = {site:UInt32} AND day BETWEEN {from:Date} AND {to:Date} ORDER BY day`, period(s, from, to)...)
	if err != nil {
		return nil, fmt.Errorf("cannot read which days have events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var date time.Time
		if err := rows.Scan(&date); err != nil {
			return nil, err
		}
		days = append(days, site.Day(date.Unix()/86400))
	}
	return days, rows.Err()
}

// rawEvents reads whole visits of one day, from a visit's number on.
func (r *Reporter) rawEvents(ctx context.Context, s *site.Site, day site.Day, next uint64) (list []RawEvent, err error) {
	rows, err := r.conn.Query(r.bounded(ctx), `SELECT `+rawColumns+` FROM events WHERE site = {site:UInt32} AND day = {day:Date} AND visit >= {next:UInt64}
ORDER BY visit LIMIT {page:UInt32} WITH TIES`,
		clickhouse.Named("site", s.ID), clickhouse.Named("day", day.String()), clickhouse.Named("next", fmt.Sprint(next)), clickhouse.Named("page", fmt.Sprint(r.rawPage())))
	if err != nil {
		return nil, fmt.Errorf("cannot read events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var e RawEvent
		err := rows.Scan(&e.visit, &e.time, &e.Name, &e.Interactive, &e.Host, &e.Path, &e.Referrer, &e.Source, &e.Channel, &e.UTMSource, &e.UTMMedium,
			&e.UTMCampaign, &e.UTMContent, &e.UTMTerm, &e.Country, &e.Region, &e.City, &e.Browser, &e.BrowserVersion, &e.OS, &e.OSVersion, &e.Device,
			&e.EngagementMS, &e.Scroll, &e.RevenueMilli, &e.Currency, &e.PropKeys, &e.PropValues)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("cannot read events: %w", err)
	}
	slices.SortStableFunc(list, func(a, b RawEvent) int {
		return cmp.Or(cmp.Compare(a.visit, b.visit), a.time.Compare(b.time))
	})
	return list, nil
}

// renumber gives visits the numbers after the last one given out, and hands their events on. It returns the last number.
func renumber(list []RawEvent, day site.Day, zone *time.Location, number uint64, fn func(*RawEvent) error) (uint64, error) {
	var began time.Time
	for i := range list {
		e := &list[i]
		if i == 0 || e.visit != list[i-1].visit {
			number++
			began = e.time
		}
		e.Visit, e.Day = number, day
		e.Started = began.Truncate(time.Minute).In(zone)
		e.Seconds = uint32(e.time.Sub(began) / time.Second)
		if err := fn(e); err != nil {
			return number, err
		}
	}
	return number, nil
}
