package settings

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Second is a user's second factor. Its secret must be known to check codes, so it is sealed under a key that ClickHouse does not have;
// recovery codes are hashes.
type Second struct {
	Sealed   string    `json:"sealed"`
	Since    time.Time `json:"since"`
	Step     int64     `json:"step"`     // the last time step a code of which was used: none works twice
	Recovery []string  `json:"recovery"` // hashes of codes that have not been used
}

// Security is what owners demand of everybody.
type Security struct {
	RequireSecond bool `json:"require_second"` // nobody does anything without a second factor
}

const (
	kindSecond   = "second"
	kindSecurity = "security"
)

// ErrUsed refuses a code that was used before.
var ErrUsed = errors.New("the code was used before")

// Second returns a user's second factor, or ErrNotFound.
func (s *Settings) Second(ctx context.Context, user string) (Second, error) {
	return get[Second](ctx, s, kindSecond, user)
}

// Seconds are the names of those who have a second factor.
func (s *Settings) Seconds(ctx context.Context) (map[string]bool, error) {
	list, err := s.entries(ctx, kindSecond)
	names := map[string]bool{}
	for _, e := range list {
		names[e.key] = !e.removed
	}
	return names, err
}

// SaveSecond stores a user's second factor, in the place of one there was.
func (s *Settings) SaveSecond(ctx context.Context, user string, second Second) error {
	return errors.Join(s.RemoveSecond(ctx, user), s.put(ctx, kindSecond, user, second))
}

// RemoveSecond removes a user's second factor, if there is one.
func (s *Settings) RemoveSecond(ctx context.Context, user string) error {
	return s.forget(ctx, kindSecond, user)
}

// UseStep notes that a code of a time step has been used; ErrUsed when one of that step or a later one was.
func (s *Settings) UseStep(ctx context.Context, user string, step int64) error {
	return s.useSecond(ctx, user, func(second *Second) error {
		if step <= second.Step {
			return ErrUsed
		}
		second.Step = step
		return nil
	})
}

// UseRecovery uses up a recovery code; ErrNotFound when it is none.
func (s *Settings) UseRecovery(ctx context.Context, user string, hash [32]byte) error {
	return s.useSecond(ctx, user, func(second *Second) error {
		i := slices.Index(second.Recovery, hashKey(hash))
		if i < 0 {
			return ErrNotFound
		}
		second.Recovery = slices.Delete(second.Recovery, i, i+1)
		return nil
	})
}

// NewRecovery puts hashes of new recovery codes in the place of the old ones.
func (s *Settings) NewRecovery(ctx context.Context, user string, hashes [][32]byte) error {
	return s.useSecond(ctx, user, func(second *Second) error {
		second.Recovery = HashKeys(hashes)
		return nil
	})
}

// HashKeys are hashes as they are stored.
func HashKeys(hashes [][32]byte) (keys []string) {
	for _, h := range hashes {
		keys = append(keys, hashKey(h))
	}
	return keys
}

func (s *Settings) useSecond(ctx context.Context, user string, change func(*Second) error) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	second, err := s.Second(ctx, user)
	if err != nil {
		return err
	}
	if err := change(&second); err != nil {
		return err
	}
	return s.put(ctx, kindSecond, user, second)
}

// Security returns what owners demand of everybody.
func (s *Settings) Security(ctx context.Context) (Security, error) {
	security, err := get[Security](ctx, s, kindSecurity, "all")
	if errors.Is(err, ErrNotFound) {
		return Security{}, nil
	}
	return security, err
}

// SaveSecurity stores what owners demand of everybody.
func (s *Settings) SaveSecurity(ctx context.Context, security Security) error {
	return s.put(ctx, kindSecurity, "all", security)
}
