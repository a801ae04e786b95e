// Package audit looks at what an installation has really stored, whatever its settings promise, and reports what should not be there.
//
//	report, err := audit.Run(ctx, audit.Options{DB: reader, Dir: "./data", Volatile: "/dev/shm/…", Retention: 14})
//
// It reads three things. In the database, every string of every table is looked through for personal data (package pattern), and the tables
// themselves are checked: a TTL on each, no row older than it, no column made for addresses, no visitor who lived on two days or
// two sites, no secret in the settings. Under the data directory every file but ClickHouse's own is read: segments of spools record by
// record, what was put aside as damaged, logs; and modes, ages and whatever looks like a salt are checked. In the volatile directory
// the salts must be those of today, on a file system in memory.
//
// It only reads, with a database user who can do nothing else, one column of one month at a time, so its memory stays
// bounded (a few MB; what ClickHouse needs to group spills to its disk), and it can run beside everything else.
// A [Report] holds no value that was found, only its kind, its place and a masked form.
package audit

import (
	"context"
	"errors"
	"time"

	"sporlos/audit/pattern"
	"sporlos/site"
	"sporlos/store"
	"sporlos/store/settings"
)

// grace is how long after the end of its retention a row may still be on the disk: TTL merges take their time.
const grace = 7 * 24 * time.Hour

// Options say what to audit. DB, Dir and Volatile may each be missing; something must be there.
type Options struct {
	DB        *store.Store // read with [store.Config.ReadOnly]
	Dir       string       // the installation's data directory
	Volatile  string       // its directory in memory; looked at when it exists
	Retention int          // months
	Now       func() time.Time
	Progress  func(Progress) // called from Run's goroutine; nil: nobody is told
}

// Progress says how far an audit has come. Total grows while more is found to be done.
type Progress struct {
	Doing string `json:"doing"` // what is being looked at: "events.path 2026-05", "spool/0000000000000001.seg"
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
}

// Looked is what an audit has looked at.
type Looked struct {
	Tables  int    `json:"tables"`
	Columns int    `json:"columns"` // that hold strings
	Rows    uint64 `json:"rows"`
	Values  uint64 `json:"values"`  // distinct ones of a column and month, and fields of records
	Bytes   uint64 `json:"bytes"`   // in those values, and in files read as text
	Files   int    `json:"files"`   // whose content was read
	Records uint64 `json:"records"` // in spools
}

// Finding is one thing that should not be: all finds of one kind in one place.
type Finding struct {
	Kind   string `json:"kind"`             // a pattern.Kind, or one of the checks listed in [Explain]
	Place  string `json:"place"`            // table.column, or a path inside the data directory
	Count  uint64 `json:"count"`            // rows, records, files or occurrences
	Sample string `json:"sample,omitempty"` // masked, or what was wrong
}

// Report is the result of an audit.
type Report struct {
	Clean    bool          `json:"clean"`
	Began    time.Time     `json:"began"`
	Took     time.Duration `json:"took_ns"`
	Looked   Looked        `json:"looked"`
	Findings []Finding     `json:"findings"`
	Notes    []string      `json:"notes,omitempty"` // what could not be looked at, and why that is no finding
}

// auditor is one run.
type auditor struct {
	o       Options
	now     time.Time
	oldest  time.Time // rows of days before this should be gone
	report  *Report
	scanner pattern.Scanner
	index   map[[2]string]int // kind and place → finding
	sites   []*site.Site
	own     map[string]bool // addresses of the operator's own sites
	chosen  map[string]bool // addresses and networks a site's owner has chosen to leave out, in any version of its settings
	logins  []string        // names of those who may log in
	done    int64
	total   int64
}

// Run audits. An error means that the audit could not be carried out, not that something was found.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.DB == nil && o.Dir == "" {
		return nil, errors.New("audit: there is neither a database nor a directory to look at")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &auditor{o: o, now: o.Now(), report: &Report{Findings: []Finding{}}, index: map[[2]string]int{}, own: map[string]bool{}, chosen: map[string]bool{}}
	a.oldest = a.now.UTC().AddDate(0, -o.Retention, 0).Add(-grace)
	a.report.Began = a.now.UTC()
	if o.DB != nil {
		if err := a.database(ctx); err != nil {
			return nil, err
		}
	}
	for _, look := range []func(context.Context) error{a.directory, a.volatile} {
		if err := look(ctx); err != nil {
			return nil, err
		}
	}
	a.report.Clean = len(a.report.Findings) == 0
	a.report.Took = o.Now().Sub(a.now)
	return a.report, nil
}

// database looks at everything that is in ClickHouse.
func (a *auditor) database(ctx context.Context) (err error) {
	tables, err := a.tables(ctx)
	if err != nil {
		return err
	}
	if a.sites, err = settings.Open(a.o.DB.Conn(), a.o.Now).Sites(ctx); err != nil {
		return err
	}
	for _, s := range a.sites {
		a.own[hostOf(s.Domain)] = true
	}
	for _, look := range []func(context.Context, []*table) error{a.structure, a.secrets, a.strings, a.sealed} {
		if err := look(ctx, tables); err != nil {
			return err
		}
	}
	return nil
}

// found adds to the finding of that kind and place; the first sample is kept.
func (a *auditor) found(kind, place, sample string, count uint64) {
	key := [2]string{kind, place}
	i, ok := a.index[key]
	if !ok {
		i = len(a.report.Findings)
		a.index[key] = i
		a.report.Findings = append(a.report.Findings, Finding{Kind: kind, Place: place, Sample: sample})
	}
	a.report.Findings[i].Count += count
}

// look looks through one value that stands for count rows.
func (a *auditor) look(place string, value []byte, count uint64) {
	a.report.Looked.Values++
	a.scan(place, value, count, nil)
}

// scan is look for text that is not one value. What spare says is not reported.
func (a *auditor) scan(place string, text []byte, count uint64, spare func(pattern.Match) bool) {
	a.report.Looked.Bytes += uint64(len(text))
	for _, m := range a.scanner.Find(text) {
		if a.ours(m) || a.leftOut(place, m) || spare != nil && spare(m) {
			continue
		}
		a.found(m.Kind.String(), place, m.Masked(), count)
	}
}

// ours tells the address of one of the operator's own sites, which is in every row's host.
func (a *auditor) ours(m pattern.Match) bool {
	if m.Kind != pattern.IPv4 && m.Kind != pattern.IPv6 || len(a.own) == 0 {
		return false
	}
	for host := range a.own {
		if m.Is(host) {
			return true
		}
	}
	return false
}

// lists are the places where a site's settings are: in the database, in its log of changes, and as the collector keeps them for a start
// without it.
var lists = map[string]bool{settingsTable + ".value": true, changesTable + ".detail": true, "collector/sites.json": true}

// leftOut tells an address that stands in a site's settings because its owner leaves it out. It is no visitor's trace there: nothing that was
// sent puts it there, and anywhere else it is reported.
func (a *auditor) leftOut(place string, m pattern.Match) bool {
	if !lists[place] || m.Kind != pattern.IPv4 && m.Kind != pattern.IPv6 {
		return false
	}
	for address := range a.chosen {
		if m.Is(address) {
			return true
		}
	}
	return false
}

// step tells how far the audit is.
func (a *auditor) step(doing string, n int64) {
	a.done += n
	a.total = max(a.total, a.done)
	if a.o.Progress != nil {
		a.o.Progress(Progress{doing, a.done, a.total})
	}
}

func (a *auditor) note(text string) { a.report.Notes = append(a.report.Notes, text) }
