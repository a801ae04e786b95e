package engine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/ebitengine/purego"
	"golang.org/x/sys/unix"
)

// startScript opens the native port, after everything has been loaded, and tells the parent its number.
const startScript = `SYSTEM START LISTEN TCP;
SELECT getServerPort('tcp_port') INTO OUTFILE '` + readyPath + `' TRUNCATE FORMAT TSV;
`

// hardStop is how long a graceful stop of the engine may take before the host kills itself. ClickHouse waits
// five seconds for open connections.
const hardStop = 8 * time.Second

// Host runs the engine in this process until its standard input ends, a signal says stop, or it fails. It is
// what the hidden subcommand "sporlos engine LIBRARY CONFIG" does; [Start] is what calls that.
func Host(args []string) error {
	if len(args) != 2 {
		return errors.New("engine: this command is started by sporlos itself; it wants LIBRARY and CONFIG")
	}
	if err := confine(); err != nil {
		return err
	}
	standBack()
	lib, err := load(args[0])
	if err != nil {
		return err
	}
	script, err := startPipe()
	if err != nil {
		return err
	}
	parent, terminal, err := standIn()
	if err != nil {
		return fmt.Errorf("engine: cannot open a pseudo-terminal: %w; is /dev/ptmx mounted?", err)
	}
	stop := sync.OnceFunc(func() { quit(terminal) })
	go stopOnSignal(stop)
	go func() {
		io.Copy(io.Discard, parent)
		stop()
	}()
	defer runtime.KeepAlive(script) // the library opens it by number, some time after its start
	return lib.run("clickhouse", "--config-file="+args[1], fmt.Sprintf("--queries-file=/proc/self/fd/%d", script.Fd()),
		"--interactive", "--disable_suggestion", "--history_file=/dev/null", "--highlight=0", "--hints=0", "--progress=off")
}

// confine makes this process private and expendable: files for the owner only, no core dumps (they would hold
// rows), and the first choice of the kernel when memory runs out, for whatever it has not stored is in the spool.
func confine() error {
	syscall.Umask(0o077)
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("300"), 0) // a wish, not a condition
	_ = os.Setenv("TERM", "dumb")
	return unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
}

// library is libchdb.so with the functions needed of it.
type library struct {
	main        func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	resultError func(unsafe.Pointer) string
}

func load(path string) (*library, error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("engine: cannot load %s: %w; it needs glibc (not musl) and %s", path, err, installHint())
	}
	var signals func(int32)
	l := &library{}
	for name, fn := range map[string]any{
		"chdb_set_signal_handlers_enabled": &signals,
		"chdb_query_cmdline":               &l.main,
		"chdb_result_error":                &l.resultError,
	} {
		if _, err := purego.Dlsym(handle, name); err != nil {
			return nil, fmt.Errorf("engine: %s is not the library expected, it has no %s; %s", path, name, installHint())
		}
		purego.RegisterLibFunc(fn, handle, name)
	}
	signals(0) // they are Go's
	return l, nil
}

// run is clickhouse-local's main. It returns when that does.
func (l *library) run(args ...string) error {
	argv := make([]*byte, len(args)+1)
	var pin runtime.Pinner
	defer pin.Unpin()
	for i, a := range args {
		b := append([]byte(a), 0)
		argv[i] = &b[0]
		pin.Pin(argv[i])
	}
	pin.Pin(&argv[0])
	result := l.main(int32(len(args)), unsafe.Pointer(&argv[0]))
	if result != nil {
		if text := l.resultError(result); text != "" {
			return errors.New("engine: " + text)
		}
	}
	return nil
}

// startPipe returns a pipe that holds the start script.
func startPipe() (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	_, err = w.WriteString(startScript)
	return r, errors.Join(err, w.Close())
}

// standIn puts a pseudo-terminal in the place of standard input and returns what was there before and the
// terminal's other end.
//
// clickhouse-local aborts the process upon any error of a network client, unless it believes a human sits in
// front of it; hence the terminal and --interactive.
func standIn() (input, terminal *os.File, err error) {
	old, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 10)
	if err != nil {
		return nil, nil, err
	}
	terminal, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	if err := unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, err
	}
	n, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPTN)
	if err != nil {
		return nil, nil, err
	}
	slave, err := unix.Open(fmt.Sprintf("/dev/pts/%d", n), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	defer unix.Close(slave)
	return os.NewFile(uintptr(old), "parent"), terminal, unix.Dup3(slave, 0, 0)
}

// quit types ^D, and makes sure that the process ends even when nobody reads it.
func quit(terminal *os.File) {
	time.AfterFunc(hardStop, func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) })
	_, _ = terminal.Write([]byte{4})
	time.Sleep(time.Second)
	_ = terminal.Close() // hangs up, should ^D not have been understood
}

func stopOnSignal(stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	for range signals {
		stop()
	}
}
