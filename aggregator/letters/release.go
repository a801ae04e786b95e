package letters

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/letter"
	"sporlos/store"
)

// block is what is inserted at once: counts in random order.
type block struct {
	token string
	rows  []row
}

type row struct {
	letter.Letter
	count uint64
}

// ripe returns which counts may be released: those of sites with enough of them, and those of days that are over.
func (l *Lane) ripe() func(letter.Letter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	sums := map[uint32]uint64{}
	for one, n := range l.held {
		sums[one.Site] += n
	}
	return func(one letter.Letter) bool { return sums[one.Site] >= uint64(l.o.Batch) || l.over(one) }
}

// over says whether the letter's day has ended a while ago. Of a site that is not known it is taken to have when it has everywhere.
func (l *Lane) over(one letter.Letter) bool {
	at := l.o.Now().Add(-settle)
	if day, ok := l.o.Day(one.Site, at); ok {
		return one.Day < day
	}
	return int64(one.Day)+2 < at.Unix()/secondsInADay
}

// take moves counts into the pending block, which is empty, and shuffles it. The caller holds releasing.
func (l *Lane) take(may func(letter.Letter) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var rows []row
	for one, n := range l.held {
		if may(one) {
			rows = append(rows, row{one, n})
			delete(l.held, one)
		}
	}
	if len(rows) == 0 {
		return
	}
	rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	l.pending, l.dirty = &block{newToken(), rows}, true
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
	if err := l.o.Store.Insert(ctx, "newsletters", l.pending.token, l.pending.columns()); err != nil {
		return fmt.Errorf("cannot store counts of newsletters: %s", reason(err))
	}
	stored := l.pending.letters()
	l.mu.Lock()
	l.pending, l.dirty = nil, true
	l.mu.Unlock()
	l.metrics.stored.Add(float64(stored))
	return l.saveReleasing()
}

func (b *block) letters() (n uint64) {
	for _, r := range b.rows {
		n += r.count
	}
	return n
}

func (b *block) columns() []store.Column {
	n := len(b.rows)
	site, day, letters := make([]uint32, n), make([]time.Time, n), make([]uint64, n)
	campaign, link, kind := make([]string, n), make([]string, n), make([]string, n)
	for i, r := range b.rows {
		site[i], day[i], letters[i] = r.Site, time.Unix(int64(r.Day)*secondsInADay, 0).UTC(), r.count
		campaign[i], link[i], kind[i] = r.Campaign, r.Link, r.Kind.String()
	}
	return []store.Column{
		{Name: "site", Values: site}, {Name: "day", Values: day}, {Name: "campaign", Values: campaign},
		{Name: "link", Values: link}, {Name: "kind", Values: kind}, {Name: "letters", Values: letters},
	}
}

// reason is an error as it may be logged: ClickHouse may quote a row in what it says, so its code has to do.
func reason(err error) string {
	var e *clickhouse.Exception
	if errors.As(err, &e) {
		return fmt.Sprintf("ClickHouse refuses with code %d", e.Code)
	}
	return err.Error()
}
