package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/store"
)

// frozen is what somebody who copies the machine's files has: of some instants everything, of all the snapshot of the lane and the
// table searches.
type frozen struct {
	at       time.Time
	snapshot []byte
	data     string // a copy of --data, with its times; "" when only the others were copied
	table    string // a copy of the table's directory, with its times
}

// glance copies the snapshot and the table.
func glance(t *testing.T, s *System, table string) frozen {
	f := frozen{at: time.Now(), snapshot: snapshotOf(s), table: t.TempDir()}
	dirs, err := filepath.Glob(filepath.Join(s.Data, "clickhouse", "store", "*", table))
	if err != nil || len(dirs) != 1 {
		t.Errorf("the table searches has %d directories, %v", len(dirs), err)
	}
	if exec.Command("cp", "-a", dirs[0], f.table).Run() != nil {
		f.table = "" // a part was merged away meanwhile
	}
	return f
}

// freeze copies everything while it runs. Files come and go meanwhile, as they do for whoever copies a running machine.
func freeze(t *testing.T, s *System) frozen {
	f := frozen{at: time.Now(), snapshot: snapshotOf(s), data: filepath.Join(t.TempDir(), "data")}
	for range 5 {
		if err := exec.Command("cp", "-a", s.Data, f.data).Run(); err == nil {
			return f
		}
		if err := os.RemoveAll(f.data); err != nil {
			t.Error(err)
		}
	}
	t.Error("the data could not be copied")
	return f
}

// part is what the adversary reads of one part of the table searches: when it was written, and, for each site, its phrases in the
// order of its rows, each as often as it was counted.
type part struct {
	name     string
	from, to int // numbers of the blocks in it: one, unless it was merged
	written  time.Time
	rows     map[int][]string
	others   int // rows that are not searches
}

type adversary struct {
	t       *testing.T
	lookups []lookup
	states  []frozen
	parts   []part // in the order they were written
}

// readLoot opens every part of the table searches, merged away or not, that any of the copies holds.
func (a *adversary) readLoot() {
	dirs := a.partDirs()
	copied := System{t: a.t, Data: a.states[len(a.states)-1].data}
	db := copied.Stored()
	ids := sitesOf(a.t, db)
	for i, name := range slices.Sorted(maps.Keys(dirs)) {
		a.parts = append(a.parts, a.readPart(db, fmt.Sprintf("loot%d", i), dirs[name], ids))
	}
	a.parts = unmerge(a.parts)
	whole := slices.DeleteFunc(slices.Clone(a.states), func(f frozen) bool { return f.data == "" })
	a.t.Logf("loot: %d instants, %d of them whole; %d parts of the table searches", len(a.states), len(whole), len(a.parts))
}

// unmerge takes from each merged part what is known of the blocks in it, so that what came together is told apart as far as it can be.
func unmerge(read []part) (parts []part) {
	slices.SortFunc(read, func(x, y part) int {
		return cmp.Or(cmp.Compare(x.to-x.from, y.to-y.from), cmp.Compare(x.from, y.from), x.written.Compare(y.written))
	})
	for _, p := range read {
		for _, known := range parts {
			if known.from >= p.from && known.to <= p.to {
				for site, phrases := range known.rows {
					p.rows[site] = subtract(p.rows[site], phrases)
				}
			}
		}
		if slices.ContainsFunc(slices.Collect(maps.Values(p.rows)), func(rows []string) bool { return len(rows) > 0 }) || p.others > 0 {
			parts = append(parts, p)
		}
	}
	slices.SortFunc(parts, func(x, y part) int { return cmp.Or(cmp.Compare(x.to, y.to), cmp.Compare(x.from, y.from)) })
	return parts
}

func subtract(from, take []string) []string {
	from = slices.Clone(from)
	for _, phrase := range take {
		if i := slices.Index(from, phrase); i >= 0 {
			from = slices.Delete(from, i, i+1)
		}
	}
	return from
}

var partName = regexp.MustCompile(`^\d{6}_\d+_\d+_\d+$`)

