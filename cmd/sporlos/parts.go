package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sporlos/aggregator"
	"sporlos/aggregator/letters"
	"sporlos/aggregator/terms"
	"sporlos/collector"
	"sporlos/collector/audience"
	"sporlos/collector/device"
	"sporlos/collector/place"
	"sporlos/collector/robot"
	"sporlos/collector/visitor"
	"sporlos/dashboards"
	"sporlos/dashboards/api"
	"sporlos/dashboards/vault"
	"sporlos/script"
	"sporlos/site"
	"sporlos/spool"
	"sporlos/store/report"
	"sporlos/store/schema"
	"sporlos/store/settings"
)

// parts are the rooms of a running installation.
type parts struct {
	log      *slog.Logger
	registry *prometheus.Registry
	in       *installation
	migrated atomic.Bool
	ready    atomic.Bool

	spool       *spool.Spool
	terms       *terms.Lane
	letters     *letters.Lane
	aggregator  *aggregator.Aggregator
	sites       *collector.Sites
	newsletters *collector.Newsletters
	known       atomic.Pointer[[]*site.Site]
	collector   *collector.Collector
	places      *place.DB
	audiences   *audience.Audiences // nil when no collector runs here
	robots      *robot.Detector

	collectorURL, dashboardsURL, opsURL, welcome string
}

// startOps answers operators from the beginning: what is still starting says so at /readyz.
func (s *server) startOps(context.Context) error {
	listener, err := listen("--ops-addr", s.flags.OpsAddr)
	if err != nil {
		return err
	}
	s.opsURL = baseURL(listener.Addr())
	s.serveHTTP(listener, ops(s.registry, []check{
		{"started", func(context.Context) error { return unless(s.ready.Load(), "still starting") }},
		{"schema", func(context.Context) error { return unless(s.migrated.Load(), "the tables are not there yet") }},
		{"clickhouse", func(ctx context.Context) error {
			if s.in == nil || s.in.store == nil {
				return errors.New("still starting")
			}
			return s.in.store.Conn().Ping(ctx)
		}},
	}))
	return nil
}

func unless(ok bool, text string) error {
	if ok {
		return nil
	}
	return errors.New(text)
}

// startStorage starts the engine and brings the schema up to date; a server elsewhere may be away, and is waited for behind.
func (s *server) startStorage(ctx context.Context) (err error) {
	if s.in, err = connectInstallation(ctx, &s.flags.storageFlags, s.log, s.registry); err != nil {
		return err
	}
	s.onStop(func(context.Context) error { return s.in.Close() })
	if s.in.keep = s.flags.Retention; s.in.keep > schema.Retention {
		s.log.Warn("measurements are kept longer than promised: say so to your visitors", "months", s.in.keep)
	}
	err = s.in.migrate(ctx)
	if err == nil {
		s.migrated.Store(true)
		return nil
	}
	if s.in.engine != nil || !s.flags.collects() {
		return err
	}
	s.log.Warn("ClickHouse is away; beacons are kept until it is back", "error", err)
	s.background(func(ctx context.Context) {
		if retry(ctx, s.in.migrate) == nil {
			s.migrated.Store(true)
			s.log.Info("ClickHouse is there")
		}
	})
	return nil
}

