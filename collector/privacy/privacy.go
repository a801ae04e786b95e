// Package privacy writes what visitors and site owners read about privacy: the page that shows a visitor what would be stored for the
// very request that asked for it, the block a site puts into its own privacy statement, and that statement itself, in English and in
// Norwegian Bokmål.
//
// It only writes. What is true of a site is in [Facts], what would be stored is an [event.Event] that the collector has made with the
// same code as for any beacon, and what was thrown away is handed over as it came; nothing here remembers any of it. Every page is whole
// without a script, loads nothing from anywhere, and names in [Pages.Policy] the one style it has.
//
// Sentences are in english.go and bokmal.go (the pages) and in statement_en.go and statement_nb.go (the statement). A test holds that
// neither language lacks one, and that every field of an event has a line on the page.
package privacy

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"
	"time"
)

// Language is one of those the pages are written in.
type Language string

// The languages. The zero value is English.
const (
	English Language = "en"
	Bokmal  Language = "nb"
)

// LanguageOf reads the name of a language; anything else is English.
func LanguageOf(name string) Language {
	switch strings.ToLower(name) {
	case "nb", "no", "nn":
		return Bokmal
	}
	return English
}

// Preferred returns the language that a header Accept-Language asks for first, of those there are.
func Preferred(accept string) Language {
	best, weight := English, 0.0
	for entry := range strings.SplitSeq(accept, ",") {
		tag, parameters, _ := strings.Cut(strings.TrimSpace(entry), ";")
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		q := 1.0
		if _, value, found := strings.Cut(parameters, "q="); found {
			var err error
			if q, err = strconv.ParseFloat(strings.TrimSpace(value), 64); err != nil {
				continue
			}
		}
		ours := primary == "en" || LanguageOf(primary) == Bokmal
		if ours && q > weight {
			best, weight = LanguageOf(primary), q
		}
	}
	return best
}

// Other returns the other language.
func (l Language) Other() Language {
	if l == Bokmal {
		return English
	}
	return Bokmal
}

// Facts are what is true of a site and of the installation that counts it.
type Facts struct {
	Domain       string
	Zone         string // IANA name
	Identity     string // network, address or none
	Months       int    // for which measurements are kept
	Signals      bool   // Sec-GPC and DNT are honoured by the collector
	ReferrerPath bool   // of other sites' pages the path is kept, too
	KeepIDs      bool   // path segments that look like identifiers are kept
	Script       bool   // a script runs in the pages
	Campaigns    bool   // utm_* and the like are kept
	Places       bool   // region and city are kept where known
	ShownFrom    int    // how often a phrase must have been searched to be shown
	Multiple     int    // counts are shown as multiples of it; 1 is exact
	Newsletters  bool   // clicks in newsletters are counted
	Opens        bool   // and opens
	Contact      string // of who is responsible; "" leaves a place to fill in
	Page         string // address of the page /privacy; "" when it is not known
}

// Pages writes the pages. It may be used from several goroutines.
type Pages struct {
	templates *template.Template
	style     template.CSS
	hash      string
}

//go:embed templates
var files embed.FS

// New returns pages that are ready to be written.
func New() (*Pages, error) {
	css, err := files.ReadFile("templates/style.css")
	if err != nil {
		return nil, err
	}
	t, err := template.ParseFS(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("cannot read the privacy pages: %w", err)
	}
	sum := sha256.Sum256(css)
	return &Pages{templates: t, style: template.CSS(css), hash: base64.StdEncoding.EncodeToString(sum[:])}, nil
}

// Policy is the Content-Security-Policy of the pages: nothing from anywhere but the one style, forms only to where the page came from.
// ancestors are who may show it in a frame; none by default.
func (p *Pages) Policy(ancestors ...string) string {
	who := "'none'"
	if len(ancestors) > 0 {
		who = strings.Join(ancestors, " ")
	}
	return "default-src 'none'; style-src 'sha256-" + p.hash + "'; form-action 'self'; base-uri 'none'; frame-ancestors " + who
}

// frame is what every page needs.
type frame struct {
	Words    *words
	Language Language
	Style    template.CSS
	Facts    Facts
	Switch   string // address of this page in the other language
	Body     any
}

