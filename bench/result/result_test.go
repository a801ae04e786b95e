package result

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTargets(t *testing.T) {
	for want, f := range map[string]Figure{
		"ratio: 0.7 (target ≥ 0.7, met)":            AtLeast("ratio", 0.7, "", 0.7),
		"ratio: 0.6999 (target ≥ 0.7, not met)":     AtLeast("ratio", 0.6999, "", 0.7),
		"cpu: 4 µs (target ≤ 4, met)":               AtMost("cpu", 4, "µs", 4),
		"rows: 1234568 rows/s":                      Plain("rows", 1234567.8, "rows/s"),
		"memory: 1100 MiB (target ≤ 1024, not met)": AtMost("memory", 1100, "MiB", 1024),
	} {
		if got := f.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestMerge(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results")
	here := Machine{CPU: "one", Cores: 2}
	steps := []struct {
		machine Machine
		figures []Figure
		want    string // names and values held afterwards
	}{
		{here, []Figure{Plain("a", 1, ""), Plain("b", 2, "")}, "a=1 b=2"},
		{here, []Figure{Plain("b", 3, ""), Plain("c", 0.123456789, "")}, "a=1 b=3 c=0.1235"},
		{Machine{CPU: "two", Cores: 2}, []Figure{Plain("c", 5, "")}, "c=5"},
	}
	for i, step := range steps {
		if err := merge(dir, "x", step.machine, step.figures); err != nil {
			t.Fatal(err)
		}
		f, err := load(filepath.Join(dir, "x.json"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, one := range f.Figures {
			got = append(got, one.Name+"="+number(one.Value))
		}
		if strings.Join(got, " ") != step.want || f.Machine != step.machine || f.Benchmark != "x" {
			t.Errorf("step %d: %q of %+v, want %q", i, got, f.Machine, step.want)
		}
	}
	for _, bad := range []Figure{Plain("a", math.NaN(), ""), Plain("a", math.Inf(1), ""), Plain("", 1, "")} {
		if err := merge(dir, "x", here, []Figure{bad}); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "x.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := merge(dir, "x", here, nil); err == nil || !strings.Contains(err.Error(), "x.json") {
		t.Errorf("a damaged file: %v", err)
	}
}

func TestThisMachine(t *testing.T) {
	if m := thisMachine(); m.CPU == "" || m.Cores < 1 || m.Memory <= 0 || len(m.Kernel) < 8 || m.Go == "" {
		t.Errorf("%+v", m)
	}
}
