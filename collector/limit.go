package collector

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"time"
)

// Rate is how many beacons of one network to one site are taken: Burst at once, and PerMinute in the long run. A PerMinute of 0 is
// the default, a negative one is no limit.
type Rate struct{ PerMinute, Burst int }

// DefaultRate lets an office of some hundred readers through and stops a runaway script.
var DefaultRate = Rate{PerMinute: 600, Burst: 200}

const (
	limiterShards  = 32
	limiterEntries = 8192 // per shard; about 40 bytes each
)

// limiter holds a token bucket per network and site, in the form of the generic cell rate algorithm (ITU-T I.371): one moment per
// bucket, the theoretical arrival of the next beacon. Buckets that are full again are dropped. When a shard is full of buckets in use
// a new network is let through unlimited: a limiter must not turn many visitors away because a few misbehave.
type limiter struct {
	gap    int64 // nanoseconds one beacon takes up
	depth  int64 // nanoseconds of beacons that may come at once
	shards [limiterShards]struct {
		mu      sync.Mutex
		buckets map[bucket]int64
		_       [40]byte
	}
}

type bucket struct {
	network uint64
	site    uint32
}

// newLimiter returns nil, which allows everything, when there is no limit.
func newLimiter(r Rate) *limiter {
	if r.PerMinute < 0 {
		return nil
	}
	if r.PerMinute == 0 {
		r = DefaultRate
	}
	gap := int64(time.Minute) / int64(r.PerMinute)
	l := &limiter{gap: gap, depth: gap * int64(max(1, r.Burst))}
	for i := range l.shards {
		l.shards[i].buckets = map[bucket]int64{}
	}
	return l
}

// allow takes a beacon's token. now is in nanoseconds of any clock; network is cut already.
func (l *limiter) allow(network netip.Addr, site uint32, now int64) bool {
	if l == nil {
		return true
	}
	key := bucket{networkNumber(network), site}
	s := &l.shards[(key.network*0x9e3779b97f4a7c15>>32+uint64(site))%limiterShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	arrival, found := s.buckets[key]
	if arrival < now || arrival > now+l.depth { // the second when the clock was set back
		arrival = now
	}
	if arrival+l.gap-now > l.depth {
		return false
	}
	if !found && len(s.buckets) >= limiterEntries {
		if dropIdle(s.buckets, now, 16); len(s.buckets) >= limiterEntries {
			return true
		}
	}
	s.buckets[key] = arrival + l.gap
	return true
}

// sweep drops the buckets that are full again.
func (l *limiter) sweep(now int64) {
	if l == nil {
		return
	}
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		dropIdle(s.buckets, now, limiterEntries)
		s.mu.Unlock()
	}
}

// dropIdle looks at no more than few buckets: a flood of new networks must not make each of them slow.
func dropIdle(buckets map[bucket]int64, now int64, few int) {
	for key, arrival := range buckets {
		if arrival <= now {
			delete(buckets, key)
		}
		if few--; few == 0 {
			return
		}
	}
}

// networkNumber packs the 24 or 48 bits of a network into a number.
func networkNumber(network netip.Addr) uint64 {
	raw := network.As16()
	if network.Is4() {
		return 1<<63 | uint64(binary.BigEndian.Uint32(raw[12:]))
	}
	return binary.BigEndian.Uint64(raw[:8])
}
