// Package api answers POST /api/v2/query: the questions of store/report asked in JSON, in the words of Plausible's Stats API v2.
//
//	curl -H "Authorization: Bearer $TOKEN" --json '{"site_id": "example.org", "metrics": ["visitors"], "date_range": "7d"}' …/api/v2/query
//
// A request is an object of site_id, metrics, date_range, dimensions, filters, order_by, include and pagination; a key it does not
// know is refused by name. The answer is {"results": [{"dimensions": […], "metrics": […]}], "meta": {…}, "query": {…}}, where query
// is what was understood. What cannot be asked is answered 400 with {"error": "field: what is wrong"}.
//
// Filters are joined by and, or, not, has_done and has_not_done, as deep as anybody needs. A filter on event:goal names goals of the site
// and makes what is counted what reached them: visitors are those who converted, events the conversions.
//
// It says less than the original where the store knows less: a range is of whole days of the site; a city is its name, and
// browser_version and os_version come with the name of the browser or system; goals are filtered by and not split by. What it can be
// asked is written down in OpenAPI, made of the vocabulary itself: GET /api/v2/openapi.json ([API.Spec]). It returns aggregates only,
// like everything else here.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sporlos/site"
	"sporlos/store/report"
)

const (
	maxBody        = 64 << 10
	defaultPerHour = 600
	parallel       = 4 // questions of all tokens that are answered at the same time, so that the pages stay quick
)

// Options are what the API needs. Authorize, Site and Report are required.
type Options struct {
	// Authorize returns the domains whose numbers a bearer token opens; false when there is no such token.
	Authorize func(ctx context.Context, token string) (domains []string, ok bool, err error)
	// Site returns the site with that domain; false when there is none.
	Site   func(ctx context.Context, domain string) (s *site.Site, ok bool, err error)
	Report *report.Reporter
	// Goals returns what a site wants its visitors to do; nil: no site wants anything.
	Goals func(ctx context.Context, s *site.Site) ([]site.Goal, error)

	PerHour    int                   // requests of one token in an hour; 0: 600
	Now        func() time.Time      // nil: time.Now
	Logger     *slog.Logger          // nil: slog.Default()
	Registerer prometheus.Registerer // nil: metrics are kept but not registered
}

// API is the handler of /api/v2/query.
type API struct {
	o       Options
	limiter *limiter
	slots   chan struct{}
	metrics metrics
}

// New returns the handler. It fails when a required option is missing.
func New(o Options) (*API, error) {
	if o.Authorize == nil || o.Site == nil || o.Report == nil {
		return nil, errors.New("api: Authorize, Site and Report are required")
	}
	if o.PerHour == 0 {
		o.PerHour = defaultPerHour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &API{o: o, limiter: newLimiter(o.PerHour, o.Now), slots: make(chan struct{}, parallel), metrics: newMetrics(o.Registerer)}, nil
}

// problem is an answer that is not the one asked for.
type problem struct {
	status  int
	outcome string // label of the metric
	text    string // for the asker
	cause   error  // for the log
	retry   time.Duration
}

func (p *problem) Error() string { return p.text }

func refuse(format string, args ...any) error {
	return &problem{status: http.StatusBadRequest, outcome: refused, text: fmt.Sprintf(format, args...)}
}

func fail(err error) error {
	return &problem{status: http.StatusServiceUnavailable, outcome: failed, text: "the question could not be answered now; try again later", cause: err, retry: 10 * time.Second}
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == SpecPath && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		write(w, http.StatusOK, Spec())
		return
	}
	started := time.Now()
	body, err := a.serve(w, r)
	if err == nil {
		a.metrics.count(answered, started)
		write(w, http.StatusOK, body)
		return
	}
	var p *problem
	if !errors.As(err, &p) {
		errors.As(fail(err), &p)
	}
	if p.cause != nil && r.Context().Err() == nil {
		a.o.Logger.Warn("a question of the stats API could not be answered", "error", p.cause)
	}
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(p.retry.Round(time.Second)/time.Second)+1))
	}
	a.metrics.count(p.outcome, started)
	write(w, p.status, map[string]string{"error": p.text})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // the status is sent; nothing is left to say to somebody who has gone
}

func (a *API) serve(w http.ResponseWriter, r *http.Request) (any, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &problem{status: http.StatusMethodNotAllowed, outcome: refused, text: `send the query as JSON with POST, such as {"site_id": "example.org", "metrics": ["visitors"], "date_range": "7d"}`}
	}
	domains, err := a.authorize(w, r)
	if err != nil {
		return nil, err
	}
	request, err := read(w, r)
	if err != nil {
		return nil, err
	}
	s, err := a.site(r.Context(), request, domains)
	if err != nil {
		return nil, err
	}
	return a.answer(r.Context(), s, request)
}

// authorize returns the domains of the request's token, and takes one from its allowance.
func (a *API) authorize(w http.ResponseWriter, r *http.Request) (domains []string, err error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		w.Header().Set("WWW-Authenticate", `Bearer realm="stats"`)
		return nil, &problem{status: http.StatusUnauthorized, outcome: unauthorized, text: "an API token is missing; send it as Authorization: Bearer TOKEN"}
	}
	domains, ok, err := a.o.Authorize(r.Context(), token)
	if err != nil {
		return nil, fail(err)
	}
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer realm="stats", error="invalid_token"`)
		return nil, notAllowed()
	}
	wait, left := a.limiter.take(token)
	w.Header().Set("RateLimit-Limit", strconv.Itoa(a.o.PerHour))
	w.Header().Set("RateLimit-Remaining", strconv.Itoa(left))
	if wait > 0 {
		return nil, &problem{status: http.StatusTooManyRequests, outcome: limited, retry: wait,
			text: fmt.Sprintf("this token has asked %d times within an hour, which is as often as it may", a.o.PerHour)}
	}
	return domains, nil
}

// notAllowed does not tell a wrong token from a site that is another's or nobody's.
func notAllowed() error {
	return &problem{status: http.StatusUnauthorized, outcome: unauthorized, text: "the API token is not valid for this site_id"}
}

func read(w http.ResponseWriter, r *http.Request) (Request, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return Request{}, &problem{status: http.StatusRequestEntityTooLarge, outcome: refused, text: fmt.Sprintf("the query is larger than %d bytes", maxBody)}
	}
	if err != nil {
		return Request{}, refuse("the query could not be read to its end")
	}
	return Parse(body)
}

func (a *API) site(ctx context.Context, r Request, domains []string) (*site.Site, error) {
	asked, err := site.CleanDomain(r.SiteID)
	if err != nil || !slices.Contains(domains, asked) {
		return nil, notAllowed()
	}
	s, ok, err := a.o.Site(ctx, asked)
	if err != nil {
		return nil, fail(err)
	}
	if !ok {
		return nil, notAllowed()
	}
	return s, nil
}

// answer waits for its turn and asks.
func (a *API) answer(ctx context.Context, s *site.Site, r Request) (any, error) {
	q, err := a.query(ctx, s, r)
	if err != nil {
		return nil, err
	}
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	case <-ctx.Done():
		return nil, fail(ctx.Err())
	}
	result, err := a.o.Report.Run(ctx, q)
	if err != nil {
		return nil, outward(err)
	}
	return newAnswer(s, r, q, result), nil
}

// outward makes a refusal of the report's into one of ours.
func outward(err error) error {
	var invalid *report.Invalid
	if errors.As(err, &invalid) {
		return refuse("%s", invalid)
	}
	return fail(err)
}
