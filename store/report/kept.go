package report

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

// This file keeps what does not change. Sums of folded days are the same for as long as there are these folds, and a statement about them
// names them; so the rows that such a statement had are kept under its text and what was bound to it, and only the open day is asked
// each time. The sums of both are put together, ordered and cut here, which is the same as the database would do.
// What is kept are sums, of no visitor, and goes with the process.

const (
	keptBytes = 8 << 20 // of all that is kept together of folded days
	keptRows  = 25_000  // of a part; one with more is left to the database, and asked together with the others
	fewRows   = 200     // that are put into their places one by one; more are sorted

	calmBytes = 2 << 20          // of all that is kept together of open days
	calmAfter = 2 * time.Second  // without anything that has arrived
	calmFor   = 10 * time.Second // an answer is kept
)

// groups are the rows of a part of an answer, in the order of their values, in little room: as many values each as the question has
// dimensions, as many sums as the plan needs.
type groups struct {
	rows   int
	values []string
	sums   []uint64
	many   bool // more than are kept: there are none here
}

func newGroups(p *plan, lines []line) *groups {
	g := &groups{rows: len(lines), values: make([]string, 0, len(lines)*len(p.q.Dimensions)), sums: make([]uint64, 0, len(lines)*len(p.needed))}
	for _, l := range lines {
		g.values = append(g.values, l.values...)
		for _, s := range p.needed {
			g.sums = append(g.sums, l.sums[s])
		}
	}
	return g
}

// line is row i as the plan works with it; its question has the same dimensions and sums. Its values are not to be changed.
func (g *groups) line(p *plan, i int) (l line) {
	dims := len(p.q.Dimensions)
	l.values = g.values[i*dims : (i+1)*dims : (i+1)*dims]
	for j, s := range p.needed {
		l.sums[s] = g.sums[i*len(p.needed)+j]
	}
	return l
}

// weight is about how many bytes they take.
func (g *groups) weight() uint32 {
	n := 100 + 8*len(g.sums)
	for _, v := range g.values {
		n += 16 + len(v)
	}
	return uint32(n)
}

type keptKey [sha256.Size]byte

func newKept(bytes uint64, expiry otter.ExpiryCalculator[keptKey, *groups]) *otter.Cache[keptKey, *groups] {
	return otter.Must(&otter.Options[keptKey, *groups]{
		MaximumWeight:    bytes,
		Weigher:          func(_ keptKey, g *groups) uint32 { return g.weight() },
		ExpiryCalculator: expiry,
	})
}

// calms are when sites were seen to be in the state they are in. Where no event has arrived for two seconds, those that have are all in the
// table by now, and until the next one arrives an answer about open days is kept too, for ten seconds at most, since an erasure of today's
// visits does not show in what has arrived.
type calms struct {
	mu    sync.Mutex
	since map[uint32]seenState
}

type seenState struct {
	state string
	at    time.Time
}

// see notes the state of a site, and returns it when it has been the same for long enough.
func (c *calms) see(site uint32, state string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if was := c.since[site]; was.state != state {
		c.since[site] = seenState{state, time.Now()}
	} else if time.Since(was.at) >= calmAfter {
		return state
	}
	return ""
}

// Forget drops what is kept. Answers are the same without it; measurements of a first question are not.
func (r *Reporter) Forget() {
	r.sums.InvalidateAll()
	r.open.InvalidateAll()
}

// answer returns the plan's rows and how many there were before the limit, from what is kept of folded days where it can be.
func (r *Reporter) answer(ctx context.Context, p *plan) (lines []line, before int, err error) {
	var closed, open []part
	for _, one := range p.parts {
		if one.closed {
			closed = append(closed, one)
		} else {
			open = append(open, one)
		}
	}
	if r.withoutKept || len(p.parts) == 0 || len(closed) == 0 && p.calm == "" {
		return r.ask(ctx, p)
	}
	var was, is *groups
	var failed [2]error
	var wait sync.WaitGroup
	wait.Go(func() { was, failed[0] = r.kept(ctx, p, closed) })
	wait.Go(func() { is, failed[1] = r.once(ctx, p, open) })
	wait.Wait()
	switch err := errors.Join(failed[:]...); {
	case err != nil:
		return nil, 0, err
	case was.many || is.many:
		return r.ask(ctx, p)
	}
	lines, before = p.pick(p.merged(was, is))
	return lines, before, nil
}

// kept returns the groups of parts about folded days, and asks for them if nobody has.
func (r *Reporter) kept(ctx context.Context, p *plan, parts []part) (*groups, error) {
	return keep(r.sums, p.key(parts, ""), func() (*groups, error) { return r.groups(ctx, p, parts) })
}

