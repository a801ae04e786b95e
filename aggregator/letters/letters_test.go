package letters

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"sporlos/letter"
	"sporlos/store"
	"sporlos/store/enginetest"
)

const today = 20779 // 2026-11-22

type rig struct {
	t     *testing.T
	dir   string
	store *store.Store
	now   time.Time
	logs  *bytes.Buffer
	*Lane
}

// newRig is a lane on a clock that stands at noon until it is moved. Sites below 100 exist, and their days are UTC's.
func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), store: enginetest.Migrated(t), now: time.Unix(today*secondsInADay+43200, 0), logs: new(bytes.Buffer)}
	r.open()
	return r
}

// open opens a lane on the same directory, as a new process would.
func (r *rig) open() {
	r.t.Helper()
	l, err := Open(Options{
		Dir: r.dir, Store: r.store,
		Day:    func(site uint32, at time.Time) (uint16, bool) { return uint16(at.Unix() / secondsInADay), site < 100 },
		Now:    func() time.Time { return r.now },
		Logger: slog.New(slog.NewTextHandler(r.logs, nil)),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.Lane = l
}

func (r *rig) put(n int, one letter.Letter) {
	for range n {
		r.Put(one)
	}
}

// pass moves the clock and does what Run does every second.
func (r *rig) pass(d time.Duration) {
	r.t.Helper()
	r.now = r.now.Add(d)
	if err := r.work(context.Background()); err != nil {
		r.t.Fatal(err)
	}
	if err := r.save(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) want(what, query, want string) {
	r.t.Helper()
	var got string
	if err := r.store.QueryRow(context.Background(), query).Scan(&got); err != nil {
		r.t.Fatalf("%v\n%s", err, query)
	}
	if got != want {
		r.t.Errorf("%s: got %s, want %s", what, got, want)
	}
}

func (r *rig) wantStored(what string, n int) {
	r.t.Helper()
	r.want(what, "SELECT toString(sum(letters)) FROM newsletters", fmt.Sprint(n))
}

func (r *rig) snapshotText() string {
	r.t.Helper()
	b, err := os.ReadFile(r.path())
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

func click(site uint32, campaign, link string) letter.Letter {
	return letter.Letter{Site: site, Day: today, Campaign: campaign, Link: link, Kind: letter.Click}
}

func TestNineteenWaitTwentyGo(t *testing.T) {
	r := newRig(t)
	r.put(19, click(1, "spring", "shop"))
	r.put(19, click(2, "summer", "shop"))
	r.pass(defaultEvery)
	r.wantStored("nineteen of each site", 0)
	r.Put(letter.Letter{Site: 1, Day: today, Campaign: "spring", Kind: letter.Open})
	r.pass(defaultEvery)
	r.wantStored("twenty of one site", 20)
	r.want("rows", "SELECT toString(groupArray(r)) FROM (SELECT tuple(*) AS r FROM newsletters ORDER BY kind)",
		"[(1,'2026-11-22','spring','shop','click',19),(1,'2026-11-22','spring','','open',1)]")
}

// TestTimeOfABlockSaysNothing: however many there are, and whenever the twentieth came, counts leave at multiples of ten minutes.
func TestTimeOfABlockSaysNothing(t *testing.T) {
	r := newRig(t)
	for minute := range 10 {
		r.put(30, click(1, "spring", "shop"))
		if minute > 0 {
			r.pass(time.Minute)
		}
	}
	r.pass(59 * time.Second)
	r.wantStored("at 12:09:59", 0)
	r.pass(time.Second)
	r.wantStored("at 12:10:00", 300)
	r.put(30, click(1, "spring", "shop"))
	r.open() // a start is no reason to release either
	r.pass(time.Second)
	r.wantStored("after a start at 12:10:01", 300)
}

func TestDayEnd(t *testing.T) {
	r := newRig(t)
	r.put(3, click(1, "spring", "shop"))
	r.put(2, click(150, "gone", "shop")) // its site has been removed
	r.pass(12 * time.Hour)
	r.wantStored("just after midnight", 0)
	r.pass(defaultEvery)
	r.wantStored("when the day has settled", 3)
	r.pass(48 * time.Hour)
	r.wantStored("days later, of a site that is gone", 5)
}

func TestFlush(t *testing.T) {
	r := newRig(t)
	r.put(3, click(1, "spring", "shop"))
	yesterday := click(1, "spring", "blog")
	yesterday.Day--
	r.put(2, yesterday)
	if err := r.Flush(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	r.wantStored("of yesterday", 2)
	if err := r.Flush(context.Background(), true); err != nil {
		t.Fatal(err)
	}
	r.wantStored("all", 5)
}

// TestCrashPoints stops a lane at every place between taking a block and the snapshot after its insert, and opens another.
func TestCrashPoints(t *testing.T) {
	for name, crash := range map[string]func(r *rig) error{
		"before anything":          func(r *rig) error { return nil },
		"block taken, not written": func(r *rig) error { r.take(r.ripe()); return nil },
		"block written, not inserted": func(r *rig) error {
			r.take(r.ripe())
			return r.saveReleasing()
		},
		"block inserted, not written": func(r *rig) error {
			r.take(r.ripe())
			if err := r.saveReleasing(); err != nil {
				return err
			}
			return r.store.Insert(context.Background(), "newsletters", r.pending.token, r.pending.columns())
		},
		"all done": func(r *rig) error { return r.Flush(context.Background(), false) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.put(15, click(1, "spring", "shop"))
			r.put(10, click(1, "spring", "blog"))
			r.put(4, click(2, "summer", "shop"))
			if err := r.save(); err != nil {
				t.Fatal(err)
			}
			if err := crash(r); err != nil {
				t.Fatal(err)
			}
			r.open()
			r.pass(defaultEvery)
			r.wantStored("after a crash", 25)
			r.open()
			r.pass(defaultEvery)
			r.wantStored("after another start", 25)
			if got := r.holds(); got != 4 {
				t.Errorf("%d letters are held, want the four of the other site", got)
			}
		})
	}
}

const crashDir = "SPORLOS_LETTERS_CRASH_DIR"

// TestKilledProcess kills a process that runs a lane, and counts what the next one finds: all but the last second.
func TestKilledProcess(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		victim(t, dir)
	}
	r := newRig(t)
	child := exec.Command(os.Args[0], "-test.run=^TestKilledProcess$")
	child.Env = append(os.Environ(), crashDir+"="+r.dir)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		if b, err := os.ReadFile(r.path()); err == nil && strings.Contains(string(b), `"count":500`) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the snapshot was not written")
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed
	r.open()
	r.pass(defaultEvery)
	r.wantStored("after kill -9", 500)
}

// victim runs a lane until it is killed. It stores nothing: its clock stands.
func victim(t *testing.T, dir string) {
	now := time.Unix(today*secondsInADay+43200, 0)
	l, err := Open(Options{Dir: dir, Store: new(store.Store), Now: func() time.Time { return now }, Day: func(uint32, time.Time) (uint16, bool) { return today, true }})
	if err != nil {
		t.Fatal(err)
	}
	for range 500 {
		l.Put(click(1, "spring", "shop"))
	}
	t.Fatal(l.Run(context.Background()))
}

func TestServerAway(t *testing.T) {
	r := newRig(t)
	r.put(20, click(1, "spring", "shop"))
	if err := r.store.Exec(context.Background(), "RENAME TABLE newsletters TO hidden"); err != nil {
		t.Fatal(err)
	}
	if err := r.Flush(context.Background(), false); err == nil {
		t.Fatal("a block was stored nowhere")
	}
	r.put(20, click(1, "spring", "blog"))
	if err := r.store.Exec(context.Background(), "RENAME TABLE hidden TO newsletters"); err != nil {
		t.Fatal(err)
	}
	r.pass(time.Second) // what was left goes at once
	r.wantStored("after the server came back", 20)
	r.pass(defaultEvery)
	r.wantStored("at the next multiple", 40)
}

// TestTokenIsWrittenFirst: when an insert fails nobody knows whether the server has the block. Whoever tries again after a crash must use the
// same token.
func TestTokenIsWrittenFirst(t *testing.T) {
	r := newRig(t)
	r.put(20, click(1, "spring", "shop"))
	if err := r.save(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Flush(ctx, false); err == nil {
		t.Fatal("a block was stored without waiting for it")
	}
	if err := r.store.Insert(context.Background(), "newsletters", r.pending.token, r.pending.columns()); err != nil { // it had come through
		t.Fatal(err)
	}
	r.open()
	r.pass(defaultEvery)
	r.wantStored("after a crash in the insert", 20)
}

// TestRun: what is ripe is stored by itself; a clean stop releases nothing early and loses nothing.
func TestRun(t *testing.T) {
	r := newRig(t)
	r.put(20, click(1, "spring", "shop"))
	r.now = r.now.Add(defaultEvery)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	for began := time.Now(); value(t, r.metrics.stored) < 20; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatal("twenty letters were not released")
		}
	}
	r.put(19, click(1, "spring", "shop"))
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r.wantStored("at a stop", 20)
	r.open()
	r.Put(click(1, "spring", "shop"))
	r.pass(defaultEvery)
	r.wantStored("one more after the start", 40)
}

func TestNoteSaysChangesOnly(t *testing.T) {
	r := newRig(t)
	for _, err := range []error{nil, context.Canceled, context.Canceled, nil, nil} {
		r.note(err, false)
	}
	r.note(context.Canceled, true)
	r.note(nil, true)
	if got := strings.Count(r.logs.String(), "cannot be stored") + 10*strings.Count(r.logs.String(), "stored again"); got != 12 {
		t.Errorf("logged:\n%s", r.logs)
	}
}

// TestSnapshotShowsNoOrder: whatever order letters came in, the file is the same; it has no times and is for its owner only.
func TestSnapshotShowsNoOrder(t *testing.T) {
	links := []string{"shop", "blog", "about", "jobs", "unsubscribe"}
	var texts []string
	for range 2 {
		r := newRig(t)
		for _, link := range links {
			r.put(len(link)%3+1, click(uint32(len(link)%3+1), "spring", link))
		}
		slices.Reverse(links)
		if err := r.save(); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, r.snapshotText())
		info, err := os.Stat(r.path())
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode is %v, %v", info.Mode(), err)
		}
	}
	if texts[0] != texts[1] {
		t.Errorf("two snapshots of the same counts differ:\n%s\n%s", texts[0], texts[1])
	}
	var s struct{ Held []map[string]any }
	if err := json.Unmarshal([]byte(texts[0]), &s); err != nil {
		t.Fatal(err)
	}
	for name := range s.Held[0] {
		if !slices.Contains([]string{"site", "day", "campaign", "link", "kind", "count"}, name) {
			t.Errorf("the snapshot has a field %q", name)
		}
	}
}

