// Package origin says where a visit came from: the source ("Google", "vg.no",
// "newsletter") and the channel ("Organic Search"), from the referring address, the
// campaign parameters of the page and the presence of a click identifier.
//
// # Sources
//
// A referring host is looked up in a table of search engines, social networks,
// video and shopping sites, mail readers and AI assistants (sources.go), by domain: the longest
// suffix that ends at a dot wins, so mail.google.com is Gmail and
// notgoogle.com is nobody. Hosts the table does not know are their own source,
// without "www.". Apps on Android (android-app://…) are looked up by
// package name. The site's own host and its subdomains are no
// referrer at all. utm_source wins over the referrer and goes through the same table, so
// that "ig", "instagram" and "instagram.com" are all Instagram.
//
// # Channels
//
// Channels are Google Analytics' default channel group, in its order, first match wins
// (support.google.com/analytics/answer/9756891), since that is what reports are
// compared with. Three things are added, each where GA would say Unassigned:
// newsletters and mail readers are Email, an advertising click identifier
// without utm_medium counts as cpc, and a campaign without a medium that arrives
// from another site is a Referral.
//
// # Memory
//
// All strings of an [Origin] are constants or copies: none refers to the request. Origins
// are remembered in a fixed table of slots, each under a 64-bit hash with a random key of
// what the origin depends on: so the same host is looked up and copied once.
package origin

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"
)

// UTM holds the campaign parameters of a page's address, decoded. They may be
// views of a buffer that is reused.
type UTM struct {
	Source, Medium, Campaign, Content, Term []byte
}

// Origin is where a visit came from.
type Origin struct {
	Source   string // "" when nothing is known: reports show "Direct / None"
	Channel  string // one of Channels
	Internal bool   // the referrer is the site itself: it must not be stored, and begins no visit
}

// IPAddress is the source of a visit whose referrer is a bare address, or a host
// that holds one. The address itself goes nowhere.
const IPAddress = "(IP address)"

const (
	maxHost   = 253 // RFC 1035
	maxSource = 256 // bytes of utm_source
	slots     = 1 << 12
)

// Table looks up sources. It is safe for concurrent use; make one with New.
type Table struct {
	hosts   map[string]*source // whole domains
	brands  map[string]*source // the label before any public suffix: google.*
	aliases map[string]*source // what people write into utm_source, lower case

	seed  maphash.Seed
	known [slots]atomic.Pointer[known]
}

// known is one remembered origin.
type known struct {
	hash   uint64
	origin Origin
}

// New returns the table of sources.
func New() *Table {
	t := &Table{
		hosts: map[string]*source{}, brands: map[string]*source{}, aliases: map[string]*source{},
		seed: maphash.MakeSeed(),
	}
	for i := range sources {
		t.add(&sources[i])
	}
	return t
}

// Of returns the origin of a view. referrer is the address as the browser gave
// it, ownHost the site's domain, and click the name of an advertising click identifier
// in the page's address ("gclid"), or "". Hosts are compared in any case.
func (t *Table) Of(referrer, ownHost []byte, utm UTM, click string) Origin {
	sum := t.hash(authority(referrer), ownHost, utm.Source, utm.Medium, utm.Campaign) + uint64(len(click))
	if click != "" {
		sum += maphash.String(t.seed, click)
	}
	// Each has two slots, so that two that are asked for in turn do not drive each other out.
	slot := &t.known[sum%slots]
	for _, at := range [...]*atomic.Pointer[known]{slot, &t.known[sum>>32%slots]} {
		k := at.Load()
		if k == nil {
			slot = at
			break
		}
		if k.hash == sum {
			return k.origin
		}
	}
	k := &known{sum, t.find(referrer, ownHost, utm, click)}
	slot.Store(k)
	return k.origin
}

// hash hashes the parts each apart, so that bytes cannot move from one to the next unseen.
func (t *Table) hash(parts ...[]byte) (sum uint64) {
	for _, part := range parts {
		sum *= 0x9E3779B97F4A7C15 // odd, so that the order of the parts counts
		if len(part) > 0 {
			sum += maphash.Bytes(t.seed, part)
		}
	}
	return sum ^ sum>>29
}

