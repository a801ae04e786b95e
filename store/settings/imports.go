package settings

import (
	"context"
	"time"
)

// Import is a log that has been brought in, so that it is not brought in twice. It names the log by its fingerprint, never by its path.
type Import struct {
	Domain string    `json:"domain"`
	Lines  int       `json:"lines"`
	Views  int       `json:"views"`
	Times  int       `json:"times"`
	Done   time.Time `json:"done"`
}

const kindImport = "import"

// AddImport remembers an import under a key its caller makes of the log's fingerprint and the site.
func (s *Settings) AddImport(ctx context.Context, key string, done Import) error {
	done.Done = s.now().UTC()
	return s.put(ctx, kindImport, key, done)
}

// Import returns what is remembered under a key, or ErrNotFound.
func (s *Settings) Import(ctx context.Context, key string) (Import, error) {
	return get[Import](ctx, s, kindImport, key)
}
