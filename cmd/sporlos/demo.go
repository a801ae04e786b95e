package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"sporlos/beacon"
	"sporlos/collector"
	"sporlos/demo"
	"sporlos/letter"
	"sporlos/site"
	"sporlos/store/settings"
	"sporlos/term"
)

type demoCmd struct {
	CollectorAddr  string     `help:"Where the collector listens." default:"127.0.0.1:8080"`
	DashboardsAddr string     `help:"Where the dashboards listen." default:"127.0.0.1:8090"`
	OpsAddr        string     `help:"Where metrics and health checks are." default:"127.0.0.1:8091"`
	ShopAddr       string     `help:"Where the demo shop listens." default:"127.0.0.1:8070"`
	EngineLib      string     `help:"The library libchdb.so of the embedded ClickHouse; found by itself when it is installed." placeholder:"FILE"`
	Days           int        `help:"Days of synthetic history." default:"90"`
	Trickle        bool       `help:"Go on with make-believe visitors while it runs." default:"true" negatable:""`
	LogLevel       slog.Level `help:"How much to log: debug, info, warn or error." default:"warn"`
}

// Validate refuses impossible values before anything is opened.
func (c *demoCmd) Validate() error {
	if c.Days < 0 || c.Days > 400 {
		return fmt.Errorf("--days %d is not possible: 0 to 400, older days would be deleted at once", c.Days)
	}
	return nil
}

// Run starts a temporary installation with the shop beside it, and removes everything when it is told to stop.
func (c *demoCmd) Run(ctx context.Context, t *terminal) (err error) {
	dir, err := os.MkdirTemp("", "sporlos-demo-")
	if err != nil {
		return err
	}
	volatile, err := os.MkdirTemp(volatileBase(), "sporlos-demo-")
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir), os.RemoveAll(volatile)) }()
	fmt.Fprintln(t.out, "Starting a temporary installation …")
	flags := c.flags(dir, volatile)
	s, err := start(ctx, &flags, t)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := c.furnish(ctx, s, t); err != nil || ctx.Err() != nil {
		return err
	}
	<-ctx.Done()
	fmt.Fprintln(t.out, "Stopping; everything is removed.")
	return nil
}

func volatileBase() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

