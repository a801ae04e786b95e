package dashboards

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sporlos/dashboards/password"
	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/settings"
)

// Shared links and public dashboards: somebody who is no user looks at the figures of one site. They come through the same handlers as a viewer
// of that site does, and through those that are named here alone; a link that is limited to a segment asks every question with its filters, and
// what cannot be filtered (searches, newsletters, refusals, visitors now) is not there for it.

// bearer is what a viewer has who came by a shared link.
type bearer struct {
	base   string // the link's address, in the place of the site's
	query  string // filters that cannot be taken away, as in an address
	framed string // "", or the name of the framed view: "embed", "embed-light", "embed-dark"
}

// shares are the routes of shared links. They are a tree of their own: to a mux /share/{secret}/{panel} and /{domain}/export/{file} are alike.
func (d *Dashboards) shares() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, h handler) {
		d.guards = append(d.guards, guard{pattern, needShare})
		mux.Handle(pattern, d.serve("share", h))
	}
	for _, framed := range []string{"", "embed", "embed-light", "embed-dark"} {
		base := "/share/{secret}"
		if framed != "" {
			base += "/" + framed
		}
		handle("GET "+base, d.shared(framed, d.overview))
		handle("GET "+base+"/{panel}", d.shared(framed, d.about(d.sharedPart)))
		handle("GET "+base+"/export/{file}", d.shared(framed, d.about(d.export)))
	}
	handle("POST /share/{secret}", d.unlock)
	mux.Handle("/share/", d.serve("share", func(http.ResponseWriter, *http.Request) error { return errNotFound }))
	return mux
}

// shared lets through whoever has a link, and the password if it asks for one.
func (d *Dashboards) shared(framed string, h viewing) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		share, err := d.shareOf(r)
		if err != nil {
			return err
		}
		if framed != "" {
			if theme := r.URL.Query().Get("theme"); framed == "embed" && (theme == "light" || theme == "dark") {
				http.Redirect(w, r, "/share/"+r.PathValue("secret")+"/embed-"+theme, http.StatusSeeOther)
				return nil
			}
			if err := d.letFrame(w, r, share); err != nil {
				return err
			}
		}
		if share.Password != "" && !unlocked(r, share) {
			return d.askPassword(w, r, share, http.StatusUnauthorized, "")
		}
		base := "/share/" + r.PathValue("secret")
		if framed != "" {
			base += "/" + framed
		}
		r.SetPathValue("domain", share.Domain)
		return h(w, r, viewer{access: settings.OnSites(settings.Viewer, share.Domain), bearer: &bearer{base, share.Query, framed}})
	}
}

func (d *Dashboards) shareOf(r *http.Request) (settings.Share, error) {
	secret := r.PathValue("secret")
	if len(secret) > 128 {
		return settings.Share{}, errNotFound
	}
	return d.Settings.Share(r.Context(), settings.Hash(secret))
}

// letFrame allows the site's origins, and nobody else, to frame an answer.
func (d *Dashboards) letFrame(w http.ResponseWriter, r *http.Request, share settings.Share) error {
	sharing, err := d.Settings.Sharing(r.Context(), share.Domain)
	if err != nil || len(sharing.Origins) == 0 {
		return err
	}
	h := w.Header()
	h.Del("X-Frame-Options")
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "frame-ancestors 'none'", "frame-ancestors "+strings.Join(sharing.Origins, " "), 1))
	return nil
}

// sharedPart serves a panel in full, or the visitors now.
func (d *Dashboards) sharedPart(w http.ResponseWriter, r *http.Request, p prepared) error {
	switch name := r.PathValue("panel"); name {
	case "live":
		if p.limited() {
			return errNotFound
		}
		return d.part(w, r, p)
	case "suggest":
		return d.suggestValues(w, r, p)
	default:
		if _, ok := p.panelOf(name); !ok {
			return errNotFound
		}
		return d.details(w, r, p, name)
	}
}

// limited tells whether filters are on every question that cannot be taken away.
func (p prepared) limited() bool {
	b := p.frame.Viewer.bearer
	return b != nil && b.query != ""
}

