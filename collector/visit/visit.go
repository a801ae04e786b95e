// Package visit groups what a visitor does into visits.
//
// A visit is opened by a page view or an interactive custom event, goes on until nothing has come for 30 minutes, and ends at the site's
// local midnight, since the visitor's number changes there. Its number says when it began: the start second in the upper half and 32
// random bits in the lower, so numbers sort by time and say nothing else.
//
// [Visits] knows only numbers: neither addresses nor pages. Time comes from the caller, so a log of last year groups like today's. It
// is bounded: when it is full the visitors seen longest ago in one part of it are forgotten early, and their next view opens a visit.
//
// Without visitor numbers (visitor 0, identity "none") visits cannot be told apart: every page view and every custom event is a visit of
// its own, and engagement belongs to none.
package visit

import (
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// Idle is how long a visit survives in silence, in seconds.
	Idle = 30 * 60
	// DefaultLimit is how many visits are held at most: 32 bytes each, 55 at most while tables grow.
	DefaultLimit = 1 << 20

	shards = 64
)

// Visits are the visits going on. It may be used from several goroutines.
type Visits struct {
	limit  int // per shard
	shards [shards]shard
}

type shard struct {
	mu      sync.Mutex
	live    table
	dropped uint64
	_       [64]byte // keeps neighbours off the lock's cache line
}

// New returns no visits with room for limit of them; 0 is DefaultLimit.
func New(limit int) *Visits {
	if limit <= 0 {
		limit = DefaultLimit
	}
	return &Visits{limit: max(1, limit/shards)}
}

// Number returns the visit of an event at Unix second at. When there is none going on, opens decides: true opens one, false reports
// that there is none. It does not allocate while the number of visits does not grow.
func (v *Visits) Number(site uint32, day uint16, number uint64, at uint32, opens bool) (visit uint64, ok bool) {
	if number == 0 {
		return newNumber(at), opens
	}
	who := stay{visitor: number, site: site, day: day, last: at}
	s := v.shard(number)
	s.mu.Lock()
	defer s.mu.Unlock()
	have := s.live.find(&who)
	if have != nil && !have.over(at) {
		have.last = max(have.last, at)
		return have.visit, true
	}
	if !opens {
		return 0, false
	}
	who.visit = newNumber(at)
	s.put(have, who, v.limit)
	return who.visit, true
}

// Restore tells of an event that was recorded earlier, in any order.
func (v *Visits) Restore(site uint32, day uint16, number, visit uint64, at uint32) {
	if number == 0 || visit == 0 {
		return
	}
	who := stay{visitor: number, visit: visit, site: site, day: day, last: at}
	s := v.shard(number)
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.live.find(&who); have == nil || at > have.last {
		s.put(have, who, v.limit)
	}
}

// Forget ends the visit of a visitor without a trace: the next view opens another one.
func (v *Visits) Forget(site uint32, day uint16, number uint64) {
	s := v.shard(number)
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.live.find(&stay{visitor: number, site: site, day: day}); have != nil {
		s.live.remove(s.live.index(have))
	}
}

// Sweep forgets visits that are over at Unix second now, and of days that are over: today tells a site's current day.
func (v *Visits) Sweep(now uint32, today func(site uint32) (day uint16, ok bool)) {
	for i := range v.shards {
		s := &v.shards[i]
		s.mu.Lock()
		s.live.sweep(func(have *stay) bool {
			day, known := today(have.site)
			return have.over(now) || !known || have.day < day
		})
		s.mu.Unlock()
	}
}

// Live returns how many visits are held.
func (v *Visits) Live() (n int) {
	for i := range v.shards {
		s := &v.shards[i]
		s.mu.Lock()
		n += s.live.held
		s.mu.Unlock()
	}
	return n
}

// Dropped returns how many visits were forgotten early for want of room.
func (v *Visits) Dropped() (n uint64) {
	for i := range v.shards {
		s := &v.shards[i]
		s.mu.Lock()
		n += s.dropped
		s.mu.Unlock()
	}
	return n
}

// over reports whether the visit has ended by Unix second at.
func (s *stay) over(at uint32) bool { return at > s.last && at-s.last > Idle }

// newNumber makes the number of a visit that begins at Unix second at. It is not 0.
func newNumber(at uint32) uint64 { return max(1, uint64(at)<<32|uint64(rand.Uint32())) }

// Start returns when the visit with that number began.
func Start(visit uint64) time.Time { return time.Unix(int64(visit>>32), 0).UTC() }

func (v *Visits) shard(number uint64) *shard { return &v.shards[number%shards] }

// put writes an entry over the one there is of the same visitor, or anew, making room first when the shard is full.
func (s *shard) put(have *stay, entry stay, limit int) {
	if have != nil {
		*have = entry
		return
	}
	if s.live.held >= limit {
		s.makeRoom(entry.last)
	}
	s.live.put(entry)
}

// makeRoom forgets what is over, and when all of it goes on, the one of a few that has been silent longest. Each time it looks at
// other ones.
func (s *shard) makeRoom(now uint32) {
	const few = 16
	t := &s.live
	oldest := -1
	for seen := 0; seen < min(few, t.held); t.hand = t.next(t.hand) {
		if one := &t.slots[t.hand]; one.visit != 0 {
			if seen++; oldest < 0 || one.last <= t.slots[oldest].last {
				oldest = t.hand
			}
		}
	}
	if last := t.slots[oldest].last; now-last <= Idle || last > now {
		s.dropped++
	}
	t.remove(oldest)
}
