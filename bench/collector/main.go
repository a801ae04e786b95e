// Command collector measures what the airlock costs: beacons the collector accepts and makes durable per second, as a ratio of what a
// bare fasthttp server answers that reads the same requests and says 202. Both run in a child process of their own on the same machine,
// under the same client, over 64 and over 1,024 keep-alive connections on loopback, in turns within one run, so that a slow or busy
// machine slows both. The client is wrk; where it is not installed, one written in Go, which costs more and so flatters the ratio.
//
// The full collector works with a spool on disk (fsync once a second), the real country file, devices, robots, sources, estimates, metrics
// and rate limit, behind a trusted proxy. Agents, pages, referrers and addresses change from request to request. What counts as
// accepted must be in the spool, by the child's own count, and the child must have refused nothing.
//
// Then the whole program runs with its embedded engine: half as many beacons a second as it just took, each sent at its time, while
// the aggregator ships and the stats API is asked without a pause (half.go). The client of that is a process of one thread with real-time
// priority, where it may have that, so that what it waits for is the server; how late it was itself is printed, and what the same client
// sees of a bare server at the same rate.
//
//	go run ./bench/collector [-rounds 7] [-time 1s] [-dir DIR] [-beside=false] [-half=false]
//
// The client takes its share of the processor in both turns. The last line is the result: "ratio N.NN", the median of the rounds at 64
// connections. All figures are kept in bench/results/collector.json.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"time"

	"sporlos/bench/result"
	"sporlos/bench/traffic"
)

const variety = 8192 // different requests: as many networks, 256 agents, 500 pages, 40 referrers

// bench is one run.
type bench struct {
	rounds       int
	turn         time.Duration
	dir, profile string
	to           string
	beside, half bool
	rate         float64

	closed func(addr string, connections int, spell time.Duration) (traffic.Result, error)
}

func main() {
	log.SetFlags(0)
	var b bench
	serve := flag.String("serve", "", "internal: be the server, bare or full")
	flag.IntVar(&b.rounds, "rounds", 7, "how often each server has its turn")
	flag.DurationVar(&b.turn, "time", time.Second, "how long a turn is, in whole seconds; many short ones even out what else the machine does")
	flag.StringVar(&b.dir, "dir", os.TempDir(), "where the spool and the database are made, and removed again")
	flag.StringVar(&b.profile, "profile", "", "write a processor profile of the full collector to this file")
	flag.BoolVar(&b.beside, "beside", true, "compare the collector with a bare server")
	flag.BoolVar(&b.half, "half", true, "measure latencies of the whole program at half load, too")
	flag.Float64Var(&b.rate, "rate", 0, "beacons a second of that instead of half of what the program takes; figures are then not kept")
	flag.StringVar(&b.to, "to", "", "internal: be the client of the server at this address")
	flag.Parse()
	var err error
	if *serve != "" {
		err = child(*serve, b.dir, b.profile)
	} else if b.to != "" {
		err = drive(b.to, b.rate)
	} else {
		err = b.run()
	}
	if err != nil {
		log.Fatal(err)
	}
}

func (b *bench) run() (err error) {
	if b.dir, err = os.MkdirTemp(b.dir, "sporlos-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if err := b.chooseClient(); err != nil {
		return err
	}
	var figures []result.Figure
	var last string
	if b.beside {
		few, many, err := b.compareAll()
		if err != nil {
			return err
		}
		figures = append(few.figures(), many.figures()...)
		last = fmt.Sprintf("ratio %.2f", median(few.ratios))
	}
	if b.half {
		more, rate, err := b.measureHalf()
		if err != nil {
			return err
		}
		bare, err := b.measureBare(rate)
		if err != nil {
			return err
		}
		figures = slices.Concat(figures, more, bare)
	}
	for _, f := range figures {
		fmt.Println(f)
	}
	if b.rate == 0 {
		if err := result.Write("collector", figures...); err != nil {
			return err
		}
	}
	fmt.Println(last)
	return nil
}

// chooseClient takes wrk, or our own client where there is none.
func (b *bench) chooseClient() error {
	requests := traffic.Requests(variety)
	wrk, err := traffic.NewWRK(b.dir, requests)
	if err == nil {
		b.closed = wrk.Closed
		return nil
	}
	fmt.Printf("wrk is not to be had (%v): the client is one in Go, which takes more of the processor\n", err)
	b.closed = func(addr string, connections int, spell time.Duration) (traffic.Result, error) {
		return traffic.Closed(addr, requests, connections, spell)
	}
	return nil
}
