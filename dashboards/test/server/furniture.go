package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"sporlos/dashboards/api"
	"sporlos/dashboards/password"
	"sporlos/site"
	"sporlos/store/report"
	"sporlos/store/settings"
)

// define defines what the large site wants and says about itself, and a token, so that no page about these is an empty one.
func define(ctx context.Context, set *settings.Settings, now time.Time) error {
	one, err := set.Site(ctx, "large.example")
	if err != nil {
		return err
	}
	var steps []string
	for _, g := range []site.Goal{
		{Name: "Looked at the prices", Kind: site.PageGoal, Path: "/pricing"},
		{Name: "Signed up", Kind: site.EventGoal, Event: "Signup", Props: []site.Condition{{Key: "plan", Value: "season"}}},
		{Name: "Searched", Kind: site.SearchGoal, Outcome: "search"},
		{Name: "Read to the end", Kind: site.ScrollGoal, Path: "/blog/*", Scroll: 90},
	} {
		saved, err := set.SaveGoal(ctx, one.ID, g)
		if err != nil {
			return err
		}
		if len(steps) < 2 {
			steps = append(steps, saved.ID)
		}
	}
	_, err = set.SaveFunnel(ctx, one.ID, site.Funnel{Name: "From the prices to a season", Steps: steps})
	_, segment := set.SaveSegment(ctx, one.ID, site.Segment{Name: "Norwegians on phones", Query: "f=is:country:NO&f=is:device:Mobile", Owner: "kari"})
	_, note := set.SaveAnnotation(ctx, one.ID, site.Annotation{Day: one.DayAt(now.Unix()) - 9, Text: "The winter season opened", Who: "kari", Created: now})
	token := set.AddToken(ctx, settings.Hash(settings.NewSecret()), settings.Token{Name: "the weekly slide", Sites: []string{one.Domain}, Scopes: []string{settings.ScopeStats}, Created: now, By: "kari"})
	return errors.Join(err, segment, note, token)
}

// furnish puts what is to be looked at into the sites, and its addresses into the line.
func (r *ready) furnish(ctx context.Context, set *settings.Settings, now time.Time) (err error) {
	if err := define(ctx, set, now); err != nil {
		return err
	}
	if r.Shared, err = share(ctx, set, "The board", ""); err != nil {
		return err
	}
	r.Locked, err = share(ctx, set, "The printer", "snow on the fjord")
	return err
}

// share makes a link to the large site and returns its path; with a password when there is one.
func share(ctx context.Context, set *settings.Settings, name, secret string) (path string, err error) {
	one := settings.Share{Domain: "large.example", Name: name}
	if secret != "" {
		if one.Password, err = password.New(1, 1).Hash(ctx, secret); err != nil {
			return "", err
		}
	}
	key := settings.NewSecret()
	_, err = set.AddShare(ctx, settings.Hash(key), one)
	return "/share/" + key, err
}

// newAPI is the stats API, opened by the tokens that the pages make.
func newAPI(set *settings.Settings, reporter *report.Reporter, now func() time.Time) (http.Handler, error) {
	return api.New(api.Options{
		Report: reporter, Now: now, Logger: slog.New(slog.DiscardHandler),
		Authorize: func(ctx context.Context, token string) (domains []string, ok bool, err error) {
			t, err := set.Token(ctx, settings.Hash(token))
			if errors.Is(err, settings.ErrNotFound) {
				return nil, false, nil
			}
			return t.Domains(), err == nil, err
		},
		Site: func(ctx context.Context, domain string) (*site.Site, bool, error) {
			one, err := set.Site(ctx, domain)
			if errors.Is(err, settings.ErrNotFound) {
				return nil, false, nil
			}
			return one, err == nil, err
		},
	})
}
