package report

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sporlos/event"
	"sporlos/site"
)

// shop is six visits of three days in Oslo, small enough to count by hand: somebody reads until midnight and buys after it, somebody
// takes a purchase back in the second 02:30 of the night the clocks go back, and the last day is open.
const shop = `INSERT INTO events (site, day, time, visitor, visit, name, interactive, path, source, country, scroll, revenue, currency, prop_keys, prop_values)
SELECT 1, toDate(t.1), toDateTime(t.2, 'UTC'), t.3, t.4, t.5, 1, t.6, t.7, t.8, t.9, t.10, t.11, if(t.12 = '', [], ['plan']), if(t.12 = '', [], [t.12])
FROM (SELECT arrayJoin([
('2026-10-24', '2026-10-24 08:00:00', 1, 1, 'pageview',   '/',       'Google', 'NO', 0,  0,      '',    ''),
('2026-10-24', '2026-10-24 08:01:00', 1, 1, 'pageview',   '/blog/a', 'Google', 'NO', 0,  0,      '',    ''),
('2026-10-24', '2026-10-24 08:02:00', 1, 1, 'engagement', '/blog/a', 'Google', 'NO', 60, 0,      '',    ''),
('2026-10-24', '2026-10-24 08:02:00', 1, 1, 'pageview',   '/shop/x', 'Google', 'NO', 0,  0,      '',    ''),
('2026-10-24', '2026-10-24 08:03:00', 1, 1, 'Purchase',   '/shop/x', 'Google', 'NO', 0,  100000, 'NOK', 'large'),
('2026-10-24', '2026-10-24 08:04:00', 1, 1, 'Purchase',   '/shop/x', 'Google', 'NO', 0,  50000,  'NOK', ''),
('2026-10-24', '2026-10-24 13:00:00', 1, 2, 'pageview',   '/blog/b', '',       'NO', 0,  0,      '',    ''),
('2026-10-24', '2026-10-24 13:01:00', 1, 2, 'engagement', '/blog/b', '',       'NO', 30, 0,      '',    ''),
('2026-10-24', '2026-10-24 13:02:00', 1, 2, 'engagement', '/blog/b', '',       'NO', 90, 0,      '',    ''),
('2026-10-24', '2026-10-24 13:03:00', 1, 2, 'pageview',   '/',       '',       'NO', 0,  0,      '',    ''),
('2026-10-24', '2026-10-24 21:58:00', 2, 3, 'pageview',   '/blog/a', 'Bing',   'SE', 0,  0,      '',    ''),
('2026-10-24', '2026-10-24 21:59:30', 2, 3, 'engagement', '/blog/a', 'Bing',   'SE', 80, 0,      '',    ''),
('2026-10-25', '2026-10-24 22:01:00', 3, 4, 'pageview',   '/shop/x', 'Bing',   'SE', 0,  0,      '',    ''),
('2026-10-25', '2026-10-24 22:01:30', 3, 4, 'Purchase',   '/shop/x', 'Bing',   'SE', 0,  20000,  'EUR', 'small'),
('2026-10-25', '2026-10-25 00:30:00', 4, 5, 'pageview',   '/shop/x', 'Google', 'NO', 0,  0,      '',    ''),
('2026-10-25', '2026-10-25 01:30:00', 4, 5, 'Purchase',   '/shop/x', 'Google', 'NO', 0,  -10000, 'NOK', ''),
('2026-10-26', '2026-10-26 08:00:00', 5, 6, 'pageview',   '/blog/a', 'Google', 'NO', 0,  0,      '',    ''),
('2026-10-26', '2026-10-26 08:01:00', 5, 6, 'pageview',   '/shop/x', 'Google', 'NO', 0,  0,      '',    ''),
('2026-10-26', '2026-10-26 08:01:30', 5, 6, 'Purchase',   '/shop/x', 'Google', 'NO', 0,  40000,  'NOK', ''),
('2026-10-26', '2026-10-26 08:02:00', 5, 6, 'engagement', '/blog/a', 'Google', 'NO', 60, 0,      '',    ''),
('2026-10-26', '2026-10-26 08:03:00', 5, 6, 'engagement', '/blog/a', 'Google', 'NO', 60, 0,      '',    '')]) AS t)`

