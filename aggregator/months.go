package aggregator

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/site"
	"sporlos/store"
	"sporlos/store/derive"
)

// month is one calendar month of a site whose sums are missing, or made of other folds than its days have now.
type month struct {
	site  uint32
	first time.Time
	days  []time.Time // that are folded, in order
	folds []uint32    // of those days
}

// A fold that was recorded and a month that was summed are both whole: therefore a month can be summed from what is recorded at any
// time, and readers take its sums for exactly the folds that are named in months. {sites} limits the look to some sites.
const staleMonthsQuery = `SELECT f.site, f.month, arrayMap(x -> x.1, f.made), arrayMap(x -> x.2, f.made)
FROM
(
    SELECT site, toStartOfMonth(day) AS month, arraySort(groupArray((day, fold))) AS made FROM folds FINAL
    WHERE toStartOfMonth(day) > {oldest:Date} AND (empty({sites:Array(UInt32)}) OR has({sites:Array(UInt32)}, site)) GROUP BY site, month
) AS f
LEFT JOIN
(
    SELECT site, day AS month, argMax(arrayZip(days, folds), fold) AS made FROM months
    WHERE empty({sites:Array(UInt32)}) OR has({sites:Array(UInt32)}, site) GROUP BY site, month
) AS m ON f.site = m.site AND f.month = m.month
WHERE f.made != m.made
ORDER BY f.site, f.month`

// sumMonths sums the months of these sites, or of all when none is named, whose days have been folded since. What fails does not keep
// the rest.
func (a *Aggregator) sumMonths(ctx context.Context, sites ...uint32) error {
	months, err := a.staleMonths(ctx, sites)
	if err != nil {
		return fmt.Errorf("cannot see which months are to be summed: %w", err)
	}
	var errs []error
	for _, m := range months {
		if err := a.sumMonth(ctx, m); err != nil {
			errs = append(errs, fmt.Errorf("cannot sum the days of %s of site %d: %w", m.first.Format("2006-01"), m.site, err))
		}
		a.pass.untidy[m.site] = true
	}
	return errors.Join(errs...)
}

func (a *Aggregator) staleMonths(ctx context.Context, sites []uint32) (list []month, err error) {
	oldest := a.o.Now().AddDate(0, -a.o.Retention, 0)
	ctx = clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{
		"oldest": site.DayOfDate(oldest.Date()).String(), "sites": strings.ReplaceAll(fmt.Sprint(sites), " ", ","),
	}))
	rows, err := a.o.Store.Query(ctx, staleMonthsQuery)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m month
		if err := rows.Scan(&m.site, &m.first, &m.days, &m.folds); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, rows.Err()
}

// sumMonth adds up the roll-ups of the month's days under a new number, then records of which folds.
func (a *Aggregator) sumMonth(ctx context.Context, m month) error {
	ctx, cancel := context.WithTimeout(ctx, foldTimeout)
	defer cancel()
	var newest uint32
	ctx = clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{
		"site": fmt.Sprint(m.site), "month": m.first.Format(time.DateOnly),
	}))
	err := a.o.Store.QueryRow(ctx, `SELECT greatest(
		(SELECT max(fold) FROM months WHERE site = {site:UInt32} AND day = {month:Date}),
		(SELECT max(fold) FROM monthly WHERE site = {site:UInt32} AND day = {month:Date}))`).Scan(&newest)
	if err != nil {
		return err
	}
	if newest >= 1<<32-1-stride {
		return errors.New("its numbers are used up; it stays answered day by day")
	}
	number := newest + 1 + rand.Uint32N(stride)
	if err := a.o.Store.Exec(ctx, m.statement(number)); err != nil {
		return err
	}
	return a.o.Store.Insert(ctx, "months", fmt.Sprintf("month/%d/%s/%d", m.site, m.first.Format("2006-01"), number), []store.Column{
		{Name: "site", Values: []uint32{m.site}}, {Name: "day", Values: []time.Time{m.first}}, {Name: "fold", Values: []uint32{number}},
		{Name: "days", Values: [][]time.Time{m.days}}, {Name: "folds", Values: [][]uint32{m.folds}}, {Name: "made", Values: []int64{a.o.Now().Unix()}},
	})
}

// statement makes the sums. The days and folds in it are numbers.
func (m month) statement(number uint32) string {
	days, folds := make([]string, len(m.days)), make([]string, len(m.folds))
	for i := range m.days {
		days[i], folds[i] = fmt.Sprint(m.days[i].Unix()/86400), fmt.Sprint(m.folds[i])
	}
	sums := strings.Join(derive.RollupSums(), ", ")
	return fmt.Sprintf("INSERT INTO monthly (site, dimension, value, day, fold, %s) SELECT site, dimension, value, month, toUInt32(%d), %[1]s FROM (%[3]s)",
		sums, number, derive.Month(fmt.Sprintf(`site = {site:UInt32} AND day BETWEEN {month:Date} AND addDays({month:Date}, 30)
    AND fold = transform(toUInt16(day), [%s], [%s], 0)`, strings.Join(days, ", "), strings.Join(folds, ", ")))) +
		" SETTINGS optimize_aggregation_in_order = 1, async_insert = 0"
}
