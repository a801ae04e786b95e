package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sporlos/site"
	"sporlos/store"
	"sporlos/store/schema"
	"sporlos/store/settings"
)

// admin is what can be asked of an installation over its control socket.
type admin struct {
	serving    *serveFlags // how the installation runs; nil when none does
	settings   *settings.Settings
	store      *store.Store
	importer   *importer
	changed    func(context.Context)             // called after sites or newsletters have changed; nil when nobody needs to know
	cost       func(site uint32) (float64, bool) // what cutting addresses costs; nil: not known here
	dashboards string                            // base URL for links; "" when no dashboards run
	collector  string                            // base URL of newsletters' addresses; "" when it is not known
	volatile   string                            // directory in memory; "" when nothing is collected
}

func (a *admin) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /site.add", procedure(a.addSite))
	mux.HandleFunc("POST /site.list", procedure(a.listSites))
	mux.HandleFunc("POST /site.set", procedure(a.setSite))
	mux.HandleFunc("POST /statement", procedure(a.statement))
	mux.HandleFunc("POST /site.remove", procedure(a.removeSite))
	a.handleUsers(mux)
	mux.HandleFunc("POST /token.add", procedure(a.addToken))
	mux.HandleFunc("POST /token.list", procedure(a.listTokens))
	mux.HandleFunc("POST /token.remove", procedure(a.removeToken))
	a.handleNewsletters(mux)
	a.handleDefinitions(mux)
	mux.HandleFunc("POST /import.begin", procedure(a.importer.begin))
	mux.HandleFunc("POST /import.ship", procedure(a.importer.ship))
	mux.HandleFunc("POST /export", a.export)
	mux.Handle("POST /verify", auditor{a.importer.in, a.volatile})
	return mux
}

type none struct{}

type siteLine struct {
	ID     uint32 `json:"id"`
	Domain string `json:"domain"`
	Zone   string `json:"zone"`

	Settings site.Settings `json:"settings"`
	Cost     *float64      `json:"cost,omitempty"` // share of visitors that cutting addresses costs, when it is known
}

func lineOf(s *site.Site) siteLine {
	return siteLine{ID: s.ID, Domain: s.Domain, Zone: s.Zone, Settings: s.Settings()}
}

func (a *admin) addSite(ctx context.Context, in siteLine) (siteLine, error) {
	added, err := a.settings.AddSiteWith(ctx, in.Domain, in.Zone, in.Settings)
	if err != nil {
		return siteLine{}, err
	}
	a.tell(ctx)
	return lineOf(added), a.note(ctx, "site.add", added.Domain, settings.Details(settings.Detail("text", added.Zone)))
}

func (a *admin) listSites(ctx context.Context, _ none) ([]siteLine, error) {
	sites, err := a.settings.Sites(ctx)
	lines := make([]siteLine, 0, len(sites))
	for _, s := range sites {
		line := lineOf(s)
		if a.cost != nil {
			if cost, ok := a.cost(s.ID); ok {
				line.Cost = &cost
			}
		}
		lines = append(lines, line)
	}
	return lines, err
}

// siteChange is what is to become other of a site's zone and settings; nil stays.
type siteChange struct {
	Domain            string    `json:"domain"`
	Zone              *string   `json:"zone,omitempty"`
	Preset            *string   `json:"preset,omitempty"`
	MinSearches       *int      `json:"min_searches,omitempty"`
	ReferrerPath      *bool     `json:"referrer_path,omitempty"`
	KeepIDs           *bool     `json:"keep_ids,omitempty"`
	IgnoreSignals     *bool     `json:"ignore_signals,omitempty"`
	ExcludedPaths     *[]string `json:"excluded_paths,omitempty"`
	ExcludedAddresses *[]string `json:"excluded_addresses,omitempty"`
	Hosts             *[]string `json:"hosts,omitempty"`
	SearchNames       *[]string `json:"search_names,omitempty"`
	Public            *bool     `json:"public,omitempty"`
}

// of returns the settings after the change.
func (c siteChange) of(s site.Settings) site.Settings {
	change(&s.Preset, c.Preset)
	change(&s.MinSearches, c.MinSearches)
	change(&s.ReferrerPath, c.ReferrerPath)
	change(&s.KeepIDs, c.KeepIDs)
	change(&s.IgnoreSignals, c.IgnoreSignals)
	change(&s.ExcludedPaths, c.ExcludedPaths)
	change(&s.ExcludedAddresses, c.ExcludedAddresses)
	change(&s.Hosts, c.Hosts)
	change(&s.SearchNames, c.SearchNames)
	change(&s.Public, c.Public)
	return s
}

