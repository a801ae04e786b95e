// Package sporlos holds no code: only the laws of the house, as tests that read the tree with the go command.
package sporlos

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "sporlos"

// allowed is the floor plan: which rooms of ours the code of a room may import. A room covers the rooms below it unless they have a
// line of their own; "…/" at the end of an entry stands for the room and all below it. Words import nothing; stations never import
// a station. Rooms outside the house (cmd, demo, bench, e2e, load) wire and measure it and may import anything.
var allowed = map[string][]string{
	"site":   {},
	"event":  {},
	"term":   {},
	"letter": {},
	"beacon": {},
	"script": {},

	"spool":            {},
	"store":            {"store/engine"},
	"store/engine":     {},
	"store/enginetest": {"store/…"},
	"store/schema":     {"store"},
	"store/derive":     {},
	"store/settings":   {"site", "letter", "store"},
	"store/report":     {"site", "event", "store", "store/derive"},

	"collector":          {"beacon", "event", "site", "term", "letter", "spool", "collector/…"},
	"collector/batch":    {},
	"collector/visitor":  {"site"},
	"collector/visit":    {},
	"collector/audience": {},
	"collector/place":    {},
	"collector/privacy":  {"event"},
	"collector/device":   {},
	"collector/origin":   {},
	"collector/robot":    {},
	"collector/scrub":    {},
	"collector/replay":   {"beacon", "event", "site", "spool", "collector", "collector/robot"},

	"aggregator":         {"event", "site", "spool", "store/…"},
	"aggregator/terms":   {"term", "store"},
	"aggregator/letters": {"letter", "store"},

	"dashboards":        {"site", "letter", "store/report", "store/settings", "dashboards/…"},
	"dashboards/api":    {"site", "store/report"},
	"dashboards/export": {"site", "store/report"},
	"dashboards/post":   {"site", "store/report", "store/settings", "dashboards/language"},

	"audit":         {"event", "site", "store", "store/settings", "audit/pattern"},
	"audit/pattern": {},

	"cmd": nil, "demo": nil, "bench": nil, "e2e": nil, "load": nil,
	"dashboards/test": nil, "script/test": nil, ".": nil,
}

type pkg struct {
	ImportPath, Dir                                  string
	GoFiles, IgnoredGoFiles, Imports, Deps           []string
	TestGoFiles, XTestGoFiles, CgoFiles, TestImports []string
	Standard                                         bool
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(p.ImportPath, "/node_modules/") {
			list = append(list, p)
		}
	}
}

// room returns a package's path inside the house and the most specific line of the plan that covers it.
func room(importPath string) (path, line string, found bool) {
	path = strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
	if path == "" {
		path = "."
	}
	for line = path; ; line = filepath.Dir(line) {
		if _, ok := allowed[line]; ok {
			return path, line, true
		}
		if line == "." || !strings.Contains(line, "/") {
			return path, "", false
		}
	}
}

func permits(list []string, path string) bool {
	for _, entry := range list {
		base, tree := strings.CutSuffix(entry, "/…")
		if path == base || tree && strings.HasPrefix(path, base+"/") {
			return true
		}
	}
	return false
}

func ours(importPath string) bool {
	return importPath == module || strings.HasPrefix(importPath, module+"/")
}

func TestImportsFollowTheFloorPlan(t *testing.T) {
	for _, p := range packages(t) {
		path, line, found := room(p.ImportPath)
		if !found {
			t.Errorf("%s is a room that the floor plan does not know: give it a line in house_test.go", path)
			continue
		}
		list := allowed[line]
		if list == nil {
			continue
		}
		for _, imported := range p.Imports {
			if !ours(imported) {
				continue
			}
			to, _, _ := room(imported)
			if !permits(list, to) && !strings.HasPrefix(to, path+"/internal") && !strings.HasPrefix(path, to+"/internal") {
				t.Errorf("%s imports %s, which its line of the floor plan does not allow", path, to)
			}
		}
	}
}

