package visitor

import (
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/quick"
)

// The test vector of appendix A of the SipHash paper.
func TestSipHash(t *testing.T) {
	data := []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
	if got := sum(key{0x0706050403020100, 0x0f0e0d0c0b0a0908}, data); got != 0xa129ca6149be45e5 {
		t.Errorf("%x", got)
	}
}

func TestTruncate(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.77":             "192.0.2.0",
		"::ffff:192.0.2.77":      "192.0.2.0",
		"255.255.255.255":        "255.255.255.0",
		"2001:db8:1:2:3:4:5:6":   "2001:db8:1::",
		"fe80::1%eth0":           "fe80::",
		"::1":                    "::",
		"2001:db8:ffff:ffff::77": "2001:db8:ffff::",
	} {
		if got := Truncate(netip.MustParseAddr(in)); got != netip.MustParseAddr(want) {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
	if Truncate(netip.Addr{}).IsValid() {
		t.Error("something came of nothing")
	}
}

func id(addr, agent, language string) *Identity {
	r := Reader{}
	return &Identity{Address: r.Address(netip.MustParseAddr(addr)), Agent: agent, Language: language}
}

func number(t *testing.T, s *Salts, site uint32, day uint16, id *Identity) uint64 {
	t.Helper()
	n, err := s.Number(ByNetwork, site, day, id)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNumber(t *testing.T) {
	s := MemorySalts()
	base := number(t, s, 1, 10, id("192.0.2.1", "agent", "nb"))
	if base == 0 || base != number(t, s, 1, 10, id("192.0.2.200", "agent", "nb")) || base != number(t, s, 1, 10, id("::ffff:192.0.2.3", "agent", "nb")) {
		t.Error("one visitor has two numbers")
	}
	for what, other := range map[string]uint64{
		"network":  number(t, s, 1, 10, id("192.0.3.1", "agent", "nb")),
		"agent":    number(t, s, 1, 10, id("192.0.2.1", "agent2", "nb")),
		"language": number(t, s, 1, 10, id("192.0.2.1", "agent", "nn")),
		"border":   number(t, s, 1, 10, id("192.0.2.1", "agentn", "b")),
		"site":     number(t, s, 2, 10, id("192.0.2.1", "agent", "nb")),
		"day":      number(t, s, 1, 11, id("192.0.2.1", "agent", "nb")),
		"salt":     number(t, MemorySalts(), 1, 10, id("192.0.2.1", "agent", "nb")),
	} {
		if other == base {
			t.Errorf("same number for another %s", what)
		}
	}
}

// TestNumberProperties: within a site and day a number depends on network, agent and language, and on nothing else.
func TestNumberProperties(t *testing.T) {
	s := MemorySalts()
	same := func(net [3]byte, a, b byte, agent, language string) bool {
		x := netip.AddrFrom4([4]byte{net[0], net[1], net[2], a})
		y := netip.AddrFrom4([4]byte{net[0], net[1], net[2], b})
		return number(t, s, 1, 1, id(x.String(), agent, language)) == number(t, s, 1, 1, id(y.String(), agent, language))
	}
	same6 := func(net [6]byte, a, b [10]byte, agent string) bool {
		x, y := [16]byte{}, [16]byte{}
		copy(x[:], append(net[:], a[:]...))
		copy(y[:], append(net[:], b[:]...))
		if netip.AddrFrom16(x).Is4In6() || netip.AddrFrom16(y).Is4In6() {
			return true
		}
		return number(t, s, 1, 1, id(netip.AddrFrom16(x).String(), agent, "")) == number(t, s, 1, 1, id(netip.AddrFrom16(y).String(), agent, ""))
	}
	apart := func(x, y [4]byte, agent1, agent2 string, site1, site2 uint32) bool {
		differ := [3]byte(x[:3]) != [3]byte(y[:3]) || agent1 != agent2 || site1 != site2
		a := number(t, s, site1, 1, id(netip.AddrFrom4(x).String(), agent1, ""))
		b := number(t, s, site2, 1, id(netip.AddrFrom4(y).String(), agent2, ""))
		return (a != b) == differ
	}
	newDay := func(day uint16, agent string) bool {
		day = day%60000 + 1
		m := MemorySalts()
		return number(t, m, 1, day, id("192.0.2.1", agent, "")) != number(t, m, 1, day+1, id("192.0.2.1", agent, ""))
	}
	for name, property := range map[string]any{"same": same, "same6": same6, "apart": apart, "new day": newDay} {
		if err := quick.Check(property, &quick.Config{MaxCount: 2000}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestModes(t *testing.T) {
	s := MemorySalts()
	whole := Reader{Mode: ByAddress}
	a, _ := s.Number(ByAddress, 1, 1, &Identity{Address: whole.Address(netip.MustParseAddr("192.0.2.1"))})
	b, _ := s.Number(ByAddress, 1, 1, &Identity{Address: whole.Address(netip.MustParseAddr("192.0.2.2"))})
	if a == b {
		t.Error("mode address looks at the network only")
	}
	if n, err := s.Number(Nobody, 1, 1, id("192.0.2.1", "", "")); n != 0 || err != nil || len(s.byID) != 1 {
		t.Errorf("mode none gives %d, %v", n, err)
	}
	if got := whole.Address(netip.MustParseAddr("192.0.2.1")).Network(); got != netip.MustParseAddr("192.0.2.0") {
		t.Error("the network of a whole address is not cut")
	}
	for _, m := range []Mode{ByNetwork, ByAddress, Nobody} {
		if back, err := ModeOf(m.String()); back != m || err != nil {
			t.Errorf("%v: %v", m, err)
		}
	}
	if _, err := ModeOf("everything"); err == nil {
		t.Error("an unknown identity was taken")
	}
}

func TestClient(t *testing.T) {
	trusted, err := ParseTrusted([]string{"10.0.0.0/8", "127.0.0.1", "2001:db8:f::/48"})
	if err != nil {
		t.Fatal(err)
	}
	const peer, proxy = "198.51.100.9", "10.0.0.1"
	for name, c := range map[string]struct {
		peer string
		h    Headers
		want string
	}{
		"peer":                  {peer, Headers{}, "198.51.100.9"},
		"stranger lies":         {peer, Headers{XForwardedFor: "192.0.2.1", Forwarded: "for=192.0.2.1", XRealIP: "192.0.2.1"}, "198.51.100.9"},
		"proxy says nothing":    {proxy, Headers{}, "10.0.0.1"},
		"one proxy":             {proxy, Headers{XForwardedFor: "192.0.2.1"}, "192.0.2.1"},
		"mapped peer":           {"::ffff:10.0.0.1", Headers{XForwardedFor: "192.0.2.1"}, "192.0.2.1"},
		"client lies to proxy":  {proxy, Headers{XForwardedFor: "203.0.113.5, 192.0.2.1"}, "192.0.2.1"},
		"chain of proxies":      {proxy, Headers{XForwardedFor: "203.0.113.5, 192.0.2.1, 10.9.9.9,127.0.0.1"}, "192.0.2.1"},
		"only proxies":          {proxy, Headers{XForwardedFor: "10.1.1.1, 10.2.2.2"}, "10.1.1.1"},
		"port":                  {proxy, Headers{XForwardedFor: "192.0.2.1:4711"}, "192.0.2.1"},
		"v6":                    {proxy, Headers{XForwardedFor: "2001:db8::5"}, "2001:db8::5"},
		"v6 with port":          {proxy, Headers{XForwardedFor: "[2001:db8::5]:80"}, "2001:db8::5"},
		"v6 proxy":              {"2001:db8:f::1", Headers{XForwardedFor: "2001:db8::5"}, "2001:db8::5"},
		"mapped":                {proxy, Headers{XForwardedFor: "::ffff:192.0.2.1"}, "192.0.2.1"},
		"unknown":               {proxy, Headers{XForwardedFor: "192.0.2.1, unknown"}, "10.0.0.1"},
		"unknown behind proxy":  {proxy, Headers{XForwardedFor: "_hidden, 10.2.2.2"}, "10.2.2.2"},
		"nonsense":              {proxy, Headers{XForwardedFor: "dead.beef"}, "10.0.0.1"},
		"endless":               {proxy, Headers{XForwardedFor: strings.Repeat("1", 5000)}, "10.0.0.1"},
		"half bracket":          {proxy, Headers{XForwardedFor: "[2001:db8::5"}, "10.0.0.1"},
		"forwarded":             {proxy, Headers{Forwarded: `for=203.0.113.5, For="[2001:db8::5]:4711";proto=https;by=10.0.0.1`}, "2001:db8::5"},
		"forwarded, no for":     {proxy, Headers{Forwarded: `proto=https`}, "10.0.0.1"},
		"forwarded, order":      {proxy, Headers{Forwarded: `proto=https; for=192.0.2.1`}, "192.0.2.1"},
		"real":                  {proxy, Headers{XRealIP: "192.0.2.1"}, "192.0.2.1"},
		"x-forwarded-for first": {proxy, Headers{XForwardedFor: "192.0.2.1", Forwarded: "for=192.0.2.2", XRealIP: "192.0.2.3"}, "192.0.2.1"},
	} {
		whole := Reader{Mode: ByAddress, Trusted: trusted}
		if got := whole.Client(netip.MustParseAddr(c.peer), c.h).addr; got != netip.MustParseAddr(c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		cut := Reader{Trusted: trusted}
		if got := cut.Client(netip.MustParseAddr(c.peer), c.h).addr; got != Truncate(netip.MustParseAddr(c.want)) {
			t.Errorf("%s: %s was not cut", name, got)
		}
	}
	if _, err := ParseTrusted([]string{"10.0.0.0/8", "localhost"}); err == nil {
		t.Error("a name was taken for a network")
	}
}

func FuzzClient(f *testing.F) {
	f.Add("192.0.2.1, 10.0.0.1", `for="[2001:db8::5]:80"`)
	f.Add("[::1", "for")
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, xff, forwarded string) {
		r := Reader{Trusted: trusted}
		for _, h := range []Headers{{XForwardedFor: xff}, {Forwarded: forwarded}} {
			if a := r.Client(netip.MustParseAddr("10.0.0.1"), h).addr; !a.IsValid() || a != Truncate(a) {
				t.Fatalf("%v", a)
			}
		}
	})
}

func shm(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "sporlos-test-")
	if err != nil {
		t.Skip("no tmpfs here: ", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func open(t *testing.T, dir string) *Salts {
	t.Helper()
	s, err := OpenSalts(dir, SaltOptions{AllowDisk: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSaltsRefuseADisk(t *testing.T) {
	if s, err := OpenSalts(shm(t), SaltOptions{}); err != nil {
		t.Errorf("a tmpfs was refused: %v", err)
	} else {
		s.Close()
	}
	dir := t.TempDir()
	if out, err := exec.Command("stat", "-f", "-c", "%T", dir).Output(); err != nil || strings.TrimSpace(string(out)) == "tmpfs" {
		t.Skip("temporary directories are on a tmpfs here, or who knows: ", err)
	}
	if _, err := OpenSalts(dir, SaltOptions{}); err == nil || !strings.Contains(err.Error(), "tmpfs") {
		t.Errorf("a disk was taken: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, fileName)); err == nil {
		t.Error("a file was made on a disk")
	}
}

func TestSaltsSurviveARestart(t *testing.T) {
	dir := shm(t)
	s := open(t, dir)
	var before []uint64
	for site := uint32(1); site <= 100; site++ {
		before = append(before, number(t, s, site, 10, id("192.0.2.1", "agent", "")))
	}
	s.Close()
	s = open(t, dir)
	for i, want := range before {
		if got := number(t, s, uint32(i+1), 10, id("192.0.2.1", "agent", "")); got != want {
			t.Errorf("site %d: number changed over a restart", i+1)
		}
	}
	info, err := os.Stat(filepath.Join(dir, fileName))
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 100*slotSize {
		t.Errorf("mirror: %v, %v", info, err)
	}
}

// TestPastSaltsAreGone: no byte of a salt is in the file once its day is over.
func TestPastSaltsAreGone(t *testing.T) {
	dir := shm(t)
	s := open(t, dir)
	contents := func() string { raw, _ := os.ReadFile(filepath.Join(dir, fileName)); return string(raw) }
	saltOf := func(site uint32) string {
		return contents()[s.byID[site].offset+16 : s.byID[site].offset+32]
	}
	number(t, s, 1, 10, id("192.0.2.1", "agent", ""))
	number(t, s, 2, 10, id("192.0.2.1", "agent", ""))
	number(t, s, 3, 10, id("192.0.2.1", "agent", ""))
	first, second, third := saltOf(1), saltOf(2), saltOf(3)
	number(t, s, 1, 11, id("192.0.2.1", "agent", "")) // a visitor of the new day replaces it
	if err := s.Expire(func(site uint32) (uint16, bool) { return 11, site != 3 }); err != nil {
		t.Fatal(err)
	}
	for i, old := range []string{first, second, third} {
		if strings.Contains(contents(), old) {
			t.Errorf("salt %d outlived its day", i+1)
		}
	}
	if len(s.byID) != 1 || len(s.free) != 2 || !strings.Contains(contents(), saltOf(1)) {
		t.Errorf("%d salts, %d free slots", len(s.byID), len(s.free))
	}
	number(t, s, 4, 11, id("192.0.2.1", "agent", ""))
	if len(contents()) != 3*slotSize {
		t.Errorf("freed slots were not used again: %d bytes", len(contents()))
	}
}

// TestClockSetBack: a day before the salt's own neither brings back an old number nor costs the new salt.
func TestClockSetBack(t *testing.T) {
	s := MemorySalts()
	old := number(t, s, 1, 10, id("192.0.2.1", "agent", ""))
	today := number(t, s, 1, 11, id("192.0.2.1", "agent", ""))
	if again := number(t, s, 1, 10, id("192.0.2.1", "agent", "")); again == old || again == today {
		t.Error("an old number came back, or crossed midnight")
	}
	if today != number(t, s, 1, 11, id("192.0.2.1", "agent", "")) {
		t.Error("the new day's salt was lost")
	}
}

func TestDamagedMirror(t *testing.T) {
	for name, vandalise := range map[string]func([]byte) []byte{
		"flipped bit": func(raw []byte) []byte { raw[20] ^= 1; return raw },
		"torn":        func(raw []byte) []byte { return raw[:len(raw)-3] },
		"garbage":     func([]byte) []byte { return []byte(strings.Repeat("x", 130)) },
		"empty":       func([]byte) []byte { return nil },
		"twice":       func(raw []byte) []byte { return append(raw, raw...) },
	} {
		dir := shm(t)
		s := open(t, dir)
		number(t, s, 1, 10, id("192.0.2.1", "agent", ""))
		s.Close()
		file := filepath.Join(dir, fileName)
		raw, _ := os.ReadFile(file)
		if err := os.WriteFile(file, vandalise(raw), 0o600); err != nil {
			t.Fatal(err)
		}
		s = open(t, dir)
		want := number(t, s, 1, 10, id("192.0.2.1", "agent", ""))
		s.Close()
		if got := number(t, open(t, dir), 1, 10, id("192.0.2.1", "agent", "")); got != want {
			t.Errorf("%s: the mirror did not recover", name)
		}
	}
}

func TestSaltsThatCannotBeMirrored(t *testing.T) {
	s := open(t, shm(t))
	s.file.Close()
	if _, err := s.Number(ByNetwork, 1, 1, id("192.0.2.1", "", "")); err == nil {
		t.Error("a salt that is nowhere but here was used")
	}
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o600)
	if _, err := OpenSalts(file, SaltOptions{AllowDisk: true}); err == nil {
		t.Error("a file was taken for a directory")
	}
}

func TestNothingIsPrinted(t *testing.T) {
	r := Reader{Mode: ByAddress}
	who := Identity{Address: r.Address(netip.MustParseAddr("192.0.2.77")), Agent: "secret agent", Language: "nb"}
	s := MemorySalts()
	s.Number(ByAddress, 1, 1, &who)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "id", who, "address", who.Address, "salts", s)
	out := log.String() + fmt.Sprintf("%v %+v %#v %s %v %+v %#v %v %#v", who, who, who, &who, who.Address, who.Address, who.Address, s, s)
	for _, secret := range []string{"192.0.2", "secret", fmt.Sprint(s.byID[1].key.k0), fmt.Sprintf("%x", s.byID[1].key.k0)} {
		if strings.Contains(out, secret) {
			t.Errorf("%q was printed: %s", secret, out)
		}
	}
}

func TestNumberDoesNotAllocate(t *testing.T) {
	s := MemorySalts()
	r := Reader{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	peer := netip.MustParseAddr("10.0.0.1")
	if n := testing.AllocsPerRun(1000, func() {
		who := Identity{Address: r.Client(peer, Headers{XForwardedFor: "192.0.2.1, 10.0.0.2"}), Agent: "agent", Language: "nb"}
		s.Number(ByNetwork, 1, 1, &who)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkNumber(b *testing.B) {
	s := MemorySalts()
	who := id("192.0.2.1", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "nb-NO,nb;q=0.9")
	b.ReportAllocs()
	for b.Loop() {
		s.Number(ByNetwork, 1, 1, who)
	}
}
