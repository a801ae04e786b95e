// Package terms is the lane of search phrases: apart from everything else, so that a phrase cannot be linked to a visit, not even by
// order or time. It shares no record, batch, clock or insertion order with events.
//
// A phrase is folded and scrubbed ([Fold]) before anything else happens to it, and from then on is only a count: so many searches of
// this phrase, on this site, on this day. What leaves the lane leaves it in one of two ways, as rows of the table searches, shuffled,
// in one block with a random deduplication token:
//
//   - Searches, when a site has at least [Options.Batch] of them or its local day is over. Releases happen at random moments about
//     every [Options.Every], whatever arrives, so that the time of a part says nothing about the time of a search.
//   - Outcomes (a result opened, a phrase refined, the site left) only when the day is over, its searches are stored and their parts
//     are merged into one, for outcomes can be seen in the events too. Whatever group of them the events can tell apart must count at
//     least Batch, otherwise it is stored without its phrases ([blur]).
//
// While they are held, counts are also in a snapshot: the file terms.json in Options.Dir, which is meant to be on a tmpfs, mode 0600,
// written anew at most every second when something has changed; less often when there is so much that writing takes a while. It is
// sealed with a key that is in no file (see seal), sorted, without times, and padded, so that neither it nor a series of it
// that somebody might keep says anything. It holds the block that is being inserted, too, with its token: a crash between insert and
// snapshot neither loses nor doubles. What a crash does lose is what came since the last snapshot (where the kernel gives no keyring:
// what is held); there is no journal, on purpose, for it could be replayed against the events.
//
// A snapshot that cannot be read is moved to terms.json.damaged, and counting begins anew.
package terms

import (
	"context"
	crypto "crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sporlos/store"
	"sporlos/term"
)

const (
	defaultBatch   = 20
	defaultEvery   = 20 * time.Second
	defaultSettle  = 5 * time.Minute
	defaultHeld    = 300_000
	outcomesSettle = 4 // times Settle: merged parts are deleted after eight minutes
	tick           = time.Second
	restAfterSave  = 50 // times what writing the snapshot took
	insertTimeout  = time.Minute
	firstPause     = time.Second
	longPause      = 30 * time.Second
	longestText    = 512  // bytes, of a phrase as typed
	longestOpened  = 1024 // bytes
	secondsInADay  = 86400
	daysUntilStale = 3
)

// Options of a lane. Dir, Store and Days are required.
type Options struct {
	Dir   string // where the snapshot is: a tmpfs
	Store *store.Store
	// Days tells a site's local day of this moment, as days since 1970-01-01, and whether there is such a site.
	Days func(site uint32) (today uint16, ok bool)

	Batch int // searches of a site that are released together at least; 0: 20
	Held  int // different counts that are held at most, half of them outcomes; 0: 300,000
	// Every is about how often searches are released: between half of it and one and a half, at random; 0 means 20 seconds.
	Every time.Duration
	// Settle is for how long what is left of a day, and what comes late, is held after the day's end, outcomes four times as long: 0
	// means 5 minutes.
	Settle time.Duration

	Now        func() time.Time      // nil: time.Now
	Logger     *slog.Logger          // nil: discards
	Registerer prometheus.Registerer // nil: metrics are counted but not shown
}

// Lane holds counts of searches until they can be stored. Its methods may be called at the same time.
type Lane struct {
	o       Options
	log     *slog.Logger
	metrics *metrics
	seal    *seal

	mu    sync.Mutex
	held  map[key]counts
	since map[daily]time.Time // when counts of a day that is over were first seen
	dirty bool                // held has changed since the last snapshot

	merged map[daily]bool  // outcomes of a day whose month has been noted in months
	months map[string]bool // to be merged

	releasing sync.Mutex // one block at a time; taken before mu
	pending   *block     // is being inserted
	away      bool       // the last insert failed
}

// key is what is counted.
type key struct {
	site   uint32
	day    uint16
	kind   term.Kind
	phrase string
	opened string
}

// daily is what is released together: a site's searches, or outcomes, of one day.
type daily struct {
	site     uint32
	day      uint16
	outcomes bool
}

func (k key) daily() daily { return daily{k.site, k.day, k.kind != term.Search} }

// counts are of searches: all, those whose number of results is known, and those of them without any.
type counts struct{ searches, counted, zero uint64 }

// Open returns a lane with what the last snapshot held. It fails when an option is missing or Dir cannot be used.
func Open(o Options) (*Lane, error) {
	if o.Dir == "" || o.Store == nil || o.Days == nil {
		return nil, errors.New("terms: Dir, Store and Days are required")
	}
	if o.Batch <= 0 {
		o.Batch = defaultBatch
	}
	if o.Held <= 0 {
		o.Held = defaultHeld
	}
	if o.Every <= 0 {
		o.Every = defaultEvery
	}
	if o.Settle <= 0 {
		o.Settle = defaultSettle
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	l := &Lane{o: o, log: o.Logger, held: map[key]counts{}, since: map[daily]time.Time{}, merged: map[daily]bool{}, months: map[string]bool{}}
	l.metrics = newMetrics()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the directory for search terms: %w", err)
	}
	var err error
	if l.seal, err = newSeal(o.Dir); err != nil {
		return nil, fmt.Errorf("cannot seal the snapshot of search terms: %w", err)
	}
	if err := l.load(); err != nil {
		return nil, err
	}
	l.metrics.show(l.count())
	if err := l.metrics.register(o.Registerer); err != nil {
		return nil, fmt.Errorf("cannot register the metrics of search terms: %w", err)
	}
	return l, nil
}

