package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sporlos/store/settings"
)

// inviteLasts is how long a one-time link to set a password can be used.
const inviteLasts = 7 * 24 * time.Hour

// errNothingToChange says what "user set" needs.
var errNothingToChange = errors.New("there is nothing to change: say what with --role or --site")

func (a *admin) handleUsers(mux *http.ServeMux) {
	mux.HandleFunc("POST /user.add", procedure(a.addUser))
	mux.HandleFunc("POST /user.set", procedure(a.setUser))
	mux.HandleFunc("POST /user.reset-2fa", procedure(a.resetSecond))
	mux.HandleFunc("POST /user.list", procedure(a.listUsers))
	mux.HandleFunc("POST /user.remove", procedure(a.removeUser))
}

// userLine is a user on the way over the socket. Role and Sites are what is asked for, Access says what there is.
type userLine struct {
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Ready   bool      `json:"ready"` // a password has been set
	Link    string    `json:"link,omitempty"`
	Role    string    `json:"role,omitempty"`
	Sites   []string  `json:"sites,omitempty"`
	Access  string    `json:"access,omitempty"`
}

func userLineOf(u settings.User) userLine {
	return userLine{Name: u.Name, Created: u.Created, Ready: u.Password != "", Access: u.Access.String()}
}

// note remembers a change that was made by the command line.
func (a *admin) note(ctx context.Context, action, target, detail string) error {
	return a.settings.Note(ctx, settings.Change{Who: settings.CommandLine, Action: action, Target: target, Detail: detail})
}

// access is what a command asks for: a role on all sites, or on those that are named. Without a role it is owner of all, viewer of some.
func (a *admin) access(ctx context.Context, in userLine) (access settings.Access, err error) {
	role := settings.Owner
	if len(in.Sites) > 0 {
		role = settings.Viewer
	}
	if in.Role != "" {
		if role, err = settings.ParseRole(in.Role); err != nil {
			return access, err
		}
	}
	if len(in.Sites) == 0 {
		return settings.Everywhere(role), nil
	}
	var domains []string
	for _, name := range in.Sites {
		one, err := a.settings.Site(ctx, name)
		if err != nil {
			return access, err
		}
		domains = append(domains, one.Domain)
	}
	return settings.OnSites(role, domains...), nil
}

// addUser adds a user; one who is there already gets a new link, for a password that was forgotten.
func (a *admin) addUser(ctx context.Context, in userLine) (userLine, error) {
	access, err := a.access(ctx, in)
	if err != nil {
		return userLine{}, err
	}
	user, err := a.settings.CreateUser(ctx, settings.User{Name: in.Name, Access: access})
	switch {
	case errors.Is(err, settings.ErrExists) && (in.Role != "" || len(in.Sites) > 0):
		return userLine{}, errors.Join(err, errors.New("change what they may do with: sporlos user set"))
	case errors.Is(err, settings.ErrExists):
		if user, err = a.settings.User(ctx, in.Name); err == nil {
			err = a.note(ctx, "user.invite", user.Name, "")
		}
	case err == nil:
		err = a.note(ctx, "user.add", user.Name, settings.Details(settings.Detail("access", settings.AccessDetail(user.Access))))
	}
	if err != nil {
		return userLine{}, err
	}
	line := userLineOf(user)
	line.Link, err = a.invite(ctx, user.Name)
	return line, err
}

// invite returns a one-time link with which the user sets a password.
func (a *admin) invite(ctx context.Context, user string) (string, error) {
	secret := settings.NewSecret()
	err := a.settings.AddInvite(ctx, settings.Hash(secret), settings.Invite{User: user, Expires: time.Now().Add(inviteLasts)})
	base := a.dashboards
	if base == "" {
		base = "http://localhost:8090"
	}
	return strings.TrimRight(base, "/") + "/welcome/" + secret, err
}

// setUser changes what a user may do.
func (a *admin) setUser(ctx context.Context, in userLine) (userLine, error) {
	if in.Role == "" && len(in.Sites) == 0 {
		return userLine{}, errNothingToChange
	}
	access, err := a.access(ctx, in)
	if err != nil {
		return userLine{}, err
	}
	was, is, err := a.settings.ChangeUser(ctx, in.Name, func(u *settings.User) error {
		u.Access = access
		return nil
	})
	if err != nil {
		return userLine{}, err
	}
	return userLineOf(is), a.note(ctx, "user.role", is.Name, settings.Details(settings.Detail("access.changed", settings.AccessDetail(was.Access), settings.AccessDetail(is.Access))))
}

func (a *admin) listUsers(ctx context.Context, _ none) ([]userLine, error) {
	users, err := a.settings.Users(ctx)
	lines := make([]userLine, 0, len(users))
	for _, u := range users {
		lines = append(lines, userLineOf(u))
	}
	return lines, err
}

func (a *admin) removeUser(ctx context.Context, in userLine) (userLine, error) {
	if err := a.settings.RemoveUser(ctx, in.Name); err != nil {
		return in, err
	}
	name, _ := settings.CleanName(in.Name) // it has just been found
	return in, a.note(ctx, "user.remove", name, "")
}

// resetSecond takes away the second factor of a user who has lost it, and ends the user's sessions.
func (a *admin) resetSecond(ctx context.Context, in userLine) (userLine, error) {
	user, err := a.settings.User(ctx, in.Name)
	if err != nil {
		return in, fmt.Errorf("user %s: %w", in.Name, err)
	}
	if _, err := a.settings.Second(ctx, user.Name); err != nil {
		return in, fmt.Errorf("the second factor of %s: %w", user.Name, err)
	}
	return userLineOf(user), errors.Join(a.settings.RemoveSecond(ctx, user.Name), a.settings.EndSessions(ctx, user.Name), a.note(ctx, "user.reset", user.Name, ""))
}

// authorize opens the API to a token.
func (s *server) authorize(ctx context.Context, token string) (domains []string, ok bool, err error) {
	t, err := s.in.settings.Token(ctx, settings.Hash(token))
	if errors.Is(err, settings.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	for _, domain := range t.Domains() {
		if t.Allows(domain, settings.ScopeStats) {
			domains = append(domains, domain)
		}
	}
	return domains, len(domains) > 0, nil
}
