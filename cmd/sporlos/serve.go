package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"time"

	"sporlos/dashboards/post"
	"sporlos/spool"
)

type serveCmd struct {
	serveFlags
}

// serveFlags configure an installation that runs.
type serveFlags struct {
	storageFlags
	Only string `help:"Run only this part, beside others on the same --clickhouse: collector or dashboards." enum:",collector,dashboards" default:"" placeholder:"PART"`

	CollectorAddr  string `help:"Where the collector listens." default:":8080"`
	DashboardsAddr string `help:"Where the dashboards listen." default:":8090"`
	OpsAddr        string `help:"Where metrics and health checks are; keep it private." default:"127.0.0.1:8091"`
	CollectorURL   string `help:"How websites reach the collector, for snippets; by default a guess from --collector-addr." placeholder:"URL"`
	DashboardsURL  string `help:"How people reach the dashboards, for links; https makes cookies secure." placeholder:"URL"`
	SMTPURL        string `name:"smtp-url" help:"Mail server for reports and alerts: smtps://user:password@mail.example.org:465?from=sporlos@example.org. On one process of an installation." placeholder:"URL"`

	TrustedProxies networks `help:"Proxies whose X-Forwarded-For is believed, as networks with commas between them; nobody else's is." placeholder:"CIDR,…"`
	Identity       identity `help:"What makes a visitor of the day: network (address truncated first), address, or none." default:"network"`
	Geoip          string   `help:"Table of places (mmdb); by default the table of countries found beside the program or in node_modules." placeholder:"FILE" type:"path"`
	RateLimit      int      `help:"Beacons a minute of one network to one site; 0 is no limit." default:"600"`
	Headless       bool     `help:"Count headless browsers too, as tests need it."`

	SpoolMax    bytes        `help:"Disk space for what ClickHouse has not taken yet; when it is used up, beacons are refused with 503." default:"10GiB"`
	Fsync       spool.Policy `help:"When the spool is forced to disk: always, 1s or off. kill -9 loses nothing with either; a power cut loses up to a second with 1s." default:"1s"`
	Volatile    string       `help:"Directory in memory (tmpfs) for the day's salts and searches held back; by default under /dev/shm." placeholder:"DIR" type:"path"`
	SaltsOnDisk bool         `help:"Allow --volatile to be on a real disk. Then a disk could keep what should be forgotten at midnight."`

	demo bool // a one-time link logs in without setting a password
}

// Validate refuses impossible values before anything is opened.
func (f *serveFlags) Validate() error {
	errs := []error{f.storageFlags.Validate()}
	for _, a := range []struct{ flag, value string }{
		{"--collector-addr", f.CollectorAddr}, {"--dashboards-addr", f.DashboardsAddr}, {"--ops-addr", f.OpsAddr},
	} {
		if _, _, err := net.SplitHostPort(a.value); err != nil {
			errs = append(errs, fmt.Errorf("%s %q is not an address: write it as :8080 or 127.0.0.1:8080", a.flag, a.value))
		}
	}
	if f.Only != "" && f.Clickhouse == "" {
		errs = append(errs, fmt.Errorf("--only %s needs --clickhouse: the embedded engine belongs to one process that runs all parts", f.Only))
	}
	if f.RateLimit < 0 {
		errs = append(errs, errors.New("--rate-limit is a number of beacons a minute, or 0 for no limit"))
	}
	if f.SMTPURL != "" {
		if _, err := post.ParseSMTP(f.SMTPURL); err != nil {
			errs = append(errs, err)
		}
	}
	if f.SpoolMax < 1<<20 {
		errs = append(errs, errors.New("--spool-max is too small: 1MiB or more"))
	}
	return errors.Join(errs...)
}

func (f *serveFlags) collects() bool { return f.Only != "dashboards" }
func (f *serveFlags) shows() bool    { return f.Only != "collector" }

// Run serves until a signal comes, then stops in reverse order.
func (c *serveCmd) Run(ctx context.Context, t *terminal) error {
	s, err := start(ctx, &c.serveFlags, t)
	if err != nil {
		return err
	}
	s.announce(t)
	<-ctx.Done()
	s.log.Info("stopping")
	return s.stop()
}

// server is a running installation: what was started, in order, and how to stop it.
type server struct {
	*parts
	flags *serveFlags
	stops []func(context.Context) error
}

// onStop remembers how to stop what has just been started.
func (s *server) onStop(fn func(context.Context) error) { s.stops = append(s.stops, fn) }

// stop stops everything that was started, the latest first, and joins all errors.
func (s *server) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	var errs []error
	for i := len(s.stops) - 1; i >= 0; i-- {
		errs = append(errs, s.stops[i](ctx))
	}
	s.stops = nil
	return errors.Join(errs...)
}

// start brings an installation up, downstream first. When a step fails, what was started is stopped again.
func start(ctx context.Context, f *serveFlags, t *terminal) (*server, error) {
	collectGarbageEarly()
	s := &server{parts: &parts{log: t.logger(f.LogLevel), registry: newRegistry()}, flags: f}
	steps := []func(context.Context) error{s.startOps, s.startStorage}
	if f.collects() {
		steps = append(steps, s.startLanes, s.startLetters)
	}
	if f.shows() {
		steps = append(steps, s.startDashboards)
	}
	if f.collects() {
		steps = append(steps, s.startCollector)
	}
	steps = append(steps, s.startControl)
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, s.stop())
		}
	}
	return s, nil
}

// collectGarbageEarly lets the heap grow by a third of what is in use instead of to twice as much before garbage is collected. What is in use
// is small and a beacon makes no garbage, so it costs next to nothing; GOGC in the environment says otherwise.
func collectGarbageEarly() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(33)
	}
}

// background runs fn until the server stops; the stop waits for it.
func (s *server) background(fn func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); fn(ctx) }()
	s.onStop(func(patience context.Context) error {
		cancel()
		select {
		case <-done:
			return nil
		case <-patience.Done():
			return errors.New("something did not stop in time")
		}
	})
}

// retry calls fn until it succeeds or ctx ends, every two seconds.
func retry(ctx context.Context, fn func(context.Context) error) error {
	for {
		err := fn(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(2 * time.Second):
		}
	}
}
