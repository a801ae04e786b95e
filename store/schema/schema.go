// Package schema is the shape of the data in ClickHouse: numbered SQL files, applied once each, in order, forward only.
//
// A file 0001_name.sql holds statements separated by semicolons. {retention} in it stands for the number of months
// measurements are kept; when another number is asked for, the TTL of every table with a day is altered (retention.go). A migration that was interrupted is run again from its beginning, and two processes may run
// it at the same time; therefore every statement has to be one that can be repeated (IF NOT EXISTS, ADD COLUMN IF NOT
// EXISTS …). What has been applied is in the table migrations, with a checksum of the statements: a file that was
// applied must not be changed except for its comments and spacing; write the next one instead.
package schema

import (
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sporlos/store"
)

//go:embed *.sql
var files embed.FS

// Retention is for how many months measurements are kept unless [Options] say otherwise.
const Retention = 14

// Errors that tell which of its refusals made [Migrate] fail.
var (
	ErrNewer   = errors.New("the database is newer than this program")
	ErrChanged = errors.New("a migration that was applied has been changed")
)

// Options fill the placeholders of the SQL files.
type Options struct {
	Retention int              // months that measurements are kept from now on; 0: as before, or Retention in a new table
	Now       func() time.Time // nil: time.Now
}

// Migrate creates the store's database when it does not exist and applies the migrations it lacks. It fails, having
// changed nothing, with [ErrNewer] when the database has a migration this program does not know, and with
// [ErrChanged] when one was applied with other statements.
func Migrate(ctx context.Context, s *store.Store, o Options) error {
	return migrate(ctx, s, o, files)
}

func migrate(ctx context.Context, s *store.Store, o Options, source fs.FS) error {
	if o.Now == nil {
		o.Now = time.Now
	}
	known, err := read(source)
	if err != nil {
		return err
	}
	if err := s.CreateDatabase(ctx); err != nil {
		return err
	}
	if err := s.Exec(ctx, createMigrations); err != nil {
		return fmt.Errorf("cannot create the table of migrations: %w", err)
	}
	applied, err := readApplied(ctx, s)
	if err != nil {
		return err
	}
	if err := compare(known, applied); err != nil {
		return err
	}
	for _, m := range known {
		if _, done := applied[m.version]; done {
			continue
		}
		if err := apply(ctx, s, m, o); err != nil {
			return err
		}
	}
	if o.Retention == 0 {
		return nil
	}
	return retain(ctx, s, o.Retention)
}

const createMigrations = `CREATE TABLE IF NOT EXISTS migrations
(
    version    UInt32,
    name       String,
    checksum   String,
    applied_at DateTime('UTC')
)
ENGINE = MergeTree
ORDER BY version
SETTINGS non_replicated_deduplication_window = 1000`

// migration is one SQL file.
type migration struct {
	version    uint32
	name       string
	checksum   string
	statements []string
}

var fileName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)

// read returns the migrations in order. Their numbers must be 1, 2, 3…
func read(source fs.FS) ([]migration, error) {
	paths, err := fs.Glob(source, "*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var list []migration
	for i, path := range paths {
		name := fileName.FindStringSubmatch(path)
		if name == nil {
			return nil, fmt.Errorf("schema: %s should be called like 0001_what_it_does.sql", path)
		}
		if n, _ := strconv.Atoi(name[1]); n != i+1 {
			return nil, fmt.Errorf("schema: %s should have number %04d", path, i+1)
		}
		text, err := fs.ReadFile(source, path)
		if err != nil {
			return nil, err
		}
		statements, err := split(string(text))
		if err != nil {
			return nil, fmt.Errorf("schema: %s: %w", path, err)
		}
		list = append(list, migration{uint32(i + 1), name[2], checksum(statements), statements})
	}
	return list, nil
}

// checksum is over the statements with their white space made uniform.
func checksum(statements []string) string {
	h := sha256.New()
	for _, s := range statements {
		h.Write([]byte(strings.Join(strings.Fields(s), " ") + ";"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// readApplied returns the checksums of what was applied. A migration that two processes applied at the same time
// may be there twice.
func readApplied(ctx context.Context, s *store.Store) (map[uint32][]string, error) {
	rows, err := s.Query(ctx, "SELECT version, groupUniqArray(checksum) FROM migrations GROUP BY version")
	if err != nil {
		return nil, fmt.Errorf("cannot read which migrations were applied: %w", err)
	}
	defer rows.Close()
	applied := map[uint32][]string{}
	for rows.Next() {
		var version uint32
		var sums []string
		if err := rows.Scan(&version, &sums); err != nil {
			return nil, err
		}
		applied[version] = sums
	}
	return applied, rows.Err()
}

func compare(known []migration, applied map[uint32][]string) error {
	for version, sums := range applied {
		if version == 0 || int(version) > len(known) {
			return fmt.Errorf("%w: it has migration %d and this program knows %d; install the newer sporlos again", ErrNewer, version, len(known))
		}
		m := known[version-1]
		if slices.ContainsFunc(sums, func(sum string) bool { return sum != m.checksum }) {
			return fmt.Errorf("%w: %04d_%s.sql; undo the change and put it into a new file", ErrChanged, m.version, m.name)
		}
	}
	return nil
}

func apply(ctx context.Context, s *store.Store, m migration, o Options) error {
	for i, statement := range m.statements {
		statement, err := fill(statement, o)
		if err == nil {
			err = s.Exec(ctx, statement)
		}
		if err != nil {
			return fmt.Errorf("cannot apply statement %d of %04d_%s.sql: %w", i+1, m.version, m.name, err)
		}
	}
	err := s.Insert(ctx, "migrations", fmt.Sprintf("migration-%d-%s", m.version, m.checksum), []store.Column{
		{Name: "version", Values: []uint32{m.version}},
		{Name: "name", Values: []string{m.name}},
		{Name: "checksum", Values: []string{m.checksum}},
		{Name: "applied_at", Values: []time.Time{o.Now().UTC()}},
	})
	if err != nil {
		return fmt.Errorf("cannot note that %04d_%s.sql was applied: %w", m.version, m.name, err)
	}
	return nil
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// fill puts values in the place of placeholders and refuses those it does not know.
func fill(statement string, o Options) (string, error) {
	var err error
	filled := placeholder.ReplaceAllStringFunc(statement, func(p string) string {
		if p == "{retention}" {
			return strconv.Itoa(cmp.Or(o.Retention, Retention))
		}
		err = errors.Join(err, fmt.Errorf("unknown placeholder %s", p))
		return p
	})
	return filled, err
}
