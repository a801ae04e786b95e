package device

import (
	"os"
	"strings"
	"testing"
	"unsafe"

	"github.com/prometheus/client_golang/prometheus"
)

func TestAgentsOfPeople(t *testing.T) {
	p := New(256, nil)
	right, total := 0, 0
	for _, line := range lines(t, "testdata/agents.txt") {
		f := strings.SplitN(line, "|", 6)
		if len(f) != 6 {
			t.Fatalf("malformed line %q", line)
		}
		want := Device{f[0], f[1], f[2], f[3], f[4]}
		got := *p.Parse([]byte(f[5]), Hints{})
		total++
		if got != want {
			t.Errorf("%s\n  got  %q\n  want %q", f[5], got, want)
			continue
		}
		right++
	}
	t.Logf("%d of %d right", right, total)
	if total < 100 {
		t.Errorf("only %d agents in the table", total)
	}
}

func lines(t testing.TB, file string) (out []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

const (
	windowsChrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
	androidChrome = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
	androidTablet = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
	linuxChrome   = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
	webViewApp    = "Mozilla/5.0 (Linux; Android 13; SM-G991B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/465.0.0.56.84;]"
	xboxEdge      = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"
)

func TestHints(t *testing.T) {
	p := New(0, nil)
	for _, c := range []struct {
		name, agent, ua, mobile, platform string
		want                              Device
	}{
		{"Chrome says nothing new", windowsChrome, `"Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126"`, "?0", `"Windows"`,
			Device{"Chrome", "126", "Windows", "10", Desktop}},
		{"Brave hides in the agent", windowsChrome, `"Not/A)Brand";v="8", "Chromium";v="126", "Brave";v="126"`, "?0", `"Windows"`,
			Device{"Brave", "126", "Windows", "10", Desktop}},
		{"Vivaldi", linuxChrome, `"Chromium";v="126", "Vivaldi";v="6.8", "Not.A/Brand";v="24"`, "?0", `"Linux"`,
			Device{"Vivaldi", "6.8", "Linux", "", Desktop}},
		{"an unknown brand", windowsChrome, `"Chromium";v="126", "My Very Own Fork";v="1"`, "?0", `"Windows"`,
			Device{"Chrome", "126", "Windows", "10", Desktop}},
		{"a brand without a version", windowsChrome, `"Brave"`, "", "", Device{"Brave", "", "Windows", "10", Desktop}},
		{"a torn list", windowsChrome, `"Brave`, "", "", Device{"Chrome", "126", "Windows", "10", Desktop}},
		{"a comma and an equals sign inside GREASE", windowsChrome, `"(Not;A=,Brand";v="99", "Microsoft Edge";v="126"`, "?0", `"Windows"`,
			Device{"Edge", "126", "Windows", "10", Desktop}},
		{"an app is not its engine", webViewApp, `"Android WebView";v="124", "Chromium";v="124"`, "?1", `"Android"`,
			Device{"Facebook", "465", "Android", "13", Mobile}},
		{"a tablet whose agent says Mobile", androidChrome, "", "?0", `"Android"`, Device{"Chrome", "126", "Android", "10", Tablet}},
		{"a tablet stays one", androidTablet, "", "?0", `"Android"`, Device{"Chrome", "126", "Android", "10", Tablet}},
		{"a phone in a desktop's clothes", linuxChrome, "", "?1", `"Android"`, Device{"Chrome", "126", "Android", "", Mobile}},
		{"Chrome OS", linuxChrome, "", "?0", `"Chrome OS"`, Device{"Chrome", "126", "ChromeOS", "", Desktop}},
		{"an Xbox is not only Windows", xboxEdge, `"Microsoft Edge";v="126"`, "?0", `"Windows"`, Device{"Edge", "126", "Xbox", "", Console}},
		{"an unknown platform", windowsChrome, "", "?0", `"Fuchsia"`, Device{"Chrome", "126", "Windows", "10", Desktop}},
		{"hints alone", "", `"Microsoft Edge";v="126"`, "?0", `"Windows"`, Device{"Edge", "126", "Windows", "", Desktop}},
	} {
		got := *p.Parse([]byte(c.agent), Hints{[]byte(c.ua), []byte(c.mobile), []byte(c.platform)})
		if got != c.want {
			t.Errorf("%s:\n  got  %q\n  want %q", c.name, got, c.want)
		}
	}
}

func TestEmptyAndStrange(t *testing.T) {
	p := New(16, nil)
	if got := *p.Parse(nil, Hints{}); got != (Device{}) {
		t.Errorf("no agent: %q", got)
	}
	for _, agent := range []string{
		" ", "\x00", "(((((", "Mozilla/5.0 (", "Mozilla", "Mozilla/5.0 (X", ")", "/", "\xff\xfe", "Gecko/1 (a; b) Gecko",
		"ola.nordmann@example.no 01019012345", strings.Repeat("(", 2000), strings.Repeat("Mozilla/5.0 ", 200),
	} {
		d := p.Parse([]byte(agent), Hints{})
		if d.Browser != Other || d.BrowserVersion != "" || d.OSVersion != "" {
			t.Errorf("%.40q: %q", agent, *d)
		}
	}
}

func TestLongVersionsAreNotKept(t *testing.T) {
	p := New(16, nil)
	d := p.Parse([]byte("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/01019012345.99999999 Safari/537.36"), Hints{})
	if d.BrowserVersion != "" {
		t.Errorf("version %q", d.BrowserVersion)
	}
	d = p.Parse([]byte("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/12.99999999 Safari/537.36"), Hints{})
	if d.BrowserVersion != "12" {
		t.Errorf("version %q", d.BrowserVersion)
	}
}

// fasthttp reuses the header's memory as soon as the handler returns.
func TestNothingRefersToTheRequest(t *testing.T) {
	p := New(16, nil)
	buf := []byte(windowsChrome)
	d := p.Parse(buf, Hints{})
	for i := range buf {
		buf[i] = 'x'
	}
	if want := (Device{"Chrome", "126", "Windows", "10", Desktop}); *d != want {
		t.Fatalf("the result changed with the buffer: %q", *d)
	}
	if got := *p.Parse(buf, Hints{}); got.Browser != Other {
		t.Errorf("a changed buffer was taken for the old one: %q", got)
	}
	if p.Parse([]byte(windowsChrome), Hints{}) != d {
		t.Error("the same headers did not meet in the cache")
	}
}

func TestCapIsReadOnly(t *testing.T) {
	p := New(16, nil)
	long := windowsChrome + strings.Repeat(" ", maxAgent)
	want := p.Parse([]byte(long[:maxAgent]), Hints{})
	if got := p.Parse([]byte(long+" Edg/126.0"), Hints{}); got != want {
		t.Errorf("bytes after the first %d counted: %q", maxAgent, *got)
	}
}

func TestHintsAreNotMixedUp(t *testing.T) {
	p := New(64, nil)
	a := p.Parse([]byte(linuxChrome), Hints{Mobile: []byte("?1")})
	b := p.Parse([]byte(linuxChrome), Hints{Platform: []byte("?1")})
	if a.Class != Mobile || b.Class != Desktop {
		t.Errorf("got %q and %q", a.Class, b.Class)
	}
}

func TestMissesAreCounted(t *testing.T) {
	reg := prometheus.NewRegistry()
	p := New(16, reg)
	for range 3 {
		p.Parse([]byte(windowsChrome), Hints{})
	}
	p.Parse([]byte(androidChrome), Hints{})
	families, err := reg.Gather()
	if err != nil || len(families) != 1 || families[0].GetName() != "sporlos_device_parsed_total" {
		t.Fatalf("gathered %v: %v", families, err)
	}
	if got := families[0].GetMetric()[0].GetCounter().GetValue(); got != 2 {
		t.Errorf("counted %v misses, want 2", got)
	}
}

func TestHitsDoNotAllocate(t *testing.T) {
	p := New(1024, nil)
	agent, h := []byte(windowsChrome), Hints{[]byte(`"Chromium";v="126", "Brave";v="126"`), []byte("?0"), []byte(`"Windows"`)}
	p.Parse(agent, h)
	if n := testing.AllocsPerRun(1000, func() { p.Parse(agent, h) }); n != 0 {
		t.Errorf("%v allocations per hit", n)
	}
}

// FuzzParse holds that a result is made of the tables' own words and that
// the cache changes nothing.
func FuzzParse(f *testing.F) {
	for _, line := range lines(f, "testdata/agents.txt") {
		f.Add([]byte(strings.SplitN(line, "|", 6)[5]), []byte(`"Brave";v="126"`), []byte("?1"), []byte(`"Android"`))
	}
	f.Add([]byte("((("), []byte(`"`), []byte(""), []byte(`"`))
	names := closedNames()
	p := New(16, nil)
	f.Fuzz(func(t *testing.T, agent, ua, mobile, platform []byte) {
		d := p.Parse(agent, Hints{ua, mobile, platform})
		if !names[d.Browser] || !names[d.OS] {
			t.Fatalf("a name from outside: %q", *d)
		}
		if len(d.BrowserVersion) > 9 || len(d.OSVersion) > 9 {
			t.Fatalf("a long version: %q", *d)
		}
		switch d.Class {
		case "", Desktop, Mobile, Tablet, TV, Console:
		default:
			t.Fatalf("class %q", d.Class)
		}
		if again := parse(string(agent[:min(len(agent), maxAgent)]), Hints{ua, mobile, platform}.capped()); *again != *d {
			t.Fatalf("cached %q, parsed %q", *d, *again)
		}
	})
}

func closedNames() map[string]bool {
	names := map[string]bool{"": true, Other: true, "Safari (in-app)": true, "Android WebView": true, "Android Browser": true}
	for _, t := range tokens {
		names[t.name] = true
	}
	for _, n := range brands {
		names[n] = true
	}
	for _, n := range bases {
		names[n] = true
	}
	for _, s := range systems {
		names[s.name] = true
	}
	for _, n := range platforms {
		names[n] = true
	}
	return names
}

func TestSlotIsSmall(t *testing.T) {
	if s := unsafe.Sizeof(slot{}) + unsafe.Sizeof(Device{}); s > 128 {
		t.Errorf("a remembered result takes %d bytes; the documentation says some 100", s)
	}
}

func BenchmarkHit(b *testing.B) {
	p := New(1024, nil)
	agent, h := []byte(windowsChrome), Hints{[]byte(`"Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126"`), []byte("?0"), []byte(`"Windows"`)}
	b.ReportAllocs()
	for b.Loop() {
		p.Parse(agent, h)
	}
}

func BenchmarkMiss(b *testing.B) {
	agent, h := []byte(windowsChrome), Hints{}
	b.ReportAllocs()
	for b.Loop() {
		parse(string(agent), h)
	}
}

func BenchmarkMissHostile(b *testing.B) {
	agent := strings.Repeat("(a;", maxAgent/3)
	b.ReportAllocs()
	for b.Loop() {
		parse(agent, Hints{})
	}
}
