package dashboards

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"io"
	"mime"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sporlos/dashboards/test/fixture"
	"sporlos/site"
)

// lines are the rows of a CSV, its cells joined by "|".
func lines(t *testing.T, text string) (list []string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatalf("not CSV: %v\n%s", err, text)
	}
	for _, r := range rows {
		list = append(list, strings.Join(r, "|"))
	}
	return list
}

// TestTablesAsCSV: see the table at fixture.Small. Expected rows are counted by hand from it.
func TestTablesAsCSV(t *testing.T) {
	h := furnished(t, nil)
	day := func(n int) string { return h.now.AddDate(0, 0, n).Format(time.DateOnly) }
	for path, want := range map[string][]string{
		"places.csv": {"country|visitors|percentage|visits|pageviews|bounce_rate|visit_duration", "NO|2|66.7|2|5|0|150", "DE|1|33.3|1|1|100|0"},
		"pages.csv":  {"page|visitors|pageviews|time_on_page|scroll_depth", "/|2|2|0|0", "/pricing|2|2|0|0", "/blog|1|1|0|0", "/blog/ski|1|1|0|0"},
		"pages.csv?f=is:country:NO&t.pages=entry":         {"entry_page|visits|bounce_rate|visitors|views_per_visit|visit_duration", "/|1|0|1|2|100", "/blog|1|0|1|3|200"},
		"sources.csv?t.sources=channels&period=yesterday": {"channel|visitors|percentage|visits|pageviews|bounce_rate|visit_duration", "Email|1|100|1|3|0|200"},
		"events.csv?t.events=outbound":                    {"url|events|visitors|visits", "https://yr.no/|1|1|1"},
		"searches.csv":                                    {"phrase|searches|zero|opened|refined|left", "ski wax|5|0|3|2|0", "snowshoes|2|2|0|0|1", "(rare searches)|1||||"},
		"searches.csv?t.searches=days&period=today":       {"day|searches|zero|opened|refined|left", day(0) + "|8|2|4|2|1"},
		"refused.csv": {"reason|beacons", "robot|7", "no_visit|2"},
		"chart.csv?from=" + day(-31) + "&to=" + day(-30):               {"day|visitors|visits|pageviews|views_per_visit|bounce_rate|visit_duration", day(-31) + "|0|0|0|0|0|0", day(-30) + "|1|1|4|4|0|60"},
		"places.csv?from=2026-01-01&to=2026-01-02":                     {"country|visitors|percentage|visits|pageviews|bounce_rate|visit_duration"},
		"searches.csv?t.searches=opened&from=2026-01-01&to=2026-01-02": {"page|opened"},
	} {
		a := h.get("/small.example/export/" + path)
		if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/csv; charset=utf-8; header=present" {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.Header.Get("Content-Type"))
		} else if got := lines(t, a.body); !slices.Equal(got, want) {
			t.Errorf("%s is\n     %q\nwant %q", path, got, want)
		}
	}
	today := lines(t, h.get("/small.example/export/chart.csv?period=today").body)
	if len(today) != 16 || today[10] != day(0)+" 09:00:00|1|1|1|1|100|0" || today[15] != day(0)+" 14:00:00|1|1|2|2|0|100" {
		t.Errorf("today by hour, up to 14:00: %q", today)
	}
}

func TestFileIsNamedAfterSiteAndPeriod(t *testing.T) {
	h := furnished(t, nil)
	for path, want := range map[string]string{
		"sources.csv?t.sources=channels&from=2026-02-01&to=2026-02-28": "small.example_sources-channels_2026-02-01_2026-02-28.csv",
		"chart.csv?from=2026-02-01&to=2026-02-01":                      "small.example_chart_2026-02-01.csv",
		"all.zip?from=2026-02-01&to=2026-02-28":                        "small.example_all_2026-02-01_2026-02-28.zip",
	} {
		kind, params, err := mime.ParseMediaType(h.get("/small.example/export/" + path).Header.Get("Content-Disposition"))
		if err != nil || kind != "attachment" || params["filename"] != want {
			t.Errorf("%s is %s %q (%v), want %q", path, kind, params["filename"], err, want)
		}
	}
}

