package collector

import (
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"sporlos/beacon"
	"sporlos/collector/device"
	"sporlos/collector/visit"
	"sporlos/collector/visitor"
	"sporlos/event"
	"sporlos/site"
	"sporlos/spool"
)

// Request is a beacon and what came with it. Its bytes may be views of a buffer that is reused once Take has returned.
type Request struct {
	Time     time.Time
	Addr     netip.Addr // of the client: cut to its network before anything else sees it
	Agent    []byte     // header User-Agent
	Language []byte     // header Accept-Language
	Hints    device.Hints
	No       bool // the visitor's browser said no: Sec-GPC or DNT
	OptedOut bool // the visitor said no to this site, on a page of ours
	Bare     bool // nothing ran in the page: GET /p
	Beacon   *beacon.Beacon

	address visitor.Address
	leftOut bool // by the site it is being counted for
}

// String keeps the request out of texts.
func (*Request) String() string { return "[redacted]" }

// LogValue keeps the request out of logs.
func (*Request) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// maxDomains is how many sites one beacon may be for.
const maxDomains = 8

// scratch is what one beacon needs besides its request, kept for the next one.
type scratch struct {
	beacon    beacon.Beacon
	search    beacon.Search
	request   Request
	event     event.Event
	page      page
	record    []byte
	proxies   proxies
	joined    []byte
	*batching // nil: a record is appended to the spool by itself
	sites     []*site.Site
}

// Take counts a beacon, or says why not. It is durable, in the spool, when Take returns Accepted. A beacon for several sites is
// counted for each, and Accepted when one of them took it. Days must not go backwards much: a collector that serves and one that is
// fed a history are two collectors, with salts of their own.
func (c *Collector) Take(r *Request) beacon.Reason {
	w := c.scratches.Get().(*scratch)
	w.sites = c.sites.named(w.sites[:0], r.Beacon.Domain)
	r.address = c.reader.Address(r.Addr, w.sites...)
	r.Addr = netip.Addr{}
	reason := c.take(r, w)
	c.scratches.Put(w)
	return reason
}

func (c *Collector) take(r *Request, w *scratch) beacon.Reason {
	if strings.IndexByte(r.Beacon.Domain, ',') < 0 {
		return c.takeFor(r.Beacon.Domain, 0, r, w)
	}
	result, rest := beacon.BadDomain, r.Beacon.Domain
	for n := 0; rest != ""; n++ {
		var domain string
		domain, rest, _ = strings.Cut(rest, ",")
		if n == maxDomains {
			domain, rest = "", "" // refused as one
		}
		if reason := c.takeFor(strings.TrimSpace(domain), n, r, w); result != beacon.Accepted {
			result = reason
		}
	}
	return result
}

// takeFor counts a beacon for one site, the n-th it names, and accounts for it.
func (c *Collector) takeFor(domain string, n int, r *Request, w *scratch) beacon.Reason {
	c.metrics.received.Inc()
	r.leftOut = r.address.LeftOut(n)
	s := c.sites.Find(domain)
	reason := c.pass(s, domain, r, w)
	switch {
	case reason != beacon.Accepted:
		c.refuse(reason, s, r.Time.Unix())
	case w.batching == nil:
		c.metrics.accepted.Inc()
	}
	return reason
}

// refuse accounts for a beacon that was received and will not be counted. s is nil when the site is not known.
func (c *Collector) refuse(reason beacon.Reason, s *site.Site, now int64) {
	c.metrics.refused[reason].Inc()
	r := refusal{reason: reason.String(), day: uint16(now / 86400)}
	if s != nil {
		r.site, r.day = s.ID, uint16(s.DayAt(now))
	}
	c.tallies.add(r, 1)
}

