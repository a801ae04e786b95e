package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sporlos/store/report"
)

// TestExamplesOfTheManual asks every question of docs/api.md.
func TestExamplesOfTheManual(t *testing.T) {
	s := newService(t, 0)
	s.fill(t)
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(text, -1)
	if len(examples) < 6 {
		t.Fatalf("%d examples found", len(examples))
	}
	for _, example := range examples {
		question := strings.Replace(string(example[1]), "example.org", "oslo.example", 1)
		if status, body, _ := s.ask(t, "good", question); status != http.StatusOK {
			t.Errorf("%s answers %d %s", question, status, body)
		}
	}
}

// TestSpec: the description is served without a token, refers to nothing it does not have, and every word it allows is understood.
func TestSpec(t *testing.T) {
	s := newService(t, 0)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, SpecPath, nil))
	var spec struct {
		OpenAPI    string
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &spec); err != nil || w.Code != http.StatusOK || spec.OpenAPI != "3.1.0" {
		t.Fatalf("%d, %v", w.Code, err)
	}
	for _, m := range regexp.MustCompile(`"#/components/schemas/(\w+)"`).FindAllStringSubmatch(w.Body.String(), -1) {
		if spec.Components.Schemas[m[1]] == nil {
			t.Errorf("refers to %s, which it does not have", m[1])
		}
	}
	query := string(spec.Components.Schemas["Query"])
	for _, m := range report.Metrics() {
		if _, ok := report.MetricOf(m); !ok || !strings.Contains(query, `"`+m+`"`) {
			t.Errorf("the metric %s is not described, or not one", m)
		}
	}
	for word := range dimensions {
		if !strings.Contains(query, `"`+word+`"`) {
			t.Errorf("the dimension %s is not described", word)
		}
	}
}

// TestAllowanceIsTold: each answer says how many questions are left.
func TestAllowanceIsTold(t *testing.T) {
	s := newService(t, 2)
	s.fill(t)
	var left []string
	for range 3 {
		_, _, header := s.ask(t, "good", with(""))
		left = append(left, header.Get("RateLimit-Limit")+"/"+header.Get("RateLimit-Remaining"))
	}
	if !slices.Equal(left, []string{"2/1", "2/0", "2/0"}) {
		t.Errorf("told %v", left)
	}
}