// TestShuffle: where a count stands in a block says nothing about when it came. Each of six ought to be in each of six places equally
// often; the statistic is chi-square with 25 degrees of freedom, which is above 70 once in a hundred thousand times.
func TestShuffle(t *testing.T) {
	r := newRig(t)
	const n, rounds = 6, 3000
	var places [n][n]float64
	for range rounds {
		for i := range n {
			r.Put(click(1, "spring", string(rune('a'+i))))
		}
		r.take(func(letter.Letter) bool { return true })
		for place, row := range r.pending.rows {
			places[row.Link[0]-'a'][place]++
		}
		r.pending = nil
	}
	chi := 0.0
	for _, row := range places {
		for _, seen := range row {
			chi += (seen - rounds/n) * (seen - rounds/n) / (rounds / n)
		}
	}
	if chi > 70 {
		t.Errorf("chi-square is %.1f: %v", chi, places)
	}
}

func TestTokensAreRandom(t *testing.T) {
	if a, b := newToken(), newToken(); a == b || len(a) < 30 {
		t.Errorf("tokens %q and %q", a, b)
	}
}

func TestDropped(t *testing.T) {
	r := newRig(t)
	r.o.Held = 2
	for _, one := range []letter.Letter{{Day: today, Campaign: "spring", Kind: letter.Open}, {Site: 1, Day: today, Kind: letter.Open}, {Site: 1, Campaign: "spring"}, {Site: 1, Campaign: "spring", Kind: 99}} {
		r.Put(one)
	}
	for _, link := range []string{"aa", "bb", "cc", "aa"} {
		r.Put(click(1, "spring", link))
	}
	for reason, want := range map[string]float64{"malformed": 4, "full": 1, "damaged": 0} {
		if got := value(t, r.metrics.dropped.WithLabelValues(reason)); got != want {
			t.Errorf("%s: %v, want %v", reason, got, want)
		}
	}
}

