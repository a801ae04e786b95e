package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/site"
)

// searched stores rows of the table searches of oslo.example.
func (h *house) searched(t *testing.T, day site.Day, kind, phrase, opened string, n int) {
	t.Helper()
	zero := 0
	if kind == "search" && phrase == "nothing" {
		zero = n
	}
	err := h.store.Exec(t.Context(), "INSERT INTO searches VALUES (1, {day:Date}, {kind:String}, {phrase:String}, {opened:String}, {n:UInt64}, {n:UInt64}, {zero:UInt64})",
		clickhouse.Named("day", day.String()), clickhouse.Named("kind", kind), clickhouse.Named("phrase", phrase),
		clickhouse.Named("opened", opened), clickhouse.Named("n", uint64(n)), clickhouse.Named("zero", uint64(zero)))
	if err != nil {
		t.Fatal(err)
	}
}

// searchHouse has two days of searches that can be counted by hand, with the threshold 3.
func searchHouse(t *testing.T) (*house, SearchQuery) {
	h := newHouse(t)
	var err error
	if h.oslo, err = h.oslo.With(site.Settings{MinSearches: 3}); err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct {
		day                  site.Day
		kind, phrase, opened string
		n                    int
	}{
		{day24, "search", "skjorte", "", 6}, {day25, "search", "skjorte", "", 4},
		{day24, "search", "nothing", "", 5},
		{day25, "search", "kari nordmann", "", 2}, {day25, "search", "ola nordmann", "", 1},
		{day24, "refine", "skjorte", "", 3}, {day24, "refine", "kari nordmann", "", 1},
		{day24, "leave", "nothing", "", 4}, {day25, "leave", "", "", 2},
		{day24, "open", "skjorte", "/skjorter", 4}, {day25, "open", "kari nordmann", "/skjorter", 2}, // two of six would be kari's
		{day24, "open", "skjorte", "/klær", 3}, {day24, "open", "", "/klær", 3}, // three whose phrase is not stored
		{day25, "open", "skjorte", "", 2}, {day25, "open", "", "/salg", 2}, // stored apart
		{day25, "open", "ola nordmann", "/kontakt", 1},
		{day25, "open", "", "(not set)", 1},
	} {
		h.searched(t, r.day, r.kind, r.phrase, r.opened, r.n)
	}
	return h, SearchQuery{Site: h.oslo, From: day24, To: day26}
}

