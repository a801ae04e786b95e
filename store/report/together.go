package report

import (
	"context"
	"sync"

	"sporlos/site"
)

// together is what the questions of one page share.
type together struct {
	mu     sync.Mutex
	sites  map[uint32]*shared[almanac]
	groups map[keptKey]*shared[*groups]
}

// shared is something that is being read, or has been.
type shared[T any] struct {
	once sync.Once
	it   T
	err  error
}

// onceFor reads what has not been read yet; who comes meanwhile waits.
func onceFor[K comparable, T any](t *together, of map[K]*shared[T], key K, how func() (T, error)) (T, error) {
	t.mu.Lock()
	one := of[key]
	if one == nil {
		one = &shared[T]{}
		of[key] = one
	}
	t.mu.Unlock()
	one.once.Do(func() { one.it, one.err = how() })
	return one.it, one.err
}

type togetherKey struct{}

// Together returns a context for the questions of one page: which days are folded is read once, and all of them are
// answered from the same state of it, and what several of them ask of open days is asked once. It is for as long as a page takes, no longer: what days are answered from is kept for a minute
// after it has been replaced.
func Together(ctx context.Context) context.Context {
	return context.WithValue(ctx, togetherKey{}, &together{sites: map[uint32]*shared[almanac]{}, groups: map[keptKey]*shared[*groups]{}})
}

// calendar says of the days of a range which have data and which of them are folded.
func (r *Reporter) calendar(ctx context.Context, s *site.Site, from, to site.Day) (calendar, error) {
	a, err := r.almanac(ctx, s)
	return r.calendarOf(s, a, from, to), err
}

// almanac reads what is known of the days, or takes what another question of the same page has read.
func (r *Reporter) almanac(ctx context.Context, s *site.Site) (almanac, error) {
	t, ok := ctx.Value(togetherKey{}).(*together)
	if !ok {
		return r.readAlmanac(ctx, s)
	}
	return onceFor(t, t.sites, s.ID, func() (almanac, error) { return r.readAlmanac(ctx, s) })
}

// once asks parts about open days for all their groups, unless another question of the same page has, or one before it where nothing has
// arrived since.
func (r *Reporter) once(ctx context.Context, p *plan, parts []part) (*groups, error) {
	ask := func() (*groups, error) { return r.groups(ctx, p, parts) }
	if p.calm != "" {
		again := ask
		ask = func() (*groups, error) { return keep(r.open, p.key(parts, p.calm), again) }
	}
	if t, ok := ctx.Value(togetherKey{}).(*together); ok {
		return onceFor(t, t.groups, p.key(parts, ""), ask)
	}
	return ask()
}
