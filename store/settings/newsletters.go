package settings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sporlos/letter"
)

const kindCampaign = "newsletter"

// Campaigns returns the newsletters of all sites, by name.
func (s *Settings) Campaigns(ctx context.Context) ([]letter.Campaign, error) {
	return all[letter.Campaign](ctx, s, kindCampaign)
}

// CampaignsOf returns the newsletters of one site, the latest first.
func (s *Settings) CampaignsOf(ctx context.Context, domain string) ([]letter.Campaign, error) {
	list, err := s.Campaigns(ctx)
	list = slices.DeleteFunc(list, func(c letter.Campaign) bool { return c.Site != domain })
	slices.SortStableFunc(list, func(a, b letter.Campaign) int { return b.Created.Compare(a.Created) })
	return list, err
}

// Campaign returns the newsletter with that name, or ErrNotFound.
func (s *Settings) Campaign(ctx context.Context, name string) (letter.Campaign, error) {
	c, err := get[letter.Campaign](ctx, s, kindCampaign, name)
	if err != nil {
		return c, fmt.Errorf("newsletter %q: %w", name, err)
	}
	return c, nil
}

// AddCampaign registers a newsletter of a site there is. Names are unique in the installation: ErrExists.
func (s *Settings) AddCampaign(ctx context.Context, c letter.Campaign) (letter.Campaign, error) {
	if err := c.Check(); err != nil {
		return c, err
	}
	one, err := s.Site(ctx, c.Site)
	if err != nil {
		return c, err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	if _, err := s.Campaign(ctx, c.Name); !errors.Is(err, ErrNotFound) {
		return c, errors.Join(err, fmt.Errorf("newsletter %q: %w", c.Name, ErrExists))
	}
	siblings, err := s.CampaignsOf(ctx, one.Domain)
	if err != nil {
		return c, err
	}
	if len(siblings) >= letter.MaxCampaigns {
		return c, fmt.Errorf("site %s has %d newsletters already: remove old ones; a newsletter is one for all its recipients", one.Domain, len(siblings))
	}
	c.Site, c.Created = one.Domain, s.now().UTC()
	return c, s.put(ctx, kindCampaign, c.Name, c)
}

// ChangeCampaign applies change to the newsletter with that name, unless change or letter.Campaign.Check refuses it. Name and site stay.
func (s *Settings) ChangeCampaign(ctx context.Context, name string, change func(*letter.Campaign) error) (letter.Campaign, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	was, err := s.Campaign(ctx, name)
	if err != nil {
		return was, err
	}
	c := was
	c.Links = slices.Clone(was.Links)
	if err := change(&c); err != nil {
		return was, err
	}
	c.Site, c.Name, c.Created = was.Site, was.Name, was.Created
	if err := c.Check(); err != nil {
		return was, err
	}
	return c, s.put(ctx, kindCampaign, c.Name, c)
}

// RemoveCampaign removes a newsletter: its links lead nowhere from then on. What was counted is for the caller to delete.
func (s *Settings) RemoveCampaign(ctx context.Context, name string) (letter.Campaign, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	c, err := s.Campaign(ctx, name)
	if err != nil {
		return c, err
	}
	return c, s.forget(ctx, kindCampaign, c.Name)
}

// WatchCampaigns calls fn with the newsletters now and after each change, until ctx ends, like WatchSites.
func (s *Settings) WatchCampaigns(ctx context.Context, interval time.Duration, fn func([]letter.Campaign)) {
	watch(ctx, s, kindCampaign, interval, s.Campaigns, fn)
}