func keep(in *otter.Cache[keptKey, *groups], key keptKey, ask func() (*groups, error)) (*groups, error) {
	if g, ok := in.GetIfPresent(key); ok {
		return g, nil
	}
	g, err := ask()
	if err == nil {
		in.Set(key, g)
	}
	return g, err
}

// key is the same for the same question to the database in the same state only.
func (p *plan) key(parts []part, state string) keptKey {
	return sha256.Sum256(fmt.Append([]byte(p.grouped(parts)), p.with.args, state))
}

// groups asks parts for all their groups.
func (r *Reporter) groups(ctx context.Context, p *plan, parts []part) (*groups, error) {
	if len(parts) == 0 {
		return &groups{}, nil
	}
	sql := p.grouped(parts)
	if names := p.groupNames(); len(names) > 0 {
		sql += fmt.Sprintf("\nORDER BY %s\nLIMIT %d", strings.Join(names, ", "), r.most+1)
	}
	lines, err := r.lines(ctx, p, sql)
	if len(lines) > r.most {
		return &groups{many: true}, err
	}
	return newGroups(p, lines), err
}

// merged adds up the rows of the same groups; both lists are in the order of their values, and so is the result.
func (p *plan) merged(a, b *groups) iter.Seq[line] {
	return func(yield func(line) bool) {
		for i, j := 0, 0; i < a.rows || j < b.rows; {
			var l line
			switch order := p.next(a, i, b, j); {
			case order < 0:
				l, i = a.line(p, i), i+1
			case order > 0:
				l, j = b.line(p, j), j+1
			default:
				l, i, j = a.line(p, i).plus(b.line(p, j)), i+1, j+1
			}
			if !yield(l) {
				return
			}
		}
	}
}

// next says which of the next two rows comes first; one that is not there comes last.
func (p *plan) next(a *groups, i int, b *groups, j int) int {
	switch dims := len(p.q.Dimensions); {
	case i == a.rows:
		return 1
	case j == b.rows:
		return -1
	default:
		return slices.Compare(a.values[i*dims:(i+1)*dims], b.values[j*dims:(j+1)*dims])
	}
}

// plus is a row with the sums of both.
func (l line) plus(other line) line {
	for i := range l.sums {
		l.sums[i] += other.sums[i]
	}
	return l
}

// pick leaves out the rows that are none, and cuts the others in the plan's order; before is how many there were.
func (p *plan) pick(rows iter.Seq[line]) (lines []line, before int) {
	wanted, asTheyCome := p.q.Offset+p.q.Limit, len(p.q.Dimensions) == 0 || p.filled()
	for l := range rows {
		if p.split() && l.sums[p.rows()] == 0 {
			continue
		}
		before++
		switch {
		case asTheyCome || wanted > fewRows:
			lines = append(lines, l)
		case len(lines) < wanted || p.compare(l, lines[wanted-1]) < 0:
			at, _ := slices.BinarySearchFunc(lines, l, p.compare)
			lines = slices.Insert(lines, at, l)
			lines = lines[:min(len(lines), wanted)]
		}
	}
	if asTheyCome {
		return own(lines), before
	}
	if wanted > fewRows {
		slices.SortFunc(lines, p.compare)
	}
	lines = lines[:min(len(lines), wanted)]
	return own(lines[min(p.q.Offset, len(lines)):]), before
}

// own gives rows values of their own, so that what is kept is not changed with them.
func own(rows []line) []line {
	for i := range rows {
		rows[i].values = slices.Clone(rows[i].values)
	}
	return rows
}

// compare orders two rows as the statement would.
func (p *plan) compare(a, b line) int {
	for _, o := range p.q.Order {
		c := 0
		if o.Dimension != "" {
			i := slices.Index(p.q.Dimensions, o.Dimension)
			c = strings.Compare(a.values[i], b.values[i])
		} else {
			c = p.measure(o.Metric).compare(a, b)
		}
		if o.Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return slices.Compare(a.values, b.values)
}

// compare orders two rows by the measure, as the statement's expressions do.
func (m measure) compare(a, b line) int {
	part := func(l line) float64 {
		if m.part == revenueSum {
			return float64(int64(l.sums[m.part]))
		}
		return float64(l.sums[m.part])
	}
	if m.whole == none {
		if m.part == revenueSum {
			return cmp.Compare(int64(a.sums[m.part]), int64(b.sums[m.part]))
		}
		return cmp.Compare(a.sums[m.part], b.sums[m.part])
	}
	ratio := func(l line) float64 {
		if l.sums[m.whole] == 0 {
			return 0
		}
		return part(l) / float64(l.sums[m.whole])
	}
	return cmp.Compare(ratio(a), ratio(b))
}
