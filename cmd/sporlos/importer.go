package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"sporlos/site"
	"sporlos/store/settings"
)

// importJob is one set of logs for one site, as the importing command and the installation speak of it.
type importJob struct {
	Key      string        `json:"key"`             // fingerprint of the logs; with the site's number once it is known
	Round    int           `json:"round,omitempty"` // how often they have been imported before
	Domain   string        `json:"domain"`
	Again    bool          `json:"again,omitempty"`
	Site     uint32        `json:"site,omitempty"`
	Zone     string        `json:"zone,omitempty"`
	Settings site.Settings `json:"settings"`
	Lines    int           `json:"lines,omitempty"`
	Views    int           `json:"views,omitempty"`
}

// dir is where the events of the job are staged. A repeated import has a directory of its own.
func (j importJob) dir(data string) string {
	return filepath.Join(data, "import", fmt.Sprintf("%s-%d", j.Key, j.Round))
}

var jobKey = regexp.MustCompile(`^[0-9a-f]{32}(-[0-9]{1,10})?$`)

// importer brings what an import has collected into the installation, one import at a time.
type importer struct {
	in   *installation
	busy sync.Mutex
}

// begin looks the site up and refuses logs that were imported before.
func (im *importer) begin(ctx context.Context, job importJob) (importJob, error) {
	if !jobKey.MatchString(job.Key) {
		return job, errors.New("the fingerprint of the logs is missing")
	}
	one, err := im.in.settings.Site(ctx, job.Domain)
	if err != nil {
		return job, fmt.Errorf("%w; add it with: sporlos site add %s", err, job.Domain)
	}
	job.Key = fmt.Sprintf("%.32s-%d", job.Key, one.ID)
	job.Site, job.Domain, job.Zone, job.Settings = one.ID, one.Domain, one.Zone, one.Settings()
	done, err := im.in.settings.Import(ctx, job.Key)
	if err == nil && !job.Again {
		return job, fmt.Errorf("these logs were imported on %s already: %d pageviews; --again counts them once more", done.Done.Format("2 January 2006"), done.Views)
	}
	if err != nil && !errors.Is(err, settings.ErrNotFound) {
		return job, err
	}
	for ; job.Round < done.Times; job.Round++ { // what a crash has left of earlier rounds is of no use any more
		if err := os.RemoveAll(job.dir(im.in.flags.Data)); err != nil {
			return job, err
		}
	}
	return job, nil
}

// ship stores what was collected, remembers the import, and removes the staging spool.
func (im *importer) ship(ctx context.Context, job importJob) (none, error) {
	if !jobKey.MatchString(job.Key) {
		return none{}, errors.New("the fingerprint of the logs is missing")
	}
	if !im.busy.TryLock() {
		return none{}, errors.New("another import is being stored: wait for it")
	}
	defer im.busy.Unlock()
	dir := job.dir(im.in.flags.Data)
	if _, err := os.Stat(filepath.Join(dir, summaryName)); err != nil {
		return none{}, fmt.Errorf("what was collected is not there: %w", err)
	}
	if err := im.in.ship(ctx, dir, im.in.log); err != nil {
		return none{}, err
	}
	err := im.in.settings.AddImport(ctx, job.Key, settings.Import{Domain: job.Domain, Lines: job.Lines, Views: job.Views, Times: job.Round + 1})
	return none{}, errors.Join(err, os.RemoveAll(dir))
}
