package collector

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"sporlos/beacon"
	"sporlos/collector/privacy"
	"sporlos/collector/visitor"
	"sporlos/event"
	"sporlos/site"
)

// Privacy is what the pages below /privacy say beside what the collector knows.
type Privacy struct {
	Months  int    // for which measurements are kept; 0 is 14
	Contact string // of who is responsible; "" leaves a place to fill in
	URL     string // of this collector as browsers see it, without slash at the end; "" is made of the request
}

// looking bounds how often one network may look at the pages of a site: they cost a hundred times what a beacon does.
var looking = Rate{PerMinute: 60, Burst: 40}

// privacyPath returns the last part of a path that ends in /privacy or in /privacy/PAGE: which of the pages it is.
func privacyPath(path []byte) (page string, ok bool) {
	above, last := cutLast(path)
	switch string(last) {
	case "privacy":
		return "privacy", true
	case "erase", "optout", "optin", "block", "statement":
		return view(last), bytes.HasSuffix(above, []byte("/privacy"))
	}
	return "", false
}

// privacyMethods are what each of the pages takes.
func privacyMethods(page string) string {
	switch page {
	case "erase", "optout", "optin":
		return fasthttp.MethodPost
	}
	return fasthttp.MethodGet + ", " + fasthttp.MethodHead
}

// handlePrivacy is everything at and below /privacy.
func (c *Collector) handlePrivacy(ctx *fasthttp.RequestCtx, name string) {
	if !strings.Contains(privacyMethods(name), view(ctx.Method())) {
		ctx.Response.Header.Set(fasthttp.HeaderAllow, privacyMethods(name))
		line(ctx, fasthttp.StatusMethodNotAllowed, "this address takes "+privacyMethods(name))
		return
	}
	p := c.newPrivacyPage(ctx)
	defer p.close()
	h := &ctx.Response.Header
	h.SetContentType("text/html; charset=utf-8")
	h.Set(fasthttp.HeaderCacheControl, "no-store")
	h.Set(fasthttp.HeaderXContentTypeOptions, "nosniff")
	h.Set(fasthttp.HeaderReferrerPolicy, "same-origin") // with no-referrer, forms would not say where they come from
	h.Set(fasthttp.HeaderContentSecurityPolicy, c.pages.Policy())
	h.Set("X-Robots-Tag", "noindex")
	switch {
	case p.site == nil:
		ctx.SetStatusCode(fasthttp.StatusNotFound)
		p.write(c.pages.WriteUnknown(ctx, p.domain, p.language))
	case !c.looks.allow(p.w.request.address.Network(), p.site.ID, p.now.UnixNano()):
		h.Set(fasthttp.HeaderRetryAfter, "60")
		line(ctx, fasthttp.StatusTooManyRequests, "too many requests from this network: try again in a minute")
	default:
		p.serve(name)
	}
}

// privacyPage is one request for one of the pages.
type privacyPage struct {
	c        *Collector
	ctx      *fasthttp.RequestCtx
	w        *scratch
	now      time.Time
	domain   string
	site     *site.Site // nil: not counted here
	language privacy.Language
}

func (c *Collector) newPrivacyPage(ctx *fasthttp.RequestCtx) *privacyPage {
	p := &privacyPage{c: c, ctx: ctx, w: c.scratches.Get().(*scratch), now: c.now(), domain: string(ctx.QueryArgs().Peek("d"))}
	c.read(ctx, p.w, p.now, p.domain)
	p.site = c.sites.Find(p.domain)
	if lang := ctx.QueryArgs().Peek("lang"); len(lang) > 0 {
		p.language = privacy.LanguageOf(string(lang))
	} else {
		p.language = privacy.Preferred(string(p.w.request.Language))
	}
	return p
}

func (p *privacyPage) close() {
	p.w.request = Request{}
	p.c.scratches.Put(p.w)
}

func (p *privacyPage) serve(name string) {
	switch name {
	case "privacy":
		p.show("", "")
	case "block":
		p.ctx.Response.Header.Set(fasthttp.HeaderContentSecurityPolicy, p.c.pages.Policy(ancestors(p.site)...))
		refusal, _ := p.preview()
		p.write(p.c.pages.WriteBlock(p.ctx, p.facts(), p.language, refusal))
	case "statement":
		p.write(p.c.pages.WriteStatement(p.ctx, p.facts(), p.language, p.collectorURL()))
	default:
		p.do(name)
	}
}

// ancestors are who may show the block in a frame: the site's own pages.
func ancestors(s *site.Site) (list []string) {
	host, _, _ := strings.Cut(s.Domain, "/")
	if !strings.Contains(host, ":") {
		host += ":*"
	}
	for _, scheme := range []string{"https://", "http://"} {
		list = append(list, scheme+host, scheme+"*."+host)
	}
	return list
}

// write takes what came of writing the body.
func (p *privacyPage) write(err error) {
	if err != nil {
		p.c.log.Error("a privacy page cannot be written", "fault", fmt.Sprintf("%T", err)) // its text could quote the request
		p.ctx.Response.ResetBody()
		line(p.ctx, fasthttp.StatusInternalServerError, "internal error")
	}
}

