package settings

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"sporlos/site"
)

// record is a site as it is stored.
type record struct {
	ID       uint32        `json:"id"`
	Domain   string        `json:"domain"`
	Zone     string        `json:"zone"`
	Settings site.Settings `json:"settings"`
}

func recordOf(s *site.Site) record {
	return record{ID: s.ID, Domain: s.Domain, Zone: s.Zone, Settings: s.Settings()}
}

// Sites returns the sites there are, by domain.
func (s *Settings) Sites(ctx context.Context) ([]*site.Site, error) {
	records, err := all[record](ctx, s, kindSite)
	if err != nil {
		return nil, err
	}
	sites := make([]*site.Site, 0, len(records))
	for _, r := range records {
		one, err := site.New(r.ID, r.Domain, r.Zone, r.Settings)
		if err != nil {
			return nil, fmt.Errorf("site %d as stored is not usable: %w", r.ID, err)
		}
		sites = append(sites, one)
	}
	sort.Slice(sites, func(i, j int) bool { return sites[i].Domain < sites[j].Domain })
	return sites, nil
}

// Site returns the site with that domain, or ErrNotFound.
func (s *Settings) Site(ctx context.Context, domain string) (*site.Site, error) {
	domain, err := site.CleanDomain(domain)
	if err != nil {
		return nil, err
	}
	r, err := get[record](ctx, s, kindSite, domain)
	if err != nil {
		return nil, fmt.Errorf("site %s: %w", domain, err)
	}
	return site.New(r.ID, r.Domain, r.Zone, r.Settings)
}

// AddSite is [Settings.AddSiteWith] for a site whose owner chose nothing.
func (s *Settings) AddSite(ctx context.Context, domain, zone string) (*site.Site, error) {
	return s.AddSiteWith(ctx, domain, zone, site.Settings{})
}

// AddSiteWith adds a site and returns it; ErrExists when there is one with that domain, and errors as those of [site.New].
// Its number has never been another site's, and it is never seen without what its owner chose.
func (s *Settings) AddSiteWith(ctx context.Context, domain, zone string, choices site.Settings) (*site.Site, error) {
	added, err := site.New(0, domain, zone, choices)
	if err != nil {
		return nil, err
	}
	if _, err := s.Site(ctx, added.Domain); !errors.Is(err, ErrNotFound) {
		return nil, errors.Join(err, fmt.Errorf("site %s: %w", added.Domain, ErrExists))
	}
	if added.ID, err = s.nextSite(ctx); err != nil {
		return nil, err
	}
	return added, s.SaveSite(ctx, added)
}

// nextSite is one more than the highest number ever given, those of removed sites included.
func (s *Settings) nextSite(ctx context.Context) (uint32, error) {
	var highest uint32
	err := s.conn.QueryRow(ctx, `SELECT toUInt32(max(JSONExtractUInt(value, 'id'))) FROM settings WHERE kind = 'site'`).Scan(&highest)
	if err != nil {
		return 0, fmt.Errorf("cannot number the site: %w", err)
	}
	return highest + 1, nil
}

// SaveSite stores a changed site.
func (s *Settings) SaveSite(ctx context.Context, one *site.Site) error {
	return s.put(ctx, kindSite, one.Domain, recordOf(one))
}

// RemoveSite removes the site and what is defined for it from the settings; its number stays taken. What was measured is for the caller to delete.
func (s *Settings) RemoveSite(ctx context.Context, domain string) (*site.Site, error) {
	one, err := s.Site(ctx, domain)
	if err != nil {
		return nil, err
	}
	if err := s.revoke(ctx, one.Domain); err != nil {
		return nil, err
	}
	_, err = s.write(ctx, kindSite, one.Domain, fmt.Sprintf(`{"id":%d}`, one.ID), true)
	return one, errors.Join(err, s.removeDefinitions(ctx, one.ID))
}

// WatchSites calls fn with the sites now and after each change, until ctx ends. While ClickHouse is away it keeps quiet and fn keeps
// what it had. The table is looked at every interval.
func (s *Settings) WatchSites(ctx context.Context, interval time.Duration, fn func([]*site.Site)) {
	watch(ctx, s, kindSite, interval, s.Sites, fn)
}
