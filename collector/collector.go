// Package collector is the airlock: a browser's request goes in, an event that says nothing about who it was comes out.
//
// [Collector.Take] is the way of a beacon, top to bottom (airlock.go): the site is known, the visitor has not said no, is no robot and
// not one of too many; the address is cut to its network, names a place and, with the salt of the day, a number; the agent becomes
// browser, system and device; the referrer a source and channel; the address of the page loses what is not on the allow-list; the
// visit is found; and the event is appended to the spool. Only then is it answered with 202. Whatever ends the way early has a
// [beacon.Reason], which is in the answer, in a metric, and in a daily tally of the site, so that its owner sees it.
//
// batch.go is the server around it for plain beacons, many at a time, and http.go the one for everything else. Every path may carry a prefix of the site's choice, since only its end is looked at:
//
//	POST /e, /api/event   an event (Plausible's events API)
//	POST /q               a search: only body is read, and handed to the term lane
//	GET  /p?d=DOMAIN      a page view without script, of the page in Referer
//	GET  /n/CAMPAIGN.gif  an open of a newsletter: a picture, the same for every recipient
//	GET  /n/CAMPAIGN/LINK a click in one: leads to the target registered for it, and nowhere else
//	GET  /w.js and others the script
//	GET  /privacy?d=DOMAIN and below it: what would be stored for this request, and what a visitor can do about it
//
// Nothing on the way of a beacon allocates once the caches are warm; all text in it is a view of the request's buffers, and ends up in
// the spool's record before the handler returns. Time comes from Options.Now, or with Take from the caller, who may replay a log.
package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fasthttp"

	"sporlos/collector/audience"
	"sporlos/collector/batch"
	"sporlos/collector/device"
	"sporlos/collector/origin"
	"sporlos/collector/place"
	"sporlos/collector/privacy"
	"sporlos/collector/robot"
	"sporlos/collector/visit"
	"sporlos/collector/visitor"
	"sporlos/event"
	"sporlos/letter"
	"sporlos/spool"
	"sporlos/term"
)

// Options of a collector. Sites, Spool and Salts are needed.
type Options struct {
	Sites *Sites
	Spool *spool.Spool
	Salts *visitor.Salts
	Terms func(term.Term) // takes searches; nil: POST /q is not served

	Newsletters *Newsletters        // nil: none
	Letters     func(letter.Letter) // takes opens and clicks; nil: /n/… is not served

	Identity visitor.Mode
	Trusted  []netip.Prefix   // proxies whose word about the client is taken
	Places   *place.DB        // nil knows no places
	Devices  *device.Parser   // nil: a new one
	Robots   *robot.Detector  // nil: a new one
	Assets   map[string]Asset // by file name: "w.js"
	Limit    Rate             // of beacons per network and site
	Visits   int              // how many visits are held; 0 is visit.DefaultLimit
	Privacy  Privacy          // what the pages below /privacy say

	// Audiences takes the estimates of what cutting addresses costs; nil: nothing is estimated. With identity "none" nothing is either.
	Audiences *audience.Audiences

	Now        func() time.Time      // time.Now
	Logger     *slog.Logger          // discards
	Registerer prometheus.Registerer // nil: metrics are counted but not shown
}

// Collector takes beacons. Its methods may be called by many goroutines.
type Collector struct {
	sites *Sites
	spool *spool.Spool
	salts *visitor.Salts
	terms func(term.Term)

	newsletters *Newsletters
	letters     func(letter.Letter)

	reader    visitor.Reader
	places    *place.DB
	devices   *device.Parser
	robots    *robot.Detector
	origins   *origin.Table
	assets    map[string]Asset
	limits    *limiter
	visits    *visit.Visits
	audiences *audience.Audiences // nil: nothing is estimated
	tallies   tallies

	privacy                  Privacy
	pages                    *privacy.Pages
	looks, wishes, allWishes *limiter // of the pages below /privacy
	patience                 time.Duration

	metrics metrics
	now     func() time.Time
	log     *slog.Logger

	scratches sync.Pool
	batches   sync.Pool        // scratches with what batching needs
	failing   atomic.Bool      // the spool refused the latest event
	server    *fasthttp.Server // for all that is not a plain beacon
	front     *batch.Server
	serving   sync.Once
	tending   sync.Once
	stop      chan struct{}
	stopped   sync.WaitGroup
	closing   sync.Once
}

