package collector

import (
	"fmt"
	"strings"
	"sync/atomic"

	"sporlos/site"
)

// Sites is the directory of the sites that are counted, by domain. It is replaced as a whole when settings change, and kept on disk
// so that a collector starts and works while the database is away. It may be used from several goroutines.
type Sites struct{ table atomic.Pointer[table] }

type table struct {
	byDomain map[string]*site.Site
	byID     map[uint32]*site.Site
	excludes bool // a site leaves out addresses
}

// NewSites returns a directory of these sites.
func NewSites(list ...*site.Site) *Sites {
	s := &Sites{}
	s.Set(list)
	return s
}

// Set replaces the directory.
func (s *Sites) Set(list []*site.Site) {
	t := &table{byDomain: make(map[string]*site.Site, len(list)), byID: make(map[uint32]*site.Site, len(list))}
	for _, one := range list {
		t.byDomain[one.Domain] = one
		t.byID[one.ID] = one
		t.excludes = t.excludes || one.ExcludesAddresses()
	}
	s.table.Store(t)
}

// Find returns the site of a domain as a beacon names it, nil when there is none. A domain in its stored form costs no allocation.
func (s *Sites) Find(domain string) *site.Site {
	t := s.table.Load()
	if found := t.byDomain[domain]; found != nil {
		return found
	}
	if clean, err := site.CleanDomain(domain); err == nil {
		return t.byDomain[clean]
	}
	return nil
}

// named appends the sites a beacon names to list, nil for one that is not known, so that its address can be compared with what they leave
// out before it is cut; nothing while no site leaves any out, which is nearly always.
func (s *Sites) named(list []*site.Site, domains string) []*site.Site {
	if !s.table.Load().excludes {
		return list
	}
	for rest := domains; rest != "" && len(list) < maxDomains; {
		var domain string
		domain, rest, _ = strings.Cut(rest, ",")
		list = append(list, s.Find(strings.TrimSpace(domain)))
	}
	return list
}

// Len returns how many sites there are.
func (s *Sites) Len() int { return len(s.table.Load().byID) }

// today returns a function that tells a site's day at Unix second now.
func (s *Sites) today(now int64) func(uint32) (uint16, bool) {
	t := s.table.Load()
	return func(id uint32) (uint16, bool) {
		found := t.byID[id]
		if found == nil {
			return 0, false
		}
		return uint16(found.DayAt(now)), true
	}
}

// stored is a site in the file of SaveFile.
type stored struct {
	ID       uint32        `json:"id"`
	Domain   string        `json:"domain"`
	Zone     string        `json:"zone"`
	Settings site.Settings `json:"settings"`
}

// SaveFile keeps the directory in a file with mode 0600, replacing it in one step.
func (s *Sites) SaveFile(name string) error {
	byID := s.table.Load().byID
	list := make([]stored, 0, len(byID))
	for _, one := range byID {
		list = append(list, stored{one.ID, one.Domain, one.Zone, one.Settings()})
	}
	if err := saveJSON(name, list); err != nil {
		return fmt.Errorf("cannot write the list of sites: %w", err)
	}
	return nil
}

// LoadFile reads what SaveFile kept. A file that does not exist is no error and changes nothing.
func (s *Sites) LoadFile(name string) error {
	var list []stored
	found, err := loadJSON(name, &list)
	if err != nil {
		return fmt.Errorf("cannot read the last known list of sites in %s: %w; it is written again once the database answers", name, err)
	}
	if !found {
		return nil
	}
	var sites []*site.Site
	for _, one := range list {
		read, err := site.New(one.ID, one.Domain, one.Zone, one.Settings)
		if err != nil {
			return fmt.Errorf("cannot use the last known list of sites in %s: %w", name, err)
		}
		sites = append(sites, read)
	}
	s.Set(sites)
	return nil
}