func TestDamagedSnapshot(t *testing.T) {
	const good = `{"site":1,"day":1,"campaign":"spring","kind":"open","count":1}`
	for name, text := range map[string]string{
		"empty":                 "",
		"torn":                  `{"version":1,"held":[{"site":1`,
		"newer":                 `{"version":2,"held":[]}`,
		"unknown kind":          `{"version":1,"held":[` + strings.Replace(good, "open", "read", 1) + `]}`,
		"no site":               `{"version":1,"held":[` + good + `,` + strings.Replace(good, `"site":1`, `"site":0`, 1) + `]}`,
		"no campaign":           `{"version":1,"held":[` + strings.Replace(good, "spring", "", 1) + `]}`,
		"counts nothing":        `{"version":1,"held":[` + strings.Replace(good, `"count":1`, `"count":0`, 1) + `]}`,
		"token without a block": `{"version":1,"held":[],"token":"x"}`,
		"block without a token": `{"version":1,"held":[],"pending":[` + good + `]}`,
		"damaged block":         `{"version":1,"held":[` + good + `],"token":"x","pending":[{"site":1}]}`,
	} {
		r := newRig(t)
		if err := os.WriteFile(r.path(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r.open()
		if r.holds() != 0 || r.pending != nil {
			t.Errorf("%s: something was taken over", name)
		}
		if b, err := os.ReadFile(r.path() + ".damaged"); err != nil || string(b) != text {
			t.Errorf("%s: the file was not moved aside: %v", name, err)
		}
		if log := r.logs.String(); !strings.Contains(log, "damaged") || strings.Contains(log, "spring") {
			t.Errorf("%s: log is %q", name, log)
		}
	}
}

// TestErrorsNameNoCampaign: what the server says about a row it does not like stays with the server.
func TestErrorsNameNoCampaign(t *testing.T) {
	r := newRig(t)
	if err := r.store.Exec(context.Background(), "ALTER TABLE newsletters ADD CONSTRAINT c CHECK campaign != 'spring'"); err != nil {
		t.Fatal(err)
	}
	r.put(20, click(1, "spring", "shop"))
	if err := r.Flush(context.Background(), false); err == nil || strings.Contains(err.Error(), "spring") || !strings.Contains(err.Error(), "469") {
		t.Errorf("the error is %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := Open(Options{}); err == nil {
		t.Error("a lane without anything was opened")
	}
	day := func(uint32, time.Time) (uint16, bool) { return 0, false }
	if _, err := Open(Options{Dir: "/dev/null/x", Store: &store.Store{}, Day: day}); err == nil {
		t.Error("a lane in an impossible directory was opened")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "letters.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: dir, Store: &store.Store{}, Day: day}); err == nil {
		t.Error("a lane whose snapshot cannot be read was opened")
	}
	r := newRig(t)
	if err := os.Mkdir(r.path()+".tmp", 0o700); err != nil {
		t.Fatal(err)
	}
	r.Put(click(1, "spring", "shop"))
	if err := r.Close(); err == nil {
		t.Error("a snapshot that cannot be written was written")
	}
}

func TestRegister(t *testing.T) {
	r := newRig(t)
	registry := prometheus.NewRegistry()
	if err := r.metrics.register(registry); err != nil {
		t.Fatal(err)
	}
	r.put(3, click(1, "spring", "shop"))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "sporlos_letters_held" && f.GetMetric()[0].GetGauge().GetValue() != 3 {
			t.Errorf("held is %v", f.GetMetric()[0])
		}
		if strings.Contains(f.String(), "spring") {
			t.Errorf("a metric names a campaign: %v", f)
		}
	}
	if err := r.metrics.register(registry); err == nil {
		t.Error("the same metrics were registered twice")
	}
}

func value(t *testing.T, c prometheus.Counter) float64 {
	t.Helper()
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetCounter().GetValue()
}

func BenchmarkPut(b *testing.B) {
	l, err := Open(Options{Dir: b.TempDir(), Store: new(store.Store), Day: func(uint32, time.Time) (uint16, bool) { return today, true }})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		l.Put(click(1, "spring", "shop"))
	}
}