// startLanes opens the two ways to ClickHouse: the spool with its aggregator, and the lane of search terms.
func (s *server) startLanes(ctx context.Context) (err error) {
	data := s.flags.Data
	s.audiences = audience.New(0)
	s.spool, err = spool.Open(filepath.Join(data, "spool"), spool.Options{
		Max: int64(s.flags.SpoolMax), Fsync: s.flags.Fsync, Logger: s.log, Registerer: s.registry,
	})
	if err != nil {
		return err
	}
	s.onStop(func(context.Context) error { return s.spool.Close() })
	if err := s.startSites(ctx); err != nil {
		return err
	}
	s.terms, err = terms.Open(terms.Options{
		Dir: s.volatile("terms"), Store: s.in.store, Days: s.today, Logger: s.log, Registerer: s.registry,
	})
	if err != nil {
		return err
	}
	s.onStop(func(context.Context) error { return s.terms.Close() })
	s.aggregator, err = aggregator.New(aggregator.Options{
		Dir: filepath.Join(data, "aggregator"), Spool: s.spool, Store: s.in.store, Sites: s.everySite,
		Retention: s.flags.Retention, Logger: s.log, Registerer: s.registry,
	})
	if err != nil {
		return err
	}
	s.onStop(s.drain)
	s.background(s.whenMigrated(func(ctx context.Context) { s.end("aggregator", s.aggregator.Run(ctx)) }))
	s.background(s.whenMigrated(func(ctx context.Context) { s.end("terms", s.terms.Run(ctx)) }))
	return nil
}

// drain ships what is in the spool before a stop, for a moment at most: what remains is shipped at the next start.
func (s *server) drain(ctx context.Context) error {
	if !s.migrated.Load() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if err := s.aggregator.Drain(ctx); err != nil {
		s.log.Info("what is in the spool is shipped at the next start", "error", err)
	}
	return nil
}

func (s *server) end(what string, err error) {
	if err != nil {
		s.log.Error(what+" ended", "error", err)
	}
}

