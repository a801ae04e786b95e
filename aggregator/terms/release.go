package terms

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/store"
	"sporlos/term"
)

// block is what is inserted at once: rows in random order.
type block struct {
	token string
	rows  []row
}

type row struct {
	key
	counts
}

// Format keeps phrases out of whatever prints a key, a row or a list of them, with any verb.
func (key) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// Format does the same for a block.
func (*block) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// ripe returns what may be released: searches of sites with enough of them, and what is of days that have been over for a while.
func (l *Lane) ripe() func(daily) bool {
	enough := l.enough()
	now := l.o.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	settled, waiting := map[daily]bool{}, map[daily]bool{}
	for k := range l.held {
		if d := k.daily(); !waiting[d] && !settled[d] && l.over(d.site, d.day) {
			settled[d] = l.settled(d, now)
			waiting[d] = !settled[d]
		}
	}
	for d := range l.since {
		if !waiting[d] {
			delete(l.since, d)
			delete(l.merged, d)
		}
	}
	return func(d daily) bool { return !d.outcomes && enough[d.site] || settled[d] }
}

// settled says whether a day that is over has been for long enough.
func (l *Lane) settled(d daily, now time.Time) bool {
	if _, known := l.since[d]; !known {
		l.since[d] = now
	}
	age := now.Sub(l.since[d])
	if !d.outcomes {
		return age >= l.o.Settle
	}
	if age >= l.o.Settle && !l.merged[d] { // with the day's last searches, long before its outcomes
		l.merged[d], l.months[month(d.day)] = true, true
	}
	return age >= outcomesSettle*l.o.Settle
}

// enough returns the sites that hold a batch of searches.
func (l *Lane) enough() map[uint32]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	searches, ripe := map[uint32]uint64{}, map[uint32]bool{}
	for k, c := range l.held {
		if k.kind == term.Search {
			searches[k.site] += c.searches
			ripe[k.site] = searches[k.site] >= uint64(l.o.Batch)
		}
	}
	return ripe
}

// over says whether the site's local day has ended. Of a site that is not known it is taken to have when it has everywhere.
func (l *Lane) over(site uint32, day uint16) bool {
	if today, ok := l.o.Days(site); ok {
		return day < today
	}
	return int64(day)+daysUntilStale < l.o.Now().Unix()/secondsInADay
}

// release stores the counts that may go: first what an earlier call left, then a block of those.
func (l *Lane) release(ctx context.Context, may func(daily) bool) error {
	l.releasing.Lock()
	defer l.releasing.Unlock()
	if err := l.insert(ctx); err != nil {
		return err
	}
	if l.take(may) {
		if err := l.insert(ctx); err != nil {
			return err
		}
	}
	l.merge(ctx)
	return nil
}

// take moves counts into the pending block and shuffles it. The caller holds releasing.
func (l *Lane) take(may func(daily) bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	var rows []row
	outcomes := map[daily][]row{}
	for k, c := range l.held {
		d := k.daily()
		if !may(d) {
			continue
		}
		delete(l.held, k)
		if d.outcomes {
			outcomes[d] = append(outcomes[d], row{k, c})
		} else {
			rows = append(rows, row{k, c})
		}
	}
	for _, of := range outcomes {
		rows = append(rows, blur(of, uint64(l.o.Batch))...)
	}
	if len(rows) == 0 {
		return false
	}
	rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	l.pending, l.dirty = &block{token: newToken(), rows: rows}, true
	return true
}

// insert stores the pending block, if there is one. The snapshot says so before that begins and when it is done. The caller holds
// releasing.
func (l *Lane) insert(ctx context.Context) error {
	if l.pending == nil {
		return nil
	}
	if err := l.saveReleasing(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, insertTimeout)
	defer cancel()
	if err := l.o.Store.Insert(ctx, "searches", l.pending.token, l.pending.columns()); err != nil {
		return fmt.Errorf("cannot store search terms: %s", reason(err))
	}
	stored := l.pending.searches()
	l.mu.Lock()
	l.noteClosed(l.pending)
	l.pending, l.dirty = nil, true
	l.mu.Unlock()
	l.metrics.stored.Add(float64(stored))
	return l.saveReleasing()
}

// noteClosed notes the months in which the block has searches of a day that is over. The caller holds mu.
func (l *Lane) noteClosed(b *block) {
	for _, r := range b.rows {
		if r.kind == term.Search && l.over(r.site, r.day) {
			l.months[month(r.day)] = true
		}
	}
}

// merge makes one part of the parts of each month that was noted: which searches came together is not to be seen any more when the day
// is over. The caller holds releasing.
func (l *Lane) merge(ctx context.Context) {
	l.mu.Lock()
	months := l.months
	l.months = map[string]bool{}
	l.mu.Unlock()
	for id := range months {
		if err := l.o.Store.Exec(ctx, "OPTIMIZE TABLE searches PARTITION ID '"+id+"' FINAL SETTINGS optimize_skip_merged_partitions = 1"); err != nil {
			l.log.Warn("the day's search terms cannot be merged; ClickHouse will do it in its own time", "error", reason(err))
		}
	}
}

// month is the name of a day's partition.
func month(day uint16) string { return dateOf(day).Format("200601") }

func dateOf(day uint16) time.Time { return time.Unix(int64(day)*secondsInADay, 0).UTC() }

func (b *block) searches() uint64 { return total(b.rows) }

func (b *block) columns() []store.Column {
	n := len(b.rows)
	site, day := make([]uint32, n), make([]time.Time, n)
	kind, phrase, opened := make([]string, n), make([]string, n), make([]string, n)
	searches, counted, zero := make([]uint64, n), make([]uint64, n), make([]uint64, n)
	for i, r := range b.rows {
		site[i], day[i] = r.site, dateOf(r.day)
		kind[i], phrase[i], opened[i] = r.kind.String(), r.phrase, r.opened
		searches[i], counted[i], zero[i] = r.searches, r.counted, r.zero
	}
	return []store.Column{
		{Name: "site", Values: site}, {Name: "day", Values: day}, {Name: "kind", Values: kind}, {Name: "phrase", Values: phrase},
		{Name: "opened", Values: opened}, {Name: "searches", Values: searches}, {Name: "counted", Values: counted}, {Name: "zero", Values: zero},
	}
}

// reason is an error as it may be logged: ClickHouse may quote a phrase in what it says, so its code has to do.
func reason(err error) string {
	var e *clickhouse.Exception
	if errors.As(err, &e) {
		return fmt.Sprintf("ClickHouse refuses with code %d", e.Code)
	}
	return err.Error()
}