func TestSiteSearchReport(t *testing.T) {
	h, q := searchHouse(t)
	got, err := h.Searches(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	want := []SearchRow{{"skjorte", 2, SearchCounts{10, 0, 9, 3, 0}}, {"nothing", 1, SearchCounts{5, 5, 0, 0, 4}}}
	if !slices.Equal(got.Rows, want) || got.Rare != 3 || got.Total != 2 {
		t.Errorf("phrases are %+v", got)
	}
	// 4 + 2 and 3 + 3, 2 of which phrase and path are apart, 1 and 1
	if all := (SearchCounts{18, 5, 16, 4, 6}); got.All != all {
		t.Errorf("all of them are %+v, want %+v", got.All, all)
	}
	h.searched(t, day26, "search", "skjorte", "", 7) // the day that is not over
	if got, err := h.Searches(t.Context(), q); err != nil || got.Past != 18 || got.All.Searches != 25 {
		t.Errorf("of %d searches %d are of days that are over, %v", got.All.Searches, got.Past, err)
	}
	for by, want := range map[SearchCount]string{ByZero: "nothing", ByOpened: "skjorte", ByRefined: "skjorte", ByLeft: "nothing"} {
		q.By = by
		if got, err := h.Searches(t.Context(), q); err != nil || len(got.Rows) != 1 || got.Rows[0].Phrase != want || got.Total != 1 {
			t.Errorf("by %d: %+v, %v", by, got, err)
		}
	}
	q.By = 99
	if _, err := h.Searches(t.Context(), q); err == nil {
		t.Error("a count that does not exist was taken")
	}
}

// TestSearchesAreSortedAndSearched: any column either way, by name, and only what contains a text; what is rare cannot be looked for.
func TestSearchesAreSortedAndSearched(t *testing.T) {
	h, q := searchHouse(t)
	for _, c := range []struct {
		order SearchOrder
		text  string
		want  string
		total int
	}{
		{SearchOrder{}, "", "skjorte nothing", 2},
		{SearchOrder{By: ByZero, Set: true}, "", "nothing skjorte", 2},
		{SearchOrder{By: ByOpened, Lowest: true, Set: true}, "", "nothing skjorte", 2},
		{SearchOrder{Name: true, Lowest: true, Set: true}, "", "nothing skjorte", 2},
		{SearchOrder{Name: true, Set: true}, "", "skjorte nothing", 2},
		{SearchOrder{}, "JORT", "skjorte", 1},
		{SearchOrder{}, "nordmann", "", 0},
	} {
		q.Order, q.Text = c.order, c.text
		got, err := h.Searches(t.Context(), q)
		var names []string
		for _, r := range got.Rows {
			names = append(names, r.Phrase)
		}
		if text := strings.Join(names, " "); err != nil || text != c.want || got.Total != c.total || got.Rare != 3 || got.All.Searches != 18 {
			t.Errorf("%+v %q: %q of %d, %d rare, %v", c.order, c.text, text, got.Total, got.Rare, err)
		}
	}
	for _, c := range []struct {
		order   SearchOrder
		text    string
		phrases bool
		want    string
	}{
		{SearchOrder{Lowest: true, Set: true}, "", false, "/skjorter /klær"},
		{SearchOrder{Name: true, Lowest: true, Set: true}, "", false, "/klær /skjorter"},
		{SearchOrder{}, "KLÆR", false, "/klær"},
		{SearchOrder{}, "skjorte → /k", true, "/klær"},
		{SearchOrder{}, "nordmann", true, ""},
	} {
		q.Order, q.Text = c.order, c.text
		got, err := h.Destinations(t.Context(), q, c.phrases)
		var names []string
		for _, r := range got.Rows {
			names = append(names, r.Path)
		}
		if text := strings.Join(names, " "); err != nil || text != c.want || got.Total != len(names) || got.Rest != map[bool]int{false: 6, true: 9}[c.phrases] {
			t.Errorf("%+v %q: %q of %d, rest %d, %v", c.order, c.text, text, got.Total, got.Rest, err)
		}
	}
	for _, bad := range []SearchQuery{{Site: h.oslo, From: day24, To: day26, Order: SearchOrder{By: 99}}, {Site: h.oslo, From: day24, To: day26, Text: strings.Repeat("x", maxValue+1)}} {
		if _, err := h.Searches(t.Context(), bad); err == nil {
			t.Errorf("%d, %d bytes: answered", bad.Order.By, len(bad.Text))
		}
	}
}

func TestSearchDays(t *testing.T) {
	h, q := searchHouse(t)
	got, err := h.SearchDays(t.Context(), q)
	want := []SearchDay{{day24, SearchCounts{11, 5, 10, 4, 4}}, {day25, SearchCounts{7, 0, 6, 0, 2}}, {day26, SearchCounts{}}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestDestinations: no phrase or page below the threshold shows, nor can be had by subtracting.
func TestDestinations(t *testing.T) {
	h, q := searchHouse(t)
	pages, err := h.Destinations(t.Context(), q, false)
	// of /skjorter four, not six: two would be those of a rare phrase; of /klær three are of no known phrase, which is enough
	if want := []Destination{{"/klær", "", 6}, {"/skjorter", "", 4}}; err != nil || !slices.Equal(pages.Rows, want) || pages.Total != 2 || pages.Rest != 6 {
		t.Errorf("by page: %+v, %v", pages, err)
	}
	both, err := h.Destinations(t.Context(), q, true)
	if want := []Destination{{"/skjorter", "skjorte", 4}, {"/klær", "skjorte", 3}}; err != nil || !slices.Equal(both.Rows, want) || both.Total != 2 || both.Rest != 9 {
		t.Errorf("by page and phrase: %+v, %v", both, err)
	}
	q.Limit, q.Offset = 1, 1
	if got, err := h.Destinations(t.Context(), q, true); err != nil || len(got.Rows) != 1 || got.Rows[0].Path != "/klær" || got.Total != 2 {
		t.Errorf("second page: %+v, %v", got, err)
	}
	q.From = day26
	if got, err := h.Destinations(t.Context(), SearchQuery{Site: h.oslo, From: day26, To: day26}, false); err != nil || len(got.Rows) != 0 || got.Rest != 0 {
		t.Errorf("a day without: %+v, %v", got, err)
	}
}

// TestRareSearchesStayHidden subtracts whatever can be subtracted, for every threshold: what is left of a page after its phrases is
// nothing, or at least as many as the threshold; and no rare phrase is in any answer.
func TestRareSearchesStayHidden(t *testing.T) {
	h, q := searchHouse(t)
	for k := 2; k <= 7; k++ {
		var err error
		if q.Site, err = h.oslo.With(site.Settings{MinSearches: k}); err != nil {
			t.Fatal(err)
		}
		pages, err := h.Destinations(t.Context(), q, false)
		if err != nil {
			t.Fatal(err)
		}
		both, err := h.Destinations(t.Context(), q, true)
		if err != nil {
			t.Fatal(err)
		}
		found, err := h.Searches(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		rest := map[string]int{}
		for _, p := range pages.Rows {
			rest[p.Path] += p.Opened
		}
		for _, b := range both.Rows {
			rest[b.Path] -= b.Opened
			if b.Opened < k || !slices.ContainsFunc(found.Rows, func(r SearchRow) bool { return r.Phrase == b.Phrase }) {
				t.Errorf("threshold %d: %+v is shown", k, b)
			}
		}
		for path, n := range rest {
			if n != 0 && n < k {
				t.Errorf("threshold %d: of %s %d remain, who must have searched something rare", k, path, n)
			}
		}
		if text := fmt.Sprint(pages, both, found); k > 2 && slices.ContainsFunc([]string{"kari", "ola"}, func(s string) bool { return strings.Contains(text, s) }) {
			t.Errorf("threshold %d: %s", k, text)
		}
	}
}

func TestDestinationsAreShownAsThePresetSays(t *testing.T) {
	h, q := searchHouse(t)
	rounded, err := site.New(1, "oslo.example", "Europe/Oslo", site.Settings{Preset: "cnil"})
	if err != nil {
		t.Fatal(err)
	}
	q.Site = rounded
	got, err := h.Destinations(t.Context(), q, false)
	if err != nil || len(got.Rows) == 0 {
		t.Fatal(got, err)
	}
	for _, row := range got.Rows {
		if row.Opened%10 != 0 {
			t.Errorf("%+v is not rounded", row)
		}
	}
	days, err := h.SearchDays(t.Context(), q)
	if err != nil || days[0].Searches != 10 {
		t.Errorf("%+v, %v", days, err)
	}
}
