// Package letters is the lane of newsletters: apart from everything else, so that an open or a click cannot be linked to a visit, not
// even by order or time. It shares no record, batch, clock or insertion order with events, nor with search terms.
//
// A [letter.Letter] says what happened on which day, and from [Lane.Put] on is only a count. Counts are held in memory until a site has at
// least [Options.Batch] of them, or its local day is over; and they leave only when the clock passes a multiple of [Options.Every], so that
// the time of a block says nothing about when anything in it happened. They leave shuffled, as one block with a random deduplication
// token, for the table newsletters.
//
// While they are held, counts are also in a snapshot: the file letters.json in Options.Dir, which is meant to be on a tmpfs, mode 0600,
// written anew at most every second when something has changed, sorted, without times. It holds the block that is being inserted, too, with
// its token: a crash between insert and snapshot neither loses nor doubles. What a crash does lose is at most the last second of
// counts; there is no journal, on purpose, for it could be replayed against the events.
//
// A snapshot that cannot be read is moved to letters.json.damaged, and counting begins anew.
package letters

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sporlos/letter"
	"sporlos/store"
)

const (
	defaultBatch  = 20
	defaultEvery  = 10 * time.Minute
	defaultHeld   = 100_000
	settle        = 5 * time.Minute
	tick          = time.Second
	insertTimeout = time.Minute
	firstPause    = time.Second
	longPause     = 30 * time.Second
	secondsInADay = 86400
)

// Options of a lane. Dir, Store and Day are required.
type Options struct {
	Dir   string // where the snapshot is: a tmpfs
	Store *store.Store
	// Day tells a site's local day at a moment, as days since 1970-01-01, and whether there is such a site.
	Day func(site uint32, at time.Time) (day uint16, ok bool)

	Batch int           // letters of a site that are released together at least; 0: 20
	Every time.Duration // they are released at multiples of it only; 0: 10 minutes
	Held  int           // different counts that are held at most; 0: 100,000

	Now        func() time.Time      // nil: time.Now
	Logger     *slog.Logger          // nil: discards
	Registerer prometheus.Registerer // nil: metrics are counted but not shown
}

// Lane holds counts of letters until they can be stored. Its methods may be called at the same time.
type Lane struct {
	o       Options
	log     *slog.Logger
	metrics *metrics

	mu    sync.Mutex
	held  map[letter.Letter]uint64
	dirty bool // held or pending have changed since the last snapshot

	releasing sync.Mutex // one block at a time; taken before mu
	pending   *block     // is being inserted
	released  time.Time  // the multiple of Every at which counts left last
	away      bool       // the last attempt failed
}

// Open returns a lane with what the last snapshot held. It fails when an option is missing or Dir cannot be used.
func Open(o Options) (*Lane, error) {
	if o.Dir == "" || o.Store == nil || o.Day == nil {
		return nil, errors.New("letters: Dir, Store and Day are required")
	}
	o.fillIn()
	l := &Lane{o: o, log: o.Logger, held: map[letter.Letter]uint64{}}
	l.released = l.slot()
	l.metrics = newMetrics(l)
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the directory for counts of newsletters: %w", err)
	}
	if err := l.load(); err != nil {
		return nil, err
	}
	if err := l.metrics.register(o.Registerer); err != nil {
		return nil, fmt.Errorf("cannot register the metrics of newsletters: %w", err)
	}
	return l, nil
}

func (o *Options) fillIn() {
	if o.Batch <= 0 {
		o.Batch = defaultBatch
	}
	if o.Every <= 0 {
		o.Every = defaultEvery
	}
	if o.Held <= 0 {
		o.Held = defaultHeld
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// slot is the latest multiple of Every.
func (l *Lane) slot() time.Time { return l.o.Now().Truncate(l.o.Every) }

// Put counts one letter. It does not wait for anything but other calls of Put, and never fails: what is absurd, or too much to hold, is
// dropped and counted in sporlos_letters_dropped_total.
func (l *Lane) Put(one letter.Letter) {
	if one.Site == 0 || one.Campaign == "" || one.Kind.String() == "" {
		l.metrics.dropped.WithLabelValues("malformed").Inc()
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.held[one]; !known && len(l.held) >= l.o.Held {
		l.metrics.dropped.WithLabelValues("full").Inc()
		return
	}
	l.held[one]++
	l.dirty = true
}

// Run releases what may be released and keeps the snapshot until ctx ends; then it writes a last snapshot. What is held stays in it.
func (l *Lane) Run(ctx context.Context) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	pause, wait := firstPause, time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return l.save()
		case <-ticker.C:
		}
		if wait = max(0, wait-tick); wait > 0 {
			l.note(l.save(), true)
			continue
		}
		if err := l.work(ctx); err != nil && ctx.Err() == nil {
			l.note(err, true)
			wait, pause = pause, min(2*pause, longPause)
			continue
		}
		pause = firstPause
		l.note(l.save(), false)
	}
}

// work stores what an earlier attempt left and, when it is time, what has become ripe.
func (l *Lane) work(ctx context.Context) error {
	l.releasing.Lock()
	defer l.releasing.Unlock()
	if err := l.insert(ctx); err != nil {
		return err
	}
	slot := l.slot()
	if !slot.After(l.released) {
		return nil
	}
	l.released = slot
	l.take(l.ripe())
	return l.insert(ctx)
}

// note logs when storing begins to fail and, unless it is still waiting for another attempt, when it works again.
func (l *Lane) note(err error, waiting bool) {
	l.releasing.Lock()
	defer l.releasing.Unlock()
	switch {
	case err != nil && !l.away:
		l.away = true
		l.log.Warn("counts of newsletters cannot be stored; they are held and it is tried again", "error", err)
	case err == nil && l.away && !waiting:
		l.away = false
		l.log.Info("counts of newsletters are stored again")
	}
}

// Flush releases what is ripe now; with all, everything, even if that is less than Batch of a site: for tests only, because few
// counts together can be linked.
func (l *Lane) Flush(ctx context.Context, all bool) error {
	l.releasing.Lock()
	defer l.releasing.Unlock()
	if err := l.insert(ctx); err != nil {
		return err
	}
	may := func(letter.Letter) bool { return true }
	if !all {
		may = l.ripe()
	}
	l.take(may)
	return l.insert(ctx)
}

// Close writes the snapshot. Nothing is released by it.
func (l *Lane) Close() error { return l.save() }

// newToken returns 128 random bits: a token made of anything else would say something.
func newToken() string { return "newsletters/" + rand.Text() }

func (l *Lane) path() string { return filepath.Join(l.o.Dir, "letters.json") }
