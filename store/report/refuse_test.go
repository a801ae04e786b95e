package report

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/event"
	"sporlos/site"
	"sporlos/store/enginetest"
)

// TestWhatCannotBeAskedIsRefused trips every refusal; nothing of it reaches the database, for there is none.
func TestWhatCannotBeAskedIsRefused(t *testing.T) {
	s, err := site.New(1, "x.example", "UTC", site.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	filter := func(f Filter) func(*Query) { return func(q *Query) { q.Filters = []Filter{f} } }
	onSource := func(op Op, values ...string) func(*Query) {
		return filter(Filter{Dimension: Source, Op: op, Values: values})
	}
	where := func(c Condition) func(*Query) { return func(q *Query) { q.Where = []Condition{c} } }
	one := When(Filter{Dimension: Source, Op: Is, Values: []string{"x"}})
	deep, wide := one, Both()
	for range maxDepth {
		deep = Neither(deep)
	}
	for range maxLeaves + 1 {
		wide.Of = append(wide.Of, one)
	}
	for name, c := range map[string]struct {
		change func(*Query)
		field  string
		says   string
	}{
		"no site":                    {func(q *Query) { q.Site = nil }, "site_id", "missing"},
		"backwards":                  {func(q *Query) { q.From = q.To + 1 }, "date_range", "after its end"},
		"too long":                   {func(q *Query) { q.From = q.To - maxDays }, "date_range", "at most 3700"},
		"too long by hour":           {func(q *Query) { q.From, q.Dimensions = q.To-31, []Dimension{Hour} }, "date_range", "by hour"},
		"no metrics":                 {func(q *Query) { q.Metrics = nil }, "metrics", "at least one"},
		"unknown metric":             {func(q *Query) { q.Metrics = []Metric{"visitors) FROM settings --"} }, "metrics", "not a metric"},
		"metric twice":               {func(q *Query) { q.Metrics = []Metric{Visits, Visits} }, "metrics", "twice"},
		"three dimensions":           {func(q *Query) { q.Dimensions = []Dimension{Page, Source, City} }, "dimensions", "at most two"},
		"unknown dimension":          {func(q *Query) { q.Dimensions = []Dimension{"source, value"} }, "dimensions", "not a dimension"},
		"property without a key":     {func(q *Query) { q.Dimensions = []Dimension{Prop("")} }, "dimensions", "not a dimension"},
		"property with a long key":   {func(q *Query) { q.Dimensions = []Dimension{Prop(strings.Repeat("k", maxKey+1))} }, "dimensions", "not a dimension"},
		"dimension twice":            {func(q *Query) { q.Dimensions = []Dimension{Page, Page} }, "dimensions", "twice"},
		"two times":                  {func(q *Query) { q.Dimensions = []Dimension{DayDim, Week} }, "dimensions", "only one"},
		"many filters":               {func(q *Query) { q.Filters = make([]Filter, maxFilters+1) }, "filters", "at most 20"},
		"unknown operator":           {onSource("= '' OR", "x"), "filters", "not an operator"},
		"unknown filter":             {filter(Filter{Dimension: "1=1", Op: Is, Values: []string{"x"}}), "filters", "not a dimension"},
		"filter on time":             {filter(Filter{Dimension: DayDim, Op: Is, Values: []string{"2026-01-01"}}), "filters", "date range"},
		"no values":                  {onSource(Is), "filters", "between 1 and 200"},
		"many values":                {onSource(Is, make([]string, maxValues+1)...), "filters", "between 1 and 200"},
		"long value":                 {onSource(Is, strings.Repeat("x", maxValue+1)), "filters", "at most 2048"},
		"contains nothing":           {onSource(Contains, ""), "filters", "not empty"},
		"long pattern":               {onSource(Matches, strings.Repeat("x", maxPattern+1)), "filters", "at most 512"},
		"broken pattern":             {onSource(Matches, "(["), "filters", "RE2"},
		"pattern looks back":         {onSource(MatchesNot, `(a)\1`), "filters", "RE2"},
		"pattern of any case":        {filter(Filter{Dimension: Source, Op: Matches, Values: []string{"x"}, AnyCase: true}), "filters", "(?i)"},
		"condition of nothing":       {where(Either()), "filters", "at least one"},
		"unknown join":               {where(Condition{Join: "xor", Of: []Condition{one}}), "filters", "no way to join"},
		"not of two":                 {where(Condition{Join: Not, Of: []Condition{one, one}}), "filters", "needs one filter"},
		"deep":                       {where(deep), "filters", "deeper than 10"},
		"wide":                       {where(wide), "filters", "more than 60"},
		"wrong within":               {where(HasDone(Both(one, Condition{}))), "filters", "not an operator"},
		"bounces under an event":     {func(q *Query) { q.Metrics, q.Where = []Metric{TimeOnPage}, []Condition{Either(one, one)} }, "metrics", "needs the page"},
		"time without a page":        {func(q *Query) { q.Metrics = []Metric{TimeOnPage} }, "metrics", "needs the page"},
		"depth of an event":          {func(q *Query) { q.Metrics, q.Dimensions = []Metric{ScrollDepth}, []Dimension{Page, Event} }, "metrics", "single events"},
		"bounces of an event":        {func(q *Query) { q.Metrics, q.Dimensions = []Metric{BounceRate}, []Dimension{Event} }, "metrics", "filter by them"},
		"duration of a property":     {func(q *Query) { q.Metrics, q.Dimensions = []Metric{VisitDuration}, []Dimension{Prop("x")} }, "metrics", "filter by them"},
		"percentage of nothing":      {func(q *Query) { q.Metrics = []Metric{Percentage} }, "metrics", "needs a dimension"},
		"order by nothing":           {func(q *Query) { q.Order = []Order{{}} }, "order_by", "either"},
		"order by two":               {func(q *Query) { q.Order = []Order{{Metric: Visitors, Dimension: Page}} }, "order_by", "either"},
		"order by another metric":    {func(q *Query) { q.Order = []Order{{Metric: "visitors, 1"}} }, "order_by", "metrics asked for"},
		"order by another dimension": {func(q *Query) { q.Order = []Order{{Dimension: Page}} }, "order_by", "dimensions asked for"},
		"order by too much":          {func(q *Query) { q.Order = []Order{{Metric: Visitors}, {Metric: Visitors}} }, "order_by", "2 keys for 1"},
		"limit":                      {func(q *Query) { q.Limit = MaxRows + 1 }, "pagination", "limit"},
		"offset":                     {func(q *Query) { q.Offset = -1 }, "pagination", "offset"},
	} {
		q := Query{Site: s, From: day24, To: day24, Metrics: []Metric{Visitors}}
		c.change(&q)
		_, err := New(nil, time.Now).Run(t.Context(), q)
		var refused *Invalid
		if !errors.As(err, &refused) || refused.Field != c.field || !strings.Contains(refused.Reason, c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEveryReasonHasASentence reads the code for reasons: each has a sentence and a code of its own, and the arguments fit.
func TestEveryReasonHasASentence(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	said := Reasons()
	code := regexp.MustCompile(`\binvalid\("\w+", "([a-z.]+)"((?:, [^,\n]+)*)\)\n`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(text), -1) {
			sentence, known := Reasons()[m[1]]
			if args := strings.Count(m[2], ", "); !known || args != strings.Count(sentence, "%") {
				t.Errorf("%s: %s has the sentence %q and %d arguments", file, m[1], sentence, args)
			}
			delete(said, m[1])
		}
	}
	for code := range said {
		t.Errorf("nothing is refused because of %s", code)
	}
	var e *Invalid
	if !errors.As(Filter{Dimension: Page, Op: Matches, Values: []string{"a("}}.Check(), &e) || e.Error() != "filters: the pattern for \"page\" is not a regular expression (RE2): error parsing regexp: missing closing ): `a(`" {
		t.Errorf("%v", e)
	}
	if c, args := e.Code(); c != "pattern.bad" || !reflect.DeepEqual(args, []any{Page, syntax.ErrMissingParen, "a("}) {
		t.Errorf("%s %v", c, args)
	}
}

func TestNamesOfTheVocabulary(t *testing.T) {
	for _, name := range []string{"visitors", "scroll_depth"} {
		if m, ok := MetricOf(name); !ok || m.String() != name {
			t.Errorf("metric %s: %v %v", name, m, ok)
		}
	}
	for _, name := range []string{"page", "prop:plan", "hour"} {
		if d, ok := DimensionOf(name); !ok || d.String() != name {
			t.Errorf("dimension %s: %v %v", name, d, ok)
		}
	}
	if op, ok := OpOf("matches_not"); !ok || op != MatchesNot {
		t.Error("matches_not is not an operator")
	}
	_, metric := MetricOf("Visitors")
	_, dimension := DimensionOf("prop:")
	_, op := OpOf("")
	if metric || dimension || op {
		t.Error("what is not in the vocabulary was found in it")
	}
}

// hostile are values that mean something to SQL, to the protocol or to its escaping. As values they are what they are.
var hostile = []string{
	`' OR 1=1 --`, `x'); DROP TABLE events; --`, `\`, `\\`, `\'`, `'`, `''`, "`", `"`, "a\tb", "a\nb", "a\r", "a\x00b", "\xff\xfe", `\N`, `NULL`,
	`{site:UInt32}`, `{v1:String}`, `%s`, `%00`, `$(id)`, `[`, `('a','b')`, `é`, "\u202e", `\x41`, `\0`, `*/`, `-- `, `; SELECT 1`,
}

// TestValuesAreOnlyValues finds each hostile value by itself, everywhere a value can be given, and nothing else by it.
func TestValuesAreOnlyValues(t *testing.T) {
	h := newHouse(t)
	var events []event.Event
	for i, v := range hostile {
		e := act(h.oslo, uint64(100+i), uint64(i+1), "2026-10-24T10:00:00+02", "pageview", "/"+v, from(v, "NO"))
		e.Props = []event.Prop{{Key: v, Value: v}}
		events = append(events, e)
	}
	h.insert(t, append(events, act(h.oslo, 1, 1000, "2026-10-24T10:00:00+02", "pageview", "/plain", from("plain", "NO"))))
	h.fold(t, h.oslo, day24, 1)
	for _, v := range hostile {
		for name, q := range map[string]Query{
			"rollups":  {Filters: []Filter{{Dimension: Source, Op: Is, Values: []string{v}}}},
			"visits":   {Filters: []Filter{{Dimension: Source, Op: Is, Values: []string{v, v}}}},
			"folded":   {Filters: []Filter{{Dimension: Source, Op: Is, Values: []string{v}, AnyCase: true}}},
			"page":     {Filters: []Filter{{Dimension: Page, Op: StartsWith, Values: []string{"/" + v}}, {Dimension: Page, Op: Is, Values: []string{"/" + v}}}},
			"property": {Filters: []Filter{{Dimension: Prop(v), Op: Is, Values: []string{v}}}},
			"contains": {Filters: []Filter{{Dimension: Source, Op: Contains, Values: []string{v}}, {Dimension: Source, Op: Is, Values: []string{v}}}},
		} {
			q.From, q.To, q.Metrics = day24, day24, []Metric{Visits}
			if got := text(h.run(t, q)); got != "1" {
				t.Errorf("%s: %q is found %s times", name, v, got)
			}
		}
	}
	rows := h.run(t, Query{From: day24, To: day24, Metrics: []Metric{Visits}, Dimensions: []Dimension{Source}})
	if len(rows.Rows) != len(hostile)+1 {
		t.Errorf("%d sources, want %d", len(rows.Rows), len(hostile)+1)
	}
}

func TestPatternsAreOnlyPatterns(t *testing.T) {
	h := newHouse(t)
	h.insert(t, h.fixture())
	for pattern, want := range map[string]string{
		`.*`: "8", `^G`: "3", `(?i)^google$`: "3", `^$`: "3", `'\) OR 1=1 --`: "0", `\x00`: "0", `\Q'\E`: "0", `[^\w]`: "0", `^(Google|Bing)$`: "4",
	} {
		if got := text(h.run(t, Query{Metrics: []Metric{Visits}, Filters: []Filter{{Dimension: Source, Op: Matches, Values: []string{pattern}}}})); got != want {
			t.Errorf("%q matches %s visits, want %s", pattern, got, want)
		}
	}
}

// TestAPatternTooLargeForTheEngine is fine for regexp/syntax and refused by RE2.
func TestAPatternTooLargeForTheEngine(t *testing.T) {
	h := newHouse(t)
	h.insert(t, h.fixture())
	pattern := strings.Repeat(`\pL{900}`, 60)
	_, err := h.Run(t.Context(), Query{
		Site: h.oslo, From: day24, To: day26, Metrics: []Metric{Visits},
		Filters: []Filter{{Dimension: Source, Op: Matches, Values: []string{pattern}}},
	})
	var refused *Invalid
	if !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
}

func TestACancelledQuestionEnds(t *testing.T) {
	h := newHouse(t)
	h.insert(t, h.fixture())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.Run(ctx, Query{Site: h.oslo, From: day24, To: day26, Metrics: []Metric{Visits}})
	var refused *Invalid
	if err == nil || errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
}

// TestTheDatabaseAway fails each question, and none of them as if it were the asker's fault.
func TestTheDatabaseAway(t *testing.T) {
	h := newHouse(t)
	away := New(enginetest.Start(t).Conn(), h.now) // a database without tables
	_, run := away.Run(t.Context(), Query{Site: h.oslo, From: day24, To: day26, Metrics: []Metric{Visits}})
	_, live := away.Live(t.Context(), h.oslo)
	_, searches := away.Searches(t.Context(), SearchQuery{Site: h.oslo, From: day24, To: day26})
	_, refusals := away.Refusals(t.Context(), h.oslo, day24, day26)
	_, _, first := away.FirstDay(t.Context(), h.oslo)
	for name, err := range map[string]error{"Run": run, "Live": live, "Searches": searches, "Refusals": refusals, "FirstDay": first} {
		var refused *Invalid
		if err == nil || errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLive(t *testing.T) {
	h := newHouse(t)
	h.insert(t, h.fixture())
	h.insert(t, []event.Event{
		act(h.oslo, 15, 107, "2026-10-26T11:54:59+01", "engagement", "/"), // five minutes and a second ago
		act(h.oslo, 0, 901, "2026-10-26T11:58:00+01", "pageview", "/"),
		act(h.oslo, 0, 902, "2026-10-26T11:59:00+01", "pageview", "/"),
		act(h.nyc, 5, 903, "2026-10-26T11:59:00+01", "pageview", "/"),
	})
	if n, err := h.Live(t.Context(), h.oslo); n != 3 || err != nil { // the reader of News and two who are not counted as visitors
		t.Errorf("%d, %v; want 3", n, err)
	}
}

func TestSearchesFromTheThreshold(t *testing.T) {
	h := newHouse(t)
	add := func(s *site.Site, day site.Day, kind, phrase, opened string, searches, counted, zero uint64) {
		t.Helper()
		err := h.store.Exec(t.Context(), "INSERT INTO searches VALUES ({site:UInt32}, {day:Date}, {kind:String}, {phrase:String}, {opened:String}, {n:UInt64}, {c:UInt64}, {z:UInt64})",
			clickhouse.Named("site", s.ID), clickhouse.Named("day", day.String()), clickhouse.Named("kind", kind), clickhouse.Named("phrase", phrase),
			clickhouse.Named("opened", opened), clickhouse.Named("n", searches), clickhouse.Named("c", counted), clickhouse.Named("z", zero))
		if err != nil {
			t.Fatal(err)
		}
	}
	add(h.oslo, day24, "search", "skjorte", "", 1, 1, 0)
	add(h.oslo, day25, "search", "skjorte", "", 2, 1, 1)
	add(h.oslo, day25, "open", "skjorte", "/s", 1, 0, 0)
	add(h.oslo, day25, "open", "skjorte", "/t", 1, 0, 0)
	add(h.oslo, day25, "search", "bukse", "", 2, 2, 2)
	add(h.oslo, day24, "search", "rare", "", 1, 0, 0)
	add(h.oslo, day24, "open", "rare", "/r", 5, 0, 0) // opened often, searched once: not shown
	add(h.oslo, day24-500, "search", "bukse", "", 9, 0, 0)
	add(h.nyc, day24, "search", "shirt", "", 9, 0, 0)

	q := SearchQuery{Site: h.oslo, From: day24 - 600, To: day26}
	got, err := h.Searches(t.Context(), q)
	if err != nil || len(got.Rows) != 2 || got.Rows[0] != (SearchRow{"skjorte", 2, SearchCounts{3, 1, 2, 0, 0}}) || got.Rows[1] != (SearchRow{"bukse", 1, SearchCounts{2, 2, 0, 0, 0}}) || got.Rare != 1 || got.Total != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	q.Limit, q.Offset = 1, 1
	if got, err = h.Searches(t.Context(), q); err != nil || len(got.Rows) != 1 || got.Rows[0].Phrase != "bukse" || got.Total != 2 {
		t.Errorf("second page: %+v, %v", got, err)
	}
	q = SearchQuery{Site: h.oslo, From: day24, To: day24} // on that day alone, skjorte is as rare as rare
	if got, err = h.Searches(t.Context(), q); err != nil || len(got.Rows) != 0 || got.Rare != 2 {
		t.Errorf("one day: %+v, %v", got, err)
	}
	if q.Site, err = h.oslo.With(site.Settings{MinSearches: 3}); err != nil {
		t.Fatal(err)
	}
	q.To = day26
	if got, err = h.Searches(t.Context(), q); err != nil || len(got.Rows) != 1 || got.Rare != 3 {
		t.Errorf("threshold 3: %+v, %v", got, err)
	}
	var refused *Invalid
	if _, err = h.Searches(t.Context(), SearchQuery{Site: h.oslo, From: day26, To: day24}); !errors.As(err, &refused) {
		t.Errorf("backwards: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	h := newHouse(t)
	if err := h.store.Exec(t.Context(), "INSERT INTO refusals VALUES (1, '2026-10-24', 'robot', 3), (1, '2026-10-25', 'robot', 4), (1, '2026-10-25', 'opted_out', 8), (1, '2026-10-20', 'robot', 9), (2, '2026-10-25', 'robot', 9)"); err != nil {
		t.Fatal(err)
	}
	got, err := h.Refusals(t.Context(), h.oslo, day24, day26)
	if err != nil || len(got) != 2 || got[0] != (Refusal{"opted_out", 8}) || got[1] != (Refusal{"robot", 7}) {
		t.Errorf("%+v, %v", got, err)
	}
	var refused *Invalid
	if _, err := h.Refusals(t.Context(), h.oslo, day26, day24); !errors.As(err, &refused) {
		t.Errorf("backwards: %v", err)
	}
}

func TestTheClockIsOptional(t *testing.T) {
	h := newHouse(t)
	if n, err := New(h.conn, nil).Live(t.Context(), h.oslo); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestFirstDayOfNothing(t *testing.T) {
	h := newHouse(t)
	if _, ok, err := h.FirstDay(t.Context(), h.oslo); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("visitors", "page", "is", "/a")
	f.Add("time_on_page", "prop:x", "matches", "(?i)a{2,3}")
	f.Fuzz(func(t *testing.T, metric, dimension, op, value string) {
		q := Query{From: 1, To: 2, Metrics: []Metric{Metric(metric)}, Dimensions: []Dimension{Dimension(dimension)},
			Filters: []Filter{{Dimension: Dimension(dimension), Op: Op(op), Values: []string{value}}}}
		q.Site, _ = site.New(1, "x.example", "UTC", site.Settings{})
		if q.Check() != nil {
			return
		}
		p := New(nil, time.Now).newPlan(q.withDefaults(), calendar{folded: []run{{1, 1}}, open: []run{{2, 2}}, days: []site.Day{1}, folds: []uint32{1}})
		for _, foreign := range []string{value, strings.TrimPrefix(dimension, "prop:")} {
			if _, ok := DimensionOf(foreign); len(foreign) > 24 && !ok && strings.Contains(p.statement(), foreign) {
				t.Errorf("%q became a part of %s", foreign, p.statement())
			}
		}
	})
}