var (
	purchase  = site.Goal{Name: "Purchase", Kind: site.EventGoal, Event: "Purchase", Revenue: true, Currency: "NOK"}
	large     = site.Goal{Name: "Large", Kind: site.EventGoal, Event: "Purchase", Props: []site.Condition{{Key: "plan", Value: "large"}}}
	inShop    = site.Goal{Name: "Shop", Kind: site.PageGoal, Path: "/shop/*"}
	onBlogA   = site.Goal{Name: "Blog A", Kind: site.PageGoal, Path: "/blog/a"}
	onBlog    = site.Goal{Name: "Blog", Kind: site.PageGoal, Path: "/blog/**"}
	onAny     = site.Goal{Name: "Any", Kind: site.PageGoal, Path: "/**"}
	readBlog  = site.Goal{Name: "Read", Kind: site.ScrollGoal, Path: "/blog/**", Scroll: 50}
	searching = site.Goal{Name: "Searched", Kind: site.SearchGoal, Outcome: "search"}
)

// inTheShop runs the check with the closed days folded and not.
func inTheShop(t *testing.T, check func(t *testing.T, h *house)) {
	for _, folded := range []bool{false, true} {
		t.Run(fmt.Sprintf("folded %v", folded), func(t *testing.T) {
			h := newHouse(t)
			if err := h.store.Exec(t.Context(), shop); err != nil {
				t.Fatal(err)
			}
			if err := h.store.Exec(t.Context(), `INSERT INTO searches (site, day, kind, phrase, opened, searches, counted, zero) VALUES (1, '2026-10-24', 'search', 'shoes', '', 7, 7, 2)`); err != nil {
				t.Fatal(err)
			}
			if folded {
				h.fold(t, h.oslo, day24, 1)
				h.fold(t, h.oslo, day25, 1)
			}
			check(t, h)
		})
	}
}

func TestConversionsCountedByHand(t *testing.T) {
	want := map[string]string{ // visitors, visits, conversions, rate, revenue, average
		"Purchase": "4 4 5 80 180 45",
		"Large":    "1 1 1 20 0 0",
		"Shop":     "4 4 4 80 0 0",
		"Blog A":   "3 3 3 60 0 0",
		"Read":     "3 4 4 60 0 0",
		"Searched": "0 0 7 116.67 0 0", // seven searches beside six visits
	}
	inTheShop(t, func(t *testing.T, h *house) {
		q := Query{Site: h.oslo, From: day24, To: day26}
		list, err := h.Conversions(t.Context(), q, []site.Goal{purchase, large, inShop, onBlogA, readBlog, searching})
		if err != nil || len(list) != len(want) {
			t.Fatal(list, err)
		}
		for _, c := range list {
			if got := fmt.Sprint(c.Visitors, c.Visits, c.Conversions, c.Rate, c.Revenue, c.Average); got != want[c.Goal.Name] || c.Linked != (c.Goal.Name != "Searched") {
				t.Errorf("%s: %s, want %s", c.Goal.Name, got, want[c.Goal.Name])
			}
		}
		q.Filters = []Filter{{Dimension: Source, Op: Is, Values: []string{"Bing"}}}
		list, err = h.Conversions(t.Context(), q, []site.Goal{purchase, searching})
		if err != nil || len(list) != 1 || fmt.Sprint(list[0].Visitors, list[0].Conversions, list[0].Rate, list[0].Revenue) != "1 1 50 0" {
			t.Errorf("of Bing: %+v, %v", list, err)
		}
	})
}

