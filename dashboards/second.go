package dashboards

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rsc.io/qr"

	"sporlos/dashboards/totp"
	"sporlos/dashboards/vault"
	"sporlos/store/settings"
)

// The second factor: a code of an authenticator app, or one of the recovery codes that were shown once when it was set up.

const recoveryCodes = 10

// errNoVault is what a user with a second factor meets where its key is missing.
var errNoVault = errors.New("codes cannot be checked: the key of second factors is not here; put second-factor.key back, or log in with a recovery code")

// codePage asks for the code at the login.
type codePage struct {
	page
	Next, Problem string
}

// halfway is who has given the right password and owes the second factor; errLogin when nobody does.
func (d *Dashboards) halfway(r *http.Request) (user string, err error) {
	c, err := r.Cookie(d.cookieName())
	if err != nil || c.Value == "" || len(c.Value) > 128 {
		return "", errLogin
	}
	session, err := d.Settings.Session(r.Context(), settings.Hash(c.Value))
	if errors.Is(err, settings.ErrNotFound) || err == nil && !session.Half {
		return "", errLogin
	}
	return session.User, err
}

func (d *Dashboards) codeForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := d.halfway(r); errors.Is(err, errLogin) {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return nil
	} else if err != nil {
		return err
	}
	return d.show(w, http.StatusOK, "code", codePage{page: d.frame(r, d.words.Say("code.title")), Next: local(r.FormValue("next"))})
}

// code lets in whoever gives the right one.
func (d *Dashboards) code(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	user, err := d.halfway(r)
	if errors.Is(err, errLogin) {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	next := local(r.PostFormValue("next"))
	again := func(status int, result, problem string) error {
		d.metrics.logins.WithLabelValues(result).Inc()
		return d.show(w, status, "code", codePage{d.frame(r, d.words.Say("code.title")), next, problem})
	}
	if wait := d.codes.Try(user); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return again(http.StatusTooManyRequests, "throttled", d.words.Say("login.wait", d.words.Duration(float64(wait/time.Second)+1)))
	}
	ok, recovery, err := d.checkCode(r.Context(), user, r.PostFormValue("code"))
	if err != nil {
		return err
	}
	if !ok {
		return again(http.StatusUnauthorized, "wrong", d.words.Say("code.wrong"))
	}
	d.codes.Forgive(user)
	if recovery {
		if err := d.audit(r.Context(), viewer{Name: user}, "user.recovery", user, ""); err != nil {
			return err
		}
	}
	d.metrics.logins.WithLabelValues("code").Inc()
	return d.enter(w, r, settings.Session{User: user, Second: true}, next)
}

// checkCode uses up a code of the app or a recovery code.
func (d *Dashboards) checkCode(ctx context.Context, user, code string) (ok, recovery bool, err error) {
	second, err := d.Settings.Second(ctx, user)
	if errors.Is(err, settings.ErrNotFound) { // reset meanwhile: start again
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	code = strings.ToLower(strings.ReplaceAll(totp.Clean(code), "-", ""))
	if len(code) > 6 {
		err := d.Settings.UseRecovery(ctx, user, settings.Hash(code))
		if errors.Is(err, settings.ErrNotFound) {
			return false, false, nil
		}
		return err == nil, true, err
	}
	if d.Vault == nil {
		return false, false, errNoVault
	}
	secret, err := d.Vault.Open(purpose(user), second.Sealed)
	if err != nil {
		return false, false, fmt.Errorf("the second factor of a user cannot be opened: %w; reset it with sporlos user reset-2fa", err)
	}
	step, ok := totp.Match(secret, code, d.Now(), second.Step)
	if !ok {
		return false, false, nil
	}
	err = d.Settings.UseStep(ctx, user, step)
	if errors.Is(err, settings.ErrUsed) || errors.Is(err, settings.ErrNotFound) {
		return false, false, nil
	}
	return err == nil, false, err
}

// purpose ties a sealed secret to its user, and one that is being set up to being that.
func purpose(user string) string { return "second factor of " + user }

func purposeOfNew(user string) string { return "new second factor of " + user }

// secondPage is the set-up of a second factor, what there is of one, or its recovery codes.
type secondPage struct {
	page
	Possible, Required bool
	Since              string // when it was set up; "" there is none
	Left               int    // recovery codes
	Sealed, Text       string // a secret that is being set up
	QR                 qrCode
	Codes              []string // shown once
	Problem, Note      string
	Least              int
}

// qrCode is a QR code as a path of an SVG.
type qrCode struct {
	Size int
	Path string
}

func (d *Dashboards) secondForm(w http.ResponseWriter, r *http.Request, v viewer) error {
	p, err := d.newSecond(r, v)
	if err != nil {
		return err
	}
	if p.Since == "" && p.Possible {
		if err := d.offer(&p, v, totp.NewSecret()); err != nil {
			return err
		}
	}
	return d.show(w, http.StatusOK, "second", p)
}

func (d *Dashboards) newSecond(r *http.Request, v viewer) (p secondPage, err error) {
	p = secondPage{page: d.inside(r, v, d.words.Say("second.title")), Possible: d.Vault != nil}
	p.Place = "account"
	security, err := d.Settings.Security(r.Context())
	if err != nil {
		return p, err
	}
	p.Required = security.RequireSecond
	second, err := d.Settings.Second(r.Context(), v.Name)
	if errors.Is(err, settings.ErrNotFound) {
		return p, nil
	}
	if p.Left = len(second.Recovery); err == nil {
		p.Since = d.day(second.Since)
	}
	return p, err
}

// offer puts a secret on the page: as a QR code, as text, and sealed, so that the server need not remember it.
func (d *Dashboards) offer(p *secondPage, v viewer, secret []byte) error {
	code, err := qr.Encode(totp.URI("Sporløs", v.Name, secret), qr.M)
	if err != nil {
		return fmt.Errorf("cannot draw the QR code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+4, y+4) // the quiet zone is four modules wide
			}
		}
	}
	p.QR = qrCode{code.Size + 8, path.String()}
	p.Sealed, p.Text = d.Vault.Seal(purposeOfNew(v.Name), secret), inFours(totp.Text(secret))
	return nil
}