// New returns a collector that goes on with the visits of the last half hour in the spool. It starts nothing: see Serve.
func New(o Options) (*Collector, error) {
	c := &Collector{
		sites: o.Sites, spool: o.Spool, salts: o.Salts, terms: o.Terms, newsletters: o.Newsletters, letters: o.Letters,
		reader: visitor.Reader{Mode: o.Identity, Trusted: o.Trusted},
		places: o.Places, devices: o.Devices, robots: o.Robots, origins: origin.New(), assets: o.Assets,
		limits: newLimiter(o.Limit), visits: visit.New(o.Visits),
		tallies: tallies{counts: map[refusal]uint64{}},
		privacy: o.Privacy, looks: newLimiter(looking), wishes: newLimiter(wishing), allWishes: newLimiter(wishingAll), patience: erasePatience,
		now: o.Now, log: o.Logger, stop: make(chan struct{}),
	}
	c.estimating(o.Audiences, o.Identity)
	if err := c.fillIn(o); err != nil {
		return nil, err
	}
	c.metrics = newMetrics(o.Registerer, c)
	c.scratches.New = func() any { return new(scratch) }
	c.batches.New = func() any { return &scratch{batching: new(batching)} }
	c.server, c.front = c.newServer(), c.newFront()
	c.restore()
	return c, nil
}

func (c *Collector) fillIn(o Options) (err error) {
	if c.now == nil {
		c.now = time.Now
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.newsletters == nil {
		c.newsletters = NewNewsletters()
	}
	if c.devices == nil {
		c.devices = device.New(16<<10, o.Registerer)
	}
	if c.pages, err = privacy.New(); err != nil {
		return err
	}
	if c.robots == nil {
		if c.robots, err = robot.New(robot.Metrics(o.Registerer)); err != nil {
			return fmt.Errorf("cannot tell robots from people: %w", err)
		}
	}
	return nil
}

// restore takes up the visits that were going on when the last collector stopped, however it did.
func (c *Collector) restore() {
	since := c.now().Add(-visit.Idle * time.Second)
	var e event.Event
	err := c.spool.Since(since, func(rec []byte) error {
		if event.KindOf(rec) == event.KindEvent && event.Decode(rec, &e) == nil && int64(e.Time) >= since.Unix() {
			c.visits.Restore(e.Site, e.Day, e.Visitor, e.Visit, e.Time)
		} else if wish, err := event.DecodeErase(rec); err == nil {
			c.visits.Forget(wish.Site, wish.Day, wish.Visitor)
		}
		return nil
	})
	if err != nil {
		c.log.Warn("visits that were going on are not known any more: the spool cannot be read back", "error", err)
	}
}

// Serve takes beacons from ln until Shutdown. It may be called for several listeners.
func (c *Collector) Serve(ln net.Listener) error {
	c.tending.Do(func() { c.stopped.Go(c.tend) })
	c.serving.Do(func() { go func() { _ = c.server.Serve(listener{c.front.Rest()}) }() }) // ends with nil
	if err := c.front.Serve(ln); err != nil {
		return fmt.Errorf("collector on %s: %w", ln.Addr(), err)
	}
	return nil
}

// Shutdown stops listening, lets requests under way end, and writes what is left of the tallies. Whoever used Take without Serve calls
// it too. The spool and the salts stay open: they are the caller's.
func (c *Collector) Shutdown(ctx context.Context) error {
	c.tending.Do(func() {}) // a Serve that is only beginning begins nothing any more
	err := errors.Join(c.front.Shutdown(), c.server.ShutdownWithContext(ctx))
	c.closing.Do(func() { close(c.stop) })
	c.stopped.Wait()
	if flushed := c.tallies.flush(c.spool.Append); flushed != nil {
		c.log.Warn("counts of refused beacons are lost: the spool does not take them", "error", flushed)
	}
	if err != nil {
		return fmt.Errorf("collector did not stop in time: %w", err)
	}
	return nil
}

// tend does what time brings: salts of past days go every second, tallies to the spool every 10, idle visits and buckets every minute.
func (c *Collector) tend() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-c.stop:
			return
		case <-tick.C:
		}
		c.tendOnce(n)
	}
}

func (c *Collector) tendOnce(second int) {
	now := c.now()
	today := c.sites.today(now.Unix())
	if err := c.salts.Expire(today); err != nil {
		c.log.Error("a salt of a past day could not be overwritten", "error", err)
	}
	if second%10 == 0 {
		if err := c.tallies.flush(c.spool.Append); err != nil {
			c.log.Debug("counts of refused beacons wait for the spool", "error", err)
		}
	}
	if second%60 == 0 {
		c.visits.Sweep(uint32(now.Unix()), today)
		if c.audiences != nil {
			c.audiences.Sweep(today)
		}
		for _, l := range []*limiter{c.limits, c.looks, c.wishes, c.allWishes} {
			l.sweep(now.UnixNano())
		}
	}
}