func TestConversionsBrokenDownByHand(t *testing.T) {
	shown := []Metric{Visitors, Events, TotalVisitors, GroupConversionRate, ConversionRate, TotalRevenue}
	counts := []Metric{Visitors, Events}
	cases := map[string]struct {
		q    Query
		want string
	}{
		"sources": {Query{Dimensions: []Dimension{Source}, Metrics: shown, Goals: []site.Goal{purchase}, Currency: "NOK"},
			"Google 3 4 3 100 60 180|Bing 1 1 2 50 20 0|Direct / None 0 0 1 0 0 0"},
		"sources, converted only": {Query{Dimensions: []Dimension{Source}, Metrics: counts, Goals: []site.Goal{purchase}}, "Google 3 4|Bing 1 1"},
		"by revenue": {Query{Dimensions: []Dimension{Source}, Metrics: []Metric{TotalRevenue, AverageRevenue}, Goals: []site.Goal{purchase}, Currency: "EUR"},
			"Bing 20 20|Google 0 0"},
		"pages":  {Query{Dimensions: []Dimension{Page}, Metrics: shown, Goals: []site.Goal{purchase}, Currency: "NOK"}, "/shop/x 4 5 4 100 80 180|/ 0 0 1 0 0 0|/blog/a 0 0 3 0 0 0|/blog/b 0 0 1 0 0 0"},
		"days":   {Query{Dimensions: []Dimension{DayDim}, Metrics: []Metric{Visitors, Events, TotalVisitors, GroupConversionRate}, Goals: []site.Goal{purchase}}, "2026-10-24 1 2 2 50|2026-10-25 2 2 2 100|2026-10-26 1 1 1 100"},
		"hours":  {Query{From: day25, To: day25, Sparse: true, Dimensions: []Dimension{Hour}, Metrics: counts, Goals: []site.Goal{purchase}}, "2026-10-25 00:00:00 1 1|2026-10-25 02:00:00 1 1"},
		"read":   {Query{From: day24, To: day24, Sparse: true, Dimensions: []Dimension{Hour}, Metrics: counts, Goals: []site.Goal{readBlog}}, "2026-10-24 10:00:00 1 1|2026-10-24 15:00:00 1 1|2026-10-24 23:00:00 1 1"},
		"plans":  {Query{Dimensions: []Dimension{Prop("plan")}, Metrics: counts, Goals: []site.Goal{purchase}}, "(none) 3 3|large 1 1|small 1 1"},
		"a page": {Query{Metrics: []Metric{Visitors, Visits, Events, Pageviews}, Goals: []site.Goal{onBlogA}}, "3 3 3 3"},
		"pages by days": {Query{Dimensions: []Dimension{DayDim}, Metrics: []Metric{Events}, Goals: []site.Goal{onBlogA}, Order: []Order{{Metric: Events, Desc: true}, {Dimension: DayDim}}},
			"2026-10-24 2|2026-10-26 1|2026-10-25 0"},
		"either of two":          {Query{Metrics: []Metric{Visitors, Events, ConversionRate}, Goals: []site.Goal{large, onBlogA}}, "3 4 60"},
		"of visits that bought":  {Query{Metrics: []Metric{Visits, Pageviews}, Where: []Condition{Converted(purchase)}}, "4 7"},
		"of visits that did not": {Query{Metrics: []Metric{Visits, Pageviews}, Where: []Condition{Neither(Converted(purchase))}}, "2 3"},
		"pages of those that read": {Query{Dimensions: []Dimension{Page}, Metrics: []Metric{Visits}, Where: []Condition{Converted(readBlog)}},
			"/blog/a 3|/ 2|/shop/x 2|/blog/b 1"},
		"read, then bounced": {Query{Metrics: []Metric{Visits, BounceRate}, Goals: []site.Goal{readBlog}}, "4 25"},
		"searched":           {Query{Dimensions: []Dimension{Page}, Metrics: []Metric{Visits, Percentage}, Search: "BLOG"}, "/blog/a 3 60|/blog/b 1 20"},
		"revenue of all":     {Query{Metrics: []Metric{TotalRevenue, AverageRevenue}, Currency: "NOK"}, "180 45"},
		"revenue by country": {Query{Dimensions: []Dimension{Country}, Metrics: []Metric{Visits, TotalRevenue}, Currency: "EUR"}, "NO 4 0|SE 2 20"},
	}
	inTheShop(t, func(t *testing.T, h *house) {
		for name, c := range cases {
			if got := text(h.run(t, c.q)); got != c.want {
				t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
			}
		}
	})
}

func TestGoalsComeFromRollupsWhereTheyCan(t *testing.T) {
	h := newHouse(t)
	if err := h.store.Exec(t.Context(), shop); err != nil {
		t.Fatal(err)
	}
	h.fold(t, h.oslo, day24, 1)
	for goal, want := range map[*site.Goal]string{&purchase: "rollups", &onBlogA: "rollups", &onBlog: "events", &large: "events", &readBlog: "events"} {
		r := h.run(t, Query{From: day24, To: day24, Goals: []site.Goal{*goal}, Metrics: []Metric{Visitors, Visits, Events}})
		if r.Answered != want {
			t.Errorf("%s: answered from %s, want %s", goal.Name, r.Answered, want)
		}
	}
}

