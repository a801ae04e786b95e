// Package enginetest gives tests the real engine: one child process per test binary, one database per test.
//
//	s := enginetest.Start(t)    // an empty database
//	s := enginetest.Migrated(t) // one with the schema
//	r := enginetest.Reader(t, s) // the same database seen by the user who can only SELECT
//
// The first call of a test binary takes about half a second, the others a few milliseconds. The child and its
// directory go when the test binary ends, however it ends.
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"sporlos/store"
	"sporlos/store/engine"
	"sporlos/store/schema"
)

// shared is the engine of this test binary; a process has one, as it has one standard output.
var (
	shared    = sync.OnceValues(start)
	databases atomic.Int64
)

// Engine returns the engine all tests of this binary share. Do not stop it.
func Engine(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Start returns a store with an empty database of its own, dropped when the test ends.
func Start(t testing.TB) *store.Store {
	t.Helper()
	e := Engine(t)
	name := fmt.Sprintf("sporlos_test_%d", databases.Add(1))
	s := open(t, store.Config{Endpoint: e.Endpoint, Database: name})
	if err := s.CreateDatabase(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Exec(context.Background(), "DROP DATABASE IF EXISTS "+name)
		_ = s.Close()
	})
	return s
}

// Migrated returns a store whose database has the current schema.
func Migrated(t testing.TB) *store.Store {
	t.Helper()
	s := Start(t)
	if err := schema.Migrate(context.Background(), s, schema.Options{}); err != nil {
		t.Fatal(err)
	}
	return s
}

// Reader returns the database of s as seen by the read-only user.
func Reader(t testing.TB, s *store.Store) *store.Store {
	t.Helper()
	r := open(t, store.Config{Endpoint: Engine(t).Reader, Database: s.Database(), ReadOnly: true})
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func open(t testing.TB, c store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func start() (*engine.Engine, error) {
	host, err := Host()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "sporlos-enginetest-")
	if err != nil {
		return nil, err
	}
	return engine.Start(context.Background(), engine.Options{
		Dir:        dir,
		Executable: host,
		Args:       []string{"-remove", dir}, // nobody else is left to do it
		Logger:     slog.New(slog.DiscardHandler),
	})
}

// Host builds the program that hosts the library, for [engine.Options.Executable], and returns its path. It is kept
// in the user's cache directory, so that only the first test after a change pays for it.
func Host() (path string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "sporlos-enginetest")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(dir, "lock"))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	path = filepath.Join(dir, "host")
	build := exec.Command("go", "build", "-o", path, "sporlos/store/engine/internal/host")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build the engine's host: %w\n%s", err, out)
	}
	return path, nil
}

// lock keeps test binaries that run at the same time from building into the same file.
func lock(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}
