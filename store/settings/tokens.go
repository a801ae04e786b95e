package settings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Token opens the API for some sites.
type Token struct {
	Name    string    `json:"name"`
	Domain  string    `json:"domain,omitempty"` // its site, in tokens stored before there were several
	Sites   []string  `json:"sites,omitempty"`
	Scopes  []string  `json:"scopes,omitempty"` // none in tokens stored before there were scopes: ScopeStats
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero: never
	By      string    `json:"by,omitempty"`     // who made it

	Used time.Time `json:"-"` // the day it was last used, zero: never. It is kept apart
}

// ScopeStats lets a token ask for numbers.
const ScopeStats = "stats:read"

// Scopes are the scopes there are.
func Scopes() []string { return []string{ScopeStats} }

// ErrScope refuses a token that could open nothing or something that is not known.
var ErrScope = errors.New("a token needs a name, at least one site, and scopes that are known: " + strings.Join(Scopes(), ", "))

// use is the day a token was last used: enough to find those that nobody needs, too little to watch anybody.
type use struct {
	Day time.Time `json:"day"`
}

const kindUse = "use"

// Domains are the sites a token is for.
func (t Token) Domains() []string {
	if t.Domain != "" {
		return append([]string{t.Domain}, t.Sites...)
	}
	return t.Sites
}

// Allows tells whether a token opens a site for a scope.
func (t Token) Allows(domain, scope string) bool {
	scopes := t.Scopes
	if len(scopes) == 0 {
		scopes = []string{ScopeStats}
	}
	return slices.Contains(t.Domains(), domain) && slices.Contains(scopes, scope)
}

// AddToken stores a token under the hash of its secret; ErrExists when another has that name.
func (s *Settings) AddToken(ctx context.Context, hash [32]byte, token Token) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if token.Name == "" || len(token.Domains()) == 0 || slices.ContainsFunc(token.Scopes, func(scope string) bool { return !slices.Contains(Scopes(), scope) }) {
		return ErrScope
	}
	tokens, err := s.Tokens(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(tokens, func(t Token) bool { return t.Name == token.Name }) {
		return fmt.Errorf("token %s: %w", token.Name, ErrExists)
	}
	return s.put(ctx, kindToken, hashKey(hash), token)
}

// Token returns the token with that hash and notes that it is used today; ErrNotFound when there is none or it has expired.
func (s *Settings) Token(ctx context.Context, hash [32]byte) (Token, error) {
	t, err := get[Token](ctx, s, kindToken, hashKey(hash))
	if err == nil && !t.Expires.IsZero() && !s.now().Before(t.Expires) {
		return Token{}, ErrNotFound
	}
	if err != nil {
		return Token{}, err
	}
	today := s.now().UTC().Truncate(24 * time.Hour)
	if day, ok := s.used.Load(hash); ok && day.(time.Time).Equal(today) {
		return t, nil
	}
	last, err := get[use](ctx, s, kindUse, hashKey(hash))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Token{}, err
	}
	if last.Day.Before(today) {
		if err := s.put(ctx, kindUse, hashKey(hash), use{today}); err != nil {
			return Token{}, err
		}
	}
	s.used.Store(hash, today)
	return t, nil
}

// Tokens returns the tokens there are, without their secrets, with the day of their last use.
func (s *Settings) Tokens(ctx context.Context) (list []Token, err error) {
	entries, err := s.entries(ctx, kindToken)
	if err != nil {
		return nil, err
	}
	uses, err := s.entries(ctx, kindUse)
	if err != nil {
		return nil, err
	}
	days := map[string]use{}
	for _, e := range uses {
		if day, err := decode[use](kindUse, e); err == nil && !e.removed {
			days[e.key] = day
		}
	}
	for _, e := range entries {
		if e.removed {
			continue
		}
		t, err := decode[Token](kindToken, e)
		if err != nil {
			return nil, err
		}
		t.Used = days[e.key].Day
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b Token) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// RemoveToken removes the token with that name; it opens nothing from then on.
func (s *Settings) RemoveToken(ctx context.Context, name string) error {
	list, err := s.entries(ctx, kindToken)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.removed {
			continue
		}
		if t, err := decode[Token](kindToken, e); err == nil && t.Name == name {
			return errors.Join(s.forget(ctx, kindToken, e.key), s.forget(ctx, kindUse, e.key))
		}
	}
	return fmt.Errorf("token %s: %w", name, ErrNotFound)
}

// revokeTokens takes a site out of what tokens open, and removes those that open no other.
func (s *Settings) revokeTokens(ctx context.Context, domain string) error {
	entries, err := s.entries(ctx, kindToken)
	for _, e := range entries {
		t, bad := decode[Token](kindToken, e)
		if e.removed || bad != nil || !slices.Contains(t.Domains(), domain) {
			continue
		}
		left := slices.DeleteFunc(slices.Clone(t.Domains()), func(d string) bool { return d == domain })
		if t.Domain, t.Sites = "", left; len(left) > 0 {
			err = errors.Join(err, s.put(ctx, kindToken, e.key, t))
			continue
		}
		err = errors.Join(err, s.forget(ctx, kindToken, e.key), s.forget(ctx, kindUse, e.key))
	}
	return err
}
