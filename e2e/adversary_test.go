package e2e

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// What the adversary test simulates. Visits come evenly over the time it takes, so that searches of all sites overlap.
const (
	adversarySites  = 5
	adversaryVisits = 600
	adversaryFor    = 50 * time.Second
	batchOfTheLane  = 20
	lastRelease     = 31 * time.Second // after which everything that can be is released
)

// lookup is one search as the adversary sees it: it has every event, so it knows the visit, the site, and to the millisecond when the
// page of results was shown; the phrase is what it is after, and kept here to count its hits.
type lookup struct {
	site, visit int
	at          time.Time
	phrase      string
}

// TestNobodyCanTellWhoSearched plays an adversary that has every event with its visit, and all files of the installation, with their
// times, at several instants. Whatever it tries, it must not name the phrase of a visit more often than somebody who guesses among 20.
func TestNobodyCanTellWhoSearched(t *testing.T) {
	s := New(t, "--trusted-proxies", "127.0.0.1", "--rate-limit", "0", "--log-level", "debug")
	s.Start()
	for site := range adversarySites {
		s.MustRun("site", "add", siteName(site))
	}
	all, states := simulate(t, s)
	s.Kill() // nothing is tidied up
	last := freeze(t, s)
	a := &adversary{t: t, lookups: all, states: append(states, last)}
	a.readLoot()
	a.judge()
	for _, where := range [][]byte{[]byte(s.Logs()), spoolOf(t, s)} {
		for _, phrase := range phrasesOf(all) {
			if bytes.Contains(where, []byte(phrase)) {
				t.Errorf("the logs or the spool hold %q", phrase)
			}
		}
	}
}

func siteName(site int) string { return fmt.Sprintf("adversary%s.example", letters(site)) }

// zipf returns n made-up phrases and how often, relative to all, each is searched: the exponent is that of real searches on a portal.
func zipf(n int) (phrases []string, weights []float64) {
	sum := 0.0
	for i := range n {
		phrases = append(phrases, fmt.Sprintf("zq%s hunted %s", letters(i*7919+26), letters(i)))
		weights = append(weights, math.Pow(float64(i+1), -0.9))
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
	return phrases, weights
}

func draw(random *rand.Rand, phrases []string, weights []float64) string {
	x := random.Float64()
	for i, w := range weights {
		if x -= w; x < 0 {
			return phrases[i]
		}
	}
	return phrases[len(phrases)-1]
}

// simulate lets visits come, each from a network of its own: a page, a page of results, its search beacon, often a result and its
// beacon. Meanwhile the state is frozen, as it is at three instants, and the directory in memory and the table every second.
func simulate(t *testing.T, s *System) (all []lookup, states []frozen) {
	random := rand.New(rand.NewPCG(20261122, 4))
	phrases, weights := zipf(250)
	began, table := time.Now(), searchesTable(t, s.Data)
	var mu sync.Mutex
	var visits, freezes sync.WaitGroup
	freezes.Go(func() {
		for second := 1; second < int((adversaryFor+lastRelease)/time.Second); second++ {
			time.Sleep(time.Until(began.Add(time.Duration(second) * time.Second)))
			if second%23 == 0 {
				states = append(states, freeze(t, s))
			} else {
				states = append(states, glance(t, s, table))
			}
		}
	})
	for visit := range adversaryVisits {
		at := began.Add(adversaryFor * time.Duration(visit) / adversaryVisits)
		seed := random.Uint64()
		visits.Go(func() {
			time.Sleep(time.Until(at))
			own := browse(s, visit, rand.New(rand.NewPCG(seed, 1)), phrases, weights)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, own...)
		})
	}
	visits.Wait()
	freezes.Wait()
	if len(all) < adversaryVisits*7/10 {
		t.Fatalf("only %d searches were accepted: too few to prove anything", len(all))
	}
	return all, states
}

