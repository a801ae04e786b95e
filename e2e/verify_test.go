package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sporlos/store/enginetest"
)

// status is the exit status of a command.
func status(err error) int {
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return ended.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}

// verified is what "verify --json" prints first.
func verified(t *testing.T, out string) (report struct {
	Clean  bool
	Looked struct {
		Tables, Files         int
		Rows, Values, Records uint64
	}
	Findings []struct {
		Kind, Place, Sample string
		Count               uint64
	}
}) {
	t.Helper()
	if err := json.NewDecoder(strings.NewReader(out)).Decode(&report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return report
}

// TestVerify audits an installation that runs and one that does not, clean at first.
func TestVerify(t *testing.T) {
	s := New(t, "--rate-limit", "0")
	s.Start()
	s.MustRun("site", "add", "e2e.example", "--timezone", "Europe/Oslo")
	s.MustRun("user", "add", "kari@example.no")
	s.MustRun("token", "add", "--site", "e2e.example")
	tell := func(props string) {
		t.Helper()
		body := strings.Replace(view, `"d":`, `"p":{`+props+`},"d":`, 1)
		if code, dropped, text, err := s.Beacon("/e", body, "User-Agent", agentA); err != nil || code != 202 || dropped != "" {
			t.Fatalf("a beacon is answered %d %q %q, %v", code, dropped, text, err)
		}
	}
	// All of this is scrubbed on the way in, so the audit finds nothing.
	tell(`"a":"kari@example.no","b":"203.0.113.77","c":"17056477055","d":"+47 912 34 567"`)
	tell(`"version":"120.0.0.0","when":"2026-05-17 12:30","isbn":"978-0-306-40615-7"`)
	stored := func(n float64) {
		t.Helper()
		Eventually(t, 20*time.Second, "events stored", func() bool { return Metric(s.Metrics(), "sporlos_events_stored_total", "") == n })
	}
	stored(2)
	out, err := s.Run("verify")
	if status(err) != 0 || !strings.Contains(out, "Clean: no personal data was recognised") {
		t.Errorf("a clean installation that runs: status %d\n%s", status(err), out)
	}
	if r := verified(t, s.MustRun("verify", "--json")); !r.Clean || r.Looked.Tables < 8 || r.Looked.Rows < 5 || r.Looked.Values < 20 || r.Looked.Records < 3 || r.Looked.Files < 8 {
		t.Errorf("it looked at %+v", r)
	}
	s.Stop()
	if out, err := s.Run("verify", "--volatile", s.Volatile); status(err) != 0 {
		t.Errorf("a clean installation that does not run: status %d\n%s", status(err), out)
	}

	s.Start()
	tell(`"agent":"` + agentA + `"`) // nothing that a scrubber of numbers and addresses knows
	stored(1)
	salts, err := os.ReadFile(filepath.Join(s.Volatile, "salts", "salts"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"backup.bin": "x" + string(salts), "debug.log": "peer 203.0.113.77 sent it\n"} {
		if err := os.WriteFile(filepath.Join(s.Data, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(s.Data, "control.sock"), 0o666); err != nil {
		t.Fatal(err)
	}
	want := "agent events.prop_values, ipv4 debug.log, mode control.sock, salt backup.bin, "
	out, err = s.Run("verify", "--json")
	if got := summary(t, out); status(err) != 1 || got != want {
		t.Errorf("running: status %d, found %s; want %s", status(err), got, want)
	}
	out, err = s.Run("verify")
	if status(err) != 1 || !strings.Contains(out, "Mozilla/*** (***") || !strings.Contains(out, "What to do:") || strings.Contains(out, "Gecko") || strings.Contains(out, "203.0.113.77") {
		t.Errorf("status %d\n%s", status(err), out)
	}
	s.Stop()
	want = strings.Replace(want, "mode control.sock, ", "", 1) // it goes with the process
	out, err = s.Run("verify", "--json")
	if got := summary(t, out); status(err) != 1 || got != want {
		t.Errorf("stopped: status %d, found %s; want %s", status(err), got, want)
	}
}

// summary lists findings in a fixed order, without the segments of the spool, which come and go.
func summary(t *testing.T, out string) (text string) {
	found := map[string]bool{}
	for _, f := range verified(t, out).Findings {
		found[f.Kind+" "+f.Place] = true
	}
	for _, known := range []string{"agent events.prop_values", "ipv4 debug.log", "mode control.sock", "salt backup.bin"} {
		if found[known] {
			text += known + ", "
			delete(found, known)
		}
	}
	for other := range found {
		if !strings.HasPrefix(other, "agent spool/") {
			text += other + ", "
		}
	}
	return text
}

// TestVerifyARemoteServer audits a ClickHouse by URL with a user who can only read.
func TestVerifyARemoteServer(t *testing.T) {
	db := enginetest.Migrated(t)
	reader := enginetest.Engine(t).Reader()
	url := func(password string) string {
		return fmt.Sprintf("clickhouse://%s:%s@%s/%s", reader.User, password, reader.Addr, db.Database())
	}
	s := New(t)
	if out, err := s.Run("verify", "--clickhouse", url(reader.Password)); status(err) != 0 || !strings.Contains(out, "Clean") {
		t.Errorf("status %d\n%s", status(err), out)
	}
	if err := db.Exec(context.Background(), "INSERT INTO searches (site, day, kind, phrase, searches) VALUES (1, today(), 'search', 'who is 17056477055', 3)"); err != nil {
		t.Fatal(err)
	}
	out, err := s.Run("verify", "--json", "--clickhouse", url(reader.Password))
	if r := verified(t, out); status(err) != 1 || len(r.Findings) != 1 || r.Findings[0].Kind != "norwegian" || r.Findings[0].Place != "searches.phrase" {
		t.Errorf("status %d, %+v", status(err), r)
	}
	for name, args := range map[string][]string{
		"wrong password": {"--clickhouse", url("wrong")}, "nobody there": {"--clickhouse", "clickhouse://127.0.0.1:1/sporlos"}, "no installation": {},
	} {
		if out, err := s.Run(append([]string{"verify"}, args...)...); status(err) != 2 || !strings.Contains(out, "could not be carried out") {
			t.Errorf("%s: status %d\n%s", name, status(err), out)
		}
	}
}
