package letter

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What an owner may register. The bounds are far above what a newsletter needs, and far below one link for each recipient.
const (
	MaxCampaigns = 200 // of a site
	MaxLinks     = 50  // of a campaign
	maxTarget    = 2048
	maxTitle     = 200
)

// Campaign is one newsletter as its owner has registered it. Its name is unique in an installation, since its addresses name no site.
type Campaign struct {
	Site    string    `json:"site"` // domain
	Name    string    `json:"name"`
	Title   string    `json:"title,omitempty"`
	Links   []Link    `json:"links,omitempty"`
	Opens   bool      `json:"opens,omitempty"` // count fetches of the picture
	Created time.Time `json:"created"`
}

// Link is one target under the name that leads to it.
type Link struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Check returns what is wrong with the campaign, for the person who registers it.
func (c Campaign) Check() error {
	if err := CheckName("campaign", c.Name); err != nil {
		return err
	}
	if len(c.Title) > maxTitle || !utf8.ValidString(c.Title) || strings.ContainsFunc(c.Title, unicode.IsControl) {
		return fmt.Errorf("the title is not usable: one line of at most %d bytes", maxTitle)
	}
	if len(c.Links) > MaxLinks {
		return fmt.Errorf("a campaign has at most %d links: every recipient gets the same ones", MaxLinks)
	}
	seen := map[string]bool{}
	for _, l := range c.Links {
		if seen[l.Name] {
			return fmt.Errorf("the link %q is there twice: each needs a name of its own", l.Name)
		}
		seen[l.Name] = true
		if err := errors.Join(CheckName("link", l.Name), CheckTarget(l.URL)); err != nil {
			return err
		}
	}
	return nil
}

// Link returns the link with that name.
func (c Campaign) Link(name string) (Link, bool) {
	for _, l := range c.Links {
		if l.Name == name {
			return l, true
		}
	}
	return Link{}, false
}

var slug = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$`)

// CheckName returns what is wrong with the name of a campaign or link (what): it is two to 64 small letters, digits and hyphens. Of one
// letter, or with a dot, are other addresses of the collector, and so is a campaign "api".
func CheckName(what, name string) error {
	if !slug.MatchString(name) {
		return fmt.Errorf("%q is not a name for a %s: two to 64 letters a-z, digits and hyphens, as in spring-2027", clip(name), what)
	}
	if what == "campaign" && name == "api" {
		return errors.New(`no campaign can be called "api": /api/… are other addresses of the collector`)
	}
	return nil
}

// ParseLink reads a link as it stands on a command line, NAME=URL.
func ParseLink(text string) (Link, error) {
	name, target, ok := strings.Cut(text, "=")
	if !ok {
		return Link{}, fmt.Errorf("%q is not a link: write it as shop=https://example.org/shop", clip(text))
	}
	l := Link{Name: strings.TrimSpace(name), URL: strings.TrimSpace(target)}
	return l, errors.Join(CheckName("link", l.Name), CheckTarget(l.URL))
}

// CheckTarget returns what is wrong with an address that a click is to lead to. It must be absolute, http or https, in ASCII as it
// goes into a header, and without credentials, which every recipient would get.
func CheckTarget(target string) error {
	const hint = "write it as https://example.org/page"
	u, err := url.Parse(target)
	switch {
	case len(target) > maxTarget:
		return fmt.Errorf("the target of a link is over %d bytes long", maxTarget)
	case strings.ContainsFunc(target, outside):
		return fmt.Errorf("the target of a link has a space, a backslash, or something that is not ASCII in it: escape it (%%20), and %s", hint)
	case err != nil:
		return fmt.Errorf("the target of a link is not an address: %s", hint)
	case u.Scheme != "http" && u.Scheme != "https" || u.Opaque != "" || u.Hostname() == "":
		return fmt.Errorf("%q is not an absolute address of the web: %s", clip(target), hint)
	case u.User != nil:
		return fmt.Errorf("the target of a link has a user or password in it, which every recipient would get: %s", hint)
	}
	return nil
}

// outside reports what may not stand in a target.
func outside(r rune) bool {
	return r <= ' ' || r > '~' || r == '\\' || r == '"' || r == '<' || r == '>'
}

func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// Address is where the link with that name is reached by way of the collector at base, a URL without a slash at its end. It is the
// same for every recipient.
func (c Campaign) Address(base, link string) string { return base + "/n/" + c.Name + "/" + link }

// Picture is the tag that counts opens, to be put at the end of the letter.
func (c Campaign) Picture(base string) string {
	return `<img src="` + base + "/n/" + c.Name + `.gif" width="1" height="1" alt="">`
}

// Tagged returns a link's target with the tags by which the visits it brings are recognised, when it leads to the campaign's own site
// and has none; otherwise "".
func (c Campaign) Tagged(l Link) string {
	u, err := url.Parse(l.URL)
	if err != nil || !c.own(u.Hostname()) || u.Query().Has("utm_source") {
		return ""
	}
	tags := "utm_source=newsletter&utm_medium=email&utm_campaign=" + c.Name
	if u.RawQuery != "" {
		tags = u.RawQuery + "&" + tags
	}
	u.RawQuery = tags
	return u.String()
}

// UTMCampaign is the name under which the visits that a link brings to the campaign's own site are counted; "" when they cannot be told.
func (c Campaign) UTMCampaign(l Link) string {
	u, err := url.Parse(l.URL)
	if err != nil || !c.own(u.Hostname()) {
		return ""
	}
	return u.Query().Get("utm_campaign")
}

// own reports whether a host belongs to the campaign's site.
func (c Campaign) own(host string) bool {
	domain, _, _ := strings.Cut(c.Site, "/")
	domain, _, _ = strings.Cut(domain, ":")
	host = strings.ToLower(host)
	return host == domain || strings.HasSuffix(host, "."+domain)
}
