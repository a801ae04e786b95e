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

// ripe returns which counts may be released: those of sites with enough searches, and those of days that have been over for a while.
func (l *Lane) ripe() func(site uint32, day uint16) bool {
	ripe := l.enough()
	now := l.o.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := map[uint32]bool{}
	for k := range l.held {
		if !ripe[k.site] && l.over(k.site, k.day) {
			waiting[k.site] = true
		}
	}
	settled := map[uint32]bool{}
	for site := range waiting {
		if _, known := l.since[site]; !known {
			l.since[site] = now
		}
		settled[site] = now.Sub(l.since[site]) >= l.o.Settle
	}
	for site := range l.since {
		if !waiting[site] || settled[site] {
			delete(l.since, site)
		}
	}
	return func(site uint32, day uint16) bool { return ripe[site] || settled[site] && l.over(site, day) }
}

// enough returns the sites that hold a batch of searches. What is reported later about a search, such as a result that was opened,
// does not make one.
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
func (l *Lane) release(ctx context.Context, may func(site uint32, day uint16) bool) error {
	l.releasing.Lock()
	defer l.releasing.Unlock()
	if err := l.insert(ctx); err != nil {
		return err
	}
	if !l.take(may) {
		return nil
	}
	return l.insert(ctx)
}

// take moves counts into the pending block and shuffles it. The caller holds releasing.
func (l *Lane) take(may func(site uint32, day uint16) bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	var rows []row
	for k, c := range l.held {
		if may(k.site, k.day) {
			rows = append(rows, row{k, c})
			delete(l.held, k)
		}
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
	l.pending, l.dirty = nil, true
	l.mu.Unlock()
	l.metrics.stored.Add(float64(stored))
	return l.saveReleasing()
}

func (b *block) searches() (n uint64) {
	for _, r := range b.rows {
		n += r.searches
	}
	return n
}

func (b *block) columns() []store.Column {
	n := len(b.rows)
	site, day := make([]uint32, n), make([]time.Time, n)
	kind, phrase, opened := make([]string, n), make([]string, n), make([]string, n)
	searches, counted, zero := make([]uint64, n), make([]uint64, n), make([]uint64, n)
	for i, r := range b.rows {
		site[i], day[i] = r.site, time.Unix(int64(r.day)*secondsInADay, 0).UTC()
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
