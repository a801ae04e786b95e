package site

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

func TestExclusions(t *testing.T) {
	given := Settings{
		ExcludedPaths:     []string{" /admin/** ", "", "/preview", "/preview"},
		ExcludedAddresses: []string{"192.0.2.7", "198.51.100.77/24", "2001:DB8:5::/48", "::ffff:203.0.113.9", "2001:db8::1"},
		Hosts:             []string{"https://www.Shop.example.org:8443/x", "*.example.net"},
		SearchNames:       []string{"term", "søk"},
	}
	before := strings.Join(given.ExcludedPaths, "|")
	s, err := New(1, "example.org:8080/no", "UTC", given)
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		ExcludedPaths: []string{"/admin/**", "/preview"}, Hosts: []string{"shop.example.org", "*.example.net"}, SearchNames: []string{"term", "søk"},
		ExcludedAddresses: []string{"192.0.2.7", "198.51.100.0/24", "2001:db8:5::/48", "203.0.113.9", "2001:db8::1"},
	}
	if !reflect.DeepEqual(s.Settings(), want) {
		t.Errorf("kept as %+v", s.Settings())
	}
	if strings.Join(given.ExcludedPaths, "|") != before {
		t.Error("the caller's list was changed")
	}
	for path, want := range map[string]bool{"/admin/": true, "/admin/users/1": true, "/preview": true, "/": false, "/preview/x": false, "/no/admin/x": false} {
		if s.ExcludesPath(path) != want {
			t.Errorf("%s is left out: %v", path, !want)
		}
	}
	for addr, want := range map[string]bool{
		"192.0.2.7": true, "192.0.2.8": false, "198.51.100.1": true, "198.51.101.1": false, "::ffff:198.51.100.9": true,
		"2001:db8:5::9": true, "2001:db8:6::9": false, "203.0.113.9": true, "2001:db8::1": true, "2001:db8::2": false,
	} {
		if s.ExcludesAddress(netip.MustParseAddr(addr)) != want {
			t.Errorf("%s is left out: %v", addr, !want)
		}
	}
	if s.ExcludesAddress(netip.Addr{}) {
		t.Error("nobody's address is left out")
	}
	for host, want := range map[string]bool{
		"example.org": true, "shop.example.org": true, "blog.example.org": false, "a.example.net": true, "a.b.example.net": true,
		"example.net": false, "notexample.net": false, ".example.net": false, "evil.test": false,
	} {
		if s.AllowsHost(host) != want {
			t.Errorf("%s is counted: %v", host, !want)
		}
	}
	any, err := New(1, "example.org", "UTC", Settings{})
	if err != nil || !any.AllowsHost("evil.test") || any.ExcludesPath("/") || any.ExcludesAddresses() || any.ExcludesAddress(netip.MustParseAddr("192.0.2.7")) {
		t.Errorf("without lists everything is counted: %v", err)
	}
}

func TestListsThatAreNone(t *testing.T) {
	for want, bad := range map[string]Settings{
		"mistake.pattern":    {ExcludedPaths: []string{"admin"}},
		"mistake.address":    {ExcludedAddresses: []string{"192.0.2.300"}},
		"mistake.everybody":  {ExcludedAddresses: []string{"::/0"}},
		"mistake.host":       {Hosts: []string{"*.*.example.org"}},
		"mistake.searchname": {SearchNames: []string{"a,b"}},
		"mistake.list":       {ExcludedPaths: strings.Split(strings.Repeat("/a ", 1)+manyPaths(MaxExcluded), " ")},
	} {
		wants(t, want, func() error { _, err := New(1, "example.org", "UTC", bad); return err })
	}
}

func manyPaths(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("/" + strings.Repeat("x", i+1) + " ")
	}
	return b.String()
}

func TestListsDoNotAllocate(t *testing.T) {
	s, err := New(1, "example.org", "UTC", Settings{ExcludedPaths: []string{"/admin/**"}, ExcludedAddresses: []string{"192.0.2.0/24", "2001:db8::/32"}, Hosts: []string{"*.example.net"}})
	if err != nil {
		t.Fatal(err)
	}
	a := netip.MustParseAddr("2001:db9::1")
	if n := testing.AllocsPerRun(100, func() { _ = s.ExcludesPath("/shop") || s.ExcludesAddress(a) || s.AllowsHost("x.example.com") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
