package visit

import (
	"math/rand/v2"
	"testing"
)

// TestTableIsAMap: whatever is put, changed, removed and swept, in whatever order, a table holds what a map holds.
func TestTableIsAMap(t *testing.T) {
	type who struct {
		visitor uint64
		site    uint32
		day     uint16
	}
	r := rand.New(rand.NewPCG(1, 2))
	var tab table
	want := map[who]stay{}
	for step := range 200_000 {
		s := stay{visitor: 1 + r.Uint64N(300), site: r.Uint32N(3), day: uint16(r.UintN(2)), visit: 1 + r.Uint64N(9), last: r.Uint32N(100)}
		key := who{s.visitor, s.site, s.day}
		have := tab.find(&s)
		if expected, found := want[key]; found != (have != nil) || found && *have != expected {
			t.Fatalf("step %d: found %v, want %+v", step, have, expected)
		}
		switch n := r.IntN(1000); {
		case n == 0:
			limit := r.Uint32N(100)
			tab.sweep(func(s *stay) bool { return s.last < limit })
			for key, s := range want {
				if s.last < limit {
					delete(want, key)
				}
			}
		case n < 300 && have != nil:
			tab.remove(tab.index(have))
			delete(want, key)
		case have != nil:
			have.last = s.last
			s = *have
			want[key] = s
		default:
			tab.put(s)
			want[key] = s
		}
		if tab.held != len(want) {
			t.Fatalf("step %d: %d held, want %d", step, tab.held, len(want))
		}
	}
	for key, s := range want {
		if have := tab.find(&s); have == nil || *have != s {
			t.Errorf("%+v: %+v, want %+v", key, have, s)
		}
	}
}

// TestTableGivesMemoryBack: a table has at most half as many slots again as it needs when it has grown, and few when little is left.
func TestTableGivesMemoryBack(t *testing.T) {
	var tab table
	for i := range uint64(10_000) {
		tab.put(stay{visitor: i, visit: 1, last: uint32(i)})
		if n := len(tab.slots); n > firstSlots && n > 2*tab.held {
			t.Fatalf("%d slots for %d visits", n, tab.held)
		}
	}
	tab.sweep(func(s *stay) bool { return s.last >= 100 })
	if tab.held != 100 || len(tab.slots) > 400 {
		t.Errorf("%d held in %d slots", tab.held, len(tab.slots))
	}
}
