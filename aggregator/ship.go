package aggregator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/spool"
	"sporlos/store"
)

// ship sends one block: the pending one, or else the next. It returns when the block is committed, the spool had nothing, the spool
// failed, or ctx ended; whatever happens to the server is waited out.
func (a *Aggregator) ship(ctx context.Context) error {
	if err := a.shipping.take(ctx); err != nil {
		return err
	}
	defer a.shipping.give()
	if err := a.nextBlock(ctx); err != nil || a.load.to == a.load.from {
		return a.failed(ctx, err)
	}
	ahead := a.readAhead(ctx)
	stored, err := a.store(ctx)
	ahead()
	if err != nil {
		return err
	}
	if err := a.o.Spool.Commit(a.load.to); err != nil {
		return a.failed(ctx, err)
	}
	if err := stored.notes.forget(); err != nil {
		a.log.Warn("cannot remove the notes on a block that was refused; they do no harm", "error", err)
	}
	a.accepted = a.accepted || stored.rows > 0
	a.metrics.stored.Add(float64(stored.rows))
	a.metrics.quarantined.Add(float64(stored.quarantined))
	a.away.over()
	return nil
}

// failed makes a failure of the spool wait a little before the caller tries again.
func (a *Aggregator) failed(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || errors.Is(err, spool.ErrClosed) {
		return err
	}
	a.metrics.failures.Inc()
	pause := a.away.note("cannot read the spool or move its cursor", err)
	return errors.Join(err, sleep(ctx, pause))
}

// nextBlock loads the range that was begun before a crash, or the next one and begins it. The load is empty when there is nothing.
func (a *Aggregator) nextBlock(ctx context.Context) error {
	from, pending := a.o.Spool.Cursor()
	if pending != nil {
		return a.readAgain(ctx, from, *pending, a.load)
	}
	if a.ahead.ready && a.ahead.from == from {
		a.load, a.ahead = a.ahead, a.load
		a.load.ready = false
	} else if err := a.read(ctx, from, a.load); err != nil {
		return err
	}
	if !a.load.exhausted.IsZero() {
		a.lastRead = a.load.exhausted
	}
	if a.load.to == from {
		return nil
	}
	return a.o.Spool.Begin(a.load.to)
}

// result is what became of a batch.
type result struct {
	rows, quarantined int
	notes             notes
}

// store puts the batch into ClickHouse, however long that takes. Each attempt makes the same blocks with the same tokens.
func (a *Aggregator) store(ctx context.Context) (result, error) {
	for {
		done, err := a.attempt(ctx)
		if err == nil {
			return done, nil
		}
		if ctx.Err() != nil {
			return result{}, ctx.Err()
		}
		a.metrics.failures.Inc()
		if err := sleep(ctx, a.away.note("ClickHouse does not take events", err)); err != nil {
			return result{}, err
		}
	}
}

// token begins the deduplication tokens of a batch; positions are never used twice by one spool.
func (a *Aggregator) token() string {
	return fmt.Sprintf("%s/%s-%s", a.o.Spool.ID(), a.load.from, a.load.to)
}

// attempt inserts the batch once, events, then refusals; or erases what it asks to be erased.
func (a *Aggregator) attempt(ctx context.Context) (result, error) {
	if list := a.load.wishes; len(list) > 0 {
		return result{}, a.erase(ctx, list)
	}
	notes, err := a.notes()
	if err != nil {
		return result{}, err
	}
	sh := shipment{a: a, token: a.token() + "/events", notes: notes}
	if err := sh.insert(ctx); err != nil {
		return result{}, err
	}
	if t := &a.load.tallies; t.rows() > 0 {
		if err := a.insert(ctx, "refusals", a.token()+"/refusals", t.columns(), t.rows()); err != nil {
			return result{}, err
		}
	}
	aside := slices.Concat(a.load.damaged, sh.aside)
	if len(aside) > 0 {
		if err := a.quarantine(aside); err != nil {
			return result{}, err
		}
	}
	return result{rows: sh.rows, quarantined: len(aside), notes: sh.notes}, nil
}

// insert sends one block and measures it.
func (a *Aggregator) insert(ctx context.Context, table, token string, columns []store.Column, rows int) error {
	if rows == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, insertTimeout)
	defer cancel()
	began := time.Now()
	if err := a.o.Store.Insert(ctx, table, token, columns); err != nil {
		return err
	}
	if table == "events" {
		a.metrics.insertSeconds.Observe(time.Since(began).Seconds())
		a.metrics.insertRows.Observe(float64(rows))
	}
	return nil
}

// away follows whether blocks get through, logs when that changes, and says how long to wait. The zero value with a log is ready.
type away struct {
	log      *slog.Logger
	since    time.Time // zero while all is well
	attempts int
}

// note takes a failure and returns for how long to wait before the next attempt: from 100 ms doubling to 5 s.
func (w *away) note(what string, err error) time.Duration {
	if w.since.IsZero() {
		w.since, w.attempts = time.Now(), 0
		w.log.Warn(what+"; trying again until it works", "error", reason(err))
	}
	w.attempts++
	return min(firstPause<<min(w.attempts-1, 10), longPause)
}

func (w *away) over() {
	if !w.since.IsZero() {
		w.log.Info("ClickHouse takes events again", "away", time.Since(w.since).Round(time.Millisecond))
		w.since, w.attempts = time.Time{}, 0
	}
}

var quoted = regexp.MustCompile(`'(?:[^'\\]|\\.)*'`)

// reason is an error as it may be logged: ClickHouse quotes values it does not like, and those are somebody's visit.
func reason(err error) string {
	var e *clickhouse.Exception
	if errors.As(err, &e) && errors.Is(err, store.ErrRefused) {
		return fmt.Sprintf("ClickHouse says that the rows are at fault (code %d)", e.Code)
	}
	return quoted.ReplaceAllString(err.Error(), "'…'")
}
