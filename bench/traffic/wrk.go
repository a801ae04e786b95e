package traffic

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// script reads requests ready made from a file, whose name takes the place of %q; each thread begins elsewhere. Answers are not looked
// at here, which would cost the client more than the server spends on them: wrk counts those that are not 2xx, and what was dropped
// with 202 the server itself counts.
const script = `
local count = 0
function setup(thread) thread:set("number", count); count = count + 1 end
function init()
  requests, at = {}, 0
  for one in io.open(%q, "rb"):read("*a"):gmatch("[^\1]+") do requests[#requests + 1] = one end
  at = number * math.floor(#requests / 2)
end
function request() at = at %% #requests + 1; return requests[at] end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("\nresult %%d %%d %%d %%d %%d %%d\n", summary.requests, summary.duration, e.status,
    e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(99)))
end
`

// WRK drives the program wrk.
type WRK struct{ program, script string }

// NewWRK writes wrk's script and the requests into dir. It fails when wrk is not installed.
func NewWRK(dir string, requests [][]byte) (*WRK, error) {
	program, err := exec.LookPath("wrk")
	if err != nil {
		return nil, err
	}
	data, lua := filepath.Join(dir, "requests"), filepath.Join(dir, "requests.lua")
	if err := os.WriteFile(data, bytes.Join(requests, []byte{1}), 0o600); err != nil {
		return nil, err
	}
	return &WRK{program, lua}, os.WriteFile(lua, fmt.Appendf(nil, script, data), 0o600)
}

// Closed sends requests over so many connections from two threads, each as soon as the one before is answered, for as long as spell,
// a whole number of seconds. Up to one beacon a connection more than it counts may be taken: those under way at the end. Answers other
// than 2xx are counted as refused.
func (w *WRK) Closed(addr string, connections int, spell time.Duration) (r Result, err error) {
	cmd := exec.Command(w.program, "-t2", fmt.Sprintf("-c%d", connections), fmt.Sprintf("-d%d", int(spell.Seconds())), "-s", w.script, "http://"+addr)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return r, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	_, line, _ := strings.Cut(string(out), "\nresult ")
	var requests, µs, refused, failed, p50, p99 int64
	if _, err := fmt.Sscan(line, &requests, &µs, &refused, &failed, &p50, &p99); err != nil || failed > 0 {
		return r, fmt.Errorf("wrk said nothing usable (%d connections failed, %v):\n%s", failed, err, out)
	}
	return Result{Accepted: requests - refused, Refused: refused, Spell: time.Duration(µs) * time.Microsecond,
		P50: time.Duration(p50) * time.Microsecond, P99: time.Duration(p99) * time.Microsecond}, nil
}
