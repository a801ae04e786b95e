// Package demo is a make-believe bookshop to look at Sporløs with: a small website that wears the snippet ([Shop]), and people who
// have visited it for months ([History]) and go on visiting ([History.Next]). Nobody in it is real; addresses are drawn at random and
// go through the collector like any other.
package demo

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

// Domain is the site of the shop with its history; Visitor is a second, empty site that only the pages of the shop report to, so
// that whoever clicks through them finds exactly their own visit there.
const (
	Domain  = "bokhandel.example"
	Visitor = "only-you.example"
)

//go:embed pages
var pages embed.FS

type book struct{ Slug, Title, Author, About string }

var books = []book{
	{"nordlys", "Nordlys over fjorden", "Ingrid Haugland", "A winter on the coast, told in letters that were never sent."},
	{"fjellvandring", "Fjellvandring for begynnere", "Per Aasen", "Forty walks, from the tram stop to the ridge."},
	{"brodboka", "Brødboka", "Marit Solli", "Rye, barley and patience."},
	{"fyrvokteren", "Fyrvokteren", "Jonas Lie Berg", "A lighthouse, a logbook, and one line that should not be there."},
	{"strikk", "Strikk med mønster", "Anne Nilsen", "Patterns from nine valleys."},
	{"skjaergard", "Skjærgård", "Tor Henriksen", "Sailing between two thousand islands without hitting one."},
	{"sporlos", "Sporløs", "Eva Lind", "A novel about leaving nothing behind."},
	{"havets-kart", "Havets kart", "Knut Fossum", "How the sea was drawn, and by whom."},
}

// Shop is the website.
type Shop struct {
	mux     *http.ServeMux
	page    *template.Template
	snippet template.HTML
}

// NewShop returns the website; its pages load the script from collector, a base URL, and report to both sites.
func NewShop(collector string) (*Shop, error) {
	page, err := template.ParseFS(pages, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("the demo's pages are damaged: %w", err)
	}
	tag := fmt.Sprintf(`<script defer src="%s/w.js" data-domain="%s,%s" data-local></script>`, template.HTMLEscapeString(collector), Domain, Visitor)
	s := &Shop{mux: http.NewServeMux(), page: page, snippet: template.HTML(tag)}
	s.mux.HandleFunc("GET /{$}", s.show("home", "Fjellbokhandelen"))
	s.mux.HandleFunc("GET /books", s.show("books", "Books"))
	s.mux.HandleFunc("GET /books/{slug}", s.book)
	s.mux.HandleFunc("GET /about", s.show("about", "About us"))
	s.mux.HandleFunc("GET /newsletter", s.show("newsletter", "Newsletter"))
	s.mux.HandleFunc("POST /newsletter", s.show("thanks", "Thank you"))
	s.mux.HandleFunc("GET /events/{rest...}", s.show("events", "Readings")) // views of the single-page part
	s.mux.HandleFunc("GET /search", s.search)
	s.mux.HandleFunc("GET /files/catalogue.pdf", catalogue)
	s.mux.HandleFunc("GET /style.css", s.style)
	s.mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return s, nil
}

// ServeHTTP serves the website.
func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

type view struct {
	Page, Title string
	Snippet     template.HTML
	Books       []book
	Book        book
	Query       string
}

func (s *Shop) show(page, title string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.render(w, view{Page: page, Title: title, Books: books})
	}
}

func (s *Shop) render(w http.ResponseWriter, v view) {
	v.Snippet = s.snippet
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := s.page.ExecuteTemplate(w, "layout.html", v); err != nil {
		http.Error(w, "this page of the demo is damaged", http.StatusInternalServerError)
	}
}

func (s *Shop) book(w http.ResponseWriter, r *http.Request) {
	for _, b := range books {
		if b.Slug == r.PathValue("slug") {
			s.render(w, view{Page: "book", Title: b.Title, Book: b})
			return
		}
	}
	w.WriteHeader(http.StatusNotFound)
	s.render(w, view{Page: "missing", Title: "Not on our shelves"})
}

func (s *Shop) search(w http.ResponseWriter, r *http.Request) {
	query := strings.TrimSpace(r.FormValue("q"))
	v := view{Page: "search", Title: "Search", Query: query}
	for _, b := range books {
		if query != "" && strings.Contains(strings.ToLower(b.Title+" "+b.Author+" "+b.About), strings.ToLower(query)) {
			v.Books = append(v.Books, b)
		}
	}
	s.render(w, v)
}

func (s *Shop) style(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, pages, "pages/style.css")
}

// catalogue is the smallest file that every reader of PDF accepts as an empty page.
func catalogue(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", "attachment; filename=catalogue.pdf")
	_, _ = w.Write([]byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj " +
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]>>endobj\ntrailer<</Root 1 0 R>>\n"))
}
