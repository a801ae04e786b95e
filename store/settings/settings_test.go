package settings_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"sporlos/site"
	"sporlos/store"
	"sporlos/store/enginetest"
	"sporlos/store/settings"
)

func open(t *testing.T, now func() time.Time) (*settings.Settings, *store.Store, context.Context) {
	t.Helper()
	s := enginetest.Migrated(t)
	return settings.Open(s.Conn(), now), s, context.Background()
}

func domains(sites []*site.Site) (list []string) {
	for _, s := range sites {
		list = append(list, s.Domain)
	}
	return list
}

func TestSites(t *testing.T) {
	s, _, ctx := open(t, nil)
	first, err := s.AddSite(ctx, "https://www.Example.org/", "Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	if first.ID != 1 || first.Domain != "example.org" || first.Location().String() != "Europe/Oslo" {
		t.Errorf("the first site is %d %s %s", first.ID, first.Domain, first.Zone)
	}
	if _, err := s.AddSite(ctx, "example.org", ""); !errors.Is(err, settings.ErrExists) {
		t.Errorf("a second site of that domain: %v", err)
	}
	if _, err := s.AddSite(ctx, "other.example", "Nowhere/City"); err == nil {
		t.Error("a zone that does not exist was taken")
	}
	second, err := s.AddSite(ctx, "a.example", "")
	if err != nil || second.ID != 2 || second.Zone != "UTC" {
		t.Fatalf("the second site is %+v, %v", second, err)
	}
	if second, err = second.With(site.Settings{MinSearches: 5}); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveSite(ctx, second); err != nil {
		t.Fatal(err)
	}
	sites, err := s.Sites(ctx)
	if err != nil || !slices.Equal(domains(sites), []string{"a.example", "example.org"}) || sites[0].Settings().ShownFrom() != 5 {
		t.Errorf("sites are %v, %v", domains(sites), err)
	}
}

func TestSiteNumbersAreNeverGivenTwice(t *testing.T) {
	s, _, ctx := open(t, nil)
	for range 3 {
		if _, err := s.AddSite(ctx, "example.org", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RemoveSite(ctx, "example.org"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.RemoveSite(ctx, "example.org"); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("removing it again: %v", err)
	}
	again, err := s.AddSite(ctx, "example.org", "")
	if err != nil || again.ID != 4 {
		t.Errorf("number %d, %v; want 4", again.ID, err)
	}
}

func TestWatchSitesTellsOfChanges(t *testing.T) {
	s, _, ctx := open(t, nil)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	seen := make(chan []string, 10)
	go s.WatchSites(ctx, 10*time.Millisecond, func(sites []*site.Site) { seen <- domains(sites) })
	if _, err := s.AddSite(ctx, "example.org", ""); err != nil {
		t.Fatal(err)
	}
	for {
		select {
		case got := <-seen:
			if slices.Equal(got, []string{"example.org"}) {
				return
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the change was not told")
		}
	}
}

func TestUsers(t *testing.T) {
	s, db, ctx := open(t, nil)
	if _, err := s.AddUser(ctx, " Kari@Example.org "); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddUser(ctx, "kari@example.org"); !errors.Is(err, settings.ErrExists) {
		t.Errorf("the same user again: %v", err)
	}
	for _, bad := range []string{"", "a b", "x/y", "<i>"} {
		if _, err := s.AddUser(ctx, bad); err == nil {
			t.Errorf("%q was taken for a name", bad)
		}
	}
	if err := s.SaveUser(ctx, settings.User{Name: "kari@example.org", Password: "argon2id-of-something"}); err != nil {
		t.Fatal(err)
	}
	if u, err := s.User(ctx, "KARI@example.org"); err != nil || u.Password != "argon2id-of-something" {
		t.Errorf("user %+v, %v", u, err)
	}
	session := settings.Hash("cookie")
	if err := s.AddSession(ctx, session, settings.Session{User: "kari@example.org", Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveUser(ctx, "kari@example.org"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(ctx, session); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("the session of a removed user: %v", err)
	}
	var left uint64
	if err := db.QueryRow(ctx, "SELECT count() FROM settings WHERE value LIKE '%argon2id%' OR value LIKE '%kari%'").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows of the removed user are left, %v", left, err)
	}
}

func TestSessionsExpire(t *testing.T) {
	now := time.Now()
	s, _, ctx := open(t, func() time.Time { return now })
	hash := settings.Hash("cookie")
	if err := s.AddSession(ctx, hash, settings.Session{User: "kari", Expires: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Session(ctx, hash); err != nil || got.User != "kari" {
		t.Errorf("session %+v, %v", got, err)
	}
	now = now.Add(time.Hour)
	if _, err := s.Session(ctx, hash); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("after its end: %v", err)
	}
	if _, err := s.Session(ctx, settings.Hash("another")); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("another cookie: %v", err)
	}
}

func TestAnInviteIsTakenOnce(t *testing.T) {
	s, _, ctx := open(t, nil)
	hash := settings.Hash("link")
	if err := s.AddInvite(ctx, hash, settings.Invite{User: "kari", Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	taken := 0
	for range 8 {
		wg.Go(func() {
			if invite, err := s.TakeInvite(ctx, hash); err == nil && invite.User == "kari" {
				mu.Lock()
				taken++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if taken != 1 {
		t.Errorf("the link was taken %d times, want once", taken)
	}
}

func TestTokens(t *testing.T) {
	s, db, ctx := open(t, nil)
	secret := settings.NewSecret()
	if err := s.AddToken(ctx, settings.Hash(secret), settings.Token{Name: "reports", Domain: "example.org"}); err != nil {
		t.Fatal(err)
	}
	if err := s.AddToken(ctx, settings.Hash("x"), settings.Token{Name: "reports", Domain: "example.org"}); !errors.Is(err, settings.ErrExists) {
		t.Errorf("a second token of that name: %v", err)
	}
	if got, err := s.Token(ctx, settings.Hash(secret)); err != nil || got.Domain != "example.org" {
		t.Errorf("token %+v, %v", got, err)
	}
	var plain uint64
	if err := db.QueryRow(ctx, "SELECT count() FROM settings WHERE concat(key, value) LIKE {p:String}", clickhouseParam("p", "%"+secret+"%")).Scan(&plain); err != nil || plain != 0 {
		t.Errorf("the secret is stored in %d rows, %v", plain, err)
	}
	if err := s.RemoveToken(ctx, "reports"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Token(ctx, settings.Hash(secret)); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("the removed token: %v", err)
	}
	if err := s.RemoveToken(ctx, "reports"); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("removing it again: %v", err)
	}
}

func TestSecretsAreLongAndDifferent(t *testing.T) {
	a, b := settings.NewSecret(), settings.NewSecret()
	if a == b || len(a) != 43 {
		t.Errorf("%d characters, equal: %v", len(a), a == b)
	}
}

func clickhouseParam(name, value string) driver.NamedValue {
	return driver.NamedValue{Name: name, Value: value}
}
