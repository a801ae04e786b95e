package collector

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"sporlos/beacon"
	"sporlos/collector/audience"
	"sporlos/collector/visitor"
	"sporlos/site"
	"sporlos/spool"
)

// TestEstimateOfWhatTruncationCosts sends simulated audiences through the airlock and compares the estimate with sets of who really
// came, made of addresses and agents by the test.
func TestEstimateOfWhatTruncationCosts(t *testing.T) {
	agents := []string{chrome, firefox}
	for version := range 38 {
		agents = append(agents, fmt.Sprintf("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36", 100+version))
	}
	spread := func(r *rand.Rand) netip.Addr {
		return netip.AddrFrom4([4]byte{byte(20 + r.IntN(180)), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())})
	}
	for name, c := range map[string]struct {
		visitors int
		address  func(*rand.Rand) netip.Addr
	}{
		"small": {50, func(r *rand.Rand) netip.Addr {
			return netip.AddrFrom4([4]byte{81, 130, byte(r.IntN(12)), byte(r.IntN(256))})
		}},
		"large": {200_000, spread},
		"very local": {20_000, func(r *rand.Rand) netip.Addr {
			return netip.AddrFrom4([4]byte{81, 130, byte(r.IntN(64)), byte(r.Uint32())})
		}},
		"mobile": {40_000, func(r *rand.Rand) netip.Addr { // half of them behind 2,000 addresses of one provider
			if r.IntN(2) == 0 {
				return netip.AddrFrom4([4]byte{46, 15, byte(r.IntN(8)), byte(r.IntN(250))})
			}
			return spread(r)
		}},
		"IPv6": {20_000, func(r *rand.Rand) netip.Addr {
			return netip.AddrFrom16([16]byte{0x2a, 2, 0x21, 0x21, byte(r.IntN(30)), byte(r.Uint32()), 15: byte(r.IntN(3))})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c2, audiences := newEstimator(t, visitor.ByNetwork)
			r := rand.New(rand.NewPCG(4, uint64(c.visitors)))
			type who struct {
				addr  netip.Addr
				agent int
			}
			networks, addresses := map[who]bool{}, map[who]bool{}
			at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
			for range c.visitors {
				one := who{c.address(r), r.IntN(len(agents))}
				addresses[one] = true
				bits := map[bool]int{true: 24, false: 48}[one.addr.Is4()]
				networks[who{netip.PrefixFrom(one.addr, bits).Masked().Addr(), one.agent}] = true
				for range 1 + r.IntN(2) {
					reason := c2.Take(&Request{Time: at, Addr: one.addr, Agent: []byte(agents[one.agent]), Beacon: &beacon.Beacon{
						Name: "pageview", URL: "https://example.org/", Domain: "example.org", Interactive: true}})
					if reason != beacon.Accepted {
						t.Fatal(reason)
					}
				}
			}
			got, _, ok := audiences.Of(1)
			network, address := float64(len(networks)), float64(len(addresses))
			cost := 1 - network/address
			t.Logf("%.0f visitors by network, estimated %.0f; %.0f by address, estimated %.0f; cost %.2f %%, estimated %.2f %%", network, got.Network, address, got.Address, 100*cost, 100*got.Cost())
			if !ok || math.Abs(got.Network/network-1) > 0.02 || math.Abs(got.Address/address-1) > 0.02 || math.Abs(got.Cost()-cost) > 0.025 { // for the cost of few see package audience
				t.Errorf("the estimate is off by more than 2 %%: %+v of %.0f and %.0f", got, network, address)
			}
		})
	}
}

// newEstimator is a collector for example.org on a spool that nobody reads.
func newEstimator(t testing.TB, mode visitor.Mode) (*Collector, *audience.Audiences) {
	t.Helper()
	sp, err := spool.Open(t.TempDir(), spool.Options{Fsync: spool.FsyncOff, Max: 1 << 40})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sp.Close() })
	audiences := audience.New(0)
	c, err := New(Options{Sites: NewSites(newSite(t, 1, "example.org", "Europe/Oslo", site.Settings{})), Spool: sp, Salts: visitor.MemorySalts(),
		Identity: mode, Audiences: audiences, Limit: Rate{PerMinute: -1}, Now: func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	return c, audiences
}

// TestEstimateKnowsItsPlace: both modes that count visitors estimate the same, identity "none" nothing; what is refused does not
// count, and neither does time on a page.
func TestEstimateKnowsItsPlace(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, mode := range []visitor.Mode{visitor.ByNetwork, visitor.ByAddress, visitor.Nobody} {
		c, audiences := newEstimator(t, mode)
		send := func(addr, agent, name string, no bool) {
			c.Take(&Request{Time: at, Addr: netip.MustParseAddr(addr), Agent: []byte(agent), No: no, Beacon: &beacon.Beacon{
				Name: name, URL: "https://example.org/", Domain: "example.org", Interactive: true}})
		}
		for host := range 6 {
			send(fmt.Sprintf("192.0.2.%d", host), chrome, "pageview", false)
		}
		send("192.0.2.77", chrome, "engagement", false)
		send("198.51.100.1", "curl/8.0", "pageview", false)
		send("198.51.100.2", chrome, "pageview", true)
		got, _, ok := audiences.Of(1)
		if mode == visitor.Nobody {
			if ok {
				t.Errorf("identity none estimates %+v", got)
			}
			continue
		}
		if got.Network != 1 || got.Address != 6 {
			t.Errorf("identity %v estimates %+v, want 1 network and 6 addresses", mode, got)
		}
		c.sites.Set(nil)
		c.tendOnce(60)
		if _, _, ok := audiences.Of(1); ok {
			t.Error("the estimate outlives the site")
		}
	}
}
