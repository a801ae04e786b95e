package settings

import (
	"context"
	"fmt"

	"sporlos/site"
)

// SaveAnnotation adds or changes an annotation, like SaveGoal. When it was first made stays.
func (s *Settings) SaveAnnotation(ctx context.Context, siteID uint32, a site.Annotation) (site.Annotation, error) {
	a, err := a.Clean()
	if err != nil {
		return a, err
	}
	err = s.change(ctx, siteID, func(have *Definitions) error {
		if was, ok := have.Annotation(a.ID); ok {
			a.Created = was.Created
		} else {
			a.Created = s.now().UTC()
		}
		if err := place(&a.ID, "", "annotation", MaxAnnotations, nouns(have.Annotations, func(a site.Annotation) named { return named{id: a.ID} })); err != nil {
			return err
		}
		return s.put(ctx, kindAnnotation, definitionKey(siteID, a.ID), a)
	})
	return a, err
}

// RemoveAnnotation removes an annotation.
func (s *Settings) RemoveAnnotation(ctx context.Context, siteID uint32, id string) (removed site.Annotation, err error) {
	err = s.change(ctx, siteID, func(have *Definitions) error {
		var ok bool
		if removed, ok = have.Annotation(id); !ok {
			return fmt.Errorf("annotation %q: %w", id, ErrNotFound)
		}
		return s.forget(ctx, kindAnnotation, definitionKey(siteID, id))
	})
	return removed, err
}