// partDirs finds the parts of the table.
func (a *adversary) partDirs() map[string]string {
	dirs := map[string]string{}
	table := searchesTable(a.t, a.states[len(a.states)-1].data)
	for _, f := range a.states {
		err := filepath.WalkDir(cmp.Or(f.data, f.table, a.t.TempDir()), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() || !strings.Contains(path, table) {
				return nil
			}
			if partName.MatchString(entry.Name()) {
				dirs[entry.Name()] = path
			}
			return nil
		})
		if err != nil {
			a.t.Fatal(err)
		}
	}
	return dirs
}

// searchesTable finds the directory name of the table in the metadata, as somebody without a running server does.
func searchesTable(t *testing.T, data string) (uuid string) {
	line := regexp.MustCompile(`UUID '([0-9a-f-]{36})'`)
	err := filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == "searches.sql" {
			b, err := os.ReadFile(path)
			if m := line.FindSubmatch(b); m != nil {
				uuid = string(m[1])
			}
			return err
		}
		return nil
	})
	if err != nil || uuid == "" {
		t.Fatalf("the table searches is not in the copy: %v", err)
	}
	return uuid
}

func (a *adversary) readPart(db *store.Store, table, dir string, ids map[uint32]int) part {
	a.t.Helper()
	p := part{name: filepath.Base(dir), written: writtenAt(a.t, dir), rows: map[int][]string{}}
	if _, err := fmt.Sscanf(strings.ReplaceAll(p.name, "_", " "), "%d %d %d", new(int), &p.from, &p.to); err != nil {
		a.t.Fatal(err)
	}
	ctx := context.Background()
	if err := db.Exec(ctx, "CREATE TABLE "+table+" AS searches"); err != nil {
		a.t.Fatal(err)
	}
	home := Strings(a.t, db, "SELECT arrayJoin(data_paths) FROM system.tables WHERE database = currentDatabase() AND name = '"+table+"'")[0]
	if out, err := exec.Command("cp", "-a", dir, filepath.Join(home, "detached", p.name)).CombinedOutput(); err != nil {
		a.t.Fatalf("%v: %s", err, out)
	}
	if err := db.Exec(ctx, "ALTER TABLE "+table+" ATTACH PART '"+p.name+"'"); err != nil {
		a.t.Fatal(err)
	}
	rows, err := db.Query(ctx, "SELECT site, kind, phrase, searches FROM "+table+" ORDER BY _part_offset")
	if err != nil {
		a.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			site         uint32
			kind, phrase string
			n            uint64
		)
		if err := rows.Scan(&site, &kind, &phrase, &n); err != nil {
			a.t.Fatal(err)
		}
		if kind != "search" {
			p.others++
			continue
		}
		for range n {
			p.rows[ids[site]] = append(p.rows[ids[site]], phrase)
		}
	}
	if err := rows.Err(); err != nil {
		a.t.Fatal(err)
	}
	return p
}

func writtenAt(t *testing.T, dir string) (last time.Time) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.ModTime().After(last) {
			last = info.ModTime()
		}
	}
	return last
}

// sitesOf maps the numbers of sites to those of the simulation.
func sitesOf(t *testing.T, db *store.Store) map[uint32]int {
	ids := map[uint32]int{}
	for site := range adversarySites {
		var id uint32
		err := db.QueryRow(context.Background(), "SELECT any(site) FROM events WHERE host = {host:String}", clickhouse.Named("host", siteName(site))).Scan(&id)
		if err != nil {
			t.Fatal(err)
		}
		ids[id] = site
	}
	return ids
}

// guess is a phrase named for a search.
type guess struct {
	of     lookup
	phrase string
}

func hits(guesses []guess) (n float64) {
	for _, g := range guesses {
		if g.of.phrase == g.phrase {
			n++
		}
	}
	return n
}

// match is a part and the searches of one site that must be in it.
type match struct {
	lookups []lookup
	phrases []string
}

