// Command questions measures how fast the dashboards answer over a year of up to 100 million events, how many bytes an event takes on the
// disk, and how soon the program is ready on such data.
//
//	go run ./bench/questions -dir DIR [-events 10,30,100] [-rounds 7] [-only REGEXP] [-fill] [-ask] [-ready]
//	go run ./bench/questions -dir DIR -day 1,3,10
//
// DIR keeps the data between runs, in DIR/data, and is not removed. Each number of -events, in millions, is a site of its own with
// about so many events in the 365 days up to the day it was filled, of which the last is open until 14:00. What is there already is
// used; a site that was filled halfway is filled on. The generator is in fill.go: seeded, so that everybody's data is the same but for
// the dates. Days are folded by the aggregator itself, and the questions are those of the overview, asked of the dashboards' own
// handler, templates included.
//
// Cold means that the pages of the data's files have been dropped from the system's cache (posix_fadvise), ClickHouse's own caches of
// marks and files with them, and what the reports keep of folded days. First means that only the latter has been dropped; while events
// arrive, that one came just before each question. Beside the time on the clock stands the processor time the engine spent, which means
// something on a machine that does other things too. Without -fill, -ask or -ready, all three are done.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sporlos/aggregator"
	"sporlos/dashboards"
	"sporlos/site"
	"sporlos/spool"
	"sporlos/store"
	"sporlos/store/engine"
	"sporlos/store/report"
	"sporlos/store/schema"
	"sporlos/store/settings"
)

func main() {
	if flag.Parse(); flag.Arg(0) == "engine" { // the child process that hosts the library
		if err := engine.Host(flag.Args()[1:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

var (
	dirFlag    = flag.String("dir", "", "directory that keeps the data between runs; needs about 3 GB for each 100 million events")
	sizesFlag  = flag.String("events", "10,30,100", "millions of events, one site for each")
	roundsFlag = flag.Int("rounds", 7, "how often each question is asked, warm")
	fillFlag   = flag.Bool("fill", false, "fill and fold what is missing")
	askFlag    = flag.Bool("ask", false, "ask the questions")
	onlyFlag   = flag.String("only", "", "ask only questions whose name this regular expression matches")
	readyFlag  = flag.Bool("ready", false, "start the program")
	dayFlag    = flag.String("day", "", "instead: fold single days of so many million events, such as 1,10")
)

func run(ctx context.Context) error {
	if *dirFlag == "" {
		return errors.New("name a directory for the data with -dir")
	}
	if *dayFlag != "" {
		return fullDays(ctx, *dirFlag, *dayFlag)
	}
	all := !*fillFlag && !*askFlag && !*readyFlag
	if all || *fillFlag || *askFlag {
		if err := withHouse(ctx, *dirFlag, func(h *house) error { return h.run(ctx, all || *fillFlag, all || *askFlag) }); err != nil {
			return err
		}
	}
	if all || *readyFlag {
		return ready(*dirFlag)
	}
	return nil
}

// house is everything between the disk and a page.
type house struct {
	dir    string
	now    time.Time // 14:00 on the last day of the data
	engine *engine.Engine
	store  *store.Store
	reader *store.Store
	sites  []*crowd
	pages  http.Handler
	report *report.Reporter
	cookie string
	common []string // the pages seen most
}

// crowd is one site and how many events it is to have.
type crowd struct {
	millions int
	events   uint64 // that it has
	site     *site.Site
}

func withHouse(ctx context.Context, dir string, work func(*house) error) (err error) {
	h := &house{dir: filepath.Join(dir, "data")}
	quiet := slog.New(slog.DiscardHandler)
	if h.engine, err = engine.Start(ctx, engine.Options{Dir: h.dir, Logger: quiet}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.engine.Stop(context.Background())) }()
	if h.store, err = store.Open(ctx, store.Config{Endpoint: h.engine.Endpoint}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.store.Close()) }()
	if h.reader, err = store.Open(ctx, store.Config{Endpoint: h.engine.Reader, ReadOnly: true}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.reader.Close()) }()
	if err := schema.Migrate(ctx, h.store, schema.Options{}); err != nil {
		return err
	}
	return work(h)
}

func (h *house) run(ctx context.Context, fill, ask bool) error {
	if err := h.open(ctx, *sizesFlag); err != nil {
		return err
	}
	if fill {
		if err := h.fill(ctx); err != nil {
			return err
		}
		if err := h.fold(ctx); err != nil {
			return err
		}
	}
	if err := h.disk(ctx); err != nil || !ask {
		return err
	}
	return h.ask(ctx)
}

// open finds or makes the sites, and a session to look at them with.
func (h *house) open(ctx context.Context, sizes string) error {
	set := settings.Open(h.store.Conn(), nil)
	for _, text := range strings.Split(sizes, ",") {
		millions, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("cannot understand -events: %w", err)
		}
		domain := fmt.Sprintf("m%d.example", millions)
		s, err := set.Site(ctx, domain)
		if errors.Is(err, settings.ErrNotFound) {
			s, err = set.AddSite(ctx, domain, "Europe/Oslo")
		}
		if err != nil {
			return err
		}
		h.sites = append(h.sites, &crowd{millions: millions, site: s})
	}
	if err := h.date(ctx); err != nil {
		return err
	}
	if _, err := set.User(ctx, "bench"); errors.Is(err, settings.ErrNotFound) {
		if _, err := set.AddUser(ctx, "bench"); err != nil {
			return err
		}
	}
	h.cookie = "questions"
	if err := set.AddSession(ctx, settings.Hash(h.cookie), settings.Session{User: "bench", Expires: time.Now().Add(24 * time.Hour)}); err != nil {
		return err
	}
	h.report = report.New(h.reader.Conn(), func() time.Time { return h.now })
	pages, err := dashboards.New(dashboards.Options{Settings: set, Report: h.report, Now: func() time.Time { return h.now }, CollectorURL: "https://stats.example"})
	if err != nil {
		return err
	}
	h.pages = pages
	return nil
}

// date sets the clock to the data's last day: today when there is none yet.
func (h *house) date(ctx context.Context) error {
	zone := h.sites[0].site.Location()
	last := time.Now().In(zone)
	var newest time.Time
	var n uint64
	if err := h.store.QueryRow(ctx, "SELECT max(day), count() FROM arrivals").Scan(&newest, &n); err != nil {
		return err
	}
	if n > 0 {
		last = newest
	}
	h.now = time.Date(last.Year(), last.Month(), last.Day(), 14, 0, 0, 0, zone)
	return nil
}

// fold folds the closed days as the program does.
func (h *house) fold(ctx context.Context) (err error) {
	queue, err := spool.Open(filepath.Join(filepath.Dir(h.dir), "spool"), spool.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, queue.Close()) }()
	var sites []*site.Site
	for _, c := range h.sites {
		sites = append(sites, c.site)
	}
	a, err := aggregator.New(aggregator.Options{
		Dir: filepath.Join(filepath.Dir(h.dir), "aggregator"), Spool: queue, Store: h.store, Sites: func() []*site.Site { return sites }, Now: func() time.Time { return h.now },
	})
	if err != nil {
		return err
	}
	began := time.Now()
	if err := a.Fold(ctx); err != nil {
		return err
	}
	fmt.Printf("folded in %v\n", time.Since(began).Round(time.Second))
	return nil
}