func TestFunnelsCountedByHand(t *testing.T) {
	inTheShop(t, func(t *testing.T, h *house) {
		for name, c := range map[string]struct {
			steps  []site.Goal
			filter []Filter
			where  []Condition
			want   string // visitors and visits of the question; of each step visitors, visits, dropped, rate, overall
		}{
			"reads, looks, buys":     {[]site.Goal{onBlog, inShop, purchase}, nil, nil, "5 6: 3 4 2 66.67 100|2 2 2 50 50|2 2 0 100 50"},
			"read through, then buy": {[]site.Goal{readBlog, purchase}, nil, nil, "5 6: 3 4 2 66.67 100|1 1 3 25 25"},
			"the other way round":    {[]site.Goal{purchase, onBlogA}, nil, nil, "5 6: 4 4 2 66.67 100|0 0 4 0 0"},
			"one event is one step":  {[]site.Goal{onAny, onBlogA}, nil, nil, "5 6: 5 6 0 100 100|1 1 5 16.67 16.67"},
			"read before leaving":    {[]site.Goal{readBlog, inShop}, nil, nil, "5 6: 3 4 2 66.67 100|1 1 3 25 25"}, // within one second
			"of Google":              {[]site.Goal{onBlog, purchase}, []Filter{{Dimension: Source, Op: Is, Values: []string{"Google"}}}, nil, "3 3: 2 2 1 66.67 100|2 2 0 100 100"},
			"of those who saw /":     {[]site.Goal{onBlog, purchase}, []Filter{{Dimension: Page, Op: Is, Values: []string{"/"}}}, nil, "1 2: 1 2 0 100 100|1 1 1 50 50"},
			"of who bought, or Bing": {[]site.Goal{onBlog, inShop}, nil, []Condition{Either(Converted(purchase), When(Filter{Dimension: Source, Op: Is, Values: []string{"Bing"}}))},
				"5 5: 3 3 2 60 100|2 2 1 66.67 66.67"},
		} {
			f, err := h.Funnel(t.Context(), Query{Site: h.oslo, From: day24, To: day26, Filters: c.filter, Where: c.where}, c.steps)
			if err != nil {
				t.Fatal(name, err)
			}
			lines := make([]string, len(f.Steps))
			for i, s := range f.Steps {
				lines[i] = fmt.Sprint(s.Visitors, s.Visits, s.Dropped, s.Rate, s.Overall)
			}
			if got := fmt.Sprint(f.Visitors, f.Visits) + ": " + strings.Join(lines, "|"); got != c.want {
				t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
			}
		}
	})
}

func TestJourneysCountedByHand(t *testing.T) {
	inTheShop(t, func(t *testing.T, h *house) {
		for page, want := range map[string]string{
			"/shop/x": "4: entered 2 [{/blog/a 2}], left 4 []",
			"/blog/a": "3: entered 2 [{/ 1}], left 1 [{/shop/x 2}]",
			"/":       "2: entered 1 [{/blog/b 1}], left 1 [{/blog/a 1}]",
			"/none":   "0: entered 0 [], left 0 []",
		} {
			j, err := h.Journey(t.Context(), Query{Site: h.oslo, From: day24, To: day26}, page, 0)
			if got := fmt.Sprintf("%v: entered %v %v, left %v %v", j.Seen, j.Entered, j.Previous, j.Left, j.Next); err != nil || got != want {
				t.Errorf("%s:\n got %s\nwant %s, %v", page, got, want, err)
			}
		}
		norway := []Condition{Neither(When(Filter{Dimension: Country, Op: Is, Values: []string{"SE"}}))}
		j, err := h.Journey(t.Context(), Query{Site: h.oslo, From: day24, To: day26, Where: norway}, "/shop/x", 1)
		if err != nil || j.Seen != 3 || j.Entered != 1 || fmt.Sprint(j.Previous) != "[{/blog/a 2}]" {
			t.Errorf("of Norway: %+v, %v", j, err)
		}
	})
}

