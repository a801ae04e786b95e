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

const (
	foldTimeout = 15 * time.Minute
	// stride bounds how far apart the numbers of two folds of a day are. The next one is drawn at random, so that two nodes that fold
	// the same day at the same time write under different numbers: one chance in a million that they do not.
	stride = 1 << 20
	// dimensionRows is about how many rows one roll-up statement may make of visits: it bounds the engine's memory.
	dimensionRows = 1_000_000
)

// fold makes visits and roll-ups of a run of closed days of one site, all in one month. Days with many events are folded alone, and
// their visits made part by part, so that memory does not grow with the day.
type fold struct {
	a      *Aggregator
	site   *site.Site
	days   []stale // consecutive
	number uint32
	again  bool // there are rows of earlier folds
	parts  []part
	visits uint64
	short  map[dayKey]sums // days with fewer events than arrivals, as last seen
	folded []stale         // what step record has recorded
}

// foldWhere selects the events of the run.
const foldWhere = "site = {site:UInt32} AND day BETWEEN {first:Date} AND {last:Date}"

// run takes the steps in order. Until record nobody sees anything of it; what an interrupted run leaves is outnumbered and
// then removed by the next one.
func (f *fold) run(ctx context.Context) error {
	for _, step := range f.steps() {
		if err := step(ctx); err != nil {
			return fmt.Errorf("cannot fold days %s to %s of site %d: %w", f.first(), f.last(), f.site.ID, err)
		}
	}
	return nil
}

func (f *fold) steps() []func(context.Context) error {
	steps := []func(context.Context) error{f.draw, f.cut, f.makeVisits, f.makePages, f.rollUpVisits}
	for _, d := range derive.Dimensions() {
		if !d.OfVisits() {
			steps = append(steps, func(ctx context.Context) error { return f.rollUp(ctx, d) })
		}
	}
	return append(steps, f.record)
}

func (f *fold) first() site.Day { return f.days[0].day }
func (f *fold) last() site.Day  { return f.days[len(f.days)-1].day }

// context carries the parameters and settings of the fold's statements.
func (f *fold) context(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, foldTimeout)
	return clickhouse.Context(ctx,
		clickhouse.WithParameters(clickhouse.Parameters{
			"site":  fmt.Sprint(f.site.ID),
			"first": f.first().String(),
			"last":  f.last().String(),
			"fold":  fmt.Sprint(f.number),
			"zone":  f.site.Zone,
		}),
		clickhouse.WithSettings(clickhouse.Settings{
			"max_insert_threads":          1,
			"min_insert_block_size_rows":  100_000,
			"min_insert_block_size_bytes": 32 << 20,
			"async_insert":                0,
		})), cancel
}

// inOrder makes aggregation follow the order in which rows are stored, in statements that group by visit or page: they hold one at a
// time, and four megabytes of what is done for each part of the table.
const inOrder = " SETTINGS optimize_aggregation_in_order = 1, aggregation_in_order_max_block_bytes = 4194304"

func (f *fold) exec(ctx context.Context, statement string) error {
	ctx, cancel := f.context(ctx)
	defer cancel()
	return f.a.o.Store.Exec(ctx, statement)
}

// draw draws a number above all there are.
func (f *fold) draw(ctx context.Context) error {
	ctx, cancel := f.context(ctx)
	defer cancel()
	var recorded, left uint32
	err := f.a.o.Store.QueryRow(ctx, `SELECT
		(SELECT max(fold) FROM folds WHERE `+foldWhere+`),
		greatest((SELECT max(fold) FROM visits WHERE `+foldWhere+`), (SELECT max(fold) FROM rollups WHERE `+foldWhere+`))`).Scan(&recorded, &left)
	if err != nil {
		return err
	}
	newest := max(recorded, left)
	if newest >= 1<<32-1-stride {
		return errors.New("its fold numbers are used up; it stays answered from events")
	}
	f.number = newest + 1 + rand.Uint32N(stride)
	f.again = left > 0
	return nil
}