// authority cuts off what of an address follows its host, of which nothing depends.
func authority(address []byte) []byte {
	from := bytes.Index(address, []byte("://")) + len("://")
	for i := from; i < len(address); i++ {
		if c := address[i]; c == '/' || c == '?' || c == '#' || c == '\\' {
			return address[:i]
		}
	}
	return address
}

// find is Of without the memory.
func (t *Table) find(referrer, ownHost []byte, utm UTM, click string) Origin {
	var buf [maxHost]byte
	host, address := hostOf(buf[:0], referrer)
	from := facts{campaign: utm.Campaign, medium: bytes.TrimSpace(utm.Medium)}
	out := Origin{}
	switch {
	case address:
		out.Source, from.referred = IPAddress, true
	case len(host) > 0 && isOwn(host, ownHost):
		out.Internal = true
	case len(host) > 0:
		from.referred = true
		if s := t.byHost(host); s != nil {
			out.Source, from.kind = s.name, s.kind
		} else {
			out.Source = clone(host)
		}
	}
	if name := bytes.TrimSpace(utm.Source); len(name) > 0 {
		out.Source, from.kind = t.named(name)
		from.source, from.tagged = name, true
	}
	if c, ok := paidClicks[click]; ok {
		if len(from.medium) == 0 {
			from.medium = c.medium
		}
		if !from.tagged {
			out.Source, from.kind = c.source, c.kind
		}
	}
	out.Channel = channelOf(from)
	return out
}

// named returns the source for a utm_source.
func (t *Table) named(name []byte) (string, kind) {
	name = name[:min(len(name), maxSource)]
	var buf [maxSource]byte
	lower := appendLower(buf[:0], name)
	if s := t.aliases[string(lower)]; s != nil {
		return s.name, s.kind
	}
	if bytes.IndexByte(lower, '.') > 0 {
		var host [maxHost]byte
		domain := lower
		if h, _ := hostOf(host[:0], lower); len(h) > 0 { // ref=https://example.com/
			domain = h
			name = withoutWWW(h)
		}
		if s := t.byHost(domain); s != nil {
			return s.name, s.kind
		}
	}
	return clone(name), other
}

// byHost finds the source of a host in lower case by its longest known suffix.
func (t *Table) byHost(host []byte) *source {
	for {
		if s := t.hosts[string(host)]; s != nil {
			return s
		}
		dot := bytes.IndexByte(host, '.')
		if dot < 0 {
			return nil
		}
		label, rest := host[:dot], host[dot+1:]
		if s := t.brands[string(label)]; s != nil && isPublicSuffix(rest) {
			return s
		}
		host = rest
	}
}

// isPublicSuffix recognises what brands with a site in every country have behind their
// name: com, no, co.uk, com.br.
func isPublicSuffix(s []byte) bool {
	if string(s) == "com" || string(s) == "net" || string(s) == "org" {
		return true
	}
	if cc, ok := bytes.CutPrefix(s, []byte("com.")); ok {
		s = cc
	} else if cc, ok := bytes.CutPrefix(s, []byte("co.")); ok {
		s = cc
	}
	return len(s) == 2 && isLetter(s[0]) && isLetter(s[1])
}

// isOwn reports whether host, in lower case, is the site's own or below it. A
// leading "www." of either does not count.
func isOwn(host, own []byte) bool {
	if i := bytes.IndexByte(own, ':'); i >= 0 {
		own = own[:i]
	}
	var buf [maxHost]byte
	if len(own) == 0 || len(own) > maxHost {
		return false
	}
	own = withoutWWW(bytes.TrimSuffix(appendLower(buf[:0], own), []byte(".")))
	host = withoutWWW(host)
	rest, ok := bytes.CutSuffix(host, own)
	return ok && len(own) > 0 && (len(rest) == 0 || rest[len(rest)-1] == '.')
}

func withoutWWW(host []byte) []byte {
	if rest, ok := bytes.CutPrefix(host, []byte("www.")); ok && bytes.IndexByte(rest, '.') > 0 {
		return rest
	}
	return host
}

// clone returns a copy of b without "www.".
func clone(b []byte) string { return string(withoutWWW(b)) }

func appendLower(dst, s []byte) []byte {
	for _, c := range s {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c && c <= 'z' }
