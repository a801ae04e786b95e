package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sporlos/store"
	"sporlos/store/engine"
	"sporlos/store/schema"
	"sporlos/store/settings"
)

const (
	quiet        = slog.LevelWarn // administrative commands say what they did themselves
	stopPatience = 20 * time.Second
)

// installation is the storage of one data directory, opened: ClickHouse with its schema, and the settings in it.
type installation struct {
	flags    *storageFlags
	log      *slog.Logger
	engine   *engine.Engine // nil when ClickHouse is elsewhere
	store    *store.Store
	reader   *store.Store // may only read
	settings *settings.Settings
	keep     int // months that measurements are kept from now on; 0: as before
}

// openInstallation starts the embedded engine, or reaches for the server that was named, and brings the schema up to date.
func openInstallation(ctx context.Context, f *storageFlags, log *slog.Logger, registry prometheus.Registerer) (*installation, error) {
	in, err := connectInstallation(ctx, f, log, registry)
	if err != nil {
		return nil, err
	}
	if err := in.migrate(ctx); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return in, nil
}

// connectInstallation opens what is needed to talk to ClickHouse without asking whether a remote one answers.
func connectInstallation(ctx context.Context, f *storageFlags, log *slog.Logger, registry prometheus.Registerer) (in *installation, err error) {
	if err := os.MkdirAll(f.Data, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the data directory: %w", err)
	}
	in = &installation{flags: f, log: log}
	write, read := store.Config{URL: f.Clickhouse}, store.Config{URL: f.Clickhouse, ReadOnly: true}
	if f.Clickhouse == "" {
		in.engine, err = engine.Start(ctx, engine.Options{
			Dir: f.Data, Library: f.EngineLib, Memory: int64(f.EngineMemory), Logger: log, Registerer: registry,
		})
		if err != nil {
			return nil, err
		}
		write, read = store.Config{Endpoint: in.engine.Endpoint}, store.Config{Endpoint: in.engine.Reader}
	}
	if in.store, err = store.Open(ctx, write); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	if in.reader, err = store.Open(ctx, read); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	in.settings = settings.Open(in.store.Conn(), nil)
	return in, nil
}

func (in *installation) migrate(ctx context.Context) error {
	return schema.Migrate(ctx, in.store, schema.Options{Retention: in.keep})
}

// serveControl answers on the control socket until stop is called.
func (in *installation) serveControl(a *admin) (stop func(), err error) {
	listener, err := listenControl(in.flags.Data)
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: a.handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with ErrServerClosed
	return func() { _ = server.Close() }, nil
}

// Close lets go of the connections, then stops the engine: in that order it stops at once.
func (in *installation) Close() error {
	var errs []error
	for _, s := range []*store.Store{in.reader, in.store} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	if in.engine != nil {
		ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
		defer cancel()
		errs = append(errs, in.engine.Stop(ctx))
	}
	return errors.Join(errs...)
}
