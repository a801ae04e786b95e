package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sporlos/site"
	"sporlos/store/enginetest"
	"sporlos/store/report"
)

// TestRetentionFollowsTheClock moves the clock instead of waiting for 14 months: what is stored is not shown from the very day on
// which it is due, by no question and from no table, while ClickHouse still has it.
func TestRetentionFollowsTheClock(t *testing.T) {
	db := enginetest.Migrated(t)
	day := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -3)
	day = time.Date(day.Year(), day.Month(), min(day.Day(), 28), 0, 0, 0, 0, time.UTC) // a date that every month has
	for _, row := range []string{
		"events (site, day, time, visitor, visit, name, interactive, path) VALUES (1, '%s', '%[1]s 12:00:00', 7, 8, 'pageview', true, '/')",
		"refusals VALUES (1, '%s', 'robot', 3)",
		"searches (site, day, kind, phrase, searches) VALUES (1, '%s', 'search', 'ski wax', 5)",
	} {
		if err := db.Exec(t.Context(), fmt.Sprintf("INSERT INTO "+row, day.Format(time.DateOnly))); err != nil {
			t.Fatal(err)
		}
	}
	s, err := site.New(1, "e2e.example", "UTC", site.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	var now time.Time
	r := report.New(enginetest.Reader(t, db).Conn(), func() time.Time { return now })
	shown := func() string {
		t.Helper()
		d := site.DayOfDate(day.Date())
		answer, err := r.Run(t.Context(), report.Query{Site: s, From: d, To: d + 20, Metrics: []report.Metric{report.Visitors, report.Pageviews}})
		if err != nil {
			t.Fatal(err)
		}
		refused, err := r.Refusals(t.Context(), s, d, d+20)
		if err != nil {
			t.Fatal(err)
		}
		found, err := r.Searches(t.Context(), report.SearchQuery{Site: s, From: d, To: d + 20})
		if err != nil {
			t.Fatal(err)
		}
		_, some, err := r.FirstDay(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(answer.Rows[0].Metrics, len(refused), len(found.Rows), some)
	}
	for _, months := range []int{14, 6, 1, 25} {
		r.Keep(months)
		due := day.AddDate(0, months, 0)
		if now = due.Add(-time.Second); shown() != "[1 1] 1 1 true" {
			t.Errorf("%d months, the second before: %s", months, shown())
		}
		if now = due; shown() != "[0 0] 0 0 false" {
			t.Errorf("%d months, the second it is due: %s", months, shown())
		}
	}
	if n := Strings(t, db, "SELECT toString(count()) FROM events"); n[0] != "1" {
		t.Errorf("%s events are stored: the test says nothing", n[0])
	}
}

// TestRetentionIsShortened: --retention alters what is stored already. Old days are gone from the answers at the start, and from the
// disk after merges, in every table there is.
func TestRetentionIsShortened(t *testing.T) {
	s := New(t)
	s.Start()
	s.MustRun("site", "add", "e2e.example")
	token := LastLine(s.MustRun("token", "add", "--site", "e2e.example"))
	old, fresh := time.Now().UTC().AddDate(0, -5, 0), time.Now().UTC().AddDate(0, -1, 0)
	var log strings.Builder
	for i, day := range []time.Time{old, fresh} {
		fmt.Fprintf(&log, "192.0.2.%d - - [%s:10:05:03 +0000] \"GET /page HTTP/1.1\" 200 5123 \"-\" \"%s\"\n", 10+i, day.Format("02/Jan/2006"), agentA)
	}
	file := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(file, []byte(log.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s.MustRun("import", "access-log", "--site", "e2e.example", file)
	views := func() float64 {
		t.Helper()
		r, err := s.Query(token, fmt.Sprintf(`{"site_id":"e2e.example","metrics":["pageviews"],"date_range":["%s","%s"]}`,
			old.AddDate(0, 0, -5).Format(time.DateOnly), time.Now().UTC().Format(time.DateOnly)))
		if err != nil {
			t.Fatal(err)
		}
		return r.Results[0].Metrics[0]
	}
	if n := views(); n != 2 {
		t.Fatalf("%v views were imported, want 2", n)
	}
	s.Stop()
	s.args = append(s.args, "--retention", "3")
	s.Start()
	if n := views(); n != 1 {
		t.Errorf("with three months %v views are shown, want 1", n)
	}
	s.MustRun("site", "list") // an administrative command says nothing about retention, and changes nothing
	s.Stop()
	db := s.Stored()
	tables := Strings(t, db, `SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
		AND name IN (SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'day') ORDER BY name`)
	held := map[string]string{}
	for _, table := range tables {
		if ttl := Strings(t, db, "SELECT extract(engine_full, 'TTL (.*?) SETTINGS') FROM system.tables WHERE database = currentDatabase() AND name = '"+table+"'"); ttl[0] != "day + toIntervalMonth(3)" {
			t.Errorf("%s: TTL %s, want 3 months", table, ttl[0])
		}
		if err := db.Exec(context.Background(), "OPTIMIZE TABLE "+table+" FINAL"); err != nil {
			t.Fatal(err)
		}
		// sums of a month stand under its first day
		held[table] = Strings(t, db, fmt.Sprintf("SELECT concat(toString(countIf(day < toStartOfMonth(toDate('%s')))), ' ', toString(count() > 0)) FROM %s", fresh.Format(time.DateOnly), table))[0]
	}
	for _, table := range []string{"events", "arrivals", "folds", "visits", "pages", "rollups"} {
		if held[table] != "0 1" {
			t.Errorf("%s holds old rows, or nothing: %q", table, held[table])
		}
	}
	for table, what := range held {
		if !strings.HasPrefix(what, "0 ") {
			t.Errorf("%s holds %s old rows", table, what)
		}
	}
}

// TestSettingsReachTheCollector: a preset set on the command line holds for the next beacon, one set on the page within two seconds.
func TestSettingsReachTheCollector(t *testing.T) {
	s := New(t)
	s.Start()
	s.MustRun("site", "add", "e2e.example")
	answered := func(want string) bool {
		_, dropped, _, err := s.Beacon("/e", view, "User-Agent", agentA)
		return err == nil && dropped == want
	}
	if !answered("") {
		t.Fatal("a beacon was not taken")
	}
	s.MustRun("site", "set", "e2e.example", "--preset", "headers-only")
	if !answered("headers_only") {
		t.Error("a preset set on the command line does not hold for the next beacon")
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	reader := &http.Client{Jar: jar, Timeout: 20 * time.Second}
	post := func(path string, form url.Values) string {
		t.Helper()
		response, err := reader.PostForm(s.Dashboards+path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s answers %d, %v", path, response.StatusCode, err)
		}
		return string(body)
	}
	welcome := s.Welcome[strings.Index(s.Welcome, "/welcome/"):]
	post(welcome, url.Values{"user": {"admin"}, "password": {"correct horse battery"}, "again": {"correct horse battery"}})
	page := post("/e2e.example/settings", url.Values{"preset": {"standard"}, "min_searches": {"2"}, "honour_signals": {"yes"}})
	if !strings.Contains(page, "Saved") || !strings.Contains(page, `id="cost"`) {
		t.Error("the page does not say that it is saved, or what cutting addresses costs")
	}
	Eventually(t, 2*time.Second, "the collector takes the script's beacons again", func() bool { return answered("") })
	if out := s.MustRun("site", "list"); !strings.Contains(out, "about 0 % fewer visitors by network") {
		t.Errorf("the list does not say what cutting addresses costs: %s", out)
	}
}

// TestIdentityNone: visits and views are counted, visitors are not: zero in the API, and number 0 in what is stored.
func TestIdentityNone(t *testing.T) {
	s := New(t, "--identity", "none")
	s.Start()
	s.MustRun("site", "add", "e2e.example")
	token := LastLine(s.MustRun("token", "add", "--site", "e2e.example"))
	for range 3 {
		if status, dropped, _, err := s.Beacon("/e", view, "User-Agent", agentA); status != 202 || dropped != "" || err != nil {
			t.Fatalf("%d %q %v", status, dropped, err)
		}
	}
	Eventually(t, 20*time.Second, "three views and no visitor", func() bool {
		r, err := s.Query(token, `{"site_id":"e2e.example","metrics":["visitors","visits","pageviews"],"date_range":"day"}`)
		return err == nil && fmt.Sprint(r.Results[0].Metrics) == "[0 3 3]"
	})
	s.Stop()
	if numbers := Strings(t, s.Stored(), "SELECT DISTINCT toString(visitor) FROM events"); len(numbers) != 1 || numbers[0] != "0" {
		t.Errorf("visitors are stored as %v, want 0", numbers)
	}
}

// TestSaltsStayInMemory: the program refuses a real disk for what must be forgotten, unless it is told twice.
func TestSaltsStayInMemory(t *testing.T) {
	s := New(t)
	disk := t.TempDir()
	var st unix.Statfs_t
	if err := unix.Statfs(disk, &st); err != nil || st.Type == unix.TMPFS_MAGIC {
		t.Skip("temporary directories are in memory here: ", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // taken, it would serve for ever
	defer cancel()
	command := exec.CommandContext(ctx, s.program, "serve", "--data", s.Data, "--volatile", disk,
		"--collector-addr", "127.0.0.1:0", "--dashboards-addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0")
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	out, err := command.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--salts-on-disk") {
		t.Errorf("a disk was taken: %v\n%s", err, tail(string(out), 2000))
	}
	if left, err := filepath.Glob(filepath.Join(disk, "salts", "*")); err != nil || len(left) != 0 {
		t.Errorf("something was written to the disk: %v, %v", left, err)
	}
	s.Volatile, s.args = disk, append(s.args, "--salts-on-disk")
	s.Start()
}
