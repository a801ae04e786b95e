package dashboards

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sporlos/dashboards/test/fixture"
	"sporlos/event"
	"sporlos/site"
)

// lastShift is the day, within the last year, on which the clock of a zone was last put back, or forward.
func lastShift(t *testing.T, zone *time.Location, now time.Time, back bool) time.Time {
	t.Helper()
	for day := now.AddDate(0, 0, -1); now.Sub(day) < 366*24*time.Hour; day = day.AddDate(0, 0, -1) {
		start := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
		if long := start.AddDate(0, 0, 1).Sub(start); back && long > 24*time.Hour || !back && long < 24*time.Hour {
			return start
		}
	}
	t.Fatal("the zone has no change of the clock")
	return time.Time{}
}

// seenAt writes somebody's pageviews of / on a site: one visit, which midnight ends. The script's second signs of life are left out.
func (h *house) seenAt(one *site.Site, visitor uint64, times ...time.Time) {
	h.Helper()
	var list []event.Event
	for _, at := range times {
		day := one.DayAt(at.Unix())
		who := visitor<<16 | uint64(day) // a visitor's number dies with the day, and the visit with it
		list = append(list, event.Event{Site: one.ID, Day: uint16(day), Time: uint32(at.Unix()), Visitor: who, Visit: who, Name: event.Pageview, Interactive: true, Path: "/", Channel: "Direct"})
	}
	if err := fixture.Insert(context.Background(), h.store, list); err != nil {
		h.Fatal(err)
	}
}

// TestNumbersByTheClockOfTheSite on days whose clock is changed, in two zones. Of the day before, the day and the day after, by hand:
//
//	V  23:50 before, 23:55 before, 00:05   two visits, for midnight ends one: 2 pages in 300 s, then 1
//	W  01:30, 03:30                        two pages; 3 h apart when the clock is put back, 1 h when it is put forward
//	X  23:59                               a page
//
// visitors 1 + 3 (V again, W, X) = 4, visits 4, pages 6, 1.5 a visit, bounces 2 of 4 (V's second, X).
func TestNumbersByTheClockOfTheSite(t *testing.T) {
	h := furnished(t, nil)
	for _, name := range []string{"Europe/Oslo", "America/New_York"} {
		for _, back := range []bool{true, false} {
			domain := fmt.Sprintf("%s-%v.example", strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(name)), back)
			one, err := h.settings.AddSite(context.Background(), domain, name)
			if err != nil {
				t.Fatal(err)
			}
			h.sameClock(one, lastShift(t, one.Location(), h.now, back), back)
		}
	}
}

func (h *house) sameClock(one *site.Site, day time.Time, back bool) {
	h.Helper()
	at := func(days, hour, minute int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day()+days, hour, minute, 0, 0, one.Location())
	}
	h.seenAt(one, 1, at(-1, 23, 50), at(-1, 23, 55), at(0, 0, 5))
	first, second := at(0, 0, 30).Add(time.Hour), at(0, 3, 30) // 01:30, the first of two where there are two
	h.seenAt(one, 2, first, second)
	h.seenAt(one, 3, at(0, 23, 59))
	between := map[bool]float64{true: 3, false: 1}[back] * 3600 // Oslo changes at 02:00 or 03:00, between the two
	if got := second.Sub(first).Seconds(); got != between {
		h.Fatalf("%s: the two pages are %v s apart, want %v", one.Zone, got, between)
	}
	label := func(days int) string { return day.AddDate(0, 0, days).Format(time.DateOnly) }
	duration := map[bool]string{true: "46m 15s", false: "16m 15s"}[back] // (300 + 0 + 10 800 + 0) / 4, or with 3 600
	h.wants(h.get("/"+one.Domain+"?compare=none&from="+label(-1)+"&to="+label(1)), 200, map[string]string{
		"figure-visitors": "Visitors 4 – nothing to compare with", "figure-visits": "Visits 4 – nothing to compare with", "figure-pageviews": "Pageviews 6 – nothing to compare with",
		"figure-views_per_visit": "Views per visit 1.50 – nothing to compare with", "figure-bounce_rate": "Bounce rate 50% – nothing to compare with",
		"figure-visit_duration": "Visit duration " + duration + " – nothing to compare with",
	})
	a := h.get("/" + one.Domain + "?metric=pageviews&compare=none&from=" + label(0) + "&to=" + label(0))
	hours := map[string]string{}
	rows := tableRows(find(a.doc, "chart"))
	for _, r := range rows {
		hours[r[0][len(r[0])-5:]] = r[1]
	}
	want := map[bool]int{true: 24, false: 23}[back] // the hour that comes twice is one
	if len(rows) != want || hours["00:00"] != "1" || hours["01:00"] != "1" || hours["03:00"] != "1" || hours["23:00"] != "1" || hours["12:00"] != "0" {
		h.Errorf("%s, %v: %d hours: %v", one.Zone, back, len(rows), hours)
	}
	days := h.get("/" + one.Domain + "?metric=visitors&compare=none&from=" + label(-1) + "&to=" + label(1))
	var counts []string
	for _, r := range tableRows(find(days.doc, "chart")) {
		counts = append(counts, r[1])
	}
	if got := strings.Join(counts, " "); got != "1 3 0" {
		h.Errorf("%s: visitors by day are %s, want 1 3 0", one.Zone, got)
	}
}
