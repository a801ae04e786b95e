package derive_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/store"
	"sporlos/store/derive"
	"sporlos/store/enginetest"
)

const (
	where   = "site = 1 AND day = '2026-11-22'"
	columns = "site, day, time, visitor, visit, name, interactive, path, source, browser, browser_version, engagement, scroll"
)

// day is small enough to check by hand. Two visitors; visit 1 sees /a /b /a, visit 2 bounces, visit 3 is visit 1's visitor again.
const day = `
(1, '2026-11-22', 1795348800, 10, 1, 'pageview',   true,  '/a', 'Bing', 'Firefox', '145', 0, 0),
(1, '2026-11-22', 1795348805, 10, 1, 'engagement', false, '/a', 'Bing', 'Firefox', '145', 4000, 60),
(1, '2026-11-22', 1795348805, 10, 1, 'pageview',   true,  '/b', 'Bing', 'Firefox', '145', 0, 0),
(1, '2026-11-22', 1795348830, 10, 1, 'pageview',   true,  '/a', 'Bing', 'Firefox', '145', 0, 0),
(1, '2026-11-22', 1795348840, 10, 1, 'engagement', false, '/a', 'Bing', 'Firefox', '145', 6000, 80),
(1, '2026-11-22', 1795348800, 20, 2, 'pageview',   true,  '/b', '',     'Chrome',  '131', 0, 0),
(1, '2026-11-22', 1795353000, 10, 3, 'pageview',   true,  '/c', '',     'Firefox', '145', 0, 0),
(1, '2026-11-22', 1795356000, 10, 3, 'Signup',     true,  '/c', '',     'Firefox', '145', 0, 0)`

func small(t *testing.T) *store.Store {
	t.Helper()
	s := enginetest.Migrated(t)
	exec(t, s, "INSERT INTO events ("+columns+") VALUES "+day)
	return s
}

func exec(t *testing.T, s *store.Store, query string) {
	t.Helper()
	if err := s.Exec(context.Background(), query); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
}

