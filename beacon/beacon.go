// Package beacon is the word for what a browser sends: one event for POST /e, one search for POST /q.
//
// The wire names are those of the Plausible events API, so that its published trackers, plugins and SDKs work unchanged; short and
// long names mean the same. [Beacon.Parse] and [Search.Parse] read JSON without allocating: escapes are decoded inside the body, and
// every string of the result is a view into it. The result lives as long as the body is left alone.
//
// What is refused and what is mended:
//   - A field of the wrong type, a NUL, bytes that are not UTF-8 and anything after the object refuse the whole body; the [Problem]
//     names the field in one line. null is the same as leaving the field out. Unknown fields are skipped. Of a field given twice the
//     last counts.
//   - Control characters other than NUL become a space, and half a surrogate pair becomes U+FFFD. Nothing else reaches a store.
//   - Properties after the 30th are ignored, as are those that are null or empty. Engagement is capped at a day, scroll at 100.
//
// Properties and revenue may also come as a string that holds their JSON, as older trackers send them. The bodies in testdata are
// shared with the script's tests.
package beacon

import "log/slog"

// Limits of a beacon, in bytes unless said otherwise.
const (
	MaxBody     = 16 << 10 // of a request
	MaxName     = 120
	MaxURL      = 8000 // a long query is no reason to lose the page view: it is not kept anyhow
	MaxReferrer = 2000 // what is longer is cut
	MaxDomains  = 1024 // of the whole list
	MaxProps    = 30   // properties
	MaxKey      = 300
	MaxValue    = 2000
	MaxPhrase   = 512 // what is longer is cut
	MaxPath     = 1024

	maxEngagement = 24 * 60 * 60 * 1000 // milliseconds
	maxResults    = 1 << 30
)

// Prop is a custom property. Numbers and booleans keep the form they had in the JSON.
type Prop struct{ Key, Value string }

// Beacon is the body of POST /e. Its strings are views into the body it was parsed from.
type Beacon struct {
	Name     string // "pageview", "engagement" or the site's own name for an event
	URL      string // of the page
	Domain   string // the site, or several separated by commas
	Referrer string

	Props        []Prop
	RevenueMilli int64  // thousandths of Currency
	Currency     string // ISO 4217 shape, upper case; "" when there is no revenue

	Interactive bool   // true unless the body says otherwise
	Engagement  uint32 // milliseconds the page was visible and focused since the last report
	Scroll      uint8  // deepest point seen, percent of the page
	Hash        bool   // the fragment names the page
}

// Search is the body of POST /q. Its strings are views into the body it was parsed from.
type Search struct {
	Domain  string
	Phrase  string // as typed
	Kind    string // "search", "refine", "open", "leave" or ""
	Results int    // -1 when the page did not tell
	Opened  string // path
}

// LogValue keeps addresses of pages, referrers and properties out of logs.
func (*Beacon) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// String keeps them out of error texts.
func (*Beacon) String() string { return "[redacted]" }

// LogValue keeps phrases out of logs.
func (*Search) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// String keeps them out of error texts.
func (*Search) String() string { return "[redacted]" }

// Problem says why a body was refused. The zero value is no problem. It never quotes what it read.
type Problem struct {
	Reason Reason
	Field  string // short wire name; "" when the JSON itself is broken
	Text   string
}

// Error is one line fit for the response.
func (p Problem) Error() string {
	if p.Field == "" {
		return p.Text
	}
	return p.Field + " " + p.Text
}

// AppendTo appends the line of Error without allocating.
func (p Problem) AppendTo(dst []byte) []byte {
	if p.Field != "" {
		dst = append(append(dst, p.Field...), ' ')
	}
	return append(dst, p.Text...)
}
