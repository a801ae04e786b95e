package audience

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
)

// people is a simulated audience: visitors told apart by network, each with one address or more.
func people(r *rand.Rand, networks int, addresses func(*rand.Rand) int, add func(network, address uint64)) (network, address float64) {
	for range networks {
		n := r.Uint64()
		for range addresses(r) {
			a := r.Uint64()
			for range 1 + r.IntN(3) { // some come again
				add(n, a)
			}
			address++
		}
		network++
	}
	return network, address
}

func TestEstimates(t *testing.T) {
	one := func(*rand.Rand) int { return 1 }
	few := func(r *rand.Rand) int { return 1 + r.IntN(20)/19 } // 5 % of networks have two
	for name, c := range map[string]struct {
		networks, trials int
		addresses        func(*rand.Rand) int
	}{
		"nobody":               {0, 1, one},
		"small":                {50, 50, few},
		"still exact":          {1400, 20, few},
		"just beyond":          {1600, 60, few},
		"medium":               {12_000, 60, few},
		"large":                {190_000, 8, few},
		"local: a city's /24s": {300, 60, func(r *rand.Rand) int { return 1 + r.IntN(40) }},
		"mobile behind CGNAT":  {4_000, 20, func(r *rand.Rand) int { return int(math.Exp(r.NormFloat64()*1.2+1)) + 1 }},
	} {
		worst, worstCost, squares := 0.0, 0.0, 0.0
		for trial := range c.trials {
			a := New(0)
			network, address := people(rand.New(rand.NewPCG(uint64(trial), 7)), c.networks, c.addresses, func(n, w uint64) { a.Add(1, 9, n, w) })
			got, _, _ := a.Of(1)
			if network == 0 {
				if got != (Estimate{}) || got.Cost() != 0 {
					t.Errorf("%s: %+v", name, got)
				}
				continue
			}
			if network <= 1536 && got.Network != network || address <= 1536 && got.Address != address {
				t.Fatalf("%s: %v of %v, %v of %v: few numbers are not counted exactly", name, got.Network, network, got.Address, address)
			}
			worst = max(worst, math.Abs(got.Network/network-1), math.Abs(got.Address/address-1))
			off := math.Abs(got.Cost() - (1 - network/address))
			worstCost, squares = max(worstCost, off), squares+off*off
		}
		t.Logf("%-22s worst error of a number %.2f %%, of the cost %.2f points, mean square %.2f", name, 100*worst, 100*worstCost, 100*math.Sqrt(squares/float64(c.trials)))
		if worst > 0.02 || worstCost > 0.02 {
			t.Errorf("%s: off by %.2f %% and %.2f points, want at most 2", name, 100*worst, 100*worstCost)
		}
	}
}

// TestDaysAndSites: a day that is over leaves two figures, late numbers change nothing, and sites do not meet.
func TestDaysAndSites(t *testing.T) {
	a := New(0)
	for i := range uint64(10) {
		a.Add(1, 5, i/2, i)
		a.Add(2, 5, i, i)
	}
	a.Add(1, 6, 1, 1)
	a.Add(1, 5, 77, 77)
	now, before, ok := a.Of(1)
	if !ok || now != (Estimate{6, 1, 1}) || before.Day != 5 || before.Network != 4 || before.Address != 9 { // 0 and 1 are one number
		t.Errorf("%+v, %+v", now, before)
	}
	if c := before.Cost(); math.Abs(c-5.0/9) > 1e-9 {
		t.Errorf("the cost is %v", c)
	}
	if now, before, _ := a.Of(2); now.Cost() != 0 || before.Day != 0 {
		t.Errorf("site 2: %+v, %+v", now, before)
	}
	if _, _, ok := a.Of(3); ok {
		t.Error("a site nobody came to has an estimate")
	}
	a.Sweep(func(site uint32) (uint16, bool) { return 7, site == 1 })
	now, before, _ = a.Of(1)
	if now != (Estimate{Day: 7}) || before != (Estimate{6, 1, 1}) || a.sites[1].network.set != nil {
		t.Errorf("after midnight: %+v, %+v", now, before)
	}
	if _, _, ok := a.Of(2); ok {
		t.Error("a site that is gone has an estimate")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	a := New(3)
	for i := range uint64(400_000) {
		a.Add(uint32(i%4), 5, i*0x9e3779b97f4a7c15, i*0x9e3779b97f4a7c15)
	}
	if len(a.sites) != 3 {
		t.Errorf("%d sites are held", len(a.sites))
	}
	for id, one := range a.sites {
		for _, s := range []sketch{one.network, one.address} {
			if bytes := 8 * (len(s.words) + len(s.set)); bytes > 27<<10 || s.set != nil {
				t.Errorf("site %d: %d bytes, %d of them a set", id, bytes, 8*len(s.set))
			}
		}
	}
	if 8*maxSlots > 27<<10 {
		t.Error("a set takes more than registers")
	}
}

func TestAddDoesNotAllocate(t *testing.T) {
	a, r := New(0), rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		a.Add(1, 5, r.Uint64(), r.Uint64())
		a.Add(2, 5, 7, 7)
	}
	if n := testing.AllocsPerRun(1000, func() { a.Add(1, 5, r.Uint64(), r.Uint64()); a.Add(2, 5, 7, 7) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestManyAtOnce(t *testing.T) {
	a := New(0)
	var wg sync.WaitGroup
	for g := range uint64(8) {
		wg.Go(func() {
			for i := range uint64(1000) {
				a.Add(uint32(i%10), 5, g*1000+i+1, g*1000+i+1)
				a.Of(uint32(i % 10))
			}
		})
	}
	wg.Go(func() { a.Sweep(func(uint32) (uint16, bool) { return 5, true }) })
	wg.Wait()
	for site := range uint32(10) {
		if now, _, _ := a.Of(site); now.Network != 800 || now.Address != 800 {
			t.Errorf("site %d: %+v", site, now)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	for name, many := range map[string]uint64{"few": 1000, "many": 1 << 62} {
		b.Run(name, func(b *testing.B) {
			a, r := New(0), rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			for b.Loop() {
				n := r.Uint64N(many) * 0x9e3779b97f4a7c15
				a.Add(1, 5, n, n)
			}
		})
	}
}
