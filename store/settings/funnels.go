package settings

import (
	"context"
	"fmt"

	"sporlos/site"
)

// SaveFunnel adds or changes a funnel, like SaveGoal. Its steps are goals of the site, and none of them is a search: which visit searched
// is not known.
func (s *Settings) SaveFunnel(ctx context.Context, siteID uint32, f site.Funnel) (site.Funnel, error) {
	f, err := f.Clean()
	if err != nil {
		return f, err
	}
	err = s.change(ctx, siteID, func(have *Definitions) error {
		for _, step := range f.Steps {
			g, ok := have.Goal(step)
			if !ok {
				return &site.Mistake{Key: "mistake.funnel.goal", Args: []any{step}}
			}
			if g.Kind == site.SearchGoal {
				return &site.Mistake{Key: "mistake.funnel.search", Args: []any{g.Name}}
			}
		}
		if err := place(&f.ID, f.Name, "funnel", MaxFunnels, nouns(have.Funnels, func(f site.Funnel) named { return named{f.ID, f.Name} })); err != nil {
			return err
		}
		return s.put(ctx, kindFunnel, definitionKey(siteID, f.ID), f)
	})
	return f, err
}

// RemoveFunnel removes a funnel; its goals stay.
func (s *Settings) RemoveFunnel(ctx context.Context, siteID uint32, id string) (removed site.Funnel, err error) {
	err = s.change(ctx, siteID, func(have *Definitions) (err error) {
		var ok bool
		if removed, ok = have.Funnel(id); !ok {
			return fmt.Errorf("funnel %q: %w", id, ErrNotFound)
		}
		return s.forget(ctx, kindFunnel, definitionKey(siteID, id))
	})
	return removed, err
}
