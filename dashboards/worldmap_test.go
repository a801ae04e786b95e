package dashboards

import (
	"io/fs"
	"strings"
	"testing"
)

func TestAtlasKnowsTheCountries(t *testing.T) {
	dist, err := fs.Sub(built, "dist")
	if err != nil {
		t.Fatal(err)
	}
	a, err := loadAtlas(dist)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, c := range a.Countries {
		seen[c.Code]++
		if c.Path == "" || strings.Contains(c.Path, "NaN") {
			t.Errorf("%q has no shape: %q", c.Code, c.Path)
		}
	}
	for _, code := range []string{"NO", "SE", "DE", "US", "JP", "BR", "ZA", "AU", "SG", "MT", "IS"} {
		if seen[code] != 1 {
			t.Errorf("%s is drawn %d times", code, seen[code])
		}
	}
	if len(seen) < 200 || seen["AQ"] != 0 {
		t.Errorf("%d countries, Antarctica %d times", len(seen), seen["AQ"])
	}
}

func TestMapSteps(t *testing.T) {
	for v, want := range map[float64]int{0: 0, 1: 1, 25: 4, 99: 6, 100: 6, 2: 1, 3: 2} {
		if got := mapStep(v, 100); got != want {
			t.Errorf("%v of 100 is step %d, want %d", v, got, want)
		}
	}
	for step := 2; step <= mapSteps; step++ {
		from := float64(stepFrom(step, 1000))
		if mapStep(from, 1000) != step || mapStep(from-1, 1000) != step-1 {
			t.Errorf("step %d does not begin at %v", step, from)
		}
	}
}

func TestMapPage(t *testing.T) {
	h := furnished(t, nil)
	overview := h.get("/small.example?t.places=map", "HX-Request", "true", "HX-Target", "section#panel-places")
	for _, want := range []string{`class="world"`, `href="/small.example?f=is:country:NO`, "Norway: "} {
		if !strings.Contains(overview.body, want) {
			t.Errorf("the panel has no %q", want)
		}
	}
	if strings.Contains(overview.body, "<table") {
		t.Error("the map of the overview has a table below it")
	}
	if full := h.get("/small.example/places?t.places=map"); !strings.Contains(full.body, `class="world"`) || !strings.Contains(full.body, "<table") {
		t.Error("in full there is a map and a table")
	}
	if plain := h.get("/small.example"); strings.Contains(plain.body, `class="world"`) {
		t.Error("the map weighs on the overview of those who did not ask for it")
	}
}
