package settings

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"sporlos/site"
)

// Definitions are what a site's owner has defined for its reports. They are shared by whoever asked: leave them as they are.
type Definitions struct {
	Goals       []site.Goal       // by name
	Funnels     []site.Funnel     // by name
	Segments    []site.Segment    // by name; of all users, see site.Segment.For
	Annotations []site.Annotation // by day and hour
}

// Goal returns the goal with that number.
func (d *Definitions) Goal(id string) (site.Goal, bool) {
	return one(d.Goals, id, func(g site.Goal) string { return g.ID })
}

// Funnel returns the funnel with that number.
func (d *Definitions) Funnel(id string) (site.Funnel, bool) {
	return one(d.Funnels, id, func(f site.Funnel) string { return f.ID })
}

// Segment returns the segment with that number.
func (d *Definitions) Segment(id string) (site.Segment, bool) {
	return one(d.Segments, id, func(s site.Segment) string { return s.ID })
}

// Annotation returns the annotation with that number.
func (d *Definitions) Annotation(id string) (site.Annotation, bool) {
	return one(d.Annotations, id, func(a site.Annotation) string { return a.ID })
}

func one[T any](list []T, id string, of func(T) string) (found T, ok bool) {
	i := slices.IndexFunc(list, func(v T) bool { return of(v) == id })
	if i < 0 {
		return found, false
	}
	return list[i], true
}

// The kinds of definitions. Their keys are "<number of the site>/<number of the definition>": a site that is added again under the
// domain of one that was removed has another number, and none of its definitions.
const (
	kindGoal       = "goal"
	kindFunnel     = "funnel"
	kindSegment    = "segment"
	kindAnnotation = "annotation"

	definitionKinds = `kind IN ('goal', 'funnel', 'segment', 'annotation')`
)

func definitionKey(siteID uint32, id string) string {
	return strconv.FormatUint(uint64(siteID), 10) + "/" + id
}

// stale is how old definitions may be that another process has changed. What this process changes it knows at once.
const stale = time.Second

// definitions is the snapshot of all sites that is kept in memory.
type definitions struct {
	mu      sync.Mutex
	bySite  map[uint32]*Definitions // nil: not read yet
	version string                  // of the table's rows when it was read
	checked time.Time
}

// Definitions returns what is defined for a site: from memory, at most a second old, for the price of one small question a second.
func (s *Settings) Definitions(ctx context.Context, siteID uint32) (*Definitions, error) {
	d := &s.defined
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bySite == nil || time.Since(d.checked) >= stale {
		if err := s.refresh(ctx); err != nil {
			return nil, err
		}
	}
	if found := d.bySite[siteID]; found != nil {
		return found, nil
	}
	return &Definitions{}, nil
}

// refresh reads the definitions again if any has changed. defined.mu is held.
func (s *Settings) refresh(ctx context.Context) error {
	var version string
	err := s.conn.QueryRow(ctx, `SELECT concat(toString(max(version)), '/', toString(count())) FROM settings WHERE `+definitionKinds).Scan(&version)
	if err != nil {
		return fmt.Errorf("cannot read goals, funnels, segments and annotations: %w", err)
	}
	if s.defined.bySite == nil || s.defined.version != version {
		bySite, err := s.readDefinitions(ctx)
		if err != nil {
			return err
		}
		s.defined.bySite, s.defined.version = bySite, version
	}
	s.defined.checked = time.Now()
	return nil
}

