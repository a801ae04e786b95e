package site

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write docs/presets.md anew")

// TestPresetsAreDocumented: docs/presets.md is what the table says.
func TestPresetsAreDocumented(t *testing.T) {
	const name = "../docs/presets.md"
	if *update {
		if err := os.WriteFile(name, []byte(PresetsMarkdown()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != PresetsMarkdown() {
		t.Errorf("%s is not what site/preset.go says: run go test ./site -run TestPresetsAreDocumented -update", name)
	}
}

func TestPresets(t *testing.T) {
	if p, err := PresetOf(""); err != nil || p.Name != "standard" || !p.Campaigns || !p.Places || !p.Script || p.Multiple != 1 {
		t.Errorf("the default is %+v, %v", p, err)
	}
	if p, err := PresetOf("cnil"); err != nil || p.Campaigns || p.Places || !p.Script || p.Multiple != 10 {
		t.Errorf("cnil is %+v, %v", p, err)
	}
	if p, err := PresetOf("headers-only"); err != nil || p.Script || p.Multiple != 1 {
		t.Errorf("headers-only is %+v, %v", p, err)
	}
	if _, err := PresetOf("lax"); err == nil {
		t.Error("a preset that does not exist was taken")
	}
	if _, err := New(1, "example.org", "UTC", Settings{Preset: "lax"}); err == nil {
		t.Error("a site with a preset that does not exist was taken")
	}
	s, err := New(1, "example.org", "UTC", Settings{Preset: "cnil"})
	if err != nil || s.Preset().Name != "cnil" {
		t.Errorf("%v, %v", s.Preset(), err)
	}
	for n, want := range map[uint64]uint64{0: 0, 4: 0, 5: 10, 14: 10, 15: 20, 1234: 1230, 99999: 100000} {
		if got := s.Preset().Shown(n); got != want {
			t.Errorf("%d is shown as %d, want %d", n, got, want)
		}
		if got := presets[0].Shown(n); got != n {
			t.Errorf("standard shows %d as %d", n, got)
		}
	}
}

// TestTheTableTellsPresetsApart: a switch that no preset turns would be words without an effect, and a preset that turns none is not one.
func TestTheTableTellsPresetsApart(t *testing.T) {
	for i, p := range presets {
		for _, q := range presets[i+1:] {
			same := true
			for _, s := range Switches() {
				same = same && s.Of(p) == s.Of(q)
			}
			if same {
				t.Errorf("the table does not tell %s from %s", p.Name, q.Name)
			}
		}
	}
}
