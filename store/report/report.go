// Package report asks the questions: metrics × dimensions × filters become SQL, out of one closed vocabulary (vocabulary.go). No text
// of a question ever becomes part of a statement; it is bound as a parameter. The package reads only, and knows no page and no API.
//
//	r := report.New(conn, time.Now)
//	answer, err := r.Run(ctx, report.Query{
//		Site: s, From: first, To: last,
//		Metrics:    []report.Metric{report.Visitors, report.BounceRate},
//		Dimensions: []report.Dimension{report.Source},
//		Filters:    []report.Filter{{Dimension: report.Country, Op: report.Is, Values: []string{"NO"}}},
//	})
//
// # Where an answer comes from
//
// A day that is closed and folded, from as many events as have arrived, is answered from its fold: from the table rollups when the
// question splits and filters by one dimension at most, from sums of months (monthly) where all folded days of a month are wanted, from
// the table pages when it is about pages, otherwise from the table visits, and from events where it is about hosts, hours, properties,
// or pages and names of events at once. Today, and a day whose fold is out of date, is answered from events. All of it adds up exactly,
// because a visitor is a number that dies with the day: the visitors of a period are the sum of its days.
//
// # What the numbers are about
//
// Dimensions of visits (source, country, entry page, …) choose whole visits. Dimensions of events (page, host, event, properties)
// choose events, and with them the visits that have at least one event that matches all filters on events. A visit saw a page when it
// viewed it. Bounce rate, visit duration and views per visit are about whole visits; split by page, host or hour they are about the
// visits that entered there or began then.
//
// Days older than the retention (14 months, unless [Reporter.Keep] says otherwise) have no data, even while ClickHouse has not removed
// them yet. Where the site's preset rounds, every count that leaves the package is rounded, and a ratio of fewer than half of what
// counts are rounded to is 0.
package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/maypok86/otter/v2"
)

// timeLimit is how long one statement may run.
const timeLimit = 20 * time.Second

// Reporter answers questions from one database. It is safe for concurrent use.
type Reporter struct {
	conn driver.Conn
	now  func() time.Time

	months int // for which a day is kept

	sums  *otter.Cache[keptKey, *groups] // of folded days
	open  *otter.Cache[keptKey, *groups] // of open days
	calms calms
	most  int // rows of a part that are kept

	withoutKept, withoutMonths, withoutRollups, withoutDetails, eventsOnly bool // for the tests that compare the sources
	page                                                                   int  // for the test that reads events in pages: rows of one; 0: see rawPage
}

// New returns a reporter that asks over conn, which needs to read only. A nil clock is time.Now.
func New(conn driver.Conn, now func() time.Time) *Reporter {
	if now == nil {
		now = time.Now
	}
	return &Reporter{conn: conn, now: now, months: retention, most: keptRows,
		sums: newKept(keptBytes, nil), open: newKept(calmBytes, otter.ExpiryWriting[keptKey, *groups](calmFor)), calms: calms{since: map[uint32]seenState{}}}
}

// retention is for how many months a day is kept unless Keep says otherwise: the TTL of the schema.
const retention = 14

// Keep makes the reporter exclude days older than that many months, and returns it. It is called before the first question.
func (r *Reporter) Keep(months int) *Reporter {
	r.months = months
	return r
}

// Run answers one question. It fails with [*Invalid] when the question cannot be asked. A question split by time and nothing else
// comes back with every bucket of its range, unless it is Sparse.
func (r *Reporter) Run(ctx context.Context, q Query) (Result, error) {
	if err := q.Check(); err != nil {
		return Result{}, err
	}
	q = q.simple().withDefaults()
	days, err := r.calendar(ctx, q.Site, q.From, q.To)
	if err != nil {
		return Result{}, err
	}
	p := r.newPlan(q.found(), days)
	var everybody float64
	var failed error
	var wait sync.WaitGroup
	wait.Go(func() { everybody, failed = r.everybody(ctx, q, days) })
	lines, before, err := r.answer(ctx, p)
	wait.Wait()
	if err := cmp.Or(err, failed); err != nil {
		return Result{}, err
	}
	result := Result{Total: before, Answered: p.answered()}
	for _, l := range lines {
		result.Rows = append(result.Rows, p.counted(l).row(q, everybody))
	}
	if p.filled() {
		result.fill(q)
	}
	return result, nil
}

// Ordered returns the order rows come in: the one asked for, or time ascending and the first metric descending.
func (q Query) Ordered() []Order {
	if len(q.Order) > 0 {
		return q.Order
	}
	var order []Order
	for _, d := range q.Dimensions {
		if d.Time() {
			order = append(order, Order{Dimension: d})
		}
	}
	return append(order, Order{Metric: q.Metrics[0], Desc: true})
}

func (q Query) withDefaults() Query {
	if q.Limit == 0 {
		q.Limit = MaxRows
	}
	q.Order = q.Ordered()
	return q
}

// line is a row before its sums have become metrics.
type line struct {
	values []string
	sums   [sumCount]uint64
}

