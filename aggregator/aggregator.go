// Package aggregator carries what the collector wrote into the spool to ClickHouse, exactly once, and folds closed days.
//
// Shipping: [Aggregator.Run] reads the spool in batches, of 100,000 records or of what has waited a second, and makes of each a block
// of events and one of refusals. While the server takes one, the next is read, if there is a whole one. Before a block is sent the spool notes durably where it ends; each insert carries a deduplication
// token made of the spool's id and the two positions; the cursor moves when the server has acknowledged. After a crash, of us or of
// the server, exactly the noted range is read again and sent again with the same tokens, so that it is stored once. A server that
// is away is waited for; it is asked again at most every five seconds, for as long as it takes.
//
// Records that cannot be read, and rows the server will never accept, are found, moved to Dir/quarantine and counted. A batch of
// which nothing is accepted is another matter: then the fault is taken to be the server's, and waited for.
//
// Erasing: a visitor may ask that what is stored under today's number be forgotten. That wish is a record in the spool, and is carried
// out when everything before it is stored: see erase.go.
//
// Folding: once a site's local day is over, its events become rows of the tables visits and rollups (see store/derive for the
// SQL), and a row of the table folds says from how many arrivals. When late events arrive, the day is folded again. A fold writes
// rows under a number of its own, and only the row in folds, written last, makes readers see them: so a fold may be interrupted
// anywhere, repeated, or done by two nodes at once. What is left behind is removed.
package aggregator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sporlos/site"
	"sporlos/spool"
	"sporlos/store"
	"sporlos/store/schema"
)

const (
	defaultBatch  = 100_000
	maxBatchBytes = 32 << 20
	defaultLinger = time.Second
	insertTimeout = 2 * time.Minute
	firstPause    = 100 * time.Millisecond
	longPause     = 5 * time.Second
)

// Options of an aggregator. Dir, Spool, Store and Sites are required.
type Options struct {
	Dir   string // the aggregator's own directory: quarantine
	Spool *spool.Spool
	Store *store.Store
	Sites func() []*site.Site // the sites whose days are folded, at this moment

	Batch     int           // records of a block at most; 0: 100,000
	Linger    time.Duration // a block is sent when its oldest record has waited this long; 0: 1 s
	Retention int           // months that measurements are kept: older days are not folded; 0: schema.Retention

	Settle time.Duration // a day is folded this long after its end at the earliest; 0: 2 minutes

	Now        func() time.Time      // nil: time.Now
	Logger     *slog.Logger          // nil: discards
	Registerer prometheus.Registerer // nil: metrics are counted but not shown
}

// Aggregator ships and folds. Its methods may be called at the same time.
type Aggregator struct {
	o       Options
	log     *slog.Logger
	metrics *metrics

	shipping turn        // one block at a time
	load     *load       // the block on its way
	ahead    *load       // the one behind it, when it is ready
	chunk    spool.Batch // of whoever reads at the moment
	lastRead time.Time   // when the spool was last read to its end
	away     away
	accepted bool // the server has accepted a block since we started

	folding    turn // one pass at a time
	pass       pass
	foldEvents uint64 // the constant, but for the tests
}

// New returns an aggregator that does nothing yet. It fails when an option is missing or Dir cannot be made.
func New(o Options) (*Aggregator, error) {
	if o.Dir == "" || o.Spool == nil || o.Store == nil || o.Sites == nil {
		return nil, errors.New("aggregator: Dir, Spool, Store and Sites are required")
	}
	if o.Batch <= 0 {
		o.Batch = defaultBatch
	}
	if o.Linger <= 0 {
		o.Linger = defaultLinger
	}
	if o.Retention <= 0 {
		o.Retention = schema.Retention
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
	if err := os.MkdirAll(filepath.Join(o.Dir, quarantineDir), 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the aggregator's directory: %w", err)
	}
	a := &Aggregator{o: o, log: o.Logger, load: new(load), ahead: new(load), away: away{log: o.Logger}, pass: newPass(), shipping: make(turn, 1), folding: make(turn, 1), foldEvents: foldEvents}
	a.metrics = newMetrics(a)
	if err := a.metrics.register(o.Registerer); err != nil {
		return nil, fmt.Errorf("cannot register the aggregator's metrics: %w", err)
	}
	return a, nil
}

// Run ships and folds until ctx ends; then it returns nil, having left what is in the spool for [Aggregator.Drain] or the next
// start. It returns an error only when the spool was closed under it.
func (a *Aggregator) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var folder sync.WaitGroup
	folder.Go(func() { a.keepFolding(ctx) })
	defer folder.Wait()
	defer cancel()
	for {
		err := a.gather(ctx)
		if err == nil {
			err = a.ship(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, spool.ErrClosed):
			return fmt.Errorf("aggregator: %w", err)
		}
	}
}

// gather waits until there is a block to send: a full one, or one whose oldest record has waited long enough. Arrivals do not
// prolong the wait.
func (a *Aggregator) gather(ctx context.Context) error {
	committed, pending := a.o.Spool.Cursor()
	if pending != nil {
		return nil
	}
	oldest, err := a.readAt(ctx)
	if err != nil {
		return err
	}
	if !committed.Less(a.o.Spool.End()) {
		if err := a.o.Spool.Wait(ctx, committed); err != nil {
			return err
		}
		oldest = time.Now()
	}
	for {
		left := a.o.Linger - time.Since(oldest)
		if _, records, _ := a.o.Spool.Depth(); left <= 0 || records >= int64(a.o.Batch) {
			return nil
		}
		if err := sleep(ctx, min(left, 50*time.Millisecond)); err != nil {
			return err
		}
	}
}

func (a *Aggregator) readAt(ctx context.Context) (time.Time, error) {
	if err := a.shipping.take(ctx); err != nil {
		return time.Time{}, err
	}
	defer a.shipping.give()
	return a.lastRead, nil
}

// Drain ships what is in the spool now and returns when all of it is stored, or with the error of ctx.
func (a *Aggregator) Drain(ctx context.Context) error {
	end := a.o.Spool.End()
	for {
		committed, pending := a.o.Spool.Cursor()
		if pending == nil && !committed.Less(end) {
			return nil
		}
		if err := a.ship(ctx); ctx.Err() != nil || errors.Is(err, spool.ErrClosed) {
			return fmt.Errorf("cannot ship the spool to its end: %w", err)
		}
	}
}

// sleep waits, or returns the error of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// turn is a lock that is waited for no longer than a context lasts: who holds it may be waiting for a server that is away.
type turn chan struct{}

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turn) give() { <-t }
