package replay

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sporlos/beacon"
	"sporlos/collector"
	"sporlos/collector/visitor"
	"sporlos/event"
	"sporlos/site"
	"sporlos/spool"
)

// rig replays into a collector of its own and reads back what is in its spool.
type rig struct {
	testing.TB
	collector *collector.Collector
	spool     *spool.Spool
	site      *site.Site
}

func start(t testing.TB, domain string) *rig {
	t.Helper()
	s, err := site.New(1, domain, "UTC", site.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	sp, err := spool.Open(t.TempDir(), spool.Options{Fsync: spool.FsyncOff})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sp.Close() })
	c, err := collector.New(collector.Options{Sites: collector.NewSites(s), Spool: sp, Salts: visitor.MemorySalts(), Limit: collector.Rate{PerMinute: -1}})
	if err != nil {
		t.Fatal(err)
	}
	return &rig{t, c, sp, s}
}

func (r *rig) run(o Options) Summary {
	r.Helper()
	o.Site, o.Take = r.site, r.collector.Take
	sum, err := Run(context.Background(), o)
	if err != nil {
		r.Fatal(err)
	}
	return sum
}

// each calls fn with the events in the spool; their strings live until fn returns.
func (r *rig) each(fn func(*event.Event)) {
	r.Helper()
	var batch spool.Batch
	if err := r.spool.Read(context.Background(), spool.Position{}, 0, 0, &batch); err != nil {
		r.Fatal(err)
	}
	for _, rec := range batch.Records {
		var e event.Event
		if err := event.Decode(rec, &e); err != nil {
			r.Fatal(err)
		}
		fn(&e)
	}
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// TestFixture: 40 lines written by hand, and every one accounted for.
func TestFixture(t *testing.T) {
	r := start(t, "example.org")
	sum := r.run(Options{Files: []string{"testdata/access.log"}})
	want := map[string]int{Method: 3, Status: 4, AssetFile: 4, Feed: 3, Monitoring: 1, OtherHost: 1, Unparsable: 5, "robot": 4}
	if sum.Lines != 40 || sum.Pageviews != 15 || !maps.Equal(sum.Skipped, want) || sum.Late != 0 {
		t.Errorf("%d lines, %d page views, %d late\n got %v\nwant %v", sum.Lines, sum.Pageviews, sum.Late, sum.Skipped, want)
	}
	if !sum.First.Equal(at("2015-05-23T08:05:00Z")) || !sum.Last.Equal(at("2015-05-24T00:00:01Z")) {
		t.Errorf("from %v to %v", sum.First, sum.Last)
	}
	var got []string
	r.each(func(e *event.Event) {
		got = append(got, fmt.Sprintf("%s %s %s%s from %q %s/%s", time.Unix(int64(e.Time), 0).UTC().Format(time.TimeOnly), e.Name, e.Host, e.Path, e.Source, e.Browser, e.OS))
	})
	if !slices.Equal(got, fixtureViews) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(fixtureViews, "\n"))
	}
}

// fixtureViews are the page views of the fixture, written down by hand from the lines.
var fixtureViews = []string{
	`08:05:00 pageview example.org/early from "" Firefox/Linux`,
	`10:00:00 pageview example.org/ from "Google" Chrome/Windows`,
	`10:01:00 pageview example.org/products from "" Chrome/Windows`,
	`10:02:00 pageview example.org/about from "" Chrome/Windows`,
	`10:05:00 pageview example.org/blog/post.html from "news.example" Firefox/Linux`,
	`10:07:00 pageview example.org/søk from "" Safari/macOS`,
	`10:11:03 pageview example.org/search from "" Firefox/Linux`,
	`10:13:00 pageview example.org/quotes/%22a%5Cb%22 from "" Firefox/Linux`,
	`10:13:01 pageview example.org/blåbær from "" Firefox/Linux`,
	`10:13:02 pageview example.org/absolute from "" Firefox/Linux`,
	`10:13:03 pageview example.org/user/:id/order/:id from "" Firefox/Linux`,
	`10:14:00 pageview example.org/vhost from "" Safari/iOS`,
	`10:16:00 pageview example.org/named from "" Firefox/Linux`,
	`23:59:59 pageview example.org/late from "X" Chrome/Android`,
	`00:00:01 pageview example.org/later from "" Chrome/Android`,
}

