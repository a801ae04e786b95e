package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"time"

	"sporlos/audit"
	"sporlos/store"
	"sporlos/store/engine"
	"sporlos/store/schema"
)

// database measures a whole audit on the embedded engine: a year of so many events with made-up paths, agents' names and properties.
func database(ctx context.Context, rows int) (err error) {
	dir, err := os.MkdirTemp("", "bench-audit-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	e, err := engine.Start(ctx, engine.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Stop(context.Background())) }()
	writer, err := store.Open(ctx, store.Config{Endpoint: e.Endpoint})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, writer.Close()) }()
	reader, err := store.Open(ctx, store.Config{Endpoint: e.Reader, ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	if err := schema.Migrate(ctx, writer, schema.Options{}); err != nil {
		return err
	}
	if err := fill(ctx, writer, rows); err != nil {
		return err
	}
	return measure(ctx, reader, rows)
}

const step = 500_000

// fill makes rows in the server: 20,000 paths, as many visitors a day as a tenth of its events, two properties on each tenth event.
func fill(ctx context.Context, db *store.Store, rows int) error {
	for from := 0; from < rows; from += step {
		err := db.Exec(ctx, fmt.Sprintf(`INSERT INTO events (site, day, time, visitor, visit, name, host, path, source, browser, browser_version, os, device, country, prop_keys, prop_values)
			SELECT 1, toDate(now()) - intDiv(number * 360, %d), now(), cityHash64(number * 360 DIV %[1]d, rand() %% 5000) AS v, v, 'pageview', 'example.org',
			concat('/artikkel/2026/05/', toString(cityHash64(number) %% 20000), '/tittel-om-noe'), 'Google', 'Firefox', toString(number %% 40 + 100), 'Linux', 'Desktop', 'NO',
			if(number %% 10 = 0, ['color', 'size'], []), if(number %% 10 = 0, [concat('c', toString(number)), 'XL'], []) FROM numbers(%d, %d)`, rows, from, min(step, rows-from)))
		if err != nil {
			return err
		}
	}
	return nil
}

func measure(ctx context.Context, reader *store.Store, rows int) error {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak := before.HeapInuse
	report, err := audit.Run(ctx, audit.Options{DB: reader, Retention: schema.Retention, Progress: func(audit.Progress) {
		runtime.ReadMemStats(&after)
		peak = max(peak, after.HeapInuse)
	}})
	if err != nil {
		return err
	}
	fmt.Printf("database %d events, %d values in %d columns audited in %v: %.2f million rows a second; heap at most %.0f MB; %d findings %v\n", rows, report.Looked.Values, report.Looked.Columns,
		report.Took.Round(10*time.Millisecond), float64(rows)/1e6/report.Took.Seconds(), float64(peak)/1e6, len(report.Findings), report.Findings)
	return nil
}
