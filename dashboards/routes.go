package dashboards

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/klauspost/compress/gzhttp"

	"sporlos/store/settings"
)

// handler answers a request, or says why it could not; the router makes a page of the error.
type handler func(w http.ResponseWriter, r *http.Request) error

// What a handler can return besides what the store says.
var (
	errNotFound = errors.New("not found")
	errLogin    = errors.New("not logged in")
)

// routes is the map of everything that is served, and to whom.
func (d *Dashboards) routes() http.Handler {
	pages := http.NewServeMux()
	parts := map[string]http.Handler{} // of a site, by method and name
	handle := func(pattern, page string, g guarded) {
		d.guards = append(d.guards, guard{pattern, g.need})
		if name, ok := partOf(pattern); ok {
			parts[name] = d.serve(page, g.handler)
			return
		}
		pages.Handle(pattern, d.serve(page, g.handler))
	}
	handle("GET /{$}", "sites", d.signedIn(d.sites))
	handle("GET /{domain}", "overview", d.reads(d.overview))
	handle("GET /{domain}/{panel}", "details", d.reads(d.about(d.part)))
	handle("GET /{domain}/export/{file}", "export", d.reads(d.about(d.export)))
	handle("GET /{domain}/raw/{file}", "raw", d.owns(d.about(d.raw)))
	handle("GET /{domain}/settings", "settings", d.edits(d.about(d.settings)))
	handle("POST /{domain}/settings", "settings", d.edits(d.changeSettings))
	handle("GET /{domain}/sharing", "sharing", d.owns(d.about(d.sharing)))
	handle("POST /{domain}/sharing", "sharing", d.owns(d.about(d.changeSharing)))
	handle("GET /-/unsubscribe", "unsubscribe", d.open(d.leaveForm))
	handle("POST /-/unsubscribe", "unsubscribe", d.open(d.leave))
	handle("GET /-/account", "account", d.account(d.accountPage))
	handle("POST /-/account/password", "account", d.account(d.changePassword))
	handle("POST /-/account/sessions", "account", d.account(d.endSessions))
	handle("GET /-/account/second", "account", d.account(d.secondForm))
	handle("POST /-/account/second", "account", d.account(d.setSecond))
	handle("POST /-/account/second/codes", "account", d.account(d.newCodes))
	handle("POST /-/account/second/off", "account", d.account(d.secondOff))
	handle("GET /-/users", "users", d.administers(d.users))
	handle("POST /-/users", "users", d.administers(d.inviteUser))
	handle("GET /-/users/edit", "users", d.administers(d.editUser))
	handle("POST /-/users/edit", "users", d.administers(d.changeUser))
	handle("POST /-/users/link", "users", d.administers(d.linkUser))
	handle("POST /-/users/reset", "users", d.administers(d.resetUser))
	handle("POST /-/users/remove", "users", d.administers(d.removeUser))
	handle("POST /-/users/require", "users", d.administers(d.requireSecond))
	handle("GET /-/tokens", "tokens", d.administers(d.tokens))
	handle("POST /-/tokens", "tokens", d.administers(d.addToken))
	handle("POST /-/tokens/remove", "tokens", d.administers(d.removeToken))
	handle("GET /{domain}/settings/{section}", "settings", d.edits(d.about(d.define)))
	handle("POST /{domain}/settings/{section}", "settings", d.edits(d.changeDefined))
	handle("GET /{domain}/install", "install", d.edits(d.about(d.install)))
	handle("GET /{domain}/remove", "remove", d.owns(d.about(d.removeForm)))
	handle("POST /{domain}/remove", "remove", d.owns(d.removeSite))
	handle("GET /-/sites", "manage", d.signedIn(d.manage))
	handle("POST /-/sites", "manage", d.administers(d.addSite))
	handle("GET /-/audit", "audit", d.administers(d.auditLog))
	handle("GET /login", "login", d.open(d.loginForm))
	handle("POST /login", "login", d.open(d.login))
	handle("GET /login/code", "login", d.open(d.codeForm))
	handle("POST /login/code", "login", d.open(d.code))
	handle("POST /logout", "logout", d.open(d.logout))
	handle("GET /welcome/{secret}", "welcome", d.open(d.welcomeForm))
	handle("POST /welcome/{secret}", "welcome", d.open(d.welcome))
	handle("POST /theme", "theme", d.open(d.theme))
	handle("POST /language", "language", d.open(d.language))
	handle("/", "other", d.open(func(http.ResponseWriter, *http.Request) error { return errNotFound }))
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		missing := d.serve("other", func(http.ResponseWriter, *http.Request) error { return errNotFound })
		pages.Handle(method+" /{domain}/{panel}", anyPart(parts, method, missing))
	}

	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(d.serve("other", func(w http.ResponseWriter, r *http.Request) error {
		return d.fail(w, r, http.StatusForbidden)
	}))

	all := http.NewServeMux()
	all.Handle("GET /assets/{name}", d.serve("asset", d.assets.ServeHTTP))
	all.Handle("GET /favicon.ico", d.serve("asset", func(w http.ResponseWriter, r *http.Request) error {
		http.Redirect(w, r, d.assets.url("icon.svg"), http.StatusFound)
		return nil
	}))
	if d.API != nil {
		ask := d.serve("api", func(w http.ResponseWriter, r *http.Request) error {
			d.API.ServeHTTP(w, r)
			return nil
		})
		all.Handle("/api/v2/query", ask)
		all.Handle("POST /api/v2/query", d.serve("api", d.call))
		all.Handle("GET /api/v2/openapi.json", ask)
	}
	all.Handle("/share/", gzhttp.GzipHandler(protection.Handler(d.shares())))
	all.Handle("/", gzhttp.GzipHandler(protection.Handler(pages)))
	return all
}