// TestRealtime: it is 12:00 in Oslo.
func TestRealtime(t *testing.T) {
	h := newHouse(t)
	if err := h.store.Exec(t.Context(), shop); err != nil {
		t.Fatal(err)
	}
	o := h.oslo
	h.insert(t, []event.Event{
		act(o, 6, 7, "2026-10-26T11:20:00+01", "pageview", "/old", from("News", "NO")), // before the half hour, of a visit that goes on
		act(o, 6, 7, "2026-10-26T11:35:10+01", "pageview", "/", from("Elsewhere", "NO")),
		act(o, 6, 7, "2026-10-26T11:58:10+01", "pageview", "/blog/a", from("Elsewhere", "NO")),
		act(o, 7, 8, "2026-10-26T11:40:30+01", "pageview", "/", from("", "SE")),
		act(o, 7, 8, "2026-10-26T11:40:40+01", "pageview", "/blog/a", from("", "SE")),
		act(o, 8, 9, "2026-10-26T11:59:59+01", "pageview", "/shop/x", from("", "")),
		act(h.nyc, 9, 10, "2026-10-26T11:59:59+01", "pageview", "/elsewhere", from("", "")),
	})
	r, err := h.Realtime(t.Context(), o, 5)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(r.Now, r.Visitors, r.Pageviews, r.Pages, r.Sources, r.Countries); got != "2 3 5 [{/blog/a 2 1} {/shop/x 1 1}] [{Direct / None 2 1} {News 1 1}] [{(not set) 1 1} {NO 1 1} {SE 1 0}]" {
		t.Error(got)
	}
	for i, m := range r.Minutes {
		want := map[int]string{5: "1 1", 10: "1 2", 28: "1 1", 29: "1 1"}[i]
		if want == "" {
			want = "0 0"
		}
		if got := fmt.Sprint(m.Visitors, m.Pageviews); got != want {
			t.Errorf("minute %d from %s: %s, want %s", i, m.Start, got, want)
		}
	}
	if first := r.Minutes[0].Start.Format(time.TimeOnly); len(r.Minutes) != 30 || first != "11:30:00" {
		t.Error(len(r.Minutes), first)
	}
}

func TestComparedByHand(t *testing.T) {
	inTheShop(t, func(t *testing.T, h *house) {
		for name, c := range map[string]struct {
			q        Query
			from, to site.Day
			want     string
		}{
			"totals": {Query{From: day25, To: day26, Metrics: []Metric{Visitors, Pageviews}}, day24 - 1, day24, "[] [3 4]  [2 6] [50 -33.3] [true true]"},
			"days": {Query{From: day25, To: day26, Metrics: []Metric{Visits}, Dimensions: []Dimension{DayDim}}, day24, day24,
				"[2026-10-25] [2] 2026-10-24 [3] [-33.3] [true]|[2026-10-26] [1]  [] [0] [false]"},
			"sources": {Query{From: day25, To: day26, Metrics: []Metric{Visits}, Dimensions: []Dimension{Source}, Limit: 1}, day24, day24,
				"[Google] [2]  [1] [100] [true]"},
			"pages, shares": {Query{From: day26, To: day26, Metrics: []Metric{Visits, Percentage}, Dimensions: []Dimension{Page}}, day24, day24,
				"[/blog/a] [1 100]  [2 100] [-50 0] [true true]|[/shop/x] [1 100]  [1 50] [0 100] [true true]"},
			"new": {Query{From: day24, To: day24, Metrics: []Metric{Visits}, Dimensions: []Dimension{Country}}, day26, day26,
				"[NO] [2]  [1] [100] [true]|[SE] [1]  [0] [0] [false]"},
		} {
			c.q.Site = h.oslo
			r, err := h.Compare(t.Context(), c.q, c.from, c.to)
			if err != nil {
				t.Fatal(name, err)
			}
			lines := make([]string, len(r.Rows))
			for i, row := range r.Rows {
				lines[i] = fmt.Sprint(row.Dimensions, row.Metrics, " ", row.Since, " ", row.Was, row.Change, row.Known)
			}
			if got := strings.Join(lines, "|"); got != c.want {
				t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
			}
		}
	})
}

// TestWhatIsNotReadIsNotNew: of a day with more pages than are read, only those that are have been anything.
func TestWhatIsNotReadIsNotNew(t *testing.T) {
	h := newHouse(t)
	var events []event.Event
	for i := range MaxRows + 50 {
		e := act(h.oslo, uint64(i+1), uint64(i+1), "2026-10-24T10:00:00+02", "pageview", fmt.Sprintf("/%05d", i))
		events = append(events, e)
	}
	first, last := events[0].Path, events[len(events)-1].Path
	for i, path := range []string{first, first, last, "/new"} {
		events = append(events, act(h.oslo, uint64(50_000+i), uint64(50_000+i), "2026-10-25T10:00:00+01", "pageview", path))
	}
	h.insert(t, events)
	q := Query{Site: h.oslo, From: day25, To: day25, Metrics: []Metric{Visits, Percentage}, Dimensions: []Dimension{Page}}
	was := func() map[string][]float64 {
		r, err := h.Compare(t.Context(), q, day24, day24)
		if err != nil || len(r.Rows) == 0 {
			t.Fatal(len(r.Rows), err)
		}
		rows := map[string][]float64{}
		for _, row := range r.Rows {
			rows[row.Dimensions[0]] = row.Was
		}
		return rows
	}
	if got := was(); got[first] == nil || got[first][0] != 1 || got[last] != nil || got["/new"] != nil {
		t.Errorf("beside too many rows: %v", got)
	}
	q.Search = "new" // the other day has no such page, and all its rows are read
	if got := was(); got["/new"] == nil || got["/new"][0] != 0 {
		t.Errorf("beside rows that are all read: %v", got)
	}
}

