package collector

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"sporlos/beacon"
	"sporlos/collector/visitor"
	"sporlos/event"
	"sporlos/term"
)

// Bounds of a connection. A beacon is a few hundred bytes: whoever needs five seconds for it is not worth waiting for.
const (
	readTimeout    = 5 * time.Second
	writeTimeout   = 5 * time.Second
	idleTimeout    = 75 * time.Second // above the 60 s after which common proxies close
	maxConnections = 16 << 10
	headerBytes    = 8 << 10
)

func (c *Collector) newServer() *fasthttp.Server {
	return &fasthttp.Server{
		Handler:                      c.handle,
		ErrorHandler:                 c.handleBroken,
		Logger:                       log.New(io.Discard, "", 0), // its lines hold addresses and requests
		SecureErrorLogMessage:        true,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		Concurrency:                  maxConnections,
		ReadBufferSize:               headerBytes,
		MaxRequestBodySize:           beacon.MaxBody,
		DisablePreParseMultipartForm: true,
		NoDefaultServerHeader:        true,
		NoDefaultContentType:         true,
		CloseOnShutdown:              true,
	}
}

// endpoint is what a path asks for.
type endpoint int

const (
	nothing endpoint = iota
	events
	searches
	counter
	asset
	newsletters
	privacyPages
)

// route looks at the end of the path only: a site may put its own prefix before it.
func (c *Collector) route(path []byte) (endpoint, string) {
	if string(path) == "/e" { // nearly always
		return events, ""
	}
	if _, _, ok := letterPath(path); ok {
		return newsletters, ""
	}
	name := path[bytes.LastIndexByte(path, '/')+1:]
	if page, ok := privacyPath(path); ok {
		return privacyPages, page
	}
	switch string(name) {
	case "e":
		return events, ""
	case "event":
		if bytes.HasSuffix(path, []byte("/api/event")) {
			return events, ""
		}
	case "q":
		return searches, ""
	case "p":
		return counter, ""
	}
	if _, found := c.assets[view(name)]; found {
		return asset, view(name)
	}
	return nothing, ""
}

func (c *Collector) handle(ctx *fasthttp.RequestCtx) {
	to, name := c.route(ctx.Path())
	defer c.recoverFrom(ctx, to)
	method := view(ctx.Method())
	switch {
	case to == nothing, to == searches && c.terms == nil, to == newsletters && c.letters == nil:
		line(ctx, fasthttp.StatusNotFound, "not found: this server takes beacons at /e and serves the script at /w.js")
	case to == asset && (method == fasthttp.MethodGet || method == fasthttp.MethodHead):
		a := c.assets[name]
		a.serve(ctx)
		c.noteDeclined(ctx)
	case to == counter && method == fasthttp.MethodGet:
		c.handleCounter(ctx)
	case to == events && method == fasthttp.MethodPost:
		c.handleEvent(ctx)
	case to == searches && method == fasthttp.MethodPost:
		c.handleSearch(ctx)
	case to == newsletters && (method == fasthttp.MethodGet || method == fasthttp.MethodHead):
		c.handleLetter(ctx)
	case to == privacyPages:
		c.handlePrivacy(ctx, name)
	case (to == events || to == searches) && method == fasthttp.MethodOptions:
		preflight(ctx)
	default:
		notAllowed(ctx, to)
	}
}

// recoverFrom answers for a fault of ours and keeps the process up.
func (c *Collector) recoverFrom(ctx *fasthttp.RequestCtx, to endpoint) {
	fault := recover()
	if fault == nil {
		return
	}
	c.logFault(fault)
	switch to {
	case events, counter:
		c.refuse(beacon.Failed, nil, c.now().Unix())
	case searches:
		c.metrics.searchesRefused[beacon.Failed].Inc()
	}
	ctx.Response.Reset()
	answer(&ctx.Response, beacon.Problem{Reason: beacon.Failed})
}

