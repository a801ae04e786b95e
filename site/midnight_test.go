package site

import (
	"testing"
	"time"
)

// awkward are zones whose clocks do what Oslo's does not: skip a midnight, live one twice, change by half an hour, lie at the edge.
var awkward = []string{"Europe/Oslo", "America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham",
	"Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Havana", "America/Asuncion", "Asia/Gaza", "Africa/Casablanca", "Asia/Tehran", "UTC"}

// TestDaysAreSealed walks ten years in each zone: days follow each other without a gap, a day holds exactly the seconds with its date,
// and the cached day is never taken for another.
func TestDaysAreSealed(t *testing.T) {
	for _, zone := range awkward {
		s, err := New(1, "example.org", zone, Settings{})
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2017, 1, 1, 12, 0, 0, 0, time.UTC).Unix()
		start, end := s.Bounds(at)
		for last := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC).Unix(); start < last; start, end = s.Bounds(end) {
			day := dateOf(s, start)
			if s.DayAt(start) != day || s.DayAt(end-1) != day || dateOf(s, end-1) != day || dateOf(s, end) != day+1 || dateOf(s, start-1) != day-1 {
				t.Fatalf("%s: %s is said to last from %d to %d", zone, day, start, end)
			}
			for _, t0 := range []int64{start - 1, start, end - 1, end, start - 1800, end - 1800, start} { // back and forth, with the cache in use
				if got := s.DayAt(t0); got != dateOf(s, t0) {
					t.Fatalf("%s: second %d is on %s, want %s", zone, t0, got, dateOf(s, t0))
				}
			}
			if hours := float64(end-start) / 3600; hours < 22.9 || hours > 25.1 {
				t.Fatalf("%s: %s lasts %v hours", zone, day, hours)
			}
		}
	}
}

// dateOf asks the clock on the wall, as the code under test does not.
func dateOf(s *Site, at int64) Day {
	date, err := time.Parse(time.DateOnly, time.Unix(at, 0).In(s.Location()).Format(time.DateOnly))
	if err != nil {
		panic(err)
	}
	return Day(date.Unix() / 86400)
}

// TestMidnightsThatAreNot holds days that are known to be odd, from the IANA database.
func TestMidnightsThatAreNot(t *testing.T) {
	for _, c := range []struct {
		zone, date string
		start      string // on the wall
		hours      int64
	}{
		{"America/Sao_Paulo", "2018-11-04", "01:00", 23}, // 00:00 became 01:00
		{"America/Sao_Paulo", "2018-02-17", "00:00", 25}, // at 24:00 it was 23:00 again
		{"Asia/Beirut", "2026-03-29", "01:00", 23},
		{"Asia/Beirut", "2025-10-25", "00:00", 25},
		{"Africa/Cairo", "2026-04-24", "01:00", 23},
		{"Africa/Cairo", "2025-10-30", "00:00", 25},
		{"Europe/Oslo", "2026-03-29", "00:00", 23},
		{"Europe/Oslo", "2025-10-26", "00:00", 25},
	} {
		s, err := New(1, "example.org", c.zone, Settings{})
		if err != nil {
			t.Fatal(err)
		}
		noon, err := time.ParseInLocation("2006-01-02 15:04", c.date+" 12:00", s.Location())
		if err != nil {
			t.Fatal(err)
		}
		start, end := s.Bounds(noon.Unix())
		if wall := time.Unix(start, 0).In(s.Location()).Format("2006-01-02 15:04"); wall != c.date+" "+c.start || end-start != c.hours*3600 {
			t.Errorf("%s in %s starts at %s and lasts %d s, want %s and %d hours", c.date, c.zone, wall, end-start, c.start, c.hours)
		}
	}
}
