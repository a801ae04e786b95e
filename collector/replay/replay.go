// Package replay counts the page views in access logs: it makes of each line the request it was, and has the collector take it with
// the line's own time.
//
// It reads what Apache and nginx write in the formats common, combined and vhost_combined, plain or gzip, from files or standard input;
// fields after the agent are ignored. A line becomes a page view when it is
//   - a GET that was answered with 2xx (but 206, a piece of something) or 304 (the visitor's browser had the page already);
//   - of a page: not an image, a style, a script, a font, a download, a feed, or one of the files that browsers and robots ask for by
//     themselves (pages.go);
//   - of this site, where the line names the host;
//   - by somebody whom the collector takes: no robot, above all.
//
// Every other line is counted by the reason it was skipped for.
//
// Servers write a line when a request ends and some logs are merged, so lines are not in order of time. They pass through a window of an
// hour of the log, at most 65,536 lines, from which the earliest leaves first; what comes later still is taken as it comes. Files are
// read in the order of their first lines, so rotated logs may be named in any.
//
// What a log cannot tell is missing: accept-language, so fewer visitors are told apart; time on page; custom events; and pages that a
// cache answered without asking the server.
package replay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sporlos/beacon"
	"sporlos/collector"
	"sporlos/event"
	"sporlos/site"
)

// Options of a run. Files, Site and Take are needed.
type Options struct {
	Files []string // paths; "-" is Stdin
	Stdin io.Reader
	Site  *site.Site

	// Take counts one request, as collector.Collector.Take does. Its collector must have salts of its own and no rate limit.
	Take func(*collector.Request) beacon.Reason

	// ShiftToNow moves all lines by whole days, so that the last day of the logs becomes yesterday in the site's zone. The logs are
	// read twice for it, so they cannot come from standard input.
	ShiftToNow bool

	Progress func(read, total int64) // bytes as they are on disk; total is 0 when it is not known
	Now      func() time.Time        // time.Now
}

// Summary is what came of a run.
type Summary struct {
	Lines     int
	Pageviews int
	Skipped   map[string]int // by reason: of this package, or of beacon.Reason
	Late      int            // page views that were too far out of order for the window
	First     time.Time      // of the page views, shifted if they are
	Last      time.Time
}

// Reasons for which a line is skipped before the collector sees it.
const (
	Unparsable = "unparsable"
	Method     = "method"     // not GET
	Status     = "status"     // an error, a redirect, a piece
	AssetFile  = "asset"      // part of a page, or a download
	Feed       = "feed"       // read by a program
	Monitoring = "monitoring" // a health check
	OtherHost  = "other_host" // a page of another site in the same log
)

const checkEvery = 1024 // lines between two looks at the context and the progress

// Run replays the logs. It ends early with an error when a file cannot be read, the context is done, or the collector cannot keep a
// view; the summary then tells how far it got.
func Run(ctx context.Context, o Options) (Summary, error) {
	r := &run{Options: o, summary: Summary{Skipped: map[string]int{}}}
	if r.Now == nil {
		r.Now = time.Now
	}
	err := r.all(ctx)
	return r.summary, err
}

type run struct {
	Options
	summary Summary
	window  window
	shift   int // days
	read    int64
	total   int64
	beacon  beacon.Beacon
}

func (r *run) all(ctx context.Context) error {
	sources, err := r.sources()
	if err != nil {
		return err
	}
	if r.ShiftToNow {
		if err := r.findShift(ctx, sources); err != nil {
			return err
		}
	}
	for _, s := range sources {
		if err := r.each(ctx, s, r.line); err != nil {
			return err
		}
	}
	for r.window.Len() > 0 {
		if err := r.take(r.window.earliest()); err != nil {
			return err
		}
	}
	r.progress()
	return nil
}

// each calls fn with every line of a source, without its end. A line over 64 KiB comes as an empty one.
func (r *run) each(ctx context.Context, s source, fn func([]byte) error) error {
	in, err := s.open(r)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewReaderSize(in, 64<<10)
	for n := 0; ; n++ {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			line = nil
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = lines.ReadSlice('\n')
			}
		} else if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("cannot read %s: %w", s.name, err)
		}
		if err := fn(line); err != nil {
			return err
		}
		if n%checkEvery == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			r.progress()
		}
	}
}

func (r *run) progress() {
	if r.Progress != nil {
		r.Progress(r.read, r.total)
	}
}

// findShift reads all times and sets the shift.
func (r *run) findShift(ctx context.Context, sources []source) error {
	var last time.Time
	for _, s := range sources {
		if s.name == stdin {
			return errors.New("logs from standard input cannot be shifted to now, since they can be read only once: give a file")
		}
		err := r.each(ctx, s, func(line []byte) error {
			var e entry
			if e.parse(line) && e.time.After(last) {
				last = e.time
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if !last.IsZero() {
		r.shift = int(r.Site.DayAt(r.Now().Unix())) - 1 - int(r.Site.DayAt(last.Unix()))
	}
	return nil
}

// line takes one line into the window, and the earliest out of it when it has been there long enough.
func (r *run) line(raw []byte) error {
	r.summary.Lines++
	var e entry
	if reason := r.judge(raw, &e); reason != "" {
		r.summary.Skipped[reason]++
		return nil
	}
	if r.shift != 0 {
		e.time = e.time.In(r.Site.Location()).AddDate(0, 0, r.shift)
	}
	if r.window.put(e.keep()) {
		r.summary.Late++
	}
	for r.window.ready() {
		if err := r.take(r.window.earliest()); err != nil {
			return err
		}
	}
	return nil
}

// judge parses a line and says why it is none of a page that was seen; "" when it is.
func (r *run) judge(raw []byte, e *entry) string {
	switch {
	case !e.parse(raw):
		return Unparsable
	case e.method != "GET":
		return Method
	case (e.status < 200 || e.status > 299 || e.status == 206) && e.status != 304:
		return Status
	case e.host != "" && !sameSite(e.host, r.Site.Domain):
		return OtherHost
	}
	return kindOfTarget(e.target)
}

// take hands a view to the collector.
func (r *run) take(v *view) error {
	r.beacon = beacon.Beacon{Name: event.Pageview, URL: "https://" + v.hostOr(r.Site.Domain) + v.target, Domain: r.Site.Domain,
		Referrer: v.referrer, Interactive: true}
	reason := r.Take(&collector.Request{Time: v.time, Addr: v.addr, Agent: []byte(v.agent), Bare: true, Beacon: &r.beacon})
	switch reason {
	case beacon.Accepted:
		r.seen(v.time)
	case beacon.SpoolFull, beacon.SpoolFailed, beacon.Failed:
		return fmt.Errorf("the collector cannot keep a page view (%s): check the disk and --spool-max, then import again", reason)
	default:
		r.summary.Skipped[reason.String()]++
	}
	return nil
}

func (r *run) seen(at time.Time) {
	s := &r.summary
	s.Pageviews++
	if s.First.IsZero() || at.Before(s.First) {
		s.First = at
	}
	if at.After(s.Last) {
		s.Last = at
	}
}
