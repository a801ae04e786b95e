package collector

import (
	"strings"

	"sporlos/beacon"
	"sporlos/collector/origin"
	"sporlos/collector/scrub"
	"sporlos/event"
	"sporlos/site"
)

// page is the memory in which the addresses of a page and of where it was found are taken apart. The strings of the event are views
// of it until the next beacon.
type page struct {
	buf   []byte
	query scrub.Query
}

// describePage fills in what happened on which page, and where the visitor came from. It reports whether the beacon's address is
// one of a web page.
func (c *Collector) describePage(e *event.Event, s *site.Site, b *beacon.Beacon, p *page) bool {
	p.buf = p.buf[:0]
	target, ok := p.locate(e, s, b)
	if !ok {
		return false
	}
	if e.Name = event.Pageview; b.Name != event.Pageview {
		e.Name = p.text(b.Name)
	}
	e.Interactive = e.Name == event.Pageview || b.Interactive && e.Name != event.Engagement
	e.EngagementMS, e.Scroll = b.Engagement, b.Scroll
	e.RevenueMilli, e.Currency = b.RevenueMilli, b.Currency
	if e.Name != event.Engagement {
		for _, prop := range b.Props {
			e.Props = append(e.Props, event.Prop{Key: p.text(prop.Key), Value: p.value(prop.Value)})
		}
	}
	c.describeOrigin(e, s, b, p, target)
	return true
}

// locate finds host and path, and returns what follows the host.
func (p *page) locate(e *event.Event, s *site.Site, b *beacon.Beacon) (target string, ok bool) {
	if !isWeb(b.URL) {
		return "", false
	}
	e.Host = p.host(b.URL)
	if e.Host == "" {
		return "", false
	}
	target = b.URL[strings.Index(b.URL, "://")+3:]
	target = target[hostLen(target):]
	e.Path = p.path(target, s, b.Hash)
	return target, true
}

// hostLen returns the number of bytes before a path, a query or a fragment.
func hostLen(s string) int {
	for i := range len(s) {
		if c := s[i]; c == '/' || c == '?' || c == '#' {
			return i
		}
	}
	return len(s)
}

// isWeb reports whether the address begins with http:// or https://.
func isWeb(url string) bool {
	rest, ok := cutFold(url, "http")
	if !ok {
		return false
	}
	rest, _ = cutFold(rest, "s")
	return strings.HasPrefix(rest, "://")
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// take returns what was appended to the buffer since from.
func (p *page) take(from int) string { return view(p.buf[from:]) }

func (p *page) host(url string) string {
	from := len(p.buf)
	p.buf = scrub.Referrer(p.buf, bytesOf(url), false)
	return strings.TrimPrefix(p.take(from), "www.")
}

func (p *page) path(target string, s *site.Site, hash bool) string {
	from := len(p.buf)
	p.buf = scrub.Path(p.buf, bytesOf(target), scrub.Rules{IDs: !s.Settings().KeepIDs, Hash: hash})
	return p.take(from)
}

func (p *page) text(s string) string {
	from := len(p.buf)
	p.buf = scrub.Text(p.buf, bytesOf(s))
	return p.take(from)
}

func (p *page) value(s string) string {
	from := len(p.buf)
	p.buf = scrub.Value(p.buf, bytesOf(s))
	return p.take(from)
}

// openedPath scrubs the path of a search's result. It is a copy: the term lane holds it for a while.
func openedPath(path string, s *site.Site) string {
	return string(scrub.Path(nil, []byte(path), scrub.Rules{IDs: !s.Settings().KeepIDs}))
}

// describeOrigin fills in where the visitor came from: referrer, campaign, source and channel.
func (c *Collector) describeOrigin(e *event.Event, s *site.Site, b *beacon.Beacon, p *page, target string) {
	query := queryOf(target)
	if !s.Preset().Campaigns {
		query = nil
	}
	p.query.Parse(query)
	e.UTMSource, e.UTMMedium, e.UTMCampaign = view(p.query.Source), view(p.query.Medium), view(p.query.Campaign)
	e.UTMContent, e.UTMTerm = view(p.query.Content), view(p.query.Term)
	referrer := bytesOf(b.Referrer)
	if host := p.host(b.Referrer); host == "" || c.internal(host, e.Host, s) {
		referrer = nil
	} else if e.Referrer = host; s.Settings().ReferrerPath {
		from := len(p.buf)
		p.buf = scrub.Referrer(p.buf, referrer, true)
		e.Referrer = strings.TrimPrefix(p.take(from), "www.")
	}
	q := &p.query
	from := c.origins.Of(referrer, nil, origin.UTM{Source: q.Source, Medium: q.Medium, Campaign: q.Campaign, Content: q.Content, Term: q.Term}, q.Click)
	e.Source, e.Channel = from.Source, from.Channel
}

// queryOf returns the query of what follows a host, without the question mark; of a fragment that routes, too.
func queryOf(target string) []byte {
	_, query, _ := strings.Cut(target, "?")
	query, _, _ = strings.Cut(query, "#")
	return bytesOf(query)
}

// internal reports whether a referring host belongs to the site itself: its domain, or one below it that is no site of its own.
func (c *Collector) internal(host, page string, s *site.Site) bool {
	domain, _, _ := strings.Cut(s.Domain, "/")
	domain, _, _ = strings.Cut(domain, ":")
	if host == page || host == domain {
		return true
	}
	below := strings.HasSuffix(host, domain) && len(host) > len(domain) && host[len(host)-len(domain)-1] == '.'
	return below && c.sites.table.Load().byDomain[host] == nil
}
