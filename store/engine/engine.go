// Package engine runs the embedded ClickHouse: libchdb.so in a child process, watched, restarted and stopped.
// It knows nothing of analytics; to its callers it is an address, a user and a password.
//
// [Start] writes a configuration into Dir/engine, starts Options.Executable with the hidden subcommand "engine"
// (whose body is [Host]) and returns when the child accepts native-protocol connections on a free loopback port.
// Passwords are drawn at every Start; only their hashes reach the disk. There are two users: app, who owns the
// databases named sporlos*, and reader, who may do nothing but SELECT from them. The user default exists because
// the library logs in as it; it has no password but may have one session only, which the library keeps open.
//
// A child that dies is started again with the same passwords and, unless somebody took it, on the same port, so a
// connection pool recovers by itself. Rows that were not acknowledged are the caller's to send again; before each start
// the deduplication logs are made true, so that what is sent again is neither lost nor doubled.
//
// The child ends with its parent, even with one killed by SIGKILL: its standard input ends, and the kernel sends it
// SIGTERM. It holds the lock of the directory together with its parent, so a successor waits for it.
//
// What ClickHouse logs (Dir/engine/engine.log, at most three files of 10 MB) holds no query and no quoted text.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	defaultMemory = 1 << 30
	minMemory     = 512 << 20
	startTimeout  = 60 * time.Second
	stopTimeout   = 10 * time.Second
	killTimeout   = 2 * time.Second
)

// Options say how to run the engine. Only Dir is required.
type Options struct {
	Dir        string                // the installation's data; the engine uses Dir/clickhouse and Dir/engine
	Library    string                // path of libchdb.so; empty: see FindLibrary
	Memory     int64                 // bytes the child may use, about; 0: 1 GiB; at least 512 MiB
	Executable string                // program that calls Host; empty: this one
	Args       []string              // its arguments before LIBRARY and CONFIG; nil: "engine"
	Logger     *slog.Logger          // nil: slog.Default()
	Registerer prometheus.Registerer // nil: metrics are kept but not registered
	Now        func() time.Time      // nil: time.Now
}

// Endpoint is where a database user is let in. It stays valid over restarts of the child, except for Addr.
type Endpoint struct {
	Addr, User, Password string
}

// String leaves the password out.
func (e Endpoint) String() string { return e.User + "@" + e.Addr }

// GoString leaves the password out.
func (e Endpoint) GoString() string { return strconv.Quote(e.String()) }

// Engine is a running embedded ClickHouse.
type Engine struct {
	opts     Options
	config   config
	log      *slog.Logger
	lock     *os.File
	metrics  *metrics
	app      Endpoint // without Addr
	reader   Endpoint // without Addr
	stopping chan struct{}
	stopOnce sync.Once
	done     chan struct{}

	stopContext context.Context // how long the child may take; valid when stopping is closed
	stopErr     error           // what Stop returns; valid when done is closed

	mu     sync.Mutex
	addr   string
	child  *child // nil while there is none
	starts int
	err    error // why there is none
}

// Start runs the engine and returns when it can be connected to. It fails when the library cannot be found, when
// another process uses opts.Dir, or when the child does not become ready within a minute or before ctx ends.
// ctx does not stop the engine later; [Engine.Stop] does.
func Start(ctx context.Context, opts Options) (*Engine, error) {
	opts, err := opts.complete()
	if err != nil {
		return nil, err
	}
	e := &Engine{
		opts:     opts,
		log:      opts.Logger,
		metrics:  newMetrics(),
		stopping: make(chan struct{}),
		done:     make(chan struct{}),
	}
	e.metrics.resident = e.residentBytes
	if err := e.prepare(ctx); err != nil {
		return nil, err
	}
	if err := e.launch(ctx); err != nil {
		return nil, errors.Join(err, e.lock.Close())
	}
	if err := e.metrics.register(opts.Registerer); err != nil {
		return nil, errors.Join(err, e.current().end(ctx), e.lock.Close())
	}
	go e.watch()
	return e, nil
}