func (p *Pages) write(w io.Writer, name string, f frame) error {
	f.Style, f.Words = p.style, wordsOf(f.Language)
	var b bytes.Buffer
	if err := p.templates.ExecuteTemplate(&b, name, f); err != nil {
		return fmt.Errorf("cannot write the page %s: %w", name, err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Refusal is why nothing would be stored.
type Refusal string

// The refusals a page can explain; "" is none.
const (
	OptedOut Refusal = "opted_out" // by the visitor's own choice on this page
	Signal   Refusal = "signal"    // by Sec-GPC or DNT
	Robot    Refusal = "robot"
	LeftOut  Refusal = "left_out" // by the owner: this address, page or host
	Fault    Refusal = "fault"    // of ours, or an address that is no page's
)

// Notice is what has just been done.
type Notice string

// The notices; "" is none.
const (
	Erased    Notice = "erased"
	Erasing   Notice = "erasing" // recorded, and not yet carried out
	NotErased Notice = "not_erased"
	TooMany   Notice = "too_many"
)

// Visit is the page that shows a request to who made it.
type Visit struct {
	Facts    Facts
	Language Language
	Base     string // from the page to the address of /privacy, relative

	Refusal Refusal
	Notice  Notice
	Seen    string // the address of the page that a view of is shown
	Kept    []Line // what would be stored; of a request that is refused nothing
	Empty   []Line // fields without a value in this request
	Thrown  []Line // what the request carried besides
	Short   string // how today's number begins; "" when there is none
	Ends    time.Time
	Now     time.Time

	Reaches bool // a choice made here reaches the site
}

// OptedOut reports whether the visitor has opted out.
func (v Visit) OptedOut() bool { return v.Refusal == OptedOut }

// To is the address of a page below /privacy, or with "" of that itself, for this site and language.
func (v Visit) To(page string) string {
	return v.Base + "privacy" + page + "?" + query(v.Facts.Domain, v.Language)
}

// Midnight is when the number ends, in words and on the site's calendar.
func (v Visit) Midnight() string { return wordsOf(v.Language).moment(v.Ends) }

// Left is how long that is from now, in hours and minutes.
func (v Visit) Left() string {
	left := v.Ends.Sub(v.Now).Round(time.Minute)
	return wordsOf(v.Language).duration(int(left.Hours()), int(left.Minutes())%60)
}

// WriteVisit writes the page /privacy.
func (p *Pages) WriteVisit(w io.Writer, v Visit) error {
	return p.write(w, "page.html", frame{Language: v.Language, Facts: v.Facts, Switch: Visit{Facts: v.Facts, Language: v.Language.Other(), Base: v.Base}.To(""), Body: v})
}

// WriteBlock writes the block that a site shows in a frame on its own page.
func (p *Pages) WriteBlock(w io.Writer, f Facts, l Language, refusal Refusal) error {
	return p.write(w, "block.html", frame{Language: l, Facts: f, Body: Visit{Facts: f, Language: l, Base: "../", Refusal: refusal}})
}

// WriteStatement writes the statement as a page, with snippets for whoever runs the site.
func (p *Pages) WriteStatement(w io.Writer, f Facts, l Language, collector string) error {
	return p.write(w, "statement.html", frame{Language: l, Facts: f, Switch: "statement?" + query(f.Domain, l.Other()), Body: struct {
		Statement
		Snippet string
	}{NewStatement(f, l), Snippet(collector, f.Domain, l)}})
}

// WriteUnknown writes the page for a site that is not counted here.
func (p *Pages) WriteUnknown(w io.Writer, domain string, l Language) error {
	return p.write(w, "unknown.html", frame{Language: l, Facts: Facts{Domain: domain}})
}

func query(domain string, l Language) string {
	return "d=" + template.URLQueryEscaper(domain) + "&lang=" + string(l)
}

// Snippet is HTML for a site's own privacy statement: the block in a frame, a link for who sees no frames, and the switch with which a
// visitor opts out on the site itself. collector is the address of the collector without slash at its end.
func Snippet(collector, domain string, l Language) string {
	w, q := wordsOf(l), template.HTMLEscapeString(query(domain, l))
	at := template.HTMLEscapeString(collector)
	return fmt.Sprintf(`<iframe src="%[1]s/privacy/block?%[2]s" title="%[3]s" width="100%%" height="240" loading="lazy" style="border:0"></iframe>
<p><a href="%[1]s/privacy?%[2]s">%[4]s</a></p>
<p><button type="button" data-sporlos-optout="%[6]s">%[5]s</button></p>
<script defer src="%[1]s/choice.js" data-domain="%[7]s"></script>
`, at, q, template.HTMLEscapeString(fmt.Sprintf(w.BlockTitle, domain)), template.HTMLEscapeString(w.BlockLink),
		template.HTMLEscapeString(w.OptOutButton), template.HTMLEscapeString(w.OptInButton), template.HTMLEscapeString(domain))
}

// Counted lists what is counted on the site.
func (v Visit) Counted() []string {
	if v.Language == Bokmal {
		return collectedNB(v.Facts)
	}
	return collectedEN(v.Facts)
}
