package dashboards

import (
	"errors"
	"net/http"
	"time"

	"sporlos/dashboards/password"
	"sporlos/site"
	"sporlos/store/settings"
)

// accountPage is a user's own: password, second factor, sessions, how pages look.
type accountPage struct {
	page
	Access        string
	Sessions      []sessionRow
	Others        bool // there are sessions beside this one
	Second        string
	Problem, Note string
	Least         int
}

// sessionRow is a session as its owner sees it. Where it was opened from is not known: it is stored nowhere.
type sessionRow struct {
	Browser, Since, Used string
	Here                 bool
}

func (d *Dashboards) accountPage(w http.ResponseWriter, r *http.Request, v viewer) error {
	note := ""
	if done := "account.done." + r.URL.Query().Get("done"); d.words.Knows(done) {
		note = d.words.Say(done)
	}
	return d.showAccount(w, r, v, http.StatusOK, note, "")
}

func (d *Dashboards) showAccount(w http.ResponseWriter, r *http.Request, v viewer, status int, note, problem string) error {
	p := accountPage{page: d.inside(r, v, d.words.Say("account.title")), Note: note, Problem: problem, Least: password.MinLength, Access: d.accessWords(v.access)}
	p.Place, p.Here = "account", "/-/account"
	sessions, err := d.Settings.SessionsOf(r.Context(), v.Name)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		row := sessionRow{Browser: s.Browser, Here: s.Is(v.session)}
		if row.Browser == "" {
			row.Browser = d.words.Say("account.browser.unknown")
		}
		if !s.Created.IsZero() {
			row.Since = d.moment(s.Created)
		}
		if !s.Seen.IsZero() {
			row.Used = d.day(s.Seen)
		}
		p.Others = p.Others || !row.Here
		p.Sessions = append(p.Sessions, row)
	}
	second, err := d.Settings.Second(r.Context(), v.Name)
	switch {
	case errors.Is(err, settings.ErrNotFound):
		p.Second = d.words.Say("account.second.off")
	case err != nil:
		return err
	default:
		p.Second = d.words.Say("account.second.on", d.day(second.Since))
	}
	return d.show(w, status, "account-page", p)
}

// confirm checks a user's own password again. problem says why it does not do; it is as slow and as throttled as a login.
func (d *Dashboards) confirm(r *http.Request, v viewer, secret string) (status int, problem string, err error) {
	byUser := v.Name + "\n" + d.network(r)
	if wait := max(d.tries.Try(byUser), d.networks.Try(d.network(r))); wait > 0 {
		return http.StatusTooManyRequests, d.words.Say("login.wait", d.words.Duration(float64(wait/time.Second)+1)), nil
	}
	ok, err := d.check(r.Context(), v.Name, secret)
	switch {
	case errors.Is(err, password.ErrBusy):
		return http.StatusServiceUnavailable, d.words.Say("login.busy"), nil
	case err != nil:
		return http.StatusServiceUnavailable, "", err
	case !ok:
		return http.StatusUnprocessableEntity, d.words.Say("account.wrong"), nil
	}
	d.tries.Forgive(byUser)
	d.networks.Forgive(d.network(r))
	return http.StatusOK, "", nil
}

// changePassword changes the password of whoever knows it. Every other session and link ends; this one goes on under a new cookie.
func (d *Dashboards) changePassword(w http.ResponseWriter, r *http.Request, v viewer) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	status, problem, err := d.confirm(r, v, r.PostFormValue("current"))
	if err != nil {
		return err
	}
	encoded := ""
	if problem == "" {
		if encoded, problem, err = d.newPassword(r); err != nil {
			return err
		}
		status = http.StatusUnprocessableEntity
	}
	if problem != "" {
		return d.showAccount(w, r, v, status, "", problem)
	}
	err = errors.Join(d.setPassword(r.Context(), v.Name, encoded), d.audit(r.Context(), v, "user.password", v.Name, ""))
	if err != nil {
		return err
	}
	return d.enter(w, r, settings.Session{User: v.Name, Second: v.second}, "/-/account?done=password")
}

// endSessions ends every session of the user but this one.
func (d *Dashboards) endSessions(w http.ResponseWriter, r *http.Request, v viewer) error {
	if err := d.Settings.EndOtherSessions(r.Context(), v.Name, v.session); err != nil {
		return err
	}
	http.Redirect(w, r, "/-/account?done=sessions", http.StatusSeeOther)
	return nil
}

// renew puts a session in the place of this one, under a new cookie.
func (d *Dashboards) renew(w http.ResponseWriter, r *http.Request, session settings.Session) error {
	secret := settings.NewSecret()
	if session.Expires.IsZero() {
		session.Expires = d.Now().Add(sessionLasts)
	}
	session.Browser = browserOf(r.UserAgent())
	err := errors.Join(d.endSession(r), d.Settings.AddSession(r.Context(), settings.Hash(secret), session))
	if err == nil {
		http.SetCookie(w, d.cookie(secret, int(sessionLasts/time.Second)))
	}
	return err
}

// day writes the day of a moment, in UTC.
func (d *Dashboards) day(t time.Time) string { return d.words.Day(site.DayOfDate(t.UTC().Date())) }
