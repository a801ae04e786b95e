// Package throttle slows down whoever keeps failing: after a few free tries each failure doubles the time until the next one is heard.
//
// A key says who: for logins the user's name with the network the try came from, so that nobody can lock somebody else out, and the
// network alone with more patience, so that trying many names is slow too. Keys live in memory only, at most [Limit.Keys] of them; when the table is full, the one
// that has been quiet longest gives way.
package throttle

import (
	"sync"
	"time"
)

// Limit says how patient to be.
type Limit struct {
	Free    int           // failures without a delay
	First   time.Duration // the delay after the next failure; it doubles with each one more
	Longest time.Duration // the longest delay; a key that has been quiet twice that long is forgotten
	Keys    int           // how many keys are remembered
}

// Throttle counts failures by key. It is safe for concurrent use.
type Throttle struct {
	limit Limit
	now   func() time.Time

	mu   sync.Mutex
	keys map[string]*record
}

type record struct {
	failures int
	last     time.Time
	until    time.Time
}

// New returns a throttle. A nil now is time.Now.
func New(limit Limit, now func() time.Time) *Throttle {
	if now == nil {
		now = time.Now
	}
	return &Throttle{limit: limit, now: now, keys: make(map[string]*record)}
}

// Try takes a turn for key: 0 when it may go on, otherwise how long to wait. A turn counts as a failure until Forgive: tries that run at the
// same time cannot slip through together.
func (t *Throttle) Try(key string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	r := t.keys[key]
	if r != nil && now.Before(r.until) {
		return r.until.Sub(now)
	}
	if r == nil || now.Sub(r.last) > 2*t.limit.Longest {
		t.makeRoom(now)
		r = &record{}
		t.keys[key] = r
	}
	r.failures++
	r.last = now
	r.until = now.Add(t.delay(r.failures))
	return 0
}

// Forgive forgets the failures of key.
func (t *Throttle) Forgive(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.keys, key)
}

// Len is how many keys are remembered.
func (t *Throttle) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.keys)
}

func (t *Throttle) delay(failures int) time.Duration {
	n := failures - t.limit.Free
	if n < 0 {
		return 0
	}
	d := t.limit.First
	for ; n > 0 && d < t.limit.Longest; n-- {
		d *= 2
	}
	return min(d, t.limit.Longest)
}

func (t *Throttle) makeRoom(now time.Time) {
	if len(t.keys) < t.limit.Keys {
		return
	}
	oldest, since := "", now
	for key, r := range t.keys {
		if now.Sub(r.last) > 2*t.limit.Longest {
			delete(t.keys, key)
		} else if oldest == "" || r.last.Before(since) {
			oldest, since = key, r.last
		}
	}
	if len(t.keys) >= t.limit.Keys {
		delete(t.keys, oldest)
	}
}
