package settings

import (
	"context"
	"fmt"
	"slices"

	"sporlos/site"
)

// Most of what one site can define, by number.
const (
	MaxGoals       = 200
	MaxFunnels     = 50
	MaxSegments    = 200
	MaxAnnotations = 1000
)

// SaveGoal adds a goal when it has no number, and changes the one with its number otherwise: ErrNotFound when there is none, ErrExists
// when another goal of the site has its name, *site.Mistake when it is not one. It returns the goal as stored.
func (s *Settings) SaveGoal(ctx context.Context, siteID uint32, g site.Goal) (site.Goal, error) {
	g, err := g.Clean()
	if err != nil {
		return g, err
	}
	err = s.change(ctx, siteID, func(have *Definitions) error {
		if err := place(&g.ID, g.Name, "goal", MaxGoals, nouns(have.Goals, func(g site.Goal) named { return named{g.ID, g.Name} })); err != nil {
			return err
		}
		if used := have.FunnelsWith(g.ID); g.Kind == site.SearchGoal && len(used) > 0 {
			return &site.Mistake{Key: "mistake.funnel.search", Args: []any{g.Name}}
		}
		return s.put(ctx, kindGoal, definitionKey(siteID, g.ID), g)
	})
	return g, err
}

// FunnelsWith returns the names of the funnels that have the goal among their steps.
func (d *Definitions) FunnelsWith(goal string) (names []string) {
	for _, f := range d.Funnels {
		if slices.Contains(f.Steps, goal) {
			names = append(names, f.Name)
		}
	}
	return names
}

// RemoveGoal removes a goal. A *site.Mistake names the funnel whose step it is.
func (s *Settings) RemoveGoal(ctx context.Context, siteID uint32, id string) (removed site.Goal, err error) {
	err = s.change(ctx, siteID, func(have *Definitions) error {
		g, ok := have.Goal(id)
		if !ok {
			return fmt.Errorf("goal %q: %w", id, ErrNotFound)
		}
		if used := have.FunnelsWith(id); len(used) > 0 {
			return &site.Mistake{Key: "mistake.goal.used", Args: []any{g.Name, used[0]}}
		}
		removed = g
		return s.forget(ctx, kindGoal, definitionKey(siteID, id))
	})
	return removed, err
}
