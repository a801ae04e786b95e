package dashboards

import (
	"testing"

	"sporlos/dashboards/language"
	"sporlos/store/report"
)

// TestTogether: shares of outcomes are of the searches of days that are over, for of the others nothing is known yet.
func TestTogether(t *testing.T) {
	d := &Dashboards{words: language.English()}
	all := report.SearchCounts{Searches: 50, Zero: 10, Opened: 30, Refined: 4, Left: 10}
	for past, want := range map[int]string{
		0:  "All phrases together: 50 searches, 20% without results.",
		40: "All phrases together: 50 searches, 20% without results. Per search of the days that are over: results opened 75%, refined 10%, exits 25%.",
	} {
		if got := d.together(report.Searches{All: all, Past: past}); got != want {
			t.Errorf("%d are over: %s", past, got)
		}
	}
}