const redacted = "[redacted]"

// Format keeps phrases out of whatever prints a lane, with any verb.
func (*Lane) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue does the same for logs.
func (*Lane) LogValue() slog.Value { return slog.StringValue(redacted) }

// Put counts one search, or what became of one. It does not wait for anything but other calls of Put, and never fails: what is absurd,
// or too much to hold, is dropped and counted in sporlos_searches_dropped_total; an outcome too many loses its phrase.
func (l *Lane) Put(t term.Term) {
	k, reason := keyOf(t)
	if reason != "" {
		l.metrics.dropped.WithLabelValues(reason).Inc()
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c, known := l.held[k]
	switch {
	case known:
	case k.kind != term.Search && len(l.held) >= l.o.Held/2:
		k.phrase = ""
		if k.kind == term.Open {
			k.opened = notSet
		}
		c = l.held[k]
	case len(l.held) >= l.o.Held:
		l.metrics.dropped.WithLabelValues("full").Inc()
		return
	}
	c.searches++
	if k.kind == term.Search {
		c.found(t.Results)
	}
	l.held[k], l.dirty = c, true
}

// notSet is the path of a result that was opened when the beacon did not tell.
const notSet = "(not set)"

func keyOf(t term.Term) (k key, dropped string) {
	switch {
	case t.Kind.String() == "" || t.Site == 0:
		return k, "malformed"
	case len(t.Text) > longestText || len(t.Opened) > longestOpened:
		return k, "long"
	}
	k = key{site: t.Site, day: t.Day, kind: t.Kind, phrase: Fold(t.Text)}
	if k.phrase == "" {
		return k, "empty"
	}
	if t.Kind == term.Open {
		k.opened = foldPath(t.Opened)
	}
	return k, ""
}

func (c *counts) found(results int) {
	if results >= 0 {
		c.counted++
	}
	if results == 0 {
		c.zero++
	}
}

// Run releases what may be released and keeps the snapshot until ctx ends; then it writes a last snapshot. What is held stays in it.
func (l *Lane) Run(ctx context.Context) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	pause, wait := firstPause, l.untilRelease()
	for rest := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			return l.save()
		case <-ticker.C:
		}
		if wait -= tick; wait <= 0 {
			if err := l.release(ctx, l.ripe()); err != nil && ctx.Err() == nil {
				l.note(err)
				wait, pause = pause, min(2*pause, longPause)
			} else {
				l.note(nil)
				wait, pause = l.untilRelease(), firstPause
			}
			l.metrics.show(l.count())
		}
		if rest -= tick; rest > 0 {
			continue
		}
		began := time.Now()
		if err := l.save(); err != nil {
			l.note(err)
		}
		rest = restAfterSave * time.Since(began)
	}
}

// untilRelease draws when to release next. It knows nothing of what has arrived.
func (l *Lane) untilRelease() time.Duration { return l.o.Every/2 + rand.N(l.o.Every) }

// count says how many searches and outcomes are held.
func (l *Lane) count() (n uint64) {
	l.releasing.Lock()
	defer l.releasing.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.held {
		n += c.searches
	}
	if l.pending != nil {
		n += l.pending.searches()
	}
	return n
}

// note logs when releasing begins to fail and when it works again.
func (l *Lane) note(err error) {
	l.releasing.Lock()
	defer l.releasing.Unlock()
	switch {
	case err != nil && !l.away:
		l.log.Warn("search terms cannot be stored; they are held and it is tried again", "error", err)
	case err == nil && l.away:
		l.log.Info("search terms are stored again")
	}
	l.away = err != nil
}

// Flush releases now what may be released, days that are over without waiting for them to settle; with all, everything, even if that is
// less than Batch searches of a site: for tests and made-up data only, because few searches together can be linked.
func (l *Lane) Flush(ctx context.Context, all bool) error {
	ripe := l.enough()
	return l.release(ctx, func(d daily) bool { return all || ripe[d.site] && !d.outcomes || l.over(d.site, d.day) })
}

// Close writes the snapshot. Nothing is released by it.
func (l *Lane) Close() error { return errors.Join(l.save(), l.seal.stop()) }

// newToken returns 128 random bits: a token made of anything else would say something.
func newToken() string { return "searches/" + crypto.Text() }

func (l *Lane) path() string { return filepath.Join(l.o.Dir, "terms.json") }
