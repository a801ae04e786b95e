// Package device says what a visitor's browser, system and kind of device are,
// from the User-Agent header and the three client hints that Chromium sends
// without being asked (Sec-CH-UA, Sec-CH-UA-Mobile, Sec-CH-UA-Platform). No
// other hint is read and none is ever requested.
//
// # How it decides
//
// [Parser.Parse] takes the answer of mssola/useragent as a base and corrects it
// with two ordered tables, because the base alone is wrong for Samsung
// Internet, Yandex, Edge and Opera on phones, web views and tablets:
//
//   - browsers.go: a product token in the agent names the browser; the first
//     token in the table's order wins. A brand in Sec-CH-UA other than Chrome's
//     own overrides it, so that Brave and Vivaldi, which hide in the agent, are
//     seen;
//   - systems.go: substrings name the system and the class of device.
//
// Every name it returns comes from those tables and a version is at most
// "1234.1234", so nothing a client puts in its headers can travel further: an
// agent nobody knows is "Other", never a copy of itself.
//
// # What it cannot see
//
// Browsers freeze parts of their agent: macOS is 10.15 for ever, Windows 11
// says Windows 10, an Android Chrome of today says Android 10, and an iPad that
// asks for desktop pages says it is a Mac. These are reported as sent.
//
// # The cache
//
// Parsing costs some microseconds, and a thousand agents make up almost all
// traffic, so results are kept in a fixed table of slots. A slot holds a 64-bit
// hash under a random key instead of the header: no User-Agent is kept in
// memory after the call, and none of fasthttp's reused buffers is referred to.
// A table that is too small or under attack costs time, never memory.
package device

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// The closed set of classes. An agent that reveals nothing has class "".
const (
	Desktop = "Desktop"
	Mobile  = "Mobile"
	Tablet  = "Tablet"
	TV      = "TV"
	Console = "Console"
)

// Other is the name of a browser or system that the tables do not know.
const Other = "Other"

// maxAgent is how many bytes of the User-Agent are read. Of real agents
// practically none is longer; what follows changes nothing.
const maxAgent = 512

// maxHint is how many bytes of each client hint are read.
const maxHint = 256

// Device is what is kept of a User-Agent. It is immutable and shared between
// all who send the same headers. Its strings are never views of a request.
type Device struct {
	Browser        string // "Chrome", "Samsung Internet", … or Other; "" without an agent
	BrowserVersion string // "126" or "17.4"; "" when unknown; a minor version of 0 is left out
	OS             string // "Windows", "macOS", "iOS", "Android", … or Other; "" without an agent
	OSVersion      string // "10", "17.4"; "" when unknown
	Class          string // one of the constants of this package, or ""
}

// Hints are the values of the only three client hints that are read, as sent.
// Absent headers are empty.
type Hints struct {
	UA       []byte // Sec-CH-UA
	Mobile   []byte // Sec-CH-UA-Mobile
	Platform []byte // Sec-CH-UA-Platform
}

// Parser turns headers into devices and remembers the recent ones. It is safe
// for concurrent use; make one with New.
type Parser struct {
	seed   maphash.Seed
	slots  []atomic.Pointer[slot] // a power of two, at least 1
	parsed prometheus.Counter
}

// slot is one remembered result. The 64-bit hash stands for the headers: two
// different ones meet with a chance of 2⁻⁶⁴ a pair under a key nobody knows.
type slot struct {
	hash   uint64
	device *Device
}

// nobody is the answer to an empty agent without hints.
var nobody = &Device{}

// New returns a parser that remembers about cacheSize results (rounded up to a
// power of two, at least 16; 24 bytes a slot and some 100 bytes a result) and counts
// the others in sporlos_device_parsed_total. reg may be nil.
func New(cacheSize int, reg prometheus.Registerer) *Parser {
	n := 16
	for n < cacheSize && n < 1<<24 {
		n *= 2
	}
	p := &Parser{
		seed:  maphash.MakeSeed(),
		slots: make([]atomic.Pointer[slot], n),
		parsed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sporlos_device_parsed_total",
			Help: "User agents that were parsed because the cache did not hold them.",
		}),
	}
	if reg != nil {
		reg.MustRegister(p.parsed)
	}
	return p
}

// Parse returns the device behind the headers. agent and h may be views of a
// buffer that is reused after the call. The result is shared and never nil; it is the
// zero Device when agent and hints are empty.
func (p *Parser) Parse(agent []byte, h Hints) *Device {
	agent, h = agent[:min(len(agent), maxAgent)], h.capped()
	if len(agent)+len(h.UA)+len(h.Platform) == 0 {
		return nobody
	}
	sum := p.hash(agent, h)
	// Each has two places, so that two that are asked for in turn do not drive each other out.
	place := &p.slots[sum&uint64(len(p.slots)-1)]
	for _, at := range [...]*atomic.Pointer[slot]{place, &p.slots[sum>>32&uint64(len(p.slots)-1)]} {
		s := at.Load()
		if s == nil {
			place = at
			break
		}
		if s.hash == sum {
			return s.device
		}
	}
	p.parsed.Inc()
	d := parse(string(agent), h)
	place.Store(&slot{sum, d})
	return d
}

// hash mixes the four headers; each is hashed apart, so that bytes cannot move from
// one to the next unseen.
func (p *Parser) hash(agent []byte, h Hints) uint64 {
	sum := maphash.Bytes(p.seed, agent)
	for _, b := range [...][]byte{h.UA, h.Mobile, h.Platform} {
		sum *= 0x9E3779B97F4A7C15 // odd, so that the order of the headers counts
		if len(b) > 0 {
			sum += maphash.Bytes(p.seed, b)
		}
	}
	return sum ^ sum>>29
}

func (h Hints) capped() Hints {
	return Hints{
		UA:       h.UA[:min(len(h.UA), maxHint)],
		Mobile:   h.Mobile[:min(len(h.Mobile), maxHint)],
		Platform: h.Platform[:min(len(h.Platform), maxHint)],
	}
}

// parse does the work of Parse without the cache.
func parse(agent string, h Hints) *Device {
	b := browserOf(agent)
	if brand, ok := brandOf(h.UA); ok && !b.app {
		b = brand
	}
	os := systemOf(agent)
	if name, ok := platforms[string(unquote(h.Platform))]; ok && name != os.name && general[os.name] {
		os = system{name: name}
	}
	d := &Device{Browser: b.name, BrowserVersion: b.version, OS: os.name, OSVersion: os.version}
	d.Class = classOf(agent, os.name, h.Mobile)
	return d
}