// TestHoursAreComparedByTheClock: of the night with 25 hours and the night before.
func TestHoursAreComparedByTheClock(t *testing.T) {
	h := newHouse(t)
	h.insert(t, h.fixture())
	r, err := h.Compare(t.Context(), Query{Site: h.oslo, From: day25, To: day25, Metrics: []Metric{Pageviews}, Dimensions: []Dimension{Hour}}, day24, day24)
	if err != nil || len(r.Rows) != 24 {
		t.Fatal(len(r.Rows), err)
	}
	for i, want := range map[int]string{2: "2 [0]", 10: "0 [2]", 15: "0 [1]", 23: "0 [1]"} {
		if row := r.Rows[i]; fmt.Sprint(row.Metrics[0], row.Was) != want || row.Since != fmt.Sprintf("2026-10-24 %02d:00:00", i) {
			t.Errorf("%d: %+v, want %s", i, row, want)
		}
	}
}

func TestGoalsThatCannotBeAskedAreRefused(t *testing.T) {
	s, err := site.New(1, "x.example", "UTC", site.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for says, q := range map[string]Query{
		"linked to no visit":        {Metrics: []Metric{Visitors}, Goals: []site.Goal{searching}},
		"no kind of goal":           {Metrics: []Metric{Visitors}, Goals: []site.Goal{{Kind: "wish"}}},
		"at most 50":                {Metrics: []Metric{Visitors}, Goals: make([]site.Goal, MaxGoals+1)},
		"put together with others":  {Metrics: []Metric{Visitors}, Goals: []site.Goal{purchase, readBlog}},
		"needs a goal":              {Metrics: []Metric{ConversionRate}},
		"needs a currency":          {Metrics: []Metric{TotalRevenue}},
		"of different wholes":       {Metrics: []Metric{Percentage, ConversionRate}, Dimensions: []Dimension{Source}, Goals: []site.Goal{purchase}},
		"is of pages":               {Metrics: []Metric{TimeOnPage}, Dimensions: []Dimension{Page}, Goals: []site.Goal{purchase}},
		"where a goal was reached":  {Metrics: []Metric{BounceRate}, Dimensions: []Dimension{Page}, Goals: []site.Goal{purchase}},
		"at least one goal":         {Metrics: []Metric{Visits}, Where: []Condition{Converted()}},
		"not time":                  {Metrics: []Metric{Visits}, Dimensions: []Dimension{DayDim}, Search: "x"},
		"search: has 2049 bytes":    {Metrics: []Metric{Visits}, Dimensions: []Dimension{Page}, Search: strings.Repeat("x", 2049)},
		"filters: the goal \"Searc": {Metrics: []Metric{Visits}, Where: []Condition{Neither(Converted(searching))}},
	} {
		q.Site, q.From, q.To = s, day24, day24
		_, err := New(nil, time.Now).Run(t.Context(), q)
		var refused *Invalid
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	for says, ask := range map[string]func(*Reporter) error{
		"between 2 and 8": func(r *Reporter) error { _, err := r.Funnel(t.Context(), Query{}, []site.Goal{purchase}); return err },
		"linked to no": func(r *Reporter) error {
			_, err := r.Funnel(t.Context(), Query{}, []site.Goal{purchase, searching})
			return err
		},
		"needs a page":  func(r *Reporter) error { _, err := r.Journey(t.Context(), Query{}, "", 0); return err },
		"between 1 and": func(r *Reporter) error { _, err := r.Journey(t.Context(), Query{}, "/", MaxWays+1); return err },
	} {
		var refused *Invalid
		if err := ask(New(nil, time.Now)); !errors.As(err, &refused) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
