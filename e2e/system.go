// Package e2e tests the whole product from outside: the very program, started as a process on port 0 with a temporary directory,
// spoken to over its listeners, killed, and searched for traces. Browser tests of the same kind are in the *.spec.ts files beside.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// System is one running sporlos with its data directory.
type System struct {
	t        testing.TB
	program  string
	Data     string // --data
	Volatile string // --volatile
	args     []string

	cmd    *exec.Cmd
	exited chan struct{}
	ready  chan struct{}

	mu     sync.Mutex
	logs   bytes.Buffer
	engine int // process that hosts ClickHouse

	Collector, Dashboards, Ops string // base URLs, known once it is ready
	Welcome                    string // the one-time link, when one was printed
}

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "sporlos-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "sporlos")
	out, err := exec.Command("go", "build", "-o", path, "sporlos/cmd/sporlos").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("cannot build the program: %w\n%s", err, out)
	}
	return path, nil
})

// New builds the program once and prepares an installation that has not been started.
func New(t testing.TB, args ...string) *System {
	t.Helper()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	volatile, err := os.MkdirTemp("/dev/shm", "sporlos-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	s := &System{t: t, program: program, Data: filepath.Join(t.TempDir(), "data"), Volatile: volatile, args: args}
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("logs of sporlos:\n%s", tail(s.Logs(), 8000))
		}
		if err := os.RemoveAll(volatile); err != nil {
			t.Error(err)
		}
	})
	return s
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// Start runs "sporlos serve" and returns when every listener answers.
func (s *System) Start() {
	s.t.Helper()
	args := append([]string{"serve", "--data", s.Data, "--volatile", s.Volatile,
		"--collector-addr", "127.0.0.1:0", "--dashboards-addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0"}, s.args...)
	s.cmd = exec.Command(s.program, args...)
	errs, err := s.cmd.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd.Stdout = writer{s}
	s.exited, s.ready = make(chan struct{}), make(chan struct{})
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go s.read(errs)
	select {
	case <-s.ready:
	case <-s.exited:
		s.t.Fatalf("sporlos ended before it was ready:\n%s", tail(s.Logs(), 4000))
	case <-time.After(90 * time.Second):
		s.t.Fatalf("sporlos was not ready in time:\n%s", tail(s.Logs(), 4000))
	}
}

type writer struct{ s *System }

func (w writer) Write(b []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.logs.Write(b)
}

// read keeps the log and waits for the line that names the listeners.
func (s *System) read(r io.Reader) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		line := lines.Bytes()
		_, _ = writer{s}.Write(append(line, '\n'))
		var entry struct {
			Msg, Collector, Dashboards, Ops, Welcome string
			PID                                      int
		}
		if json.Unmarshal(line, &entry) != nil {
			continue
		}
		if entry.Msg == "engine ready" {
			s.mu.Lock()
			s.engine = entry.PID
			s.mu.Unlock()
		}
		if entry.Msg != "ready" {
			continue
		}
		s.Collector, s.Dashboards, s.Ops = entry.Collector, entry.Dashboards, entry.Ops
		if entry.Welcome != "" {
			s.Welcome = entry.Welcome
		}
		close(s.ready)
	}
	_ = s.cmd.Wait() // how it ended is seen in its state
	close(s.exited)
}

// Logs returns everything the program has written so far.
func (s *System) Logs() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logs.String()
}

// Stop asks the program to end and waits. Stopping what does not run does nothing.
func (s *System) Stop() { s.end(syscall.SIGTERM) }

// Kill ends the program with SIGKILL and waits.
func (s *System) Kill() { s.end(syscall.SIGKILL) }

func (s *System) end(sig syscall.Signal) {
	s.t.Helper()
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Signal(sig) // it may have ended
	select {
	case <-s.exited:
	case <-time.After(45 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.exited
		s.t.Errorf("sporlos did not stop after %v", sig)
	}
	s.cmd = nil
}

// KillEngine ends the child process that hosts ClickHouse with SIGKILL; its number is in the log.
func (s *System) KillEngine() {
	s.mu.Lock()
	pid := s.engine
	s.mu.Unlock()
	if pid > 0 {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
	}
}

// Run runs another subcommand on the same data and returns what it printed.
func (s *System) Run(args ...string) (string, error) {
	if args[0] != "health" { // it asks a listener and has no data
		args = append(args, "--data", s.Data)
	}
	out, err := exec.Command(s.program, args...).CombinedOutput()
	return string(out), err
}

// MustRun is Run for subcommands that must succeed.
func (s *System) MustRun(args ...string) string {
	s.t.Helper()
	out, err := s.Run(args...)
	if err != nil {
		s.t.Fatalf("sporlos %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// LastLine is the last line of a command's output.
func LastLine(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1]
}

// Beacon posts a body to /e with these headers (name, value, …) and returns the answer's status, drop reason and text.
func (s *System) Beacon(path, body string, headers ...string) (status int, dropped, text string, err error) {
	request, err := http.NewRequest(http.MethodPost, s.Collector+path, strings.NewReader(body))
	if err != nil {
		return 0, "", "", err
	}
	request.Header.Set("Content-Type", "text/plain")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, "", "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header.Get("x-sporlos-dropped"), string(answer), err
}

var client = &http.Client{Timeout: 20 * time.Second}

// Query asks the Stats API.
func (s *System) Query(token, body string) (result struct {
	Results []struct {
		Dimensions []string
		Metrics    []float64
	}
	Error string
}, err error) {
	request, err := http.NewRequest(http.MethodPost, s.Dashboards+"/api/v2/query", strings.NewReader(body))
	if err != nil {
		return result, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return result, err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&result); err != nil {
		return result, err
	}
	if response.StatusCode != http.StatusOK {
		return result, fmt.Errorf("status %d: %s", response.StatusCode, result.Error)
	}
	return result, nil
}

// Metrics reads /metrics.
func (s *System) Metrics() string {
	s.t.Helper()
	response, err := client.Get(s.Ops + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// Metric sums the samples of one metric over its labels; labels, as they are written, narrow it.
func Metric(text, name, labels string) (sum float64) {
	for _, line := range strings.Split(text, "\n") {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest == "" || rest[0] != ' ' && rest[0] != '{' || !strings.Contains(rest, labels) {
			continue
		}
		var v float64
		if _, err := fmt.Sscan(rest[strings.LastIndexByte(rest, ' ')+1:], &v); err == nil {
			sum += v
		}
	}
	return sum
}

// Eventually waits until ok returns true, for at most a time.
func Eventually(t testing.TB, within time.Duration, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within %v: %s", within, what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func newGet(url string, headers ...string) (*http.Request, error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return request, nil
}
