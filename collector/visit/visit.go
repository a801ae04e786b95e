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
	// DefaultLimit is how many visits are held at most: about 50 bytes each.
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
	live    map[visitor]stay
	peak    int // most entries since the map was made
	dropped uint64
	_       [64]byte // keeps neighbours off the lock's cache line
}

// visitor is somebody on one site and day.
type visitor struct {
	number uint64
	site   uint32
	day    uint16
}

type stay struct {
	visit uint64
	last  uint32 // Unix second of the latest event
}

// New returns no visits with room for limit of them; 0 is DefaultLimit.
func New(limit int) *Visits {
	if limit <= 0 {
		limit = DefaultLimit
	}
	v := &Visits{limit: max(1, limit/shards)}
	for i := range v.shards {
		v.shards[i].live = map[visitor]stay{}
	}
	return v
}

// Number returns the visit of an event at Unix second at. When there is none going on, opens decides: true opens one, false reports
// that there is none. It does not allocate while the number of visits does not grow.
func (v *Visits) Number(site uint32, day uint16, number uint64, at uint32, opens bool) (visit uint64, ok bool) {
	if number == 0 {
		return newNumber(at), opens
	}
	who := visitor{number, site, day}
	s := v.shard(number)
	s.mu.Lock()
	defer s.mu.Unlock()
	if have, found := s.live[who]; found && !over(have, at) {
		if at > have.last {
			s.live[who] = stay{have.visit, at}
		}
		return have.visit, true
	}
	if !opens {
		return 0, false
	}
	visit = newNumber(at)
	s.put(who, stay{visit, at}, v.limit)
	return visit, true
}

// Restore tells of an event that was recorded earlier, in any order.
func (v *Visits) Restore(site uint32, day uint16, number, visit uint64, at uint32) {
	if number == 0 {
		return
	}
	who := visitor{number, site, day}
	s := v.shard(number)
	s.mu.Lock()
	defer s.mu.Unlock()
	if have, found := s.live[who]; !found || at > have.last {
		s.put(who, stay{visit, at}, v.limit)
	}
}

// Forget ends the visit of a visitor without a trace: the next view opens another one.
func (v *Visits) Forget(site uint32, day uint16, number uint64) {
	s := v.shard(number)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, visitor{number, site, day})
}

// Sweep forgets visits that are over at Unix second now, and of days that are over: today tells a site's current day.
func (v *Visits) Sweep(now uint32, today func(site uint32) (day uint16, ok bool)) {
	for i := range v.shards {
		s := &v.shards[i]
		s.mu.Lock()
		for who, have := range s.live {
			if day, known := today(who.site); over(have, now) || !known || who.day < day {
				delete(s.live, who)
			}
		}
		s.shrink()
		s.mu.Unlock()
	}
}

// Live returns how many visits are held.
func (v *Visits) Live() (n int) {
	for i := range v.shards {
		s := &v.shards[i]
		s.mu.Lock()
		n += len(s.live)
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

func over(s stay, at uint32) bool { return at > s.last && at-s.last > Idle }

// newNumber makes the number of a visit that begins at Unix second at.
func newNumber(at uint32) uint64 { return uint64(at)<<32 | uint64(rand.Uint32()) }

// Start returns when the visit with that number began.
func Start(visit uint64) time.Time { return time.Unix(int64(visit>>32), 0).UTC() }

func (v *Visits) shard(number uint64) *shard { return &v.shards[number%shards] }

// put writes an entry, making room first when the shard is full.
func (s *shard) put(who visitor, entry stay, limit int) {
	if _, found := s.live[who]; !found && len(s.live) >= limit {
		s.makeRoom(entry.last)
	}
	s.live[who] = entry
	s.peak = max(s.peak, len(s.live))
}

// makeRoom forgets what is over, and when all of it goes on, the one of a few that has been silent longest.
func (s *shard) makeRoom(now uint32) {
	const few = 16
	var oldest visitor
	last, seen := ^uint32(0), 0
	for who, have := range s.live {
		if have.last <= last {
			oldest, last = who, have.last
		}
		if seen++; seen == few {
			break
		}
	}
	if now-last <= Idle || last > now {
		s.dropped++
	}
	delete(s.live, oldest)
}

// shrink gives back the memory of a map that was much fuller: maps never do.
func (s *shard) shrink() {
	if s.peak < 1024 || len(s.live) > s.peak/4 {
		return
	}
	live := make(map[visitor]stay, len(s.live))
	for who, have := range s.live {
		live[who] = have
	}
	s.live, s.peak = live, len(live)
}
