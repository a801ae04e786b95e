package terms

import (
	"cmp"
	"slices"

	"sporlos/term"
)

// What became of a search can be seen in the events as well: a visit shows which page followed a page of results, and whether any
// did. So outcomes are not only held until there are many; whatever group of them the events can tell apart must be large by itself.
// Such a group is a cell: of one site and day, all refinements, all exits, and, for each path, all openings of that path.

// cell is one of those groups.
type cell struct {
	kind   term.Kind
	opened string
}

// group is the rows of a cell and the searches they count.
type group struct {
	cell
	rows []row
	n    uint64
}

// blur returns the outcomes of one site and day as they may be stored: a phrase only in a cell of at least batch outcomes. Openings of
// paths that were opened too seldom lose the link between phrase and path: each is counted by its phrase without the path, and by its
// path without the phrase. Kinds too seldom, and a kind that would leave the others' remainder too small, lose their phrases.
func blur(rows []row, batch uint64) []row {
	kinds := map[term.Kind][]row{}
	for _, r := range rows {
		kinds[r.kind] = append(kinds[r.kind], r)
	}
	kept, lost := split(kinds, batch)
	var out []row
	for _, g := range kept {
		if g.kind == term.Open {
			out = append(out, blurPaths(g.rows, batch)...)
			continue
		}
		out = append(out, g.rows...)
	}
	for _, g := range lost {
		out = append(out, without(g.rows, func(k *key) { k.phrase = "" })...)
	}
	return sum(out)
}

// split parts the kinds that may keep their phrases from those that may not: the phrases a kind has lost are what remains when those
// of the other kinds are taken from the searches, and that remainder must be large too.
func split(kinds map[term.Kind][]row, batch uint64) (kept, lost []group) {
	var all []group
	for kind, rows := range kinds {
		all = append(all, group{cell{kind: kind}, rows, total(rows)})
	}
	return smallest(all, batch)
}

// smallest takes the smallest groups off until each of those kept, and the rest together if there is any, count at least batch.
func smallest(all []group, batch uint64) (kept, rest []group) {
	slices.SortFunc(all, func(a, b group) int {
		return cmp.Or(cmp.Compare(a.n, b.n), cmp.Compare(a.kind, b.kind), cmp.Compare(a.opened, b.opened))
	})
	left, i := uint64(0), 0
	for i < len(all) && (all[i].n < batch || left > 0 && left < batch) {
		left += all[i].n
		i++
	}
	return all[i:], all[:i]
}

func blurPaths(rows []row, batch uint64) []row {
	paths := map[string][]row{}
	for _, r := range rows {
		paths[r.opened] = append(paths[r.opened], r)
	}
	var all []group
	for path, rows := range paths {
		all = append(all, group{cell{term.Open, path}, rows, total(rows)})
	}
	kept, rest := smallest(all, batch)
	var out []row
	for _, g := range kept {
		out = append(out, g.rows...)
	}
	for _, g := range rest {
		out = append(out, without(g.rows, func(k *key) { k.opened = "" })...)
		out = append(out, without(g.rows, func(k *key) { k.phrase = "" })...)
	}
	return out
}

func total(rows []row) (n uint64) {
	for _, r := range rows {
		n += r.searches
	}
	return n
}

func without(rows []row, take func(*key)) []row {
	out := slices.Clone(rows)
	for i := range out {
		take(&out[i].key)
	}
	return out
}

// sum adds up rows of the same key; neither phrase nor path is nothing to count but the kind, which rows of openings have by then.
func sum(rows []row) []row {
	sums := map[key]counts{}
	for _, r := range rows {
		c := sums[r.key]
		sums[r.key] = counts{c.searches + r.searches, c.counted + r.counted, c.zero + r.zero}
	}
	out := make([]row, 0, len(sums))
	for k, c := range sums {
		out = append(out, row{k, c})
	}
	return out
}