// logFault logs a panic. Its value may hold what must not be logged: only its type is told.
func (c *Collector) logFault(fault any) {
	c.log.Error("a request made the collector fail", "fault", fmt.Sprintf("%T", fault))
}

// handleEvent is POST /e.
func (c *Collector) handleEvent(ctx *fasthttp.RequestCtx) {
	w := c.scratches.Get().(*scratch)
	now := c.now()
	w.noteAll(&ctx.Request.Header, now)
	answer(&ctx.Response, c.takeBody(w, ctx.Request.Body(), peerOf(ctx), now))
	w.request = Request{}
	c.scratches.Put(w)
	c.metrics.seconds.Observe(c.now().Sub(now).Seconds())
}

// takeBody takes the beacon in the body of a request whose headers are noted. A fault of ours ends this beacon only.
func (c *Collector) takeBody(w *scratch, body []byte, peer netip.Addr, now time.Time) (problem beacon.Problem) {
	defer func() {
		if fault := recover(); fault != nil {
			c.logFault(fault)
			c.refuse(beacon.Failed, nil, now.Unix())
			problem = beacon.Problem{Reason: beacon.Failed}
		}
	}()
	if problem = w.beacon.Parse(body); problem.Reason != beacon.Accepted {
		c.metrics.received.Inc()
		c.refuse(problem.Reason, nil, now.Unix())
		return problem
	}
	c.locate(w, peer, w.beacon.Domain)
	w.request.Beacon = &w.beacon
	problem.Reason = c.take(&w.request, w)
	return problem
}

// handleCounter is GET /p: a page view of the page that asks for it, with nothing read but this request.
func (c *Collector) handleCounter(ctx *fasthttp.RequestCtx) {
	w := c.scratches.Get().(*scratch)
	now := c.now()
	domain := view(ctx.QueryArgs().Peek("d"))
	c.read(ctx, w, now, domain)
	w.beacon = beacon.Beacon{Name: event.Pageview, URL: view(ctx.Request.Header.Referer()),
		Domain: domain, Interactive: true, Props: w.beacon.Props[:0]}
	w.request.Beacon, w.request.Bare = &w.beacon, true
	reason := c.take(&w.request, w)
	w.request = Request{}
	c.scratches.Put(w)
	h := &ctx.Response.Header
	h.Set(fasthttp.HeaderCacheControl, "no-store")
	if reason != beacon.Accepted {
		h.Set(droppedHeader, reason.String())
	}
	ctx.SetStatusCode(fasthttp.StatusNoContent)
}

// handleSearch is POST /q. It reads the body and nothing else of the request: no header, no address.
func (c *Collector) handleSearch(ctx *fasthttp.RequestCtx) {
	w := c.scratches.Get().(*scratch)
	c.metrics.searchesReceived.Inc()
	problem := w.search.Parse(ctx.Request.Body())
	if problem.Reason == beacon.Accepted {
		problem.Reason = c.takeSearch(&w.search)
	}
	if problem.Reason == beacon.Accepted {
		c.metrics.searchesAccepted.Inc()
	} else {
		c.metrics.searchesRefused[problem.Reason].Inc()
	}
	answer(&ctx.Response, problem)
	w.search = beacon.Search{}
	c.scratches.Put(w)
}

// takeSearch hands the search to the term lane, as copies: the lane holds them for a while.
func (c *Collector) takeSearch(q *beacon.Search) beacon.Reason {
	s := c.sites.Find(q.Domain)
	if s == nil {
		return beacon.UnknownSite
	}
	if !s.Preset().Script {
		return beacon.HeadersOnly
	}
	kind, ok := term.KindOf(q.Kind)
	if !ok {
		return beacon.Malformed
	}
	t := term.Term{Site: s.ID, Day: uint16(s.DayAt(c.now().Unix())), Kind: kind, Text: strings.Clone(q.Phrase), Results: q.Results}
	if kind == term.Open {
		t.Opened = openedPath(q.Opened, s)
	}
	c.terms(t)
	return beacon.Accepted
}

