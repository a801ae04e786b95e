package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fasthttp"

	"sporlos/bench/traffic"
	"sporlos/collector"
	"sporlos/collector/audience"
	"sporlos/collector/place"
	"sporlos/collector/visitor"
	"sporlos/site"
	"sporlos/spool"
)

// server is a child process that serves until its standard input ends, and then says how many beacons it holds and has
// refused.
type server struct {
	kind string
	cmd  *exec.Cmd
	in   io.Closer
	out  *bufio.Reader
	addr string

	accepted int64 // as its clients counted
	underway int64 // beacons that may have been taken although no client waited for the answer
}

func startServer(kind, dir, profile string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{kind: kind, cmd: exec.Command(self, "-serve", kind, "-dir", dir, "-profile", profile)}
	s.cmd.Stderr = os.Stderr
	in, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.in, s.out = in, bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := s.out.ReadString('\n')
	if err != nil {
		s.kill()
		return nil, fmt.Errorf("the %s server did not start: %w", kind, err)
	}
	s.addr = strings.TrimSpace(line)
	return s, nil
}

// check ends the server and compares what it holds with what its clients were told.
func (s *server) check() error {
	if err := s.in.Close(); err != nil {
		return err
	}
	var held, refused int64
	if _, err := fmt.Fscan(s.out, &held, &refused); err != nil {
		return fmt.Errorf("the server did not say what it holds: %w", err)
	}
	if refused > 0 || held < s.accepted || held > s.accepted+s.underway {
		return fmt.Errorf("%d beacons were answered with 202, %d are in the spool, %d were refused: nothing was measured", s.accepted, held, refused)
	}
	fmt.Printf("%d beacons were answered with 202; in the spool are %d, %d refused\n", s.accepted, held, refused)
	return s.cmd.Wait()
}

// kill ends a server that check has not ended.
func (s *server) kill() {
	_ = s.in.Close()
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Wait()
	}
}

// child is the server's process.
func child(kind, dir, profile string) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if kind == "bare" {
		return serveBare(ln)
	}
	return serveFull(ln, dir, profile)
}

// serveBare answers 202 to everything, with no bounds on time or size, which cost something too.
func serveBare(ln net.Listener) error {
	s := &fasthttp.Server{
		Handler: func(ctx *fasthttp.RequestCtx) {
			ctx.SetStatusCode(fasthttp.StatusAccepted)
			ctx.SetBodyString("ok")
		},
		NoDefaultServerHeader: true,
	}
	return serveUntilTold(ln, s.Serve, s.ShutdownWithContext, func() (held, refused int64) { return 0, 0 })
}

func serveFull(ln net.Listener, dir, profile string) error {
	dir, err := os.MkdirTemp(dir, "sporlos-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	registry := prometheus.NewRegistry()
	c, sp, err := newCollector(dir, registry)
	if err != nil {
		return err
	}
	defer sp.Close()
	if profile != "" {
		file, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	return serveUntilTold(ln, c.Serve, c.Shutdown, func() (held, refused int64) {
		_, held, _ = sp.Depth()
		return held, refusals(registry)
	})
}

// refusals adds up what the collector counted as refused, for whatever reason.
func refusals(registry *prometheus.Registry) (n int64) {
	families, err := registry.Gather()
	if err != nil {
		return -1
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == "sporlos_beacons_refused_total" {
				n += int64(m.GetCounter().GetValue())
			}
		}
	}
	return n
}

func newCollector(dir string, registry *prometheus.Registry) (*collector.Collector, *spool.Spool, error) {
	sp, err := spool.Open(dir, spool.Options{Registerer: registry})
	if err != nil {
		return nil, nil, err
	}
	places, err := place.Open(place.FindDefault())
	if err != nil {
		return nil, nil, err
	}
	s, err := site.New(1, traffic.Domain, "Europe/Oslo", site.Settings{})
	if err != nil {
		return nil, nil, err
	}
	c, err := collector.New(collector.Options{Sites: collector.NewSites(s), Spool: sp, Salts: visitor.MemorySalts(), Places: places,
		Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Limit: collector.Rate{PerMinute: 60_000, Burst: 10_000},
		Audiences: audience.New(0), Registerer: registry})
	return c, sp, err
}

// serveUntilTold says where it listens, serves until standard input ends, and says what it holds.
func serveUntilTold(ln net.Listener, serve func(net.Listener) error, shutdown func(context.Context) error, held func() (held, refused int64)) error {
	fmt.Println(ln.Addr())
	served := make(chan error, 1)
	go func() { served <- serve(ln) }()
	_, _ = io.Copy(io.Discard, os.Stdin)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := errors.Join(shutdown(ctx), <-served)
	fmt.Println(held())
	return err
}
