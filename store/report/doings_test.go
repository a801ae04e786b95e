package report

import (
	"fmt"
	"testing"
)

// lost adds two visits to the shop: 7 followed a link of the site's front page to a page that is not there, and so did 8, who had come
// to it from ut.no first.
const lost = `INSERT INTO events (site, day, time, visitor, visit, name, interactive, path, referrer)
SELECT 1, toDate(t.1), toDateTime(t.2, 'UTC'), t.3, t.3, t.4, 1, t.5, t.6
FROM (SELECT arrayJoin([
('2026-10-24', '2026-10-24 09:00:00', 7, 'pageview', '/',     ''),
('2026-10-24', '2026-10-24 09:01:00', 7, 'pageview', '/gone', ''),
('2026-10-24', '2026-10-24 09:01:01', 7, '404',      '/gone', ''),
('2026-10-26', '2026-10-26 09:00:00', 8, 'pageview', '/gone', 'ut.no'),
('2026-10-26', '2026-10-26 09:00:01', 8, '404',      '/gone', 'ut.no'),
('2026-10-26', '2026-10-26 09:01:00', 8, 'pageview', '/',     'ut.no'),
('2026-10-26', '2026-10-26 09:02:00', 8, 'pageview', '/gone', 'ut.no'),
('2026-10-26', '2026-10-26 09:02:01', 8, '404',      '/gone', 'ut.no'),
('2026-10-26', '2026-10-26 09:03:00', 8, '404',      '/odd',  'ut.no')]) AS t)`

// inTheLostShop runs the check twice: before the closed days are folded, and after.
func inTheLostShop(t *testing.T, check func(t *testing.T, h *house)) {
	h := newHouse(t)
	for _, question := range []string{shop, lost} {
		if err := h.store.Exec(t.Context(), question); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("open", func(t *testing.T) { check(t, h) })
	h.fold(t, h.oslo, day24, 1)
	h.fold(t, h.oslo, day25, 1)
	t.Run("folded", func(t *testing.T) { check(t, h) })
}

func TestMissedCountedByHand(t *testing.T) {
	inTheLostShop(t, func(t *testing.T, h *house) {
		ask := func(q Query) string {
			t.Helper()
			found, total, err := h.Missed(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(total, found)
		}
		q := Query{Site: h.oslo, From: day24, To: day26}
		if got, want := ask(q), "3 [{/gone /  2 2 2} {/gone  ut.no 1 1 1} {/odd /gone  1 1 1}]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		q.Limit, q.Offset = 1, 2
		if got, want := ask(q), "3 [{/odd /gone  1 1 1}]"; got != want {
			t.Errorf("the third: %s, want %s", got, want)
		}
		q = Query{Site: h.oslo, From: day24, To: day26, Filters: []Filter{{Dimension: Referrer, Op: Is, Values: []string{"ut.no"}}}}
		if got, want := ask(q), "3 [{/gone  ut.no 1 1 1} {/gone /  1 1 1} {/odd /gone  1 1 1}]"; got != want {
			t.Errorf("from ut.no: %s, want %s", got, want)
		}
		if got := ask(Query{Site: h.oslo, From: day25, To: day25}); got != "0 []" {
			t.Errorf("of a day without: %s", got)
		}
	})
}

func TestPropertiesCountedByHand(t *testing.T) {
	inTheLostShop(t, func(t *testing.T, h *house) {
		for name, c := range map[string]struct {
			filters []Filter
			want    string
		}{
			"all":            {nil, "1 [{plan 2 2 2 2}]"}, // large on the 24th, small on the 25th
			"of Norwegians":  {[]Filter{{Dimension: Country, Op: Is, Values: []string{"NO"}}}, "1 [{plan 1 1 1 1}]"},
			"of purchases":   {[]Filter{{Dimension: Event, Op: Is, Values: []string{"Purchase"}}}, "1 [{plan 2 2 2 2}]"},
			"of large ones":  {[]Filter{{Dimension: Prop("plan"), Op: Is, Values: []string{"large"}}}, "1 [{plan 1 1 1 1}]"},
			"of other names": {[]Filter{{Dimension: Event, Op: Is, Values: []string{"Signup"}}}, "0 []"},
		} {
			found, total, err := h.Properties(t.Context(), Query{Site: h.oslo, From: day24, To: day26, Filters: c.filters})
			if got := fmt.Sprint(total, found); err != nil || got != c.want {
				t.Errorf("%s: %s (%v), want %s", name, got, err, c.want)
			}
		}
		if _, _, err := h.Properties(t.Context(), Query{Site: h.oslo, From: day26, To: day24}); err == nil {
			t.Error("a range that ends before it begins was answered")
		}
	})
}
