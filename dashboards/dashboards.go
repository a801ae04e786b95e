// Package dashboards serves what the owners of sites look at: pages rendered on the server, a login, and the stats API.
//
// The pages are html/template and useful without JavaScript; with it htmx swaps parts of them and uPlot makes the chart answer the
// pointer. One handler asks [report.Reporter] a handful of questions ([overview], [panels]), fills one template, and knows nothing of SQL.
// The whole state of a page is its URL (package view); every sentence is in package language; every limit on logins in packages
// password and throttle.
//
// Errors travel up: a handler returns one, and the router in routes.go turns it into a page that says what to do. Assets are built by
// build.mjs into dist/ under names that hold their hash, and embedded.
package dashboards

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sporlos/dashboards/language"
	"sporlos/dashboards/password"
	"sporlos/dashboards/post"
	"sporlos/dashboards/throttle"
	"sporlos/dashboards/vault"
	"sporlos/store/report"
	"sporlos/store/settings"
)

// Options is what dashboards are made of. Settings and Report are needed; every other field has a default.
type Options struct {
	Settings *settings.Settings
	Report   *report.Reporter
	API      http.Handler // answers /api/v2/query; nil: there is no API
	Post     *post.Post   // sends reports and alerts; nil: nothing is sent from here

	Vault *vault.Vault // seals the secrets of second factors; nil: there are none to set up

	Identity  string                       // what makes a visitor of the day: network, address or none; "": network
	Retention int                          // months that measurements are kept; 0: 14
	Estimates func(site uint32) []Estimate // what cutting addresses costs, the latest day first; nil: not known here

	Changed    func(context.Context)                        // called after a site has changed; nil: whoever needs to know finds out within a second
	RemoveSite func(context.Context, settings.Change) error // removes a site (Target) with all that was measured, and notes the change; nil: not here

	CollectorURL string         // where sites load the script from, without a slash at the end: https://stats.example.org
	Version      string         // shown at the foot of pages
	Secure       bool           // the dashboards are reached over HTTPS: cookies say so
	Demo         bool           // a one-time link may log in without setting a password
	Trusted      []netip.Prefix // proxies whose X-Forwarded-For is believed, for the throttle of logins

	Now        func() time.Time      // nil: time.Now
	Logger     *slog.Logger          // nil: nothing is logged
	Registerer prometheus.Registerer // nil: nothing is measured
}

// Dashboards serves the pages. It is safe for concurrent use.
type Dashboards struct {
	Options
	assets    *assets
	atlas     atlas
	templates *template.Template
	words     *language.Language // of those who are spoken to: there is one Dashboards for each language
	hasher    *password.Hasher
	tries     *throttle.Throttle // by user and network
	networks  *throttle.Throttle // by network
	calls     *throttle.Throttle // of the API without a valid token, by network
	codes     *throttle.Throttle // of second factors, by user: whoever comes so far knows the password
	metrics   metrics
	handler   http.Handler
	guards    []guard       // every route of the pages and what it needs
	complains *atomic.Int64 // Unix second of the last complaint in the log
}

// New returns the dashboards. It fails when the assets have not been built.
func New(o Options) (*Dashboards, error) {
	if o.Settings == nil || o.Report == nil {
		return nil, errors.New("dashboards need settings and a reporter")
	}
	if o.Identity == "" {
		o.Identity = "network"
	}
	if o.Retention == 0 {
		o.Retention = 14
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Registerer == nil {
		o.Registerer = prometheus.NewRegistry()
	}
	d := &Dashboards{
		Options:   o,
		complains: new(atomic.Int64),
		hasher:    password.New(2, 16),
		tries:     throttle.New(throttle.Limit{Free: 5, First: time.Second, Longest: 15 * time.Minute, Keys: 10_000}, o.Now),
		codes:     throttle.New(throttle.Limit{Free: 5, First: time.Second, Longest: 15 * time.Minute, Keys: 10_000}, o.Now),
		networks:  throttle.New(throttle.Limit{Free: 50, First: time.Second, Longest: 5 * time.Minute, Keys: 10_000}, o.Now),
		calls:     throttle.New(throttle.Limit{Free: 50, First: time.Second, Longest: 5 * time.Minute, Keys: 10_000}, o.Now),
	}
	dist, err := fs.Sub(built, "dist")
	if err != nil {
		return nil, err
	}
	if d.assets, err = loadAssets(dist); err != nil {
		return nil, err
	}
	if d.atlas, err = loadAtlas(dist); err != nil {
		return nil, err
	}
	if d.metrics, err = newMetrics(o.Registerer); err != nil {
		return nil, err
	}
	return d, d.speak(language.All())
}

// speak makes the handler: one set of pages for each language, all with the same settings, limits and metrics.
func (d *Dashboards) speak(languages []*language.Language) error {
	pages := map[string]http.Handler{}
	for _, l := range languages {
		one := *d
		one.words, one.guards = l, nil
		var err error
		if one.templates, err = parseTemplates(&one); err != nil {
			return fmt.Errorf("cannot read the templates: %w", err)
		}
		one.handler = one.routes()
		pages[l.Tag], d.guards = one.handler, one.guards
	}
	d.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Language, Cookie")
		pages[languageOf(r)].ServeHTTP(w, r)
	})
	return nil
}

// Handler serves everything under the dashboards' listener.
func (d *Dashboards) Handler() http.Handler { return d.handler }

// ServeHTTP makes Dashboards a handler itself.
func (d *Dashboards) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.handler.ServeHTTP(w, r) }