// read takes from the request what a beacon for these domains needs, in one pass over its headers.
func (c *Collector) read(ctx *fasthttp.RequestCtx, w *scratch, now time.Time, domains string) {
	w.noteAll(&ctx.Request.Header, now)
	c.locate(w, peerOf(ctx), domains)
}

// noteAll takes the headers of a request that came now.
func (w *scratch) noteAll(h *fasthttp.RequestHeader, now time.Time) {
	w.begin(now)
	for key, value := range h.All() {
		w.note(key, value)
	}
}

// peerOf is the address of the connection's other end.
func peerOf(ctx *fasthttp.RequestCtx) (peer netip.Addr) {
	if addr, ok := ctx.RemoteAddr().(*net.TCPAddr); ok {
		peer = addr.AddrPort().Addr()
	}
	return peer
}

// begin empties the request.
func (w *scratch) begin(now time.Time) {
	w.request, w.proxies, w.joined = Request{Time: now}, proxies{}, w.joined[:0]
}

// proxies are the headers in which proxies say who the client is.
type proxies struct{ xff, forwarded, real []byte }

// note takes a header, by its canonical name, into the request.
func (w *scratch) note(key, value []byte) {
	r := &w.request
	switch string(key) {
	case "User-Agent":
		r.Agent = value
	case "Cookie":
		r.OptedOut = r.OptedOut || choiceIn(value)
	case "Accept-Language":
		r.Language = value
	case "Sec-Gpc", "Dnt":
		r.No = r.No || string(value) == "1"
	case "Sec-Ch-Ua":
		r.Hints.UA = value
	case "Sec-Ch-Ua-Mobile":
		r.Hints.Mobile = value
	case "Sec-Ch-Ua-Platform":
		r.Hints.Platform = value
	case "X-Forwarded-For":
		w.proxies.xff = w.join(w.proxies.xff, value)
	case "Forwarded":
		w.proxies.forwarded = w.join(w.proxies.forwarded, value)
	case "X-Real-Ip":
		w.proxies.real = value
	}
}

// locate finds out who the client is, of which no more than a network is kept.
func (c *Collector) locate(w *scratch, peer netip.Addr, domains string) {
	if !peer.IsValid() {
		return
	}
	w.sites = c.sites.named(w.sites[:0], domains)
	w.request.address = c.reader.Client(peer,
		visitor.Headers{Forwarded: view(w.proxies.forwarded), XForwardedFor: view(w.proxies.xff), XRealIP: view(w.proxies.real)}, w.sites...)
}

// join puts a repeated header behind the first (RFC 9110, section 5.3): a proxy may add a line of its own instead of adding to one.
func (w *scratch) join(have, more []byte) []byte {
	if len(have) == 0 {
		return more
	}
	from := len(w.joined)
	w.joined = append(append(append(w.joined, have...), ','), more...)
	return w.joined[from:]
}

const droppedHeader = "x-sporlos-dropped"

// lines are what an answer of 4xx or 5xx says when the body's parser has not said it better.
var lines = map[beacon.Reason]string{
	beacon.TooLarge:    "the body is over 16 KiB",
	beacon.BadURL:      "u must be the http or https address of a page",
	beacon.BadDomain:   "d must be the domain of a site, or up to eight separated by commas",
	beacon.Incomplete:  "the request was too slow or cut off",
	beacon.RateLimited: "too many beacons from this network: try again in a minute",
	beacon.SpoolFull:   "beacons cannot be kept at the moment: try again later",
	beacon.SpoolFailed: "beacons cannot be kept at the moment: try again later",
	beacon.Failed:      "internal error",
}

var okBody = []byte("ok")

