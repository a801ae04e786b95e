package terms

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sporlos/term"
)

// The adversary here has every event of many days and the table searches when the days are over: for each visit that searched, what a
// visit shows of the outcome (another page of results, which page was opened, nothing), and what is stored of each phrase.

// visitor is one search as the events show it, with the phrase that they do not show.
type visitor struct {
	day     uint16
	outcome cell
	phrase  string
}

// audience draws days of searches. Most results of a phrase lead to its own page, as they do on real sites: that is what makes a
// page tell of a phrase.
func audience(random *rand.Rand, days int) (list []visitor) {
	const phrases = 200
	weights := make([]float64, phrases)
	sum := 0.0
	for i := range weights {
		weights[i] = math.Pow(float64(i+1), -0.9)
		sum += weights[i]
	}
	for day := range days {
		for range 5 + random.IntN(400) {
			x, i := random.Float64()*sum, 0
			for x -= weights[0]; x > 0 && i < phrases-1; x -= weights[i] {
				i++
			}
			v := visitor{day: today + uint16(day), phrase: fmt.Sprint("phrase ", string(rune('a'+i%26)), string(rune('a'+i/26)))}
			switch n := random.IntN(10); {
			case n < 4:
				v.outcome = cell{term.Open, fmt.Sprint("/page/", i/2)}
			case n < 5:
				v.outcome = cell{term.Open, fmt.Sprint("/page/", random.IntN(30))}
			case n < 6:
				v.outcome = cell{term.Refine, ""}
			default:
				v.outcome = cell{term.Leave, ""}
			}
			list = append(list, v)
		}
	}
	return list
}

// stored reads what the table tells of days that are over: for each day and outcome, its phrases as often as they count.
func (r *rig) stored() map[uint16]map[cell][]string {
	r.t.Helper()
	rows, err := r.store.Query(context.Background(), "SELECT toUInt16(day), kind, opened, phrase, sum(searches) FROM searches WHERE phrase != '' GROUP BY day, kind, opened, phrase ORDER BY phrase")
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	table := map[uint16]map[cell][]string{}
	for rows.Next() {
		var day uint16
		var name, opened, phrase string
		var n uint64
		if err := rows.Scan(&day, &name, &opened, &phrase, &n); err != nil {
			r.t.Fatal(err)
		}
		kind, _ := term.KindOf(name)
		if table[day] == nil {
			table[day] = map[cell][]string{}
		}
		for range n {
			c := cell{kind, opened}
			table[day][c] = append(table[day][c], phrase)
		}
	}
	return table
}

// TestOutcomesNameNobody plays that adversary. It joins each visit with the smallest group of phrases that what is stored leaves for
// it, also by subtracting, and names one of them. It may be right as often as somebody who guesses in groups of 20 or more; the smallest
// group it ever gets is counted, and so is what it would get if all outcomes were stored as they come.
func TestOutcomesNameNobody(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 22))
	r := newRig(t)
	const days = 60
	all := audience(random, days)
	for _, v := range all {
		r.Put(term.Term{Site: 1, Day: v.day, Kind: term.Search, Text: v.phrase, Results: 3})
		r.Put(term.Term{Site: 1, Day: v.day, Kind: v.outcome.kind, Text: v.phrase, Results: term.Unknown, Opened: v.outcome.opened})
	}
	r.today += days
	r.now = r.now.AddDate(0, 0, days)
	r.work()
	r.now = r.now.Add(defaultSettle)
	r.work()
	r.now = r.now.Add(outcomesSettle * defaultSettle)
	r.work()
	table := r.stored()
	got, groups := name(all, table)
	open, loose := name(all, asTheyCame(all))
	t.Logf("%d searches of %d days: %.1f right (%.1f %%), the smallest group counts %d; if outcomes were stored as they come %.1f (%.1f %%), and the smallest group counts %d",
		len(all), days, got, 100*got/float64(len(all)), groups, open, 100*open/float64(len(all)), loose)
	guessing := twice(all, nil)
	if got > guessing {
		t.Errorf("%.1f are named right, guessing in batches of 25 has %.1f", got, guessing)
	}
	t.Logf("who copied the table during the day as well, in batches of 25, names %.1f %% instead of the %.1f %% that batches alone give",
		100*twice(all, table)/float64(len(all)), 100*guessing/float64(len(all)))
	if groups < defaultBatch {
		t.Errorf("a group of only %d is told apart on a day that had more searches", groups)
	}
	if loose >= defaultBatch {
		t.Error("the test does not see what it is for")
	}
}

