// Package scrub takes personal data out of what a browser sends, before any of it is
// written down. It works on allow-lists and shapes, knows no site and keeps
// no state.
//
//   - [Path] keeps the path of a page, in one spelling, and replaces segments
//     that hold an e-mail address, an identifier or a token by ":id".
//   - [Query] takes utm_*, ref and source out of a query string; the rest
//     of it, and the value of every advertising click identifier, is never copied.
//   - [Referrer] keeps the host of a referring page, and its path when asked
//     to; never its query, fragment or user name.
//   - [Text] keeps free text (names of events, keys of properties, utm values) and
//     replaces e-mail addresses, network addresses and numbers of seven or more digits by [Marker].
//   - [Value] keeps the value of a property: Text, and of the addresses of pages in it neither query nor fragment.
//
// # What it promises and what it cannot
//
// What has a shape is found wherever it stands, also percent-encoded, also
// with separators between the digits, in any script's digits. A false alarm costs a
// word in a report and a miss costs somebody's privacy, so in doubt it
// redacts: version 1.2.3.4 is an address to it, though 120.0.6099.109 and 2026-05-17 are what they look like. Names and street addresses have no
// shape; they pass, and only thresholds in the reports cover them.
//
// All functions append to dst, allocate nothing once dst has grown, run in time linear in
// their input, and are idempotent: scrubbing twice changes nothing.
// Test vectors for other languages are in testdata/.
package scrub

// Marker stands for what Text has taken out.
const Marker = "[redacted]"

// segmentMarker stands for a segment that Path has taken out.
const segmentMarker = ":id"

const (
	// MaxPath is the length of the longest path kept, in bytes.
	MaxPath = 1024
	// MaxValue is the length of the longest value of Query, in bytes.
	MaxValue = 256
	// manyDigits is how many digits make a number that may identify someone:
	// the shortest telephone and customer numbers have seven or eight.
	manyDigits = 7
)
