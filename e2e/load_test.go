package e2e

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestLoadIsCountedAndBounded(t *testing.T) {
	s := New(t, "--trusted-proxies", "127.0.0.1", "--rate-limit", "0")
	s.Start()
	s.MustRun("site", "add", "load.example")
	out, err := exec.Command(s.program, "load", "--site", "load.example", "--collector", s.Collector, "--rate", "400", "--for", "2s").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "accepted") || !strings.Contains(string(out), "median") {
		t.Fatalf("load: %v\n%s", err, out)
	}
	Eventually(t, 15*time.Second, "everything stored", func() bool {
		m := s.Metrics()
		stored := Metric(m, "sporlos_events_stored_total", "")
		return stored > 200 && stored == Metric(m, "sporlos_beacons_accepted_total", "")
	})
	for flag, want := range map[string]string{"--rate=0": "1 to 200000", "--collector=stats.example.org": "--elsewhere", "--collector=http://192.0.2.1": "--elsewhere", "--for=2h": "up to an hour"} {
		out, err := exec.Command(s.program, "load", "--site", "load.example", flag).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("load %s: %v %s", flag, err, out)
		}
	}
}
