package visitor

import (
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
)

// crowd is a number of different visitors.
func crowd(n int) []*Identity {
	list := make([]*Identity, n)
	for i := range list {
		list[i] = id(fmt.Sprintf("10.%d.%d.7", i>>8&255, i&255), fmt.Sprintf("agent %d", i%7), "nb")
	}
	return list
}

// TestNumbersNeverJoin: over many salts, what the same visitors are called on two days, or on two sites, has nothing in common: no
// number comes back, and each of the 64 bits of one says about that of the other what a coin says. The chance of a false alarm is one
// in a million.
func TestNumbersNeverJoin(t *testing.T) {
	const salts, visitors = 400, 250
	people := crowd(visitors)
	for name, other := range map[string]struct {
		site uint32
		day  uint16
	}{"two days": {1, 11}, "two sites": {2, 10}, "two days a year apart": {1, 375}} {
		differing, seen := [64]int{}, map[uint64]bool{}
		for range salts {
			s := MemorySalts()
			first := make([]uint64, visitors)
			for i, who := range people {
				first[i] = number(t, s, 1, 10, who)
				seen[first[i]] = true
			}
			for i, who := range people {
				n := number(t, s, other.site, other.day, who)
				if seen[n] {
					t.Fatalf("%s: a number came back", name)
				}
				for bit := range differing {
					differing[bit] += int((n ^ first[i]) >> bit & 1)
				}
			}
		}
		const n = salts * visitors
		for bit, count := range differing {
			if sigma := math.Abs(float64(count)-n/2) / math.Sqrt(n/4); sigma > 5.6 {
				t.Errorf("%s: bit %d differs %d times of %d: %.1f standard deviations off", name, bit, count, n, sigma)
			}
		}
		if len(seen) != n {
			t.Errorf("%s: %d numbers for %d visitors", name, len(seen), n)
		}
	}
}

// TestWithoutTheSaltANumberIsNobodys is the attack that truncation alone would not survive: whoever knows agent and language of a
// visitor and the number that is stored tries every network there is. With the salt that finds the network at once, and without it
// nothing: therefore the salt dies with the day.
func TestWithoutTheSaltANumberIsNobodys(t *testing.T) {
	s := MemorySalts()
	who := id("10.77.131.9", "agent", "nb")
	stored := number(t, s, 1, 10, who)
	attack := func(salt key) (found []netip.Addr) {
		try, scratch := *who, [1024]byte{}
		for network := range 1 << 16 {
			try.Address.addr = netip.AddrFrom4([4]byte{10, byte(network >> 8), byte(network), 0})
			if sum(salt, try.appendTo(scratch[:0], 1, 10)) == stored {
				found = append(found, try.Address.addr)
			}
		}
		return found
	}
	right := s.byID[1].key
	if found := attack(right); len(found) != 1 || found[0] != netip.MustParseAddr("10.77.131.0") {
		t.Errorf("with the right salt the attack finds %v: it would prove nothing", found)
	}
	number(t, s, 1, 11, who) // midnight
	wrong := []key{s.byID[1].key, {}, {right.k0 ^ 1, right.k1}, {right.k0, right.k1 ^ 1<<63}}
	for range 20 {
		wrong = append(wrong, key{rand.Uint64(), rand.Uint64()})
	}
	for i, salt := range wrong {
		if found := attack(salt); len(found) != 0 {
			t.Errorf("wrong salt %d finds %v", i, found)
		}
	}
}

// TestMarks: the pair tells networks and addresses apart, is another on every site and day, and does not depend on the mode.
func TestMarks(t *testing.T) {
	m := NewMarks()
	pair := func(mode Mode, site uint32, day uint16, addr, agent string) [2]uint64 {
		r := Reader{Mode: mode, Marks: m}
		network, address := m.Pair(site, day, &Identity{Address: r.Address(netip.MustParseAddr(addr)), Agent: agent})
		return [2]uint64{network, address}
	}
	base := pair(ByNetwork, 1, 10, "192.0.2.1", "agent")
	if pair(ByAddress, 1, 10, "192.0.2.1", "agent") != base || pair(ByNetwork, 1, 10, "::ffff:192.0.2.1", "agent") != base {
		t.Error("one visitor has two pairs")
	}
	if near := pair(ByNetwork, 1, 10, "192.0.2.2", "agent"); near[0] != base[0] || near[1] == base[1] {
		t.Error("two addresses of one network are not two of one")
	}
	for what, other := range map[string][2]uint64{
		"network": pair(ByNetwork, 1, 10, "192.0.3.1", "agent"), "agent": pair(ByNetwork, 1, 10, "192.0.2.1", "other"),
		"site": pair(ByNetwork, 2, 10, "192.0.2.1", "agent"), "day": pair(ByNetwork, 1, 11, "192.0.2.1", "agent"),
	} {
		if other[0] == base[0] || other[1] == base[1] {
			t.Errorf("another %s has a number of the same pair", what)
		}
	}
	if n, a := NewMarks().Pair(1, 10, id("192.0.2.1", "agent", "")); n == base[0] || a == base[1] {
		t.Error("another process makes the same pair")
	}
	if (&Reader{}).Address(netip.MustParseAddr("192.0.2.1")).mark != 0 {
		t.Error("what is cut off leaves a mark that nobody asked for")
	}
	cut := (&Reader{Marks: m}).Address(netip.MustParseAddr("192.0.2.77"))
	if cut.addr != netip.MustParseAddr("192.0.2.0") {
		t.Errorf("with marks the address is not cut: %v", cut.addr)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "marks", m, "address", cut)
	if out := log.String() + fmt.Sprintf("%v %+v %#v %#v", m, m, m, cut); strings.Contains(out, fmt.Sprint(m.key.k0)) || strings.Contains(out, fmt.Sprint(cut.mark)) {
		t.Errorf("a secret was printed: %s", out)
	}
}

func TestPairDoesNotAllocate(t *testing.T) {
	m := NewMarks()
	r := Reader{Marks: m}
	addr := netip.MustParseAddr("192.0.2.1")
	if n := testing.AllocsPerRun(1000, func() {
		who := Identity{Address: r.Address(addr), Agent: "agent", Language: "nb"}
		m.Pair(1, 1, &who)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