// complete fills in the defaults and refuses what cannot work.
func (o Options) complete() (Options, error) {
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return o, err
	}
	if o.Library, err = FindLibrary(o.Library); err != nil {
		return o, err
	}
	if o.Memory == 0 {
		o.Memory = defaultMemory
	}
	if o.Memory < minMemory {
		return o, fmt.Errorf("engine: %d bytes of memory are too few for ClickHouse; give it at least %d MiB", o.Memory, minMemory>>20)
	}
	if o.Executable == "" {
		if o.Executable, err = os.Executable(); err != nil {
			return o, err
		}
	}
	if o.Args == nil {
		o.Args = []string{"engine"}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

// prepare makes the directories, takes the lock and draws the passwords.
func (e *Engine) prepare(ctx context.Context) error {
	run, data := filepath.Join(e.opts.Dir, "engine"), filepath.Join(e.opts.Dir, "clickhouse")
	for _, dir := range []string{run, data} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("cannot create the engine's directory: %w", err)
		}
		if err := os.Chmod(dir, 0o700); err != nil {
			return fmt.Errorf("cannot make the engine's directory private: %w", err)
		}
	}
	var err error
	if e.lock, err = lockDir(ctx, run, e.opts.Dir); err != nil {
		return err
	}
	e.app = Endpoint{User: appUser, Password: newPassword()}
	e.reader = Endpoint{User: readerUser, Password: newPassword()}
	e.config = config{
		Data: data, Run: run, Memory: e.opts.Memory,
		AppHash: hash(e.app.Password), ReaderHash: hash(e.reader.Password),
	}
	return nil
}

// launch starts a child and waits until it is ready.
func (e *Engine) launch(ctx context.Context) error {
	began := e.opts.Now()
	path, err := e.config.write()
	if err != nil {
		return err
	}
	if err := e.mend(); err != nil {
		return err
	}
	c, err := spawn(spawnOptions{
		program: e.opts.Executable,
		args:    append(append([]string{}, e.opts.Args...), e.opts.Library, path),
		dir:     e.config.Run,
		lock:    e.lock,
		log:     e.log,
		now:     e.opts.Now,
	})
	if err != nil {
		return err
	}
	port, err := c.ready(ctx, startTimeout)
	if err != nil {
		return err
	}
	e.found(c, port, e.opts.Now().Sub(began))
	return nil
}

// mend repairs what the death of a child may have left.
func (e *Engine) mend() error {
	mended, err := mendDeduplication(e.config.Data)
	if mended > 0 {
		e.log.Warn("the engine died between noting a block and keeping it; the note is taken back, so that the block is stored when it is sent again",
			"tables", mended)
	}
	return err
}

// found notes that there is a child.
func (e *Engine) found(c *child, port int, took time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.child, e.err = c, nil
	e.addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if e.starts++; e.starts > 1 {
		e.metrics.restarts.Inc()
	}
	e.metrics.up.Set(1)
	e.metrics.startSeconds.Set(took.Seconds())
	e.log.Info("engine ready", "addr", e.addr, "pid", c.pid(), "took", took.Round(time.Millisecond))
}

// Endpoint is where the owner of the data connects. Ask again at every dial.
func (e *Engine) Endpoint() Endpoint { return e.at(e.app) }

// Reader is where a user connects who can only SELECT.
func (e *Engine) Reader() Endpoint { return e.at(e.reader) }

func (e *Engine) at(user Endpoint) Endpoint {
	e.mu.Lock()
	defer e.mu.Unlock()
	user.Addr = e.addr
	return user
}

// Restarts counts how often the child has been started again.
func (e *Engine) Restarts() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return max(e.starts-1, 0)
}

// PID is the child's process number, 0 while there is none.
func (e *Engine) PID() int {
	if c := e.current(); c != nil {
		return c.pid()
	}
	return 0
}

// Err is nil while the child runs, and otherwise says why it does not.
func (e *Engine) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// Done is closed when the engine has been stopped for good.
func (e *Engine) Done() <-chan struct{} { return e.done }

// Stop ends the child: politely, then with SIGTERM, then with SIGKILL, which loses nothing acknowledged.
// When ctx ends it does not wait between the three. Close the connection pools first, or ClickHouse waits five seconds
// for them. It may be called more than once.
func (e *Engine) Stop(ctx context.Context) error {
	e.stopOnce.Do(func() {
		e.stopContext = ctx
		close(e.stopping)
	})
	<-e.done
	return e.stopErr
}

func (e *Engine) current() *child {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.child
}

// Dir is the installation's data directory.
func (e *Engine) Dir() string { return e.opts.Dir }