// byCount joins parts and searches by counting: the first part has the first searches of the site, as many as it counts.
func (a *adversary) byCount() (list []match) {
	next := a.bySite()
	for _, p := range a.parts {
		for site := range adversarySites {
			n := min(len(p.rows[site]), len(next[site]))
			if n > 0 {
				list = append(list, match{next[site][:n], p.rows[site][:n]})
				next[site] = next[site][n:]
			}
		}
	}
	return list
}

// byTime joins them by time: a part has the searches since the part before that were shown before it was written.
func (a *adversary) byTime() (list []match) {
	next := a.bySite()
	for _, p := range a.parts {
		for site := range adversarySites {
			if len(p.rows[site]) == 0 {
				continue
			}
			n := 0
			for n < len(next[site]) && next[site][n].at.Before(p.written) {
				n++
			}
			both := min(n, len(p.rows[site]))
			list = append(list, match{next[site][n-both : n], p.rows[site][len(p.rows[site])-both:]})
			next[site] = next[site][n:]
		}
	}
	return list
}

func (a *adversary) bySite() map[int][]lookup {
	sites := map[int][]lookup{}
	for _, l := range a.lookups {
		sites[l.site] = append(sites[l.site], l)
	}
	for _, list := range sites {
		slices.SortFunc(list, func(x, y lookup) int { return x.at.Compare(y.at) })
	}
	return sites
}

// orders are the ways in which the order of rows could follow the order of searches.
var orders = map[string]func([]string) []string{
	"in the order of rows": slices.Clone[[]string],
	"in the reverse order of rows": func(s []string) []string {
		s = slices.Clone(s)
		slices.Reverse(s)
		return s
	},
	"frequent phrases first": func(s []string) []string { return byFrequency(s, -1) },
	"rare phrases first":     func(s []string) []string { return byFrequency(s, 1) },
	"by length": func(s []string) []string {
		s = slices.Clone(s)
		slices.SortStableFunc(s, func(x, y string) int { return cmp.Compare(len(x), len(y)) })
		return s
	},
}

func byFrequency(s []string, sign int) []string {
	counts := map[string]int{}
	for _, p := range s {
		counts[p]++
	}
	s = slices.Clone(s)
	slices.SortStableFunc(s, func(x, y string) int { return cmp.Or(sign*cmp.Compare(counts[x], counts[y]), cmp.Compare(x, y)) })
	return s
}

// chance is what guessing among a batch gets right: exactly, with its variance, when phrases are dealt at random to those who searched.
// With c of m for each phrase, hits of one phrase are hypergeometric; the covariance of two is (c·d)²/(m²(m-1)).
func chance(lookups []lookup) (mean, variance float64) {
	counts := map[string]float64{}
	for _, l := range lookups {
		counts[l.phrase]++
	}
	m, squares, fourths := float64(len(lookups)), 0.0, 0.0
	for _, c := range counts {
		mean += c * c / m
		squares += c * c
		fourths += c * c * c * c
		if m > 1 {
			variance += c * c * (m - c) * (m - c) / (m * m * (m - 1))
		}
	}
	if m > 1 {
		variance += (squares*squares - fourths) / (m * m * (m - 1))
	}
	return mean, variance
}

// guessing is what somebody gets right who knows of every 20 searches of a site in a row which phrases are among them, and no more.
func (a *adversary) guessing(upTo map[int]int) (mean, deviation float64, n int) {
	variance := 0.0
	for site, list := range a.bySite() {
		list = list[:min(len(list), upTo[site])]
		n += len(list)
		for len(list) > 0 {
			size := batchOfTheLane
			if len(list) < 2*batchOfTheLane {
				size = len(list)
			}
			m, v := chance(list[:size])
			mean, variance, list = mean+m, variance+v, list[size:]
		}
	}
	return mean, math.Sqrt(variance), n
}