// panels are those the viewer may see: what cannot be filtered is not there for whoever is limited.
func (p prepared) panels() (list []panel) {
	for _, one := range panels() {
		if !p.limited() || !one.Tabs[0].Searches {
			list = append(list, one)
		}
	}
	return list
}

func (p prepared) panelOf(id string) (panel, bool) {
	one, ok := panelOf(id)
	return one, ok && (!p.limited() || !one.Tabs[0].Searches)
}

// limit puts the filters of a shared link on every question of a page. A link whose filters are not understood shows nothing.
func (b *bearer) limit(a *asker, domain string, today site.Day, have *settings.Definitions) error {
	a.view.Base = b.base
	if b.query == "" {
		return nil
	}
	query, err := url.ParseQuery(b.query)
	if err != nil {
		return errNotFound
	}
	forced, problems := view.Parse(domain, query, today)
	if len(problems) > 0 {
		return errNotFound
	}
	limits, missing := newAsker(a.report, a.site, forced, have, "")
	if len(missing) > 0 || len(limits.filters)+len(limits.where) == 0 {
		return errNotFound
	}
	a.filters = append(a.filters[:len(a.filters):len(a.filters)], limits.filters...)
	a.where = append(a.where[:len(a.where):len(a.where)], limits.where...)
	return nil
}

// sharePage asks for the password of a link.
type sharePage struct {
	page
	Problem, Action string
}

func (d *Dashboards) askPassword(w http.ResponseWriter, r *http.Request, share settings.Share, status int, problem string) error {
	p := sharePage{page: d.frame(r, d.words.Say("share.locked")), Problem: problem, Action: "/share/" + r.PathValue("secret")}
	p.Here = "/" // not the secret
	return d.show(w, status, "locked", p)
}

// unlock takes the password of a link.
func (d *Dashboards) unlock(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	share, err := d.shareOf(r)
	if err != nil {
		return err
	}
	base, network := "/share/"+r.PathValue("secret"), d.network(r)
	key := "share " + share.ID + "\n" + network
	if wait := max(d.tries.Try(key), d.networks.Try(network)); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return d.askPassword(w, r, share, http.StatusTooManyRequests, d.words.Say("login.wait", d.words.Duration(float64(wait/time.Second)+1)))
	}
	ok, err := d.hasher.Verify(r.Context(), share.Password, r.PostFormValue("password"))
	switch {
	case errors.Is(err, password.ErrBusy):
		return d.askPassword(w, r, share, http.StatusServiceUnavailable, d.words.Say("login.busy"))
	case err != nil:
		return err
	case !ok:
		return d.askPassword(w, r, share, http.StatusUnauthorized, d.words.Say("share.wrong"))
	}
	d.tries.Forgive(key)
	d.networks.Forgive(network)
	http.SetCookie(w, &http.Cookie{Name: "share", Value: pass(r, share), Path: base, MaxAge: 24 * 3600, HttpOnly: true, Secure: d.Secure, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, base, http.StatusSeeOther)
	return nil
}

// pass is what a cookie holds after the password was right. It takes the link and what is stored of its password to make one, so another password
// ends it.
func pass(r *http.Request, share settings.Share) string {
	hash := settings.Hash(r.PathValue("secret") + "\x00" + share.Password)
	return hex.EncodeToString(hash[:])
}

func unlocked(r *http.Request, share settings.Share) bool {
	c, err := r.Cookie("share")
	return err == nil && subtle.ConstantTimeCompare([]byte(c.Value), []byte(pass(r, share))) == 1
}

// public is the viewer of a site that shows itself to everybody; false when it does not.
func (d *Dashboards) public(r *http.Request) (viewer, bool, error) {
	domain, err := site.CleanDomain(r.PathValue("domain"))
	if err != nil {
		return viewer{}, false, nil
	}
	sharing, err := d.Settings.Sharing(r.Context(), domain)
	return viewer{access: settings.OnSites(settings.Viewer, domain)}, sharing.Public, err
}

// liveOn is the number of visitors now, for a page that asks for it again at its own address.
func (d *Dashboards) liveOn(ctx context.Context, p prepared) (*live, error) {
	now, err := d.live(ctx, p.frame.Site)
	if now != nil {
		now.URL = p.frame.Home + "/live"
	}
	return now, err
}
