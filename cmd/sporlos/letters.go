package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"sporlos/aggregator/letters"
	"sporlos/collector"
	"sporlos/letter"
	"sporlos/site"
	"sporlos/store/schema"
	"sporlos/store/settings"
)

// startLetters opens the lane of newsletters, and makes the directory of them: as last known on disk, then as the settings say.
func (s *server) startLetters(ctx context.Context) (err error) {
	s.letters, err = letters.Open(letters.Options{
		Dir: s.volatile("letters"), Store: s.in.store, Day: s.dayAt, Logger: s.log, Registerer: s.registry,
	})
	if err != nil {
		return err
	}
	s.onStop(func(context.Context) error { return s.letters.Close() })
	s.newsletters = collector.NewNewsletters()
	if err := s.newsletters.LoadFile(s.newslettersFile()); err != nil {
		s.log.Warn("the newsletters last known cannot be read; waiting for the settings", "error", err)
	}
	if s.migrated.Load() {
		if err := s.refreshNewsletters(ctx); err != nil {
			return err
		}
	}
	s.background(s.whenMigrated(func(ctx context.Context) { s.in.settings.WatchCampaigns(ctx, time.Second, s.takeNewsletters) }))
	s.background(s.whenMigrated(func(ctx context.Context) { s.end("letters", s.letters.Run(ctx)) }))
	return nil
}

func (s *server) newslettersFile() string {
	return filepath.Join(s.flags.Data, "collector", "newsletters.json")
}

func (s *server) refreshNewsletters(ctx context.Context) error {
	list, err := s.in.settings.Campaigns(ctx)
	if err != nil {
		return err
	}
	s.takeNewsletters(list)
	return nil
}

func (s *server) takeNewsletters(list []letter.Campaign) {
	s.newsletters.Set(list)
	if err := s.newsletters.SaveFile(s.newslettersFile()); err != nil {
		s.log.Warn("the newsletters cannot be kept for a start without ClickHouse", "error", err)
	}
}

// dayAt tells the lane of newsletters which day it is, or was, on a site.
func (s *server) dayAt(id uint32, at time.Time) (day uint16, ok bool) {
	sites := s.everySite()
	i := slices.IndexFunc(sites, func(one *site.Site) bool { return one.ID == id })
	if i < 0 {
		return 0, false
	}
	return uint16(sites[i].DayAt(at.Unix())), true
}

// newsletterLine is a newsletter and the collector's address, which its own begin with.
type newsletterLine struct {
	letter.Campaign
	Base string `json:"base"`
}

func (a *admin) newsletterLine(c letter.Campaign) newsletterLine {
	line := newsletterLine{c, a.collector}
	if line.Base == "" {
		line.Base = "https://YOUR-COLLECTOR"
	}
	return line
}

func (a *admin) handleNewsletters(mux *http.ServeMux) {
	mux.HandleFunc("POST /newsletter.add", procedure(a.addNewsletter))
	mux.HandleFunc("POST /newsletter.list", procedure(a.listNewsletters))
	mux.HandleFunc("POST /newsletter.opens", procedure(a.countOpens))
	mux.HandleFunc("POST /newsletter.link.add", procedure(a.addLink))
	mux.HandleFunc("POST /newsletter.link.remove", procedure(a.removeLink))
	mux.HandleFunc("POST /newsletter.remove", procedure(a.removeNewsletter))
}

func (a *admin) addNewsletter(ctx context.Context, in letter.Campaign) (newsletterLine, error) {
	one, err := a.settings.Site(ctx, in.Site)
	if err != nil {
		return newsletterLine{}, fmt.Errorf("%w; add it with: sporlos site add %s", err, in.Site)
	}
	if !one.Preset().Campaigns {
		return newsletterLine{}, fmt.Errorf("site %s counts no campaigns: its preset is %s", one.Domain, one.Preset().Name)
	}
	return a.changedNewsletter(ctx, "newsletter.add")(a.settings.AddCampaign(ctx, in))
}

// changedNewsletter passes a newsletter on, once the collector knows of the change and the audit log has it.
func (a *admin) changedNewsletter(ctx context.Context, action string) func(letter.Campaign, error) (newsletterLine, error) {
	return func(c letter.Campaign, err error) (newsletterLine, error) {
		if err == nil {
			a.tell(ctx)
			err = a.note(ctx, action, c.Name, settings.Details(settings.Detail("text", c.Site)))
		}
		return a.newsletterLine(c), err
	}
}

func (a *admin) listNewsletters(ctx context.Context, in siteLine) ([]newsletterLine, error) {
	list, err := a.settings.Campaigns(ctx)
	if in.Domain != "" && err == nil {
		one, missing := a.settings.Site(ctx, in.Domain)
		if missing != nil {
			return nil, missing
		}
		list = slices.DeleteFunc(list, func(c letter.Campaign) bool { return c.Site != one.Domain })
	}
	lines := make([]newsletterLine, 0, len(list))
	for _, c := range list {
		lines = append(lines, a.newsletterLine(c))
	}
	return lines, err
}

func (a *admin) countOpens(ctx context.Context, in letter.Campaign) (newsletterLine, error) {
	return a.changedNewsletter(ctx, "newsletter.set")(a.settings.ChangeCampaign(ctx, in.Name, func(c *letter.Campaign) error {
		c.Opens = in.Opens
		return nil
	}))
}

// addLink adds the links of in, or changes where they lead.
func (a *admin) addLink(ctx context.Context, in letter.Campaign) (newsletterLine, error) {
	return a.changedNewsletter(ctx, "newsletter.set")(a.settings.ChangeCampaign(ctx, in.Name, func(c *letter.Campaign) error {
		for _, l := range in.Links {
			if i := slices.IndexFunc(c.Links, func(old letter.Link) bool { return old.Name == l.Name }); i >= 0 {
				c.Links[i] = l
			} else {
				c.Links = append(c.Links, l)
			}
		}
		return nil
	}))
}

func (a *admin) removeLink(ctx context.Context, in letter.Campaign) (newsletterLine, error) {
	return a.changedNewsletter(ctx, "newsletter.set")(a.settings.ChangeCampaign(ctx, in.Name, func(c *letter.Campaign) error {
		for _, l := range in.Links {
			if _, found := c.Link(l.Name); !found {
				return fmt.Errorf("newsletter %q has no link %q: %w", c.Name, l.Name, settings.ErrNotFound)
			}
			c.Links = slices.DeleteFunc(c.Links, func(old letter.Link) bool { return old.Name == l.Name })
		}
		return nil
	}))
}

// removeNewsletter removes the newsletter and deletes what was counted of it.
func (a *admin) removeNewsletter(ctx context.Context, in letter.Campaign) (newsletterLine, error) {
	line, err := a.changedNewsletter(ctx, "newsletter.remove")(a.settings.RemoveCampaign(ctx, in.Name))
	if err != nil {
		return line, err
	}
	one, err := a.settings.Site(ctx, line.Site)
	if err != nil {
		return line, err
	}
	return line, schema.DeleteCampaign(ctx, a.store, one.ID, line.Name)
}

// removeNewslettersOf removes all newsletters of a site that is being removed; what was counted goes with the site's measurements.
func (a *admin) removeNewslettersOf(ctx context.Context, domain string) error {
	list, err := a.settings.CampaignsOf(ctx, domain)
	if err != nil {
		return err
	}
	for _, c := range list {
		if _, err := a.settings.RemoveCampaign(ctx, c.Name); err != nil {
			return err
		}
	}
	return nil
}
