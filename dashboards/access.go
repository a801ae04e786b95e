package dashboards

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"sporlos/site"
	"sporlos/store/settings"
)

// Who may see and do what. Every route is declared with the guard it needs (routes.go); a guard finds out who asks, refuses, or hands on
// to the handler with the viewer, who narrows down what the handler shows. A site that a viewer has no role on is not there for them: 404.
// What they see but may not do is refused: 403.

// errForbidden refuses what a viewer's role does not include.
var errForbidden = errors.New("not allowed to this role")

// errSecond sends to the set-up of a second factor.
var errSecond = errors.New("a second factor is demanded")

// viewer is who asks: a user, or somebody who is let see a little without being one and then has no name.
type viewer struct {
	Name    string
	access  settings.Access
	session [32]byte // hash of the cookie
	second  bool     // a second factor was given at the login
	bearer  *bearer  // of a shared link; nil otherwise
}

// on is what the viewer may do with a site.
func (v viewer) on(domain string) settings.Role { return v.access.On(domain) }

// Edits tells whether the viewer may change what is set for a site.
func (v viewer) Edits(domain string) bool { return v.on(domain).Includes(settings.Editor) }

// Owns tells whether the viewer decides about a site.
func (v viewer) Owns(domain string) bool { return v.on(domain).Includes(settings.Owner) }

// Administers tells whether the viewer decides about the installation: an owner of all sites.
func (v viewer) Administers() bool { return v.access.All() == settings.Owner }

// visible are the sites the viewer has a role on.
func (v viewer) visible(sites []*site.Site) []*site.Site {
	return slices.DeleteFunc(slices.Clone(sites), func(s *site.Site) bool { return !v.on(s.Domain).Includes(settings.Viewer) })
}

// viewing is a handler that knows who asks.
type viewing func(w http.ResponseWriter, r *http.Request, v viewer) error

// need is what a route needs of whoever asks.
type need int

const (
	needNothing     need = iota // no login
	needAccount                 // a login, and not even a second factor where one is demanded: what a user needs to set it up
	needLogin                   // a login
	needReads                   // a role on the site of {domain}
	needEdits                   // at least editor of it
	needOwns                    // owner of it
	needShare                   // a shared link
	needAdministers             // owner of all sites
)

// guarded is a handler behind its guard. Only the functions below make one.
type guarded struct {
	need need
	handler
}

// guard is a route as it was declared; a test goes through all of them.
type guard struct {
	pattern string
	need    need
}

// open lets everybody through: log-in forms and the like.
func (d *Dashboards) open(h handler) guarded { return guarded{needNothing, h} }

// account lets through whoever is logged in, to their own account.
func (d *Dashboards) account(h viewing) guarded {
	return guarded{needAccount, func(w http.ResponseWriter, r *http.Request) error {
		v, err := d.viewerOf(r)
		if err != nil {
			return err
		}
		return h(w, r, v)
	}}
}

// signedIn lets through whoever is logged in.
func (d *Dashboards) signedIn(h viewing) guarded {
	return d.guarded(needLogin, h, func(*http.Request, viewer) error { return nil })
}

// reads lets through whoever may look at the site of {domain}.
func (d *Dashboards) reads(h viewing) guarded {
	g := d.guarded(needReads, h, onSite(settings.Viewer))
	return guarded{g.need, func(w http.ResponseWriter, r *http.Request) error {
		v, err := d.viewerOf(r)
		if err != nil && !errors.Is(err, errLogin) {
			return err
		}
		if err != nil || onSite(settings.Viewer)(r, v) != nil {
			everybody, yes, err := d.public(r)
			if err != nil {
				return err
			}
			if yes {
				everybody.Name = v.Name
				return h(w, r, everybody)
			}
		}
		return g.handler(w, r)
	}}
}

// edits lets through whoever may change what is set for the site of {domain}.
func (d *Dashboards) edits(h viewing) guarded {
	return d.guarded(needEdits, h, onSite(settings.Editor))
}

// owns lets through whoever decides about the site of {domain}.
func (d *Dashboards) owns(h viewing) guarded {
	return d.guarded(needOwns, h, onSite(settings.Owner))
}

// administers lets through whoever decides about the installation.
func (d *Dashboards) administers(h viewing) guarded {
	return d.guarded(needAdministers, h, func(_ *http.Request, v viewer) error {
		if !v.Administers() {
			return errForbidden
		}
		return nil
	})
}

func (d *Dashboards) guarded(n need, h viewing, allow func(*http.Request, viewer) error) guarded {
	return guarded{n, func(w http.ResponseWriter, r *http.Request) error {
		v, err := d.viewerOf(r)
		if err != nil {
			return err
		}
		if err := errors.Join(d.secured(r, v), allow(r, v)); err != nil {
			return err
		}
		return h(w, r, v)
	}}
}

// secured refuses those who have no second factor when owners demand one.
func (d *Dashboards) secured(r *http.Request, v viewer) error {
	if v.second {
		return nil
	}
	security, err := d.Settings.Security(r.Context())
	if err == nil && security.RequireSecond {
		return errSecond
	}
	return err
}

// onSite allows those whose role on the site of {domain} includes another.
func onSite(needed settings.Role) func(*http.Request, viewer) error {
	return func(r *http.Request, v viewer) error {
		domain, err := site.CleanDomain(r.PathValue("domain"))
		if err != nil || v.on(domain) == settings.Nothing {
			return errNotFound
		}
		if !v.on(domain).Includes(needed) {
			return errForbidden
		}
		return nil
	}
}

// about makes a handler of one that starts from a prepared page about a site.
func (d *Dashboards) about(h func(w http.ResponseWriter, r *http.Request, p prepared) error) viewing {
	return func(w http.ResponseWriter, r *http.Request, v viewer) error {
		p, err := d.prepare(r, v)
		if err != nil {
			return err
		}
		return h(w, r, p)
	}
}

// viewerOf is who has the session that the request carries; errLogin when it has none.
func (d *Dashboards) viewerOf(r *http.Request) (v viewer, err error) {
	c, err := r.Cookie(d.cookieName())
	if err != nil || c.Value == "" || len(c.Value) > 128 {
		return v, errLogin
	}
	hash := settings.Hash(c.Value)
	session, err := d.Settings.Session(r.Context(), hash)
	if errors.Is(err, settings.ErrNotFound) || err == nil && session.Half {
		return v, errLogin
	}
	if err != nil {
		return v, err
	}
	user, err := d.Settings.User(r.Context(), session.User)
	if errors.Is(err, settings.ErrNotFound) { // removed meanwhile
		return v, errLogin
	}
	return viewer{Name: user.Name, access: user.Access, session: hash, second: session.Second}, err
}

// audit notes an administrative change in the audit log: who did what to what, old → new. Detail must hold no secret.
func (d *Dashboards) audit(ctx context.Context, v viewer, action, target, detail string) error {
	return d.Settings.Note(ctx, settings.Change{Who: v.Name, Action: action, Target: target, Detail: detail})
}

// inside is the frame of a page that is not about a site.
func (d *Dashboards) inside(r *http.Request, v viewer, title string) page {
	p := d.frame(r, title)
	p.User, p.Viewer = v.Name, v
	return p
}