// ask runs the plan's statement. It returns its rows and how many there were before the limit.
func (r *Reporter) ask(ctx context.Context, p *plan) (lines []line, before int, err error) {
	if len(p.parts) == 0 {
		if len(p.q.Dimensions) == 0 {
			return []line{{}}, 1, nil
		}
		return nil, 0, nil
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithProfileInfo(func(i *clickhouse.ProfileInfo) { before = int(i.RowsBeforeLimit) }))
	lines, err = r.lines(ctx, p, p.statement())
	return lines, max(before, len(lines)), err
}

// lines runs a statement that has the columns of the plan's groups and sums.
func (r *Reporter) lines(ctx context.Context, p *plan, sql string) (lines []line, err error) {
	rows, err := r.conn.Query(r.bounded(ctx), sql, p.with.args...)
	if err != nil {
		return nil, failure(err)
	}
	defer rows.Close()
	for rows.Next() {
		l := line{values: make([]string, len(p.q.Dimensions))}
		var targets []any
		for i := range l.values {
			targets = append(targets, &l.values[i])
		}
		for _, s := range p.needed {
			targets = append(targets, &l.sums[s])
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	if err := rows.Err(); err != nil {
		return nil, failure(err)
	}
	return lines, nil
}

// bounded limits what a statement may cost.
func (r *Reporter) bounded(ctx context.Context) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"max_execution_time":      int(timeLimit.Seconds()),
		"max_threads":             2,
		"exact_rows_before_limit": 1,
	}))
}

// cannotCompilePattern is ClickHouse's code for a regular expression that RE2 finds too large.
const cannotCompilePattern = 427

func failure(err error) error {
	var e *clickhouse.Exception
	if errors.As(err, &e) && e.Code == cannotCompilePattern {
		return invalid("filters", "pattern.large")
	}
	return fmt.Errorf("cannot answer the question: %w", err)
}

// everybody returns the visitors of all rows together, of which percentages are.
func (r *Reporter) everybody(ctx context.Context, q Query, days calendar) (float64, error) {
	part := slices.Contains(q.Metrics, Percentage)
	if !part && !slices.Contains(q.Metrics, ConversionRate) {
		return 0, nil
	}
	if !part {
		q.Goals = nil
	}
	q.Dimensions, q.Metrics = nil, []Metric{Visitors}
	lines, _, err := r.answer(ctx, r.newPlan(q, days))
	if err != nil {
		return 0, err
	}
	return float64(q.Site.Preset().Shown(lines[0].sums[visitorsSum])), nil
}

// row makes metrics of sums and labels of empty values.
func (l line) row(q Query, everybody float64) Row {
	row := Row{Dimensions: l.values, Metrics: make([]float64, len(q.Metrics))}
	for i, d := range q.Dimensions {
		if m, _ := meaningOf(d); l.values[i] == "" {
			l.values[i] = m.empty
		}
	}
	shown := q.Site.Preset().Shown
	for i, name := range q.Metrics {
		m := metrics[name]
		part, whole := float64(l.sums[m.part]), 1.0
		if m.part == revenueSum {
			part = float64(int64(l.sums[revenueSum]))
		}
		switch {
		case name == TotalRevenue:
			whole = min(1, float64(shown(l.sums[paidSum])))
		case m.whole == none:
			if part = float64(shown(l.sums[m.part])); name == Percentage || name == ConversionRate {
				whole = everybody
			}
		case shown(l.sums[m.whole]) == 0: // too few to say
			whole = 0
		default:
			whole = float64(l.sums[m.whole])
		}
		if whole != 0 {
			row.Metrics[i] = round(part*m.scale/whole, m.decimals)
		}
	}
	return row
}

func round(x float64, decimals int) float64 {
	unit := math.Pow10(decimals)
	return math.Round(x*unit) / unit
}

// fill puts the buckets without data between the rows, then orders and cuts them.
func (r *Result) fill(q Query) {
	found := map[string]bool{}
	for _, row := range r.Rows {
		found[row.Dimensions[0]] = true
	}
	for _, label := range Buckets(q.Dimensions[0], q.Site, q.From, q.To) {
		if !found[label] && !q.Sparse {
			r.Rows = append(r.Rows, Row{Dimensions: []string{label}, Metrics: make([]float64, len(q.Metrics)), Empty: true})
		}
	}
	slices.SortStableFunc(r.Rows, func(a, b Row) int { return compare(q, a, b) })
	r.Total = len(r.Rows)
	r.Rows = r.Rows[min(q.Offset, len(r.Rows)):]
	r.Rows = r.Rows[:min(q.Limit, len(r.Rows))]
}

func compare(q Query, a, b Row) int {
	for _, o := range q.Order {
		c := 0
		if o.Dimension != "" {
			c = strings.Compare(a.Dimensions[0], b.Dimensions[0])
		} else if i := slices.Index(q.Metrics, o.Metric); a.Metrics[i] < b.Metrics[i] {
			c = -1
		} else if a.Metrics[i] > b.Metrics[i] {
			c = 1
		}
		if o.Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return strings.Compare(a.Dimensions[0], b.Dimensions[0])
}
