package collector

import (
	"bytes"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sporlos/beacon"
	"sporlos/collector/visitor"
	"sporlos/site"
	"sporlos/spool"
)

// choosy are two sites: one that leaves out a page, an office and other hosts, and one that leaves out nothing.
func choosy(t testing.TB) *Sites {
	return NewSites(newSite(t, 1, "example.org", "UTC", site.Settings{
		ExcludedPaths: []string{"/admin/**"}, ExcludedAddresses: []string{"198.51.100.64/26", "2001:db8:77:1::/64"}, Hosts: []string{"*.example.net"},
	}), newSite(t, 2, "open.example", "UTC", site.Settings{}))
}

// TestTheOwnerLeavesOut: pages, addresses and hosts, for the site that says so and no other; the network they are in is counted.
func TestTheOwnerLeavesOut(t *testing.T) {
	for _, mode := range []visitor.Mode{visitor.ByNetwork, visitor.ByAddress, visitor.Nobody} {
		r := start(t, trustLoopback, func(o *Options) { o.Sites, o.Identity = choosy(t), mode })
		from := func(addr string) string { return "X-Forwarded-For: " + addr }
		page := func(url string) string { return `{"n":"pageview","u":"` + url + `","d":"example.org"}` }
		for _, c := range []struct {
			url, addr string
			want      beacon.Reason
		}{
			{"https://example.org/", "198.51.100.1", beacon.Accepted}, // in the same /24, which is all that is kept
			{"https://example.org/", "198.51.100.77", beacon.ExcludedAddress},
			{"https://example.org/", "2001:db8:77:1::5", beacon.ExcludedAddress},
			{"https://example.org/", "2001:db8:77:2::5", beacon.Accepted}, // in the same /48
			{"https://example.org/", "::ffff:198.51.100.77", beacon.ExcludedAddress},
			{"https://example.org/admin/users?x=1", "192.0.2.1", beacon.ExcludedPath},
			{"https://www.example.org/administration", "192.0.2.1", beacon.Accepted},
			{"https://mirror.test/", "192.0.2.1", beacon.HostNotAllowed},
			{"https://example.net/", "192.0.2.1", beacon.HostNotAllowed},
			{"https://a.example.net:8443/", "192.0.2.1", beacon.Accepted},
		} {
			r.want(c.url+" from "+c.addr, r.post(page(c.url), from(c.addr)), c.want)
		}
		r.want("a site that leaves out nothing", r.post(`{"n":"pageview","u":"https://open.example/admin/","d":"open.example"}`, from("198.51.100.77")), beacon.Accepted)
		before, _ := r.stored()
		r.want("both at once", r.post(`{"n":"pageview","u":"https://a.example.net/","d":"example.org, open.example"}`, from("198.51.100.77")), beacon.Accepted)
		if events, _ := r.stored(); len(events) != len(before)+1 || events[len(events)-1].Site != 2 {
			t.Errorf("%v: of two sites the one that leaves the address out counted it", mode)
		}
		got := r.do("GET", "/p?d=example.org", "", from("198.51.100.77"), "Referer: https://example.org/")
		if got.status != 204 || got.dropped != "excluded_address" {
			t.Errorf("%v: GET /p is answered %d, dropped %q", mode, got.status, got.dropped)
		}
		if n := r.refusals(beacon.ExcludedAddress); n != 5 {
			t.Errorf("%v: %d are counted as excluded by their address, want 5", mode, n)
		}
		shown := r.do("GET", "/privacy?d=example.org", "", from("198.51.100.77"))
		if !bytes.Contains([]byte(shown.body), []byte("do not count this page")) {
			t.Errorf("%v: /privacy does not say that nothing would be stored", mode)
		}
	}
}

// TestTakeLeavesOut: the door for logs is the same.
func TestTakeLeavesOut(t *testing.T) {
	r := start(t, func(o *Options) { o.Sites = choosy(t) })
	for addr, want := range map[string]beacon.Reason{"198.51.100.77": beacon.ExcludedAddress, "198.51.100.1": beacon.Accepted} {
		b := beacon.Beacon{Name: "pageview", URL: "https://example.org/", Domain: "example.org", Interactive: true}
		got := r.c.Take(&Request{Time: r.clock(), Addr: netip.MustParseAddr(addr), Agent: []byte(chrome), Beacon: &b})
		if got != want {
			t.Errorf("%s: %v, want %v", addr, got, want)
		}
	}
}

// TestAnExcludedAddressIsWrittenNowhere: not to the spool, which has its refusal, nor to the file of sites, which has only what the owner wrote.
func TestAnExcludedAddressIsWrittenNowhere(t *testing.T) {
	dir := t.TempDir()
	sp, err := spool.Open(filepath.Join(dir, "spool"), spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, trustLoopback, func(o *Options) { o.Sites, o.Spool = choosy(t), sp })
	r.want("excluded", r.post(body(""), "X-Forwarded-For: 198.51.100.77"), beacon.ExcludedAddress)
	name := filepath.Join(dir, "sites.json")
	if err := r.c.sites.SaveFile(name); err != nil {
		t.Fatal(err)
	}
	if err := r.c.tallies.flush(sp.Append); err != nil {
		t.Fatal(err)
	}
	if err := sp.Close(); err != nil {
		t.Fatal(err)
	}
	files := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte("198.51.100.77")) || bytes.Contains(raw, []byte{198, 51, 100, 77}) || bytes.Contains(raw, []byte{77, 100, 51, 198}) {
			t.Errorf("%s holds the address", path)
		}
		return err
	})
	if err != nil || files < 2 {
		t.Fatalf("%d files, %v", files, err)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file of sites has mode %v, %v", info.Mode(), err)
	}
	again := NewSites()
	if err := again.LoadFile(name); err != nil || !again.Find("example.org").ExcludesAddress(netip.MustParseAddr("198.51.100.77")) || again.Find("example.org").AllowsHost("mirror.test") {
		t.Errorf("the file of sites does not say again what is left out: %v", err)
	}
}

// TestLeavingOutDoesNotAllocate: nor does a site that leaves out much make the others' beacons cost more than a comparison.
func TestLeavingOutDoesNotAllocate(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates")
	}
	r := start(t, trustLoopback, func(o *Options) { o.Sites = choosy(t) })
	ctx := newContext()
	for _, text := range []string{body(""), body(`,"u":"https://example.org/admin/x"`), body(`,"u":"https://mirror.test/"`), body(`,"d":"example.org,open.example"`)} {
		one := func() {
			ctx.Response.Reset()
			ctx.Request.SetBodyString(text)
			r.c.handle(ctx)
		}
		one()
		one()
		if n := testing.AllocsPerRun(200, func() { r.pass(time.Second); one() }); n >= 1 || ctx.Response.StatusCode() != 202 {
			t.Errorf("%s: %v allocations, answered %d", text, n, ctx.Response.StatusCode())
		}
	}
}
