package aggregator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/site"
)

const (
	defaultSettle = 2 * time.Minute
	foldEvery     = time.Minute
	sweepEvery    = time.Hour
	// restless is for how long a day that keeps changing waits for a quiet minute before it is folded all the same.
	restless = 15 * time.Minute
	// foldEvents is about how many events are taken at once: of several days, or a part of one. It bounds the engine's memory.
	foldEvents = 250_000
)

type dayKey struct {
	site uint32
	day  site.Day
}

// stale is a day whose fold is missing or of other arrivals.
type stale struct {
	day     site.Day
	arrived uint64
}

// sighting is when a stale day was first noticed, and how many events had arrived at the last look.
type sighting struct {
	since   time.Time
	arrived uint64
}

// pass is what one look at the closed days leaves for the next.
type pass struct {
	seen    map[dayKey]sighting
	short   map[dayKey]sums
	untidy  map[uint32]bool // sites that may have rows of folds that are over
	swept   time.Time       // when all sites were last looked through for such rows
	failing bool
}

func newPass() pass {
	return pass{seen: map[dayKey]sighting{}, short: map[dayKey]sums{}, untidy: map[uint32]bool{}}
}

// keepFolding looks about every minute for days to fold; not on the minute, for another node may be at it.
func (a *Aggregator) keepFolding(ctx context.Context) {
	for sleep(ctx, foldEvery*3/4+rand.N(foldEvery/2)) == nil {
		err := a.look(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !a.pass.failing:
			a.log.Warn("days cannot be folded; they stay answered from events, and it is tried again every minute", "error", reason(err))
		case err == nil && a.pass.failing:
			a.log.Info("days are folded again")
		}
		a.pass.failing = err != nil
	}
}

// look removes what earlier folds left behind and folds the days that are over and quiet.
func (a *Aggregator) look(ctx context.Context) error {
	if err := a.folding.take(ctx); err != nil {
		return err
	}
	defer a.folding.give()
	now := a.o.Now()
	swept := a.sweep(ctx, now)
	days, err := a.staleDays(ctx, now.Add(-a.o.Settle))
	if err != nil {
		return errors.Join(swept, err)
	}
	a.metrics.unfolded.Set(float64(total(days)))
	quiet := a.pass.quiet(days, now)
	return errors.Join(swept, a.foldDays(ctx, quiet))
}

// Fold folds all closed days whose fold is missing or out of date, and returns when that is done. Days that change
// meanwhile are left for later. It need not wait for [Aggregator.Run]'s own look at them.
func (a *Aggregator) Fold(ctx context.Context) error {
	if err := a.folding.take(ctx); err != nil {
		return err
	}
	defer a.folding.give()
	for range 2 { // a day with erased events must look the same twice
		days, err := a.staleDays(ctx, a.o.Now())
		if err != nil {
			return err
		}
		a.metrics.unfolded.Set(float64(total(days)))
		if err := a.foldDays(ctx, days); err != nil {
			return err
		}
	}
	return nil
}

const staleQuery = `SELECT a.site AS site, a.day AS day, a.arrived AS arrived
FROM (SELECT site, day, sum(events) AS arrived FROM arrivals WHERE day > {oldest:Date} GROUP BY site, day) AS a
LEFT JOIN (SELECT site, day, arrived FROM folds FINAL WHERE day > {oldest:Date}) AS f ON a.site = f.site AND a.day = f.day
WHERE a.arrived != ifNull(f.arrived, 0)
ORDER BY site, day`

// staleDays returns, for each site, the days that are over at the time and whose fold is missing or of other arrivals. Days beyond
// retention are about to go and are left alone.
func (a *Aggregator) staleDays(ctx context.Context, at time.Time) (map[*site.Site][]stale, error) {
	sites := map[uint32]*site.Site{}
	for _, s := range a.o.Sites() {
		sites[s.ID] = s
	}
	oldest := at.AddDate(0, -a.o.Retention, 0)
	rows, err := a.o.Store.Query(clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{
		"oldest": site.DayOfDate(oldest.Date()).String(),
	})), staleQuery)
	if err != nil {
		return nil, fmt.Errorf("cannot see which days are to be folded: %w", err)
	}
	defer rows.Close()
	days := map[*site.Site][]stale{}
	for rows.Next() {
		var id uint32
		var day time.Time
		var arrived uint64
		if err := rows.Scan(&id, &day, &arrived); err != nil {
			return nil, err
		}
		d := stale{site.DayOfDate(day.Date()), arrived}
		if s := sites[id]; s != nil && d.day < s.DayAt(at.Unix()) {
			days[s] = append(days[s], d)
		}
	}
	return days, rows.Err()
}

func total(days map[*site.Site][]stale) (n int) {
	for _, list := range days {
		n += len(list)
	}
	return n
}

// quiet returns those of the days that have not changed since the last pass, or have been waiting too long.
func (p *pass) quiet(days map[*site.Site][]stale, now time.Time) map[*site.Site][]stale {
	seen, quiet := map[dayKey]sighting{}, map[*site.Site][]stale{}
	for s, list := range days {
		for _, d := range list {
			key := dayKey{s.ID, d.day}
			before, known := p.seen[key]
			if !known {
				before.since = now
			}
			if known && (before.arrived == d.arrived || now.Sub(before.since) >= restless) {
				quiet[s] = append(quiet[s], d)
			}
			seen[key] = sighting{before.since, d.arrived}
		}
	}
	p.seen = seen
	return quiet
}