// whenMigrated delays fn until the tables are there: before that the server would refuse every block for good.
func (s *server) whenMigrated(fn func(context.Context)) func(context.Context) {
	return func(ctx context.Context) {
		for !s.migrated.Load() {
			select {
			case <-ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
		fn(ctx)
	}
}

// startSites makes the directory of sites: as last known on disk, then as the settings say, now and after each change.
func (s *server) startSites(ctx context.Context) error {
	s.sites = collector.NewSites()
	file := s.sitesFile()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	if err := s.sites.LoadFile(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.log.Warn("the sites last known cannot be read; waiting for the settings", "error", err)
	}
	if s.migrated.Load() {
		if err := s.refreshSites(ctx); err != nil {
			return err
		}
	}
	s.background(s.whenMigrated(func(ctx context.Context) { s.in.settings.WatchSites(ctx, time.Second, s.takeSites) }))
	return nil
}

func (s *server) sitesFile() string { return filepath.Join(s.flags.Data, "collector", "sites.json") }

func (s *server) refreshSites(ctx context.Context) error {
	sites, err := s.in.settings.Sites(ctx)
	if err != nil {
		return err
	}
	s.takeSites(sites)
	return nil
}

func (s *server) takeSites(sites []*site.Site) {
	s.known.Store(&sites)
	s.sites.Set(sites)
	if err := s.sites.SaveFile(s.sitesFile()); err != nil {
		s.log.Warn("the sites cannot be kept for a start without ClickHouse", "error", err)
	}
}

func (s *server) everySite() []*site.Site {
	if list := s.known.Load(); list != nil {
		return *list
	}
	return nil
}

// today tells the lane of search terms which day it is on a site.
func (s *server) today(id uint32) (day uint16, ok bool) {
	for _, one := range s.everySite() {
		if one.ID == id {
			return uint16(one.DayAt(time.Now().Unix())), true
		}
	}
	return 0, false
}

// volatile is a directory in memory that belongs to this data directory.
func (s *server) volatile(name string) string {
	return filepath.Join(volatileDir(s.flags.Volatile, s.flags.Data), name)
}

// volatileDir is the directory in memory that was named, or the one that belongs to a data directory and its user.
func volatileDir(named, data string) string {
	if named != "" {
		return named
	}
	absolute, err := filepath.Abs(data)
	if err != nil {
		absolute = data
	}
	sum := sha256.Sum256([]byte(absolute))
	return filepath.Join("/dev/shm", fmt.Sprintf("sporlos-%d-%s", os.Getuid(), hex.EncodeToString(sum[:6])))
}

// startDashboards serves pages and the API.
func (s *server) startDashboards(ctx context.Context) error {
	listener, err := listen("--dashboards-addr", s.flags.DashboardsAddr)
	if err != nil {
		return err
	}
	s.dashboardsURL = orGuess(s.flags.DashboardsURL, listener.Addr())
	reporter := report.New(s.in.reader.Conn(), time.Now).Keep(s.flags.Retention)
	query, err := api.New(api.Options{
		Report: reporter, Site: s.findSite, Goals: s.goals, Authorize: s.authorize, Logger: s.log, Registerer: s.registry,
	})
	if err != nil {
		return err
	}
	sender, err := s.startPost(ctx, reporter)
	if err != nil {
		return err
	}
	secrets, err := vault.Open(filepath.Join(s.flags.Data, "second-factor.key"))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	pages, err := dashboards.New(dashboards.Options{
		Vault:    secrets,
		Post:     sender,
		Identity: visitor.Mode(s.flags.Identity).String(), Retention: s.flags.Retention, Estimates: s.estimates(),
		Changed: func(ctx context.Context) { s.admin().tell(ctx) },
		RemoveSite: func(ctx context.Context, c settings.Change) error {
			_, err := s.admin().dropSite(ctx, c)
			return err
		},
		Settings: s.in.settings, Report: reporter, API: query, CollectorURL: s.collectorGuess(), Version: versionName(),
		Demo: s.flags.demo, Secure: strings.HasPrefix(s.dashboardsURL, "https://"), Trusted: s.flags.TrustedProxies, Logger: s.log, Registerer: s.registry,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	s.serveHTTP(listener, pages)
	return s.welcomeFirstUser(ctx)
}

func (s *server) goals(ctx context.Context, one *site.Site) ([]site.Goal, error) {
	defined, err := s.in.settings.Definitions(ctx, one.ID)
	if err != nil {
		return nil, err
	}
	return defined.Goals, nil
}

func (s *server) findSite(ctx context.Context, domain string) (*site.Site, bool, error) {
	one, err := s.in.settings.Site(ctx, domain)
	if errors.Is(err, settings.ErrNotFound) {
		return nil, false, nil
	}
	return one, err == nil, err
}

// welcomeFirstUser makes sure that somebody can log in: until a password has been set, every start prints a new one-time link.
func (s *server) welcomeFirstUser(ctx context.Context) error {
	if !s.migrated.Load() {
		return nil
	}
	users, err := s.in.settings.Users(ctx)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.Password != "" {
			return nil
		}
	}
	a := s.admin()
	if len(users) == 0 {
		user, err := a.addUser(ctx, userLine{Name: "admin"})
		s.welcome = user.Link
		return err
	}
	s.welcome, err = a.invite(ctx, users[0].Name)
	return err
}

// startCollector opens the door.
func (s *server) startCollector(context.Context) error {
	if err := s.openTables(); err != nil {
		return err
	}
	salts, err := visitor.OpenSalts(s.volatile("salts"), visitor.SaltOptions{AllowDisk: s.flags.SaltsOnDisk})
	if err != nil {
		return err
	}
	s.onStop(func(context.Context) error { return salts.Close() })
	limit := collector.Rate{PerMinute: s.flags.RateLimit, Burst: max(s.flags.RateLimit/3, 1)}
	if s.flags.RateLimit == 0 {
		limit.PerMinute = -1
	}
	s.collector, err = collector.New(collector.Options{
		Sites: s.sites, Spool: s.spool, Salts: salts, Terms: s.terms.Put, Newsletters: s.newsletters, Letters: s.letters.Put,
		Identity: visitor.Mode(s.flags.Identity), Trusted: s.flags.TrustedProxies, Places: s.places, Robots: s.robots, Assets: assets(), Limit: limit, Audiences: s.audiences,
		Privacy: collector.Privacy{Months: s.flags.Retention, URL: strings.TrimRight(s.flags.CollectorURL, "/")},
		Devices: device.New(16<<10, s.registry), Logger: s.log, Registerer: s.registry,
	})
	if err != nil {
		return err
	}
	listener, err := listen("--collector-addr", s.flags.CollectorAddr)
	if err != nil {
		return err
	}
	s.collectorURL = orGuess(s.flags.CollectorURL, listener.Addr())
	go func() { s.end("collector", s.collector.Serve(listener)) }()
	s.onStop(s.collector.Shutdown)
	return nil
}

// openTables opens what the collector looks things up in: places and robots.
func (s *server) openTables() (err error) {
	if s.robots, err = newRobots(s.flags.Headless, s.registry); err != nil {
		return err
	}
	if s.robots.Patterns() == 0 {
		s.log.Warn("this build has no patterns of known robots, only keywords: build with make")
	}
	if s.places, err = openPlaces(s.flags.Geoip); err != nil {
		return err
	}
	if s.places == nil {
		s.log.Warn("no table of places was found: countries stay unknown; name one with --geoip")
		return nil
	}
	s.onStop(func(context.Context) error { return s.places.Close() })
	return s.registry.Register(s.places)
}

func newRobots(headless bool, registry prometheus.Registerer) (*robot.Detector, error) {
	options := []robot.Option{robot.Metrics(registry)}
	if headless {
		options = append(options, robot.AllowHeadless())
	}
	return robot.New(options...)
}

// assets are the files of the script.
func assets() map[string]collector.Asset {
	all := map[string]collector.Asset{}
	for name, f := range script.Files() {
		all[name] = collector.Asset{Body: f.Body, Brotli: f.Brotli, Gzip: f.Gzip, Type: "text/javascript; charset=utf-8", ETag: f.ETag}
	}
	return all
}

// startControl answers administrative commands.
func (s *server) startControl(context.Context) error {
	stop, err := s.in.serveControl(s.admin())
	if err != nil {
		return err
	}
	s.onStop(func(context.Context) error { stop(); return nil })
	s.ready.Store(true)
	return nil
}

func (s *server) admin() *admin {
	return &admin{
		cost: s.cost, serving: s.flags,
		settings: s.in.settings, store: s.in.store, importer: &importer{in: s.in}, dashboards: s.dashboardsURL,
		volatile: s.volatile(""), collector: cmp.Or(s.collectorURL, s.flags.CollectorURL),
		changed: func(ctx context.Context) {
			if s.sites == nil {
				return
			}
			if err := errors.Join(s.refreshSites(ctx), s.refreshNewsletters(ctx)); err != nil {
				s.log.Warn("the collector learns of the change within a second", "error", err)
			}
		},
	}
}

// announce says where everything is: for people in sentences, for machines in one line of the log.
func (s *server) announce(t *terminal) {
	s.log.Info("ready", "collector", s.collectorURL, "dashboards", s.dashboardsURL, "ops", s.opsURL, "welcome", s.welcome, "version", versionName())
	if s.welcome != "" && t.isTerminal() {
		fmt.Fprintf(t.out, "\nNobody has a password yet. Set the first one here, once:\n\n  %s\n\n", s.welcome)
	}
}

// serveHTTP serves a handler until the server stops.
func (s *server) serveHTTP(listener net.Listener, handler http.Handler) {
	web := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // its lines name addresses
	}
	go func() {
		if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("a listener ended", "error", err)
		}
	}()
	s.onStop(func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		if web.Shutdown(ctx) != nil {
			return web.Close() // whoever is still connected was given three seconds
		}
		return nil
	})
}

func listen(flag, addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen: %w; choose another address with %s", err, flag)
	}
	return listener, nil
}

// baseURL is how this machine reaches a listener.
func baseURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

func orGuess(url string, addr net.Addr) string {
	if url != "" {
		return strings.TrimRight(url, "/")
	}
	return baseURL(addr)
}

// collectorGuess is the collector's URL before it listens.
func (s *server) collectorGuess() string {
	if s.flags.CollectorURL != "" {
		return strings.TrimRight(s.flags.CollectorURL, "/")
	}
	host, port, err := net.SplitHostPort(s.flags.CollectorAddr)
	if err != nil {
		return ""
	}
	if host == "" {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
