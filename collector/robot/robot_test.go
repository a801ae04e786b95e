package robot

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	person   = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
	headless = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36"
	list     = "../../node_modules/crawler-user-agents/crawler-user-agents.json"
)

// published reads the package's file where npm puts it, so that the tests are the same
// before and after the build has copied it.
func published(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(list)
	if err != nil {
		t.Fatalf("%v; run npm ci", err)
	}
	return b
}

func detector(t testing.TB, opts ...Option) *Detector {
	t.Helper()
	d, err := New(append([]Option{Patterns(published(t))}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func lines(t testing.TB, file string) (out []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimRight(line, "\n"); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

func TestPeopleAreLetThrough(t *testing.T) {
	d := detector(t)
	agents := lines(t, "testdata/people.txt")
	for _, line := range lines(t, "../device/testdata/agents.txt") {
		agents = append(agents, strings.SplitN(line, "|", 6)[5])
	}
	for _, agent := range agents {
		if d.IsRobot([]byte(agent)) {
			t.Errorf("taken for a robot: %s", agent)
		}
	}
	t.Logf("%d agents of people", len(agents))
}

func TestRobotsAreFound(t *testing.T) {
	all := detector(t)
	alone, err := New(Patterns([]byte{}))
	if err != nil {
		t.Fatal(err)
	}
	robots, missed := lines(t, "testdata/robots.txt"), 0
	for _, agent := range robots {
		if !all.IsRobot([]byte(agent)) {
			t.Errorf("taken for a person: %s", agent)
		}
		if !alone.IsRobot([]byte(agent)) {
			missed++
			t.Logf("keywords alone miss: %s", agent)
		}
	}
	if missed*10 > len(robots) {
		t.Errorf("keywords alone miss %d of %d", missed, len(robots))
	}
}

// TestPublishedInstances holds our reading of the patterns, and the keywords
// alone, against the agents that the package lists for them.
func TestPublishedInstances(t *testing.T) {
	var entries []struct {
		Pattern   string   `json:"pattern"`
		Instances []string `json:"instances"`
	}
	if err := json.Unmarshal(published(t), &entries); err != nil {
		t.Fatal(err)
	}
	all := detector(t)
	alone, err := New(Patterns([]byte{}))
	if err != nil {
		t.Fatal(err)
	}
	total, found, byWord := 0, 0, 0
	for _, e := range entries {
		for _, agent := range e.Instances {
			total++
			if alone.IsRobot([]byte(agent)) {
				byWord++
			}
			if all.IsRobot([]byte(agent)) {
				found++
			} else if !spared[e.Pattern] && len(agent) <= maxAgent {
				t.Errorf("pattern %s does not find %s", e.Pattern, agent)
			}
		}
	}
	t.Logf("of %d agents: patterns and keywords %.1f %%, keywords alone %.1f %%", total,
		100*float64(found)/float64(total), 100*float64(byWord)/float64(total))
	if found*1000 < total*990 || byWord*100 < total*85 {
		t.Errorf("found %d, by keywords %d of %d", found, byWord, total)
	}
	if all.Patterns() < 1400 || alone.Patterns() != 0 {
		t.Errorf("patterns in use: %d and %d", all.Patterns(), alone.Patterns())
	}
}

func TestShortAndEmpty(t *testing.T) {
	d := detector(t)
	for _, agent := range []string{"", "-", "Mozilla/5.0", "Mozilla/4.0 (compatible;)", "Mozilla/5.0 Gecko/20100115 Firefox/3.6 no comment"} {
		if !d.IsRobot([]byte(agent)) {
			t.Errorf("%q was taken for a person", agent)
		}
	}
}

func TestHeadless(t *testing.T) {
	if !detector(t).IsRobot([]byte(headless)) {
		t.Error("a headless browser was taken for a person")
	}
	if detector(t, AllowHeadless()).IsRobot([]byte(headless)) {
		t.Error("AllowHeadless did not allow it")
	}
	if !detector(t, AllowHeadless()).IsRobot([]byte("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")) {
		t.Error("AllowHeadless allowed a crawler")
	}
}

func TestOwnKeywords(t *testing.T) {
	d := detector(t, Keywords("Our Probe"))
	if !d.IsRobot([]byte(person + " our probe/1")) {
		t.Error("the keyword was not found")
	}
	if _, err := New(Keywords("x")); err == nil {
		t.Error("a keyword of one byte was accepted")
	}
}

func TestUnusablePatterns(t *testing.T) {
	for _, text := range []string{"{", `[{"pattern": "("}]`, `[{"pattern": "(?:abc[|x("}]`, `{"pattern":"x"}`} {
		if _, err := New(Patterns([]byte(text))); err == nil {
			t.Errorf("%s was accepted", text)
		}
	}
	d, err := New(Patterns([]byte(`[{"pattern": ".*"}, {"pattern": "[a-z]+"}, {"pattern": "x"}]`)))
	if err != nil {
		t.Fatal(err)
	}
	if d.Patterns() != 0 {
		t.Error("a pattern without a literal is in use: it would run on every agent")
	}
	if _, err := New(Patterns(manyPatterns(5000))); err == nil {
		t.Error("more states than the automaton can number were accepted")
	}
}

func manyPatterns(n int) []byte {
	type entry struct {
		Pattern string `json:"pattern"`
	}
	var entries []entry
	for i := range n {
		entries = append(entries, entry{strings.Repeat(string(rune('a'+i%26)), 1+i/26%40) + strings.Repeat(string(rune('A'+i/26%26)), 60)})
	}
	b, err := json.Marshal(entries)
	if err != nil {
		panic(err)
	}
	return b
}

func TestPatternShapes(t *testing.T) {
	d, err := New(Patterns([]byte(`[
		{"pattern": "^Anchored"}, {"pattern": "tail$"}, {"pattern": "[wW]hole"}, {"pattern": "One(Two|Three)"},
		{"pattern": "Left[\\s\\S]*Right"}, {"pattern": "Alpha|Omega"}, {"pattern": "(^| )word\\/"}, {"pattern": "Never([^-]|$)"}]`)))
	if err != nil {
		t.Fatal(err)
	}
	for agent, want := range map[string]bool{
		"Anchored" + person: true, person + " Anchored": false,
		person + " tail": true, person + " tail.": false,
		person + " whole": true, person + " Whole": true, person + " WHOLE": false,
		person + " OneTwo": true, person + " OneThree": true, person + " OneFour": false,
		person + " Left or Right": true, person + " Right or Left": false,
		person + " Alpha": true, person + " Omega": true, person + " alpha": false,
		person + " word/1": true, person + "sword/1": false,
		person + " Never": true, person + " Never-": false, person + " Never- again": false,
	} {
		if got := d.IsRobot([]byte(agent)); got != want {
			t.Errorf("%s: %v", agent[len(agent)-30:], got)
		}
	}
}

func TestVerdictsAreRemembered(t *testing.T) {
	reg := prometheus.NewRegistry()
	d := detector(t, Metrics(reg), CacheSize(1))
	buf := []byte(person)
	for range 3 {
		if d.IsRobot(buf) {
			t.Fatal("a person is a robot")
		}
	}
	copy(buf, "Googlebot/2.1 (+http://")
	if !d.IsRobot(buf) {
		t.Error("a changed buffer got the old verdict")
	}
	families, err := reg.Gather()
	if err != nil || len(families) != 1 || families[0].GetName() != "sporlos_robot_agents_checked_total" {
		t.Fatalf("gathered %v: %v", families, err)
	}
	if n := families[0].GetMetric()[0].GetCounter().GetValue(); n != 2 {
		t.Errorf("%v agents were checked, want 2", n)
	}
}

// TestBuiltIn holds that a program built without the file says so.
func TestBuiltIn(t *testing.T) {
	d, err := New()
	if err != nil {
		t.Fatal(err)
	}
	_, statErr := os.Stat("dist/crawler-user-agents.json")
	if there := statErr == nil; there != (d.Patterns() > 0) {
		t.Errorf("file in dist: %v; patterns in use: %d", there, d.Patterns())
	}
}

func TestNoAllocations(t *testing.T) {
	d := detector(t)
	agent := []byte(person)
	if n := testing.AllocsPerRun(1000, func() { d.IsRobot(agent) }); n != 0 {
		t.Errorf("%v allocations when remembered", n)
	}
	if n := testing.AllocsPerRun(1000, func() { d.judge(agent) }); n != 0 {
		t.Errorf("%v allocations when not remembered", n)
	}
}

func FuzzIsRobot(f *testing.F) {
	for _, agent := range append(lines(f, "testdata/people.txt"), lines(f, "testdata/robots.txt")...) {
		f.Add([]byte(agent))
	}
	f.Add([]byte("Android )("))
	d := detector(f)
	f.Fuzz(func(t *testing.T, agent []byte) {
		if d.IsRobot(agent) != d.judge(agent[:min(len(agent), maxAgent)]) {
			t.Error("the cache disagrees")
		}
	})
}

// FuzzCompile holds that our reading of a pattern finds nothing that Go's does
// not. That it misses nothing is held by TestPublishedInstances.
func FuzzCompile(f *testing.F) {
	for _, p := range []string{"abc", "^abc", "abc$", "[aA]bc", "abc|def", "a(bc|de)f", "abc[\\s\\S]*def", "(?i)abc", "abc+", "(^| )abc/"} {
		f.Add(p, "xabcdef abc/ adef")
	}
	f.Fuzz(func(t *testing.T, pattern, agent string) {
		rules, err := compile(pattern)
		if err != nil || len(rules) == 0 || len(pattern) > 100 {
			return
		}
		m, err := newMatcher(rules, false)
		if err != nil {
			return
		}
		if m.matches([]byte(agent), span{}) && !regexp.MustCompile(pattern).MatchString(agent) {
			t.Errorf("pattern %q in %q: the automaton found what is not there", pattern, agent)
		}
	})
}

func BenchmarkRemembered(b *testing.B) {
	d, agent := detector(b), []byte(person)
	b.ReportAllocs()
	for b.Loop() {
		d.IsRobot(agent)
	}
}

func BenchmarkChecked(b *testing.B) {
	d, agent := detector(b), []byte(person)
	b.ReportAllocs()
	for b.Loop() {
		d.judge(agent)
	}
}

// BenchmarkHostile tries agents that fill 512 bytes with near misses.
func BenchmarkHostile(b *testing.B) {
	d := detector(b)
	for name, unit := range map[string]string{
		"cubot": "CUBOT ", "confirm": "/sentry/ AdsBot-Googl ", "prefixes": "Google-Read-Alou facebookexternalhi ", "android": "Android ;", "current": "Current ContextualB outcomes Spider ",
	} {
		agent := []byte("Mozilla/5.0 (x) " + strings.Repeat(unit, 600/len(unit)))[:maxAgent]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.judge(agent)
			}
		})
	}
}
