package report

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"sporlos/event"
)

// TestKeptAnswersAreTheDatabasesOwn asks in every order, page by page, and expects the same rows in the same order, first and last, whether
// folded days are asked anew, kept, or too many to be kept.
func TestKeptAnswersAreTheDatabasesOwn(t *testing.T) {
	h := newHouse(t)
	h.insert(t, crowd(h.oslo, 5, day24-40, day26, 400))
	h.foldRange(t, h.oslo, day24-40, day26-1, "3")
	h.sumMonths(t, h.oslo, day24-40, day26, 1)
	r := rand.New(rand.NewPCG(1, 9))
	rows := 0
	for i := range 28 {
		q := Query{Site: h.oslo, From: day24 - 40, To: day26, Limit: r.IntN(4), Offset: r.IntN(3)}
		q.Dimensions = [][]Dimension{{Page}, {Source, DayDim}, {Country}, {Browser, City}, {Week}, nil, {Event}}[i%7]
		q.Metrics = allowed(q)
		r.Shuffle(len(q.Metrics), func(i, j int) { q.Metrics[i], q.Metrics[j] = q.Metrics[j], q.Metrics[i] })
		q.Metrics = q.Metrics[:1+r.IntN(len(q.Metrics))]
		for range r.IntN(3) {
			if o := (Order{Metric: q.Metrics[r.IntN(len(q.Metrics))], Desc: r.IntN(2) == 0}); !slices.ContainsFunc(q.Order, func(was Order) bool { return was.Metric == o.Metric }) {
				q.Order = append(q.Order, o)
			}
		}
		if r.IntN(2) == 0 && len(q.Dimensions) > 0 {
			q.Order = append(q.Order, Order{Dimension: q.Dimensions[r.IntN(len(q.Dimensions))], Desc: r.IntN(2) == 0})
		}
		h.withoutKept = true
		want := h.run(t, q)
		rows += len(want.Rows)
		h.withoutKept = false
		for _, most := range []int{keptRows, keptRows, 1} {
			if h.most = most; most == 1 {
				h.Forget()
			}
			if got := h.run(t, q); !reflect.DeepEqual(got, want) {
				t.Errorf("at most %d kept, %+v:\ngot  %+v\nwant %+v", most, q, got, want)
			}
		}
	}
	if rows < 40 {
		t.Errorf("only %d rows were compared", rows)
	}
}

// TestFoldedDaysAreAskedOnce asks again after everything that was made of folded days has gone: what is kept answers, and another question
// does not.
func TestFoldedDaysAreAskedOnce(t *testing.T) {
	h := newHouse(t)
	h.insert(t, crowd(h.oslo, 6, day24, day26, 60))
	h.foldRange(t, h.oslo, day24, day26-1, "3")
	q := Query{Site: h.oslo, From: day24, To: day26, Metrics: []Metric{Visits}, Dimensions: []Dimension{Source}}
	was := h.run(t, q)
	h.exec(t, h.oslo, day24, day26, "TRUNCATE TABLE rollups")
	if again := h.run(t, q); !reflect.DeepEqual(again, was) {
		t.Errorf("asked again: %v, was %v", again, was)
	}
	q.Dimensions = []Dimension{Country}
	var closed float64
	for _, row := range h.run(t, q).Rows {
		closed += row.Metrics[0]
	}
	today := h.run(t, Query{Site: h.oslo, From: day26, To: day26, Metrics: []Metric{Visits}})
	if fmt.Sprint(closed) != fmt.Sprint(today.Rows[0].Metrics[0]) {
		t.Errorf("a question nobody has asked found %v visits where only the open day's %v are left", closed, today.Rows)
	}
}

// TestOpenDaysAreKeptWhereNothingArrives: an answer about today is kept once nothing has arrived for a while, and not a moment longer than
// until something does.
func TestOpenDaysAreKeptWhereNothingArrives(t *testing.T) {
	h := newHouse(t)
	h.insert(t, crowd(h.oslo, 7, day26, day26, 30))
	q := Query{Site: h.oslo, From: day26, To: day26, Metrics: []Metric{Visits}, Dimensions: []Dimension{Source}}
	visits := func() (n float64) {
		for _, row := range h.run(t, q).Rows {
			n += row.Metrics[0]
		}
		return n
	}
	if n := visits(); n != 30 {
		t.Fatalf("%v of 30 visits", n)
	}
	h.exec(t, h.oslo, day26, day26, "ALTER TABLE events DELETE WHERE visit % 2 = 0 SETTINGS mutations_sync = 2") // arrivals say nothing of it
	some := visits()
	if some >= 30 || some == 0 {
		t.Fatalf("an answer that was seconds old was kept: %v", some)
	}
	time.Sleep(calmAfter + 100*time.Millisecond)
	if n := visits(); n != some {
		t.Fatalf("%v visits, and %v before", n, some)
	}
	none := Query{Site: h.oslo, From: day24, To: day25, Metrics: []Metric{Visitors, Percentage}, Dimensions: []Dimension{Source}}
	if r := h.run(t, none); len(r.Rows) != 0 {
		t.Errorf("days without anything have %v", r.Rows)
	}
	none.Dimensions, none.Metrics = nil, none.Metrics[:1]
	if r := h.run(t, none); len(r.Rows) != 1 || r.Rows[0].Metrics[0] != 0 {
		t.Errorf("days without anything count %v", r.Rows)
	}
	h.exec(t, h.oslo, day26, day26, "TRUNCATE TABLE events")
	if n := visits(); n != some {
		t.Errorf("asked again although nothing had arrived: %v visits, %v before", n, some)
	}
	h.insert(t, []event.Event{act(h.oslo, 1, 77, "2026-10-26T09:00:00Z", "pageview", "/")})
	if n := visits(); n != 1 {
		t.Errorf("something arrived, and the answer is %v visits", n)
	}
}
