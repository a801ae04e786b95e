// Command aggregator measures how fast a backlog in the spool reaches ClickHouse: rows per second, the processor time per row that we and
// the engine spend on it, and the memory of both.
//
//	go run ./bench/aggregator [-rows 1000000] [-rounds 3] [-days 30] [-batch N] [-fold=false] [-dir DIR] [-cpuprofile FILE] [-exec SQL]
//
// In each round it fills a spool with records like those of a site with many pages and ships it; at the end it folds all of it. The median
// of the rounds counts. Processor time says more than rows per second on a machine that does other things. -exec runs statements
// (with ; between them) on the empty tables, to try another codec or setting. All figures are kept in bench/results/aggregator.json.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"syscall"
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

func main() {
	if len(os.Args) > 1 && os.Args[1] == "engine" { // the child process that hosts the library
		if err := engine.Host(os.Args[2:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	var b bench
	flag.IntVar(&b.rows, "rows", 1_000_000, "events of a round")
	flag.IntVar(&b.rounds, "rounds", 3, "rounds; the median counts")
	flag.StringVar(&b.statements, "exec", "", "statements to run on the empty tables; figures are then not kept")
	flag.IntVar(&b.batch, "batch", 0, "rows of a block at most; other figures than those of the default are not kept")
	flag.IntVar(&b.days, "days", 30, "days they are spread over")
	flag.BoolVar(&b.fold, "fold", true, "fold at the end")
	flag.StringVar(&b.dir, "dir", "", "directory to work in (default: a temporary one)")
	flag.StringVar(&b.profile, "cpuprofile", "", "write a profile of shipping to this file")
	flag.Parse()
	if err := b.run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

type bench struct {
	rows, rounds, batch      int
	days                     int
	fold                     bool
	dir, profile, statements string
	spoolDir                 string
	sequence                 int // events made so far

	engine *engine.Engine
	store  *store.Store
	spool  *spool.Spool
	*aggregator.Aggregator
}

func (b *bench) run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp(b.dir, "aggregator-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := b.open(ctx, dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.spool.Close(), b.store.Close(), b.engine.Stop(ctx)) }()
	figures, err := b.measure(ctx)
	if err != nil {
		return err
	}
	if err := b.keep(figures...); err != nil {
		return err
	}
	return b.foldAll(ctx)
}

func (b *bench) measure(ctx context.Context) ([]result.Figure, error) {
	for statement := range strings.SplitSeq(b.statements, ";") {
		if strings.TrimSpace(statement) != "" {
			if err := b.store.Exec(ctx, statement); err != nil {
				return nil, err
			}
		}
	}
	var rates, clients, engines []float64
	for range b.rounds {
		took, err := b.round(ctx)
		if err != nil {
			return nil, err
		}
		rates, clients, engines = append(rates, float64(b.rows)/took.wall.Seconds()), append(clients, took.client), append(engines, took.engine)
		fmt.Printf("round: %.0f events/s, client %.2f µs, engine %.2f µs an event\n", rates[len(rates)-1], took.client, took.engine)
	}
	perEvent := float64(b.spoolBytes()) / float64(b.sequence)
	now, peak, err := system.Resident(os.Getpid())
	if err != nil {
		return nil, err
	}
	_, engine, err := system.Resident(b.engine.PID())
	if err != nil {
		return nil, err
	}
	return []result.Figure{
		result.AtLeast("shipped when catching up", median(rates), "events/s", 400_000),
		result.AtMost("processor time of the client", median(clients), "µs/event", 2),
		result.Plain("processor time of the engine", median(engines), "µs/event"),
		result.Plain("spool", perEvent, "bytes/event"),
		result.Plain("memory of the client after shipping", float64(now)/(1<<20), "MiB"),
		result.Plain("memory of the client, most", float64(peak)/(1<<20), "MiB"),
		result.AtMost("memory of the engine, most", float64(engine)/(1<<20), "MiB", 1024),
	}, nil
}

// foldAll folds what was shipped.
func (b *bench) foldAll(ctx context.Context) error {
	if !b.fold {
		return b.check(ctx)
	}
	folded, err := b.cost(b.sequence, func() error { return b.Fold(ctx) })
	if err != nil {
		return err
	}
	return errors.Join(b.check(ctx), b.keep(result.Plain("processor time of the engine, folding", folded.engine, "µs/event")))
}

// keep prints figures, and keeps them when they are of what is shipped to users.
func (b *bench) keep(figures ...result.Figure) error {
	for _, f := range figures {
		fmt.Println(f)
	}
	if b.statements != "" || b.batch != 0 {
		return nil
	}
	return result.Write("aggregator", figures...)
}

// round fills the spool and ships it.
func (b *bench) round(ctx context.Context) (took cost, err error) {
	if err := b.fill(); err != nil {
		return took, err
	}
	if b.sequence > b.rows { // the first round warms up the engine and is not looked at
		stop, err := profile(b.profile)
		if err != nil {
			return took, err
		}
		defer stop()
	}
	return b.cost(b.rows, func() error { return b.Drain(ctx) })
}

// spoolBytes is what the segments on disk hold; they are all kept.
func (b *bench) spoolBytes() (total int64) {
	segments, _ := filepath.Glob(filepath.Join(b.spoolDir, "*.seg"))
	for _, path := range segments {
		if info, err := os.Stat(path); err == nil {
			total += info.Size()
		}
	}
	return total
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func (b *bench) open(ctx context.Context, dir string) (err error) {
	quiet := slog.New(slog.DiscardHandler)
	if b.engine, err = engine.Start(ctx, engine.Options{Dir: dir, Logger: quiet}); err != nil {
		return err
	}
	if b.store, err = store.Open(ctx, store.Config{Endpoint: b.engine.Endpoint}); err != nil {
		return err
	}
	if err := schema.Migrate(ctx, b.store, schema.Options{}); err != nil {
		return err
	}
	b.spoolDir = filepath.Join(dir, "spool")
	if b.spool, err = spool.Open(b.spoolDir, spool.Options{}); err != nil {
		return err
	}
	one, err := site.New(1, "example.org", "Europe/Oslo", site.Settings{})
	if err != nil {
		return err
	}
	b.Aggregator, err = aggregator.New(aggregator.Options{
		Dir: filepath.Join(dir, "aggregator"), Spool: b.spool, Store: b.store, Batch: b.batch, Sites: func() []*site.Site { return []*site.Site{one} },
	})
	return err
}

// cost is what a piece of work took: time, and processor time in µs an event.
type cost struct {
	wall           time.Duration
	client, engine float64
}

func (b *bench) cost(events int, work func() error) (c cost, err error) {
	ours, err := b.cpu()
	if err != nil {
		return c, err
	}
	began := time.Now()
	if err := work(); err != nil {
		return c, err
	}
	c.wall = time.Since(began)
	after, err := b.cpu()
	per := func(i int) float64 { return float64((after[i] - ours[i]).Nanoseconds()) / 1e3 / float64(events) }
	c.client, c.engine = per(0), per(1)
	return c, err
}

// cpu is the processor time this process and the engine have used.
func (b *bench) cpu() (used [2]time.Duration, err error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return used, err
	}
	used[0] = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	used[1], err = system.CPU(b.engine.PID())
	return used, err
}

// check makes sure that the figures are of something that worked.
func (b *bench) check(ctx context.Context) error {
	var events, folded uint64
	if err := b.store.QueryRow(ctx, "SELECT (SELECT count() FROM events), (SELECT sum(events) FROM folds FINAL)").Scan(&events, &folded); err != nil {
		return err
	}
	if events != uint64(b.sequence) || b.fold && folded == 0 {
		return fmt.Errorf("%d of %d events are stored, %d are folded", events, b.sequence, folded)
	}
	return nil
}

func profile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); _ = file.Close() }, nil
}

// fill appends the records: visits of about six events, of which every third is an engagement report, one after another and several at
// a time, as they come from many visitors.
func (b *bench) fill() error {
	r := rand.New(rand.NewPCG(1, uint64(b.sequence)))
	pages := rand.NewZipf(r, 1.2, 4, 20_000)
	first := time.Now().AddDate(0, 0, -b.days).Unix() / 86400
	var open [200]event.Event
	var rec []byte
	defer func() { b.sequence += b.rows }()
	for i := range b.rows {
		day := first + int64(i)*int64(b.days)/int64(b.rows)
		second := uint32(day*86400 + 20_000 + int64(i)%50_000)
		e := &open[r.IntN(len(open))]
		if e.Visit == 0 || int64(e.Day) != day || r.IntN(6) == 0 {
			*e = visit(r, uint16(day), second)
		}
		e.Time = second
		e.Name, e.Interactive, e.EngagementMS, e.Scroll = event.Pageview, true, 0, 0
		if i%3 == 2 {
			e.Name, e.Interactive, e.EngagementMS, e.Scroll = event.Engagement, false, r.Uint32N(60_000), uint8(r.UintN(101))
		} else {
			e.Path = "/articles/number-" + strconv.FormatUint(pages.Uint64(), 10)
		}
		rec = event.Append(rec[:0], e)
		if err := b.spool.Append(rec); err != nil {
			return err
		}
	}
	return nil
}

func visit(r *rand.Rand, day uint16, second uint32) event.Event {
	pick := func(of ...string) string { return of[min(r.IntN(len(of)), r.IntN(len(of)))] }
	return event.Event{
		Site: 1, Day: day, Visitor: uint64(r.Uint32N(30_000)) + 1, Visit: uint64(second)<<32 | uint64(r.Uint32()), Host: "example.org", Path: "/",
		Referrer: pick("", "www.google.com", "www.bing.com", "news.ycombinator.com"), Source: pick("", "Google", "Bing", "Hacker News"),
		Channel: pick("Direct", "Organic Search", "Referral"), UTMCampaign: pick("", "", "", "autumn"),
		Country: pick("NO", "DE", "SE", "US", "GB", "DK", "FR", "NL"), Region: pick("", "NO-03", "DE-BE"), City: pick("", "Oslo", "Berlin"),
		Browser: pick("Chrome", "Safari", "Firefox", "Edge"), BrowserVersion: strconv.Itoa(120 + r.IntN(25)),
		OS: pick("Windows", "iOS", "Android", "Mac", "Linux"), OSVersion: strconv.Itoa(10 + r.IntN(6)), Device: pick("Desktop", "Mobile", "Tablet"),
	}
}