// TestFloorPlanCanFail keeps the checker honest.
func TestFloorPlanCanFail(t *testing.T) {
	if permits(allowed["aggregator"], "collector") || permits(allowed["event"], "site") || permits(allowed["collector/visit"], "collector/visitor") {
		t.Error("the plan allows what the house forbids")
	}
	if !permits(allowed["collector"], "collector/visit") || !permits(allowed["aggregator"], "store/derive") {
		t.Error("the plan forbids what the house needs")
	}
}

// TestTermsNeverMeetEvents: the lanes of search phrases and of newsletters may reach neither an event nor a visitor nor each other, by
// whatever way round.
func TestTermsNeverMeetEvents(t *testing.T) {
	never := []string{"event", "beacon", "spool", "collector", "collector/visitor", "collector/visit", "aggregator"}
	lanes := map[string][]string{
		"term": {"letter"}, "aggregator/terms": {"letter", "aggregator/letters"},
		"letter": {"term"}, "aggregator/letters": {"term", "aggregator/terms"},
	}
	for _, p := range packages(t) {
		path, _, _ := room(p.ImportPath)
		others, isLane := lanes[path]
		delete(lanes, path)
		for _, dep := range p.Deps {
			if to := strings.TrimPrefix(dep, module+"/"); isLane && (slices.Contains(never, to) || slices.Contains(others, to)) {
				t.Errorf("%s reaches %s", path, to)
			}
		}
	}
	for path := range lanes {
		t.Errorf("the lane %s was not found", path)
	}
}

var packageComment = regexp.MustCompile(`(?m)^(//[^\n]*|\*/)\npackage \w+`)

func TestEachPackageIntroducesItselfOnce(t *testing.T) {
	for _, p := range packages(t) {
		files := append(append([]string{}, p.GoFiles...), p.IgnoredGoFiles...)
		if path, _, _ := room(p.ImportPath); path == "." {
			files = p.TestGoFiles
		}
		if len(files) == 0 {
			continue
		}
		var introductions []string
		for _, name := range files {
			text, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if packageComment.Match(text) {
				introductions = append(introductions, name)
			}
		}
		if len(introductions) != 1 {
			t.Errorf("%s has %d package comments %v, want exactly 1", p.ImportPath, len(introductions), introductions)
		}
	}
}

var (
	requirement = regexp.MustCompile(`(?m)^\s*(?:require )?([\w.\-/]+\.[\w.\-/]+) v[^\s]+$`)
	ledgerLine  = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (\\S.{20,}) \\|$")
)

// TestEveryDependencyIsAccountedFor: what go.mod and package.json name directly, CONTRIBUTING.md justifies, and nothing else.
func TestEveryDependencyIsAccountedFor(t *testing.T) {
	ledger := map[string]bool{}
	for _, m := range ledgerLine.FindAllStringSubmatch(read(t, "CONTRIBUTING.md"), -1) {
		ledger[m[1]] = true
	}
	declared := map[string]bool{}
	for _, m := range requirement.FindAllStringSubmatch(read(t, "go.mod"), -1) {
		declared[m[1]] = true
	}
	var npm map[string]json.RawMessage
	if err := json.Unmarshal([]byte(read(t, "package.json")), &npm); err != nil {
		t.Fatal(err)
	}
	for _, section := range []string{"dependencies", "devDependencies", "optionalDependencies"} {
		var names map[string]string
		if err := json.Unmarshal(npm[section], &names); err != nil {
			t.Fatalf("package.json: %s: %v", section, err)
		}
		for name := range names {
			declared[name] = true
		}
	}
	if len(declared) < 10 || len(ledger) < 10 {
		t.Fatalf("%d dependencies declared, %d in the ledger: the reader of one of them is broken", len(declared), len(ledger))
	}
	for name := range declared {
		if !ledger[name] {
			t.Errorf("%s is declared but CONTRIBUTING.md does not say what it is for", name)
		}
	}
	for name := range ledger {
		if !declared[name] {
			t.Errorf("CONTRIBUTING.md accounts for %s, which is not declared", name)
		}
	}
}

// TestNoRegistryIsNamed: lock files hold names, versions and checksums, never where something came from.
func TestNoRegistryIsNamed(t *testing.T) {
	if strings.Contains(read(t, "package-lock.json"), `"resolved"`) {
		t.Error("package-lock.json names a registry: npm must run with omit-lockfile-registry-resolved=true (.npmrc)")
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
