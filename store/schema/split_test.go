package schema_test

import (
	"slices"
	"strings"
	"testing"

	"sporlos/store/schema"
)

func TestSplit(t *testing.T) {
	for script, want := range map[string][]string{
		"":                                   nil,
		" ;; \n;":                            nil,
		"a":                                  {"a"},
		"a;b":                                {"a", "b"},
		"a ;\n\n b ;\n":                      {"a", "b"},
		"-- one; two\na; -- three\nb -- end": {"a", "b"},
		"a /* ; ' */ b; c":                   {"a   b", "c"},
		"a '; -- no' b; c":                   {"a '; -- no' b", "c"},
		`a 'it\'s;' b; c`:                    {`a 'it\'s;' b`, "c"},
		"a 'it''s;' b; c":                    {"a 'it''s;' b", "c"},
		"a `;` \";\" b":                      {"a `;` \";\" b"},
		"a - b / c":                          {"a - b / c"},
	} {
		if got, err := schema.Split(script); err != nil || !slices.Equal(got, want) {
			t.Errorf("split(%q) = %q, %v; want %q", script, got, err, want)
		}
	}
	for _, script := range []string{"a 'b", "a `b", `a "b`, `a 'b\'`, "a /* b", "'"} {
		if got, err := schema.Split(script); err == nil {
			t.Errorf("split(%q) = %q, want an error", script, got)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"a; b", "'a;b';c", "-- x\n;/* y */z", `'\';'`, "a'b", "`;`"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script string) {
		statements, err := schema.Split(script)
		if err != nil {
			return
		}
		again, err := schema.Split(strings.Join(statements, ";\n"))
		if err != nil || !slices.Equal(again, statements) {
			t.Errorf("split(%q) = %q, and again %q, %v", script, statements, again, err)
		}
	})
}
