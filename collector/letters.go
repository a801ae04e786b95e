package collector

import (
	"bytes"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/valyala/fasthttp"

	"sporlos/beacon"
	"sporlos/letter"
	"sporlos/site"
)

// picture is a transparent GIF of one pixel, 43 bytes.
const picture = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// letterPath takes a path apart that ends in /n/CAMPAIGN.gif, an open, or in /n/CAMPAIGN/LINK, a click. Whether there is such a
// campaign or link is another question. What cannot be the name of a link is left to the other addresses, as is /api/event.
func letterPath(path []byte) (campaign, link []byte, ok bool) {
	above, last := cutLast(path)
	if name, isPicture := bytes.CutSuffix(last, []byte(".gif")); isPicture && isLetters(above) {
		return name, nil, true
	}
	above, campaign = cutLast(above)
	if !isLetters(above) || len(last) < 2 || bytes.IndexByte(last, '.') >= 0 || string(campaign) == "api" {
		return nil, nil, false
	}
	return campaign, last, true
}

// cutLast cuts a path before its last slash.
func cutLast(path []byte) (above, last []byte) {
	i := bytes.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// isLetters reports whether a path ends in /n.
func isLetters(path []byte) bool { return bytes.HasSuffix(path, []byte("/n")) }

// letterFate is what became of a request for a picture or link of a newsletter.
type letterFate int

const (
	letterOpened letterFate = iota
	letterClicked
	letterMachine  // either, by a program
	letterOptedOut // the reader said no: only led on
	letterOff      // the campaign counts no opens, or its site no campaigns
	letterUnknown  // no such campaign or link
	letterFates
)

var letterFateNames = [letterFates]string{"open", "click", "machine", "opted_out", "off", "unknown"}

func newLetterCounters(factory promauto.Factory) (counters [letterFates]prometheus.Counter) {
	vec := factory.NewCounterVec(prometheus.CounterOpts{Name: "sporlos_newsletter_requests_total",
		Help: "Pictures and links of newsletters asked for, by what became of it; open, click and machine are counted for their campaign."}, []string{"kind"})
	for fate, name := range letterFateNames {
		counters[fate] = vec.WithLabelValues(name)
	}
	return counters
}

// asked is the campaign, and the link of it, that a path names. The link without a name is the picture.
type asked struct {
	site     *site.Site
	campaign *letter.Campaign
	link     letter.Link
	found    bool
}

func (c *Collector) asked(campaign, link []byte) (a asked) {
	if a.campaign = c.newsletters.find(campaign); a.campaign == nil {
		return a
	}
	if a.site = c.sites.Find(a.campaign.Site); a.site == nil {
		return a
	}
	a.found = true
	if link != nil {
		a.link, a.found = a.campaign.Link(view(link))
	}
	return a
}

// handleLetter is GET and HEAD of /n/CAMPAIGN.gif and /n/CAMPAIGN/LINK. Of the request it reads the path, whether the reader said no, and
// whether a program sent it: no address and no query. A click leads to the registered target or nowhere.
func (c *Collector) handleLetter(ctx *fasthttp.RequestCtx) {
	campaign, link, _ := letterPath(ctx.Path())
	a := c.asked(campaign, link)
	c.metrics.letters[c.countLetter(ctx, a)].Inc()
	h := &ctx.Response.Header
	h.Set(fasthttp.HeaderCacheControl, "no-store")
	h.Set("X-Robots-Tag", "noindex")
	switch {
	case link == nil: // the picture, whatever became of it: a broken one would show in the letter
		h.SetContentType("image/gif")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		ctx.Response.SetBodyString(picture)
	case !a.found:
		line(ctx, fasthttp.StatusNotFound, "not found: no newsletter here has this link, or not any more")
	default:
		h.Set(fasthttp.HeaderReferrerPolicy, "no-referrer")
		h.Set(fasthttp.HeaderLocation, a.link.URL)
		ctx.SetStatusCode(fasthttp.StatusFound)
	}
}

// countLetter hands what happened to the lane, if it is to be counted.
func (c *Collector) countLetter(ctx *fasthttp.RequestCtx, a asked) letterFate {
	if !a.found {
		return letterUnknown
	}
	day := uint16(a.site.DayAt(c.now().Unix()))
	isPicture := a.link.Name == ""
	switch {
	case isPicture && !a.campaign.Opens, !a.site.Preset().Campaigns:
		return letterOff
	case saysNo(&ctx.Request.Header, a.site):
		c.tallies.add(refusal{site: a.site.ID, day: day, reason: beacon.OptedOut.String()}, 1)
		return letterOptedOut
	}
	happened, fate := letter.Click, letterClicked
	if c.isMachine(ctx) {
		happened, fate = letter.Machine, letterMachine
	} else if isPicture {
		happened, fate = letter.Open, letterOpened
	}
	c.letters(letter.Letter{Site: a.site.ID, Day: day, Campaign: a.campaign.Name, Link: a.link.Name, Kind: happened})
	return fate
}

// saysNo reports whether the reader said no: by a signal of the browser, unless the site ignores those, or on a page of ours.
func saysNo(h *fasthttp.RequestHeader, s *site.Site) bool {
	return signals(h) && !s.Settings().IgnoreSignals || optedOut(h)
}

// isMachine reports whether a letter was opened or a link followed by a program: one that only looks, as HEAD does, one that fetches
// ahead of somebody, one that gives itself away by its agent.
func (c *Collector) isMachine(ctx *fasthttp.RequestCtx) bool {
	h := &ctx.Request.Header
	if !ctx.IsGet() || c.robots.IsRobot(h.UserAgent()) {
		return true
	}
	for _, name := range [...]string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if value := strings.ToLower(view(h.Peek(name))); strings.Contains(value, "prefetch") || strings.Contains(value, "preview") || strings.Contains(value, "prerender") {
			return true
		}
	}
	agent := bytes.ToLower(h.UserAgent())
	for _, mark := range mailMachines {
		if bytes.Contains(agent, []byte(mark)) {
			return true
		}
	}
	return false
}

// mailMachines are marks, in small letters, of programs that fetch what is in letters before or without their reader, and that look like
// browsers to collector/robot: proxies for pictures, scanners, previews. The proxies of Apple's Mail Privacy Protection call themselves
// "Mozilla/5.0" and no more, which is a robot already.
var mailMachines = [...]string{
	"googleimageproxy", "yahoomailproxy", // pictures by way of the mailbox's provider
	"safelinks", "microsoft office existence discovery", "microsoftpreview", "bingpreview", "skypeuripreview", // Outlook, Teams
	"barracuda", "proofpoint", "mimecast", "ironport", "messagelabs", "fireeye", "trendmicro", "hornetsecurity", "avanan", "spamassassin", "urlscan",
	"slackbot", "slack-imgproxy", "whatsapp", "telegrambot", "twitterbot", "facebookexternalhit", "linkedinbot", "discordbot",
}
