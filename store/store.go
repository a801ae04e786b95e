// Package store is the connection to ClickHouse, embedded or remote, and the insertion of column blocks into it.
// It carries without understanding: tables and columns are its callers' business.
//
// [Open] makes a pool of native-protocol connections with LZ4 compression. With Config.Endpoint every dial asks
// where the embedded engine is at this moment, so the pool recovers by itself when the engine has been restarted on
// another port. With Config.URL it is any ClickHouse server or set of replicas. Everything after Open is the same code.
//
// [Store.Insert] writes one block with one deduplication token. Sent again with the same token, the block is stored
// once, in the table and in the targets of its materialized views, provided that each of these tables has a
// deduplication window. Whether sending again makes sense is answered by [Temporary].
package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"sporlos/store/engine"
)

// DefaultDatabase is the database of an installation.
const DefaultDatabase = "sporlos"

const (
	dialTimeout    = 5 * time.Second
	readTimeout    = 5 * time.Minute
	defaultMaxOpen = 10
	sendBuffer     = 1 << 20 // a block is compressed and sent in pieces of this size, and its largest column: it is memory of each connection
)

// Config says which ClickHouse and how. Exactly one of Endpoint and URL is required.
type Config struct {
	// Endpoint tells where the embedded engine is and who logs in: [engine.Engine.Endpoint] or, to read only,
	// [engine.Engine.Reader]. User and password are read once.
	Endpoint func() engine.Endpoint

	// URL is clickhouse://user:password@host:port,host2:port/database?secure=true and whatever else
	// clickhouse-go's ParseDSN understands.
	URL string

	Database string // empty: that of the URL, or DefaultDatabase
	ReadOnly bool   // ask the server to refuse writes
	MaxOpen  int    // connections at most; 0: 10
}

// Store is a pool of connections to one database. It is safe for concurrent use.
type Store struct {
	conn    driver.Conn
	options clickhouse.Options
}

// Open makes a pool; nothing is dialled before the first use, so it succeeds while the server is away.
// It fails when the configuration is wrong.
func Open(_ context.Context, c Config) (*Store, error) {
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the connection to ClickHouse: %w", err)
	}
	return &Store{conn: conn, options: *options}, nil
}

func (c Config) options() (*clickhouse.Options, error) {
	if (c.Endpoint == nil) == (c.URL == "") {
		return nil, errors.New("store: give either an endpoint or a URL")
	}
	o := &clickhouse.Options{Settings: clickhouse.Settings{}}
	if c.Endpoint != nil {
		c.dialEndpoint(o)
	} else {
		parsed, err := clickhouse.ParseDSN(c.URL)
		if err != nil {
			return nil, fmt.Errorf("cannot understand the ClickHouse URL: %w; it should look like clickhouse://user:password@host:9000/%s", err, DefaultDatabase)
		}
		if parsed.Protocol != clickhouse.Native {
			return nil, errors.New("cannot use the ClickHouse URL: only the native protocol is spoken; it should begin with clickhouse:// and name port 9000, or 9440 with ?secure=true")
		}
		o = parsed
	}
	if c.Database != "" {
		o.Auth.Database = c.Database
	}
	if o.Auth.Database == "" {
		o.Auth.Database = DefaultDatabase
	}
	if c.ReadOnly {
		o.Settings["readonly"] = 2
	}
	o.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	o.MaxCompressionBuffer = sendBuffer
	o.MaxOpenConns = c.MaxOpen
	if o.MaxOpenConns == 0 {
		o.MaxOpenConns = defaultMaxOpen
	}
	o.MaxIdleConns = o.MaxOpenConns
	if o.DialTimeout == 0 {
		o.DialTimeout = dialTimeout
	}
	if o.ReadTimeout == 0 {
		o.ReadTimeout = readTimeout
	}
	return o, nil
}

// dialEndpoint makes every dial ask for the address anew.
func (c Config) dialEndpoint(o *clickhouse.Options) {
	e := c.Endpoint()
	o.Addr = []string{e.Addr}
	o.Auth = clickhouse.Auth{Username: e.User, Password: e.Password}
	dialer := &net.Dialer{Timeout: dialTimeout}
	o.DialContext = func(ctx context.Context, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp", c.Endpoint().Addr)
	}
}

// Conn is the pool itself, for what the wrappers do not offer.
func (s *Store) Conn() driver.Conn { return s.conn }

// Database is the name of the database the connections use.
func (s *Store) Database() string { return s.options.Auth.Database }

// Exec runs a statement that returns nothing.
func (s *Store) Exec(ctx context.Context, query string, args ...any) error {
	return s.conn.Exec(ctx, query, args...)
}

// Query runs a question. The caller closes the rows.
func (s *Store) Query(ctx context.Context, query string, args ...any) (driver.Rows, error) {
	return s.conn.Query(ctx, query, args...)
}

// QueryRow runs a question with one row for an answer.
func (s *Store) QueryRow(ctx context.Context, query string, args ...any) driver.Row {
	return s.conn.QueryRow(ctx, query, args...)
}

// Ping says whether the server answers and lets us in.
func (s *Store) Ping(ctx context.Context) error { return s.conn.Ping(ctx) }

// CreateDatabase makes the store's database when it does not exist. Until then every other method fails, for a
// connection is made into a database.
func (s *Store) CreateDatabase(ctx context.Context) (err error) {
	options := s.options
	options.Auth.Database = "system"
	conn, err := clickhouse.Open(&options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+quote(s.Database())+" ENGINE = Atomic"); err != nil {
		return fmt.Errorf("cannot create the database %q: %w", s.Database(), err)
	}
	return nil
}

// Close waits for nobody: queries under way fail.
func (s *Store) Close() error { return s.conn.Close() }

// quote makes an identifier.
func quote(name string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(name) + "`"
}