// made are the visits and pages this fold has made.
var made = derive.Made{
	Visits: "(SELECT * FROM visits WHERE " + foldWhere + " AND fold = {fold:UInt32})",
	Pages:  "(SELECT * FROM pages WHERE " + foldWhere + " AND fold = {fold:UInt32})",
}

// rollUpVisits makes the dimensions that are attributes of visits, several in one statement unless there are very many visits.
func (f *fold) rollUpVisits(ctx context.Context) error {
	if err := f.countVisits(ctx); err != nil {
		return err
	}
	var dims []derive.Dimension
	for _, d := range derive.Dimensions() {
		if d.OfVisits() {
			dims = append(dims, d)
		}
	}
	for len(dims) > 0 {
		n := min(len(dims), max(1, int(dimensionRows/max(1, f.visits))))
		if err := f.insertRollup(ctx, derive.RollupOfVisits(dims[:n], made.Visits), ""); err != nil {
			return fmt.Errorf("roll-up %s and %d more: %w", dims[0].Name, n-1, err)
		}
		dims = dims[n:]
	}
	return nil
}

func (f *fold) countVisits(ctx context.Context) error {
	ctx, cancel := f.context(ctx)
	defer cancel()
	return f.a.o.Store.QueryRow(ctx, "SELECT count() FROM "+made.Visits).Scan(&f.visits)
}

// rollUp makes a dimension that is of no visit's attribute. Pages are stored in the order they are grouped in.
func (f *fold) rollUp(ctx context.Context, d derive.Dimension) error {
	settings := ""
	if d.Name == "page" {
		settings = inOrder
	}
	if err := f.insertRollup(ctx, derive.Rollup(d, foldWhere, made), settings); err != nil {
		return fmt.Errorf("roll-up %s: %w", d.Name, err)
	}
	return nil
}

func (f *fold) insertRollup(ctx context.Context, rows, settings string) error {
	columns := strings.Join(derive.RollupColumns(), ", ")
	return f.exec(ctx, "INSERT INTO rollups ("+columns+", fold) SELECT "+columns+", {fold:UInt32} FROM ("+rows+")"+settings)
}

// record makes readers see the days whose numbers agree. The others have changed meanwhile and will be folded again.
func (f *fold) record(ctx context.Context) error {
	found, err := f.sums(ctx)
	if err != nil {
		return err
	}
	var days []time.Time
	var sites, folds []uint32
	var arrived, events []uint64
	var editions []uint8
	for _, d := range f.days {
		s := found[d.day]
		if !f.agrees(d, s) {
			continue
		}
		f.folded = append(f.folded, d)
		sites, days, folds = append(sites, f.site.ID), append(days, d.day.Date()), append(folds, f.number)
		arrived, events = append(arrived, s.Arrived), append(events, s.Stored)
		editions = append(editions, derive.Edition)
	}
	madeAt := make([]int64, len(days))
	for i := range madeAt {
		madeAt[i] = f.a.o.Now().Unix()
	}
	return f.a.o.Store.Insert(ctx, "folds", fmt.Sprintf("fold/%d/%s/%d", f.site.ID, f.first(), f.number), []store.Column{
		{Name: "site", Values: sites}, {Name: "day", Values: days}, {Name: "fold", Values: folds},
		{Name: "arrived", Values: arrived}, {Name: "events", Values: events}, {Name: "made", Values: madeAt},
		{Name: "edition", Values: editions},
	})
}

// agrees says whether a day's fold is complete and of this moment. Fewer events than arrivals can be an insert that is under way, and
// then the day is not ready, or an erasure, and then it stays so: therefore it must have looked the same before.
func (f *fold) agrees(d stale, s sums) bool {
	if s.Arrived != d.arrived || s.Hits != s.Stored || !s.rolledUp() {
		return false
	}
	key := dayKey{f.site.ID, d.day}
	if s.Stored == s.Arrived || f.short[key] == s {
		delete(f.short, key)
		return true
	}
	f.short[key] = s
	return false
}

