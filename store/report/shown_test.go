package report

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"sporlos/event"
	"sporlos/site"
)

// twoDays puts visits of n visitors on a folded day and on the open one: each looks at the first page, every third at another too.
func twoDays(t *testing.T, h *house, n int, number func(int) uint64) {
	t.Helper()
	var events []event.Event
	for i := range n {
		for d, at := range []string{"2026-10-25T12:00:00+01", "2026-10-26T11:57:00+01"} {
			visit := uint64(1 + i + 1000*d)
			events = append(events, act(h.oslo, number(i+1), visit, at, "pageview", "/"))
			if i%3 == 0 {
				events = append(events, act(h.oslo, number(i+1), visit, at, "pageview", fmt.Sprintf("/p%d", i%2)))
			}
		}
	}
	h.insert(t, events)
	h.fold(t, h.oslo, day25, 1)
}

// TestCountsAreShownAsThePresetSays: with the preset cnil no count leaves the package that is not a multiple of ten, and every one is
// at most five off. Ratios stay what they are, unless they are of too few.
func TestCountsAreShownAsThePresetSays(t *testing.T) {
	h := newHouse(t)
	twoDays(t, h, 37, func(i int) uint64 { return uint64(i) })
	exactly := h.oslo
	rounded, err := exactly.With(site.Settings{Preset: "cnil"})
	if err != nil {
		t.Fatal(err)
	}
	counts := []Metric{Visitors, Visits, Pageviews, Events}
	seen := 0
	for _, dims := range [][]Dimension{nil, {DayDim}, {Hour}, {Page}, {EntryPage}, {Source}, {Page, DayDim}} {
		q := Query{From: day25, To: day26, Metrics: counts, Dimensions: dims, Order: []Order{}}
		for _, d := range dims {
			q.Order = append(q.Order, Order{Dimension: d})
		}
		q.Site = exactly
		exact := h.run(t, q)
		q.Site = rounded
		shown := h.run(t, q)
		if len(exact.Rows) != len(shown.Rows) {
			t.Fatalf("%v: %d rows, and %d when rounded", dims, len(exact.Rows), len(shown.Rows))
		}
		for i, row := range shown.Rows {
			for j, v := range row.Metrics {
				was := exact.Rows[i].Metrics[j]
				if math.Mod(v, 10) != 0 || math.Abs(v-was) > 5 {
					t.Errorf("%v %v: %s is shown as %v, exactly %v", dims, row.Dimensions, counts[j], v, was)
				}
				if v != was {
					seen++
				}
			}
		}
	}
	if seen == 0 {
		t.Error("nothing was rounded: the test says nothing")
	}
	q := Query{Site: rounded, From: day25, To: day26, Metrics: []Metric{Visitors, Percentage, ViewsPerVisit}, Dimensions: []Dimension{Page}}
	if got := text(h.run(t, q)); got != "/ 70 100 1.35|/p0 10 14.3 0|/p1 10 14.3 0" {
		t.Errorf("percentages and ratios: %s", got)
	}
	if n, err := h.Live(t.Context(), rounded); n != 40 || err != nil {
		t.Errorf("%d visitors now, %v; want 37 shown as 40", n, err)
	}
}

func TestSearchesAndRefusalsAreShownAsThePresetSays(t *testing.T) {
	h := newHouse(t)
	rounded, err := site.New(1, "oslo.example", "Europe/Oslo", site.Settings{Preset: "cnil"})
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"INSERT INTO refusals VALUES (1, '2026-10-24', 'robot', 37), (1, '2026-10-24', 'opted_out', 4)",
		"INSERT INTO searches VALUES (1, '2026-10-24', 'search', 'ski wax', '', 37, 37, 6), (1, '2026-10-24', 'search', 'a name', '', 1, 1, 0)",
	} {
		if err := h.store.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	refused, err := h.Refusals(t.Context(), rounded, day24, day26)
	if err != nil || !slices.Equal(refused, []Refusal{{"robot", 40}, {"opted_out", 0}}) {
		t.Errorf("%+v, %v", refused, err)
	}
	found, err := h.Searches(t.Context(), SearchQuery{Site: rounded, From: day24, To: day26})
	if err != nil || len(found.Rows) != 1 || found.Rows[0].Searches != 40 || found.Rows[0].Zero != 10 || found.Rare != 0 {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestNobodyIsCounted: with identity "none" every visitor is number 0. Visits and views count; visitors are not there, in no table and
// by no way of asking, rather than one.
func TestNobodyIsCounted(t *testing.T) {
	h := newHouse(t)
	twoDays(t, h, 12, func(int) uint64 { return 0 })
	from := map[string]bool{}
	for _, dims := range [][]Dimension{nil, {DayDim}, {Hour}, {Page}, {EntryPage}, {Source}, {Page, DayDim}, {Event}} {
		for _, filters := range [][]Filter{nil, {{Dimension: Page, Op: Is, Values: []string{"/"}}}, {{Dimension: Source, Op: Is, Values: []string{direct}}}} {
			got := h.run(t, Query{From: day25, To: day26, Metrics: []Metric{Visitors, Visits, Pageviews}, Dimensions: dims, Filters: filters})
			from[got.Answered] = true
			visits := 0.0
			for _, row := range got.Rows {
				if row.Metrics[0] != 0 {
					t.Errorf("%v %v: %v visitors in %+v", dims, filters, row.Metrics[0], row)
				}
				visits += row.Metrics[1]
			}
			if visits < 24 {
				t.Errorf("%v %v: %v visits, want at least 24", dims, filters, visits)
			}
		}
	}
	if !from["mixed"] {
		t.Errorf("answered from %v only", from)
	}
}

// TestKeep: a shorter retention hides at once what is stored.
func TestKeep(t *testing.T) {
	h := newHouse(t)
	h.insert(t, []event.Event{
		act(h.oslo, 1, 1, "2026-07-26T12:00:00+02", "pageview", "/old"), // with three months it expires today
		act(h.oslo, 2, 2, "2026-07-27T12:00:00+02", "pageview", "/kept"),
	})
	q := Query{From: day24 - 200, To: day26, Metrics: []Metric{Visitors}, Dimensions: []Dimension{Page}}
	if got := text(h.run(t, q)); got != "/kept 1|/old 1" {
		t.Errorf("by default: %s", got)
	}
	h.Keep(3)
	if got := text(h.run(t, q)); got != "/kept 1" {
		t.Errorf("with three months: %s", got)
	}
	if first, _, err := h.FirstDay(t.Context(), h.oslo); err != nil || first.String() != "2026-07-27" {
		t.Errorf("the first day is %v, %v", first, err)
	}
}