// facts are what is true of the site at this moment.
func (p *privacyPage) facts() privacy.Facts {
	f := SiteFacts(p.site, p.c.reader.Mode, p.c.privacy)
	f.Newsletters, f.Opens = p.c.newsletters.counted(p.site.Domain)
	f.Newsletters = f.Newsletters && f.Campaigns
	return f
}

// SiteFacts are what the pages say of a site, newsletters left out.
func SiteFacts(s *site.Site, mode visitor.Mode, o Privacy) privacy.Facts {
	preset := s.Preset()
	f := privacy.Facts{
		Domain: s.Domain, Zone: s.Zone, Identity: mode.String(), Months: o.Months, Contact: o.Contact,
		Signals: !s.Settings().IgnoreSignals, ReferrerPath: s.Settings().ReferrerPath, KeepIDs: s.Settings().KeepIDs,
		Script: preset.Script, Campaigns: preset.Campaigns, Places: preset.Places, ShownFrom: s.Settings().ShownFrom(), Multiple: preset.Multiple,
	}
	if f.Months == 0 {
		f.Months = 14
	}
	if o.URL != "" {
		f.Page = o.URL + "/privacy?d=" + s.Domain
	}
	return f
}

// collectorURL is where browsers find this collector.
func (p *privacyPage) collectorURL() string {
	if p.c.privacy.URL != "" {
		return p.c.privacy.URL
	}
	path := string(p.ctx.Path())
	return "https://" + string(p.ctx.Host()) + path[:strings.LastIndex(path, "/privacy")]
}

// preview asks the airlock what would become of a page view by whoever asks: the event is in the scratch unless there is a refusal.
// nothing is stored, and no visit is opened.
func (p *privacyPage) preview() (privacy.Refusal, string) {
	r := &p.w.request
	seen := p.pageSeen()
	p.w.beacon = beacon.Beacon{Name: event.Pageview, URL: seen, Domain: p.site.Domain, Interactive: true, Props: p.w.beacon.Props[:0]}
	r.Beacon, r.Bare = &p.w.beacon, !p.site.Preset().Script
	r.leftOut = r.address.LeftOut(0)
	reason := p.c.judge(p.site, p.site.Domain, r)
	if reason == beacon.Accepted {
		reason = p.c.describe(p.site, r, p.w)
	}
	switch {
	case reason == beacon.Accepted:
		return "", seen
	case r.OptedOut:
		return privacy.OptedOut, ""
	case reason == beacon.OptedOut:
		return privacy.Signal, ""
	case reason == beacon.Robot:
		return privacy.Robot, ""
	case reason == beacon.ExcludedAddress, reason == beacon.ExcludedPath, reason == beacon.HostNotAllowed:
		return privacy.LeftOut, ""
	}
	return privacy.Fault, ""
}

// pageSeen is the address of the page the visitor came from, when it is the site's, and otherwise the site's front page.
func (p *privacyPage) pageSeen() string {
	referrer := view(p.ctx.Request.Header.Referer())
	if isWeb(referrer) {
		var of page
		host := of.host(referrer)
		path, _, _ := strings.Cut(referrer, "?")
		if _, ours := privacyPath([]byte(path)); host != "" && !ours && p.c.internal(host, "", p.site) {
			return referrer
		}
	}
	return "https://" + p.site.Domain + "/"
}

// show writes the page, with what has just been done.
func (p *privacyPage) show(notice privacy.Notice, base string) {
	refusal, seen := p.preview()
	r, e, f := &p.w.request, &p.w.event, p.facts()
	_, midnight := p.site.Bounds(p.now.Unix())
	at := p.now.In(p.site.Location())
	v := privacy.Visit{
		Facts: f, Language: p.language, Base: base, Refusal: refusal, Notice: notice,
		Now: at, Ends: time.Unix(midnight, 0).In(p.site.Location()),
	}
	host, _ := askedAt(p.ctx)
	v.Reaches, _ = reaches(host, p.site)
	carried := privacy.Carried{Network: networkText(r.address.Network()), Agent: string(r.Agent), Languages: string(r.Language), Refused: refusal != ""}
	for _, hint := range [][]byte{r.Hints.UA, r.Hints.Mobile, r.Hints.Platform} {
		if len(hint) > 0 {
			carried.Hints = append(carried.Hints, string(hint))
		}
	}
	if refusal == "" {
		v.Seen = e.Host + e.Path
		v.Kept, v.Empty = privacy.Fields(e, at, p.site.Domain, p.language)
		carried.Device = deviceText(e)
		carried.Query = strings.ContainsAny(seen, "?#")
		if e.Visitor != 0 {
			v.Short = privacy.Short(e.Visitor)
		}
	}
	v.Thrown = privacy.Thrown(carried, f, p.language)
	p.write(p.c.pages.WriteVisit(p.ctx, v))
}

// networkText is a network in CIDR notation.
func networkText(n netip.Addr) string {
	switch {
	case !n.IsValid():
		return "—"
	case n.Is4():
		return n.String() + "/24"
	}
	return n.String() + "/48"
}

// deviceText is what became of the agent.
func deviceText(e *event.Event) string {
	var parts []string
	for _, part := range []string{e.Browser + " " + e.BrowserVersion, e.OS + " " + e.OSVersion, e.Device} {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
