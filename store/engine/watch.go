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
	longPause  = 10 * time.Second
	steady     = 2 * time.Second // a child that was ready this long ends a series of failures
	loopAfter  = 3               // failures in a row that are called a crash loop
)

var errStopped = errors.New("it was stopped")

// watch waits for the child to die and starts another, until the engine is stopped. Only it ends children.
func (e *Engine) watch() {
	defer close(e.done)
	defer e.lock.Close()
	defer e.metrics.unregister(e.opts.Registerer)
	failures := 0
	for c := e.current(); c != nil; c = e.current() {
		began := e.opts.Now()
		select {
		case <-e.stopping:
			e.stopErr = c.end(e.stopContext)
			e.lost(errStopped)
			return
		case <-c.ended:
		}
		e.lost(c.err)
		if e.opts.Now().Sub(began) > steady {
			failures = 0
		}
		failures = e.relaunch(failures+1, c.err)
	}
}

// relaunch tries until there is a child again or the engine is stopped, and returns the number of failures so far.
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
		case <-ctx.Done():
			e.lost(errStopped)
			return failures
		case <-time.After(pause(failures)):
		}
		e.config.Port = e.oldPort()
		if err = e.launch(ctx); err == nil {
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

// lost notes that there is no child, and why.
func (e *Engine) lost(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.child = nil
	e.err = fmt.Errorf("the embedded ClickHouse is not running: %w", err)
	e.metrics.up.Set(0)
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
