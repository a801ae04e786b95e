package dashboards

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sporlos/dashboards/language"
	"sporlos/site"
)

//go:embed templates
var templates embed.FS

// page is what the frame around every page shows. Pages embed it.
type page struct {
	Title  string
	User   string       // "" when nobody is logged in
	Viewer viewer       // who looks at it, and what they may do
	Theme  string       // "light", "dark" or "auto"
	Here   string       // path and query of this page, for forms that come back to it
	Sites  []*site.Site // to switch to
	Site   *site.Site   // nil on pages that are not about one
	Live   *live        // visitors now; nil on pages that are not about a site

	Home  string // path of the site's overview
	Embed bool   // framed by another page: without a bar

	Newsletters bool   // the site has some
	Place       string // "overview", "newsletters" or "settings" where one is there, for the menu
}

// live is the number of visitors now.
type live struct {
	Domain string
	URL    string
	Count  int
}

func parseTemplates(d *Dashboards) (*template.Template, error) {
	funcs := template.FuncMap{
		"t":       d.words.Say,
		"many":    d.words.Many,
		"asset":   d.assets.url,
		"integer": d.words.Integer,
		"lang":    func() string { return d.words.Tag },
		"tongues": language.All,
		"version": func() string { return d.Version },
		"path":    sitePath,
		"segment": func(domain, query string) template.URL { return template.URL(sitePath(domain) + "?" + query) }, // escaped by filters
		"dict":    dict,
		"list":    func(words ...string) []string { return words },
		"day":     d.words.Day,
		"clock":   func(hour *int) string { return fmt.Sprintf("%02d:00", *hour) },
		"inc":     func(i int) int { return i + 1 },
	}
	return template.New("").Funcs(funcs).ParseFS(templates, "templates/*.html")
}

// dict makes a map of pairs, for templates that take more than one thing.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict needs pairs, got %d values", len(pairs))
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m, nil
}

// frame is the frame of the page asked for.
func (d *Dashboards) frame(r *http.Request, title string) page {
	return page{Title: title, Theme: themeOf(r), Here: r.URL.RequestURI()}
}

// show writes a page; nothing is written when its template fails.
func (d *Dashboards) show(w http.ResponseWriter, status int, name string, data any) error {
	var body bytes.Buffer
	if err := d.templates.ExecuteTemplate(&body, name, data); err != nil {
		return fmt.Errorf("cannot fill in the page %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", "HX-Request, HX-Target")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // when it fails the reader has left
	return nil
}

// failure is a page that says what went wrong and what to do.
type failure struct {
	page
	Status     int
	What, Do   string
	CanTryHere bool
}

// fail writes the page of an error.
func (d *Dashboards) fail(w http.ResponseWriter, r *http.Request, status int) error {
	return d.failAs(w, r, status, fmt.Sprintf("error.%d", status))
}

// failAs writes the page of an error in the sentences of a key.
func (d *Dashboards) failAs(w http.ResponseWriter, r *http.Request, status int, key string) error {
	f := failure{page: d.frame(r, d.words.Say(key)), Status: status, What: d.words.Say(key), Do: d.words.Say(key + ".do")}
	f.CanTryHere = status >= 500 && r.Method == http.MethodGet
	return d.show(w, status, "error", f)
}

// theme remembers how pages look and goes back to where the reader was.
func (d *Dashboards) theme(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	d.remember(w, "theme", cleanTheme(r.PostFormValue("theme")))
	http.Redirect(w, r, local(r.PostFormValue("back")), http.StatusSeeOther)
	return nil
}

// language remembers in which language pages are, and goes back to where the reader was. What is no language is the browser's choice.
func (d *Dashboards) language(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	chosen := r.PostFormValue("language")
	if !slices.Contains(language.Tags(), chosen) {
		chosen = ""
	}
	d.remember(w, languageCookie, chosen)
	http.Redirect(w, r, local(r.PostFormValue("back")), http.StatusSeeOther)
	return nil
}

const languageCookie = "language"

// languageOf is the tag of the language a request is answered in.
func languageOf(r *http.Request) string {
	chosen := ""
	if c, err := r.Cookie(languageCookie); err == nil {
		chosen = c.Value
	}
	return language.Preferred(chosen, r.Header.Get("Accept-Language"))
}

// remember keeps a reader's choice for a year; an empty one is forgotten.
func (d *Dashboards) remember(w http.ResponseWriter, name, value string) {
	cookie := &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: d.Secure, SameSite: http.SameSiteLaxMode}
	if value == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

func themeOf(r *http.Request) string {
	if c, err := r.Cookie("theme"); err == nil {
		return cleanTheme(c.Value)
	}
	return "auto"
}

func cleanTheme(s string) string {
	if s == "light" || s == "dark" {
		return s
	}
	return "auto"
}

// local returns a path of this server that was handed in by a form, or "/": nobody is sent to another host.
func local(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// sitePath is where a site's page is. A domain with a path of its own stays one segment.
func sitePath(domain string) string { return "/" + url.PathEscape(domain) }