func asTheyCame(all []visitor) map[uint16]map[cell][]string {
	table := map[uint16]map[cell][]string{}
	for _, v := range all {
		if table[v.day] == nil {
			table[v.day] = map[cell][]string{}
		}
		for _, c := range []cell{v.outcome, {term.Search, ""}} {
			table[v.day][c] = append(table[v.day][c], v.phrase)
		}
	}
	return table
}

// name joins each visit with a group and returns how many it would name right, dealing the phrases of the group at random, and
// how large the smallest group is, of days with at least a batch of searches: on others the day itself is the group.
func name(all []visitor, table map[uint16]map[cell][]string) (right float64, smallest int) {
	days := map[uint16][]visitor{}
	for _, v := range all {
		days[v.day] = append(days[v.day], v)
	}
	smallest = len(all)
	for day, visitors := range days {
		for _, g := range groupsOf(visitors, table[day]) {
			counts := map[string]float64{}
			for _, phrase := range g.phrases {
				counts[phrase]++
			}
			for _, v := range g.visitors {
				right += counts[v.phrase] / float64(len(g.phrases))
			}
			if len(visitors) >= defaultBatch {
				smallest = min(smallest, len(g.phrases))
			}
		}
	}
	return right, smallest
}

// twice is how many are named by who has the batches of the day, too, and joins each visit with the phrases that are in both its batch
// and its group. It is what one copy cannot do and two can; with no table, batches alone.
func twice(all []visitor, table map[uint16]map[cell][]string) (right float64) {
	for len(all) > 0 {
		n := min(25, len(all))
		batch := all[:n]
		all = all[n:]
		for _, v := range batch {
			group, open := table[v.day][v.outcome], v.outcome
			if len(group) == 0 {
				open.opened = ""
				group = table[v.day][open]
			}
			fits, hits := 0.0, 0.0
			for _, w := range batch {
				if len(group) > 0 && !slices.Contains(group, w.phrase) {
					continue
				}
				fits++
				if w.phrase == v.phrase {
					hits++
				}
			}
			right += hits / fits
		}
	}
	return right
}

type meeting struct {
	visitors []visitor
	phrases  []string
}

// groupsOf gives the visits of a day to groups of phrases: those whose outcome is stored with phrases to these; of openings those
// whose path is not, to openings without path; the others to what remains of the searches.
func groupsOf(visitors []visitor, stored map[cell][]string) []meeting {
	rest := meeting{phrases: slices.Clone(stored[cell{term.Search, ""}])}
	groups := map[cell]*meeting{}
	for _, v := range visitors {
		c := v.outcome
		if len(stored[c]) == 0 {
			c.opened = ""
		}
		if len(stored[c]) == 0 {
			rest.visitors = append(rest.visitors, v)
			continue
		}
		if groups[c] == nil {
			groups[c] = &meeting{phrases: stored[c]}
			for _, phrase := range stored[c] {
				if i := slices.Index(rest.phrases, phrase); i >= 0 {
					rest.phrases = slices.Delete(rest.phrases, i, i+1)
				}
			}
		}
		groups[c].visitors = append(groups[c].visitors, v)
	}
	var list []meeting
	for _, g := range groups {
		list = append(list, *g)
	}
	if len(rest.visitors) > 0 {
		list = append(list, rest)
	}
	slices.SortFunc(list, func(x, y meeting) int { return cmp.Compare(len(x.phrases), len(y.phrases)) })
	return list
}

// TestTheNextDayTellsNoMore: what has been stored of a day does not change when another is, so that two copies of the table differ by whole days.
func TestTheNextDayTellsNoMore(t *testing.T) {
	r := newRig(t)
	r.put(30, outcome(term.Leave, "barnehage", ""))
	r.today++
	r.now = r.now.Add(12 * time.Hour)
	r.work()
	late := outcome(term.Leave, "late", "")
	r.now = r.now.Add(outcomesSettle * defaultSettle)
	r.work()
	r.Put(late) // of a day that is stored
	r.work()
	r.now = r.now.Add(outcomesSettle * defaultSettle)
	r.work()
	r.want("late outcomes", "SELECT toString(groupArray((phrase, searches))) FROM (SELECT phrase, searches FROM searches ORDER BY searches)", "[('',1),('barnehage',30)]")
}