// answer says what became of a beacon.
func answer(to *fasthttp.Response, p beacon.Problem) {
	h := &to.Header
	h.SetCanonical(allowOrigin, anybody)
	h.SetContentTypeBytes(plainText)
	to.SetStatusCode(p.Reason.Status())
	if p.Reason == beacon.Accepted {
		to.SetBodyRaw(okBody)
		return
	}
	h.Set(droppedHeader, p.Reason.String())
	h.Set(fasthttp.HeaderAccessControlExposeHeaders, droppedHeader)
	switch status := p.Reason.Status(); {
	case status == fasthttp.StatusAccepted:
		to.SetBodyRaw(okBody)
	case p.Text != "":
		to.SetBodyString(p.Error())
	default:
		to.SetBodyString(lines[p.Reason])
		if status == fasthttp.StatusServiceUnavailable || status == fasthttp.StatusTooManyRequests {
			h.Set(fasthttp.HeaderRetryAfter, strconv.Itoa(60))
		}
	}
}

var allowOrigin, anybody, plainText = []byte(fasthttp.HeaderAccessControlAllowOrigin), []byte("*"), []byte("text/plain; charset=utf-8")

func line(ctx *fasthttp.RequestCtx, status int, text string) {
	ctx.Response.Header.SetContentTypeBytes(plainText)
	ctx.SetStatusCode(status)
	ctx.Response.SetBodyString(text)
}

func notAllowed(ctx *fasthttp.RequestCtx, to endpoint) {
	allow := map[endpoint]string{events: "POST, OPTIONS", searches: "POST, OPTIONS", counter: "GET", asset: "GET, HEAD", newsletters: "GET, HEAD"}[to]
	ctx.Response.Header.Set(fasthttp.HeaderAllow, allow)
	line(ctx, fasthttp.StatusMethodNotAllowed, "this address takes "+allow)
}

// preflight lets pages of any origin send application/json.
func preflight(ctx *fasthttp.RequestCtx) {
	h := &ctx.Response.Header
	h.SetBytesV(fasthttp.HeaderAccessControlAllowOrigin, anybody)
	h.Set(fasthttp.HeaderAccessControlAllowMethods, "POST")
	h.Set(fasthttp.HeaderAccessControlAllowHeaders, "content-type")
	h.Set(fasthttp.HeaderAccessControlMaxAge, "86400")
	ctx.SetStatusCode(fasthttp.StatusNoContent)
}

// handleBroken answers what never became a request. When it was the body that did not come through it was a beacon, since nothing else
// has one here; fasthttp has forgotten by then which.
func (c *Collector) handleBroken(ctx *fasthttp.RequestCtx, err error) {
	peer, _ := ctx.Conn().(*conn)
	if peer == nil || !peer.heard.Load() { // a browser's connection in advance that was not used: nobody waits for an answer
		_ = ctx.Conn().Close()
		return
	}
	peer.lingers.Store(true)
	if reason := bodyFault(err); reason != beacon.Accepted {
		c.metrics.received.Inc()
		c.refuse(reason, nil, c.now().Unix())
		answer(&ctx.Response, beacon.Problem{Reason: reason})
		return
	}
	c.metrics.broken.Inc()
	var header *fasthttp.ErrSmallBuffer
	var timeout net.Error
	switch {
	case errors.As(err, &header):
		line(ctx, fasthttp.StatusRequestHeaderFieldsTooLarge, "the headers are over 8 KiB")
	case errors.As(err, &timeout) && timeout.Timeout():
		line(ctx, fasthttp.StatusRequestTimeout, "the request was too slow")
	default:
		line(ctx, fasthttp.StatusBadRequest, "this is not HTTP")
	}
}

// bodyFault says what was wrong with a body, Accepted when it was not the body. fasthttp wraps errors of headers, but not of bodies:
// hence no errors.Is.
func bodyFault(err error) beacon.Reason {
	if err == fasthttp.ErrBodyTooLarge {
		return beacon.TooLarge
	}
	_, plain := err.(*net.OpError)
	if _, chunk := err.(fasthttp.ErrBrokenChunk); plain || chunk || err == io.ErrUnexpectedEOF {
		return beacon.Incomplete
	}
	return beacon.Accepted
}
