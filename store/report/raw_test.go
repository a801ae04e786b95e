package report

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sporlos/site"
	"sporlos/store"
	"sporlos/store/enginetest"
)

// rawRow is a stored event of the tests below.
type rawRow struct {
	day            site.Day
	at             string // UTC
	visitor, visit uint64
	path           string
}

func storeRaw(t *testing.T, s *store.Store, id uint32, rows ...rawRow) {
	t.Helper()
	batch, err := s.Conn().PrepareBatch(context.Background(), `INSERT INTO events (site, day, time, visitor, visit, name, path, revenue, currency, prop_keys, prop_values)`)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		at, err := time.Parse(time.DateTime, r.at)
		if err != nil {
			t.Fatal(err)
		}
		if err := batch.Append(id, r.day.Date(), at, r.visitor, r.visit, "pageview", r.path, int64(12500), "NOK", []string{"plan"}, []string{"large"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
}

// TestRaw: three visits of two visitors on two days in Oslo, written by hand. The first visitor came twice on the first day.
func TestRaw(t *testing.T) {
	s := enginetest.Migrated(t)
	one, err := site.New(7, "raw.example", "Europe/Oslo", site.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	first, second := site.DayOfDate(2026, 11, 2), site.DayOfDate(2026, 11, 3)
	storeRaw(t, s, 7,
		rawRow{first, "2026-11-02 09:10:50", 111, 500, "/b"}, rawRow{first, "2026-11-02 09:10:20", 111, 500, "/a"}, // stored out of order
		rawRow{first, "2026-11-02 22:59:59", 111, 900, "/c"},
		rawRow{second, "2026-11-02 23:00:01", 222, 40, "/d"}, rawRow{second, "2026-11-02 23:05:00", 222, 40, "/e"})
	storeRaw(t, s, 8, rawRow{first, "2026-11-02 09:10:20", 111, 500, "/of-another-site"})
	now := func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }
	for _, page := range []int{0, 1, 2, 3} { // pages never cut a visit in two
		r := New(s.Conn(), now)
		r.page = page
		read := func(from, to site.Day) (got []string) {
			err := r.Raw(context.Background(), one, from, to, func(e *RawEvent) error {
				got = append(got, fmt.Sprintf("%d %s %s +%d %s %d%s %v=%v", e.Visit, e.Day, e.Started.Format("02 15:04:05"), e.Seconds, e.Path, e.RevenueMilli, e.Currency, e.PropKeys, e.PropValues))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		const rest = " 12500NOK [plan]=[large]"
		want := []string{
			"1 2026-11-02 02 10:10:00 +0 /a" + rest, "1 2026-11-02 02 10:10:00 +30 /b" + rest, "2 2026-11-02 02 23:59:00 +0 /c" + rest,
			"3 2026-11-03 03 00:00:00 +0 /d" + rest, "3 2026-11-03 03 00:00:00 +299 /e" + rest,
		}
		if got := read(first, second); !slices.Equal(got, want) {
			t.Errorf("pages of %d:\n%s\nwant\n%s", page, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if got := read(second, second); len(got) != 2 || !strings.HasPrefix(got[0], "1 ") { // numbered anew
			t.Errorf("the second day alone: %q", got)
		}
		if got := read(first-400, first-300); len(got) != 0 {
			t.Errorf("days without events: %q", got)
		}
	}
}

func TestRawIsRefusedOrEndsEarly(t *testing.T) {
	s := enginetest.Migrated(t)
	day := site.DayOfDate(2026, 11, 2)
	storeRaw(t, s, 7, rawRow{day, "2026-11-02 09:10:50", 111, 500, "/b"}, rawRow{day, "2026-11-02 09:10:51", 111, 500, "/c"})
	r := New(s.Conn(), func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) })
	rounded, err := site.New(7, "raw.example", "UTC", site.Settings{Preset: "cnil"})
	if err != nil {
		t.Fatal(err)
	}
	none := func(*RawEvent) error { t.Error("an event was handed out"); return nil }
	var invalid *Invalid
	if err := r.Raw(context.Background(), rounded, day, day, none); !errors.As(err, &invalid) || !strings.Contains(invalid.Reason, "cnil") {
		t.Errorf("a site whose counts are rounded: %v", err)
	}
	exact, _ := site.New(7, "raw.example", "UTC", site.Settings{})
	if err := r.Raw(context.Background(), exact, day, day-1, none); !errors.As(err, &invalid) {
		t.Errorf("a period that ends before it begins: %v", err)
	}
	if err := New(s.Conn(), func() time.Time { return time.Date(2028, 2, 1, 0, 0, 0, 0, time.UTC) }).Raw(context.Background(), exact, day, day, none); err != nil {
		t.Errorf("what has expired: %v", err)
	}
	full, n := errors.New("the disk is full"), 0
	if err := r.Raw(context.Background(), exact, day, day, func(*RawEvent) error { n++; return full }); !errors.Is(err, full) || n != 1 {
		t.Errorf("a writer that fails: %v after %d", err, n)
	}
}
