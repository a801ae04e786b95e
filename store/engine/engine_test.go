package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sporlos/store"
	"sporlos/store/engine"
	"sporlos/store/enginetest"
)

// buffer is a log that can be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func options(t testing.TB, dir string) engine.Options {
	t.Helper()
	host, err := enginetest.Host()
	if err != nil {
		t.Fatal(err)
	}
	return engine.Options{Dir: dir, Executable: host, Args: []string{}, Logger: slog.New(slog.DiscardHandler)}
}

// start runs an engine of its own, for tests that harm it.
func start(t *testing.T, o engine.Options) *engine.Engine {
	t.Helper()
	e, err := engine.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Stop(context.Background()) })
	return e
}

func open(t *testing.T, c store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("%s: did not happen within 20 s", what)
}

func count(t *testing.T, s *store.Store) (n uint64) {
	t.Helper()
	if err := s.QueryRow(t.Context(), "SELECT count() FROM rows").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// fill makes a table of a thousand rows.
func fill(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.CreateDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"CREATE TABLE rows (n UInt64) ENGINE = MergeTree ORDER BY n", "INSERT INTO rows SELECT number FROM numbers(1000)"} {
		if err := s.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
}

// gone says that a process has ended, whether its parent has noticed or not.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestStartAndStop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a<b & c") // a name XML has to escape
	e := start(t, options(t, dir))
	s := open(t, store.Config{Endpoint: e.Endpoint})
	fill(t, s)
	pid, password := e.PID(), e.Endpoint().Password
	_ = s.Close()

	began := time.Now()
	if err := e.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	t.Logf("stopped in %v", time.Since(began))
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("Stop took %v: it was not graceful", took)
	}
	select {
	case <-e.Done():
	default:
		t.Error("Done is not closed after Stop")
	}
	if !gone(pid) || e.PID() != 0 || e.Err() == nil {
		t.Errorf("after Stop: process gone %v, PID %d, Err %v", gone(pid), e.PID(), e.Err())
	}
	if err := e.Stop(t.Context()); err != nil {
		t.Errorf("second Stop: %v", err)
	}

	e = start(t, options(t, dir))
	if n := count(t, open(t, store.Config{Endpoint: e.Endpoint})); n != 1000 {
		t.Errorf("%d rows after a restart, want 1000", n)
	}
	if e.Endpoint().Password == password {
		t.Error("the password was not drawn anew")
	}
}

func TestPrivate(t *testing.T) {
	e := enginetest.Engine(t)
	err := filepath.WalkDir(e.Dir(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // ClickHouse removes temporary files under our feet
		}
		if info, err := d.Info(); err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for _, name := range []string{"cmdline", "environ"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", e.PID(), name))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{e.Endpoint().Password, e.Reader().Password} {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s of the child holds a password", name)
			}
		}
	}
	for _, text := range []string{fmt.Sprint(e.Endpoint()), fmt.Sprintf("%+v %#v", e.Endpoint(), e.Endpoint())} {
		if strings.Contains(text, e.Endpoint().Password) {
			t.Errorf("an Endpoint prints its password: %s", text)
		}
	}
	limits, _ := os.ReadFile(fmt.Sprintf("/proc/%d/limits", e.PID()))
	if !strings.Contains(strings.Join(strings.Fields(string(limits)), " "), "Max core file size 0 0 bytes") {
		t.Errorf("core dumps are possible:\n%s", limits)
	}
	if listening := listeners(t, e.PID()); len(listening) != 1 || listening[0] != e.Endpoint().Addr {
		t.Errorf("the child listens on %v, want %s only", listening, e.Endpoint().Addr)
	}
}

// listeners reads from /proc on which TCP addresses a process listens. IPv4 only for the address, IPv6 as "v6".
func listeners(t *testing.T, pid int) (addresses []string) {
	t.Helper()
	sockets := map[string]bool{}
	links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil {
			sockets[to] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile("/proc/net/" + table)
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(text), "\n") {
			f := strings.Fields(line)
			if len(f) < 10 || f[3] != "0A" || !sockets["socket:["+f[9]+"]"] {
				continue
			}
			var a, b, c, d byte
			var port int
			if n, _ := fmt.Sscanf(f[1], "%02X%02X%02X%02X:%04X", &d, &c, &b, &a, &port); n != 5 || table == "tcp6" {
				addresses = append(addresses, "v6")
				continue
			}
			addresses = append(addresses, fmt.Sprintf("%d.%d.%d.%d:%d", a, b, c, d, port))
		}
	}
	return addresses
}

func TestBounded(t *testing.T) {
	e := enginetest.Engine(t)
	s := enginetest.Start(t)
	for name, want := range map[string]string{"max_server_memory_usage": fmt.Sprint(1 << 30 / 100 * 70), "background_pool_size": "2"} {
		var got string
		if err := s.QueryRow(t.Context(), "SELECT value FROM system.server_settings WHERE name = ?", name).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s (%v), want %s", name, got, err, want)
		}
	}
	for name, want := range map[string]string{"max_memory_usage": fmt.Sprint(1 << 30 / 100 * 40), "async_insert": "0", "low_cardinality_use_single_dictionary_for_part": "1"} {
		var got string
		if err := s.QueryRow(t.Context(), "SELECT value FROM system.settings WHERE name = ?", name).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s (%v), want %s", name, got, err, want)
		}
	}
	err := s.Exec(t.Context(), "SELECT groupArray(toString(number)) FROM numbers(100000000) SETTINGS max_execution_time = 20")
	if err == nil || !strings.Contains(strings.ToLower(err.Error()), "memory") {
		t.Errorf("a question that needs gigabytes ended with %v, want a memory limit", err)
	}
	if e.Restarts() != 0 {
		t.Error("it killed the engine")
	}
}

