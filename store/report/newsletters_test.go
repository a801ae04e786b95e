package report

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sporlos/site"
	"sporlos/store"
	"sporlos/store/enginetest"
)

// TestNewsletters counts by hand: two campaigns of one site over three days, one of another site, and a row that is too old.
func TestNewsletters(t *testing.T) {
	db := enginetest.Migrated(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	if real := time.Now(); real.Sub(now) > 300*24*time.Hour || now.Sub(real) > 300*24*time.Hour {
		now = real // rows must be younger than the retention
	}
	s, err := site.New(1, "example.org", "UTC", site.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	today := s.DayAt(now.Unix())
	add(t, db, 1, today-1, "spring", "", "open", 5)
	add(t, db, 1, today, "spring", "", "open", 2)
	add(t, db, 1, today, "spring", "", "machine", 4)
	add(t, db, 1, today-1, "spring", "blog", "click", 1)
	add(t, db, 1, today-1, "spring", "shop", "click", 3)
	add(t, db, 1, today, "spring", "shop", "click", 6)
	add(t, db, 1, today, "spring", "shop", "machine", 2)
	add(t, db, 1, today, "autumn", "jobs", "click", 1)
	add(t, db, 1, today-3, "spring", "shop", "click", 100) // before the period
	add(t, db, 2, today, "spring", "shop", "click", 100)   // another site
	r := New(db.Conn(), func() time.Time { return now })
	got, err := r.Newsletters(context.Background(), s, today-2, today)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("[{autumn 0 1 0 [{jobs 1 0}] [{%s 0 0} {%s 0 0} {%s 0 1}]} {spring 7 10 6 [{shop 9 2} {blog 1 0}] [{%s 0 0} {%s 5 4} {%s 2 6}]}]",
		today-2, today-1, today, today-2, today-1, today)
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	rounded, err := site.New(1, "example.org", "UTC", site.Settings{Preset: "cnil"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Newsletters(context.Background(), rounded, today, today); err != nil || got[1].Clicks != 10 || got[1].Opens != 0 || got[1].Links[0].Clicks != 10 || got[1].Days[0].Clicks != 10 {
		t.Errorf("rounded to ten: %v, %v", got, err)
	}
	if got, err := r.Newsletters(context.Background(), s, today-20, today-10); err != nil || len(got) != 0 {
		t.Errorf("nothing happened: %v, %v", got, err)
	}
}

// TestNewslettersForget: what is too old is not shown even while it is on the disk.
func TestNewslettersForget(t *testing.T) {
	db := enginetest.Migrated(t)
	s, err := site.New(1, "example.org", "UTC", site.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	today := s.DayAt(time.Now().Unix())
	add(t, db, 1, today-10, "spring", "shop", "click", 3)
	later := time.Now().AddDate(0, 14, 0)
	got, err := New(db.Conn(), func() time.Time { return later }).Newsletters(context.Background(), s, today-20, today)
	if err != nil || len(got) != 0 {
		t.Errorf("14 months later: %v, %v", got, err)
	}
}

func TestNewslettersRefuse(t *testing.T) {
	s, err := site.New(1, "example.org", "UTC", site.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for name, days := range map[string][2]site.Day{"backwards": {5, 4}, "too long": {1, 4000}} {
		if _, err := New(nil, time.Now).Newsletters(context.Background(), s, days[0], days[1]); err == nil {
			t.Errorf("%s: was asked", name)
		}
	}
}

func add(t *testing.T, db *store.Store, site uint32, day site.Day, campaign, link, kind string, n uint64) {
	t.Helper()
	err := db.Insert(t.Context(), "newsletters", fmt.Sprint(site, day, campaign, link, kind), []store.Column{
		{Name: "site", Values: []uint32{site}}, {Name: "day", Values: []time.Time{day.Date()}}, {Name: "campaign", Values: []string{campaign}},
		{Name: "link", Values: []string{link}}, {Name: "kind", Values: []string{kind}}, {Name: "letters", Values: []uint64{n}},
	})
	if err != nil {
		t.Fatal(err)
	}
}