// flags are those of "serve" for the demo: everything on loopback, headless browsers are people.
func (c *demoCmd) flags(dir, volatile string) serveFlags {
	loopback := networks{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	return serveFlags{
		storageFlags:  storageFlags{Data: filepath.Join(dir, "data"), EngineLib: c.EngineLib, EngineMemory: 1 << 30, Retention: 14, LogLevel: c.LogLevel},
		CollectorAddr: c.CollectorAddr, DashboardsAddr: c.DashboardsAddr, OpsAddr: c.OpsAddr,
		TrustedProxies: loopback, Headless: true, SpoolMax: 1 << 30, Volatile: volatile, SaltsOnDisk: volatileBase() == "", demo: true,
	}
}

// furnish adds the sites, the shop, its history and its visitors, and says where everything is.
func (c *demoCmd) furnish(ctx context.Context, s *server, t *terminal) error {
	zone := localZone()
	a := s.admin()
	for _, domain := range []string{demo.Domain, demo.Visitor} {
		if _, err := a.addSite(ctx, siteLine{Domain: domain, Zone: zone}); err != nil {
			return err
		}
	}
	listener, err := listen("--shop-addr", c.ShopAddr)
	if err != nil {
		return err
	}
	shop, err := demo.NewShop(s.collectorURL)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	s.serveHTTP(listener, shop)
	people := demo.NewPeople(uint64(time.Now().Unix()/86400), s.countryOf)
	if err := c.past(ctx, s, t, people); err != nil {
		return err
	}
	if c.Trickle {
		s.background(func(ctx context.Context) { s.trickle(ctx, people) })
	}
	c.say(t, s, listener.Addr())
	return nil
}

func (c *demoCmd) say(t *terminal, s *server, shop net.Addr) {
	fmt.Fprintf(t.out, `
  Shop        %s
  Dashboard   %s
  Metrics     %s/metrics

The dashboard's link logs in once. %s has %d days of make-believe history;
%s counts only you: click through the shop and watch it. Ctrl-C ends the demo and removes everything.
`, baseURL(shop), s.welcome, s.opsURL, demo.Domain, c.Days, demo.Visitor)
}

// localZone is the machine's zone when it has an IANA name.
func localZone() string {
	if name := time.Local.String(); name != "Local" && name != "" {
		return name
	}
	if target, err := os.Readlink("/etc/localtime"); err == nil {
		for _, root := range []string{"/usr/share/zoneinfo/", "../usr/share/zoneinfo/"} {
			if len(target) > len(root) && target[:len(root)] == root {
				return target[len(root):]
			}
		}
	}
	return "UTC"
}

func (s *server) countryOf(a netip.Addr) string {
	if s.places == nil {
		return ""
	}
	return s.places.Of(a).Country
}

// past makes up the history, through the collector and the aggregator like everything else.
func (c *demoCmd) past(ctx context.Context, s *server, t *terminal, people *demo.People) error {
	if c.Days == 0 {
		return nil
	}
	began := time.Now()
	one, err := s.in.settings.Site(ctx, demo.Domain)
	if err != nil {
		return err
	}
	midnight, _ := one.Bounds(began.Unix())
	today := time.Unix(midnight, 0).In(one.Location())
	dir := filepath.Join(s.flags.Data, "history")
	counted := 0
	err = stage(dir, one, s.places, s.robots, func(to *collector.Collector) error {
		replay := func(steps []demo.Step) error {
			for i := range steps {
				if s.step(to, one, &steps[i]) == beacon.Accepted {
					counted++
				}
			}
			return ctx.Err()
		}
		if err := people.History(c.Days, today, replay); err != nil {
			return err
		}
		return replay(people.Day(today, began, 240))
	})
	if err != nil {
		return err
	}
	if err := errors.Join(s.in.ship(ctx, dir, s.log), s.terms.Flush(ctx, true), c.newsletter(ctx, s, one, today), c.goals(ctx, s, one)); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%d events of %d days went through the collector into ClickHouse in %.1f s.\n", counted, c.Days, time.Since(began).Seconds())
	return os.RemoveAll(dir)
}

// goals defines what the shop wants, and the way there.
func (c *demoCmd) goals(ctx context.Context, s *server, one *site.Site) error {
	var steps []string
	for _, g := range []site.Goal{
		{Name: "Looked at a book", Kind: site.PageGoal, Path: "/books/*"},
		{Name: "Reserved a book", Kind: site.EventGoal, Event: "Reserve"},
		{Name: "Searched", Kind: site.SearchGoal, Outcome: "search"},
	} {
		saved, err := s.in.settings.SaveGoal(ctx, one.ID, g)
		if err != nil {
			return err
		}
		if g.Kind != site.SearchGoal {
			steps = append(steps, saved.ID)
		}
	}
	_, err := s.in.settings.SaveFunnel(ctx, one.ID, site.Funnel{Name: "From a book to its reservation", Steps: steps})
	return err
}

// newsletter makes up one that went out some days ago, of which fewer and fewer are opened and clicked.
func (c *demoCmd) newsletter(ctx context.Context, s *server, one *site.Site, today time.Time) error {
	sent := today.AddDate(0, 0, -min(9, c.Days))
	base, tags := "https://"+one.Domain, "?utm_source=newsletter&utm_medium=email&utm_campaign=autumn-letter"
	then := settings.Open(s.in.store.Conn(), func() time.Time { return sent }) // it was registered that day
	sheet, err := then.AddCampaign(ctx, letter.Campaign{
		Site: one.Domain, Name: "autumn-letter", Title: "The autumn letter", Opens: true,
		Links: []letter.Link{{Name: "shop", URL: base + "/books" + tags}, {Name: "reading", URL: base + "/events/" + tags}},
	})
	if err != nil {
		return err
	}
	put := func(day time.Time, link string, kind letter.Kind, n int) {
		for range n {
			s.letters.Put(letter.Letter{Site: one.ID, Day: uint16(one.DayAt(day.Unix())), Campaign: sheet.Name, Link: link, Kind: kind})
		}
	}
	for day, n := sent, 240; day.Before(today); day, n = day.AddDate(0, 0, 1), n*5/9 {
		put(day, "", letter.Open, n)
		put(day, "shop", letter.Click, n/4)
		put(day, "reading", letter.Click, n/9)
		put(day, "shop", letter.Machine, n/20)
	}
	return s.letters.Flush(ctx, false)
}

// step hands one thing a make-believe browser sent to the collector, or to the lane of search terms.
func (s *server) step(to *collector.Collector, one *site.Site, step *demo.Step) beacon.Reason {
	if step.Search != nil {
		var q beacon.Search
		if problem := q.Parse(step.Search); problem.Reason != beacon.Accepted {
			return problem.Reason
		}
		s.terms.Put(term.Term{Site: one.ID, Day: uint16(one.DayAt(step.Time.Unix())), Kind: term.Search, Text: q.Phrase, Results: q.Results})
		return beacon.Accepted
	}
	var b beacon.Beacon
	if problem := b.Parse(step.Beacon); problem.Reason != beacon.Accepted {
		return problem.Reason
	}
	return to.Take(&collector.Request{
		Time: step.Time, Addr: step.Addr, Agent: []byte(step.Agent), Language: []byte(step.Language), Beacon: &b,
	})
}

// trickle lets visitors come by while the demo runs: about one every ten seconds, reading at a human pace.
func (s *server) trickle(ctx context.Context, people *demo.People) {
	one, err := s.in.settings.Site(ctx, demo.Domain)
	if err != nil {
		return // the demo is being stopped
	}
	var waiting []demo.Step
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for second := 0; ; second++ {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if second%10 == 0 {
				waiting = append(waiting, people.Visit(now)...)
			}
			rest := waiting[:0]
			for i := range waiting {
				if waiting[i].Time.After(now) {
					rest = append(rest, waiting[i])
					continue
				}
				waiting[i].Time = now
				s.step(s.collector, one, &waiting[i])
			}
			waiting = rest
		}
	}
}
