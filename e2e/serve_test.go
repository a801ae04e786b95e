package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"sporlos/store/engine"
	"sporlos/store/enginetest"
)

const view = `{"n":"pageview","u":"https://e2e.example/","d":"e2e.example"}`

// TestEveryBeaconIsAccountedFor: received = accepted + refused by reason; accepted = stored + spooled + quarantined.
func TestEveryBeaconIsAccountedFor(t *testing.T) {
	s := New(t, "--rate-limit", "0")
	s.Start()
	s.MustRun("site", "add", "e2e.example")
	for i, c := range []struct {
		body, agent, dropped string
		status               int
	}{
		{view, agentA, "", 202}, {view, agentA, "", 202}, {view, agentA + " bot", "robot", 202}, {`{`, agentA, "malformed", 400},
		{strings.Replace(view, `"d":"e2e`, `"d":"other`, 1), agentA, "unknown_site", 202}, {strings.Repeat("x", 20_000), agentA, "too_large", 413},
		{strings.Replace(view, "pageview", "engagement", 1), agentA + "x", "no_visit", 202},
	} {
		status, dropped, text, err := s.Beacon("/e", c.body, "User-Agent", c.agent)
		if err != nil || status != c.status || dropped != c.dropped {
			t.Errorf("beacon %d is answered %d %q %q, %v; want %d %q", i, status, dropped, text, err, c.status, c.dropped)
		}
	}
	Eventually(t, 10*time.Second, "two events stored", func() bool { return Metric(s.Metrics(), "sporlos_events_stored_total", "") == 2 })
	m := s.Metrics()
	received, accepted, refused := Metric(m, "sporlos_beacons_received_total", ""), Metric(m, "sporlos_beacons_accepted_total", ""), Metric(m, "sporlos_beacons_refused_total", "")
	if received != 7 || accepted != 2 || refused != 5 {
		t.Errorf("received %v, accepted %v, refused %v; want 7, 2, 5", received, accepted, refused)
	}
	for _, reason := range []string{"robot", "malformed", "unknown_site", "too_large", "no_visit"} {
		if n := Metric(m, "sporlos_beacons_refused_total", `reason="`+reason+`"`); n != 1 {
			t.Errorf("%v refused for %s, want 1", n, reason)
		}
	}
	if stored, spooled, aside := Metric(m, "sporlos_events_stored_total", ""), Metric(m, "sporlos_spool_depth_records", ""), Metric(m, "sporlos_quarantined_records_total", ""); stored+spooled+aside != accepted {
		t.Errorf("stored %v + spooled %v + quarantined %v is not accepted %v", stored, spooled, aside, accepted)
	}
}

func TestOperatorsAreAnswered(t *testing.T) {
	s := New(t)
	s.Start()
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": `"clickhouse":"ok"`, "/metrics": "sporlos_build_info", "/debug/pprof/": "goroutine"} {
		if code, text := get(t, s.Ops+path); code != 200 || !strings.Contains(text, want) {
			t.Errorf("%s answers %d %.300s", path, code, text)
		}
	}
	if out, err := s.Run("health", "--ops-addr", strings.TrimPrefix(s.Ops, "http://")); err != nil {
		t.Errorf("health: %v %s", err, out)
	}
	second := New(t)
	second.Data = s.Data
	out, err := second.Run("serve", "--collector-addr", "127.0.0.1:0", "--dashboards-addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0", "--volatile", second.Volatile)
	if err == nil || !strings.Contains(out, "another sporlos") {
		t.Errorf("a second serve on the same data: %v\n%s", err, out)
	}
	for _, name := range []string{s.Data, s.Data + "/control.sock"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v %v", name, info.Mode(), err)
		}
	}
	s.Stop()
	if !strings.Contains(s.Logs(), `"msg":"stopping"`) || strings.Contains(s.Logs(), `"level":"ERROR"`) {
		t.Error("it did not stop cleanly")
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// TestPartsOnOneServer runs collector and dashboards as two processes on a ClickHouse reached by URL, and takes it away for a while.
func TestPartsOnOneServer(t *testing.T) {
	e := enginetest.Engine(t)
	url := remoteURL(e, fmt.Sprintf("sporlos_e2e_%d", os.Getpid()))
	collector := New(t, "--only", "collector", "--clickhouse", url)
	dashboards := New(t, "--only", "dashboards", "--clickhouse", url)
	dashboards.Start()
	collector.Start()
	dashboards.MustRun("site", "add", "e2e.example")
	token := LastLine(dashboards.MustRun("token", "add", "--site", "e2e.example"))
	send := func(s *System) bool {
		status, dropped, _, err := s.Beacon("/e", view, "User-Agent", agentA)
		return err == nil && status == http.StatusAccepted && dropped == ""
	}
	Eventually(t, 10*time.Second, "the collector knows the site", func() bool { return send(collector) })
	collector.Stop()

	away := New(t, "--only", "collector", "--clickhouse", "clickhouse://nobody:none@127.0.0.1:1/"+"sporlos")
	away.Data, away.Volatile = collector.Data, collector.Volatile
	away.Start() // with the sites it knew last
	if !send(away) {
		t.Error("a collector without ClickHouse does not accept")
	}
	if code, _ := get(t, away.Ops+"/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("a collector without ClickHouse calls itself ready: %d", code)
	}
	away.Kill()

	collector.Start()
	Eventually(t, 20*time.Second, "both views are counted", func() bool {
		r, err := dashboards.Query(token, `{"site_id":"e2e.example","metrics":["visitors","visits","pageviews"],"date_range":"day"}`)
		return err == nil && fmt.Sprint(r.Results[0].Metrics) == "[1 1 2]"
	})
}

func remoteURL(e *engine.Engine, database string) string {
	p := e.Endpoint()
	return fmt.Sprintf("clickhouse://%s:%s@%s/%s", p.User, p.Password, p.Addr, database)
}

// TestAlertsNameMetricsThatExist: a rule about a metric that was renamed would never fire.
func TestAlertsNameMetricsThatExist(t *testing.T) {
	rules, err := os.ReadFile("../deploy/prometheus-alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := New(t)
	s.Start()
	metrics := s.Metrics()
	named := regexp.MustCompile(`sporlos_[a-z_]+`).FindAllString(string(rules), -1)
	if len(named) < 7 {
		t.Fatalf("only %d metrics are named", len(named))
	}
	for _, name := range named {
		if !strings.Contains(metrics, "\n"+name+" ") && !strings.Contains(metrics, "\n"+name+"{") {
			t.Errorf("%s is in the rules and not in /metrics", name)
		}
	}
}
