package settings

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Role is what somebody may do with a site, or with all of them. Each includes the one before it.
type Role string

// The roles there are. Nothing is what a stranger may do; an owner of all sites administers the installation too.
const (
	Nothing Role = ""
	Viewer  Role = "viewer" // looks at the numbers
	Editor  Role = "editor" // and changes goals, segments, annotations and the settings of a site
	Owner   Role = "owner"  // and decides about users, tokens, sites, sharing and deletion
)

// perSite stands in the place of a user's role when there is one for each site.
const perSite Role = "sites"

// ErrLastOwner refuses to leave an installation that has users without an owner.
var ErrLastOwner = errors.New("this is the last owner: make somebody else an owner first")

// Roles are the roles that can be given, the least first.
func Roles() []Role { return []Role{Viewer, Editor, Owner} }

// ParseRole returns the role of a word.
func ParseRole(word string) (Role, error) {
	if role := Role(strings.ToLower(strings.TrimSpace(word))); slices.Contains(Roles(), role) {
		return role, nil
	}
	return Nothing, fmt.Errorf("role %q is not known: use viewer, editor or owner", word)
}

// Includes tells whether somebody with role r may do what needs another. What is not a role includes nothing but Nothing.
func (r Role) Includes(needed Role) bool {
	return needed == Nothing || slices.Index(Roles(), r) >= slices.Index(Roles(), needed) && slices.Contains(Roles(), needed)
}

// Access is what a user may do: a role on all sites, those to come included, or one for each of some.
type Access struct {
	Role  Role            `json:"role,omitempty"`  // on all sites; perSite when Sites say; "" in users stored before there were roles
	Sites map[string]Role `json:"sites,omitempty"` // by domain
}

// Everywhere is a role on all sites.
func Everywhere(role Role) Access { return Access{Role: role} }

// OnSites is one role on each of some sites, none on others.
func OnSites(role Role, domains ...string) Access {
	a := Access{Role: perSite, Sites: map[string]Role{}}
	for _, d := range domains {
		a.Sites[d] = role
	}
	return a
}

// All is the role on every site. Users stored before there were roles are owners.
func (a Access) All() Role {
	switch {
	case a.Role == "":
		return Owner
	case slices.Contains(Roles(), a.Role):
		return a.Role
	}
	return Nothing
}

// On is the role on a site.
func (a Access) On(domain string) Role {
	if role := a.All(); role != Nothing {
		return role
	}
	if role := a.Sites[domain]; a.Role == perSite && slices.Contains(Roles(), role) {
		return role
	}
	return Nothing
}

// Limited tells whether there is a role per site.
func (a Access) Limited() bool { return a.All() == Nothing }

// String is the access in words: "owner of all sites", "viewer of a.example, b.example".
func (a Access) String() string {
	if role := a.All(); role != Nothing {
		return string(role) + " of all sites"
	}
	var parts []string
	for _, role := range slices.Backward(Roles()) {
		var domains []string
		for _, d := range slices.Sorted(maps.Keys(a.Sites)) {
			if a.On(d) == role {
				domains = append(domains, d)
			}
		}
		if len(domains) > 0 {
			parts = append(parts, string(role)+" of "+strings.Join(domains, ", "))
		}
	}
	if len(parts) == 0 {
		return "no site"
	}
	return strings.Join(parts, "; ")
}

// CreateUser adds a user; ErrExists when the name is taken.
func (s *Settings) CreateUser(ctx context.Context, user User) (User, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	name, err := CleanName(user.Name)
	if err != nil {
		return User{}, err
	}
	if _, err := s.User(ctx, name); !errors.Is(err, ErrNotFound) {
		return User{}, errors.Join(err, fmt.Errorf("user %s: %w", name, ErrExists))
	}
	user.Name, user.Created = name, s.now().UTC()
	return user, s.SaveUser(ctx, user)
}

// ChangeUser applies change to a user, unless change refuses or nobody would be an owner: ErrLastOwner. The name stays. It returns the
// user before and after.
func (s *Settings) ChangeUser(ctx context.Context, name string, change func(*User) error) (was, is User, err error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	if was, err = s.User(ctx, name); err != nil {
		return was, was, fmt.Errorf("user %s: %w", name, err)
	}
	is = was
	is.Sites = maps.Clone(was.Sites)
	if err := change(&is); err != nil {
		return was, was, err
	}
	is.Name, is.Created = was.Name, was.Created
	if was.All() == Owner && is.All() != Owner {
		if err := s.spare(ctx, was, false); err != nil {
			return was, was, err
		}
	}
	return was, is, s.SaveUser(ctx, is)
}

// spare refuses to lose an owner when no other is left: one who can log in, if the one who goes can. The only user there is may be
// removed: the next start of the server makes a new one.
func (s *Settings) spare(ctx context.Context, going User, removed bool) error {
	users, err := s.Users(ctx)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(users, func(u User) bool { return u.Name == going.Name })
	if removed && len(others) == 0 {
		return nil
	}
	if slices.ContainsFunc(others, func(u User) bool { return u.All() == Owner && (u.Password != "" || going.Password == "") }) {
		return nil
	}
	return fmt.Errorf("user %s: %w", going.Name, ErrLastOwner)
}

// revoke takes a site out of what users may see and tokens open, so that another site of that name later is not theirs.
func (s *Settings) revoke(ctx context.Context, domain string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	users, err := s.Users(ctx)
	for _, u := range users {
		if _, has := u.Sites[domain]; has {
			delete(u.Sites, domain)
			err = errors.Join(err, s.SaveUser(ctx, u))
		}
	}
	return errors.Join(err, s.revokeTokens(ctx, domain))
}

// Domains are the sites a role is given on, one by one.
func (a Access) Domains() []string { return slices.Sorted(maps.Keys(a.Sites)) }
