package settings

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"sporlos/site"
)

const (
	kindShare   = "share"
	kindSharing = "sharing"
)

// MaxShares is how many shared links a site has at most.
const MaxShares = 50

// Share is a link that shows a site's figures to whoever has it. It is stored under the hash of its secret.
type Share struct {
	ID       string    `json:"id"`
	Domain   string    `json:"domain"`
	Name     string    `json:"name"`               // for those who own the site
	Password string    `json:"password,omitempty"` // argon2id, encoded; "": none is asked for
	Query    string    `json:"query,omitempty"`    // filters, as in the address of a page, that whoever has the link cannot take away
	Expires  time.Time `json:"expires,omitzero"`
	Created  time.Time `json:"created"`
}

// Sharing is what a site shows to everybody.
type Sharing struct {
	Domain  string   `json:"domain"`
	Public  bool     `json:"public"`  // its dashboards need no login
	Origins []string `json:"origins"` // of pages that may frame a shared link: https://intranet.example.org
}

// CleanOrigins reads origins with spaces, commas or line ends between them.
func CleanOrigins(text string) (list []string, err error) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", ;\t\r\n", r) }) {
		u, err := url.Parse(strings.TrimRight(word, "/"))
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || u.Fragment != "" || strings.ContainsAny(u.Host, "'\"*") {
			return nil, &site.Mistake{Key: "mistake.share.origin", Args: []any{word}}
		}
		if origin := u.Scheme + "://" + strings.ToLower(u.Host); !slices.Contains(list, origin) {
			list = append(list, origin)
		}
	}
	if len(list) > 20 {
		return nil, &site.Mistake{Key: "mistake.share.origins"}
	}
	return list, nil
}

// AddShare stores a link under the hash of its secret and gives it its ID.
func (s *Settings) AddShare(ctx context.Context, hash [32]byte, share Share) (Share, error) {
	share.Name = strings.TrimSpace(share.Name)
	switch now := s.now(); {
	case share.Name == "" || len(share.Name) > 100:
		return share, &site.Mistake{Key: "mistake.share.name"}
	case !share.Expires.IsZero() && !share.Expires.After(now):
		return share, &site.Mistake{Key: "mistake.share.end"}
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	have, err := s.SharesOf(ctx, share.Domain)
	if err != nil {
		return share, err
	}
	if len(have) >= MaxShares {
		return share, &site.Mistake{Key: "mistake.share.full", Args: []any{share.Domain, len(have)}}
	}
	share.ID, share.Created = NewSecret()[:12], s.now().UTC()
	return share, s.put(ctx, kindShare, hashKey(hash), share)
}

// Share returns the link with that hash; ErrNotFound when there is none, or not any more.
func (s *Settings) Share(ctx context.Context, hash [32]byte) (Share, error) {
	share, err := get[Share](ctx, s, kindShare, hashKey(hash))
	if err == nil && !share.Expires.IsZero() && !s.now().Before(share.Expires) {
		return Share{}, ErrNotFound
	}
	return share, err
}

// SharesOf returns the links of a site, the oldest first, those that have expired too.
func (s *Settings) SharesOf(ctx context.Context, domain string) ([]Share, error) {
	list, err := all[Share](ctx, s, kindShare)
	list = slices.DeleteFunc(list, func(o Share) bool { return o.Domain != domain })
	slices.SortFunc(list, func(a, b Share) int { return a.Created.Compare(b.Created) })
	return list, err
}

// RemoveShare revokes a link of a site: it opens nothing from then on.
func (s *Settings) RemoveShare(ctx context.Context, domain, id string) (Share, error) {
	list, err := s.entries(ctx, kindShare)
	if err != nil {
		return Share{}, err
	}
	for _, e := range list {
		if e.removed {
			continue
		}
		if share, err := decode[Share](kindShare, e); err == nil && share.Domain == domain && share.ID == id {
			return share, s.forget(ctx, kindShare, e.key)
		}
	}
	return Share{}, ErrNotFound
}

// Sharing returns what a site shows to everybody: nothing, unless it was set.
func (s *Settings) Sharing(ctx context.Context, domain string) (Sharing, error) {
	sharing, err := get[Sharing](ctx, s, kindSharing, domain)
	if errors.Is(err, ErrNotFound) {
		return Sharing{Domain: domain}, nil
	}
	return sharing, err
}

// SaveSharing stores what a site shows to everybody.
func (s *Settings) SaveSharing(ctx context.Context, sharing Sharing) error {
	return s.put(ctx, kindSharing, sharing.Domain, sharing)
}
