// Command pipeline drives the whole program, `sporlos serve` with its embedded engine, and measures what a beacon costs and how soon it
// can be counted. Its parts can be run alone:
//
//		go run ./bench/pipeline [-part delay,cost,hour] [-beacons 200000] [-rate 10000] [-dir DIR]
//
//	  - delay: a beacon or two a second, as a small site has them; how long from the moment a beacon is sent until the stats API counts it,
//	    inserts a minute, and the processor time of each process while nobody asks anything;
//	  - cost: 200,000 beacons at a steady rate; the processor time of each process per million of them, until all are stored;
//	  - hour: what an hour of low traffic leaves, in a minute: as many inserts as an hour has seconds, sixty times as fast; parts of each
//	    table at the end, and the engine's processor time per insert, merges included. The engine has a sixtieth of the time to merge in, so
//	    a real hour leaves fewer parts.
//
// All figures are kept in bench/results/pipeline.json.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"

	"sporlos/bench/result"
	"sporlos/bench/system"
	"sporlos/bench/traffic"
	"sporlos/store/engine"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 && os.Args[1] == "engine" { // the child process that hosts the library
		if err := engine.Host(os.Args[2:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	list := flag.String("part", "delay,cost,hour", "what to measure")
	var l load
	flag.IntVar(&l.beacons, "beacons", 200_000, "beacons of part cost")
	flag.Float64Var(&l.rate, "rate", 10_000, "of them a second, if the machine can")
	dir := flag.String("dir", os.TempDir(), "where the data is made, and removed again")
	flag.Parse()
	if err := run(strings.Split(*list, ","), *dir, l); err != nil {
		log.Fatal(err)
	}
}

func run(names []string, parent string, l load) (err error) {
	parts := map[string]func(dir string) ([]result.Figure, error){
		"delay": func(dir string) ([]result.Figure, error) { return withSystem(dir, measureDelay) },
		"cost":  func(dir string) ([]result.Figure, error) { return withSystem(dir, l.measureCost) },
		"hour":  measureHour,
	}
	dir, err := os.MkdirTemp(parent, "pipeline-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, name := range names {
		part, ok := parts[name]
		if !ok {
			return fmt.Errorf("there is no part %q: delay, cost and hour", name)
		}
		within, err := os.MkdirTemp(dir, name)
		if err != nil {
			return err
		}
		figures, err := part(within)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, f := range figures {
			fmt.Println(f)
		}
		if err := result.Write("pipeline", figures...); err != nil {
			return err
		}
	}
	return nil
}

// withSystem runs the program with one site while work measures it.
func withSystem(dir string, work func(*system.System) ([]result.Figure, error)) (figures []result.Figure, err error) {
	program, err := system.Build(dir)
	if err != nil {
		return nil, err
	}
	s, err := system.Start(program, dir, "--rate-limit", "0")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	if _, err := s.Run("site", "add", traffic.Domain); err != nil {
		return nil, err
	}
	return work(s)
}

// request is the beacon of traffic with a number.
func request(dst []byte, i int) []byte { return traffic.Append(dst, i, traffic.Domain) }
