package collector

import (
	"testing"
	"time"
)

// TestDeadlinesAreArmedWhenNeeded: a deadline up to a second behind the one armed is not armed again, whatever else changes is.
func TestDeadlinesAreArmedWhenNeeded(t *testing.T) {
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	var d deadline
	for i, step := range []struct {
		noted time.Duration // from start; negative: none
		due   bool
	}{
		{-1, false}, {5 * time.Second, true}, {5 * time.Second, false}, {5900 * time.Millisecond, false}, {6 * time.Second, true},
		{75 * time.Second, true}, {10 * time.Second, true}, {-1, true}, {-1, false}, {11 * time.Second, true},
	} {
		d.noted = time.Time{}
		if step.noted >= 0 {
			d.noted = start.Add(step.noted)
		}
		if due := d.due(); due != step.due || due && !d.armed.Equal(d.noted) {
			t.Errorf("step %d: due %v, armed %v", i, due, d.armed)
		}
	}
}
