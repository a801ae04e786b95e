package settings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Session is a login. It ends at Expires, or when it has not been used for SessionIdle.
type Session struct {
	User    string    `json:"user"`
	Expires time.Time `json:"expires"`
	Created time.Time `json:"created,omitzero"`
	Browser string    `json:"browser,omitempty"` // its family, as in "Firefox", so that its owner knows it again
	Second  bool      `json:"second,omitempty"`  // a second factor was given
	Half    bool      `json:"half,omitempty"`    // the password was right and the second factor is awaited: it opens nothing yet
}

// SessionIdle is how long a session lasts without being used, to the day.
const SessionIdle = 7 * 24 * time.Hour

// seen is when a session was last used, to the day. It has a row of its own so that writing it can never bring back a session that ended.
type seen struct {
	User string    `json:"user"`
	Day  time.Time `json:"day"`
}

const kindSeen = "seen"

// maxSession bounds how long rows of sessions and invitations are kept: none lasts longer.
const maxSession = 31 * 24 * time.Hour

// ShownSession is a session as its owner sees it.
type ShownSession struct {
	Session
	Key  string    // the hash of its cookie
	Seen time.Time // the day of its last use
}

// EndSessions ends every session and invitation of a user, as after a change of password.
func (s *Settings) EndSessions(ctx context.Context, user string) error {
	return s.purge(ctx, `kind IN ('session', 'invite', 'seen') AND JSONExtractString(value, 'user') = {key:String}`, kindSession, user, 0)
}

// EndOtherSessions ends every session of a user but one.
func (s *Settings) EndOtherSessions(ctx context.Context, user string, keep [32]byte) error {
	defer s.kept.drop()
	err := s.conn.Exec(ctx, `DELETE FROM settings WHERE kind IN ('session', 'seen') AND JSONExtractString(value, 'user') = {user:String} AND key != {keep:String}`,
		driver.NamedValue{Name: "user", Value: user}, driver.NamedValue{Name: "keep", Value: hashKey(keep)})
	if err != nil {
		return fmt.Errorf("cannot end the other sessions: %w", err)
	}
	return nil
}

// AddSession stores a login under the hash of its cookie, and deletes what has long expired.
func (s *Settings) AddSession(ctx context.Context, hash [32]byte, session Session) error {
	old := uint64(s.now().Add(-maxSession).UnixMicro())
	if session.Created.IsZero() {
		session.Created = s.now().UTC()
	}
	return errors.Join(
		s.put(ctx, kindSession, hashKey(hash), session),
		s.purge(ctx, `kind IN ('session', 'invite', 'seen') AND version < {version:UInt64}`, kindSession, "", old))
}

// Session returns the login with that hash and notes that it is used today; ErrNotFound when there is none, or it has expired, or has
// not been used for SessionIdle.
func (s *Settings) Session(ctx context.Context, hash [32]byte) (Session, error) {
	session, err := get[Session](ctx, s, kindSession, hashKey(hash))
	if err != nil {
		return Session{}, err
	}
	last, err := get[seen](ctx, s, kindSeen, hashKey(hash))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Session{}, err
	}
	today := s.now().UTC().Truncate(24 * time.Hour)
	used := lastUse(session, last)
	if !s.now().Before(session.Expires) || today.Sub(used) > SessionIdle && !used.IsZero() {
		return Session{}, ErrNotFound
	}
	if used.Before(today) && !session.Half {
		err = s.put(ctx, kindSeen, hashKey(hash), seen{User: session.User, Day: today})
		return session, err
	}
	return session, nil
}

// lastUse is the day a session was last used. Sessions from before it was noted have none.
func lastUse(session Session, last seen) time.Time {
	created := session.Created.UTC().Truncate(24 * time.Hour)
	if session.Created.IsZero() || last.Day.After(created) {
		return last.Day
	}
	return created
}

// SessionsOf returns the sessions of a user that are open, the newest first.
func (s *Settings) SessionsOf(ctx context.Context, user string) (list []ShownSession, err error) {
	sessions, err := s.entries(ctx, kindSession)
	if err != nil {
		return nil, err
	}
	uses, err := s.entries(ctx, kindSeen)
	if err != nil {
		return nil, err
	}
	days := map[string]seen{}
	for _, e := range uses {
		if day, err := decode[seen](kindSeen, e); err == nil && !e.removed {
			days[e.key] = day
		}
	}
	today := s.now().UTC().Truncate(24 * time.Hour)
	for _, e := range sessions {
		if e.removed {
			continue
		}
		one, err := decode[Session](kindSession, e)
		if err != nil {
			return nil, err
		}
		used := lastUse(one, days[e.key])
		if one.User == user && !one.Half && s.now().Before(one.Expires) && (used.IsZero() || today.Sub(used) <= SessionIdle) {
			list = append(list, ShownSession{Session: one, Key: e.key, Seen: used})
		}
	}
	slices.SortStableFunc(list, func(a, b ShownSession) int { return b.Created.Compare(a.Created) })
	return list, nil
}

// Is tells whether a session is the one with that hash.
func (s ShownSession) Is(hash [32]byte) bool { return s.Key == hashKey(hash) }

// RemoveSession ends a login.
func (s *Settings) RemoveSession(ctx context.Context, hash [32]byte) error {
	return errors.Join(s.forget(ctx, kindSession, hashKey(hash)), s.forget(ctx, kindSeen, hashKey(hash)))
}
