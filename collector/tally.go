package collector

import (
	"errors"
	"sync"

	"sporlos/event"
)

// tallies count refusals per site, day and reason until they are written to the spool.
type tallies struct {
	mu     sync.Mutex
	counts map[refusal]uint64
}

type refusal struct {
	site   uint32
	day    uint16
	reason string // a beacon.Reason's, or scriptDeclined
}

// maxTallies bounds what is held while the spool refuses: sites × days × reasons is far below it.
const maxTallies = 1 << 16

func (t *tallies) add(r refusal, n uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, found := t.counts[r]; found || len(t.counts) < maxTallies {
		t.counts[r] += n
	}
}

// flush appends every count to the spool; what cannot be appended is kept for the next time.
func (t *tallies) flush(appendTo func([]byte) error) error {
	t.mu.Lock()
	counts := t.counts
	t.counts = map[refusal]uint64{}
	t.mu.Unlock()
	var rec []byte
	var errs []error
	for r, n := range counts {
		rec = event.Tally{Site: r.site, Day: r.day, Reason: r.reason, Count: n}.Append(rec[:0])
		if err := appendTo(rec); err != nil {
			errs = append(errs, err)
			t.add(r, n)
		}
	}
	return errors.Join(errs...)
}
