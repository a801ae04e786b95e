package dashboards

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sporlos/dashboards/password"
	"sporlos/store/settings"
)

const (
	sessionLasts = 30 * 24 * time.Hour
	halfLasts    = 10 * time.Minute // to give the second factor in
	maxForm      = 8 << 10          // bytes of a posted form
)

// cookieName is the session's cookie: over HTTPS with the prefix that ties it to this host.
func (d *Dashboards) cookieName() string {
	if d.Secure {
		return "__Host-sporlos"
	}
	return "sporlos"
}

// loginPage is the login form, or the form of a one-time link.
type loginPage struct {
	page
	Name    string // as typed, or of the invited user
	Next    string
	Problem string
	Note    string
	Secret  string
	Gone    bool
	Demo    bool
	Least   int
}

// toLogin sends whoever is not logged in to the form, and back afterwards.
func (d *Dashboards) toLogin(w http.ResponseWriter, r *http.Request) {
	to := "/login"
	if r.Method == http.MethodGet && r.URL.Path != "/" && r.Header.Get("HX-Request") == "" {
		to += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	if r.Header.Get("HX-Request") != "" {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (d *Dashboards) loginForm(w http.ResponseWriter, r *http.Request) error {
	p := loginPage{page: d.frame(r, d.words.Say("login.title")), Next: local(r.FormValue("next"))}
	if r.URL.Query().Has("out") {
		p.Note = d.words.Say("login.out")
	}
	return d.show(w, http.StatusOK, "login", p)
}

func (d *Dashboards) login(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	name, next := strings.ToLower(strings.TrimSpace(r.PostFormValue("user"))), local(r.PostFormValue("next"))
	again := func(status int, result, problem string) error {
		d.metrics.logins.WithLabelValues(result).Inc()
		p := loginPage{page: d.frame(r, d.words.Say("login.title")), Name: name, Next: next, Problem: problem}
		return d.show(w, status, "login", p)
	}
	network := d.network(r)
	byUser := name + "\n" + network
	if wait := max(d.tries.Try(byUser), d.networks.Try(network)); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return again(http.StatusTooManyRequests, "throttled", d.words.Say("login.wait", d.words.Duration(float64(wait/time.Second)+1)))
	}
	ok, err := d.check(r.Context(), name, r.PostFormValue("password"))
	switch {
	case errors.Is(err, password.ErrBusy):
		return again(http.StatusServiceUnavailable, "busy", d.words.Say("login.busy"))
	case err != nil:
		return err
	case !ok:
		return again(http.StatusUnauthorized, "wrong", d.words.Say("login.wrong"))
	}
	d.tries.Forgive(byUser)
	d.networks.Forgive(network)
	d.metrics.logins.WithLabelValues("ok").Inc()
	return d.proceed(w, r, name, next)
}

// check tells whether the password is the user's. It takes as long for a user there is not.
func (d *Dashboards) check(ctx context.Context, name, secret string) (bool, error) {
	user, err := d.Settings.User(ctx, name)
	if err != nil && !errors.Is(err, settings.ErrNotFound) {
		return false, err
	}
	return d.hasher.Verify(ctx, user.Password, secret)
}

// proceed goes on after a password or a one-time link: to the second factor of a user who has one, else in.
func (d *Dashboards) proceed(w http.ResponseWriter, r *http.Request, user, next string) error {
	_, err := d.Settings.Second(r.Context(), user)
	if errors.Is(err, settings.ErrNotFound) {
		return d.enter(w, r, settings.Session{User: user}, next)
	}
	if err != nil {
		return err
	}
	half := settings.Session{User: user, Half: true, Expires: d.Now().Add(halfLasts)}
	return d.enter(w, r, half, "/login/code?next="+url.QueryEscape(next))
}

// enter starts a session under a new cookie, in the place of the one that the browser had, and goes on to next.
func (d *Dashboards) enter(w http.ResponseWriter, r *http.Request, session settings.Session, next string) error {
	if err := d.renew(w, r, session); err != nil {
		return err
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// endSession ends the session that the request carries, if it does.
func (d *Dashboards) endSession(r *http.Request) error {
	c, err := r.Cookie(d.cookieName())
	if err != nil || c.Value == "" || len(c.Value) > 128 {
		return nil
	}
	if _, err := d.Settings.Session(r.Context(), settings.Hash(c.Value)); errors.Is(err, settings.ErrNotFound) {
		return nil
	}
	return d.Settings.RemoveSession(r.Context(), settings.Hash(c.Value))
}

// browserOf is the family of a browser, as far as its owner knows it by that name; nothing else of its string is kept.
func browserOf(agent string) string {
	for _, family := range [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Vivaldi", "Vivaldi"}, {"Firefox/", "Firefox"}, {"FxiOS", "Firefox"}, {"Chrom", "Chrome"}, {"CriOS", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(agent, family[0]) {
			return family[1]
		}
	}
	return ""
}

func (d *Dashboards) cookie(value string, age int) *http.Cookie {
	return &http.Cookie{Name: d.cookieName(), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: d.Secure, SameSite: http.SameSiteLaxMode}
}

func (d *Dashboards) logout(w http.ResponseWriter, r *http.Request) error {
	if err := d.endSession(r); err != nil {
		return err
	}
	http.SetCookie(w, d.cookie("", -1))
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/login?out", http.StatusSeeOther)
	return nil
}

// welcomeForm shows the form of a one-time link. Looking does not use the link up: mail programs follow links too.
func (d *Dashboards) welcomeForm(w http.ResponseWriter, r *http.Request) error {
	return d.showWelcome(w, r, http.StatusOK, "")
}

func (d *Dashboards) showWelcome(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	secret := r.PathValue("secret")
	invite, err := d.Settings.Invite(r.Context(), settings.Hash(secret))
	if errors.Is(err, settings.ErrNotFound) {
		p := loginPage{page: d.frame(r, d.words.Say("welcome.gone")), Gone: true}
		return d.show(w, http.StatusGone, "welcome", p)
	}
	if err != nil {
		return err
	}
	p := loginPage{page: d.frame(r, d.words.Say("welcome.title", invite.User)), Name: invite.User, Secret: secret, Demo: d.Demo, Problem: problem, Least: password.MinLength}
	p.Here = "/" // not the secret
	return d.show(w, status, "welcome", p)
}

// welcome uses a one-time link: it sets the password, or in a demonstration just logs in.
func (d *Dashboards) welcome(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	hash, encoded := settings.Hash(r.PathValue("secret")), ""
	if look := d.Demo && r.PostFormValue("look") != ""; !look {
		if _, err := d.Settings.Invite(r.Context(), hash); err != nil { // before the costly hash, not instead of taking it
			return d.showWelcome(w, r, http.StatusGone, "")
		}
		var problem string
		var err error
		if encoded, problem, err = d.newPassword(r); err != nil {
			return err
		}
		if problem != "" {
			return d.showWelcome(w, r, http.StatusUnprocessableEntity, problem)
		}
	}
	invite, err := d.Settings.TakeInvite(r.Context(), hash)
	if errors.Is(err, settings.ErrNotFound) {
		return d.showWelcome(w, r, http.StatusGone, "")
	}
	if err != nil {
		return err
	}
	if encoded != "" {
		err := d.setPassword(r.Context(), invite.User, encoded)
		if errors.Is(err, settings.ErrNotFound) { // removed meanwhile
			return d.showWelcome(w, r, http.StatusGone, "")
		}
		if err := errors.Join(err, d.audit(r.Context(), viewer{Name: invite.User}, "user.password", invite.User, "")); err != nil {
			return err
		}
	}
	d.metrics.logins.WithLabelValues("link").Inc()
	return d.proceed(w, r, invite.User, "/")
}

// newPassword reads the form's new password and returns it hashed, or what is wrong with it.
func (d *Dashboards) newPassword(r *http.Request) (encoded, problem string, err error) {
	secret := r.PostFormValue("password")
	if secret != r.PostFormValue("again") {
		return "", d.words.Say("welcome.differ"), nil
	}
	encoded, err = d.hasher.Hash(r.Context(), secret)
	switch {
	case errors.Is(err, password.ErrShort):
		return "", d.words.Say("welcome.short", password.MinLength), nil
	case errors.Is(err, password.ErrLong):
		return "", d.words.Say("welcome.long", password.MaxBytes), nil
	case errors.Is(err, password.ErrBusy):
		return "", d.words.Say("login.busy"), nil
	}
	return encoded, "", err
}

// setPassword stores a password and ends every session that was opened with the one before.
func (d *Dashboards) setPassword(ctx context.Context, name, encoded string) error {
	_, _, err := d.Settings.ChangeUser(ctx, name, func(u *settings.User) error {
		u.Password = encoded
		return nil
	})
	return errors.Join(err, d.Settings.EndSessions(ctx, name))
}

// network is where a request comes from, cut to what a household or office shares (IPv4 /24, IPv6 /48). It is kept in memory only.
func (d *Dashboards) network(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	addr := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && d.trusts(addr); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
	}
	bits := 24
	if addr.Is6() {
		bits = 48
	}
	network, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return network.String()
}

func (d *Dashboards) trusts(addr netip.Addr) bool {
	for _, p := range d.Trusted {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
