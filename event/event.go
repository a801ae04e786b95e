// Package event is the word for what survives anonymisation: one thing that happened on a page, by nobody in particular.
//
// An [Event] has no field that could hold an address or a user agent. A [Tally] counts beacons that were refused, and why. An [Erase]
// takes back what was recorded under one number. All travel through the spool as records whose layout is FORMAT.md beside this file;
// [Append], [Tally.Append] and [Erase.Append] write it, [KindOf], [Decode], [DecodeTally] and [DecodeErase] read it.
package event

import "log/slog"

// Names with a meaning of their own; every other name is a custom event.
const (
	Pageview   = "pageview"
	Engagement = "engagement" // time and scroll depth of a page seen earlier; counts as neither view nor event
)

// Event is one event. Its strings may be views into a buffer of whoever filled it in: copy what outlives that buffer.
type Event struct {
	Site    uint32
	Day     uint16 // site-local calendar day, days since 1970-01-01
	Time    uint32 // Unix seconds, UTC
	Visitor uint64 // number of the day; 0 when visitors are not counted
	Visit   uint64 // start second in the upper half, random lower half

	Name        string // Pageview, Engagement or the custom event's name, at most 120 bytes
	Interactive bool   // false: does not end a bounce

	Host string // host of the page, without "www."
	Path string // path of the page, scrubbed, at most 1,024 bytes

	Referrer    string // external referrer's host, with its path only by setting; never a query
	Source      string // "" is direct
	Channel     string // Google's default channel grouping
	UTMSource   string
	UTMMedium   string
	UTMCampaign string
	UTMContent  string
	UTMTerm     string

	Country string // ISO 3166-1 alpha-2, "" unknown
	Region  string
	City    string

	Browser        string
	BrowserVersion string
	OS             string
	OSVersion      string
	Device         string

	EngagementMS uint32 // visible and focused time since the last report, milliseconds
	Scroll       uint8  // deepest point seen, percent of the page, 0…100

	RevenueMilli int64  // thousandths of Currency
	Currency     string // ISO 4217, "" when there is no revenue

	Props []Prop // at most 30
}

// Prop is a custom property of an event.
type Prop struct{ Key, Value string }

// LogValue keeps paths and properties out of logs.
func (*Event) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Tally counts refused beacons of a site and day. Site 0 stands for sites that are not known.
type Tally struct {
	Site   uint32
	Day    uint16
	Reason string // a refusal reason, as in the header x-sporlos-dropped
	Count  uint64
}