// inFours sets a text apart in groups of four, to be typed.
func inFours(text string) string {
	var b strings.Builder
	for i, c := range text {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// setSecond turns the second factor on when a code proves that the app has the secret. Other sessions end.
func (d *Dashboards) setSecond(w http.ResponseWriter, r *http.Request, v viewer) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	p, err := d.newSecond(r, v)
	if err != nil {
		return err
	}
	if !p.Possible || p.Since != "" {
		http.Redirect(w, r, "/-/account/second", http.StatusSeeOther)
		return nil
	}
	secret, err := d.Vault.Open(purposeOfNew(v.Name), r.PostFormValue("sealed"))
	if errors.Is(err, vault.ErrDamaged) {
		http.Redirect(w, r, "/-/account/second", http.StatusSeeOther)
		return nil
	}
	if wait := d.codes.Try(v.Name); wait > 0 {
		return d.secondAgain(w, http.StatusTooManyRequests, p, v, secret, d.words.Say("login.wait", d.words.Duration(float64(wait/time.Second)+1)))
	}
	step, ok := totp.Match(secret, r.PostFormValue("code"), d.Now(), 0)
	if !ok {
		return d.secondAgain(w, http.StatusUnprocessableEntity, p, v, secret, d.words.Say("code.wrong"))
	}
	d.codes.Forgive(v.Name)
	codes, hashes := newRecovery()
	second := settings.Second{Sealed: d.Vault.Seal(purpose(v.Name), secret), Since: d.Now().UTC(), Step: step, Recovery: settings.HashKeys(hashes)}
	err = errors.Join(d.Settings.SaveSecond(r.Context(), v.Name, second), d.Settings.EndOtherSessions(r.Context(), v.Name, v.session),
		d.audit(r.Context(), v, "user.second", v.Name, settings.Details(settings.Detail("second.on"))), d.renew(w, r, settings.Session{User: v.Name, Second: true}))
	if err != nil {
		return err
	}
	p.Since, p.Codes = d.day(second.Since), codes
	return d.show(w, http.StatusOK, "second", p)
}

func (d *Dashboards) secondAgain(w http.ResponseWriter, status int, p secondPage, v viewer, secret []byte, problem string) error {
	p.Problem = problem
	if err := d.offer(&p, v, secret); err != nil {
		return err
	}
	return d.show(w, status, "second", p)
}

// newRecovery makes recovery codes of 80 random bits each, as they are shown and as they are stored.
func newRecovery() (codes []string, hashes [][32]byte) {
	for range recoveryCodes {
		var b [10]byte
		_, _ = rand.Read(b[:]) // never fails: crypto/rand aborts the program instead
		code := strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
		codes = append(codes, strings.ReplaceAll(inFours(code), " ", "-"))
		hashes = append(hashes, settings.Hash(code))
	}
	return codes, hashes
}

// newCodes makes new recovery codes; the old ones are void.
func (d *Dashboards) newCodes(w http.ResponseWriter, r *http.Request, v viewer) error {
	return d.changeSecond(w, r, v, func(p *secondPage) error {
		codes, hashes := newRecovery()
		p.Codes, p.Left = codes, len(codes)
		return errors.Join(d.Settings.NewRecovery(r.Context(), v.Name, hashes), d.audit(r.Context(), v, "user.codes", v.Name, ""))
	})
}

// secondOff turns the second factor off.
func (d *Dashboards) secondOff(w http.ResponseWriter, r *http.Request, v viewer) error {
	return d.changeSecond(w, r, v, func(p *secondPage) error {
		if p.Required {
			p.Problem = d.words.Say("second.required")
			return nil
		}
		p.Since, p.Note = "", d.words.Say("second.isoff")
		return errors.Join(d.Settings.RemoveSecond(r.Context(), v.Name), d.audit(r.Context(), v, "user.second", v.Name, settings.Details(settings.Detail("second.off"))), d.renew(w, r, settings.Session{User: v.Name}))
	})
}

// changeSecond changes the second factor there is, once the password has been given.
func (d *Dashboards) changeSecond(w http.ResponseWriter, r *http.Request, v viewer, change func(*secondPage) error) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	p, err := d.newSecond(r, v)
	if err != nil {
		return err
	}
	if p.Since == "" {
		http.Redirect(w, r, "/-/account/second", http.StatusSeeOther)
		return nil
	}
	status, problem, err := d.confirm(r, v, r.PostFormValue("current"))
	if err != nil {
		return err
	}
	if p.Problem = problem; problem == "" {
		if err := change(&p); err != nil {
			return err
		}
	}
	return d.show(w, status, "second", p)
}
