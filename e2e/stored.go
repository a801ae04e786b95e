package e2e

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"sporlos/store"
	"sporlos/store/engine"
	"sporlos/store/enginetest"
)

// Stored opens the ClickHouse data of an installation that has been stopped, to look at what it really holds.
func (s *System) Stored() *store.Store {
	s.t.Helper()
	host, err := enginetest.Host()
	if err != nil {
		s.t.Fatal(err)
	}
	e, err := engine.Start(context.Background(), engine.Options{
		Dir: s.Data, Executable: host, Args: []string{}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	db, err := store.Open(context.Background(), store.Config{Endpoint: e.Endpoint})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := db.Close(); err != nil {
			s.t.Error(err)
		}
		if err := e.Stop(ctx); err != nil {
			s.t.Error(err)
		}
	})
	return db
}

// Strings reads one column of strings.
func Strings(t testing.TB, db *store.Store, query string) (list []string) {
	t.Helper()
	rows, err := db.Query(context.Background(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
