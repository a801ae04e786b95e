package collector

import (
	"fmt"
	"sync/atomic"

	"sporlos/letter"
)

// Newsletters is the directory of the campaigns whose opens and clicks are counted, by name. It is replaced as a whole when settings
// change, and kept on disk so that links in letters that were sent lead somewhere while the database is away. It may be used from several
// goroutines.
type Newsletters struct {
	byName atomic.Pointer[map[string]*letter.Campaign]
}

// NewNewsletters returns a directory of these campaigns.
func NewNewsletters(list ...letter.Campaign) *Newsletters {
	n := &Newsletters{}
	n.Set(list)
	return n
}

// Set replaces the directory. A campaign that is not usable is left out: whatever wrote it, no click is led by it.
func (n *Newsletters) Set(list []letter.Campaign) {
	byName := make(map[string]*letter.Campaign, len(list))
	for _, c := range list {
		if c.Check() == nil {
			byName[c.Name] = &c
		}
	}
	n.byName.Store(&byName)
}

// find returns the campaign with that name, nil when there is none.
func (n *Newsletters) find(name []byte) *letter.Campaign { return (*n.byName.Load())[string(name)] }

// counted reports whether there are newsletters of a site, and whether opens of one are counted.
func (n *Newsletters) counted(domain string) (any, opens bool) {
	for _, c := range *n.byName.Load() {
		if c.Site == domain {
			any, opens = true, opens || c.Opens
		}
	}
	return any, opens
}

// SaveFile keeps the directory in a file with mode 0600, replacing it in one step.
func (n *Newsletters) SaveFile(name string) error {
	list := []*letter.Campaign{}
	for _, c := range *n.byName.Load() {
		list = append(list, c)
	}
	if err := saveJSON(name, list); err != nil {
		return fmt.Errorf("cannot write the list of newsletters: %w", err)
	}
	return nil
}

// LoadFile reads what SaveFile kept. A file that does not exist is no error and changes nothing.
func (n *Newsletters) LoadFile(name string) error {
	var list []letter.Campaign
	found, err := loadJSON(name, &list)
	if err != nil {
		return fmt.Errorf("cannot read the last known list of newsletters in %s: %w; it is written again once the database answers", name, err)
	}
	if found {
		n.Set(list)
	}
	return nil
}