// pass is the airlock itself.
func (c *Collector) pass(s *site.Site, domain string, r *Request, w *scratch) beacon.Reason {
	if reason := c.judge(s, domain, r); reason != beacon.Accepted {
		return reason
	}
	if !c.limits.allow(r.address.Network(), s.ID, r.Time.UnixNano()) {
		return beacon.RateLimited
	}
	if reason := c.describe(s, r, w); reason != beacon.Accepted {
		return reason
	}
	e := &w.event
	opens := e.Name != event.Engagement && e.Interactive
	var ok bool
	if e.Visit, ok = c.visits.Number(e.Site, e.Day, e.Visitor, e.Time, opens); !ok {
		return beacon.NoVisit
	}
	if opens && visit.Start(e.Visit).Unix() == int64(e.Time) { // a visitor is estimated once a visit, not with every view
		c.estimate(e, r)
	}
	w.record = event.Append(w.record[:0], e)
	if w.batching != nil {
		w.hold(s, w.record)
		return beacon.Accepted
	}
	return c.kept(c.spool.Append(w.record))
}

// judge says who is not counted, whatever the beacon says.
func (c *Collector) judge(s *site.Site, domain string, r *Request) beacon.Reason {
	switch {
	case s == nil && (domain == "" || len(domain) > 253):
		return beacon.BadDomain
	case s == nil:
		return beacon.UnknownSite
	case r.OptedOut, r.No && !s.Settings().IgnoreSignals:
		return beacon.OptedOut
	case r.leftOut:
		return beacon.ExcludedAddress
	case !r.Bare && !s.Preset().Script:
		return beacon.HeadersOnly
	case c.robots.IsRobot(r.Agent):
		return beacon.Robot
	}
	return beacon.Accepted
}

// describe makes the event: all of it but the visit it belongs to. It is the only function that does, and leaves nothing behind, so
// that the page /privacy shows with it what would become of a request.
func (c *Collector) describe(s *site.Site, r *Request, w *scratch) beacon.Reason {
	e := &w.event
	*e = event.Event{Props: e.Props[:0]}
	if !c.describePage(e, s, r.Beacon, &w.page) {
		return beacon.BadURL
	}
	switch {
	case !s.AllowsHost(e.Host):
		return beacon.HostNotAllowed
	case s.ExcludesPath(e.Path):
		return beacon.ExcludedPath
	}
	c.describeVisitor(e, s, r)
	return c.number(e, s, r)
}

// number gives the event its day, and the visitor's number on it.
func (c *Collector) number(e *event.Event, s *site.Site, r *Request) beacon.Reason {
	now := r.Time.Unix()
	e.Site, e.Day, e.Time = s.ID, uint16(s.DayAt(now)), uint32(now)
	who := visitor.Identity{Address: r.address, Agent: view(r.Agent), Language: view(r.Language)}
	var err error
	if e.Visitor, err = c.salts.Number(c.reader.Mode, e.Site, e.Day, &who); err != nil {
		c.log.Error("a visitor has no number", "error", err)
		return beacon.Failed
	}
	return beacon.Accepted
}

// describeVisitor says what is kept of the visitor's machine and whereabouts.
func (c *Collector) describeVisitor(e *event.Event, s *site.Site, r *Request) {
	where := c.places.Of(r.address.Network())
	e.Country = where.Country
	if s.Preset().Places {
		e.Region, e.City = where.Region, where.City
	}
	d := c.devices.Parse(r.Agent, r.Hints)
	e.Browser, e.BrowserVersion, e.OS, e.OSVersion, e.Device = d.Browser, d.BrowserVersion, d.OS, d.OSVersion, d.Class
}

// kept says whether the spool took what was appended, and logs when it begins to fail and when it works again.
func (c *Collector) kept(err error) beacon.Reason {
	if err == nil {
		if c.failing.Load() && c.failing.CompareAndSwap(true, false) {
			c.log.Info("the spool takes beacons again")
		}
		return beacon.Accepted
	}
	if c.failing.CompareAndSwap(false, true) {
		c.log.Error("beacons are refused: the spool does not take them", "error", err)
	}
	if errors.Is(err, spool.ErrFull) {
		return beacon.SpoolFull
	}
	return beacon.SpoolFailed
}
