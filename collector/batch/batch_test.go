package batch

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// rig is a server whose answers say who gave them: "batch" here, "rest" net/http's.
type rig struct {
	*testing.T
	s       *Server
	addr    string
	largest atomic.Int64 // batch
	hold    chan struct{}
}

// start returns a rig that handles nothing before hold is closed; nil: at once.
func start(t *testing.T, hold chan struct{}) *rig {
	r := &rig{T: t, hold: hold}
	r.s = New(Options{
		Takes:  func(method, path []byte) bool { return string(method) == "POST" && string(path) == "/e" },
		Handle: r.handle, Loops: 2, Connections: 100, ReadTimeout: time.Second, WriteTimeout: time.Second, IdleTimeout: 5 * time.Second,
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = ln.Addr().String()
	other := &http.Server{ReadTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		if q.URL.Path == "/large" {
			body = make([]byte, 8<<20)
		}
		fmt.Fprintf(w, "rest %s %s", q.RemoteAddr, body)
	})}
	var served sync.WaitGroup
	served.Go(func() {
		if err := r.s.Serve(ln); err != nil {
			t.Error(err)
		}
	})
	served.Go(func() { _ = other.Serve(r.s.Rest()) })
	t.Cleanup(func() {
		if err := r.s.Shutdown(); err != nil {
			t.Error(err)
		}
		_ = other.Close()
		served.Wait()
		if open := r.s.open.Load(); open != 0 {
			t.Errorf("%d connections are left", open)
		}
	})
	return r
}

func (r *rig) handle(requests []*Request) {
	if r.hold != nil {
		<-r.hold
	}
	r.largest.Store(max(r.largest.Load(), int64(len(requests))))
	for _, q := range requests {
		body := fmt.Sprintf("batch %s %s", q.Peer, q.Body)
		q.Answer = fmt.Appendf(q.Answer, "HTTP/1.1 202 Accepted\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
}

type client struct {
	net.Conn
	from *bufio.Reader
}

func (r *rig) dial() client {
	r.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
	return client{c, bufio.NewReader(c)}
}

// ask sends data and returns the body of the answer, "" when the connection ends.
func (c client) ask(data string) string {
	io.WriteString(c, data)
	res, err := http.ReadResponse(c.from, nil)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

func request(method, path, body string) string {
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", method, path, len(body), body)
}

// needsLoops skips where every connection goes to the other server.
func needsLoops(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there are no loops here")
	}
}

// TestOneConnection: what is plain is answered here and everything else there, over one connection as long as each request comes whole.
func TestOneConnection(t *testing.T) {
	needsLoops(t)
	r := start(t, nil)
	c := r.dial()
	there := "rest " + c.LocalAddr().String() + " "
	for range 3 {
		for _, step := range []struct{ send, want string }{
			{request("POST", "/e", "one"), "batch 127.0.0.1 one"},
			{request("POST", "/other", "two"), there + "two"},
			{request("POST", "/e?x", "three"), there + "three"},
			{"GET /e HTTP/1.1\r\nHost: x\r\n\r\n", there},
			{request("POST", "/e", ""), "batch 127.0.0.1 "},
		} {
			if got := c.ask(step.send); got != step.want {
				t.Errorf("%q: %q", step.send, got)
			}
		}
	}
	if got := c.ask("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"); len(got) != 8<<20+len(there) {
		t.Errorf("a large answer has %d bytes", len(got))
	}
	for i, part := range []string{"PO", "ST /e HTTP/1.1\r\nHost", ": x\r\nContent-Length: 4\r\n\r\nfo"} {
		io.WriteString(c, part)
		time.Sleep(time.Duration(i+1) * 20 * time.Millisecond)
	}
	if got := c.ask("ur"); got != "batch 127.0.0.1 four" {
		t.Errorf("in pieces: %q", got)
	}
	two := request("POST", "/e", "five")
	if got := c.ask(two + two); got != there+"five" {
		t.Errorf("two in a row: %q", got)
	}
	if got := c.ask(""); got != there+"five" {
		t.Errorf("the second of two: %q", got)
	}
}

// TestBatch: what comes while a batch is handled is the next batch.
func TestBatch(t *testing.T) {
	needsLoops(t)
	hold := make(chan struct{})
	r := start(t, hold)
	var wg sync.WaitGroup
	for i := range 90 {
		wg.Go(func() {
			if got, want := r.dial().ask(request("POST", "/e", fmt.Sprint(i))), fmt.Sprintf("batch 127.0.0.1 %d", i); got != want {
				t.Errorf("%q instead of %q", got, want)
			}
		})
	}
	for deadline := time.Now().Add(5 * time.Second); r.s.open.Load() < 90 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	close(hold)
	wg.Wait()
	if n := r.largest.Load(); n < 2 || n > most {
		t.Errorf("the largest of the batches for 90 requests has %d", n)
	}
}

func TestTimesAndBounds(t *testing.T) {
	needsLoops(t)
	t.Parallel()
	r := start(t, nil)
	silent, slow, idle := r.dial(), r.dial(), r.dial()
	if got := idle.ask(request("POST", "/e", "x")); got != "batch 127.0.0.1 x" {
		t.Error(got)
	}
	io.WriteString(slow, "POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
	begun := time.Now()
	if got := silent.ask(""); got != "" || time.Since(begun) > 4*time.Second {
		t.Errorf("who says nothing is told %q after %v", got, time.Since(begun))
	}
	if got := slow.ask(""); !strings.HasPrefix(got, "rest ") || !strings.HasSuffix(got, "abc") || time.Since(begun) > 4*time.Second { // net/http gives the handler what there is
		t.Errorf("who is slow is told %q after %v", got, time.Since(begun))
	}
	if got := idle.ask(""); got != "" || time.Since(begun) < 4*time.Second {
		t.Errorf("who is idle is told %q after %v", got, time.Since(begun))
	}
	for range 100 {
		r.dial()
	}
	if got := r.dial().ask(request("POST", "/e", "x")); got != "" {
		t.Errorf("the connection above the limit: %q", got)
	}
}

// TestShutdownAnswers: what has come is answered, also while another connection is lent.
func TestShutdownAnswers(t *testing.T) {
	needsLoops(t)
	hold := make(chan struct{})
	r := start(t, hold)
	answers := make(chan string, 20)
	for range 20 {
		go func() { answers <- r.dial().ask(request("POST", "/e", "x")) }()
	}
	for r.s.open.Load() < 20 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	done := make(chan error)
	go func() { done <- r.s.Shutdown() }()
	time.Sleep(20 * time.Millisecond)
	close(hold)
	if err := <-done; err != nil {
		t.Error(err)
	}
	for range 20 {
		if got := <-answers; got != "batch 127.0.0.1 x" {
			t.Errorf("told %q", got)
		}
	}
	if _, err := net.Dial("tcp", r.addr); err == nil {
		t.Error("it still listens")
	}
}
