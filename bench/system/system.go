// Package system runs the program for benchmarks: `sporlos serve` with its embedded engine on free ports of loopback, in a directory
// that goes with it, and reads what its processes use from /proc.
package system

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// System is one running sporlos.
type System struct {
	Program, Data, Volatile string
	PID, Engine             int    // processes: the program's own, and the one that hosts ClickHouse
	Collector               string // host:port
	Dashboards, Ops         string // base URLs
	Ready                   time.Duration

	cmd    *exec.Cmd
	exited chan error
}

// Build builds the program into dir and returns its path.
func Build(dir string) (string, error) {
	path := filepath.Join(dir, "sporlos")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "sporlos/cmd/sporlos")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build the program: %w\n%s", err, out)
	}
	return path, nil
}

// Start runs the program on the data in dir/data and returns when it is ready.
func Start(program, dir string, args ...string) (*System, error) {
	volatile, err := os.MkdirTemp("/dev/shm", "sporlos-bench-")
	if err != nil {
		return nil, err
	}
	s := &System{Program: program, Data: filepath.Join(dir, "data"), Volatile: volatile, exited: make(chan error, 1)}
	args = append([]string{"serve", "--data", s.Data, "--volatile", volatile, "--trusted-proxies", "127.0.0.0/8",
		"--collector-addr", "127.0.0.1:0", "--dashboards-addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0"}, args...)
	s.cmd = exec.Command(program, args...)
	logs, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // a benchmark that is killed leaves nothing behind
	began := time.Now()
	started, ready := make(chan error), make(chan struct{})
	go s.keep(logs, started, ready)
	if err := <-started; err != nil {
		return nil, err
	}
	s.PID = s.cmd.Process.Pid
	select {
	case <-ready:
		s.Ready = time.Since(began)
		return s, nil
	case err := <-s.exited:
		return nil, errors.Join(fmt.Errorf("sporlos ended before it was ready: %w", err), os.RemoveAll(volatile))
	case <-time.After(2 * time.Minute):
		return nil, errors.Join(errors.New("sporlos was not ready in time"), s.Stop())
	}
}

// keep starts the process and waits for its end, on one operating-system thread: the kernel sends the signal of the parent's death when
// the thread that forked ends.
func (s *System) keep(logs io.Reader, started chan<- error, ready chan<- struct{}) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := s.cmd.Start()
	started <- err
	if err == nil {
		s.read(logs, ready)
		s.exited <- s.cmd.Wait()
	}
}

// read waits for the line of the log that names the listeners, and shows warnings.
func (s *System) read(logs io.Reader, ready chan<- struct{}) {
	for lines := bufio.NewScanner(logs); lines.Scan(); {
		var entry struct {
			Level, Msg, Collector, Dashboards, Ops string
			PID                                    int
		}
		if json.Unmarshal(lines.Bytes(), &entry) != nil { // why it ended
			fmt.Fprintln(os.Stderr, lines.Text())
			continue
		}
		switch {
		case entry.Msg == "engine ready":
			s.Engine = entry.PID
		case entry.Msg == "ready":
			s.Collector, s.Dashboards, s.Ops = strings.TrimPrefix(entry.Collector, "http://"), entry.Dashboards, entry.Ops
			close(ready)
		case entry.Level == "WARN" || entry.Level == "ERROR":
			fmt.Fprintln(os.Stderr, "sporlos:", lines.Text())
		}
	}
}

// Run runs another subcommand on the same data and returns the last line it printed.
func (s *System) Run(args ...string) (string, error) {
	out, err := exec.Command(s.Program, append(args, "--data", s.Data)...).Output()
	if err != nil {
		return "", fmt.Errorf("sporlos %s: %w", strings.Join(args, " "), err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1], nil
}

// Stop ends the program and removes what it held in memory.
func (s *System) Stop() error {
	err := s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case ended := <-s.exited:
		err = errors.Join(err, ended)
	case <-time.After(45 * time.Second):
		err = errors.Join(err, errors.New("sporlos did not stop in time"), s.cmd.Process.Kill())
	}
	return errors.Join(err, os.RemoveAll(s.Volatile))
}