// lines returns the rows of a question with one text column.
func lines(t *testing.T, s *store.Store, query string) []string {
	t.Helper()
	ctx := clickhouse.Context(context.Background(), clickhouse.WithParameters(clickhouse.Parameters{"zone": "Europe/Oslo"}))
	rows, err := s.Query(ctx, query)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		got = append(got, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return got
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func TestVisits(t *testing.T) {
	s := small(t)
	got := lines(t, s, `SELECT concatWithSeparator(' ', toString(visit), toString(visitor), toString(toUnixTimestamp(start) - 1795348800), toString(seconds),
		toString(pageviews), toString(events), toString(hits), toString(bounce), toString(engagement), entry_page, exit_page, concat('[', source, ']'), browser)
		FROM (`+derive.Visits(where)+`) ORDER BY visit`)
	same(t, "visit visitor start seconds pageviews events hits bounce engagement entry exit source browser", got, []string{
		"1 10 0 40 3 3 5 0 10000 /a /a [Bing] Firefox",
		"2 20 0 0 1 1 1 1 0 /b /b [] Chrome",
		"3 10 4200 3000 1 2 2 0 0 /c /c [] Firefox",
	})
}

func TestColumnsAreInOrder(t *testing.T) {
	s := small(t)
	exec(t, s, "INSERT INTO visits ("+strings.Join(derive.VisitColumns(), ", ")+", fold) SELECT *, 1 FROM ("+derive.Numbered(where)+")")
	same(t, "columns of visits", described(t, s, derive.Numbered(where)), derive.VisitColumns())
	exec(t, s, "INSERT INTO pages ("+strings.Join(derive.PageColumns(), ", ")+", fold) SELECT *, 1 FROM ("+derive.Seen(where, "visits")+")")
	same(t, "columns of pages", described(t, s, derive.Seen(where, "visits")), derive.PageColumns())
}

func TestNumbered(t *testing.T) {
	s := small(t)
	exec(t, s, "INSERT INTO events ("+columns+") VALUES (1, '2026-11-22', 1795357000, 0, 4, 'pageview', true, '/a', '', '', '', 0, 0), (1, '2026-11-22', 1795357000, 0, 5, 'pageview', true, '/a', '', '', '', 0, 0)")
	got := lines(t, s, "SELECT format('{} {} {} {} {} {}', toString(visit), toString(nth), toString(lone), toString(who), toString(names), toString(counts)) FROM ("+derive.Numbered(where)+") ORDER BY visit")
	same(t, "visit nth lone who names counts", got, []string{"1 1 0 1 [] []", "2 2 1 0 [] []", "3 3 0 1 ['Signup'] [1]", "4 4 0 0 [] []", "5 5 0 0 [] []"})
	same(t, "counted", lines(t, s, "SELECT toString("+derive.Counted+") FROM ("+derive.Numbered(where)+")"), []string{"2"})
}

func TestSeen(t *testing.T) {
	s := small(t)
	got := lines(t, s, `SELECT concatWithSeparator(' ', page, toString(nth), toString(lone), toString(who), toString(pageviews), toString(events), toString(engagement), toString(scroll),
		toString(views), toString(seconds), toString(bounce), entry_page, exit_page, browser) FROM (`+derive.Seen(where, derive.Make(where).Visits)+`) ORDER BY page, nth`)
	same(t, "page nth lone who pageviews events engagement scroll views seconds bounce entry exit browser", got, []string{
		"/a 1 0 1 2 2 10000 80 3 40 0 /a /a Firefox",
		"/b 1 0 1 1 1 0 0 3 40 0 /a /a Firefox",
		"/b 2 1 0 1 1 0 0 1 0 1 /b /b Chrome",
		"/c 3 0 1 1 2 0 0 1 3000 0 /c /c Firefox",
	})
}

func described(t *testing.T, s *store.Store, query string) []string {
	t.Helper()
	rows, err := s.Query(clickhouse.Context(context.Background(), clickhouse.WithParameters(clickhouse.Parameters{"zone": "Europe/Oslo"})), query)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	defer rows.Close()
	return rows.Columns()
}

// TestOneSecond: what happened in one second is ordered the same way, in whichever order it was inserted.
func TestOneSecond(t *testing.T) {
	rows := []string{
		"(1, '2026-11-22', 1795348800, 1, 1, 'engagement', false, '/', 'Bing', '', '', 1, 1)",
		"(1, '2026-11-22', 1795348800, 1, 1, 'pageview', true, '/far/away', 'Bing', '', '', 0, 0)",
		"(1, '2026-11-22', 1795348800, 1, 1, 'pageview', true, '/b', '', '', '', 0, 0)",
		"(1, '2026-11-22', 1795348800, 1, 1, 'pageview', true, '/ba', '', '', '', 0, 0)",
	}
	for turn := range rows {
		s := enginetest.Migrated(t)
		for i := range rows {
			exec(t, s, "INSERT INTO events ("+columns+") VALUES "+rows[(turn+i)%len(rows)])
		}
		same(t, fmt.Sprint("from ", turn), lines(t, s, "SELECT concatWithSeparator(' ', entry_page, exit_page, source) FROM ("+derive.Visits(where)+")"), []string{"/far/away /ba Bing"})
	}
}

func TestRollups(t *testing.T) {
	s := small(t)
	for name, want := range map[string][]string{
		"total":           {"= 2v 3 5 6 1b 3040s 10000ms 0 0"},
		"hour":            {"13= 2v 2 4 4 1b 40s 10000ms 0 0", "14= 1v 1 1 1 0b 3000s 0ms 0 0", "15= 1v 1 0 1 0b 0s 0ms 0 0"},
		"page":            {"/a= 1v 1 2 0 0b 0s 10000ms 1 80", "/b= 2v 2 2 0 0b 0s 0ms 0 0", "/c= 1v 1 1 0 0b 0s 0ms 0 0"},
		"event":           {"Signup= 1v 1 0 1 0b 0s 0ms 0 0", "pageview= 2v 3 5 5 0b 0s 0ms 0 0"},
		"source":          {"= 2v 2 2 3 1b 3000s 0ms 0 0", "Bing= 1v 1 3 3 0b 40s 10000ms 0 0"},
		"browser_version": {"Chrome\x00131= 1v 1 1 1 1b 0s 0ms 0 0", "Firefox\x00145= 1v 2 4 5 0b 3040s 10000ms 0 0"},
		"entry_page":      {"/a= 1v 1 3 3 0b 40s 10000ms 0 0", "/b= 1v 1 1 1 1b 0s 0ms 0 0", "/c= 1v 1 1 2 0b 3000s 0ms 0 0"},
	} {
		d := dimension(t, name)
		got := lines(t, s, `SELECT format('{}= {}v {} {} {} {}b {}s {}ms {} {}', value, toString(visitors), toString(visits), toString(pageviews),
			toString(events), toString(bounces), toString(seconds), toString(engagement), toString(scrolls), toString(scrolled))
			FROM (`+derive.Rollup(d, where, derive.Make(where))+`) ORDER BY value`)
		same(t, name+": visitors visits pageviews events bounces seconds engagement scrolls scrolled", got, want)
	}
}

// TestRollupColumnsAreInOrder holds each dimension's question to the table.
func TestRollupColumnsAreInOrder(t *testing.T) {
	s := small(t)
	exec(t, s, linksFollowed)
	for _, d := range derive.Dimensions() {
		same(t, d.Name, described(t, s, derive.Rollup(d, where, derive.Make(where))), derive.RollupColumns())
		if got := lines(t, s, "SELECT DISTINCT toString(dimension) FROM ("+derive.Rollup(d, where, derive.Make(where))+")"); !slices.Equal(got, []string{d.Name}) {
			t.Errorf("%s calls itself %q", d.Name, got)
		}
	}
}

// linksFollowed are a visitor's two clicks on one link in one visit and a download in another, and a download of nobody.
const linksFollowed = `INSERT INTO events (site, day, time, visitor, visit, name, path, prop_keys, prop_values) VALUES
	(1, '2026-11-22', 1795348800, 5, 50, 'Outbound Link: Click', '/', ['x', 'url'], ['y', 'https://a.example/']),
	(1, '2026-11-22', 1795348810, 5, 50, 'Outbound Link: Click', '/', ['url'], ['https://a.example/']),
	(1, '2026-11-22', 1795348820, 5, 51, 'Outbound Link: Click', '/b', ['url'], ['https://a.example/']),
	(1, '2026-11-22', 1795348830, 5, 51, 'File Download', '/b', ['path'], ['/x']),
	(1, '2026-11-22', 1795348840, 0, 52, 'File Download', '/b', ['url'], ['/x.zip']),
	(1, '2026-11-22', 1795348840, 0, 52, 'Download', '/b', ['url'], ['/x.zip'])`

func TestLinks(t *testing.T) {
	s := enginetest.Migrated(t)
	exec(t, s, linksFollowed)
	got := lines(t, s, "SELECT format('{}: {} {} {}', replaceOne(value, '\\0', ' to '), toString(visitors), toString(visits), toString(events)) FROM ("+
		derive.Rollup(dimension(t, "link"), where, derive.Make(where))+") ORDER BY value")
	same(t, "links: visitors visits events", got, []string{
		"File Download to : 1 1 1", "File Download to /x.zip: 0 1 1", "Outbound Link: Click to https://a.example/: 1 2 3",
	})
}

func TestNobodyIsNoVisitor(t *testing.T) {
	s := enginetest.Migrated(t)
	exec(t, s, "INSERT INTO events (site, day, time, visitor, visit, name, path) VALUES (1, '2026-11-22', 1795348800, 0, 7, 'pageview', '/')")
	for _, name := range []string{"total", "hour", "page", "event", "entry_page"} {
		got := lines(t, s, "SELECT format('{} {}', toString(visitors), toString(pageviews)) FROM ("+derive.Rollup(dimension(t, name), where, derive.Make(where))+")")
		same(t, name, got, []string{"0 1"})
	}
}

func dimension(t *testing.T, name string) derive.Dimension {
	t.Helper()
	for _, d := range derive.Dimensions() {
		if d.Name == name {
			return d
		}
	}
	t.Fatalf("no dimension %q", name)
	return derive.Dimension{}
}