// attack tries everything and returns the figures, and what is better than guessing.
func (a *adversary) attack() (report, problems []string) {
	stored := map[int]int{}
	for _, p := range a.parts {
		for site, phrases := range p.rows {
			stored[site] += len(phrases)
			if len(phrases) > 0 && len(phrases) < batchOfTheLane {
				problems = append(problems, fmt.Sprintf("the part %s tells only %d searches of a site apart", p.name, len(phrases)))
			}
		}
		if p.others > 0 {
			problems = append(problems, fmt.Sprintf("the part %s holds outcomes of a day that is not over", p.name))
		}
	}
	mean, deviation, n := a.guessing(stored)
	limit := mean + 4*deviation
	report = append(report, fmt.Sprintf("%d searches are stored in %d parts; guessing among 20 names %.1f ± %.1f of them, at most %.1f (4 σ)", n, len(a.parts), mean, deviation, limit))
	for joined, matches := range map[string][]match{"by count": a.byCount(), "by time": a.byTime()} {
		for name, order := range orders {
			var guesses []guess
			for _, m := range matches {
				for i, phrase := range order(m.phrases) {
					guesses = append(guesses, guess{m.lookups[i], phrase})
				}
			}
			got := hits(guesses)
			report = append(report, fmt.Sprintf("joined %s, %s: %.0f of %d (%.1f %%)", joined, name, got, len(guesses), 100*got/float64(max(1, len(guesses)))))
			if got > limit {
				problems = append(problems, fmt.Sprintf("joined %s, %s: %.0f hits, guessing has %.1f at most", joined, name, got, limit))
			}
		}
	}
	slices.Sort(report[1:])
	report = append(report, a.dealt())
	open, got := a.snapshots()
	report = append(report, fmt.Sprintf("snapshots: %d of %d can be read; what is new in one since the one before names %.0f", open, len(a.states), got))
	if open > 0 {
		problems = append([]string{fmt.Sprintf("%d snapshots can be read and name %.0f searches", open, got)}, problems...)
	}
	return report, problems
}

// dealt deals the phrases of each part at random to its searches, many times: that is guessing among the batch as it really was.
func (a *adversary) dealt() string {
	const trials = 2000
	random := rand.New(rand.NewPCG(3, 3))
	sum, exact := 0.0, 0.0
	matches := a.byCount()
	for range trials {
		for _, m := range matches {
			phrases := slices.Clone(m.phrases)
			random.Shuffle(len(phrases), func(i, j int) { phrases[i], phrases[j] = phrases[j], phrases[i] })
			for i, l := range m.lookups {
				if l.phrase == phrases[i] {
					sum++
				}
			}
		}
	}
	for _, m := range matches {
		e, _ := chance(m.lookups)
		exact += e
	}
	return fmt.Sprintf("dealing each part's phrases at random, %d trials: %.1f on average (exactly %.1f)", trials, sum/trials, exact)
}

// snapshots tries to read the lane's snapshots, and to give what is new in one since the one before to who searched between them.
func (a *adversary) snapshots() (open int, got float64) {
	var before map[string]int
	var since time.Time
	for _, f := range a.states {
		now, err := readSnapshot(f.snapshot)
		if err != nil {
			continue
		}
		open++
		var fresh []string
		for phrase, n := range now {
			for range n - before[phrase] {
				fresh = append(fresh, phrase)
			}
		}
		slices.Sort(fresh)
		for _, l := range a.lookups {
			if l.at.After(since) && !l.at.After(f.at) && len(fresh) > 0 {
				got += hits([]guess{{l, fresh[0]}})
				fresh = fresh[1:]
			}
		}
		before, since = now, f.at
	}
	return open, got
}

func readSnapshot(b []byte) (map[string]int, error) {
	if len(b) == 0 {
		return nil, errors.New("there is none")
	}
	var s struct {
		Held []struct {
			Kind, Phrase string
			Searches     int
		}
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, err
	}
	held := map[string]int{}
	for _, e := range s.Held {
		if e.Kind == "search" {
			held[e.Phrase] += e.Searches
		}
	}
	return held, nil
}

func (a *adversary) judge() {
	report, problems := a.attack()
	for _, line := range report {
		a.t.Log(line)
	}
	for _, p := range problems {
		a.t.Error(p)
	}
	if len(a.parts) < 2 {
		a.t.Errorf("only %d parts were found: too few to prove anything", len(a.parts))
	}
}
