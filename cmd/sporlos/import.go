package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/schollz/progressbar/v3"

	"sporlos/collector"
	"sporlos/collector/place"
	"sporlos/collector/replay"
	"sporlos/site"
)

type importCmd struct {
	AccessLog importAccessLogCmd `cmd:"" help:"Replay Apache or nginx access logs (combined, common or vhost_combined; plain or gzip) through the collector."`
}

// importAccessLogCmd reads the logs in this process, so that no line of them comes near the data directory: only the anonymous events
// that the collector made of them do. The installation then ships those.
type importAccessLogCmd struct {
	storageFlags
	Site       string   `help:"The site the logs are of." required:"" placeholder:"DOMAIN"`
	ShiftToNow bool     `help:"Move whole days so that the logs' last day is yesterday: for logs older than the retention."`
	Again      bool     `help:"Import logs that were imported before once more. Their views are counted twice then."`
	Geoip      string   `help:"Table of places (mmdb); by default the table of countries that is found." placeholder:"FILE" type:"path"`
	Files      []string `arg:"" help:"Logs of one period, in any order; - is standard input."`
}

// Run imports the logs, once. An import that was interrupted goes on where it stopped when it is run again.
func (c *importAccessLogCmd) Run(ctx context.Context, t *terminal) error {
	print, err := fingerprint(c.Files)
	if err != nil {
		return err
	}
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		job, err := call[importJob](ctx, ctl, "import.begin", importJob{Key: print, Domain: c.Site, Again: c.Again})
		if err != nil {
			return err
		}
		summary, err := c.collect(ctx, t, job)
		if err != nil {
			return err
		}
		fmt.Fprintln(t.err, "Collected; storing …")
		job.Lines, job.Views = summary.Lines, summary.Pageviews
		if _, err := call[none](ctx, ctl, "import.ship", job); err != nil {
			return fmt.Errorf("%w; run it again: it goes on where it stopped", err)
		}
		printSummary(t.out, summary)
		return nil
	})
}

// summaryName is the file that says that everything has been collected, and what.
const summaryName = "summary.json"

// collect makes events of the logs in a staging spool, unless an earlier try has done so.
func (c *importAccessLogCmd) collect(ctx context.Context, t *terminal, job importJob) (replay.Summary, error) {
	dir := job.dir(c.Data)
	if text, err := os.ReadFile(filepath.Join(dir, summaryName)); err == nil {
		fmt.Fprintln(t.err, "An earlier try has collected these logs; going on from there.")
		var summary replay.Summary
		return summary, json.Unmarshal(text, &summary)
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return replay.Summary{}, err
	}
	summary, err := c.replay(ctx, t, job, dir)
	if err != nil {
		return summary, errors.Join(err, os.RemoveAll(dir))
	}
	text, err := json.Marshal(summary)
	if err != nil {
		return summary, err
	}
	return summary, errors.Join(os.WriteFile(filepath.Join(dir, summaryName), text, 0o600), adopt(c.Data, filepath.Dir(dir)))
}

func (c *importAccessLogCmd) replay(ctx context.Context, t *terminal, job importJob, dir string) (summary replay.Summary, err error) {
	one, err := site.New(job.Site, job.Domain, job.Zone, job.Settings)
	if err != nil {
		return summary, err
	}
	robots, err := newRobots(false, nil)
	if err != nil {
		return summary, err
	}
	places, err := openPlaces(c.Geoip)
	if err != nil {
		return summary, err
	}
	bar := newBar(t)
	err = stage(dir, one, places, robots, func(to *collector.Collector) (err error) {
		summary, err = replay.Run(ctx, replay.Options{
			Files: c.Files, Stdin: os.Stdin, Site: one, Take: to.Take, ShiftToNow: c.ShiftToNow, Progress: bar,
		})
		return err
	})
	return summary, errors.Join(err, places.Close())
}

// openPlaces opens the table of places that was named or is found; nil, which knows no place, when there is none.
func openPlaces(file string) (*place.DB, error) {
	if file == "" {
		file = place.FindDefault()
	}
	if file == "" {
		return nil, nil
	}
	return place.Open(file)
}

// newBar shows progress to a person and to nobody else.
func newBar(t *terminal) func(read, total int64) {
	if !t.isTerminal() {
		return nil
	}
	bar := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(t.err), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription("Collecting"), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond))
	return func(read, total int64) {
		if total > 0 {
			bar.ChangeMax64(total)
		}
		_ = bar.Set64(read) // only decoration
	}
}

// adopt gives what an administrator made below dir to the owner of the data, so that the installation can read and remove it.
func adopt(data, dir string) error {
	info, err := os.Stat(data)
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(owner.Uid), int(owner.Gid))
	})
}

// fingerprint names a set of files by their content, whatever their names and order. Standard input has none but the moment.
func fingerprint(files []string) (string, error) {
	prints := make([]string, 0, len(files))
	for _, name := range files {
		if name == "-" {
			prints = append(prints, time.Now().String())
			continue
		}
		print, err := fingerprintOf(name)
		if err != nil {
			return "", err
		}
		prints = append(prints, print)
	}
	slices.Sort(prints)
	sum := sha256.Sum256([]byte(fmt.Sprint(prints)))
	return hex.EncodeToString(sum[:16]), nil
}

func fingerprintOf(name string) (print string, err error) {
	file, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("cannot read the log: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	sum := sha256.New()
	if _, err = io.Copy(sum, bufio.NewReader(file)); err != nil {
		return "", fmt.Errorf("cannot read the log: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func printSummary(out io.Writer, s replay.Summary) {
	fmt.Fprintf(out, "%d lines read, %d pageviews counted", s.Lines, s.Pageviews)
	if s.Pageviews > 0 {
		fmt.Fprintf(out, ", from %s to %s", s.First.Format("2 January 2006"), s.Last.Format("2 January 2006"))
	}
	fmt.Fprintln(out, ".")
	reasons := make([]string, 0, len(s.Skipped))
	for reason := range s.Skipped {
		reasons = append(reasons, reason)
	}
	slices.SortFunc(reasons, func(a, b string) int { return s.Skipped[b] - s.Skipped[a] })
	for _, reason := range reasons {
		fmt.Fprintf(out, "%8d not counted: %s\n", s.Skipped[reason], explain(reason))
	}
	if s.Late > 0 {
		fmt.Fprintf(out, "%8d counted, but more than an hour out of order\n", s.Late)
	}
}

// explain says a reason in words.
func explain(reason string) string {
	words := map[string]string{
		replay.Unparsable: "not a line of an access log", replay.Method: "not a GET request", replay.Status: "an error, a redirect or a piece of a file",
		replay.AssetFile: "an image, style, script, font or download, not a page", replay.Feed: "a feed", replay.Monitoring: "a health check",
		replay.OtherHost: "a page of another host", "robot": "a robot",
	}
	if text := words[reason]; text != "" {
		return text
	}
	return reason
}