// TestFileHasAllRows: a page shows 50 rows, a file has all of them, also beyond one question's limit.
func TestFileHasAllRows(t *testing.T) {
	h := open(t, nil)
	one, err := h.settings.AddSite(context.Background(), "many.example", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	const n = 10_012
	if err := fixture.Pages(context.Background(), h.store, one, h.now, n); err != nil {
		t.Fatal(err)
	}
	h.enter("kari")
	got := lines(t, h.get("/many.example/export/pages.csv?period=today&page=3").body)
	slices.Sort(got)
	if got = slices.Compact(got); len(got) != n+1 {
		t.Errorf("%d different lines, want %d pages and a head", len(got), n)
	}
}

func TestPresetAndFormulasInFiles(t *testing.T) {
	h := furnished(t, nil)
	if err := fixture.Insert(context.Background(), h.store, fixture.Hostile(h.small, h.now, "=cmd|' /C calc'!A0")); err != nil {
		t.Fatal(err)
	}
	a := h.get("/small.example/export/sources.csv?period=today")
	if !strings.Contains(a.body, `"'=cmd|' /C calc'!A0",1,`) {
		t.Errorf("the formula is not made harmless: %s", a.body)
	}
	h.small = must(h.small.With(site.Settings{Preset: "cnil"}))
	if err := h.settings.SaveSite(context.Background(), h.small); err != nil {
		t.Fatal(err)
	}
	if got := lines(t, h.get("/small.example/export/places.csv").body); slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "NO|2|") }) || !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "NO|0|") }) {
		t.Errorf("the preset cnil shows counts of less than ten: %q", got)
	}
}

// TestZIPHoldsEverything: every tab of every panel, the chart, and a text that says what it is.
func TestZIPHoldsEverything(t *testing.T) {
	h := furnished(t, nil)
	a := h.get("/small.example/export/all.zip?f=is:country:NO", "Accept-Language", "nb")
	archive, err := zip.NewReader(strings.NewReader(a.body), int64(len(a.body)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	want := 1 + 3 // the text, the chart, newsletters, refusals
	for _, p := range panels() {
		want += len(p.Tabs)
	}
	if len(files) != want {
		t.Errorf("%d files, want %d", len(files), want)
	}
	if got := lines(t, files["places-countries.csv"]); len(got) != 2 || !strings.HasPrefix(got[1], "NO|2|100|") {
		t.Errorf("countries, filtered: %q", got)
	}
	for _, text := range []string{"Sporløs: tall for small.example", "Filter: Land er Norge", "tidssonen Europe/Oslo", "færre enn 2 ganger", "  places-countries.csv: country, visitors", "  bounce_rate: "} {
		if !strings.Contains(files["LESMEG.txt"], text) {
			t.Errorf("the text does not say %q:\n%s", text, files["LESMEG.txt"])
		}
	}
}

func TestFilesAreRefused(t *testing.T) {
	h := furnished(t, nil)
	for path, status := range map[string]int{
		"/small.example/export/nothing.csv": 404, "/small.example/export/pages.xls": 404, "/nowhere.example/export/pages.csv": 404,
		"/small.example/export/pages.csv?f=is:shoe_size:44": 400, "/small.example/export/all.zip?from=never": 400,
	} {
		if a := h.get(path); a.StatusCode != status || a.Header.Get("Content-Disposition") != "" {
			t.Errorf("%s: %d, want %d", path, a.StatusCode, status)
		}
	}
	h.client.Jar = nil
	if a := h.get("/small.example/export/pages.csv"); a.StatusCode != 303 {
		t.Errorf("without a login: %d", a.StatusCode)
	}
}

// TestFileIsCutOffByAFault: what fails after the first bytes must not look like a whole file.
func TestFileIsCutOffByAFault(t *testing.T) {
	h := furnished(t, nil)
	one := prepared{frame: page{Site: h.small}}
	one.asker.view.Period.From, one.asker.view.Period.To = 1, 2
	f := &download{w: httptest.NewRecorder(), name: fileName(one, "x", ".csv")}
	if err := f.end(io.ErrUnexpectedEOF); err != io.ErrUnexpectedEOF {
		t.Errorf("before the first byte: %v", err)
	}
	if _, err := f.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a broken file was ended as if it were whole")
		}
	}()
	_ = f.end(io.ErrUnexpectedEOF)
}