// foldDays folds the days, run by run. What fails does not keep the rest.
func (a *Aggregator) foldDays(ctx context.Context, days map[*site.Site][]stale) error {
	began, folded, errs := time.Now(), 0, []error(nil)
	var touched []uint32
	for _, s := range slices.SortedFunc(maps.Keys(days), func(s, t *site.Site) int { return int(s.ID) - int(t.ID) }) {
		for _, run := range runs(days[s], a.foldEvents) {
			if err := ctx.Err(); err != nil {
				return err
			}
			f := &fold{a: a, site: s, days: run, short: a.pass.short}
			start := time.Now()
			err := f.run(ctx)
			if f.again || err != nil {
				a.pass.untidy[s.ID] = true
			}
			if err != nil {
				errs = append(errs, err)
				continue
			}
			folded += len(f.folded)
			if len(f.folded) > 0 {
				touched = append(touched, s.ID)
			}
			a.metrics.folds.Add(float64(len(f.folded)))
			a.metrics.unfolded.Sub(float64(len(f.folded)))
			a.metrics.foldSeconds.Observe(time.Since(start).Seconds())
		}
	}
	if folded > 0 {
		errs = append(errs, a.sumMonths(ctx, slices.Compact(touched)...))
		a.log.Info("days folded", "days", folded, "took", time.Since(began).Round(time.Millisecond))
	}
	return errors.Join(errs...)
}

// runs cuts a site's days into what is folded at once: consecutive days of one month with not too many events.
func runs(days []stale, foldEvents uint64) (runs [][]stale) {
	var events uint64
	for i, d := range days {
		if i > 0 && d.day == days[i-1].day+1 && monthOf(d.day.Date()) == monthOf(days[i-1].day.Date()) && events+d.arrived <= foldEvents {
			runs[len(runs)-1] = append(runs[len(runs)-1], d)
			events += d.arrived
			continue
		}
		runs = append(runs, []stale{d})
		events = d.arrived
	}
	return runs
}

// sweep removes rows of folds that a newer one has taken the place of, not before the next look after it: somebody may
// still be reading them. Once in an hour it looks through all sites, for what another process has left.
func (a *Aggregator) sweep(ctx context.Context, now time.Time) error {
	all := now.Sub(a.pass.swept) >= sweepEvery
	var errs []error
	for _, s := range a.o.Sites() {
		if !all && !a.pass.untidy[s.ID] {
			continue
		}
		if err := a.tidy(ctx, s); err != nil {
			errs = append(errs, fmt.Errorf("cannot remove old folds of site %d: %w", s.ID, err))
			continue
		}
		delete(a.pass.untidy, s.ID)
	}
	if all { // months that were not summed when their days were folded
		errs = append(errs, a.sumMonths(ctx))
	}
	if all && errors.Join(errs...) == nil {
		a.pass.swept = now
	}
	return errors.Join(errs...)
}

// Every fold begins with its visits and is removed with its visits last, so they tell which folds there are. The sums of months have
// numbers of their own.
const overQuery = `SELECT
    toString((SELECT groupArray((r.day, r.fold)) FROM (SELECT DISTINCT day, fold FROM visits WHERE site = {site:UInt32}) AS r
        INNER JOIN (SELECT day, max(fold) AS newest FROM folds WHERE site = {site:UInt32} GROUP BY day) AS f ON r.day = f.day WHERE r.fold < f.newest)),
    toString((SELECT groupArray((r.day, r.fold)) FROM (SELECT DISTINCT day, fold FROM monthly WHERE site = {site:UInt32}) AS r
        INNER JOIN (SELECT day, max(fold) AS newest FROM months WHERE site = {site:UInt32} GROUP BY day) AS f ON r.day = f.day WHERE r.fold < f.newest))`

// tidy removes a site's rows of folds and of sums of months that are over: only such as are outnumbered by a recorded one.
func (a *Aggregator) tidy(ctx context.Context, s *site.Site) error {
	ctx, cancel := context.WithTimeout(ctx, foldTimeout)
	defer cancel()
	params := clickhouse.Parameters{"site": fmt.Sprint(s.ID)}
	var folds, months string
	if err := a.o.Store.QueryRow(clickhouse.Context(ctx, clickhouse.WithParameters(params)), overQuery).Scan(&folds, &months); err != nil {
		return err
	}
	for _, step := range []struct{ over, table string }{{months, "monthly"}, {folds, "rollups"}, {folds, "pages"}, {folds, "visits"}} {
		if step.over == "[]" {
			continue
		}
		params["over"] = step.over
		ctx := clickhouse.Context(ctx, clickhouse.WithParameters(params), clickhouse.WithSettings(clickhouse.Settings{"lightweight_deletes_sync": 2}))
		err := a.o.Store.Exec(ctx, "DELETE FROM "+step.table+" WHERE site = {site:UInt32} AND has({over:Array(Tuple(Date, UInt32))}, (day, fold))")
		if err != nil {
			return err
		}
	}
	return nil
}
