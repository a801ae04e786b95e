package main

import (
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"
)

// terminal is where a command talks to whoever started it.
type terminal struct{ out, err io.Writer }

// isTerminal tells whether errors go to a person's screen rather than to a file or a collector of logs.
func (t *terminal) isTerminal() bool {
	f, ok := t.err.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// logger writes text for people and JSON for machines.
func (t *terminal) logger(level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if t.isTerminal() {
		return slog.New(slog.NewTextHandler(t.err, options))
	}
	return slog.New(slog.NewJSONHandler(t.err, options))
}
