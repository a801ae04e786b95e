package settings

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// User is somebody who may log in to the dashboards.
type User struct {
	Name     string    `json:"name"`     // e-mail address or login, lower case
	Password string    `json:"password"` // argon2id, encoded; "" until it has been set
	Created  time.Time `json:"created"`
	Access
}

// Session is a login. It ends at Expires.
type Session struct {
	User    string    `json:"user"`
	Expires time.Time `json:"expires"`
}

// Invite lets a user set a password, once, until Expires.
type Invite struct {
	User    string    `json:"user"`
	Expires time.Time `json:"expires"`
}

// Token opens the API for one site.
type Token struct {
	Name    string    `json:"name"`
	Domain  string    `json:"domain"`
	Created time.Time `json:"created"`
}

// maxSession bounds how long rows of sessions and invitations are kept: none lasts longer.
const maxSession = 31 * 24 * time.Hour

// CleanName brings a user's name to the form it is stored in; an error when it cannot be one.
func CleanName(name string) (string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" || len(name) > 200 || strings.ContainsAny(name, " \t\r\n\x00/\\\"'<>") {
		return "", fmt.Errorf("%q is not a user name: give a login or an e-mail address without spaces", name)
	}
	return name, nil
}

// Users returns everybody who may log in, by name.
func (s *Settings) Users(ctx context.Context) ([]User, error) { return all[User](ctx, s, kindUser) }

// User returns the user with that name, or ErrNotFound.
func (s *Settings) User(ctx context.Context, name string) (User, error) {
	name, err := CleanName(name)
	if err != nil {
		return User{}, ErrNotFound
	}
	return get[User](ctx, s, kindUser, name)
}

// AddUser adds an owner of all sites without a password; ErrExists when the name is taken.
func (s *Settings) AddUser(ctx context.Context, name string) (User, error) {
	return s.CreateUser(ctx, User{Name: name, Access: Everywhere(Owner)})
}

// SaveUser stores a user as it is. To change one that is there, use ChangeUser.
func (s *Settings) SaveUser(ctx context.Context, user User) error {
	name, err := CleanName(user.Name)
	if err != nil {
		return err
	}
	user.Name = name
	return s.put(ctx, kindUser, name, user)
}

// RemoveUser removes the user and ends the user's sessions; ErrLastOwner when others would be left without an owner.
func (s *Settings) RemoveUser(ctx context.Context, name string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	user, err := s.User(ctx, name)
	if err != nil {
		return fmt.Errorf("user %s: %w", name, err)
	}
	if user.All() == Owner {
		if err := s.spare(ctx, user, true); err != nil {
			return err
		}
	}
	return errors.Join(s.forget(ctx, kindUser, user.Name), s.EndSessions(ctx, user.Name))
}

// EndSessions ends every session and invitation of a user, as after a change of password.
func (s *Settings) EndSessions(ctx context.Context, user string) error {
	return s.purge(ctx, `kind IN ('session', 'invite') AND JSONExtractString(value, 'user') = {key:String}`, kindSession, user, 0)
}

// AddSession stores a login under the hash of its cookie, and deletes what has long expired.
func (s *Settings) AddSession(ctx context.Context, hash [32]byte, session Session) error {
	old := uint64(s.now().Add(-maxSession).UnixMicro())
	return errors.Join(
		s.put(ctx, kindSession, hashKey(hash), session),
		s.purge(ctx, `kind IN ('session', 'invite') AND version < {version:UInt64}`, kindSession, "", old))
}

// Session returns the login with that hash; ErrNotFound when there is none or it has expired.
func (s *Settings) Session(ctx context.Context, hash [32]byte) (Session, error) {
	session, err := get[Session](ctx, s, kindSession, hashKey(hash))
	if err == nil && !s.now().Before(session.Expires) {
		return Session{}, ErrNotFound
	}
	return session, err
}

// RemoveSession ends a login.
func (s *Settings) RemoveSession(ctx context.Context, hash [32]byte) error {
	return s.forget(ctx, kindSession, hashKey(hash))
}

// AddInvite stores an invitation under the hash of its link.
func (s *Settings) AddInvite(ctx context.Context, hash [32]byte, invite Invite) error {
	return s.put(ctx, kindInvite, hashKey(hash), invite)
}

// Invite returns the invitation with that hash without using it up; ErrNotFound when there is none or it has expired.
func (s *Settings) Invite(ctx context.Context, hash [32]byte) (Invite, error) {
	invite, err := get[Invite](ctx, s, kindInvite, hashKey(hash))
	if err == nil && !s.now().Before(invite.Expires) {
		return Invite{}, ErrNotFound
	}
	return invite, err
}

// TakeInvite uses up an invitation: of several callers in this process exactly one gets it.
func (s *Settings) TakeInvite(ctx context.Context, hash [32]byte) (Invite, error) {
	s.taking.Lock()
	defer s.taking.Unlock()
	invite, err := s.Invite(ctx, hash)
	if err != nil {
		return Invite{}, err
	}
	return invite, s.forget(ctx, kindInvite, hashKey(hash))
}

// AddToken stores a token under the hash of its secret; ErrExists when another has that name.
func (s *Settings) AddToken(ctx context.Context, hash [32]byte, token Token) error {
	tokens, err := s.Tokens(ctx)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if t.Name == token.Name {
			return fmt.Errorf("token %s: %w", token.Name, ErrExists)
		}
	}
	return s.put(ctx, kindToken, hashKey(hash), token)
}

// Token returns the token with that hash, or ErrNotFound.
func (s *Settings) Token(ctx context.Context, hash [32]byte) (Token, error) {
	return get[Token](ctx, s, kindToken, hashKey(hash))
}

// Tokens returns the tokens there are, without their secrets.
func (s *Settings) Tokens(ctx context.Context) ([]Token, error) {
	return all[Token](ctx, s, kindToken)
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
			return s.forget(ctx, kindToken, e.key)
		}
	}
	return fmt.Errorf("token %s: %w", name, ErrNotFound)
}
