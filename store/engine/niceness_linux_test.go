package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sporlos/store/enginetest"
)

// TestEngineStandsBack: all its threads, those of the library too, have a lower priority than we, but for one that gives memory back and, if
// it may, takes the highest there is; and so has its session, where the kernel groups by that.
func TestEngineStandsBack(t *testing.T) {
	ours, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := min(20-ours+10, 19)
	pid := enginetest.Engine(t).PID()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) < 10 {
		t.Fatalf("%d threads, %v", len(threads), err)
	}
	for _, path := range threads {
		stat, err := os.ReadFile(path)
		if err != nil { // it has ended
			continue
		}
		name, rest, _ := strings.Cut(string(stat), ") ")
		if strings.HasSuffix(name, "(MemoryWorker") {
			continue
		}
		if nice := strings.Fields(rest)[16]; nice != fmt.Sprint(want) {
			t.Errorf("%s: nice %s, want %d", stat, nice, want)
		}
	}
	group, err := os.ReadFile(fmt.Sprintf("/proc/%d/autogroup", pid))
	if err == nil && !strings.HasSuffix(strings.TrimSpace(string(group)), " nice 10") {
		t.Errorf("its session: %s", group)
	}
}