func line(when, path string) string {
	return fmt.Sprintf("192.0.2.1 - - [%s +0000] \"GET %s HTTP/1.1\" 200 1 \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:27.0) Gecko/20100101 Firefox/27.0\"\n", when, path)
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if strings.HasSuffix(name, ".gz") {
		var b bytes.Buffer
		zip := gzip.NewWriter(&b)
		if _, err := io.WriteString(zip, text); err != nil || zip.Close() != nil {
			t.Fatal(err)
		}
		text = b.String()
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func (r *rig) paths() (list []string) {
	r.each(func(e *event.Event) { list = append(list, strings.Clone(e.Path)) })
	return list
}

// TestSeveralFiles: rotated logs in any order, packed or not, become one sequence.
func TestSeveralFiles(t *testing.T) {
	r := start(t, "example.org")
	second := write(t, "access.log", line("23/May/2015:11:00:00", "/3")+line("23/May/2015:12:00:00", "/4"))
	first := write(t, "access.log.1.gz", "rubbish\n"+line("23/May/2015:09:30:00", "/2")+line("23/May/2015:09:00:00", "/1"))
	var read, total int64
	sum := r.run(Options{Files: []string{second, "-", first}, Stdin: strings.NewReader(strings.TrimSuffix(line("23/May/2015:13:00:00", "/5"), "\n")),
		Progress: func(now, all int64) { read, total = now, all }})
	if got := fmt.Sprint(r.paths()); got != "[/1 /2 /3 /4 /5]" || sum.Pageviews != 5 || sum.Lines != 6 {
		t.Errorf("%s, %+v", got, sum)
	}
	if read < 500 || total != 0 {
		t.Errorf("read %d of %d", read, total)
	}
	r = start(t, "example.org")
	r.run(Options{Files: []string{second, first}, Progress: func(now, all int64) { read, total = now, all }})
	if read != total || total == 0 {
		t.Errorf("read %d of %d", read, total)
	}
}

// TestVisits: time is the log's, so visits end where they ended then.
func TestVisits(t *testing.T) {
	r := start(t, "example.org")
	r.run(Options{Files: []string{write(t, "a.log", line("23/May/2015:23:40:00", "/2")+line("23/May/2015:23:20:00", "/1")+
		line("23/May/2015:22:00:00", "/0")+line("24/May/2015:00:00:00", "/3"))}})
	visits, visitors := map[uint64]int{}, map[uint64]int{}
	r.each(func(e *event.Event) { visits[e.Visit]++; visitors[e.Visitor]++ })
	if len(visits) != 3 || len(visitors) != 2 {
		t.Errorf("visits %v, visitors %v", visits, visitors)
	}
}

// TestShiftToNow: whole days of the site's calendar, so that the last becomes yesterday and clocks go on showing the same time.
func TestShiftToNow(t *testing.T) {
	oslo, err := site.New(1, "example.org", "Europe/Oslo", site.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	now := at("2026-01-15T08:00:00Z")
	file := write(t, "a.log", line("21/May/2015:10:00:00", "/1")+line("23/May/2015:21:59:00", "/3")+line("22/May/2015:10:00:00", "/2"))
	r := start(t, "example.org")
	r.site = oslo
	var read, total int64
	sum := r.run(Options{Files: []string{file}, ShiftToNow: true, Now: func() time.Time { return now }, Progress: func(now, all int64) { read, total = now, all }})
	// 23:59 in Oslo's summer stays 23:59 in its winter, an hour later by UTC.
	if want := at("2026-01-14T22:59:00Z"); !sum.Last.Equal(want) || !sum.First.Equal(at("2026-01-12T11:00:00Z")) {
		t.Errorf("from %v to %v", sum.First, sum.Last)
	}
	if read != total || read == 0 {
		t.Errorf("read %d of %d", read, total)
	}
	_, err = Run(context.Background(), Options{Files: []string{"-"}, Stdin: strings.NewReader(""), Site: oslo, Take: r.collector.Take, ShiftToNow: true})
	if err == nil || !strings.Contains(err.Error(), "standard input") {
		t.Errorf("%v", err)
	}
}

func TestFailures(t *testing.T) {
	r := start(t, "example.org")
	good := write(t, "a.log", strings.Repeat(line("23/May/2015:10:00:00", "/"), 3000))
	torn := write(t, "b.gz", strings.Repeat(line("23/May/2015:10:00:00", "/"), 3000))
	raw, _ := os.ReadFile(torn)
	os.WriteFile(torn, raw[:len(raw)/2], 0o600)
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	fail := func(*collector.Request) beacon.Reason { return beacon.SpoolFull }
	for name, c := range map[string]struct {
		ctx  context.Context
		take func(*collector.Request) beacon.Reason
		file string
		want string
	}{
		"missing":      {context.Background(), r.collector.Take, filepath.Join(t.TempDir(), "x"), "no such file"},
		"directory":    {context.Background(), r.collector.Take, t.TempDir(), "no file"},
		"torn gzip":    {context.Background(), r.collector.Take, torn, "unexpected EOF"},
		"no gzip":      {context.Background(), r.collector.Take, write(t, "c.log", "\x1f\x8b nonsense"), "unpack"},
		"spool full":   {context.Background(), fail, good, "spool_full"},
		"canceled run": {canceled, r.collector.Take, good, "canceled"},
	} {
		_, err := Run(c.ctx, Options{Files: []string{c.file}, Site: r.site, Take: c.take})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Run(canceled, Options{Files: []string{good}, Site: r.site, Take: r.collector.Take}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestLongLines: a line that does not fit is one line that cannot be parsed.
func TestLongLines(t *testing.T) {
	r := start(t, "example.org")
	sum := r.run(Options{Files: []string{write(t, "a.log", line("23/May/2015:10:00:00", "/1")+
		line("23/May/2015:10:00:01", "/"+strings.Repeat("x", 200_000))+line("23/May/2015:10:00:02", "/2"))}})
	if sum.Lines != 3 || sum.Pageviews != 2 || sum.Skipped[Unparsable] != 1 {
		t.Errorf("%+v", sum)
	}
}

func TestWindow(t *testing.T) {
	var w window
	base := at("2015-05-23T10:00:00Z")
	put := func(minutes int) bool {
		return w.put(&view{time: base.Add(time.Duration(minutes) * time.Minute), target: fmt.Sprint(minutes)})
	}
	put(10)
	put(0)
	put(0)
	if w.ready() {
		t.Error("left early")
	}
	put(61)
	var left []string
	for w.ready() {
		left = append(left, w.earliest().target)
	}
	if fmt.Sprint(left) != "[0 0]" || put(5) || !put(-5) {
		t.Errorf("left: %v", left)
	}
	for i := range windowLines + 10 {
		put(61)
		for w.ready() {
			w.earliest()
		}
		if w.Len() > windowLines {
			t.Fatalf("%d views wait after %d", w.Len(), i)
		}
	}
}

func FuzzParse(f *testing.F) {
	raw, err := os.ReadFile("testdata/access.log")
	if err != nil {
		f.Fatal(err)
	}
	for l := range bytes.Lines(raw) {
		f.Add(l)
	}
	f.Fuzz(func(t *testing.T, l []byte) {
		var e entry
		if !e.parse(l) {
			return
		}
		if e.status < 100 || e.status > 599 || e.method == "" || e.method == "GET" && e.target[0] != '/' || e.time.IsZero() || len(e.target)+len(e.agent) > len(l) {
			t.Fatalf("%+v", e)
		}
		kindOfTarget(e.target)
	})
}

// TestRealLog replays a log named in the environment and prints what docs/accuracy.md compares:
//
//	SPORLOS_ACCESS_LOG=FILE SPORLOS_ACCESS_LOG_SITE=DOMAIN go test -v -run RealLog ./collector/replay
func TestRealLog(t *testing.T) {
	file, domain := os.Getenv("SPORLOS_ACCESS_LOG"), os.Getenv("SPORLOS_ACCESS_LOG_SITE")
	if file == "" {
		t.Skip("SPORLOS_ACCESS_LOG names no log")
	}
	r := start(t, domain)
	sum := r.run(Options{Files: []string{file}})
	skipped := 0
	for _, n := range sum.Skipped {
		skipped += n
	}
	if skipped+sum.Pageviews != sum.Lines {
		t.Errorf("%d lines, %d page views, %d skipped", sum.Lines, sum.Pageviews, skipped)
	}
	t.Logf("%d lines, %d page views, %d late, skipped %v, %s to %s", sum.Lines, sum.Pageviews, sum.Late, sum.Skipped, sum.First.Format(time.RFC3339), sum.Last.Format(time.RFC3339))
	tables := map[string]map[string]int{}
	visitors, visits, days := map[uint64]bool{}, map[uint64]bool{}, map[string]map[uint64]bool{}
	r.each(func(e *event.Event) {
		visitors[e.Visitor], visits[e.Visit] = true, true
		day := site.Day(e.Day).String()
		if days[day] == nil {
			days[day] = map[uint64]bool{}
		}
		days[day][e.Visitor] = true
		for name, value := range map[string]string{"page": e.Path, "referrer": e.Referrer, "source": e.Source, "browser": e.Browser, "system": e.OS, "device": e.Device,
			"channel": e.Channel, "day": day} {
			if tables[name] == nil {
				tables[name] = map[string]int{}
			}
			tables[name][strings.Clone(value)]++
		}
	})
	t.Logf("%d visitors, %d visits", len(visitors), len(visits))
	for day, who := range days {
		t.Logf("%s: %d visitors", day, len(who))
	}
	for name, table := range tables {
		t.Logf("%s (%d different)", name, len(table))
		for i, value := range slices.SortedFunc(maps.Keys(table), func(a, b string) int { return table[b] - table[a] }) {
			if i < 12 {
				t.Logf("%6d %s", table[value], value)
			}
		}
	}
}
