package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"

	"sporlos/aggregator"
	"sporlos/collector"
	"sporlos/collector/place"
	"sporlos/collector/robot"
	"sporlos/collector/visitor"
	"sporlos/site"
	"sporlos/spool"
)

// What happened in the past (an imported log, the demo's history) goes through the same rooms as a beacon of today, on a spool of its
// own: first everything is collected into it, then it is shipped and folded. A crash in the first half leaves nothing in ClickHouse;
// in the second half the spool's cursor and tokens make the next try go on where this one stopped, exactly once.

// stage collects into a new spool in dir what fill hands to a collector made for it. Its salts are never written anywhere.
func stage(dir string, one *site.Site, places *place.DB, robots *robot.Detector, fill func(*collector.Collector) error) (err error) {
	staging, err := openStaging(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, staging.Close()) }()
	c, err := collector.New(collector.Options{
		Sites: collector.NewSites(one), Spool: staging, Salts: visitor.MemorySalts(), Places: places, Robots: robots,
		Limit: collector.Rate{PerMinute: -1},
	})
	if err != nil {
		return err
	}
	if err := fill(c); err != nil {
		return err
	}
	return c.Shutdown(context.Background())
}

func openStaging(dir string) (*spool.Spool, error) {
	return spool.Open(filepath.Join(dir, "spool"), spool.Options{Max: 1 << 42, SegmentBytes: 64 << 20, Keep: -1})
}

// ship brings a staged spool into ClickHouse and folds the days it touched. It can be interrupted and called again.
func (in *installation) ship(ctx context.Context, dir string, log *slog.Logger) (err error) {
	staging, err := openStaging(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, staging.Close()) }()
	sites, err := in.settings.Sites(ctx)
	if err != nil {
		return err
	}
	a, err := aggregator.New(aggregator.Options{
		Dir: filepath.Join(dir, "aggregator"), Spool: staging, Store: in.store, Sites: func() []*site.Site { return sites }, Retention: in.flags.Retention, Logger: log,
	})
	if err != nil {
		return err
	}
	if err := a.Drain(ctx); err != nil {
		return err
	}
	return a.Fold(ctx)
}
