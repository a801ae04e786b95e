package collector

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"

	"sporlos/site"
)

// The opt-out is a cookie, the only one there is: it is set when a visitor asks for it on /privacy, says the same for everybody who did,
// and is read for nothing else.
const (
	choiceCookie = "sporlos"
	choiceNo     = "no"
	choiceLasts  = 365 * 24 * 60 * 60 // seconds
)

// optedOut reports whether the request carries the visitor's no, in any of its headers Cookie: a proxy may have divided one (RFC 9113,
// section 8.2.3).
func optedOut(h *fasthttp.RequestHeader) bool {
	return slices.ContainsFunc(h.PeekAll(fasthttp.HeaderCookie), choiceIn)
}

// choiceIn is optedOut for the value of one such header. Of two cookies of the name, set for different domains, one no is enough.
func choiceIn(cookies []byte) bool {
	for pair := range bytes.SplitSeq(cookies, []byte(";")) {
		name, value, _ := bytes.Cut(pair, []byte("="))
		if string(bytes.TrimSpace(name)) == choiceCookie && string(bytes.Trim(bytes.TrimSpace(value), `"`)) == choiceNo {
			return true
		}
	}
	return false
}

// signals reports whether the visitor's browser says no of itself.
func signals(h *fasthttp.RequestHeader) bool {
	return string(h.Peek("Sec-Gpc")) == "1" || string(h.Peek("Dnt")) == "1"
}

// choose sets the cookie, or takes it back. It is of the site's domain where the browser will have it, so that all of the site sees it.
func choose(ctx *fasthttp.RequestCtx, s *site.Site, no bool) {
	var c fasthttp.Cookie
	c.SetKey(choiceCookie)
	c.SetPath("/")
	c.SetSameSite(fasthttp.CookieSameSiteLaxMode)
	host, secure := askedAt(ctx)
	c.SetSecure(secure)
	if _, domain := reaches(host, s); domain != "" {
		c.SetDomain(domain)
	}
	if no {
		c.SetValue(choiceNo)
		c.SetMaxAge(choiceLasts)
	} else {
		c.SetExpire(fasthttp.CookieExpireDelete)
	}
	ctx.Response.Header.SetCookie(&c)
}

// askedAt is the host the browser sees, without port, and whether it sees it by https. A form says so itself, in Origin; of other requests
// a proxy may have changed the Host.
func askedAt(ctx *fasthttp.RequestCtx) (host string, secure bool) {
	h := &ctx.Request.Header
	origin := string(h.Peek(fasthttp.HeaderOrigin))
	if rest, ok := strings.CutPrefix(origin, "https://"); ok {
		return withoutPort(rest), true
	}
	if rest, ok := strings.CutPrefix(origin, "http://"); ok {
		return withoutPort(rest), false
	}
	forwarded, _, _ := bytes.Cut(h.Peek("X-Forwarded-Host"), []byte(","))
	if name := withoutPort(strings.TrimSpace(string(forwarded))); name != "" {
		return name, false
	}
	return withoutPort(string(h.Host())), false
}

func withoutPort(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.ToLower(host)
}

// reaches reports whether a cookie set at the host is seen by the site's pages, and the domain it is to be set for: "" is the host alone.
func reaches(host string, s *site.Site) (ok bool, domain string) {
	own := hostOf(s.Domain)
	if host != own && !strings.HasSuffix(host, "."+own) {
		return false, ""
	}
	if _, err := netip.ParseAddr(own); err == nil || !strings.Contains(own, ".") {
		return true, ""
	}
	return true, own
}

// hostOf is the host in a site's domain, which may have a port or a path.
func hostOf(domain string) string {
	host, _, _ := strings.Cut(domain, "/")
	return withoutPort(host)
}

// scriptDeclined is the reason in the tallies for a script that was fetched by a browser that says no: from such a page no beacon comes.
// It is not added to the beacons that were refused, for a browser keeps the script for six hours.
const scriptDeclined = "script_declined"

// noteDeclined counts, once a day and site, how often the script was asked for by somebody who says no. The request tells the site by its
// Referer; when that does not name one, nothing is counted.
func (c *Collector) noteDeclined(ctx *fasthttp.RequestCtx) {
	h := &ctx.Request.Header
	if !signals(h) && !optedOut(h) || c.robots.IsRobot(h.UserAgent()) {
		return
	}
	if s := c.siteOf(h.Referer()); s != nil {
		c.tallies.add(refusal{s.ID, uint16(s.DayAt(c.now().Unix())), scriptDeclined}, 1)
	}
}

// siteOf returns the site of a page: that of its host, or of the domain above it, and so on.
func (c *Collector) siteOf(address []byte) *site.Site {
	if !isWeb(view(address)) {
		return nil
	}
	var p page
	for host := p.host(view(address)); strings.Contains(host, "."); {
		if s := c.sites.Find(host); s != nil {
			return s
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return nil
}
