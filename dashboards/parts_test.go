package dashboards

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/beacon"
	"sporlos/dashboards/language"
	"sporlos/dashboards/view"
	"sporlos/store/report"
)

func TestAssets(t *testing.T) {
	h := open(t, nil)
	page := h.get("/login", "Accept-Encoding", "identity")
	path := regexp.MustCompile(`/assets/app\.[A-Z0-9]+\.css`).FindString(page.body)
	for accepts, want := range map[string]string{"br, gzip": "br", "gzip": "gzip", "identity": ""} {
		a := h.get(path, "Accept-Encoding", accepts)
		if a.StatusCode != 200 || a.Header.Get("Content-Encoding") != want || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/css") {
			t.Errorf("%s: %d %v", accepts, a.StatusCode, a.Header)
		}
	}
	for _, path := range []string{"/assets/none.css", "/assets/..%2fassets.go", "/assets/manifest.json", "/assets/%2e%2e%2f.gitkeep"} {
		if a := h.get(path); a.StatusCode != 404 {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	if a := h.get("/favicon.ico"); a.StatusCode != 302 || !strings.HasPrefix(a.Header.Get("Location"), "/assets/icon.") {
		t.Errorf("favicon: %d", a.StatusCode)
	}
}

func TestMissingAssetsSayWhatToDo(t *testing.T) {
	for name, files := range map[string]fs.FS{"none": fstest.MapFS{}, "damaged": fstest.MapFS{"manifest.json": {Data: []byte("{")}}} {
		if _, err := loadAssets(files); err == nil || !strings.Contains(err.Error(), "make build") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(Options{}); err == nil {
		t.Error("dashboards without settings were made")
	}
}

// TestEverySentenceIsThere reads the templates and the code for keys, and the language for keys nobody uses.
func TestEverySentenceIsThere(t *testing.T) {
	l := language.English()
	files, err := filepath.Glob("templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	code, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`(?:\{\{t |\(t |Say\(|many |Many\()"([a-z0-9_.]+)"[ })),]`)
	for _, file := range append(files, code...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(text), -1) {
			k := m[1]
			if !l.Knows(k) && !l.Knows(k+".one") && !strings.HasSuffix(k, ".") && k != "error" {
				t.Errorf("%s uses %q, which is not in the language", file, k)
			}
		}
	}
	for _, k := range vocabulary() {
		if !l.Knows(k) {
			t.Errorf("%q is not in the language", k)
		}
	}
}

// vocabulary lists the keys that are made up from names of other packages.
func vocabulary() (keys []string) {
	for _, r := range beacon.Reasons() {
		keys = append(keys, "reason."+r.String())
	}
	for _, d := range view.Dimensions() {
		keys = append(keys, "dim."+d)
	}
	for _, op := range view.Ops() {
		keys = append(keys, "op."+op)
	}
	for _, k := range append(view.Kinds(), view.Custom) {
		keys = append(keys, "period."+string(k))
	}
	for _, m := range view.Metrics() {
		keys = append(keys, "metric."+m, "help."+m)
	}
	for _, p := range panels() {
		keys = append(keys, "panel."+p.ID)
		for _, tab := range p.Tabs {
			keys = append(keys, "tab."+tab.ID)
			keys = append(keys, tab.Empty) // each says something when there is nothing
			for _, c := range append(tab.Columns, tab.Details...) {
				keys = append(keys, c.Title)
			}
		}
	}
	return keys
}

// TestVocabularyIsTheReporters: whatever a view can hold, the reporter knows.
func TestVocabularyIsTheReporters(t *testing.T) {
	for _, name := range view.Dimensions() {
		if _, ok := report.DimensionOf(name); !ok {
			t.Errorf("the reporter knows no dimension %q", name)
		}
	}
	for _, op := range view.Ops() {
		if _, ok := report.OpOf(string(operators[op])); !ok {
			t.Errorf("the reporter knows no operator for %q", op)
		}
	}
	for _, name := range view.Metrics() {
		if _, ok := report.MetricOf(name); !ok {
			t.Errorf("the reporter knows no metric %q", name)
		}
	}
}

func TestRoundStep(t *testing.T) {
	for _, c := range []struct {
		v      float64
		metric string
		want   float64
	}{
		{0, "visitors", 1}, {0.3, "visitors", 1}, {1.2, "visitors", 2}, {2.2, "visitors", 5}, {5, "visitors", 5}, {6, "visitors", 10}, {21, "visitors", 25}, {26, "visitors", 50}, {99, "visitors", 100}, {101, "visitors", 200},
		{26_000, "pageviews", 50_000}, {0.1, "views_per_visit", 0.25}, {0.6, "views_per_visit", 1}, {1.1, "views_per_visit", 2}, {12, "visit_duration", 15}, {61, "visit_duration", 120}, {301, "visit_duration", 600}, {2000, "visit_duration", 2000},
	} {
		if got := roundStep(c.v, c.metric); got != c.want {
			t.Errorf("roundStep(%v, %s) = %v, want %v", c.v, c.metric, got, c.want)
		}
	}
}

func TestTogetherReturnsTheFirstError(t *testing.T) {
	boom := errors.New("boom")
	later := 0
	err := together(context.Background(),
		func(context.Context) error { return boom },
		func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		func(ctx context.Context) error { <-ctx.Done(); later++; return nil })
	if !errors.Is(err, boom) {
		t.Errorf("%v", err)
	}
	if err := together(context.Background(), func(context.Context) error { return nil }); err != nil {
		t.Errorf("%v", err)
	}
}

func TestCauseQuotesNothing(t *testing.T) {
	err := fmt.Errorf("cannot answer: %w", &clickhouse.Exception{Code: 6, Name: "CANNOT_PARSE_TEXT", Message: "Cannot parse 'ola nordmann'"})
	if got := cause(err); got != "ClickHouse answers with error 6 (CANNOT_PARSE_TEXT)" {
		t.Errorf("%s", got)
	}
	if got := cause(errors.New("connection refused")); got != "connection refused" {
		t.Errorf("%s", got)
	}
}
