package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

const (
	firstPause = 100 * time.Millisecond
	longPause  = 30 * time.Second
	steady     = time.Minute // a child that lived this long ends a series of failures
	loopAfter  = 3           // failures in a row that are called a crash loop
)

var errStopped = errors.New("engine: stopped")

// watch waits for the child to die and starts another, until the engine is stopped.
func (e *Engine) watch() {
	defer close(e.done)
	defer e.lock.Close()
	defer e.metrics.unregister(e.opts.Registerer)
	failures := 0
	for {
		began := e.opts.Now()
		err := e.current().wait()
		e.lost(err)
		if e.isStopping() {
			return
		}
		if e.opts.Now().Sub(began) > steady {
			failures = 0
		}
		if failures = e.relaunch(failures+1, err); failures < 0 {
			return
		}
	}
}

// relaunch tries until there is a child again and returns the number of failures so far, or -1 when the engine
// was stopped meanwhile.
func (e *Engine) relaunch(failures int, err error) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-e.stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	for {
		e.report(failures, err)
		select {
		case <-e.stopping:
			return -1
		case <-time.After(pause(failures)):
		}
		e.config.Port = e.oldPort()
		if err = e.launch(ctx); err == nil {
			e.restarted()
			return failures
		}
		e.lost(err)
		failures++
	}
}

func (e *Engine) report(failures int, err error) {
	if failures < loopAfter {
		e.log.Warn("engine died, starting it again", "error", err)
		return
	}
	e.log.Error("engine keeps dying; see engine/engine.log in the data directory", "failures", failures, "next_try", pause(failures), "error", err)
}

// pause doubles with every failure in a row.
func pause(failures int) time.Duration {
	p := firstPause
	for i := 1; i < failures && p < longPause; i++ {
		p *= 2
	}
	return min(p, longPause)
}

func (e *Engine) isStopping() bool {
	select {
	case <-e.stopping:
		return true
	default:
		return false
	}
}

// lost notes that there is no child, and why.
func (e *Engine) lost(err error) {
	if e.isStopping() {
		err = errStopped
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.child = nil
	e.err = fmt.Errorf("the embedded ClickHouse is not running: %w", err)
	e.metrics.up.Set(0)
}

func (e *Engine) restarted() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.restarts++
	e.metrics.restarts.Inc()
}

// oldPort is the port of the child that died when it is still free, and otherwise 0.
func (e *Engine) oldPort() int {
	l, err := net.Listen("tcp", e.Endpoint().Addr)
	if err != nil {
		return 0
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
