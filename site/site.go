// Package site is the word for one website: its number, its domain, the zone its days are counted in, and its owner's choices.
//
// Everything that happens is counted on the site's own calendar: a [Day] begins at local midnight and nothing that identifies a
// visitor crosses it. The package knows no storage and imports nothing of ours.
package site

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Day is a calendar day in a site's zone, as days since 1970-01-01. It fits ClickHouse's Date.
type Day uint16

// DayOfDate returns the day with that civil date. Dates outside 1970-01-01…2149-06-06 wrap.
func DayOfDate(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Date returns midnight UTC of the civil date, the form ClickHouse's Date column takes.
func (d Day) Date() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String returns the civil date as YYYY-MM-DD.
func (d Day) String() string { return d.Date().Format(time.DateOnly) }

// Settings are an owner's choices for one site. The zero value is the default of the preset "standard".
type Settings struct {
	// Preset is the name of the switches that are turned together; "" is the default. See [PresetOf].
	Preset string `json:"preset,omitempty"`
	// ReferrerPath keeps the path of an external referrer; otherwise only its host is kept.
	ReferrerPath bool `json:"referrer_path,omitempty"`
	// KeepIDs keeps path segments that look like identifiers; otherwise they become ":id". E-mail addresses never stay.
	KeepIDs bool `json:"keep_ids,omitempty"`
	// MinSearches is how often a phrase must have been searched in a period to be shown; 0 means the default of 2.
	MinSearches int `json:"min_searches,omitempty"`
	// IgnoreSignals counts visitors who send Sec-GPC or DNT too. Off by default: a signal is a no.
	IgnoreSignals bool `json:"ignore_signals,omitempty"`
	// ExcludedPaths are patterns of pages that are not counted: see [MatchPath].
	ExcludedPaths []string `json:"excluded_paths,omitempty"`
	// ExcludedAddresses are networks and addresses of people who are not counted, such as the owner's office.
	ExcludedAddresses []string `json:"excluded_addresses,omitempty"`
	// Hosts are the only hosts whose pages are counted, beside the site's own; "*." stands for every host below. None means any.
	Hosts []string `json:"hosts,omitempty"`
	// SearchNames are the query parameters that hold what was searched for, in place of the usual ones. The script learns them from its tag.
	SearchNames []string `json:"search_names,omitempty"`
	// Public shows the site's pages to whoever asks.
	Public bool `json:"public,omitempty"`
}

// MaxMinSearches is the highest threshold that can be set.
const MaxMinSearches = 1000

// ShownFrom is how often a phrase must have been searched in a period before it is shown.
func (s Settings) ShownFrom() int {
	if s.MinSearches > 0 {
		return s.MinSearches
	}
	return 2
}

// Site is one website. It is made by [New] only and immutable; see [Site.With].
type Site struct {
	ID     uint32 // number in every stored row, from 1
	Domain string // host[:port][/prefix] as the snippet names it, lower case, without scheme
	Zone   string // IANA time zone name, e.g. "Europe/Oslo"

	zone    *zone
	choices *choices
}

// choices are a site's settings and what follows from them. They are not changed, since sites may share them.
type choices struct {
	Settings
	preset   *Preset
	networks []netip.Prefix // of Settings.ExcludedAddresses
}

// usual are the choices of most sites: none. They are kept once, as an installation may have fifty thousand sites.
var usual = choices{preset: &presets[0]}

// zone is a time zone, with days that were last asked for: sites of one zone have the same. There are several, so that old events
// taken beside today's do not have both worked out anew each time.
type zone struct {
	*time.Location
	days [8]atomic.Pointer[span] // by the day in UTC, modulo 8
}

type span struct {
	start, end int64 // Unix seconds, [start, end)
	day        Day
}

// New returns the site, the lists in its settings brought to the form they are kept in. It fails when the zone is not in the IANA database,
// the domain is not one, or the preset is not known, and with a *Mistake when a list holds what it cannot.
func New(id uint32, domain, zone string, settings Settings) (*Site, error) {
	domain, err := CleanDomain(domain)
	if err != nil {
		return nil, err
	}
	if zone == "" {
		zone = "UTC"
	}
	in, err := zoneOf(zone)
	if err != nil {
		return nil, fmt.Errorf("time zone %q is not known: use an IANA name such as Europe/Oslo", zone)
	}
	preset, err := presetOf(settings.Preset)
	if err != nil {
		return nil, err
	}
	networks, err := settings.clean()
	if err != nil {
		return nil, err
	}
	mine := &usual
	if !reflect.ValueOf(settings).IsZero() {
		mine = &choices{settings, preset, networks}
	}
	return &Site{ID: id, Domain: domain, Zone: in.String(), zone: in, choices: mine}, nil
}

// Preset is what the site's preset switches.
func (s *Site) Preset() Preset { return *s.choices.preset }

// Settings are the owner's choices for the site. Its lists are not to be changed.
func (s *Site) Settings() Settings { return s.choices.Settings }

// With is the same site with other choices. It fails as [New] does.
func (s *Site) With(settings Settings) (*Site, error) { return New(s.ID, s.Domain, s.Zone, settings) }

// zones holds each zone once, however many sites are in it: package time reads its file anew every time, and keeps 2 KiB of it. It
// is a cache of what never changes, and as small as the IANA database.
var zones sync.Map // string → *zone

func zoneOf(name string) (*zone, error) {
	if known, ok := zones.Load(name); ok {
		return known.(*zone), nil
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	known, _ := zones.LoadOrStore(strings.Clone(name), &zone{Location: location})
	return known.(*zone), nil
}

// Location is the site's zone.
func (s *Site) Location() *time.Location { return s.zone.Location }

// DayAt returns the site's local day at Unix second t. It does not allocate while t stays within one day.
func (s *Site) DayAt(t int64) Day {
	place := &s.zone.days[uint64(t/86400)%uint64(len(s.zone.days))]
	p := place.Load()
	if p == nil || t < p.start || t >= p.end {
		p = s.spanAt(t)
		place.Store(p)
	}
	return p.day
}

// Bounds returns the Unix seconds at which the local day that holds t starts and ends: 24 hours apart, less or more when the clock
// is changed. A day whose midnight is skipped starts when the clock has been put forward.
func (s *Site) Bounds(t int64) (start, end int64) {
	p := s.spanAt(t)
	return p.start, p.end
}

func (s *Site) spanAt(t int64) *span {
	y, m, d := time.Unix(t, 0).In(s.zone.Location).Date()
	day := DayOfDate(y, m, d)
	return &span{start: s.startOf(day), end: s.startOf(day + 1), day: day}
}

// startOf returns the first second whose local date is that day or a later one. time.Date alone does not know it: of a midnight that a
// change of the clock skips it makes a time before or after the change, and of one that there is twice it takes either.
func (s *Site) startOf(day Day) int64 {
	date := day.Date()
	midnight := time.Date(date.Year(), date.Month(), date.Day(), 0, 0, 0, 0, s.zone.Location)
	changed, changes := midnight.ZoneBounds()
	if daysTo(midnight) < int64(day) { // before the change that skips it
		return changes.Unix()
	}
	if changed.IsZero() || daysTo(changed) < int64(day) { // the rule
		return midnight.Unix()
	}
	if before := changed.Add(-time.Second); daysTo(before) >= int64(day) { // the second of two midnights
		hours, minutes, seconds := before.Clock()
		return before.Unix() - int64(hours*3600+minutes*60+seconds)
	}
	return changed.Unix() // after the change that skips it
}

// daysTo is the number of t's local date, also of one that is no Day.
func daysTo(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// CleanDomain brings a domain to the form sites are stored and looked up in: lower case, no scheme, no "www.", no slash at the end.
func CleanDomain(domain string) (string, error) {
	d := strings.ToLower(strings.TrimSpace(domain))
	d = strings.TrimPrefix(strings.TrimPrefix(d, "https://"), "http://")
	d = strings.TrimPrefix(strings.TrimRight(d, "/"), "www.")
	if d == "" || len(d) > 253 || strings.ContainsAny(d, " \t\r\n\"'<>\\?#@,") || strings.HasPrefix(d, "/") || strings.HasPrefix(d, ".") {
		return "", fmt.Errorf("%q is not a domain: give it as in example.org", domain)
	}
	return d, nil
}
