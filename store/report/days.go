package report

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
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

	days  []site.Day // the folded days
	folds []uint32   // and the numbers of their folds

	edition uint8 // of the roll-ups that all of them have

	calm string // see almanac

	whole map[site.Day]uint32 // months whose sums are of exactly those folds, by their first day: the numbers of the sums
}

const stateOfDays = `
SELECT a.day, a.arrived, f.number, f.folded, f.latest, emptyArrayDate(), emptyArrayUInt32()
FROM
(
    SELECT day, sum(events) AS arrived FROM arrivals WHERE site = {site:UInt32} AND day >= {from:Date} GROUP BY day
) AS a
LEFT JOIN
(
    SELECT day, max(fold) AS number, argMax(arrived, fold) AS folded, argMax(edition, fold) AS latest FROM folds
    WHERE site = {site:UInt32} AND day >= {from:Date} GROUP BY day
) AS f ON f.day = a.day
UNION ALL
SELECT day, 0, max(fold), 0, 0, argMax(days, fold), argMax(folds, fold) FROM months
WHERE site = {site:UInt32} AND day >= {from:Date} GROUP BY day
SETTINGS optimize_move_to_prewhere = 0` // a few rows of many months: reading them twice takes longer than reading them all

// state is one line of stateOfDays: a day with what has arrived and what its newest fold is made of, or a month with what its sums are
// made of, which has no arrivals.
type state struct {
	day           time.Time
	arrived, made uint64
	number        uint32
	edition       uint8
	days          []time.Time
	folds         []uint32
}

func (s state) date() site.Day { return site.Day(s.day.Unix() / 86400) }

// almanac is all that is known of a site's days that are still to be seen.
type almanac struct {
	days, months []state

	calm string // what has arrived, where nothing has for a while
}

// readAlmanac reads which days have data and which of them are folded.
func (r *Reporter) readAlmanac(ctx context.Context, s *site.Site) (a almanac, err error) {
	rows, err := r.conn.Query(r.bounded(ctx), stateOfDays, period(s, r.oldest(s), 0)...)
	if err != nil {
		return a, fmt.Errorf("cannot read which days are folded: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s state
		if err := rows.Scan(&s.day, &s.arrived, &s.number, &s.made, &s.edition, &s.days, &s.folds); err != nil {
			return a, err
		}
		if len(s.days) > 0 {
			a.months = append(a.months, s)
		} else {
			a.days = append(a.days, s)
		}
	}
	slices.SortFunc(a.days, func(a, b state) int { return a.day.Compare(b.day) })
	if err := rows.Err(); err != nil {
		return a, err
	}
	a.calm = r.calms.see(s.ID, a.arrived())
	return a, nil
}

// arrived is the same for as long as each day has as many events, and short, for it is remembered for each site.
func (a almanac) arrived() string {
	var b []byte
	for _, d := range a.days {
		b = fmt.Appendf(b, "%d:%d ", d.date(), d.arrived)
	}
	sum := sha256.Sum256(b)
	return string(sum[:])
}

// calendarOf says of the almanac's days in a range where they are to be looked up.
func (r *Reporter) calendarOf(s *site.Site, a almanac, from, to site.Day) (c calendar) {
	today := r.today(s)
	from = max(from, r.oldest(s))
	wasFolded := false // the day before
	for _, s := range a.days {
		if s.date() < from || s.date() > to {
			continue
		}
		isFolded := s.number != 0 && s.date() < today && s.made == s.arrived && !r.eventsOnly
		if isFolded {
			c.folded = extend(c.folded, s.date(), wasFolded)
			if len(c.days) == 0 || s.edition < c.edition {
				c.edition = s.edition
			}
			c.days, c.folds = append(c.days, s.date()), append(c.folds, s.number)
		} else {
			c.open = extend(c.open, s.date(), !wasFolded)
		}
		wasFolded = isFolded
	}
	c.calm = a.calm
	c.findWhole(a.months)
	return c
}

// findWhole finds the months whose sums are made of exactly the folds that the calendar has of them.
func (c *calendar) findWhole(months []state) {
	c.whole = map[site.Day]uint32{}
	for _, m := range months {
		first := m.date()
		next := firstOfNext(first)
		i, _ := slices.BinarySearch(c.days, first)
		j, _ := slices.BinarySearch(c.days, next)
		same := slices.EqualFunc(c.days[i:j], m.days, func(d site.Day, t time.Time) bool { return int64(d)*86400 == t.Unix() })
		if same && slices.Equal(c.folds[i:j], m.folds) {
			c.whole[first] = m.number
		}
	}
}

func firstOfNext(d site.Day) site.Day {
	y, m, _ := d.Date().Date()
	return site.DayOfDate(y, m+1, 1)
}

func firstOf(d site.Day) site.Day {
	y, m, _ := d.Date().Date()
	return site.DayOfDate(y, m, 1)
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
func (c calendar) newest() string { return during(c.folded) + " AND " + numbered(c.days, c.folds) }

// numbered is the condition on the columns day and fold for rows of these days under these numbers.
func numbered(days []site.Day, numbers []uint32) string {
	if len(numbers) > 0 && slices.Min(numbers) == slices.Max(numbers) {
		return fmt.Sprintf("fold = %d", numbers[0])
	}
	list, of := make([]string, len(days)), make([]string, len(days))
	for i := range days {
		list[i], of[i] = fmt.Sprint(uint16(days[i])), fmt.Sprint(numbers[i])
	}
	return fmt.Sprintf("fold = transform(toUInt16(day), [%s], [%s], 0)", strings.Join(list, ", "), strings.Join(of, ", "))
}

// sums lists the tables of roll-ups that make up the folded days: months as a whole where that is wanted and there are such, and days.
func (c calendar) sums(months bool) (list []tableOfSum) {
	var rest calendar
	var whole []site.Day
	var numbers []uint32
	for i, day := range c.days {
		first := firstOf(day)
		switch number, ok := c.whole[first]; {
		case !months || !ok:
			follows := len(rest.days) > 0 && rest.days[len(rest.days)-1] == c.days[i-1] && c.together(c.days[i-1], day)
			rest.folded = extend(rest.folded, day, follows)
			rest.days, rest.folds = append(rest.days, day), append(rest.folds, c.folds[i])
		case len(whole) == 0 || whole[len(whole)-1] != first:
			whole, numbers = append(whole, first), append(numbers, number)
		}
	}
	if len(whole) > 0 {
		runs := make([]run, len(whole))
		for i, first := range whole {
			runs[i] = run{first, first}
		}
		list = append(list, tableOfSum{"monthly", during(runs) + " AND " + numbered(whole, numbers)})
	}
	if len(rest.days) > 0 {
		list = append(list, tableOfSum{"rollups", rest.newest()})
	}
	return list
}

// together says whether two folded days are in one run: no other day between them has data.
func (c calendar) together(a, b site.Day) bool {
	return slices.ContainsFunc(c.folded, func(r run) bool { return r.from <= a && b <= r.to })
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
