package collector

import (
	"bytes"
	"net/netip"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/valyala/fasthttp"

	"sporlos/beacon"
	"sporlos/collector/privacy"
	"sporlos/event"
	"sporlos/spool"
)

// An erasure costs the database a second of rewriting: few are let through at once, whoever asks.
var (
	wishing    = Rate{PerMinute: 6, Burst: 3}   // of one network to one site
	wishingAll = Rate{PerMinute: 20, Burst: 20} // of everybody
)

// erasePatience is how long a visitor waits for the confirmation before the page says that it will be done.
const erasePatience = 8 * time.Second

// wishFates count what became of the wishes of visitors.
type wishFates struct{ erased, recorded, limited, foreign, failed, optedOut, optedIn prometheus.Counter }

func newWishFates(factory promauto.Factory) wishFates {
	vec := factory.NewCounterVec(prometheus.CounterOpts{Name: "sporlos_privacy_wishes_total",
		Help: "Wishes of visitors to be erased, or to be counted or not, by what became of them; recorded ones are erased later."}, []string{"fate"})
	of := func(fate string) prometheus.Counter { return vec.WithLabelValues(fate) }
	return wishFates{of("erased"), of("recorded"), of("rate_limited"), of("cross_site"), of("failed"), of("opted_out"), of("opted_in")}
}

// do carries out what a visitor asks for with a form of the page.
func (p *privacyPage) do(name string) {
	if !p.sameOrigin() {
		p.c.metrics.wishes.foreign.Inc()
		line(p.ctx, fasthttp.StatusForbidden, "this can only be asked for on the page /privacy itself")
		return
	}
	switch name {
	case "erase":
		p.erase()
	case "optout", "optin":
		p.choose(name == "optout")
	}
}

// sameOrigin reports whether the form that was sent is one of ours. Browsers say so in Sec-Fetch-Site, and older ones where the form was,
// in Origin: at this very host, or on a page of the site itself.
func (p *privacyPage) sameOrigin() bool {
	h := &p.ctx.Request.Header
	if from := h.Peek("Sec-Fetch-Site"); len(from) > 0 {
		return string(from) == "same-origin"
	}
	origin := string(h.Peek(fasthttp.HeaderOrigin))
	_, host, found := strings.Cut(origin, "://")
	if !found {
		return false
	}
	forwarded, _, _ := bytes.Cut(h.Peek("X-Forwarded-Host"), []byte(","))
	if strings.EqualFold(host, string(h.Host())) || strings.EqualFold(host, strings.TrimSpace(string(forwarded))) {
		return true
	}
	ok, _ := reaches(withoutPort(host), p.site)
	return ok
}

// choose sets the visitor's no, or takes it back, and leads to the page.
func (p *privacyPage) choose(no bool) {
	choose(p.ctx, p.site, no)
	if no {
		p.c.metrics.wishes.optedOut.Inc()
	} else {
		p.c.metrics.wishes.optedIn.Inc()
	}
	p.ctx.Response.Header.Set(fasthttp.HeaderLocation, privacy.Visit{Facts: privacy.Facts{Domain: p.site.Domain}, Language: p.language, Base: "../"}.To(""))
	p.ctx.SetStatusCode(fasthttp.StatusSeeOther)
}

// erase takes the wish to be forgotten, waits for it to come true, and says so.
func (p *privacyPage) erase() {
	fates, now := &p.c.metrics.wishes, p.now.UnixNano()
	network := p.w.request.address.Network()
	switch notice := p.eraseNow(p.c.wishes.allow(network, p.site.ID, now) && p.c.allWishes.allow(netip.Addr{}, 0, now)); notice {
	case privacy.TooMany:
		fates.limited.Inc()
		p.ctx.Response.Header.Set(fasthttp.HeaderRetryAfter, "60")
		p.ctx.SetStatusCode(fasthttp.StatusTooManyRequests)
		p.show(notice, "../")
	case privacy.NotErased:
		fates.failed.Inc()
		p.ctx.SetStatusCode(fasthttp.StatusServiceUnavailable)
		p.show(notice, "../")
	case privacy.Erasing:
		fates.recorded.Inc()
		p.ctx.SetStatusCode(fasthttp.StatusAccepted)
		p.show(notice, "../")
	default:
		fates.erased.Inc()
		p.show(notice, "../")
	}
}

func (p *privacyPage) eraseNow(allowed bool) privacy.Notice {
	if !allowed {
		return privacy.TooMany
	}
	end, reason := p.c.recordErase(p.w, p)
	if reason != beacon.Accepted {
		return privacy.NotErased
	}
	if p.c.erasedUpTo(end) {
		return privacy.Erased
	}
	return privacy.Erasing
}

// recordErase appends the wish to the spool, behind everything that was acknowledged. Its number is computed from the request, as for a
// beacon: there is no way to name another. It returns a position behind the record.
func (c *Collector) recordErase(w *scratch, p *privacyPage) (spool.Position, beacon.Reason) {
	e := &w.event
	*e = event.Event{Props: e.Props[:0]}
	if reason := c.number(e, p.site, &w.request); reason != beacon.Accepted {
		return spool.Position{}, reason
	}
	if e.Visitor == 0 { // identity "none": nothing that is stored is anybody's
		return spool.Position{}, beacon.NoVisit
	}
	w.record = event.Erase{Site: e.Site, Day: e.Day, Visitor: e.Visitor}.Append(w.record[:0])
	reason := c.kept(c.spool.Append(w.record))
	clear(w.record)
	c.visits.Forget(e.Site, e.Day, e.Visitor)
	return c.spool.End(), reason
}

// erasedUpTo waits until everything before the position is committed, which a wish is when it has been carried out. It gives up after a
// while, and when the collector stops.
func (c *Collector) erasedUpTo(end spool.Position) bool {
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	late := time.After(c.patience)
	for {
		if committed, _ := c.spool.Cursor(); !committed.Less(end) {
			return true
		}
		select {
		case <-tick.C:
		case <-late:
			return false
		case <-c.stop:
			return false
		}
	}
}
