package engine_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sporlos/store/engine"
)

// script makes an executable that plays the child.
func script(t *testing.T, body string) engine.Options {
	t.Helper()
	path := filepath.Join(t.TempDir(), "child")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return engine.Options{Dir: t.TempDir(), Executable: path, Args: []string{}, Logger: slog.New(slog.DiscardHandler)}
}

func TestChildThatDoesNotStart(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"says why":       {"echo \"Code: 76 cannot lock 'a phrase'\" >&2; exit 3", "exit status 3): Code: 76 cannot lock …"},
		"silent":         {"exit 0", "its process ended (exit status 0)"},
		"no port number": {"echo nonsense >&3; sleep 1", "nonsense"},
		"killed":         {"kill -9 $$", "signal: killed"},
	} {
		_, err := engine.Start(t.Context(), script(t, c.body))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "cannot start the embedded ClickHouse") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := engine.Start(ctx, script(t, "exec sleep 60")); err == nil || !strings.Contains(err.Error(), "deadline") {
		t.Errorf("slow child: %v", err)
	}
}

func TestLibraryThatIsAnother(t *testing.T) {
	libraries, _ := filepath.Glob("/lib/x86_64-linux-gnu/libm.so.6")
	if len(libraries) == 0 {
		t.Skip("no libm here")
	}
	o := options(t, t.TempDir())
	o.Library = libraries[0]
	if _, err := engine.Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), "is not the library expected") {
		t.Errorf("Start with libm: %v", err)
	}
}

func TestCrashLoopIsReported(t *testing.T) {
	var log buffer
	o := script(t, "echo 9 >&3; exit 3")
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	e := start(t, o)
	eventually(t, "the report", func() bool { return strings.Contains(log.String(), "engine keeps dying") })
	if e.Restarts() == 0 {
		t.Error("no restart was counted")
	}
	eventually(t, "an error", func() bool { return e.Err() != nil })
	began := time.Now()
	if err := e.Stop(t.Context()); err != nil || time.Since(began) > 5*time.Second {
		t.Errorf("Stop in a crash loop: %v after %v", err, time.Since(began))
	}
}

func TestChildThatDoesNotStop(t *testing.T) {
	e := start(t, script(t, "trap '' TERM; echo 9 >&3; while :; do sleep 0.1; done"))
	pid := e.PID()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := e.Stop(ctx); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("Stop of a child that does not: %v", err)
	}
	if !gone(pid) {
		t.Error("it still runs")
	}
}

func TestTalkativeChildIsThrottled(t *testing.T) {
	var log buffer
	o := script(t, "i=0; while [ $i -lt 500 ]; do echo \"line $i 'secret'\" >&2; i=$((i+1)); done; echo 9 >&3; sleep 60")
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	e := start(t, o)
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	_ = e.Stop(ctx)
	if n := strings.Count(log.String(), "engine says"); n != 20 || strings.Contains(log.String(), "secret") {
		t.Errorf("%d lines were logged, want 20, none quoting anything:\n%s", n, &log)
	}
}
