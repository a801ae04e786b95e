package report

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"sporlos/event"
)

// TestTogether: the questions of one page see the same state of the days, also when a day changes and is folded meanwhile; others see the new
// one at once.
func TestTogether(t *testing.T) {
	h := newHouse(t)
	h.insert(t, h.fixture())
	h.fold(t, h.oslo, day24, 1)
	h.fold(t, h.oslo, day25, 1)
	q := Query{Site: h.oslo, From: day24, To: day25, Metrics: []Metric{Visits, Pageviews}}
	ask := func(ctx context.Context) string {
		r, err := h.Run(ctx, q)
		if err != nil {
			t.Error(err)
			return ""
		}
		return fmt.Sprint(r.Rows[0].Metrics, " ", r.Answered)
	}
	page := Together(t.Context())
	before := ask(page)
	h.insert(t, []event.Event{act(h.oslo, 99, 9901, "2026-10-24T10:00:00Z", "pageview", "/late")})
	if got, want := ask(t.Context()), "[7 8] mixed"; got != want {
		t.Errorf("after a late event: %s, want %s", got, want)
	}
	h.fold(t, h.oslo, day24, 2)
	if got, want := ask(t.Context()), "[7 8] rollups"; got != want {
		t.Errorf("folded again: %s, want %s", got, want)
	}
	var panels sync.WaitGroup
	for range 8 {
		panels.Go(func() {
			if got := ask(page); got != before || before != "[6 7] rollups" {
				t.Errorf("the page says %s, and said %s before", got, before)
			}
		})
	}
	panels.Wait()
	if got, want := ask(Together(t.Context())), "[7 8] rollups"; got != want {
		t.Errorf("the next page: %s, want %s", got, want)
	}
}