func change[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

// setSite changes a site's settings. The collector knows of it when the answer comes.
func (a *admin) setSite(ctx context.Context, in siteChange) (siteLine, error) {
	have, err := a.settings.Site(ctx, in.Domain)
	if err != nil {
		return siteLine{}, err
	}
	zone := have.Zone
	change(&zone, in.Zone)
	changed, err := site.New(have.ID, have.Domain, zone, in.of(have.Settings()))
	if err != nil {
		return siteLine{}, err
	}
	if err := a.settings.SaveSite(ctx, changed); err != nil {
		return siteLine{}, err
	}
	a.tell(ctx)
	return lineOf(changed), a.note(ctx, "site.set", changed.Domain, settings.Details(settings.Difference(have.Settings, changed.Settings)...))
}

// removeSite removes the site and deletes everything that was measured on it.
func (a *admin) removeSite(ctx context.Context, in siteLine) (siteLine, error) {
	return a.dropSite(ctx, settings.Change{Who: settings.CommandLine, Action: "site.remove", Target: in.Domain})
}

// dropSite is removeSite for whoever the change says.
func (a *admin) dropSite(ctx context.Context, c settings.Change) (siteLine, error) {
	removed, err := a.settings.RemoveSite(ctx, c.Target)
	if err != nil {
		return siteLine{}, err
	}
	err = a.removeNewslettersOf(ctx, removed.Domain)
	a.tell(ctx)
	if err != nil {
		return siteLine{}, err
	}
	c.Target = removed.Domain
	return lineOf(removed), errors.Join(schema.DeleteSite(ctx, a.store, removed.ID), a.settings.Note(ctx, c))
}

func (a *admin) tell(ctx context.Context) {
	if a.changed != nil {
		a.changed(ctx)
	}
}

type tokenLine struct {
	Name    string    `json:"name"`
	Sites   []string  `json:"sites"`
	Days    int       `json:"days,omitempty"` // until it expires; 0: never
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	Used    time.Time `json:"used,omitzero"`
	Secret  string    `json:"secret,omitempty"`
}

func (a *admin) addToken(ctx context.Context, in tokenLine) (tokenLine, error) {
	token := settings.Token{Name: in.Name, Scopes: []string{settings.ScopeStats}, Created: time.Now().UTC(), By: settings.CommandLine}
	for _, domain := range in.Sites {
		one, err := a.settings.Site(ctx, domain)
		if err != nil {
			return tokenLine{}, fmt.Errorf("%w; add it with: sporlos site add %s", err, domain)
		}
		token.Sites = append(token.Sites, one.Domain)
	}
	if in.Days > 0 {
		token.Expires = token.Created.AddDate(0, 0, in.Days)
	}
	secret := settings.NewSecret()
	if token.Name == "" && len(token.Sites) > 0 {
		token.Name = token.Sites[0] + "-" + settings.NewSecret()[:6] // not the one that is hashed
	}
	if err := a.settings.AddToken(ctx, settings.Hash(secret), token); err != nil {
		return tokenLine{}, err
	}
	err := a.note(ctx, "token.add", token.Name, settings.Details(settings.Detail("token", settings.ScopeStats, strings.Join(token.Sites, ", "))))
	return tokenLine{Name: token.Name, Sites: token.Sites, Created: token.Created, Secret: secret}, err
}

func (a *admin) listTokens(ctx context.Context, _ none) ([]tokenLine, error) {
	tokens, err := a.settings.Tokens(ctx)
	lines := make([]tokenLine, 0, len(tokens))
	for _, t := range tokens {
		lines = append(lines, tokenLine{Name: t.Name, Sites: t.Domains(), Created: t.Created, Expires: t.Expires, Used: t.Used})
	}
	return lines, err
}

func (a *admin) removeToken(ctx context.Context, in tokenLine) (tokenLine, error) {
	if err := a.settings.RemoveToken(ctx, in.Name); err != nil {
		return in, err
	}
	return in, a.note(ctx, "token.remove", in.Name, "")
}
