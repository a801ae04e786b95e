package report

import (
	"context"
	"sync"

	"sporlos/site"
)

// together is what the questions of one page share.
type together struct {
	mu        sync.Mutex
	calendars map[span]*shared
}

type span struct {
	site     uint32
	from, to site.Day
}

// shared is a calendar that is being read, or has been.
type shared struct {
	once sync.Once
	c    calendar
	err  error
}

type togetherKey struct{}

// Together returns a context for the questions of one page: which days are folded is read once for each range of days, and all of them
// are answered from the same state of it. It is for as long as a page takes, no longer: what days are answered from is kept for a minute
// after it has been replaced.
func Together(ctx context.Context) context.Context {
	return context.WithValue(ctx, togetherKey{}, &together{calendars: map[span]*shared{}})
}

// calendar reads which days have data and which of them are folded, or takes what another question of the same page has read.
func (r *Reporter) calendar(ctx context.Context, s *site.Site, from, to site.Day) (calendar, error) {
	t, ok := ctx.Value(togetherKey{}).(*together)
	if !ok {
		return r.readCalendar(ctx, s, from, to)
	}
	key := span{s.ID, from, to}
	t.mu.Lock()
	one := t.calendars[key]
	if one == nil {
		one = &shared{}
		t.calendars[key] = one
	}
	t.mu.Unlock()
	one.once.Do(func() { one.c, one.err = r.readCalendar(ctx, s, from, to) })
	return one.c, one.err
}
