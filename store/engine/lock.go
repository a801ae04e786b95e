package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// orphanPatience is how long the child of a parent that was killed may take to notice.
const orphanPatience = 15 * time.Second

// lockDir takes the lock of a data directory. The children inherit it, so it is free when parent and child are gone;
// when only the parent is gone the child is about to follow and is waited for.
func lockDir(ctx context.Context, run, dir string) (*os.File, error) {
	path := filepath.Join(run, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open the engine's lock: %w", err)
	}
	deadline := time.Now().Add(orphanPatience)
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f, sign(f)
		}
		holder := holderOf(path)
		if !errors.Is(err, syscall.EWOULDBLOCK) || alive(holder) || time.Now().After(deadline) {
			f.Close()
			return nil, fmt.Errorf("cannot use the data directory %q: another sporlos is using it (process %d): %w; stop that one or choose another --data", dir, holder, err)
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// sign writes our process number into the lock.
func sign(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func holderOf(path string) int {
	b, _ := os.ReadFile(path)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
	return pid
}

// alive says whether a process exists and has not only to be reaped.
func alive(pid int) bool {
	if pid <= 0 || syscall.Kill(pid, 0) == syscall.ESRCH {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}
