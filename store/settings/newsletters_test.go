package settings_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sporlos/letter"
	"sporlos/store/settings"
)

func campaign(name string, links ...letter.Link) letter.Campaign {
	return letter.Campaign{Site: "https://www.Example.org", Name: name, Title: "Vår", Links: links}
}

var shop = letter.Link{Name: "shop", URL: "https://example.org/shop"}

func TestCampaigns(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	s, _, ctx := open(t, func() time.Time { now = now.Add(time.Minute); return now })
	if _, err := s.AddCampaign(ctx, campaign("spring", shop)); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("a newsletter of a site that is not there: %v", err)
	}
	for _, domain := range []string{"example.org", "other.example"} {
		if _, err := s.AddSite(ctx, domain, ""); err != nil {
			t.Fatal(err)
		}
	}
	added, err := s.AddCampaign(ctx, campaign("spring", shop))
	if err != nil || added.Site != "example.org" || added.Created.IsZero() {
		t.Fatalf("%+v, %v", added, err)
	}
	again := campaign("spring")
	again.Site = "other.example"
	if _, err := s.AddCampaign(ctx, again); !errors.Is(err, settings.ErrExists) {
		t.Errorf("a second one of that name, on another site: %v", err)
	}
	if _, err := s.AddCampaign(ctx, campaign("Spring!")); err == nil || errors.Is(err, settings.ErrExists) {
		t.Errorf("an impossible name: %v", err)
	}
	if _, err := s.AddCampaign(ctx, campaign("autumn")); err != nil {
		t.Fatal(err)
	}
	list, err := s.CampaignsOf(ctx, "example.org")
	if err != nil || len(list) != 2 || list[0].Name != "autumn" || list[1].Links[0] != shop || list[1].Title != "Vår" {
		t.Errorf("newsletters are %+v, %v", list, err)
	}
	if list, err := s.CampaignsOf(ctx, "other.example"); err != nil || len(list) != 0 {
		t.Errorf("newsletters of another site are %+v, %v", list, err)
	}
	if removed, err := s.RemoveCampaign(ctx, "spring"); err != nil || removed.Site != "example.org" {
		t.Errorf("%+v, %v", removed, err)
	}
	for name, err := range map[string]error{
		"read":   func() error { _, err := s.Campaign(ctx, "spring"); return err }(),
		"change": func() error { _, err := s.ChangeCampaign(ctx, "spring", nil); return err }(),
		"remove": func() error { _, err := s.RemoveCampaign(ctx, "spring"); return err }(),
	} {
		if !errors.Is(err, settings.ErrNotFound) {
			t.Errorf("%s what was removed: %v", name, err)
		}
	}
}

func TestChangeCampaign(t *testing.T) {
	s, _, ctx := open(t, nil)
	if _, err := s.AddSite(ctx, "example.org", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddCampaign(ctx, campaign("spring", shop)); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 { // at the same time, and none is lost
		all.Go(func() {
			_, err := s.ChangeCampaign(ctx, "spring", func(c *letter.Campaign) error {
				c.Links, c.Name, c.Site = append(c.Links, letter.Link{Name: fmt.Sprintf("link-%d", i), URL: "https://example.org/"}), "other", "other.example"
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	c, err := s.Campaign(ctx, "spring")
	if err != nil || len(c.Links) != 9 || c.Site != "example.org" {
		t.Errorf("%+v, %v", c, err)
	}
	refuse := errors.New("no")
	for name, change := range map[string]func(*letter.Campaign) error{
		"refused by the caller": func(c *letter.Campaign) error { c.Links = nil; return refuse },
		"not usable":            func(c *letter.Campaign) error { c.Links[0].URL = "//evil.example"; return nil },
	} {
		if _, err := s.ChangeCampaign(ctx, "spring", change); err == nil {
			t.Errorf("%s: was stored", name)
		}
	}
	if c, err := s.Campaign(ctx, "spring"); err != nil || len(c.Links) != 9 || c.Links[0] != shop {
		t.Errorf("after refusals: %+v, %v", c, err)
	}
}

func TestNoCampaignForEachRecipient(t *testing.T) {
	s, _, ctx := open(t, nil)
	if _, err := s.AddSite(ctx, "example.org", ""); err != nil {
		t.Fatal(err)
	}
	for i := range letter.MaxCampaigns {
		if _, err := s.AddCampaign(ctx, campaign(fmt.Sprintf("recipient-%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.AddCampaign(ctx, campaign("one-more")); err == nil || !strings.Contains(err.Error(), "one for all its recipients") {
		t.Errorf("one more: %v", err)
	}
}

func TestWatchCampaigns(t *testing.T) {
	s, _, ctx := open(t, nil)
	if _, err := s.AddSite(ctx, "example.org", ""); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	seen := make(chan int)
	go s.WatchCampaigns(ctx, 5*time.Millisecond, func(list []letter.Campaign) {
		select {
		case seen <- len(list):
		case <-ctx.Done():
		}
	})
	for want, change := range []func() error{
		func() error { return nil },
		func() error { _, err := s.AddCampaign(ctx, campaign("spring")); return err },
		func() error { _, err := s.AddCampaign(ctx, campaign("autumn")); return err },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-seen:
			if got != want {
				t.Errorf("told of %d newsletters, want %d", got, want)
			}
		case <-ctx.Done():
			t.Fatalf("not told of %d newsletters", want)
		}
	}
}
