package visit

import (
	"math/rand/v2"
	"sync"
	"testing"
)

const noon = 1_795_000_000

func today(day uint16) func(uint32) (uint16, bool) {
	return func(uint32) (uint16, bool) { return day, true }
}

func TestVisits(t *testing.T) {
	type step struct {
		visitor uint64
		day     uint16
		at      uint32
		opens   bool
		same    int // index of the step whose visit it continues, -1 for a new one, -2 for none
	}
	for name, steps := range map[string][]step{
		"goes on":              {{7, 1, noon, true, -1}, {7, 1, noon + 10, true, 0}, {7, 1, noon + 10, false, 0}},
		"after 30 minutes":     {{7, 1, noon, true, -1}, {7, 1, noon + Idle, true, 0}, {7, 1, noon + 2*Idle + 1, true, -1}},
		"engagement prolongs":  {{7, 1, noon, true, -1}, {7, 1, noon + 1700, false, 0}, {7, 1, noon + 3400, true, 0}},
		"engagement opens not": {{7, 1, noon, false, -2}, {7, 1, noon + 1, true, -1}, {7, 1, noon + Idle + 2, false, -2}},
		"other visitor":        {{7, 1, noon, true, -1}, {8, 1, noon, true, -1}, {8, 1, noon, false, 1}},
		"other day":            {{7, 1, noon, true, -1}, {7, 2, noon + 1, true, -1}, {7, 1, noon + 2, true, 0}},
		"late event":           {{7, 1, noon, true, -1}, {7, 1, noon - 4000, true, 0}, {7, 1, noon + Idle, true, 0}},
		"nobody":               {{0, 1, noon, true, -1}, {0, 1, noon, true, -1}, {0, 1, noon, false, -2}},
	} {
		v := New(0)
		var got []uint64
		for i, s := range steps {
			visit, ok := v.Number(3, s.day, s.visitor, s.at, s.opens)
			got = append(got, visit)
			switch {
			case ok != (s.same != -2):
				t.Errorf("%s, step %d: there is a visit: %v", name, i, ok)
			case s.same >= 0 && visit != got[s.same]:
				t.Errorf("%s, step %d: visit %x, want that of step %d, %x", name, i, visit, s.same, got[s.same])
			case s.same == -1 && (visit>>32 != uint64(s.at) || Start(visit).Unix() != int64(s.at)):
				t.Errorf("%s, step %d: new visit %x does not begin at %x", name, i, visit, s.at)
			case s.same == -1:
				for j, old := range got[:i] {
					if old == visit {
						t.Errorf("%s, step %d: visit of step %d again", name, i, j)
					}
				}
			}
		}
	}
}

func TestSitesAreApart(t *testing.T) {
	v := New(0)
	a, _ := v.Number(1, 1, 7, noon, true)
	if b, _ := v.Number(2, 1, 7, noon, true); a == b {
		t.Error("one visit on two sites")
	}
}

// TestRestore: after a restart, records in any order lead to the same visits as if there had been none.
func TestRestore(t *testing.T) {
	type record struct {
		visitor, visit uint64
		at             uint32
	}
	var records []record
	before := New(0)
	for i := range uint32(5000) {
		r := record{visitor: 1 + rand.Uint64N(50), at: noon + i*7}
		r.visit, _ = before.Number(1, 1, r.visitor, r.at, true)
		records = append(records, r)
	}
	end := records[len(records)-1].at
	rand.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	after := New(0)
	for _, r := range records {
		if r.at >= end-Idle {
			after.Restore(1, 1, r.visitor, r.visit, r.at)
		}
	}
	for number := range uint64(51) {
		a, aok := before.Number(1, 1, number, end, false)
		b, bok := after.Number(1, 1, number, end, false)
		if aok != bok || aok && a != b {
			t.Errorf("visitor %d: visit %x %v before the restart, %x %v after", number, a, aok, b, bok)
		}
	}
}

func TestSweep(t *testing.T) {
	v := New(0)
	for i := range uint64(10000) {
		v.Number(1, 5, i+1, noon+uint32(i%2)*Idle, true)
	}
	v.Sweep(noon+Idle+1, today(5))
	if v.Live() != 5000 {
		t.Errorf("%d visits after a sweep, want 5000", v.Live())
	}
	v.Sweep(noon+Idle+1, today(6))
	if v.Live() != 0 {
		t.Errorf("%d visits outlived midnight", v.Live())
	}
	v.Number(1, 5, 1, noon, true)
	v.Sweep(noon, func(uint32) (uint16, bool) { return 0, false })
	if v.Live() != 0 {
		t.Error("a visit outlived its site")
	}
	if v.Dropped() != 0 {
		t.Errorf("%d counted as dropped", v.Dropped())
	}
}

func TestMemoryIsBounded(t *testing.T) {
	v := New(640)
	for i := range uint64(100_000) {
		v.Number(1, 1, i+1, noon, true)
	}
	if v.Live() > 640 || v.Dropped() < 99_000 {
		t.Errorf("%d visits held, %d dropped", v.Live(), v.Dropped())
	}
	for i := range uint64(1000) {
		v.Restore(1, 1, 1_000_000+i, 9, noon)
	}
	if v.Live() > 640 {
		t.Errorf("%d visits held after a restore", v.Live())
	}
}

func TestNumberDoesNotAllocate(t *testing.T) {
	v := New(0)
	v.Number(1, 1, 7, noon, true)
	at := uint32(noon)
	if n := testing.AllocsPerRun(1000, func() { at++; v.Number(1, 1, 7, at, true) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestManyAtOnce(t *testing.T) {
	v := New(0)
	var wg sync.WaitGroup
	seen := make([]uint64, 8)
	for g := range seen {
		wg.Go(func() {
			for i := range uint32(2000) {
				seen[g], _ = v.Number(1, 1, 7, noon+i/100, true)
			}
		})
	}
	wg.Go(func() { v.Sweep(noon, today(1)) })
	wg.Wait()
	for _, visit := range seen {
		if visit != seen[0] {
			t.Fatal("one visitor had two visits at once")
		}
	}
}

func BenchmarkNumber(b *testing.B) {
	v := New(0)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := rand.Uint64N(100_000); pb.Next(); i++ {
			v.Number(1, 1, 1+i%100_000, noon, true)
		}
	})
}