func (s *Settings) readDefinitions(ctx context.Context) (bySite map[uint32]*Definitions, err error) {
	rows, err := s.conn.Query(ctx, `SELECT kind, key, argMax(value, version) FROM settings WHERE `+definitionKinds+` GROUP BY kind, key HAVING NOT argMax(removed, version)`)
	if err != nil {
		return nil, fmt.Errorf("cannot read goals, funnels, segments and annotations: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	bySite = map[uint32]*Definitions{}
	for rows.Next() {
		var kind string
		var e entry
		if err := rows.Scan(&kind, &e.key, &e.value); err != nil {
			return nil, fmt.Errorf("cannot read goals, funnels, segments and annotations: %w", err)
		}
		number, _, _ := strings.Cut(e.key, "/")
		id, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("setting %s %q belongs to no site", kind, e.key)
		}
		of := bySite[uint32(id)]
		if of == nil {
			of = &Definitions{}
			bySite[uint32(id)] = of
		}
		if err := of.take(kind, e); err != nil {
			return nil, err
		}
	}
	for _, of := range bySite {
		of.sort()
	}
	return bySite, rows.Err()
}

// take adds a row to what is defined.
func (d *Definitions) take(kind string, e entry) error {
	switch kind {
	case kindGoal:
		return push(&d.Goals, kind, e)
	case kindFunnel:
		return push(&d.Funnels, kind, e)
	case kindSegment:
		return push(&d.Segments, kind, e)
	default:
		return push(&d.Annotations, kind, e)
	}
}

func push[T any](list *[]T, kind string, e entry) error {
	v, err := decode[T](kind, e)
	*list = append(*list, v)
	return err
}

func (d *Definitions) sort() {
	name := func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }
	slices.SortFunc(d.Goals, func(a, b site.Goal) int { return name(a.Name, b.Name) })
	slices.SortFunc(d.Funnels, func(a, b site.Funnel) int { return name(a.Name, b.Name) })
	slices.SortFunc(d.Segments, func(a, b site.Segment) int { return name(a.Name, b.Name) })
	hour := func(a site.Annotation) int {
		if a.Hour == nil {
			return -1
		}
		return *a.Hour
	}
	slices.SortFunc(d.Annotations, func(a, b site.Annotation) int {
		if a.Day != b.Day {
			return int(a.Day) - int(b.Day)
		}
		if hour(a) != hour(b) {
			return hour(a) - hour(b)
		}
		return a.Created.Compare(b.Created)
	})
}

// change runs fn on the definitions as they are in the table, one change after the other, and forgets the snapshot.
func (s *Settings) change(ctx context.Context, siteID uint32, fn func(*Definitions) error) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.forgetSnapshot()
	have, err := s.Definitions(ctx, siteID)
	if err != nil {
		return err
	}
	defer s.forgetSnapshot()
	return fn(have)
}

func (s *Settings) forgetSnapshot() {
	s.defined.mu.Lock()
	defer s.defined.mu.Unlock()
	s.defined.checked = time.Time{}
}

// named is one of a list whose names differ.
type named struct{ id, name string }

// place gives a definition its number: a new one when it has none. ErrNotFound when it has one that is not in the list, ErrExists when
// another has its name, and an error when the list is full.
func place(id *string, name, what string, most int, list []named) error {
	for _, other := range list {
		if other.id != *id && strings.EqualFold(other.name, name) && name != "" {
			return fmt.Errorf("%s %q: %w", what, name, ErrExists)
		}
	}
	if *id == "" {
		if len(list) >= most {
			return &site.Mistake{Key: "mistake.many", Args: []any{most}}
		}
		*id = newID()
		return nil
	}
	if !slices.ContainsFunc(list, func(other named) bool { return other.id == *id }) {
		return fmt.Errorf("%s %q: %w", what, *id, ErrNotFound)
	}
	return nil
}

// newID is a number that is short enough for a URL and never given twice, but is no secret.
func newID() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand aborts the program instead
	return hex.EncodeToString(b[:])
}

func nouns[T any](list []T, of func(T) named) []named {
	names := make([]named, len(list))
	for i, v := range list {
		names[i] = of(v)
	}
	return names
}

// removeDefinitions forgets all that is defined for a site.
func (s *Settings) removeDefinitions(ctx context.Context, siteID uint32) error {
	defer s.forgetSnapshot()
	defer s.kept.drop()
	err := s.conn.Exec(ctx, `DELETE FROM settings WHERE `+definitionKinds+` AND startsWith(key, {key:String})`,
		driver.NamedValue{Name: "key", Value: definitionKey(siteID, "")})
	if err != nil {
		return fmt.Errorf("cannot delete the goals, funnels, segments and annotations of the site: %w", err)
	}
	return nil
}
