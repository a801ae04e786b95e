package schema

import (
	"context"
	"io/fs"

	"sporlos/store"
)

// For tests with migrations of their own. They cannot be in this package, since enginetest imports it.

func MigrateFrom(ctx context.Context, s *store.Store, o Options, source fs.FS) error {
	return migrate(ctx, s, o, source)
}

func Split(script string) ([]string, error) { return split(script) }
