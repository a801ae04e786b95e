// Package settings keeps what is set, not measured: sites, what their owners define for their reports (goals, funnels, segments,
// annotations), users, sessions, invitations and API tokens.
//
// They live in the ClickHouse table settings, one row per version; the newest version of a key counts and a removal is a version of
// its own. Secrets (session cookies, invitation links, API tokens) are stored as SHA-256 hashes and are the keys of their rows, so
// that a copy of the table opens nothing. Removing a user, session, invitation or token also deletes its earlier versions.
package settings

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// What callers branch on.
var (
	ErrNotFound = errors.New("not found")
	ErrExists   = errors.New("already exists")
)

// The kinds of rows.
const (
	kindSite    = "site"
	kindUser    = "user"
	kindSession = "session"
	kindInvite  = "invite"
	kindToken   = "token"
)

// Settings reads and writes the table. It is safe for concurrent use; writers of one process take turns.
type Settings struct {
	conn driver.Conn
	now  func() time.Time

	taking   sync.Mutex // held while an invitation is used up
	changing sync.Mutex // held while a user, a newsletter or a definition is read and written back
	defined  definitions
	kept     kept

	used sync.Map // hash of a token → the day its use was noted

	mu      sync.Mutex
	version uint64 // the last one given out
}

// Open returns the settings kept in the database conn is connected to; the schema must be in place. A nil now is time.Now.
func Open(conn driver.Conn, now func() time.Time) *Settings {
	if now == nil {
		now = time.Now
	}
	return &Settings{conn: conn, now: now}
}

// NewSecret returns 256 random bits for a cookie, link or token, as 43 characters that are safe in URLs.
func NewSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand aborts the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Hash returns what is stored of a secret: its SHA-256. Secrets are random and long, so no slow hash is needed.
func Hash(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

func hashKey(hash [32]byte) string { return hex.EncodeToString(hash[:]) }

// entry is the newest version of one key.
type entry struct {
	key, value string
	removed    bool
}

// entries are read in small blocks: a connection keeps room for the largest it has read.
func (s *Settings) entries(ctx context.Context, kind string) (list []entry, err error) {
	return s.read(ctx, `SELECT key, argMax(value, version), argMax(removed, version) FROM settings WHERE kind = {kind:String} GROUP BY key ORDER BY key SETTINGS max_block_size = 4096`, kind, "")
}

func (s *Settings) entry(ctx context.Context, kind, key string) (entry, error) {
	list, err := s.read(ctx, `SELECT key, argMax(value, version), argMax(removed, version) FROM settings WHERE kind = {kind:String} AND key = {key:String} GROUP BY key`, kind, key)
	if err != nil {
		return entry{}, err
	}
	if len(list) == 0 || list[0].removed {
		return entry{}, ErrNotFound
	}
	return list[0], nil
}

func (s *Settings) read(ctx context.Context, sql, kind, key string) (list []entry, err error) {
	q := asked{sql, kind, key}
	list, ok, turn, err := s.find(ctx, q)
	if ok || err != nil {
		return list, err
	}
	if list, err = s.ask(ctx, q); err == nil {
		s.kept.keep(q, list, turn)
	}
	return list, err
}

func (s *Settings) ask(ctx context.Context, q asked) (list []entry, err error) {
	rows, err := s.conn.Query(ctx, q.sql, driver.NamedValue{Name: "kind", Value: q.kind}, driver.NamedValue{Name: "key", Value: q.key})
	if err != nil {
		return nil, fmt.Errorf("cannot read %s settings: %w", q.kind, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var e entry
		if err := rows.Scan(&e.key, &e.value, &e.removed); err != nil {
			return nil, fmt.Errorf("cannot read %s settings: %w", q.kind, err)
		}
		list = append(list, e)
	}
	return list, rows.Err()
}

// get reads one value; ErrNotFound when there is none or it was removed.
func get[T any](ctx context.Context, s *Settings, kind, key string) (value T, err error) {
	e, err := s.entry(ctx, kind, key)
	if err != nil {
		return value, err
	}
	return decode[T](kind, e)
}

// all reads every value of a kind that has not been removed, by key.
func all[T any](ctx context.Context, s *Settings, kind string) (values []T, err error) {
	list, err := s.entries(ctx, kind)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if e.removed {
			continue
		}
		v, err := decode[T](kind, e)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

func decode[T any](kind string, e entry) (value T, err error) {
	if err := json.Unmarshal([]byte(e.value), &value); err != nil {
		return value, fmt.Errorf("setting %s %q cannot be read: %w", kind, e.key, err)
	}
	return value, nil
}

func (s *Settings) put(ctx context.Context, kind, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("cannot write %s setting: %w", kind, err)
	}
	_, err = s.write(ctx, kind, key, string(text), false)
	return err
}

// forget removes a key and every earlier version of it.
func (s *Settings) forget(ctx context.Context, kind, key string) error {
	version, err := s.write(ctx, kind, key, "", true)
	if err != nil {
		return err
	}
	return s.purge(ctx, `kind = {kind:String} AND key = {key:String} AND version < {version:UInt64}`, kind, key, version)
}

func (s *Settings) purge(ctx context.Context, where, kind, key string, version uint64) error {
	defer s.kept.drop()
	err := s.conn.Exec(ctx, `DELETE FROM settings WHERE `+where,
		driver.NamedValue{Name: "kind", Value: kind}, driver.NamedValue{Name: "key", Value: key}, driver.NamedValue{Name: "version", Value: fmt.Sprint(version)})
	if err != nil {
		return fmt.Errorf("cannot delete old %s settings: %w", kind, err)
	}
	return nil
}

// write adds a version. Versions are microseconds since 1970, pushed on where two fall together.
func (s *Settings) write(ctx context.Context, kind, key, value string, removed bool) (version uint64, err error) {
	now := s.now()
	defer s.kept.drop()
	batch, err := s.conn.PrepareBatch(ctx, `INSERT INTO settings (kind, key, version, removed, value, changed)`)
	if err != nil {
		return 0, fmt.Errorf("cannot write %s setting: %w", kind, err)
	}
	defer batch.Close() //nolint:errcheck // after Send there is nothing left to close
	version = s.nextVersion(now)
	if err := batch.Append(kind, key, version, removed, value, now); err != nil {
		return 0, fmt.Errorf("cannot write %s setting: %w", kind, err)
	}
	if err := batch.Send(); err != nil {
		return 0, fmt.Errorf("cannot write %s setting: %w", kind, err)
	}
	return version, nil
}

func (s *Settings) nextVersion(now time.Time) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version = max(s.version+1, uint64(now.UnixMicro()))
	return s.version
}

// watch calls fn with what read returns now and whenever a version of that kind has been added, until ctx ends. While ClickHouse is away
// it keeps quiet and fn keeps what it had. The table is looked at every interval.
func watch[T any](ctx context.Context, s *Settings, kind string, interval time.Duration, read func(context.Context) (T, error), fn func(T)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var seen uint64
	for told := false; ; {
		if version, err := s.versionOf(ctx, kind); err == nil && (version != seen || !told) {
			if value, err := read(ctx); err == nil {
				fn(value)
				seen, told = version, true
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Settings) versionOf(ctx context.Context, kind string) (version uint64, err error) {
	err = s.conn.QueryRow(ctx, `SELECT max(version) FROM settings WHERE kind = {kind:String}`, driver.NamedValue{Name: "kind", Value: kind}).Scan(&version)
	return version, err
}
