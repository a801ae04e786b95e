package visit

import "math/bits"

// stay is a slot of a table: a visitor's visit. The number of the visit is never 0, so 0 marks an empty slot. 32 bytes without a
// pointer: two to a line of the processor's cache, and nothing for the garbage collector to look at.
type stay struct {
	visitor uint64
	visit   uint64
	last    uint32 // Unix second of the latest event
	site    uint32
	day     uint16
}

// is reports whether the slot is of that somebody.
func (s *stay) is(who *stay) bool {
	return s.visitor == who.visitor && s.site == who.site && s.day == who.day
}

const (
	firstSlots = 16
	spareSlots = 8 // one in so many is kept empty
)

// table holds stays by visitor, site and day, with open addressing and linear probing. What is removed leaves no mark: whatever stood
// behind it moves up (Knuth, The Art of Computer Programming 3, section 6.4, algorithm R). It grows by half, not to twice its size,
// so that of a large table a third at most is empty.
type table struct {
	slots []stay
	held  int
	hand  int // where makeRoom looked last
}

// home is the slot where a search for that somebody begins.
func (t *table) home(who *stay) int {
	mixed := (who.visitor ^ uint64(who.site)<<32 ^ uint64(who.day)) * 0x9E3779B97F4A7C15
	high, _ := bits.Mul64(mixed, uint64(len(t.slots)))
	return int(high)
}

// index is the number of a slot that find returned.
func (t *table) index(s *stay) int {
	i := t.home(s)
	for &t.slots[i] != s {
		i = t.next(i)
	}
	return i
}

func (t *table) next(i int) int {
	if i++; i == len(t.slots) {
		return 0
	}
	return i
}

// find returns the slot of that somebody, nil when there is none. It is valid until the next put or remove.
func (t *table) find(who *stay) *stay {
	if len(t.slots) == 0 {
		return nil
	}
	for i := t.home(who); t.slots[i].visit != 0; i = t.next(i) {
		if t.slots[i].is(who) {
			return &t.slots[i]
		}
	}
	return nil
}

// put adds a stay of somebody that find does not find.
func (t *table) put(s stay) {
	if t.held >= len(t.slots)-len(t.slots)/spareSlots {
		t.resize(max(firstSlots, len(t.slots)+len(t.slots)/2))
	}
	t.place(s)
	t.held++
}

// place writes a stay into the first empty slot from its home on.
func (t *table) place(s stay) {
	i := t.home(&s)
	for t.slots[i].visit != 0 {
		i = t.next(i)
	}
	t.slots[i] = s
}

// resize moves everything to a new row of slots.
func (t *table) resize(slots int) {
	old := t.slots
	t.slots, t.hand = make([]stay, slots), 0
	for i := range old {
		if old[i].visit != 0 {
			t.place(old[i])
		}
	}
}

// remove empties slot i and moves up what could not stand in it.
func (t *table) remove(i int) {
	t.held--
	for j := t.next(i); t.slots[j].visit != 0; j = t.next(j) {
		if home := t.home(&t.slots[j]); !between(i, home, j) {
			t.slots[i] = t.slots[j]
			i = j
		}
	}
	t.slots[i] = stay{}
}

// between reports whether home is behind i and not behind j, on a circle.
func between(i, home, j int) bool {
	if i <= j {
		return i < home && home <= j
	}
	return i < home || home <= j
}

// sweep removes what is over, and gives memory back when little is left.
func (t *table) sweep(over func(*stay) bool) {
	for i := 0; i < len(t.slots); {
		if t.slots[i].visit != 0 && over(&t.slots[i]) {
			t.remove(i) // another one may stand there now
			continue
		}
		i++
	}
	if len(t.slots) > firstSlots && t.held < len(t.slots)/4 {
		t.resize(max(firstSlots, 2*t.held))
	}
}
