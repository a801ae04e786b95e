package settings_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"sporlos/store/settings"
)

func TestRolesIncludeEachOther(t *testing.T) {
	for _, c := range []struct {
		has, needs settings.Role
		want       bool
	}{
		{"owner", "owner", true}, {"owner", "editor", true}, {"owner", "viewer", true}, {"editor", "owner", false}, {"editor", "editor", true}, {"editor", "viewer", true},
		{"viewer", "editor", false}, {"viewer", "viewer", true}, {"", "viewer", false}, {"emperor", "viewer", false}, {"sites", "viewer", false}, {"owner", "emperor", false}, {"", "", true},
	} {
		if got := c.has.Includes(c.needs); got != c.want {
			t.Errorf("%q includes %q: %v", c.has, c.needs, got)
		}
	}
	if role, err := settings.ParseRole(" Editor "); err != nil || role != settings.Editor {
		t.Errorf("%q %v", role, err)
	}
	for _, word := range []string{"", "sites", "emperor"} {
		if _, err := settings.ParseRole(word); err == nil {
			t.Errorf("%q was taken for a role", word)
		}
	}
}

func TestAccess(t *testing.T) {
	mixed := settings.OnSites(settings.Viewer, "b.example", "a.example")
	mixed.Sites["c.example"], mixed.Sites["d.example"] = settings.Owner, "emperor"
	for _, c := range []struct {
		access       settings.Access
		all, a, c, d settings.Role
		words        string
		limited      bool
	}{
		{settings.Access{}, "owner", "owner", "owner", "owner", "owner of all sites", false},
		{settings.Everywhere("editor"), "editor", "editor", "editor", "editor", "editor of all sites", false},
		{settings.OnSites("editor"), "", "", "", "", "no site", true},
		{settings.Everywhere("emperor"), "", "", "", "", "no site", true},
		{settings.Access{Role: "emperor", Sites: mixed.Sites}, "", "", "", "", "no site", true},
		{mixed, "", "viewer", "owner", "", "owner of c.example; viewer of a.example, b.example", true},
	} {
		if c.access.All() != c.all || c.access.On("a.example") != c.a || c.access.On("c.example") != c.c || c.access.On("d.example") != c.d || c.access.Limited() != c.limited {
			t.Errorf("%+v: %q %q %q %q %v", c.access, c.access.All(), c.access.On("a.example"), c.access.On("c.example"), c.access.On("d.example"), c.access.Limited())
		}
		if got := c.access.String(); got != c.words {
			t.Errorf("%+v is %q, want %q", c.access, got, c.words)
		}
	}
}

