package report

import (
	"context"
	"sync"

	"sporlos/site"
)

// together is what the questions of one page share.
type together struct {
	mu    sync.Mutex
	sites map[uint32]*shared
}

// shared is a site's almanac that is being read, or has been.
type shared struct {
	once sync.Once
	a    almanac
	err  error
}

type togetherKey struct{}

// Together returns a context for the questions of one page: which days are folded is read once, and all of them are
// answered from the same state of it. It is for as long as a page takes, no longer: what days are answered from is kept for a minute
// after it has been replaced.
func Together(ctx context.Context) context.Context {
	return context.WithValue(ctx, togetherKey{}, &together{sites: map[uint32]*shared{}})
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
	t.mu.Lock()
	one := t.sites[s.ID]
	if one == nil {
		one = &shared{}
		t.sites[s.ID] = one
	}
	t.mu.Unlock()
	one.once.Do(func() { one.a, one.err = r.readAlmanac(ctx, s) })
	return one.a, one.err
}
