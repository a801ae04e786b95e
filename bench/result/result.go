// Package result keeps what benchmarks measured: bench/results/NAME.json holds the figures of one benchmark, the machine they were
// taken on, and beside each figure its target, whether it was met, and the commit and time of the run.
//
//	err := result.Write("collector",
//		result.AtLeast("ratio, 64 connections", ratio, "", 0.70),
//		result.AtMost("CPU per beacon beyond the bare server", µs, "µs", 4),
//		result.Plain("accepted, 64 connections", rate, "beacons/s"))
//
// Write merges: a figure replaces the one of the same name, others stay, so a part of a benchmark can be run alone. Figures of another
// machine are dropped, since they do not compare. [Figure.String] is the line to print.
package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Figure is one number that was measured.
type Figure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit,omitempty"`
	Target string  `json:"target,omitempty"` // "≥ 0.7", "≤ 4"; none: nothing is promised
	Met    *bool   `json:"met,omitempty"`    // none without a target
	Commit string  `json:"commit"`
	Date   string  `json:"date"` // RFC 3339, UTC
}

// Plain is a figure without a target.
func Plain(name string, value float64, unit string) Figure {
	return Figure{Name: name, Value: value, Unit: unit}
}

// AtLeast is a figure that shall not be below target.
func AtLeast(name string, value float64, unit string, target float64) Figure {
	met := value >= target
	return Figure{Name: name, Value: value, Unit: unit, Target: "≥ " + number(target), Met: &met}
}

// AtMost is a figure that shall not be above target.
func AtMost(name string, value float64, unit string, target float64) Figure {
	met := value <= target
	return Figure{Name: name, Value: value, Unit: unit, Target: "≤ " + number(target), Met: &met}
}

// String is the figure as a line, such as "ratio, 64 connections: 0.74 (target ≥ 0.7, met)".
func (f Figure) String() string {
	text := f.Name + ": " + strings.TrimSpace(number(f.Value)+" "+f.Unit)
	if f.Met == nil {
		return text
	}
	word := "not met"
	if *f.Met {
		word = "met"
	}
	return fmt.Sprintf("%s (target %s, %s)", text, f.Target, word)
}

// number writes four significant digits, and whole numbers whole.
func number(v float64) string {
	if math.Abs(v) >= 1000 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.4g", v)
}

// file is what a file of bench/results holds.
type file struct {
	Benchmark string   `json:"benchmark"`
	Machine   Machine  `json:"machine"`
	Figures   []Figure `json:"figures"`
}

// Write puts the figures into bench/results/NAME.json of the module around the working directory. It fails when a figure is no number,
// when there is no module, or when the file cannot be written.
func Write(name string, figures ...Figure) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	now, at := time.Now().UTC().Format(time.RFC3339), commit(root)
	for i := range figures {
		figures[i].Date, figures[i].Commit = now, at
	}
	return merge(filepath.Join(root, "bench/results"), name, thisMachine(), figures)
}

// merge is Write with everything given.
func merge(dir, name string, machine Machine, figures []Figure) error {
	for _, f := range figures {
		if math.IsNaN(f.Value) || math.IsInf(f.Value, 0) || f.Name == "" {
			return fmt.Errorf("figure %q of benchmark %s is %v: nothing was measured", f.Name, name, f.Value)
		}
	}
	path := filepath.Join(dir, name+".json")
	all := file{Benchmark: name, Machine: machine}
	if old, err := load(path); err != nil {
		return err
	} else if old.Machine == machine {
		all.Figures = old.Figures
	}
	for _, f := range figures {
		f.Value, _ = json.Number(fmt.Sprintf("%.6g", f.Value)).Float64()
		if i := slices.IndexFunc(all.Figures, func(have Figure) bool { return have.Name == f.Name }); i >= 0 {
			all.Figures[i] = f
			continue
		}
		all.Figures = append(all.Figures, f)
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func load(path string) (f file, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("cannot read %s: %w; remove it and run the benchmark again", path, err)
	}
	return f, nil
}