// TestUsersBeforeRolesAreOwners reads a user as it was stored before there were roles.
func TestUsersBeforeRolesAreOwners(t *testing.T) {
	s, db, ctx := open(t, nil)
	if err := db.Exec(ctx, `INSERT INTO settings (kind, key, version, value) VALUES ('user', 'kari', 1, '{"name":"kari","password":"x","created":"2026-01-01T00:00:00Z"}')`); err != nil {
		t.Fatal(err)
	}
	if u, err := s.User(ctx, "kari"); err != nil || u.All() != settings.Owner {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestTheLastOwnerStays(t *testing.T) {
	s, _, ctx := open(t, nil)
	add := func(name, password string, access settings.Access) {
		t.Helper()
		if _, err := s.CreateUser(ctx, settings.User{Name: name, Password: password, Access: access}); err != nil {
			t.Fatal(err)
		}
	}
	demote := func(name string) error {
		_, _, err := s.ChangeUser(ctx, name, func(u *settings.User) error { u.Access = settings.Everywhere(settings.Editor); return nil })
		return err
	}
	add("kari", "set", settings.Everywhere(settings.Owner))
	if err := demote("kari"); !errors.Is(err, settings.ErrLastOwner) {
		t.Errorf("the only user demotes herself: %v", err)
	}
	add("vera", "set", settings.Everywhere(settings.Viewer))
	add("ola", "", settings.Everywhere(settings.Owner)) // invited, has not come yet
	add("per", "set", settings.OnSites(settings.Owner, "a.example"))
	for name, err := range map[string]error{"demoted": demote("kari"), "removed": s.RemoveUser(ctx, "kari")} {
		if !errors.Is(err, settings.ErrLastOwner) {
			t.Errorf("the last owner who can log in %s: %v", name, err)
		}
	}
	if _, is, err := s.ChangeUser(ctx, "ola", func(u *settings.User) error { u.Password, u.Name = "set", "other"; return nil }); err != nil || is.Name != "ola" {
		t.Fatalf("%+v %v", is, err)
	}
	var wg sync.WaitGroup // both at once: one of them stays
	errs := make([]error, 2)
	for i, name := range []string{"kari", "ola"} {
		wg.Go(func() { errs[i] = demote(name) })
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("two owners demoted at once: %v, %v", errs[0], errs[1])
	}
	for _, name := range []string{"vera", "per"} {
		if err := s.RemoveUser(ctx, name); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := s.ChangeUser(ctx, "nobody", func(*settings.User) error { return nil }); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("somebody who is not there: %v", err)
	}
	refuse := errors.New("no")
	if _, _, err := s.ChangeUser(ctx, "ola", func(*settings.User) error { return refuse }); !errors.Is(err, refuse) {
		t.Errorf("a change that was refused: %v", err)
	}
}

func TestTheOnlyUserCanBeRemoved(t *testing.T) {
	s, _, ctx := open(t, nil)
	if _, err := s.CreateUser(ctx, settings.User{Name: "kari", Password: "set", Access: settings.Everywhere(settings.Owner)}); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveUser(ctx, "kari"); err != nil {
		t.Error(err)
	}
}

// TestARemovedSiteIsNobodys: a site that gets the same domain later is not open to who saw the first one.
func TestARemovedSiteIsNobodys(t *testing.T) {
	s, _, ctx := open(t, nil)
	if _, err := s.AddSite(ctx, "a.example", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateUser(ctx, settings.User{Name: "vera", Access: settings.OnSites(settings.Editor, "a.example", "b.example")}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RemoveSite(ctx, "a.example"); err != nil {
		t.Fatal(err)
	}
	if u, err := s.User(ctx, "vera"); err != nil || u.String() != "editor of b.example" {
		t.Errorf("%s, %v", u, err)
	}
}

func TestChanges(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Millisecond)
	s, _, ctx := open(t, func() time.Time { now = now.Add(time.Second); return now })
	began := now
	for i := range 7 {
		who := []string{"kari", settings.CommandLine}[i%2]
		if err := s.Note(ctx, settings.Change{Who: who, Action: []string{"user.add", "site.set"}[i/4], Target: fmt.Sprint(i), Detail: "a → b"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		who, action   string
		offset, limit int
		want          string
	}{
		{"", "", 0, 3, "7: 6 5 4"}, {"", "", 6, 3, "7: 0"}, {"", "", 9, 3, "7:"}, {"kari", "", 0, 9, "4: 6 4 2 0"},
		{settings.CommandLine, "site.set", 0, 9, "1: 5"}, {"nobody", "", 0, 9, "0:"}, {"' OR '1'='1", "", 0, 9, "0:"},
	} {
		list, total, err := s.Changes(ctx, c.who, c.action, c.offset, c.limit)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%d:", total)
		for _, change := range list {
			got += " " + change.Target
		}
		if got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	list, _, err := s.Changes(ctx, "", "", 6, 1)
	if want := (settings.Change{Time: began.Add(time.Second), Who: "kari", Action: "user.add", Target: "0", Detail: "a → b"}); err != nil || list[0] != want {
		t.Errorf("%+v, %v", list, err)
	}
	who, actions, err := s.ChangeKinds(ctx)
	if err != nil || fmt.Sprint(who, actions) != "[command line kari] [site.set user.add]" {
		t.Errorf("%v %v %v", who, actions, err)
	}
}

func TestDifference(t *testing.T) {
	type set struct {
		A string `json:"a,omitempty"`
		B int    `json:"b,omitempty"`
		C bool   `json:"c"`
	}
	for _, c := range []struct {
		was, is set
		want    string
	}{
		{set{}, set{}, "[]"}, {set{A: "x"}, set{A: "x"}, "[]"}, {set{A: "x", B: 1}, set{B: 2, C: true}, `[[changed a "x" ] [changed b 1 2] [changed c false true]]`}, {set{}, set{B: 3}, "[[changed b  3]]"},
	} {
		if got := fmt.Sprint(settings.Difference(c.was, c.is)); got != c.want {
			t.Errorf("%+v → %+v: %q", c.was, c.is, got)
		}
	}
}
