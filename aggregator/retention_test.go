package aggregator

import (
	"testing"

	"sporlos/store/schema"
)

// TestFoldsFollowTheRetention: a day is folded for as long as it is kept, and not a day longer.
func TestFoldsFollowTheRetention(t *testing.T) {
	for _, c := range []struct {
		retention, monthsLater int
		folds                  string
	}{{0, schema.Retention - 1, "1"}, {0, schema.Retention, "0"}, {25, 24, "1"}, {25, 25, "0"}, {3, 2, "1"}, {3, 3, "0"}} {
		r := folded(t, "UTC", 0)
		r.open(func(o *Options) { o.Retention = c.retention })
		r.append(mixed(today, 70)...)
		r.drain()
		r.now = r.now.AddDate(0, c.monthsLater, 0)
		r.fold()
		if got := r.text("SELECT toString(count()) FROM folds"); got != c.folds {
			t.Errorf("kept for %d months, %d months later: %s folds, want %s", c.retention, c.monthsLater, got, c.folds)
		}
	}
}
