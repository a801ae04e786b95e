package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"sporlos/aggregator"
	"sporlos/bench/result"
	"sporlos/bench/system"
	"sporlos/event"
	"sporlos/site"
	"sporlos/spool"
	"sporlos/store"
	"sporlos/store/engine"
	"sporlos/store/schema"
)

const (
	hourBlocks = 3600 // as many inserts as there are seconds
	hourEvents = 2    // of each
	hourSpell  = time.Minute
	hourLimit  = 90 * time.Second // on a busy machine it is less than an hour then
)

// hour is a spool, an aggregator and an engine without the rest.
type hour struct {
	engine *engine.Engine
	store  *store.Store
	spool  *spool.Spool
	*aggregator.Aggregator
}

func measureHour(dir string) (figures []result.Figure, err error) {
	ctx := context.Background()
	h, err := openHour(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.spool.Close(), h.store.Close(), h.engine.Stop(ctx)) }()
	before, err := system.CPU(h.engine.PID())
	if err != nil {
		return nil, err
	}
	inserts, err := h.pass(ctx)
	if err != nil {
		return nil, err
	}
	after, err := system.CPU(h.engine.PID())
	if err != nil {
		return nil, err
	}
	figures = append(figures, result.Plain("processor of the engine per small insert, merges included", float64((after-before).Microseconds())/1000/float64(inserts), "ms"),
		result.Plain("small inserts, one a second sped up", float64(inserts), ""))
	parts, err := h.parts(ctx, inserts)
	return append(figures, parts...), err
}

func openHour(ctx context.Context, dir string) (h *hour, err error) {
	h = &hour{}
	if h.engine, err = engine.Start(ctx, engine.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		return nil, err
	}
	if h.store, err = store.Open(ctx, store.Config{Endpoint: h.engine.Endpoint}); err != nil {
		return nil, err
	}
	if err := schema.Migrate(ctx, h.store, schema.Options{}); err != nil {
		return nil, err
	}
	if h.spool, err = spool.Open(filepath.Join(dir, "spool"), spool.Options{}); err != nil {
		return nil, err
	}
	h.Aggregator, err = aggregator.New(aggregator.Options{
		Dir: filepath.Join(dir, "aggregator"), Spool: h.spool, Store: h.store, Sites: func() []*site.Site { return nil },
	})
	return h, err
}

// pass ships a block of two events sixty times a second, or as often as the machine can, and returns how many.
func (h *hour) pass(ctx context.Context) (inserts int, err error) {
	beat := time.NewTicker(hourSpell / hourBlocks)
	defer beat.Stop()
	began := time.Now()
	now := uint32(began.Unix())
	for n := range uint32(hourBlocks) {
		if time.Since(began) > hourLimit {
			return int(n), nil
		}
		<-beat.C
		for i := range uint32(hourEvents) {
			e := event.Event{Site: 1, Day: uint16(now / 86400), Time: now + n, Visitor: uint64(n%97 + 1), Visit: uint64(now+n/5)<<32 | uint64(n%5), Name: event.Pageview,
				Interactive: true, Host: "example.org", Path: fmt.Sprintf("/page/%d", (n+i)%500), Country: "NO", Browser: "Firefox", OS: "Linux", Device: "Desktop"}
			if err := h.spool.Append(event.Append(nil, &e)); err != nil {
				return 0, err
			}
		}
		if err := h.Drain(ctx); err != nil {
			return 0, err
		}
	}
	return hourBlocks, nil
}

// parts counts active parts of the tables that inserts go to, and makes sure that the events are there.
func (h *hour) parts(ctx context.Context, inserts int) (figures []result.Figure, err error) {
	for _, table := range []string{"events", "arrivals"} {
		var parts, rows uint64
		const question = "SELECT count(), sum(rows) FROM system.parts WHERE active AND database = currentDatabase() AND table = "
		if err := h.store.QueryRow(ctx, question+"'"+table+"'").Scan(&parts, &rows); err != nil {
			return nil, err
		}
		if table == "events" && rows != uint64(inserts*hourEvents) {
			return nil, fmt.Errorf("%d of %d events are stored", rows, inserts*hourEvents)
		}
		figures = append(figures, result.Plain("parts of "+table+" after them", float64(parts), ""))
	}
	return figures, nil
}
