package dashboards

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"sporlos/store/settings"
)

// tokensPage lists the tokens of the API.
type tokensPage struct {
	page
	Rows          []tokenRow
	Sites         []option
	Name          string   // as typed
	Lasts         []option // days
	Secret, For   string   // a new token, shown once
	Problem, Note string
}

type tokenRow struct {
	Name, Sites, Scopes, Created, Expires, Used string
	Over                                        bool // it has expired
}

// lasting are the days a token can be made to last; 0 is for ever.
var lasting = []int{0, 30, 90, 365}

const maxList = 256 << 10 // bytes of a form with a field for each site

func (d *Dashboards) tokens(w http.ResponseWriter, r *http.Request, v viewer) error {
	p := tokensPage{}
	if done := "tokens.done." + r.URL.Query().Get("done"); d.words.Knows(done) {
		p.Note = d.words.Say(done)
	}
	return d.showTokens(w, r, v, http.StatusOK, p)
}

func (d *Dashboards) showTokens(w http.ResponseWriter, r *http.Request, v viewer, status int, p tokensPage) error {
	p.page = d.inside(r, v, d.words.Say("tokens.title"))
	p.Place, p.Here = "tokens", "/-/tokens"
	tokens, err := d.Settings.Tokens(r.Context())
	if err != nil {
		return err
	}
	sites, err := d.Settings.Sites(r.Context())
	if err != nil {
		return err
	}
	for _, t := range tokens {
		p.Rows = append(p.Rows, d.tokenRow(t))
	}
	for _, s := range sites {
		p.Sites = append(p.Sites, option{s.Domain, s.Domain, len(sites) == 1})
	}
	for _, days := range lasting {
		text := d.words.Say("tokens.never")
		if days > 0 {
			text = d.words.Say("tokens.days", days)
		}
		p.Lasts = append(p.Lasts, option{strconv.Itoa(days), text, days == 365})
	}
	return d.show(w, status, "tokens", p)
}

func (d *Dashboards) tokenRow(t settings.Token) tokenRow {
	row := tokenRow{Name: t.Name, Sites: strings.Join(t.Domains(), ", "), Scopes: strings.Join(t.Scopes, ", "), Created: d.day(t.Created),
		Expires: d.words.Say("tokens.never"), Used: d.words.Say("tokens.unused")}
	if row.Scopes == "" {
		row.Scopes = settings.ScopeStats
	}
	if !t.Expires.IsZero() {
		row.Expires, row.Over = d.day(t.Expires), !d.Now().Before(t.Expires)
	}
	if !t.Used.IsZero() {
		row.Used = d.day(t.Used)
	}
	return row
}

// addToken makes a token and shows it, once.
func (d *Dashboards) addToken(w http.ResponseWriter, r *http.Request, v viewer) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxList)
	sites, err := d.Settings.Sites(r.Context())
	if err != nil {
		return err
	}
	name := strings.TrimSpace(r.PostFormValue("name"))
	token := settings.Token{Name: name, Scopes: []string{settings.ScopeStats}, Created: d.Now().UTC(), By: v.Name}
	for _, s := range sites {
		for _, asked := range r.PostForm["site"] {
			if asked == s.Domain {
				token.Sites = append(token.Sites, s.Domain)
			}
		}
	}
	if days, err := strconv.Atoi(r.PostFormValue("days")); err == nil && days > 0 && days <= 3650 {
		token.Expires = d.Now().UTC().AddDate(0, 0, days)
	}
	again := func(problem string) error {
		return d.showTokens(w, r, v, http.StatusUnprocessableEntity, tokensPage{Problem: problem, Name: name})
	}
	if name == "" || len(name) > 100 {
		return again(d.words.Say("tokens.name.wrong"))
	}
	if len(token.Sites) == 0 {
		return again(d.words.Say("tokens.nosite"))
	}
	secret := settings.NewSecret()
	err = d.Settings.AddToken(r.Context(), settings.Hash(secret), token)
	if errors.Is(err, settings.ErrExists) {
		return again(d.words.Say("tokens.exists", name))
	}
	if err := errors.Join(err, d.audit(r.Context(), v, "token.add", name, settings.Details(settings.Detail("token", strings.Join(token.Scopes, ", "), strings.Join(token.Sites, ", "))))); err != nil {
		return err
	}
	return d.showTokens(w, r, v, http.StatusOK, tokensPage{Secret: secret, For: name})
}

// removeToken removes a token: it opens nothing from then on.
func (d *Dashboards) removeToken(w http.ResponseWriter, r *http.Request, v viewer) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	name := r.PostFormValue("name")
	if err := d.Settings.RemoveToken(r.Context(), name); err != nil {
		return err
	}
	if err := d.audit(r.Context(), v, "token.remove", name, ""); err != nil {
		return err
	}
	http.Redirect(w, r, "/-/tokens?done=removed", http.StatusSeeOther)
	return nil
}
