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

// Invite lets a user set a password, once, until Expires.
type Invite struct {
	User    string    `json:"user"`
	Expires time.Time `json:"expires"`
}

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
	return errors.Join(s.forget(ctx, kindUser, user.Name), s.EndSessions(ctx, user.Name), s.RemoveSecond(ctx, user.Name))
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
