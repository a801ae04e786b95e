package collector

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"sporlos/beacon"
	"sporlos/collector/origin"
	"sporlos/collector/visitor"
	"sporlos/event"
	"sporlos/site"
)

func TestSitesFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "sites.json")
	var empty Sites
	empty.Set(nil)
	if err := empty.LoadFile(name); err != nil || empty.Len() != 0 {
		t.Errorf("a file that is not there: %v", err)
	}
	before := NewSites(newSite(t, 1, "example.org", "Europe/Oslo", site.Settings{KeepIDs: true}), newSite(t, 9, "b.example/x", "UTC", site.Settings{}))
	for range 2 { // the second replaces the first
		if err := before.SaveFile(name); err != nil {
			t.Fatal(err)
		}
	}
	if info, _ := os.Stat(name); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if left, _ := filepath.Glob(name + ".*"); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	var after Sites
	if err := after.LoadFile(name); err != nil {
		t.Fatal(err)
	}
	found := after.Find("example.org")
	if after.Len() != 2 || found == nil || found.ID != 1 || found.Zone != "Europe/Oslo" || !found.Settings().KeepIDs || after.Find("b.example/x").ID != 9 {
		t.Errorf("%+v", found)
	}
	for _, bad := range []string{"", "{}", `[{"id":1,"domain":"a.example","zone":"Mars/Olympus"}]`} {
		if err := os.WriteFile(name, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := after.LoadFile(name); err == nil || after.Len() != 2 {
			t.Errorf("%q was taken: %v", bad, err)
		}
	}
	if err := before.SaveFile(filepath.Join(name, "x")); err == nil || !strings.Contains(err.Error(), "list of sites") {
		t.Errorf("%v", err)
	}
}

func TestFind(t *testing.T) {
	s := NewSites(newSite(t, 1, "example.org", "UTC", site.Settings{}))
	for domain, known := range map[string]bool{"example.org": true, "Example.ORG": true, "www.example.org": true, "https://example.org/": true,
		"a.example.org": false, "example.org.evil.example": false, "": false, "\xff": false} {
		if (s.Find(domain) != nil) != known {
			t.Errorf("%q: known %v", domain, !known)
		}
	}
}

func TestLimiterIsBounded(t *testing.T) {
	l := newLimiter(Rate{PerMinute: 60, Burst: 1})
	network := func(i int) netip.Addr {
		return netip.AddrFrom16([16]byte{0x20, 1, byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})
	}
	const many = 3 * limiterShards * limiterEntries
	held := func() (n int) {
		for i := range l.shards {
			n += len(l.shards[i].buckets)
		}
		return n
	}
	for i := range many {
		if !l.allow(network(i), 1, 0) {
			t.Fatalf("network %d was turned away at its first beacon", i)
		}
	}
	if n := held(); n > limiterShards*limiterEntries || n < limiterEntries {
		t.Errorf("%d buckets held", n)
	}
	if !l.allow(network(many), 1, 2e9) || l.allow(network(many), 1, 2e9) {
		t.Error("a full table does not make room for new networks when the old ones are idle")
	}
	l.sweep(10e9)
	if n := held(); n != 0 {
		t.Errorf("%d buckets held after a sweep", n)
	}
	if !l.allow(network(1), 1, 20e9) || l.allow(network(1), 1, 20e9) || !l.allow(network(1), 1, 5e9) {
		t.Error("a clock that is set back locks somebody out")
	}
}

// TestStepsDoNotAllocate holds the small steps of a beacon at zero that have no package of their own.
func TestStepsDoNotAllocate(t *testing.T) {
	sites := NewSites(newSite(t, 1, "example.org", "Europe/Oslo", site.Settings{}))
	l := newLimiter(Rate{})
	v4, v6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8:1:2::3")
	b := &beacon.Beacon{Name: "Signup", URL: "https://www.example.org/a/12345678?utm_source=letter", Referrer: "https://news.example/x?y=1",
		Props: []beacon.Prop{{Key: "plan", Value: "large"}}}
	c := &Collector{sites: sites, origins: origin.New()}
	var e event.Event
	var p page
	now := int64(1e18)
	for name, step := range map[string]func(){
		"truncation": func() { visitor.Truncate(v4); visitor.Truncate(v6) },
		"site":       func() { sites.Find("example.org"); sites.Find("other.example") },
		"rate limit": func() { now += 1e9; l.allow(v4, 1, now); l.allow(v6, 1, now) },
		"page":       func() { e = event.Event{Props: e.Props[:0]}; c.describePage(&e, sites.Find("example.org"), b, &p) },
		"tally":      func() { c.tallies.add(refusal{reason: "robot", site: 1, day: 7}, 1) },
	} {
		if name == "tally" {
			c.tallies.counts = map[refusal]uint64{}
		}
		step()
		if n := testing.AllocsPerRun(200, step); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestNetworksAreApart(t *testing.T) {
	seen := map[uint64]string{}
	for _, s := range []string{"192.0.2.0", "192.0.3.0", "0.0.0.0", "2001:db8::", "2001:db8:1::", "::", "c000:200::"} {
		n := networkNumber(netip.MustParseAddr(s))
		if other, found := seen[n]; found {
			t.Errorf("%s and %s share a number", s, other)
		}
		seen[n] = s
	}
	if networkNumber(netip.Addr{}) != 0 {
		t.Error("nobody has a number")
	}
}

// FuzzPage: whatever addresses a beacon names, what is kept of them is a host, a path, and nothing of a query.
func FuzzPage(f *testing.F) {
	f.Add("https://www.example.org/a/b?utm_source=x#y", "https://news.example/today?user=7", false)
	f.Add("http://user:secret@example.org:80/#/route?x=1", "android-app://com.example/", true)
	f.Add("https://[::1]/", "http://192.0.2.1/", false)
	s, err := site.New(1, "example.org", "UTC", site.Settings{ReferrerPath: true})
	if err != nil {
		f.Fatal(err)
	}
	c := &Collector{sites: NewSites(s), origins: origin.New()}
	f.Fuzz(func(t *testing.T, url, referrer string, hash bool) {
		var e event.Event
		var p page
		if !c.describePage(&e, s, &beacon.Beacon{Name: "x", URL: url, Referrer: referrer, Hash: hash}, &p) {
			return
		}
		odd := func(text string) bool {
			return !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
		}
		if e.Host == "" || strings.ContainsAny(e.Host, "/?#@: ") || e.Path == "" || e.Path[0] != '/' || len(e.Path) > beacon.MaxPath ||
			!hash && strings.ContainsAny(e.Path, "?#") || strings.ContainsAny(e.Referrer, "?#") {
			t.Fatalf("host %q, path %q, referrer %q", e.Host, e.Path, e.Referrer)
		}
		for _, text := range []string{e.Host, e.Path, e.Referrer, e.Source, e.Channel, e.UTMSource, e.UTMMedium, e.UTMCampaign, e.UTMContent, e.UTMTerm} {
			if odd(text) {
				t.Fatalf("%q got through", text)
			}
		}
	})
}
