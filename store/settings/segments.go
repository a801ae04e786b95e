package settings

import (
	"context"
	"fmt"

	"sporlos/site"
)

// SaveSegment adds or changes a segment, like SaveGoal. Names differ among those of the site, and among each user's own. Who may change
// which is for the caller to know.
func (s *Settings) SaveSegment(ctx context.Context, siteID uint32, g site.Segment) (site.Segment, error) {
	g, err := g.Clean()
	if err != nil {
		return g, err
	}
	err = s.change(ctx, siteID, func(have *Definitions) error {
		names := nouns(have.Segments, func(o site.Segment) named {
			if o.Personal != g.Personal || o.Personal && o.Owner != g.Owner {
				return named{id: o.ID}
			}
			return named{o.ID, o.Name}
		})
		if err := place(&g.ID, g.Name, "segment", MaxSegments, names); err != nil {
			return err
		}
		return s.put(ctx, kindSegment, definitionKey(siteID, g.ID), g)
	})
	return g, err
}

// RemoveSegment removes a segment.
func (s *Settings) RemoveSegment(ctx context.Context, siteID uint32, id string) (removed site.Segment, err error) {
	err = s.change(ctx, siteID, func(have *Definitions) error {
		var ok bool
		if removed, ok = have.Segment(id); !ok {
			return fmt.Errorf("segment %q: %w", id, ErrNotFound)
		}
		return s.forget(ctx, kindSegment, definitionKey(siteID, id))
	})
	return removed, err
}
