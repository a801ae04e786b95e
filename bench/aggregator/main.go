// Command aggregator measures how fast a backlog in the spool reaches ClickHouse: rows per second, and the processor time per row
// that we and the engine spend on it.
//
//	go run ./bench/aggregator [-rows 1000000] [-days 30] [-dir DIR] [-cpuprofile FILE]
//
// It makes records like those of a site with many pages, fills a spool with them, ships it, folds what has been shipped, and prints one
// line for each. Processor time says more than rows per second on a machine that does other things.
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
	"strconv"
	"strings"
	"syscall"
	"time"

	"sporlos/aggregator"
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
	flag.IntVar(&b.rows, "rows", 1_000_000, "events")
	flag.IntVar(&b.days, "days", 30, "days they are spread over")
	flag.StringVar(&b.dir, "dir", "", "directory to work in (default: a temporary one)")
	flag.StringVar(&b.profile, "cpuprofile", "", "write a profile of shipping to this file")
	flag.Parse()
	if err := b.run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

type bench struct {
	rows, days   int
	dir, profile string

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
	if err := b.fill(); err != nil {
		return err
	}
	stop, err := profile(b.profile)
	if err != nil {
		return err
	}
	err = b.measure("ship", func() error { return b.Drain(ctx) })
	stop()
	if err != nil {
		return err
	}
	if err := b.measure("fold", func() error { return b.Fold(ctx) }); err != nil {
		return err
	}
	fmt.Printf("engine: at most %s resident\n", b.peak())
	return b.check(ctx)
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
	if b.spool, err = spool.Open(filepath.Join(dir, "spool"), spool.Options{Keep: -1}); err != nil {
		return err
	}
	one, err := site.New(1, "example.org", "Europe/Oslo", site.Settings{})
	if err != nil {
		return err
	}
	b.Aggregator, err = aggregator.New(aggregator.Options{
		Dir: filepath.Join(dir, "aggregator"), Spool: b.spool, Store: b.store, Sites: func() []*site.Site { return []*site.Site{one} },
	})
	return err
}

// measure prints what a piece of work took for each row.
func (b *bench) measure(name string, work func() error) error {
	ours, theirs, began := b.ours(), b.theirs(), time.Now()
	if err := work(); err != nil {
		return err
	}
	took, rows := time.Since(began), float64(b.rows)
	fmt.Printf("%s: %d rows in %v, %.0f rows/s, client %.2f µs/row, engine %.2f µs/row\n", name, b.rows, took.Round(time.Millisecond), rows/took.Seconds(),
		float64((b.ours()-ours).Nanoseconds())/1e3/rows, float64((b.theirs()-theirs).Nanoseconds())/1e3/rows)
	return nil
}

// check makes sure that the figures are of something that worked.
func (b *bench) check(ctx context.Context) error {
	var events, folded uint64
	if err := b.store.QueryRow(ctx, "SELECT (SELECT count() FROM events), (SELECT sum(events) FROM folds FINAL)").Scan(&events, &folded); err != nil {
		return err
	}
	if events != uint64(b.rows) || folded == 0 {
		return fmt.Errorf("%d of %d events are stored, %d are folded", events, b.rows, folded)
	}
	return nil
}

// ours is the processor time this process has used.
func (*bench) ours() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// theirs is the processor time the engine has used, from /proc/PID/stat, in steps of 10 ms.
func (b *bench) theirs() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", b.engine.PID()))
	if err != nil {
		log.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// peak is the most memory the engine has used, as in /proc/PID/status.
func (b *bench) peak() string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.engine.PID()))
	if err != nil {
		log.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
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
	r := rand.New(rand.NewPCG(1, 2))
	pages := rand.NewZipf(r, 1.2, 4, 20_000)
	first := time.Now().AddDate(0, 0, -b.days).Unix() / 86400
	var open [200]event.Event
	var rec []byte
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
