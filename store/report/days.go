package report

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/site"
)

// run is a stretch of days that are answered alike. Days in between that are in no run have no data.
type run struct{ from, to site.Day }

// calendar says where the days of a range are to be looked up.
type calendar struct {
	folded []run // closed days whose newest fold is made of all events that arrived
	open   []run // the open day, days to be folded (again), and days ahead of their time

	days, folds []string // of the folded days: their numbers and those of their folds
}

const stateOfDays = `
SELECT a.day, a.arrived, f.number, f.folded
FROM
(
    SELECT day, sum(events) AS arrived FROM arrivals
    WHERE site = {site:UInt32} AND day BETWEEN {from:Date} AND {to:Date} GROUP BY day
) AS a
LEFT JOIN
(
    SELECT day, max(fold) AS number, argMax(arrived, fold) AS folded FROM folds
    WHERE site = {site:UInt32} AND day BETWEEN {from:Date} AND {to:Date} GROUP BY day
) AS f ON f.day = a.day
ORDER BY a.day`

// calendar reads which days have data and which of them are folded.
func (r *Reporter) calendar(ctx context.Context, s *site.Site, from, to site.Day) (calendar, error) {
	var c calendar
	today := r.today(s)
	from = max(from, oldest(today, r.months))
	if from > to {
		return c, nil
	}
	rows, err := r.conn.Query(r.bounded(ctx), stateOfDays, period(s, from, to)...)
	if err != nil {
		return c, fmt.Errorf("cannot read which days are folded: %w", err)
	}
	defer rows.Close()
	wasFolded := false // the day before
	for rows.Next() {
		var (
			date          time.Time
			arrived, made uint64
			fold          uint32
		)
		if err := rows.Scan(&date, &arrived, &fold, &made); err != nil {
			return c, err
		}
		day := site.Day(date.Unix() / 86400)
		isFolded := fold != 0 && day < today && made == arrived && !r.eventsOnly
		if isFolded {
			c.folded = extend(c.folded, day, wasFolded)
			c.days, c.folds = append(c.days, fmt.Sprint(uint16(day))), append(c.folds, fmt.Sprint(fold))
		} else {
			c.open = extend(c.open, day, !wasFolded)
		}
		wasFolded = isFolded
	}
	return c, rows.Err()
}

// extend puts a day into the last run, when the day before is in it, or begins one.
func extend(runs []run, day site.Day, follows bool) []run {
	if n := len(runs); n > 0 && follows {
		runs[n-1].to = day
		return runs
	}
	return append(runs, run{from: day, to: day})
}

// during is the condition on the columns site and day for the days of the runs. Its numbers are days, never text.
func during(runs []run) string {
	parts := make([]string, len(runs))
	for i, r := range runs {
		parts[i] = fmt.Sprintf("day BETWEEN toDate(%d) AND toDate(%d)", r.from, r.to)
	}
	return "site = {site:UInt32} AND (" + strings.Join(parts, " OR ") + ")"
}

// newest is the condition on the columns site, day and fold for the rows of the newest folds. A year that has been folded day by day
// has as many folds as days, so each row's day is looked up.
func (c calendar) newest() string {
	return fmt.Sprintf("site = {site:UInt32} AND day BETWEEN toDate(%d) AND toDate(%d) AND fold = transform(toUInt16(day), [%s], [%s], 0)",
		c.folded[0].from, c.folded[len(c.folded)-1].to, strings.Join(c.days, ", "), strings.Join(c.folds, ", "))
}

// period binds the parameters site, from and to.
func period(s *site.Site, from, to site.Day) []any {
	return []any{
		clickhouse.Named("site", s.ID),
		clickhouse.Named("from", from.Date().Format(time.DateOnly)),
		clickhouse.Named("to", to.Date().Format(time.DateOnly)),
	}
}

func (r *Reporter) today(s *site.Site) site.Day { return s.DayAt(r.now().Unix()) }

// oldest returns the first day of a site that is still to be seen.
func (r *Reporter) oldest(s *site.Site) site.Day { return oldest(r.today(s), r.months) }

// oldest returns the first day that is still to be seen on the day today, when days are kept for so many months.
func oldest(today site.Day, months int) site.Day {
	t := today.Date()
	d := site.DayOfDate(t.Year(), t.Month()-time.Month(months), 1)
	for expires(d, months) <= today {
		d++
	}
	return d
}

// expires is the day plus the retention as ClickHouse counts it: the 31st plus a month of 30 days is the 30th.
func expires(d site.Day, months int) site.Day {
	t := d.Date()
	last := time.Date(t.Year(), t.Month()+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return site.DayOfDate(t.Year(), t.Month()+time.Month(months), min(t.Day(), last))
}
