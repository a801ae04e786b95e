package store_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"sporlos/store"
	"sporlos/store/engine"
	"sporlos/store/enginetest"
)

func exec(t *testing.T, s *store.Store, queries ...string) {
	t.Helper()
	for _, q := range queries {
		if err := s.Exec(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

func number(t *testing.T, s *store.Store, query string, args ...any) (n uint64) {
	t.Helper()
	if err := s.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestOpenRefuses(t *testing.T) {
	here := func() engine.Endpoint { return engine.Endpoint{Addr: "127.0.0.1:1"} }
	for name, c := range map[string]store.Config{
		"neither":   {},
		"both":      {Endpoint: here, URL: "clickhouse://localhost:9000"},
		"no URL":    {URL: "::"},
		"no host":   {URL: "clickhouse:///sporlos"},
		"bad value": {URL: "clickhouse://localhost:9000/x?dial_timeout=soon"},
		"HTTP":      {URL: "http://localhost:8123/sporlos"},
	} {
		if s, err := store.Open(t.Context(), c); err == nil {
			_ = s.Close()
			t.Errorf("%s: Open succeeded", name)
		}
	}
}

// TestURL reaches the embedded engine as any server is reached.
func TestURL(t *testing.T) {
	local := enginetest.Start(t)
	exec(t, local, "CREATE TABLE rows (n UInt64) ENGINE = MergeTree ORDER BY n")
	e := enginetest.Engine(t).Endpoint()
	url := fmt.Sprintf("clickhouse://%s:%s@127.0.0.1:1,%s/%s?connection_open_strategy=in_order", e.User, e.Password, e.Addr, local.Database())
	s, err := store.Open(t.Context(), store.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Database() != local.Database() {
		t.Errorf("database %q, want %q", s.Database(), local.Database())
	}
	if err := s.Insert(t.Context(), "rows", "a", []store.Column{{Name: "n", Values: []uint64{1, 2}}}); err != nil {
		t.Fatal(err)
	}
	if n := number(t, local, "SELECT count() FROM rows"); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
	reader, err := store.Open(t.Context(), store.Config{URL: url, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if n := number(t, reader, "SELECT count() FROM rows"); n != 2 {
		t.Errorf("the reader sees %d rows, want 2", n)
	}
	if err := reader.Exec(t.Context(), "TRUNCATE TABLE rows"); err == nil {
		t.Error("a store opened to read only could write")
	}
}

func TestServerAway(t *testing.T) {
	s, err := store.Open(t.Context(), store.Config{URL: "clickhouse://127.0.0.1:1"})
	if err != nil {
		t.Fatalf("Open needs the server: %v", err)
	}
	defer s.Close()
	if s.Database() != store.DefaultDatabase {
		t.Errorf("database %q", s.Database())
	}
	for name, err := range map[string]error{
		"Ping":           s.Ping(t.Context()),
		"Exec":           s.Exec(t.Context(), "SELECT 1"),
		"CreateDatabase": s.CreateDatabase(t.Context()),
		"Insert":         s.Insert(t.Context(), "rows", "a", []store.Column{{Name: "n", Values: []uint64{1}}}),
	} {
		if !store.Temporary(err) {
			t.Errorf("%s of a server that is away is not temporary: %v", name, err)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	s := enginetest.Start(t)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			var n uint64
			if err := s.QueryRow(t.Context(), "SELECT count() FROM numbers(1000000)").Scan(&n); err != nil || n != 1_000_000 {
				t.Errorf("%d, %v", n, err)
			}
		})
	}
	wg.Wait()
}

const everyType = `CREATE TABLE rows (
	u8 UInt8, u32 UInt32, u64 UInt64, i64 Int64, b Bool, d Date, t DateTime('UTC'),
	s String, lc LowCardinality(String), keys Array(LowCardinality(String)), words Array(String), extra String DEFAULT 'none'
) ENGINE = MergeTree ORDER BY u64 SETTINGS non_replicated_deduplication_window = 100`

func everyColumn() []store.Column {
	when := time.Date(2026, 2, 28, 23, 59, 58, 0, time.UTC)
	return []store.Column{
		{Name: "u8", Values: []uint8{0, 255}},
		{Name: "u32", Values: []uint32{0, 1<<32 - 1}},
		{Name: "u64", Values: []uint64{0, 1<<64 - 1}},
		{Name: "i64", Values: []int64{-1 << 63, 1<<63 - 1}},
		{Name: "b", Values: []bool{true, false}},
		{Name: "d", Values: []time.Time{when, when}},
		{Name: "t", Values: []time.Time{when, when}},
		{Name: "s", Values: []string{"", "nul \x00, bad \xff, 日本"}},
		{Name: "lc", Values: []string{"a", ""}},
		{Name: "keys", Values: [][]string{{"k", "l"}, {}}},
		{Name: "words", Values: [][]string{{"v", ""}, nil}},
	}
}

func TestInsertEveryType(t *testing.T) {
	s := enginetest.Start(t)
	exec(t, s, everyType)
	if err := s.Insert(t.Context(), "rows", "a", everyColumn()); err != nil {
		t.Fatal(err)
	}
	var got []string
	rows, err := s.Query(t.Context(), "SELECT toString(tuple(*)) FROM rows ORDER BY u64")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		got = append(got, line)
	}
	want := []string{
		`(0,0,0,-9223372036854775808,true,'2026-02-28','2026-02-28 23:59:58','','a',['k','l'],['v',''],'none')`,
		`(255,4294967295,18446744073709551615,9223372036854775807,false,'2026-02-28','2026-02-28 23:59:58','nul \0, bad ` + "\xff" + `, 日本','',[],[],'none')`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// TestTokenStoresOnce sends the same block again: after success, and after a failure behind the first table.
func TestTokenStoresOnce(t *testing.T) {
	const window = " SETTINGS non_replicated_deduplication_window = 100"
	s := enginetest.Start(t)
	exec(t, s,
		"CREATE TABLE rows (day Date, n UInt64, word LowCardinality(String)) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY n"+window,
		"CREATE TABLE sums (day Date, rows UInt64) ENGINE = SummingMergeTree(rows) ORDER BY day"+window,
		"CREATE MATERIALIZED VIEW sums_of_rows TO sums AS SELECT day, count() AS rows FROM rows GROUP BY day",
		"CREATE TABLE trap (n UInt64) ENGINE = MergeTree ORDER BY n"+window,
		"CREATE TABLE armed (yes UInt8) ENGINE = MergeTree ORDER BY yes",
		"CREATE MATERIALIZED VIEW trap_of_rows TO trap AS SELECT n + throwIf((SELECT count() FROM armed) > 0) AS n FROM rows",
	)
	block := func(first int) []store.Column {
		days, numbers, words := make([]time.Time, 100), make([]uint64, 100), make([]string, 100)
		for i := range days {
			days[i] = time.Date(2026, time.Month(1+i%2), 3, 0, 0, 0, 0, time.UTC) // two partitions
			numbers[i], words[i] = uint64(first+i), fmt.Sprint(i%3)
		}
		return []store.Column{{Name: "day", Values: days}, {Name: "n", Values: numbers}, {Name: "word", Values: words}}
	}
	check := func(when string, want uint64) {
		t.Helper()
		for _, question := range []string{"SELECT count() FROM rows", "SELECT sum(rows) FROM sums", "SELECT count() FROM trap"} {
			if n := number(t, s, question); n != want {
				t.Errorf("%s: %s is %d, want %d", when, question, n, want)
			}
		}
	}
	for range 3 {
		if err := s.Insert(t.Context(), "rows", "token-1", block(0)); err != nil {
			t.Fatal(err)
		}
	}
	check("three times the same token", 100)

	exec(t, s, "INSERT INTO armed VALUES (1)")
	if err := s.Insert(t.Context(), "rows", "token-2", block(100)); !errors.Is(err, store.ErrRefused) {
		t.Fatalf("an insert that a view refuses: %v", err)
	}
	exec(t, s, "TRUNCATE TABLE armed")
	for range 2 {
		if err := s.Insert(t.Context(), "rows", "token-2", block(100)); err != nil {
			t.Fatal(err)
		}
	}
	check("after a failure in a view", 200)

	if err := s.Insert(t.Context(), "rows", "token-3", block(0)); err != nil {
		t.Fatal(err)
	}
	check("equal rows with another token", 300)
}

func TestInsertRefuses(t *testing.T) {
	s := enginetest.Start(t)
	exec(t, s, everyType,
		"ALTER TABLE rows ADD CONSTRAINT sane CHECK u8 < 200")
	u8 := func(values ...uint8) store.Column { return store.Column{Name: "u8", Values: values} }
	for name, c := range map[string]struct {
		token   string
		columns []store.Column
	}{
		"no column":        {"a", nil},
		"no token":         {"", []store.Column{u8(1)}},
		"no slice":         {"a", []store.Column{{Name: "u8", Values: 1}}},
		"nil":              {"a", []store.Column{{Name: "u8"}}},
		"ragged":           {"a", []store.Column{u8(1, 2), {Name: "u32", Values: []uint32{1}}}},
		"other type":       {"a", []store.Column{{Name: "u8", Values: []string{"1"}}}},
		"constraint":       {"a", []store.Column{u8(200)}},
		"numbers in an LC": {"a", []store.Column{{Name: "lc", Values: []int{1}}}},
	} {
		err := s.Insert(t.Context(), "rows", c.token, c.columns)
		if !errors.Is(err, store.ErrRefused) || store.Temporary(err) {
			t.Errorf("%s: %v; want it refused", name, err)
		}
	}
	for name, err := range map[string]error{
		"no such table":  s.Insert(t.Context(), "nowhere", "a", []store.Column{u8(1)}),
		"no such column": s.Insert(t.Context(), "rows", "a", []store.Column{{Name: "x", Values: []uint8{1}}}),
		"canceled":       s.Exec(canceled(t), "SELECT 1"),
	} {
		if !store.Temporary(err) || errors.Is(err, store.ErrRefused) {
			t.Errorf("%s: %v; want it temporary", name, err)
		}
	}
	if err := s.Insert(t.Context(), "rows", "a", []store.Column{{Name: "u8", Values: []uint8{}}}); err != nil {
		t.Errorf("a block without rows: %v", err)
	}
	if store.Temporary(nil) {
		t.Error("nil is temporary")
	}
	if n := number(t, s, "SELECT count() FROM rows"); n != 0 {
		t.Errorf("%d rows were stored", n)
	}
	if err := s.Insert(t.Context(), "rows", "z", everyColumn()[1:]); err != nil {
		t.Errorf("the pool did not survive the refusals: %v", err)
	}
}

// TestCutInTheMiddle loses the connection while a block is on its way and sends it again.
func TestCutInTheMiddle(t *testing.T) {
	local := enginetest.Start(t)
	exec(t, local, "CREATE TABLE rows (s String) ENGINE = MergeTree ORDER BY tuple() SETTINGS non_replicated_deduplication_window = 100")
	e := enginetest.Engine(t).Endpoint()
	p := newProxy(t, e.Addr)
	s, err := store.Open(t.Context(), store.Config{Database: local.Database(), Endpoint: func() engine.Endpoint {
		return engine.Endpoint{Addr: p.addr(), User: e.User, Password: e.Password}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	values := make([]string, 100_000)
	for i := range values {
		values[i] = fmt.Sprintf("row %d %d", i, i*i*7919)
	}
	block := []store.Column{{Name: "s", Values: values}}
	for limit := range 12 {
		p.cutAfter(int64(100) << limit)
		err := s.Insert(t.Context(), "rows", fmt.Sprint("token", limit), block)
		p.cutAfter(1 << 40)
		if err != nil {
			if !store.Temporary(err) {
				t.Fatalf("a lost connection is not temporary: %v", err)
			}
			if err := s.Insert(t.Context(), "rows", fmt.Sprint("token", limit), block); err != nil {
				t.Fatal(err)
			}
		}
		if n := number(t, local, "SELECT count() FROM rows"); n != uint64(len(values)*(limit+1)) {
			t.Fatalf("%d rows after block %d", n, limit)
		}
	}
	if p.cuts() < 5 {
		t.Errorf("only %d connections were cut, so this test proves little", p.cuts())
	}
}

// proxy forwards to the engine and closes a connection after some bytes from the client.
type proxy struct {
	net.Listener
	mu    sync.Mutex
	limit int64
	cut   int
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p := &proxy{Listener: l, limit: 1 << 40}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				_ = client.Close()
				continue
			}
			go p.forward(client, server)
			go copyAll(client, server)
		}
	}()
	return p
}

func (p *proxy) addr() string { return p.Listener.Addr().String() }

func (p *proxy) cutAfter(bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit = bytes
}

func (p *proxy) cuts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cut
}

// spend counts bytes and says whether the connection may live.
func (p *proxy) spend(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limit -= int64(n); p.limit < 0 {
		p.cut++
		return false
	}
	return true
}

func (p *proxy) forward(client, server net.Conn) {
	defer client.Close()
	defer server.Close()
	buffer := make([]byte, 64)
	for {
		n, err := client.Read(buffer)
		if err != nil || !p.spend(n) {
			return
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func copyAll(client, server net.Conn) {
	buffer := make([]byte, 4096)
	for {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
