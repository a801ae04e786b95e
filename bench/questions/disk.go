package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"sporlos/bench/result"
	"sporlos/bench/system"
)

// disk prints what each table takes, and of the events what each column does.
func (h *house) disk(ctx context.Context) error {
	var events uint64
	if err := h.store.QueryRow(ctx, "SELECT count() FROM events").Scan(&events); err != nil || events == 0 {
		return err
	}
	rows, err := h.store.Query(ctx, `SELECT table, sum(rows), sum(bytes_on_disk) FROM system.parts WHERE database = currentDatabase() AND active
		AND table IN ('events', 'visits', 'pages', 'rollups', 'monthly') GROUP BY table ORDER BY table`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var figures []result.Figure
	for rows.Next() {
		var table string
		var n, bytes uint64
		if err := rows.Scan(&table, &n, &bytes); err != nil {
			return err
		}
		figure := result.Plain("table "+table+", per million events", float64(bytes)/float64(events), "MB")
		if table == "events" {
			figure = result.AtMost("bytes per event on disk", float64(bytes)/float64(events), "bytes", 11)
		}
		fmt.Printf("%s (%d rows)\n", figure, n)
		figures = append(figures, figure)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return result.Write("questions", figures...)
}

// forget drops the data's files from the system's cache, and what the engine and the reports remember of them.
func (h *house) forget(ctx context.Context) error {
	h.report.Forget()
	for _, cache := range []string{"MARK CACHE", "INDEX MARK CACHE", "UNCOMPRESSED CACHE", "MMAP CACHE"} {
		if err := h.store.Exec(ctx, "SYSTEM DROP "+cache); err != nil {
			return err
		}
	}
	return filepath.WalkDir(h.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil // parts come and go
		}
		return drop(path)
	})
}

func drop(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return nil // gone
	}
	defer f.Close()
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// ready starts the program on the data and says how long it took.
func ready(dir string) error {
	work, err := os.MkdirTemp("", "questions-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	program, err := system.Build(work)
	if err != nil {
		return err
	}
	var figures []result.Figure
	for _, name := range []string{"ready after a start", "ready after another start"} {
		s, err := system.Start(program, dir)
		if err != nil {
			return err
		}
		figure := result.AtMost(name, s.Ready.Seconds(), "s", 3)
		fmt.Println(figure)
		figures = append(figures, figure)
		if err := s.Stop(); err != nil {
			return err
		}
	}
	return result.Write("questions", figures...)
}