// partOf is the method and name of a part of a site: "GET settings" of "GET /{domain}/settings", "GET {panel}" of any panel's. Parts are
// not left to the mux, to which /{domain}/settings and /welcome/{secret} are one as good as the other.
func partOf(pattern string) (name string, ok bool) {
	method, path, _ := strings.Cut(pattern, " ")
	part, ok := strings.CutPrefix(path, "/{domain}/")
	return method + " " + part, ok && !strings.Contains(part, "/")
}

// anyPart serves the part of a site that the address names, or else any panel.
func anyPart(parts map[string]http.Handler, method string, missing http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{r.PathValue("panel"), "{panel}"} {
			if h, ok := parts[method+" "+name]; ok {
				h.ServeHTTP(w, r)
				return
			}
		}
		missing.ServeHTTP(w, r)
	})
}

// serve runs a handler with the security headers, counts the request and turns an error into a page.
func (d *Dashboards) serve(page string, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		counted := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		secure(w.Header())
		defer func() { d.metrics.served(page, counted.status, time.Since(started)) }()
		defer d.recover(counted, r, page)
		if err := h(counted, r); err != nil {
			d.answerError(counted, r, page, err)
		}
	})
}

// recover makes a page of a panic. The log gets where it happened, not with what: that could be a visitor's.
func (d *Dashboards) recover(w http.ResponseWriter, r *http.Request, page string) {
	fault := recover()
	if fault == nil {
		return
	}
	if fault == http.ErrAbortHandler {
		panic(fault)
	}
	d.Logger.Error("a fault of the dashboards", "page", page, "kind", fmt.Sprintf("%T", fault), "stack", string(debug.Stack()))
	if err := d.fail(w, r, http.StatusInternalServerError); err != nil {
		d.complain(page, err)
	}
}

func (d *Dashboards) answerError(w http.ResponseWriter, r *http.Request, page string, err error) {
	switch {
	case errors.Is(err, errNotFound), errors.Is(err, settings.ErrNotFound):
		err = d.fail(w, r, http.StatusNotFound)
	case errors.Is(err, errSecond):
		http.Redirect(w, r, "/-/account/second", http.StatusSeeOther)
		return
	case errors.Is(err, errForbidden):
		err = d.failAs(w, r, http.StatusForbidden, "error.role")
	case errors.Is(err, errLogin):
		d.toLogin(w, r)
		return
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		return // the reader has left
	default:
		d.complain(page, err)
		w.Header().Set("Retry-After", "5")
		err = d.fail(w, r, http.StatusServiceUnavailable)
	}
	if err != nil {
		d.complain(page, err)
	}
}

// complain writes to the log why a page could not be made, at most once in ten seconds.
func (d *Dashboards) complain(page string, err error) {
	now := d.Now().Unix()
	if last := d.complains.Load(); now-last >= 10 && d.complains.CompareAndSwap(last, now) {
		d.Logger.Warn("a page of the dashboards could not be made", "page", page, "error", cause(err))
	}
}

// cause is an error without what the question held: ClickHouse quotes values, and they could be a referrer or a page.
func cause(err error) string {
	var e *clickhouse.Exception
	if errors.As(err, &e) {
		return fmt.Sprintf("ClickHouse answers with error %d (%s)", e.Code, e.Name)
	}
	return err.Error()
}

// secure sets the headers every answer has: nothing from other hosts, nothing inline, no frames, no address handed on.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), browsing-topics=()")
	h.Set("Cache-Control", "private, no-cache")
}

// statusWriter remembers the status that was written.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
