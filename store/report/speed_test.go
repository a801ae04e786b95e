package report

import (
	"fmt"
	"strings"
	"testing"

	"sporlos/site"
)

// crowded fills a year, of which the last day is open, with about two million events, made by ClickHouse itself, and folds its days.
func crowded(b *testing.B) *house {
	b.Helper()
	h := newHouse(b)
	first := day26 - 364
	insert := fmt.Sprintf(`INSERT INTO events (%s)
SELECT 1, toDate(day), toDateTime(toUInt32(at + step * 40), 'UTC'), visitor, bitShiftLeft(at, 32) + n,
    if(step %% 4 = 3, if(step = 7, 'Signup', 'engagement'), 'pageview'), 1, 'oslo.example',
    concat('/page/', toString(toUInt32(pow(20000, (cityHash64(n, step) %% 1000000) / 1e6)))),
    '', ['', 'Google', 'Bing', 'News', 'Forum'][1 + n %% 5], 'Direct', '', '', ['', 'spring', 'summer'][1 + n %% 3], '', '',
    ['NO', 'SE', 'DK', 'DE', 'US'][1 + n %% 7 %% 5], '', concat('City ', toString(n %% 300)),
    ['Chrome', 'Firefox', 'Safari'][1 + n %% 3], toString(120 + n %% 20), ['Windows', 'Linux', 'iOS'][1 + n %% 3], toString(n %% 5), ['Desktop', 'Mobile'][1 + n %% 2],
    if(step %% 4 = 3, 15000, 0), if(step = 3, 60, 0), [], []
FROM
(
    SELECT number AS n, toUInt16(%d + n %% 365) AS day, toUInt64(day) * 86400 + cityHash64(n) %% 70000 AS at, 1 + cityHash64(n, 'visitor') %% 60000 AS visitor,
        arrayJoin(range(1 + cityHash64(n, 'length') %% 13)) AS step
    FROM numbers(290000)
)`, strings.Join(eventColumns, ", "), first)
	settings := " SETTINGS max_partitions_per_insert_block = 0"
	if err := h.store.Exec(b.Context(), strings.Replace(insert, "\nSELECT", settings+"\nSELECT", 1)); err != nil {
		b.Fatal(err)
	}
	h.foldAll(b, first, day26-1, "toUInt32(1 + cityHash64(day) % 1000000)")
	for _, table := range []string{"events", "visits", "rollups"} {
		if err := h.store.Exec(b.Context(), "OPTIMIZE TABLE "+table+" FINAL"); err != nil {
			b.Fatal(err)
		}
	}
	return h
}

// foldAll folds a range of days, each as if by itself, under the number that the expression gives.
func (h *house) foldAll(b *testing.B, from, to site.Day, folds string) {
	b.Helper()
	for day := from; day <= to; day += 30 {
		h.foldRange(b, h.oslo, day, min(day+29, to), folds)
	}
}

// BenchmarkOverview asks each question of the overview, over 12 months and over 30 days of about two million events a year; the last
// day is open. Run it with: go test -bench Overview -run '^$' ./store/report
func BenchmarkOverview(b *testing.B) {
	h := crowded(b)
	var events uint64
	if err := h.store.QueryRow(b.Context(), "SELECT count() FROM events").Scan(&events); err != nil {
		b.Fatal(err)
	}
	norway := []Filter{{Dimension: Country, Op: Is, Values: []string{"NO"}}}
	page := []Filter{{Dimension: Page, Op: Is, Values: []string{"/page/7"}}}
	six := []Metric{Visitors, Visits, Pageviews, ViewsPerVisit, BounceRate, VisitDuration}
	for _, span := range []struct {
		name string
		days site.Day
	}{{"12mo", 365}, {"30d", 30}} {
		for _, q := range []struct {
			name string
			q    Query
		}{
			{"totals", Query{Metrics: six}},
			{"by day", Query{Metrics: six, Dimensions: []Dimension{DayDim}}},
			{"sources", Query{Metrics: []Metric{Visitors, Percentage}, Dimensions: []Dimension{Source}, Limit: 10}},
			{"pages", Query{Metrics: []Metric{Visitors, Pageviews, BounceRate, TimeOnPage}, Dimensions: []Dimension{Page}, Limit: 10}},
			{"entry pages", Query{Metrics: []Metric{Visitors, BounceRate}, Dimensions: []Dimension{EntryPage}, Limit: 10}},
			{"countries", Query{Metrics: []Metric{Visitors, Percentage}, Dimensions: []Dimension{Country}, Limit: 10}},
			{"browsers", Query{Metrics: []Metric{Visitors, Percentage}, Dimensions: []Dimension{BrowserVersion}, Limit: 10}},
			{"events", Query{Metrics: []Metric{Visitors, Events}, Dimensions: []Dimension{Event}, Limit: 10}},
			{"Norway by day", Query{Metrics: six, Dimensions: []Dimension{DayDim}, Filters: norway}},
			{"Norway sources", Query{Metrics: []Metric{Visitors}, Dimensions: []Dimension{Source}, Filters: norway, Limit: 10}},
			{"Norway pages", Query{Metrics: []Metric{Visitors}, Dimensions: []Dimension{Page}, Filters: norway, Limit: 10}},
			{"page totals", Query{Metrics: six, Filters: page}},
			{"page sources", Query{Metrics: []Metric{Visitors}, Dimensions: []Dimension{Source}, Filters: page, Limit: 10}},
		} {
			q.q.Site, q.q.From, q.q.To = h.oslo, day26-span.days+1, day26
			b.Run(fmt.Sprintf("%s/%s", span.name, q.name), func(b *testing.B) {
				answered := ""
				for b.Loop() {
					answered = h.run(b, q.q).Answered
				}
				b.ReportMetric(float64(events), "events")
				b.Logf("answered from %s", answered)
			})
		}
	}
}
