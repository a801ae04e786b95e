package terms

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

	"sporlos/store"
	"sporlos/store/enginetest"
	"sporlos/term"
)

const today = 20779 // 2026-11-22

type rig struct {
	t     *testing.T
	dir   string
	store *store.Store
	today uint16
	now   time.Time
	logs  *bytes.Buffer
	*Lane
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, dir: directory(t), store: enginetest.Migrated(t), today: today, now: time.Unix(today*secondsInADay+43200, 0), logs: new(bytes.Buffer)}
	r.open()
	return r
}

// directory is a temporary one whose key does not stay in the kernel.
func directory(t *testing.T) string {
	dir := t.TempDir()
	t.Cleanup(func() { forget(dir) })
	return dir
}

// open opens a lane on the same directory, as a new process would.
func (r *rig) open() {
	r.t.Helper()
	l, err := Open(Options{
		Dir: r.dir, Store: r.store,
		Days:   func(site uint32) (uint16, bool) { return r.today, site < 100 },
		Every:  time.Second,
		Now:    func() time.Time { return r.now },
		Logger: slog.New(slog.NewTextHandler(r.logs, nil)),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.Lane = l
}

func (r *rig) put(n int, t term.Term) {
	for range n {
		r.Put(t)
	}
}

// work does what Run does every second.
func (r *rig) work() {
	r.t.Helper()
	if err := r.release(context.Background(), r.ripe()); err != nil {
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
	r.want(what, "SELECT toString(sum(searches)) FROM searches", fmt.Sprint(n))
}

// snapshotText is what the snapshot says to those who have its key.
func (r *rig) snapshotText() string {
	r.t.Helper()
	b, err := r.seal.read(r.path())
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

func search(site uint32, phrase string, results int) term.Term {
	return term.Term{Site: site, Day: today, Kind: term.Search, Text: phrase, Results: results}
}

func TestNineteenWaitTwentyGo(t *testing.T) {
	r := newRig(t)
	r.put(19, search(1, "Barnehage", 3))
	r.put(19, search(2, "skole", 3))
	r.work()
	r.wantStored("nineteen of each site", 0)
	r.Put(search(1, "barnehage ", 3))
	r.work()
	r.wantStored("twenty of one site", 20)
	r.want("row", "SELECT toString(tuple(*)) FROM searches", "(1,'2026-11-22','search','barnehage','',20,20,0)")
}

func TestOnlySearchesMakeABatch(t *testing.T) {
	r := newRig(t)
	r.put(19, search(1, "barnehage", 1))
	r.put(30, term.Term{Site: 1, Day: today, Kind: term.Open, Text: "barnehage", Results: 1, Opened: "/plass"})
	r.work()
	r.wantStored("nineteen searches and what became of them", 0)
	r.put(1, search(1, "skole", 0))
	r.work()
	r.wantStored("twenty searches without what became of them", 20)
	r.want("kinds", "SELECT toString(groupUniqArray(kind)) FROM searches", "['search']")
}

func TestResults(t *testing.T) {
	r := newRig(t)
	r.put(10, search(1, "barnehage", 4))
	r.put(5, search(1, "barnehage", 0))
	r.put(7, search(1, "barnehage", term.Unknown))
	r.work()
	r.want("rows", "SELECT toString(tuple(kind::String, opened, searches, counted, zero)) FROM searches FINAL", "('search','',22,15,5)")
}

func TestDayEnd(t *testing.T) {
	r := newRig(t)
	r.put(3, search(1, "barnehage", 3))
	r.put(2, search(150, "a site that is gone", 3))
	r.today++
	r.now = r.now.Add(12 * time.Hour)
	r.work()
	r.wantStored("just after the day's end", 0)
	r.now = r.now.Add(defaultSettle)
	r.work()
	r.wantStored("when the day has settled", 3)
	r.Put(search(1, "late", 1)) // must not go alone, at once
	r.work()
	r.wantStored("a late one", 3)
	r.now = r.now.Add(defaultSettle)
	r.work()
	r.wantStored("a late one that has settled", 4)
	r.now = r.now.Add(5 * 24 * time.Hour)
	r.work()
	r.now = r.now.Add(defaultSettle)
	r.work()
	r.wantStored("days later, of a site that is gone", 6)
}

// TestOutcomesWait: what became of searches is stored when the day is over, its searches are stored, and the parts they came in are one.
func TestOutcomesWait(t *testing.T) {
	r := newRig(t)
	for range 3 {
		r.put(20, search(1, "barnehage", 3))
		r.work()
	}
	r.put(25, outcome(term.Open, "barnehage", "/plass"))
	r.put(3, search(1, "skole", 3))
	r.work()
	r.today++
	r.now = r.now.Add(12 * time.Hour)
	r.work()
	r.wantStored("just after the day's end", 60)
	r.now = r.now.Add(defaultSettle)
	r.work()
	r.wantStored("the day's last searches", 63)
	r.want("parts", "SELECT toString(count()) FROM system.parts WHERE database = currentDatabase() AND table = 'searches' AND active", "1")
	r.now = r.now.Add((outcomesSettle - 1) * defaultSettle)
	r.work()
	r.wantStored("the day's outcomes", 88)
	r.want("outcomes", "SELECT toString(tuple(kind::String, phrase, opened, searches)) FROM searches WHERE kind != 'search'", "('open','barnehage','/plass',25)")
}

// TestMergedWithoutLastSearches: parts become one before outcomes are stored, also when the day's end has no searches left to release.
func TestMergedWithoutLastSearches(t *testing.T) {
	r := newRig(t)
	for range 3 {
		r.put(20, search(1, "barnehage", 3))
		r.work()
	}
	r.put(25, outcome(term.Open, "barnehage", "/plass"))
	r.today++
	r.now = r.now.Add(12 * time.Hour)
	r.work()
	r.now = r.now.Add(defaultSettle)
	r.work()
	r.wantStored("before its outcomes", 60)
	r.want("parts", "SELECT toString(count()) FROM system.parts WHERE database = currentDatabase() AND table = 'searches' AND active", "1")
}

func outcome(kind term.Kind, phrase, opened string) term.Term {
	return term.Term{Site: 1, Day: today, Kind: kind, Text: phrase, Results: term.Unknown, Opened: opened}
}

func TestFlush(t *testing.T) {
	r := newRig(t)
	r.put(3, search(1, "barnehage", 3))
	yesterday := search(1, "skole", 3)
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
			return r.store.Insert(context.Background(), "searches", r.pending.token, r.pending.columns())
		},
		"all done": func(r *rig) error { return r.release(context.Background(), r.ripe()) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			if !r.seal.ring {
				t.Skip("the kernel gives no keyring here: a crash loses what is held")
			}
			r.put(15, search(1, "barnehage", 3))
			r.put(10, search(1, "skole", 0))
			r.put(4, search(2, "others", 0))
			if err := r.save(); err != nil {
				t.Fatal(err)
			}
			if err := crash(r); err != nil {
				t.Fatal(err)
			}
			r.open()
			r.work()
			r.wantStored("after a crash", 25)
			r.open()
			r.work()
			r.wantStored("after another start", 25)
			if got := len(r.held); got != 1 {
				t.Errorf("%d counts are held, want the one of the other site", got)
			}
		})
	}
}

func TestServerAway(t *testing.T) {
	r := newRig(t)
	r.put(20, search(1, "barnehage", 3))
	if err := r.store.Exec(context.Background(), "RENAME TABLE searches TO hidden"); err != nil {
		t.Fatal(err)
	}
	if err := r.release(context.Background(), r.ripe()); err == nil {
		t.Fatal("a block was stored nowhere")
	}
	r.put(20, search(1, "skole", 3))
	if err := r.store.Exec(context.Background(), "RENAME TABLE hidden TO searches"); err != nil {
		t.Fatal(err)
	}
	r.work()
	r.wantStored("after the server came back", 40)
}

// TestStop: a clean stop releases nothing early and loses nothing.
func TestStop(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	r.put(19, search(1, "barnehage", 3))
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r.wantStored("at a stop", 0)
	r.open()
	r.Put(search(1, "barnehage", 3))
	r.work()
	r.wantStored("one more after the start", 20)
}

func TestRunReleases(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	r.put(20, search(1, "barnehage", 3))
	for began := time.Now(); value(t, r.metrics.stored) < 20; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatal("twenty searches were not released")
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	r.wantStored("by Run", 20)
}

// TestSnapshotShowsNoOrder: whatever order phrases came in, the file is the same; it has no times and is for its owner only.
func TestSnapshotShowsNoOrder(t *testing.T) {
	phrases := []string{"barnehage", "skole", "parkering", "pass", "bibliotek"}
	var texts []string
	for range 2 {
		r := newRig(t)
		for i, p := range phrases {
			r.put(i%2+1, search(uint32(i%3+1), p, i))
		}
		slices.Reverse(phrases)
		for i, p := range phrases {
			r.put((len(phrases)-1-i)%2, search(uint32((len(phrases)-1-i)%3+1), p, 1))
		}
		slices.Reverse(phrases)
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
	var s map[string]any
	if err := json.Unmarshal([]byte(texts[0]), &s); err != nil {
		t.Fatal(err)
	}
	for name := range s {
		if name != "version" && name != "held" {
			t.Errorf("the snapshot has a field %q", name)
		}
	}
}

// TestShuffle: where a phrase stands in a block says nothing about when it came. Each of six ought to be in each of six places equally
// often; the statistic is chi-square with 25 degrees of freedom, which is above 60 once in ten thousand times.
func TestShuffle(t *testing.T) {
	r := newRig(t)
	const n, rounds = 6, 3000
	var places [n][n]float64
	for range rounds {
		clear(r.held)
		for i := range n {
			r.Put(search(1, string(rune('a'+i)), 1))
		}
		r.take(func(daily) bool { return true })
		for place, row := range r.pending.rows {
			places[row.phrase[0]-'a'][place]++
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

func TestDropped(t *testing.T) {
	r := newRig(t)
	r.o.Held = 3
	r.Put(term.Term{Site: 1, Day: today, Kind: 99, Text: "x"})
	r.Put(search(0, "x", 1))
	r.Put(search(1, strings.Repeat("x", longestText+1), 1))
	r.Put(term.Term{Site: 1, Day: today, Kind: term.Open, Text: "x", Opened: "/" + strings.Repeat("x", longestOpened)})
	r.Put(search(1, " \x00?!", 1))
	r.Put(search(1, "a", 1))
	r.Put(search(1, "b", 1))
	r.Put(outcome(term.Leave, "a", "")) // without its phrase
	r.Put(outcome(term.Open, "a", "/x"))
	r.Put(outcome(term.Open, "b", "/y"))
	r.Put(search(1, "c", 1))
	r.Put(search(1, "a", 1)) // known: still counted
	if got, want := len(r.held), 4; got != want || r.held[key{1, today, term.Leave, "", ""}].searches != 1 || r.held[key{1, today, term.Open, "", notSet}].searches != 2 {
		t.Errorf("%d counts are held, want %d, outcomes too many without phrase", got, want)
	}
	for reason, want := range map[string]float64{"malformed": 2, "long": 2, "empty": 1, "full": 1, "damaged": 0} {
		if got := value(t, r.metrics.dropped.WithLabelValues(reason)); got != want {
			t.Errorf("%s: %v, want %v", reason, got, want)
		}
	}
}

func TestDamagedSnapshot(t *testing.T) {
	for name, text := range map[string]string{
		"empty":                 "",
		"torn":                  `{"version":1,"held":[{"site":1`,
		"newer":                 `{"version":2,"held":[]}`,
		"unknown kind":          `{"version":1,"held":[{"site":1,"day":1,"kind":"x","phrase":"secret","searches":1}]}`,
		"no phrase":             `{"version":1,"held":[{"site":1,"day":1,"kind":"search","phrase":"","searches":1}]}`,
		"no kind":               `{"version":1,"held":[{"site":1,"day":1,"phrase":"secret","searches":1}]}`,
		"counts nothing":        `{"version":1,"held":[{"site":1,"day":1,"kind":"search","phrase":"secret"}]}`,
		"token without a block": `{"version":1,"held":[],"token":"x"}`,
		"block without a token": `{"version":1,"held":[],"pending":[{"site":1,"day":1,"kind":"search","phrase":"secret","searches":1}]}`,
		"damaged block":         `{"version":1,"held":[],"token":"x","pending":[{"site":1}]}`,
	} {
		r := newRig(t)
		if !r.seal.ring {
			t.Skip("the kernel gives no keyring here")
		}
		if err := os.WriteFile(r.path(), r.seal.close([]byte(text)), 0o600); err != nil {
			t.Fatal(err)
		}
		r.open()
		if len(r.held) != 0 || r.pending != nil {
			t.Errorf("%s: something was taken over", name)
		}
		if b, err := r.seal.read(r.path() + ".damaged"); err != nil || string(b) != text {
			t.Errorf("%s: the file was not moved aside: %v", name, err)
		}
		if log := r.logs.String(); !strings.Contains(log, "damaged") || strings.Contains(log, "secret") {
			t.Errorf("%s: log is %q", name, log)
		}
	}
}

func TestNothingPrintsAPhrase(t *testing.T) {
	r := newRig(t)
	r.Put(search(1, "barnehage", 3))
	r.Put(term.Term{Site: 1, Day: today, Kind: term.Open, Text: "x", Opened: "/barnehage"})
	r.take(func(daily) bool { return true })
	for k := range map[key]counts{r.pending.rows[0].key: {}} {
		slog.New(slog.NewTextHandler(r.logs, nil)).Info("x", "lane", r.Lane, "row", r.pending.rows[0], "rows", r.pending.rows, "block", r.pending, "key", k)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			fmt.Fprintf(r.logs, verb+verb+verb+verb+verb, r.Lane, r.pending, r.pending.rows, r.pending.rows[0], k)
			fmt.Fprintf(r.logs, verb+verb, entryOf(k, counts{}), snapshot{Held: []entry{entryOf(k, counts{})}})
		}
	}
	if text := r.logs.String(); strings.Contains(text, "barnehage") || !strings.Contains(text, "[redacted]") {
		t.Errorf("printed: %s", text)
	}
}

// TestErrorsNameNoPhrase: what the server says about a row it does not like stays with the server.
func TestErrorsNameNoPhrase(t *testing.T) {
	r := newRig(t)
	if err := r.store.Exec(context.Background(), "ALTER TABLE searches ADD CONSTRAINT c CHECK phrase != 'barnehage'"); err != nil {
		t.Fatal(err)
	}
	r.put(20, search(1, "barnehage", 3))
	if err := r.Flush(context.Background(), false); err == nil || strings.Contains(err.Error(), "barnehage") || !strings.Contains(err.Error(), "469") {
		t.Errorf("the error is %v", err)
	}
}

// TestTheLaneIsApart: not even by way of another package does it know events or visitors.
func TestTheLaneIsApart(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "sporlos/term") {
		t.Fatal("go list does not tell what is imported")
	}
	for _, dep := range deps {
		if dep == "sporlos/event" || strings.HasPrefix(dep, "sporlos/collector") || dep == "sporlos/spool" {
			t.Errorf("imports %s", dep)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := Open(Options{}); err == nil {
		t.Error("a lane without anything was opened")
	}
	days := func(uint32) (uint16, bool) { return 0, false }
	if _, err := Open(Options{Dir: "/dev/null/x", Store: &store.Store{}, Days: days}); err == nil {
		t.Error("a lane in an impossible directory was opened")
	}
	dir := directory(t)
	if err := os.Mkdir(filepath.Join(dir, "terms.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: dir, Store: &store.Store{}, Days: days}); err == nil {
		t.Error("a lane whose snapshot cannot be read was opened")
	}
}

func TestRegister(t *testing.T) {
	r := newRig(t)
	registry := prometheus.NewRegistry()
	if err := r.metrics.register(registry); err != nil {
		t.Fatal(err)
	}
	r.put(3, search(1, "barnehage", 1))
	if got := gauge(t, r.metrics.held); got != 0 {
		t.Errorf("held is %v between releases: whoever reads it each second learns when a search came", got)
	}
	r.metrics.show(r.count())
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "sporlos_searches_held" && f.GetMetric()[0].GetGauge().GetValue() != 3 {
			t.Errorf("held is %v", f.GetMetric()[0])
		}
		if strings.Contains(f.String(), "barnehage") {
			t.Errorf("a metric names a phrase: %v", f)
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

func gauge(t *testing.T, g prometheus.Gauge) float64 {
	t.Helper()
	var m dto.Metric
	if err := g.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetGauge().GetValue()
}