// sums are what the tables say of one day: of the events and, under the fold's number, of what was made of them.
type sums struct {
	Arrived   uint64 `ch:"arrived"`
	Stored    uint64 `ch:"stored"`
	Hits      uint64 `ch:"hits"`
	Visits    uint64 `ch:"visits"`
	Pageviews uint64 `ch:"pageviews"`
	Events    uint64 `ch:"events"`

	RolledVisits    uint64 `ch:"rolled_visits"` // over all dimensions of visits
	RolledPageviews uint64 `ch:"rolled_pageviews"`
	RolledEvents    uint64 `ch:"rolled_events"`

	SeenPageviews uint64 `ch:"seen_pageviews"` // of the pages
	SeenEvents    uint64 `ch:"seen_events"`
}

// rolledUp says whether the pages and each dimension of the roll-ups add up to the visits.
func (s sums) rolledUp() bool {
	n := uint64(0)
	for _, d := range derive.Dimensions() {
		if d.OfVisits() {
			n++
		}
	}
	return s.RolledVisits == n*s.Visits && s.RolledPageviews == s.Pageviews && s.RolledEvents == s.Events && s.SeenPageviews == s.Pageviews && s.SeenEvents == s.Events
}

func (f *fold) sums(ctx context.Context) (map[site.Day]sums, error) {
	var rows []struct {
		Day time.Time `ch:"day"`
		sums
	}
	ctx, cancel := f.context(ctx)
	defer cancel()
	if err := f.a.o.Store.Conn().Select(ctx, &rows, sumsQuery); err != nil {
		return nil, err
	}
	byDay := map[site.Day]sums{}
	for _, row := range rows {
		byDay[site.DayOfDate(row.Day.Date())] = row.sums
	}
	return byDay, nil
}

const sumsQuery = `SELECT
    day,
    sum(n.arrived) AS arrived, sum(n.stored) AS stored,
    sum(n.hits) AS hits, sum(n.visits) AS visits, sum(n.pageviews) AS pageviews, sum(n.events) AS events,
    sum(n.rolled_visits) AS rolled_visits, sum(n.rolled_pageviews) AS rolled_pageviews, sum(n.rolled_events) AS rolled_events,
    sum(n.seen_pageviews) AS seen_pageviews, sum(n.seen_events) AS seen_events
FROM
(
    SELECT day, sum(a.events) AS arrived, 0 AS stored, 0 AS hits, 0 AS visits, 0 AS pageviews, 0 AS events,
        0 AS rolled_visits, 0 AS rolled_pageviews, 0 AS rolled_events, 0 AS seen_pageviews, 0 AS seen_events
    FROM arrivals AS a WHERE ` + foldWhere + ` GROUP BY day
    UNION ALL
    SELECT day, 0, count(), 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM events AS e WHERE ` + foldWhere + ` GROUP BY day
    UNION ALL
    SELECT day, 0, 0, sum(v.hits), count(), sum(v.pageviews), sum(v.events), 0, 0, 0, 0, 0
    FROM visits AS v WHERE ` + foldWhere + ` AND fold = {fold:UInt32} GROUP BY day
    UNION ALL
    SELECT day, 0, 0, 0, 0, 0, 0,
        sumIf(r.visits, r.dimension NOT IN ('page', 'event', 'hour', 'link')), sumIf(r.pageviews, r.dimension = 'page'), sumIf(r.events, r.dimension = 'event'), 0, 0
    FROM rollups AS r WHERE ` + foldWhere + ` AND fold = {fold:UInt32} GROUP BY day
    UNION ALL
    SELECT day, 0, 0, 0, 0, 0, 0, 0, 0, 0, sum(p.pageviews), sum(p.events)
    FROM pages AS p WHERE ` + foldWhere + ` AND fold = {fold:UInt32} GROUP BY day
) AS n
GROUP BY day`