func TestSecondStart(t *testing.T) {
	e := enginetest.Engine(t)
	_, err := engine.Start(t.Context(), options(t, e.Dir()))
	if err == nil || !strings.Contains(err.Error(), "another sporlos is using it") {
		t.Errorf("second Start on the same directory: %v", err)
	}
}

func TestRefusedOptions(t *testing.T) {
	o := options(t, t.TempDir())
	o.Memory = 100 << 20
	if _, err := engine.Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), "512 MiB") {
		t.Errorf("too little memory: %v", err)
	}
	o = options(t, filepath.Join(os.Args[0], "not-a-directory"))
	if _, err := engine.Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), "cannot create") {
		t.Errorf("impossible directory: %v", err)
	}
	o = options(t, t.TempDir())
	o.Executable = "/does/not/exist"
	if _, err := engine.Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), "cannot start the engine's process") {
		t.Errorf("impossible program: %v", err)
	}
	if err := engine.Host(nil); err == nil || !strings.Contains(err.Error(), "LIBRARY and CONFIG") {
		t.Errorf("Host without arguments: %v", err)
	}
}

func TestKilledChildIsReplaced(t *testing.T) {
	var log buffer
	registry := prometheus.NewRegistry()
	o := options(t, t.TempDir())
	o.Logger, o.Registerer = slog.New(slog.NewTextHandler(&log, nil)), registry
	e := start(t, o)
	s := open(t, store.Config{Endpoint: e.Endpoint})
	fill(t, s)
	was := e.Endpoint()
	_ = syscall.Kill(e.PID(), syscall.SIGKILL)
	eventually(t, "the pool recovers", func() bool { return e.Restarts() > 0 && s.Ping(t.Context()) == nil })
	if n := count(t, s); n != 1000 {
		t.Errorf("%d rows after kill -9, want 1000", n)
	}
	if e.Endpoint() != was {
		t.Errorf("the endpoint moved from %v to %v", was, e.Endpoint())
	}
	if e.Restarts() != 1 || !strings.Contains(log.String(), "engine died") {
		t.Errorf("%d restarts, log:\n%s", e.Restarts(), &log)
	}
	got := gather(t, registry)
	if got["sporlos_engine_restarts_total"] != 1 || got["sporlos_engine_up"] != 1 || got["sporlos_engine_start_seconds"] <= 0 || got["sporlos_engine_resident_bytes"] < 50<<20 {
		t.Errorf("metrics: %v", got)
	}
}

func gather(t *testing.T, r *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, f := range families {
		m := f.GetMetric()[0]
		values[f.GetName()] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
	}
	return values
}

func TestPortTakenMeanwhile(t *testing.T) {
	e := start(t, options(t, t.TempDir()))
	s := open(t, store.Config{Endpoint: e.Endpoint})
	fill(t, s)
	was := e.Endpoint()
	_ = syscall.Kill(e.PID(), syscall.SIGKILL)
	var thief net.Listener
	eventually(t, "taking the port", func() (ok bool) {
		l, err := net.Listen("tcp", was.Addr)
		thief = l
		return err == nil
	})
	defer thief.Close()
	eventually(t, "the pool recovers", func() bool { return e.Restarts() > 0 && s.Ping(t.Context()) == nil })
	if n := count(t, s); n != 1000 || e.Endpoint().Addr == was.Addr {
		t.Errorf("%d rows at %v, before at %v", n, e.Endpoint(), was)
	}
}

// TestParentOfKilled is not a test: TestParentKilled runs it as a process of its own.
func TestParentOfKilled(t *testing.T) {
	dir := os.Getenv("SPORLOS_TEST_PARENT_DIR")
	if dir == "" {
		t.Skip("helper")
	}
	e := start(t, options(t, dir))
	s := open(t, store.Config{Endpoint: e.Endpoint})
	fill(t, s)
	fmt.Println("child", e.PID())
	time.Sleep(time.Minute)
}

func TestParentKilled(t *testing.T) {
	dir := t.TempDir()
	parent, child := startParent(t, dir)
	_ = syscall.Kill(parent, syscall.SIGKILL)
	e := start(t, options(t, dir)) // at once: it waits for the orphan
	if !gone(child) {
		t.Errorf("the orphan %d still runs", child)
	}
	if n := count(t, open(t, store.Config{Endpoint: e.Endpoint})); n != 1000 {
		t.Errorf("%d rows, want 1000", n)
	}
}

// startParent runs this test binary as the parent of an engine and returns both process numbers.
func startParent(t *testing.T, dir string) (parent, child int) {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p, err := os.StartProcess(os.Args[0], []string{os.Args[0], "-test.run=^TestParentOfKilled$"}, &os.ProcAttr{
		Env:   append(os.Environ(), "SPORLOS_TEST_PARENT_DIR="+dir),
		Files: []*os.File{nil, in, os.Stderr},
	})
	if err != nil {
		t.Fatal(err)
	}
	in.Close()
	t.Cleanup(func() {
		_ = p.Kill()
		_, _ = p.Wait()
	})
	go func() { _, _ = p.Wait() }()
	if _, err := fmt.Fscanf(out, "child %d\n", &child); err != nil {
		t.Fatal(err)
	}
	return p.Pid, child
}
