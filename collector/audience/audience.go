// Package audience estimates what it costs a site to cut addresses before visitors are counted: how many visitors a day has when they
// are told apart by network, and how many when they are told apart by whole address.
//
// It is handed two numbers for each visitor, made by package visitor under a key that is never written, and knows neither addresses nor
// agents. Per site and day it holds two sketches in memory and nothing else: a set of numbers while there are few, which counts
// exactly, and above 1,536 a HyperLogLog of 32,768 registers of 6 bits (Flajolet et al., 2007) read by its history (Ting: "Streamed
// approximate counting of distinct elements", 2014), whose standard error is 0.46 %. What the two together say, the share of visitors
// that cutting addresses costs, is then right within 2 points in 499 of 500 cases. Nothing of it is ever written; of a day that is
// over two figures stay, until the next day is over.
//
// Memory is bounded: at most 26 KiB a sketch, 52 KiB a site, and as many sites as New was told.
package audience

import "sync"

// DefaultSites is how many sites are held at most: 52 MiB when all of them are large.
const DefaultSites = 1000

// Estimate is what a day's visitors would be, told apart in two ways.
type Estimate struct {
	Day     uint16  // on the site's calendar, since 1970-01-01
	Network float64 // visitors told apart by network: what identity "network" counts
	Address float64 // visitors told apart by whole address: what identity "address" counts
}

// Cost is the share of visitors that telling them apart by network does not count, from 0 to 1.
func (e Estimate) Cost() float64 {
	if e.Address <= e.Network || e.Address == 0 {
		return 0
	}
	return 1 - e.Network/e.Address
}

// Audiences holds the estimates of sites. It may be used from several goroutines.
type Audiences struct {
	limit int
	mu    sync.RWMutex
	sites map[uint32]*audience
}

// audience is one site's.
type audience struct {
	mu               sync.Mutex
	day              uint16
	network, address sketch
	before           Estimate // of the latest day that is over; Day 0: none
}

// New returns no estimates, with room for limit sites; 0 is DefaultSites.
func New(limit int) *Audiences {
	if limit <= 0 {
		limit = DefaultSites
	}
	return &Audiences{limit: limit, sites: map[uint32]*audience{}}
}

// Add tells of a visitor of a site's day by two numbers, each uniform over 64 bits. A day before the one going on is left out. It
// does not allocate while sketches do not grow. Sites beyond the limit are not estimated.
func (a *Audiences) Add(site uint32, day uint16, network, address uint64) {
	one := a.of(site)
	if one == nil {
		return
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	if day < one.day {
		return
	}
	one.turn(day)
	one.network.add(network)
	one.address.add(address)
}

// turn ends the days before.
func (one *audience) turn(day uint16) {
	if day == one.day {
		return
	}
	if one.day != 0 {
		one.before = one.estimate()
	}
	one.day, one.network, one.address = day, sketch{}, sketch{}
}

func (one *audience) estimate() Estimate {
	return Estimate{one.day, one.network.count(), one.address.count()}
}

func (a *Audiences) of(site uint32) *audience {
	a.mu.RLock()
	one := a.sites[site]
	full := len(a.sites) >= a.limit
	a.mu.RUnlock()
	if one != nil || full {
		return one
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if one = a.sites[site]; one == nil && len(a.sites) < a.limit {
		one = &audience{}
		a.sites[site] = one
	}
	return one
}

// Of returns the estimates of a site's day going on and of the latest one that is over; false when nobody has come. A Day of 0 in
// either means that there is none.
func (a *Audiences) Of(site uint32) (now, before Estimate, ok bool) {
	a.mu.RLock()
	one := a.sites[site]
	a.mu.RUnlock()
	if one == nil {
		return now, before, false
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	return one.estimate(), one.before, true
}

// Sweep drops the sketches of days that are over and everything about sites that are gone. today tells a site's current day.
func (a *Audiences) Sweep(today func(site uint32) (day uint16, ok bool)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for site, one := range a.sites {
		day, ok := today(site)
		if !ok {
			delete(a.sites, site)
			continue
		}
		one.mu.Lock()
		if day > one.day {
			one.turn(day)
		}
		one.mu.Unlock()
	}
}