// browse is one visit. Four of five search, one in five of those a second time.
func browse(s *System, visit int, random *rand.Rand, phrases []string, weights []float64) (own []lookup) {
	site := random.IntN(adversarySites)
	address := fmt.Sprintf("81.%d.%d.7", 100+visit/200, visit%200)
	pause := func(most int) { time.Sleep(time.Duration(random.IntN(most)) * time.Millisecond) }
	view := func(path string) bool {
		body := fmt.Sprintf(`{"n":"pageview","u":"https://%s%s","d":%q}`, siteName(site), path, siteName(site))
		status, dropped, _, err := s.Beacon("/e", body, "X-Forwarded-For", address, "User-Agent", agentA)
		return err == nil && status == 202 && dropped == ""
	}
	tell := func(more string) bool {
		status, dropped, _, err := s.Beacon("/q", fmt.Sprintf(`{"d":%q,%s}`, siteName(site), more), "User-Agent", agentA)
		return err == nil && status == 202 && dropped == ""
	}
	view("/")
	searching := []bool{random.IntN(5) > 0, random.IntN(5) == 0}
	for _, now := range searching {
		if !now {
			break
		}
		pause(400)
		phrase, at := draw(random, phrases, weights), time.Now()
		if !view("/search") {
			continue
		}
		pause(50) // a real script takes a second or two: this adversary has it easier
		if tell(fmt.Sprintf(`"q":%q,"k":"search","n":%d`, phrase, random.IntN(9))) {
			own = append(own, lookup{site, visit, at, phrase})
		}
		if random.IntN(2) == 0 {
			pause(300)
			path := "/item/" + letters(random.IntN(40))
			view(path)
			tell(fmt.Sprintf(`"q":%q,"k":"open","to":%q`, phrase, path))
		}
	}
	return own
}

func phrasesOf(all []lookup) (list []string) {
	seen := map[string]bool{}
	for _, l := range all {
		if !seen[l.phrase] {
			seen[l.phrase] = true
			list = append(list, l.phrase)
		}
	}
	return list
}

func spoolOf(t *testing.T, s *System) (all []byte) {
	files, err := filepath.Glob(filepath.Join(s.Data, "spool", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there is no spool: %v", err)
	}
	for _, name := range files {
		if b, err := os.ReadFile(name); err == nil {
			all = append(all, b...)
		}
	}
	return all
}

func snapshotOf(s *System) []byte {
	b, _ := os.ReadFile(filepath.Join(s.Volatile, "terms", "terms.json")) // there may be none yet
	return b
}

// TestTheAdversaryFindsWhatIsThere: a check that cannot fail is a defect. Lanes that do not hold, do not hide the order, or leave their
// snapshot open are found out; one that does all three is not.
func TestTheAdversaryFindsWhatIsThere(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	phrases, weights := zipf(250)
	var all []lookup
	for i := range 500 {
		all = append(all, lookup{0, i, time.Unix(int64(i), 0), draw(random, phrases, weights)})
	}
	for name, c := range map[string]struct {
		size    int
		shuffle bool
		found   bool
	}{
		"sound": {25, true, false}, "in order": {25, false, true}, "at once": {1, true, true}, "in threes": {3, true, true},
	} {
		a := &adversary{t: t, lookups: all}
		for start := 0; start < len(all); start += c.size {
			p := part{name: fmt.Sprint(start), written: all[min(start+c.size, len(all))-1].at.Add(time.Second), rows: map[int][]string{}}
			for _, l := range all[start:min(start+c.size, len(all))] {
				p.rows[0] = append(p.rows[0], l.phrase)
			}
			if c.shuffle {
				random.Shuffle(len(p.rows[0]), func(i, j int) { p.rows[0][i], p.rows[0][j] = p.rows[0][j], p.rows[0][i] })
			}
			a.parts = append(a.parts, p)
		}
		if _, problems := a.attack(); (len(problems) > 0) != c.found {
			t.Errorf("a lane that is %s: the adversary reports %v", name, problems)
		}
	}
	open := &adversary{t: t, lookups: all, states: []frozen{
		{at: all[30].at, snapshot: []byte(`{"version":1,"held":[]}`)},
		{at: all[31].at, snapshot: []byte(`{"version":1,"held":[{"site":1,"kind":"search","phrase":` + fmt.Sprintf("%q", all[31].phrase) + `,"searches":1}]}`)},
	}}
	if _, problems := open.attack(); len(problems) == 0 || !strings.Contains(problems[0], "snapshot") {
		t.Errorf("an open snapshot: the adversary reports %v", problems)
	}
}
