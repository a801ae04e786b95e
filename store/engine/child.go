package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// readyPath is, in the child, the pipe into which it writes its port number: the first descriptor it is given.
const readyPath = "/proc/self/fd/3"

// child is one process that hosts the library.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer // closing it asks the child to stop
	port  *os.File  // the child writes its port number here
	words *words
	ended chan struct{}
	err   error // valid when ended is closed
}

type spawnOptions struct {
	program string
	args    []string
	dir     string
	lock    *os.File
	log     *slog.Logger
	now     func() time.Time
}

// spawn starts a child. It has its own session, so that a Ctrl-C meant for the parent does not reach it, and an
// environment without anything of ours.
func spawn(o spawnOptions) (*child, error) {
	port, portOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer portOut.Close()
	c := &child{port: port, ended: make(chan struct{}), words: &words{log: o.log, now: o.now}}
	c.cmd = exec.Command(o.program, o.args...)
	c.cmd.Dir = o.dir
	c.cmd.Env = []string{"TERM=dumb", "TZ=UTC", "LANG=C.UTF-8", "HOME=" + o.dir}
	c.cmd.ExtraFiles = []*os.File{portOut, o.lock} // the lock is only to be held
	c.cmd.Stderr = c.words
	c.cmd.WaitDelay = time.Second
	c.cmd.SysProcAttr = ownSession()
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return nil, errors.Join(err, port.Close())
	}
	started := make(chan error)
	go c.keep(started)
	if err := <-started; err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start the engine's process: %w", err), port.Close())
	}
	return c, nil
}

// keep starts the process and waits for its end, on one operating-system thread: the kernel sends the signal of the
// parent's death when the thread that forked ends.
func (c *child) keep(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := c.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = c.cmd.Wait() // how it ended is in its state
	c.err = fmt.Errorf("its process ended (%s)%s", c.cmd.ProcessState, c.words.last())
	close(c.ended)
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// ready waits for the port number. When it does not come the child is killed.
func (c *child) ready(ctx context.Context, limit time.Duration) (int, error) {
	defer c.port.Close()
	type answer struct {
		port int
		err  error
	}
	told := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(c.port).ReadString('\n')
		if err != nil {
			told <- answer{err: err}
			return
		}
		port, err := strconv.Atoi(strings.TrimSpace(line))
		told <- answer{port, err}
	}()
	var err error
	select {
	case a := <-told:
		if a.err == nil {
			return a.port, nil
		}
		err = a.err
		if errors.Is(err, io.EOF) {
			err = c.endedSoon(err)
		}
	case <-time.After(limit):
		err = fmt.Errorf("it was not ready after %v%s", limit, c.words.last())
	case <-ctx.Done():
		err = ctx.Err()
	}
	_ = c.cmd.Process.Kill()
	<-c.ended
	return 0, fmt.Errorf("cannot start the embedded ClickHouse: %w", err)
}

// endedSoon prefers the reason a dying process gives to the broken pipe it leaves.
func (c *child) endedSoon(err error) error {
	select {
	case <-c.ended:
		return c.err
	case <-time.After(killTimeout):
		return err
	}
}

// end stops the process: end of input, SIGTERM, SIGKILL.
func (c *child) end(ctx context.Context) error {
	_ = c.stdin.Close()
	for _, step := range []struct {
		patience time.Duration
		signal   os.Signal
	}{{stopTimeout, syscall.SIGTERM}, {killTimeout, os.Kill}} {
		select {
		case <-c.ended:
			return nil
		case <-time.After(step.patience):
		case <-ctx.Done():
		}
		_ = c.cmd.Process.Signal(step.signal)
	}
	<-c.ended
	return errors.New("engine: ClickHouse did not stop when asked and was killed; nothing acknowledged is lost")
}

// words is what the child says on standard error: logged, a few lines a minute, without anything quoted.
type words struct {
	log *slog.Logger
	now func() time.Time

	mu     sync.Mutex
	buf    []byte
	recent []string
	minute time.Time
	count  int
}

const (
	linesPerMinute = 20
	linesKept      = 5
	longestLine    = 1 << 10
)

// Write takes any part of the stream.
func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range p {
		if b != '\n' {
			if len(w.buf) < longestLine {
				w.buf = append(w.buf, b)
			}
			continue
		}
		w.line(mask(strings.TrimSpace(string(w.buf))))
		w.buf = w.buf[:0]
	}
	return len(p), nil
}

func (w *words) line(s string) {
	if s == "" || strings.HasPrefix(s, "Logging ") { // …information to FILE, at every start
		return
	}
	if w.recent = append(w.recent, s); len(w.recent) > linesKept {
		w.recent = w.recent[1:]
	}
	if now := w.now(); now.Sub(w.minute) > time.Minute {
		w.minute, w.count = now, 0
	}
	if w.count++; w.count <= linesPerMinute {
		w.log.Warn("engine says", "line", s)
	}
}

// last returns the last lines, as the end of an error message.
func (w *words) last() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.recent) == 0 {
		return ""
	}
	return ": " + strings.Join(w.recent, " | ")
}

// mask cuts a line at the first quote: what is quoted may be data, and where it ends cannot be told.
func mask(s string) string {
	if i := strings.IndexAny(s, `'"`); i >= 0 {
		return s[:i] + "…"
	}
	return s
}
