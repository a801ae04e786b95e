package terms

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"sporlos/term"
)

// outcomesOf makes rows from "kind phrase path count".
func outcomesOf(list ...string) (rows []row) {
	for _, text := range list {
		var kind, phrase, opened string
		var n uint64
		if _, err := fmt.Sscan(text, &kind, &phrase, &n, &opened); err != nil && kind == "open" {
			panic(err)
		}
		k, _ := term.KindOf(kind)
		rows = append(rows, row{key{1, today, k, phrase, opened}, counts{searches: n}})
	}
	return rows
}

func TestBlur(t *testing.T) {
	for name, c := range map[string]struct {
		in   []string
		want map[string]uint64
	}{
		"a path opened often keeps its phrases, rare ones too": {
			[]string{"open a 19 /p", "open b 1 /p"},
			map[string]uint64{"open a /p": 19, "open b /p": 1},
		},
		"paths opened seldom part from their phrases": {
			[]string{"open a 12 /p", "open b 8 /q"},
			map[string]uint64{"open a ": 12, "open b ": 8, "open  /p": 12, "open  /q": 8},
		},
		"one path too few takes another along": {
			[]string{"open a 20 /p", "open b 25 /q", "open c 1 /r"},
			map[string]uint64{"open a ": 20, "open c ": 1, "open  /p": 20, "open  /r": 1, "open b /q": 25},
		},
		"a kind too few takes another along": {
			[]string{"open a 100 /p", "leave b 19 ", "refine c 30 "},
			map[string]uint64{"open a /p": 100, "leave  ": 19, "refine  ": 30},
		},
		"too few of all": {
			[]string{"open a 5 /p", "open b 5 /p", "leave b 9 "},
			map[string]uint64{"open  /p": 10, "leave  ": 9},
		},
		"two kinds that are few are many together": {
			[]string{"refine a 12 ", "leave b 12 ", "open c 20 /p"},
			map[string]uint64{"refine  ": 12, "leave  ": 12, "open c /p": 20},
		},
	} {
		got := map[string]uint64{}
		for _, r := range blur(outcomesOf(c.in...), 20) {
			got[r.kind.String()+" "+r.phrase+" "+r.opened] = r.searches
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s:\n got %v\nwant %v", name, got, c.want)
		}
	}
}

// TestCellsAreLarge draws days of all sizes and plays the reader of the events, who knows of each outcome its kind and its path: every
// group it can tell apart, and every remainder it can compute, has no phrases or at least 20 outcomes; totals stay right.
func TestCellsAreLarge(t *testing.T) {
	const batch = 20
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 20_000 {
		in := randomOutcomes(random)
		cells, lost, kinds, pairs := map[cell]uint64{}, map[term.Kind]uint64{}, map[term.Kind]uint64{}, map[key]uint64{}
		for _, r := range in {
			kinds[r.kind] += r.searches
			pairs[r.key] += r.searches
		}
		for _, r := range blur(in, batch) {
			if r.phrase != "" {
				cells[cell{r.kind, r.opened}] += r.searches
			}
			if r.kind != term.Open || r.opened != "" {
				kinds[r.kind] -= r.searches // every outcome counts once, by its path if it has one
			}
			if r.phrase != "" && r.opened != "" && pairs[r.key] != r.searches {
				t.Fatalf("round %d: phrase and path were opened %d times, not %d", round, pairs[r.key], r.searches)
			}
		}
		for kind, n := range kinds {
			if n != 0 {
				t.Fatalf("round %d: %d of %v are missing", round, int64(n), kind)
			}
		}
		for c, n := range cells {
			if n < batch {
				t.Fatalf("round %d: the cell %v %q has phrases and only %d outcomes", round, c.kind, c.opened, n)
			}
		}
		rest := uint64(0)
		for _, r := range in {
			if n := keptOf(cells, r.kind); n == 0 {
				lost[r.kind] += r.searches
			}
		}
		for _, n := range lost {
			rest += n
		}
		if rest > 0 && rest < batch && len(cells) > 0 {
			t.Fatalf("round %d: what remains when the others are taken away is %d outcomes", round, rest)
		}
	}
}

func keptOf(cells map[cell]uint64, kind term.Kind) (n uint64) {
	for c, m := range cells {
		if c.kind == kind {
			n += m
		}
	}
	return n
}

func randomOutcomes(random *rand.Rand) (rows []row) {
	phrases, paths, most := 1+random.IntN(8), 1+random.IntN(6), 1+random.IntN(30)
	for kind := term.Refine; kind <= term.Leave; kind++ {
		for range random.IntN(12) {
			k := key{site: 1, day: today, kind: kind, phrase: fmt.Sprint("p", random.IntN(phrases))}
			if kind == term.Open {
				k.opened = fmt.Sprint("/", random.IntN(paths))
			}
			rows = append(rows, row{k, counts{searches: uint64(1 + random.IntN(most))}})
		}
	}
	return sum(rows)
}

func TestPathsOfOpenedResults(t *testing.T) {
	for in, want := range map[string]string{
		"/plass":                       "/plass",
		"/plass?q=kari+nordmann#x":     "/plass",
		"/folk/kari@example.no/side":   "/folk/[e-mail]/side",
		"/folk/kari%40example.no":      "/folk/[e-mail]",
		"/bare\x00control\u200b signs": "/barecontrol signs",
		"":                             notSet,
		"?q=kari":                      notSet,
	} {
		if got := foldPath(in); got != want {
			t.Errorf("foldPath(%q) is %q, want %q", in, got, want)
		}
	}
}
