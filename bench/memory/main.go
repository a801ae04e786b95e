// Command memory measures what the processes of a whole installation hold in memory: the program's own (collector, aggregator and
// dashboards) with the settings of 50,000 sites and 100,000, then 1,000,000 visits going on, and the engine's while it stores them.
// (bench/collector measures the engine at capacity, with the stats API asked.)
//
//	go run ./bench/memory [-sites 50000] [-few 100000] [-many 1000000] [-dir DIR] [-heap FILE]
//
// Each visit is one beacon over HTTP, of a visitor of its own, spread over all sites, a quarter of them over a thousand. What is measured
// is resident memory as the kernel counts it (VmRSS of /proc/PID/status) after a minute of rest at most, files mapped into memory
// included. The figures are kept in bench/results/memory.json.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sporlos/bench/result"
	"sporlos/bench/system"
	"sporlos/bench/traffic"
	"sporlos/store"
	"sporlos/store/engine"
	"sporlos/store/schema"
)

const connections = 128

type bench struct {
	sites, few, many int
	dir, heap        string

	sys  *system.System
	sent int
}

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 && os.Args[1] == "engine" { // the child process that hosts the library
		if err := engine.Host(os.Args[2:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	var b bench
	flag.IntVar(&b.sites, "sites", 50_000, "sites")
	flag.IntVar(&b.few, "few", 100_000, "visits going on at first")
	flag.IntVar(&b.many, "many", 1_000_000, "visits going on in the end, below the 1,048,576 that are held at most")
	flag.StringVar(&b.dir, "dir", os.TempDir(), "where the data directory is made, and removed again")
	flag.StringVar(&b.heap, "heap", "", "write heap profiles to FILE.few and FILE.many")
	flag.Parse()
	if err := b.run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func (b *bench) run(ctx context.Context) (err error) {
	if b.dir, err = os.MkdirTemp(b.dir, "sporlos-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if err := b.prepare(ctx); err != nil {
		return err
	}
	program, err := system.Build(b.dir)
	if err != nil {
		return err
	}
	if b.sys, err = system.Start(program, b.dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.sys.Stop()) }()
	figures, err := b.measure()
	if err != nil {
		return err
	}
	for _, f := range figures {
		fmt.Println(f)
	}
	return result.Write("memory", figures...)
}

// prepare writes the settings of all sites into the database as one statement.
func (b *bench) prepare(ctx context.Context) (err error) {
	data := filepath.Join(b.dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	e, err := engine.Start(ctx, engine.Options{Dir: data, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Stop(ctx)) }()
	s, err := store.Open(ctx, store.Config{Endpoint: e.Endpoint})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := schema.Migrate(ctx, s, schema.Options{}); err != nil {
		return err
	}
	return s.Exec(ctx, `INSERT INTO settings (kind, key, version, removed, value, changed)
		SELECT 'site', concat('site-', toString(number), '.example'), number + 1, false,
			concat('{"id":', toString(number + 1), ',"domain":"site-', toString(number), '.example","zone":"',
				['Europe/Oslo', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'UTC'][number % 5 + 1], '","settings":{}}'), now64(3)
		FROM numbers(?)`, b.sites)
}

func (b *bench) measure() ([]result.Figure, error) {
	idle, _, err := system.Resident(b.sys.PID)
	if err != nil {
		return nil, err
	}
	few, err := b.visits(b.few, "few")
	if err != nil {
		return nil, err
	}
	many, err := b.visits(b.many, "many")
	if err != nil {
		return nil, err
	}
	_, peak, err := system.Resident(b.sys.PID)
	if err != nil {
		return nil, err
	}
	_, enginePeak, err := system.Resident(b.sys.Engine)
	if err != nil {
		return nil, err
	}
	at := fmt.Sprintf(" with %d sites", b.sites)
	return []result.Figure{
		result.Plain("program"+at+" and no visits", mib(idle), "MiB"),
		result.AtMost(fmt.Sprintf("program%s and %d visits", at, b.few), mib(few), "MiB", 100),
		result.AtMost(fmt.Sprintf("program%s and %d visits", at, b.many), mib(many), "MiB", 250),
		result.Plain("program, at most while they came", mib(peak), "MiB"),
		result.AtMost("engine, at most meanwhile", mib(enginePeak), "MiB", 1024),
	}, nil
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// visits sends beacons until so many visits go on, checks that they do, and returns the program's memory at rest.
func (b *bench) visits(n int, name string) (resident int64, err error) {
	before := b.sent
	r, err := traffic.Open(b.sys.Collector, n-before, connections, 20_000, func(dst []byte, i int) []byte {
		i += before
		return traffic.Append(dst, i, fmt.Sprintf("site-%d.example", b.site(i)))
	})
	if err != nil {
		return 0, err
	}
	b.sent = n
	live, err := b.metric("sporlos_visits_live")
	if err != nil {
		return 0, err
	}
	fmt.Printf("%d beacons accepted, %d refused; %d visits go on\n", r.Accepted, r.Refused, live)
	if r.Refused > 0 || live < n*99/100 {
		return 0, fmt.Errorf("%d visits go on of %d, %d beacons were refused: nothing was measured", live, n, r.Refused)
	}
	if resident, err = b.rest(); err != nil || b.heap == "" {
		return resident, err
	}
	return resident, b.profile(b.heap + "." + name)
}

// site is the site of beacon i: a few are busy, most are quiet.
func (b *bench) site(i int) int {
	if i%4 == 0 {
		return i / 4 % min(1000, b.sites)
	}
	return i % b.sites
}

// rest waits until memory no longer shrinks, half a minute at least and a minute at most.
func (b *bench) rest() (resident int64, err error) {
	for second := range 60 {
		time.Sleep(time.Second)
		now, _, err := system.Resident(b.sys.PID)
		if err != nil {
			return 0, err
		}
		if second >= 30 && now >= resident-1<<20 {
			return now, nil
		}
		resident = now
	}
	return resident, nil
}

// metric reads a metric without labels from the ops listener.
func (b *bench) metric(name string) (int, error) {
	text, err := b.get("/metrics")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "\n"+name+" ")
	value, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.ParseFloat(value, 64)
	return int(n), err
}

func (b *bench) profile(path string) error {
	text, err := b.get("/debug/pprof/heap")
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

func (b *bench) get(path string) ([]byte, error) {
	response, err := http.Get(b.sys.Ops + path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(response.Body)
	return text, errors.Join(err, response.Body.Close())
}
