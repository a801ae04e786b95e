package site

import (
	"testing"
	"time"
)

func TestDayFollowsTheSitesMidnight(t *testing.T) {
	s, err := New(1, "example.org", "Europe/Oslo", Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ utc, day string }{
		{"2026-11-23T22:59:59Z", "2026-11-23"}, // winter: UTC+1
		{"2026-11-23T23:00:00Z", "2026-11-24"},
		{"2026-07-01T21:59:59Z", "2026-07-01"}, // summer: UTC+2
		{"2026-07-01T22:00:00Z", "2026-07-02"},
		{"2026-11-23T12:00:00Z", "2026-11-23"}, // back again: the cached day is not taken for another
	} {
		at, _ := time.Parse(time.RFC3339, c.utc)
		if got := s.DayAt(at.Unix()).String(); got != c.day {
			t.Errorf("%s is on %s, want %s", c.utc, got, c.day)
		}
	}
}

func TestBoundsKnowDaylightSaving(t *testing.T) {
	s, _ := New(1, "example.org", "Europe/Oslo", Settings{})
	for date, hours := range map[string]int64{"2026-03-29": 23, "2026-10-25": 25, "2026-11-23": 24} {
		noon, _ := time.Parse(time.RFC3339, date+"T12:00:00Z")
		start, end := s.Bounds(noon.Unix())
		if end-start != hours*3600 {
			t.Errorf("%s lasts %d s, want %d hours", date, end-start, hours)
		}
		if s.DayAt(start) != s.DayAt(end-1) || s.DayAt(end) != s.DayAt(start)+1 || s.DayAt(start-1) != s.DayAt(start)-1 {
			t.Errorf("%s: days do not change exactly at the bounds", date)
		}
	}
}

// TestDayAtDoesNotAllocateWithinADay also when another site of the zone is asked about another day in between.
func TestDayAtDoesNotAllocateWithinADay(t *testing.T) {
	s, _ := New(1, "example.org", "Europe/Oslo", Settings{})
	other, _ := New(2, "example.com", "Europe/Oslo", Settings{})
	const now, old = 1795424700, 1795424700 - 3*86400
	if n := testing.AllocsPerRun(100, func() { s.DayAt(now); other.DayAt(old) }); n != 0 {
		t.Errorf("DayAt allocates %v times", n)
	}
}

func TestCleanDomain(t *testing.T) {
	for in, want := range map[string]string{
		"Example.org": "example.org", "https://www.example.org/": "example.org", " example.org:8081 ": "example.org:8081", "example.org/blog": "example.org/blog",
	} {
		if got, err := CleanDomain(in); err != nil || got != want {
			t.Errorf("CleanDomain(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, bad := range []string{"", "https://", "a b", "x?y", "me@example.org", "/path", "a,b", ".org"} {
		if got, err := CleanDomain(bad); err == nil {
			t.Errorf("CleanDomain(%q) = %q, want an error", bad, got)
		}
	}
}

func TestNewRefusesUnknownZones(t *testing.T) {
	if _, err := New(1, "example.org", "Europe/Atlantis", Settings{}); err == nil {
		t.Error("a zone that does not exist was taken")
	}
	if s, err := New(1, "example.org", "", Settings{}); err != nil || s.Zone != "UTC" {
		t.Errorf("an empty zone gives %v, %v; want UTC", s, err)
	}
}

// TestSitesWithoutChoicesShareThem: fifty thousand sites that chose nothing keep that once, and none of them is changed with another.
func TestSitesWithoutChoicesShareThem(t *testing.T) {
	plain, _ := New(1, "example.org", "", Settings{})
	other, _ := New(2, "other.example", "", Settings{})
	if plain.choices != other.choices {
		t.Error("two sites without choices keep them twice")
	}
	chosen, err := plain.With(Settings{MinSearches: 5, ExcludedAddresses: []string{"192.0.2.0/24"}})
	if err != nil || chosen.ID != 1 || chosen.Domain != "example.org" || chosen.Settings().MinSearches != 5 || !chosen.ExcludesAddresses() {
		t.Errorf("with choices: %+v, %v", chosen, err)
	}
	if plain.Settings().MinSearches != 0 || plain.ExcludesAddresses() || other.Settings().MinSearches != 0 {
		t.Error("the choices of one site have become those of others")
	}
	if _, err := plain.With(Settings{Preset: "unknown"}); err == nil {
		t.Error("an unknown preset was taken")
	}
}
