package engine_test

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/store"
	"sporlos/store/engine"
	"sporlos/store/enginetest"
)

// login opens a connection as anybody.
func login(t *testing.T, addr, user, password string) clickhouse.Conn {
	t.Helper()
	c, err := clickhouse.Open(&clickhouse.Options{
		Addr: []string{addr}, Auth: clickhouse.Auth{Username: user, Password: password, Database: "system"},
		DialTimeout: 5 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestStrangersAreRefused(t *testing.T) {
	e := enginetest.Engine(t)
	for _, who := range [][2]string{
		{"default", ""}, {"default", "default"}, {"", ""}, {"app", ""}, {"reader", ""}, {"app", e.Reader().Password},
		{"reader", e.Endpoint().Password}, {"nobody", ""},
	} {
		c := login(t, e.Endpoint().Addr, who[0], who[1])
		for _, query := range []string{"SELECT 1", "SELECT file('/etc/hostname')", "SYSTEM STOP LISTEN TCP", "SYSTEM START LISTEN HTTP"} {
			if err := c.Exec(t.Context(), query); err == nil {
				t.Errorf("user %q without the password could %s", who[0], query)
			}
		}
	}
}

func TestBadClientsDoNoHarm(t *testing.T) {
	e := enginetest.Engine(t)
	s := enginetest.Start(t)
	pid := e.PID()
	for range 20 {
		for name, bytes := range map[string]string{
			"nothing":     "",
			"HTTP":        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
			"TLS":         "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
			"garbage":     "\x00\xff\xfe\x80 garbage \x00\x00\x00",
			"hello, part": "\x00\x0aClickHouse",
			"huge length": "\x00\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
		} {
			c, err := net.Dial("tcp", e.Endpoint().Addr)
			if err != nil {
				t.Fatalf("after %s: %v", name, err)
			}
			_, _ = c.Write([]byte(bytes))
			_ = c.(*net.TCPConn).SetLinger(0) // the close is a reset
			_ = c.Close()
		}
	}
	interruptQuery(t, s)
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if e.PID() != pid || e.Restarts() != 0 {
		t.Error("the engine died of a bad client")
	}
}

// interruptQuery leaves in the middle of an answer.
func interruptQuery(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := s.Query(ctx, "SELECT number, toString(number) FROM numbers(100000000)")
	if err != nil {
		t.Fatal(err)
	}
	rows.Next()
	cancel()
	_ = rows.Close()
}

func TestReaderOnlyReads(t *testing.T) {
	s := enginetest.Start(t)
	fill(t, s)
	r := enginetest.Reader(t, s)
	if n := count(t, r); n != 1000 {
		t.Errorf("the reader counts %d rows, want 1000", n)
	}
	ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_execution_time": 5, "max_threads": 1, "max_memory_usage": 100_000_000}))
	if err := r.Exec(ctx, "SELECT count() FROM rows WHERE n IN (SELECT number FROM numbers(10)) AND n != {x:UInt8}", clickhouse.Named("x", "7")); err != nil {
		t.Errorf("the reader may not lower its own limits: %v", err)
	}
	for _, query := range []string{
		"INSERT INTO rows VALUES (1)",
		"DROP TABLE rows",
		"TRUNCATE TABLE rows",
		"ALTER TABLE rows DELETE WHERE 1",
		"CREATE TABLE more (n UInt8) ENGINE = Memory",
		"CREATE TEMPORARY TABLE more (n UInt8)",
		"SELECT * FROM file('/etc/hostname', 'LineAsString')",
		"INSERT INTO FUNCTION file('/tmp/sporlos-should-not-exist', 'LineAsString') VALUES ('x')",
		"SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
		"SELECT * FROM remote('127.0.0.1:1', 'system.one')",
		"SELECT * FROM executable('id', 'LineAsString', 'x String')",
		"SELECT * FROM system.processes",
		"SELECT * FROM system.users",
		"SYSTEM STOP LISTEN TCP",
		"SYSTEM SHUTDOWN",
		"SELECT 1 SETTINGS readonly = 0",
		"SELECT 1 SETTINGS max_memory_usage = 10000000000",
		"SELECT 1 SETTINGS max_memory_usage = 0",
		"SELECT 1 SETTINGS max_execution_time = 3600",
		"SELECT 1 SETTINGS max_execution_time = 0",
		"SELECT 1 SETTINGS allow_ddl = 1",
	} {
		if err := r.Exec(t.Context(), query); err == nil {
			t.Errorf("the reader could: %s", query)
		}
	}
	if n := count(t, s); n != 1000 {
		t.Errorf("%d rows are left, want 1000", n)
	}
}

func TestOwnerIsConfined(t *testing.T) {
	s := enginetest.Start(t)
	for _, query := range []string{
		"SELECT * FROM file('/etc/hostname', 'LineAsString')",
		"INSERT INTO FUNCTION file('/tmp/sporlos-should-not-exist', 'LineAsString') VALUES ('x')",
		"CREATE TABLE f (x String) ENGINE = File(CSV)",
		"SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
		"CREATE DATABASE elsewhere",
		"CREATE DATABASE sporlos_files ENGINE = Filesystem('/')",
		"SYSTEM SHUTDOWN",
		"SYSTEM STOP LISTEN TCP",
		"CREATE USER x",
	} {
		if err := s.Exec(t.Context(), query); err == nil {
			t.Errorf("the owner could: %s", query)
		}
	}
}

// TestNoPayloadInLogs sends marked text in every way that ends in an error and looks for it afterwards.
func TestNoPayloadInLogs(t *testing.T) {
	const marker = "Hemmeligheten"
	var log buffer
	o := options(t, t.TempDir())
	o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	e := start(t, o)
	s := open(t, store.Config{Endpoint: e.Endpoint})
	fill(t, s)
	provoke(t, e, s, marker)
	_ = s.Close()
	if err := e.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if strings.Contains(log.String(), marker) {
		t.Errorf("our log holds it:\n%s", &log)
	}
	files := 0
	_ = filepath.WalkDir(o.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		if i := strings.Index(string(text), marker); i >= 0 {
			t.Errorf("%s holds it: …%s…", path, text[max(0, i-200):min(len(text), i+100)])
		}
		return nil
	})
	if files < 5 {
		t.Errorf("only %d files were looked at", files)
	}
	text, err := os.ReadFile(filepath.Join(o.Dir, "engine", "engine.log"))
	if err != nil || !strings.Contains(string(text), "Listening") {
		t.Errorf("the engine's log is empty, so this test proves nothing: %v", err)
	}
}

func provoke(t *testing.T, e *engine.Engine, s *store.Store, marker string) {
	t.Helper()
	ctx := t.Context()
	for _, query := range []string{
		"SELECT '" + marker + "' FROM nowhere",
		"SELECT toUInt8('" + marker + "')",
		"SELECT " + marker,
		"SELECT * FROM " + marker,
		marker + " is no SQL",
		"SELECT '" + marker,
		"SELECT throwIf(1, '" + marker + "')",
		"SELECT throwIf(n >= 0, '" + marker + "') FROM rows",
		"INSERT INTO rows SELECT toUInt64('" + marker + "')",
		"INSERT INTO rows VALUES ('" + marker + "')",
		"ALTER TABLE rows DELETE WHERE toString(n) = throwIf(1, '" + marker + "')",
		"SELECT sleep(1) /* " + marker + " */ SETTINGS max_execution_time = 0.1",
		"SELECT groupArray(concat('" + marker + "', toString(number))) FROM numbers(100000000) SETTINGS max_memory_usage = 10000000",
		"SELECT count() FROM rows WHERE toString(n) = '" + marker + "'",
		"CREATE TABLE t (x UInt8 DEFAULT throwIf(1, '" + marker + "')) ENGINE = MergeTree ORDER BY x SETTINGS nonsense = '" + marker + "'",
	} {
		_ = s.Exec(ctx, query)
	}
	failInBackground(t, s, marker)
	_ = s.Exec(ctx, "SELECT toUInt8(?)", marker)
	_ = s.Exec(ctx, "SELECT toUInt8({x:String})", clickhouse.Named("x", marker))
	_ = s.Exec(ctx, "SELECT {x:UInt8}", clickhouse.Named("x", marker))
	_ = s.Exec(ctx, "SELECT 1", clickhouse.Named("x", marker))
	_ = s.Insert(ctx, "rows", marker, []store.Column{{Name: marker, Values: []uint64{1}}})
	_ = s.Insert(ctx, "rows", marker, []store.Column{{Name: "n", Values: []string{marker}}})
	timed, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	_ = s.Exec(timed, "SELECT sleepEachRow(0.1), '"+marker+"' FROM numbers(20)")
	cancel()
	_ = login(t, e.Endpoint().Addr, "nobody", marker).Ping(ctx)
	_ = login(t, e.Endpoint().Addr, "app", marker).Ping(ctx)
	if c, err := net.Dial("tcp", e.Endpoint().Addr); err == nil {
		_, _ = c.Write([]byte("GET /?" + marker + " HTTP/1.0\r\n\r\n"))
		_ = c.Close()
	}
}

// failInBackground puts the marker into a table and makes a view and a mutation stumble over it, then takes it away.
func failInBackground(t *testing.T, s *store.Store, marker string) {
	t.Helper()
	for _, query := range []string{
		"CREATE TABLE words (word String) ENGINE = MergeTree ORDER BY tuple()",
		"CREATE TABLE numbers (n UInt8) ENGINE = MergeTree ORDER BY n",
		"CREATE MATERIALIZED VIEW stumble TO numbers AS SELECT toUInt8(word) AS n FROM words",
		"INSERT INTO words VALUES ('" + marker + "')",
		"DROP TABLE stumble SYNC",
		"INSERT INTO words VALUES ('" + marker + "')",
		"ALTER TABLE words UPDATE word = toString(toUInt8(word)) WHERE 1",
	} {
		_ = s.Exec(t.Context(), query)
	}
	eventually(t, "the mutation fails", func() bool {
		var reason string
		err := s.QueryRow(t.Context(), "SELECT latest_fail_reason FROM system.mutations WHERE table = 'words'").Scan(&reason)
		return err == nil && strings.Contains(reason, marker)
	})
	if err := s.Exec(t.Context(), "DROP TABLE words SYNC"); err != nil {
		t.Fatal(err)
	}
}
