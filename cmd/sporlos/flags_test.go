package main

import (
	"strings"
	"testing"
)

// TestRetentionFlag: shorter is a choice, longer has to be said twice.
func TestRetentionFlag(t *testing.T) {
	for _, c := range []struct {
		months  int
		longer  bool
		refused string
	}{
		{1, false, ""}, {14, false, ""}, {14, true, ""}, {15, true, ""}, {120, true, ""},
		{0, false, "not possible"}, {-1, true, "not possible"}, {121, true, "not possible"},
		{15, false, "--retention-longer-than-promised"}, {25, false, "--retention-longer-than-promised"},
	} {
		f := storageFlags{EngineMemory: 1 << 30, Retention: c.months, LongerThan: c.longer}
		err := f.Validate()
		if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%d months, said twice: %v: %v", c.months, c.longer, err)
		}
	}
}
