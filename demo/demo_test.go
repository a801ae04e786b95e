package demo

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestShopPagesAnswerAndWearTheSnippet(t *testing.T) {
	shop, err := NewShop("http://127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(shop)
	defer server.Close()
	for path, want := range map[string]struct {
		code int
		text string
	}{
		"/": {200, "Books for long evenings"}, "/books": {200, "Strikk med mønster"}, "/books/sporlos": {200, "Eva Lind"},
		"/books/none": {404, "There is no such page"}, "/search?q=sj%C3%B8": {200, "0 books"}, "/search?q=nordlys": {200, `data-sporlos-results="1"`},
		"/events/tonight": {200, "single-page"}, "/newsletter": {200, "Subscribe"}, "/about": {200, "one cat"},
	} {
		code, text := fetch(t, server.URL+path)
		if code != want.code || !strings.Contains(text, want.text) || !strings.Contains(text, `src="http://127.0.0.1:8080/w.js" data-domain="bokhandel.example,only-you.example"`) {
			t.Errorf("%s answers %d:\n%s", path, code, text)
		}
	}
	if code, text := fetch(t, server.URL+"/files/catalogue.pdf"); code != 200 || !strings.HasPrefix(text, "%PDF-") {
		t.Errorf("the catalogue answers %d %q", code, text)
	}
}

func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestHistoryIsOrderedRepeatableAndEndsBeforeToday(t *testing.T) {
	today := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	gather := func() (all []Step) {
		if err := NewPeople(1, nil).History(5, today, func(day []Step) error { all = append(all, day...); return nil }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	a, b := gather(), gather()
	if len(a) < 1000 || len(a) != len(b) {
		t.Fatalf("%d steps, then %d", len(a), len(b))
	}
	for i, s := range a {
		if i > 0 && s.Time.Before(a[i-1].Time) || !s.Time.Before(today) || s.Time.Before(today.AddDate(0, 0, -5)) {
			t.Fatalf("step %d at %v is out of order or of range", i, s.Time)
		}
		if string(s.Beacon) != string(b[i].Beacon) || (s.Beacon == nil) == (s.Search == nil) {
			t.Fatalf("step %d is not repeatable, or not exactly one of beacon and search", i)
		}
		if s.Beacon != nil && !json.Valid(s.Beacon) {
			t.Fatalf("step %d: %s", i, s.Beacon)
		}
	}
}
