package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sporlos/load"
)

type loadCmd struct {
	Site      string        `help:"The site to count for; better one added for the purpose." required:"" placeholder:"DOMAIN"`
	Collector string        `help:"The collector. It must trust this machine as a proxy (--trusted-proxies) to see many visitors." default:"http://127.0.0.1:8080"`
	Rate      int           `help:"Beacons a second." default:"100"`
	For       time.Duration `help:"How long; an hour at most." default:"10s"`
	Underway  int           `help:"Requests under way at most." default:"256"`
	Elsewhere bool          `help:"Allow a collector that is not on this machine. Only ever your own."`
}

// Run sends the load and prints what came of it; the status is 0 only when every beacon was answered.
func (c *loadCmd) Run(ctx context.Context, t *terminal) error {
	options := load.Options{Collector: c.Collector, Domain: c.Site, Rate: c.Rate, For: c.For, Underway: c.Underway, Seed: 1}
	if !c.Elsewhere && !options.OnLoopback() {
		return errors.New("the collector is not on this machine: say --elsewhere if it is yours")
	}
	r, err := load.Run(ctx, options)
	if err != nil {
		return err
	}
	seconds := r.Took.Seconds()
	fmt.Fprintf(t.out, "%d beacons in %.1f s (%.0f/s): %d accepted\n", r.Sent, seconds, float64(r.Sent)/seconds, r.Accepted)
	for reason, n := range r.Refused {
		fmt.Fprintf(t.out, "%8d refused: %s\n", n, reason)
	}
	if r.Skipped > 0 {
		fmt.Fprintf(t.out, "%8d not sent: %d were under way\n", r.Skipped, c.Underway)
	}
	fmt.Fprintf(t.out, "answered in %v (median), %v (99 of 100), %v (longest)\n", r.Quantile(0.5), r.Quantile(0.99), r.Quantile(1))
	if r.Failed > 0 {
		return fmt.Errorf("%d beacons were not answered", r.Failed)
	}
	return nil
}
