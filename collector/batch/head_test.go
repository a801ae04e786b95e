package batch

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

const plain = "POST /e HTTP/1.1\r\nHost: example.org\r\nuser-agent: A  b\r\nX-Forwarded-For:\t1.2.3.4 \r\nContent-Length: 2\r\n\r\n{}"

func TestPlainRequest(t *testing.T) {
	var r Request
	if v := r.scan([]byte(plain)); v != whole {
		t.Fatalf("verdict %d", v)
	}
	var got strings.Builder
	fmt.Fprintf(&got, "%s %s|", r.Method, r.Path)
	for _, f := range r.Fields {
		fmt.Fprintf(&got, "%s=%s|", f.Name, f.Value)
	}
	if want := "POST /e|Host=example.org|User-Agent=A  b|X-Forwarded-For=1.2.3.4|Content-Length=2|"; got.String() != want || string(r.Body) != "{}" {
		t.Errorf("%s and body %q", got.String(), r.Body)
	}
	for n := range len(plain) {
		if v := r.scan([]byte(plain[:n])); v != partial {
			t.Errorf("the first %d bytes: verdict %d", n, v)
		}
	}
}

func TestPlainHosts(t *testing.T) {
	for _, host := range []string{"localhost", "127.0.0.1:8080", "under_score.example.org", "xn--blbr-roah.no:443"} {
		var r Request
		if v := r.scan([]byte(strings.Replace(plain, "example.org", host, 1))); v != whole {
			t.Errorf("%s: verdict %d", host, v)
		}
	}
}

func TestStrangeRequests(t *testing.T) {
	replace := func(old, by string) string { return strings.Replace(plain, old, by, 1) }
	for name, data := range map[string]string{
		"TLS":                "\x16\x03\x01\x02\x00",
		"HTTP/1.0":           replace("HTTP/1.1", "HTTP/1.0"),
		"two in a row":       plain + plain,
		"chunked":            replace("Content-Length: 2", "Transfer-Encoding: chunked"),
		"both lengths":       replace("Content-Length: 2", "Transfer-Encoding: chunked\r\nContent-Length: 2"),
		"two lengths":        replace("Content-Length: 2", "Content-Length: 2\r\nContent-Length: 2"),
		"signed length":      replace("Content-Length: 2", "Content-Length: +2"),
		"no length":          replace("Content-Length: 2\r\n", ""),
		"long body":          replace("Content-Length: 2", "Content-Length: 9000"),
		"waits to be asked":  replace("Host", "Expect: 100-continue\r\nHost"),
		"closes":             replace("Host", "Connection: close\r\nHost"),
		"another protocol":   replace("Host", "Connection: Upgrade\r\nHost"),
		"no host":            replace("Host: example.org\r\n", ""),
		"empty host":         replace("Host: example.org", "Host: "),
		"odd host":           replace("example.org", "example.org/x"),
		"odd port":           replace("example.org", "example.org:A"),
		"no port":            replace("example.org", "example.org:"),
		"port alone":         replace("example.org", ":80"),
		"IPv6":               replace("example.org", "[::1]:80"),
		"two hosts":          replace("Host", "Host: a\r\nHost"),
		"folded line":        replace("A  b", "A\r\n b"),
		"bare line feed":     replace("A  b\r\n", "A  b\n"),
		"carriage return":    replace("A  b", "A\rb"),
		"blank before colon": replace("user-agent:", "user-agent :"),
		"no colon":           replace("user-agent: A", "user-agent"),
		"no name":            replace("user-agent", ""),
		"NUL":                replace("A  b", "A\x00b"),
		"absolute target":    replace("/e", "http://example.org/e"),
		"two blanks":         replace("POST /e", "POST  /e"),
		"many fields":        replace("Host", strings.Repeat("X: y\r\n", maxFields)+"Host"),
		"long head":          "POST /e HTTP/1.1\r\nX: " + strings.Repeat("x", Size),
	} {
		var r Request
		if v := r.scan([]byte(data)); v != strange {
			t.Errorf("%s: verdict %d", name, v)
		}
	}
}

func TestCleanPaths(t *testing.T) {
	for path, want := range map[string]bool{
		"/e": true, "/stats/e": true, "/a.b/c_d-e~/": true,
		"/e?x": false, "/%65": false, "//e": false, "/./e": false, "/../e": false, "/.well": false, "/e;x": false, "/æ": false, "/e#": false,
	} {
		if got := clean([]byte(path)); got != want {
			t.Errorf("%s: clean is %t", path, got)
		}
	}
}

// FuzzScan compares with fasthttp, to which everything else goes: what both take as a whole request they understand alike, and what is
// plain here is not refused there.
func FuzzScan(f *testing.F) {
	f.Add([]byte(plain))
	f.Add([]byte("GET /a/b HTTP/1.1\r\nHost: x\r\nCookie: a=b\r\nCONNECTION: Keep-Alive\r\nx-a-B: c\r\n\r\n"))
	f.Add([]byte("OPTIONS /e HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"))
	f.Add([]byte(plain + plain))
	f.Fuzz(func(t *testing.T, data []byte) {
		var r Request
		if r.scan(bytes.Clone(data)) != whole || !clean(r.Path) {
			return
		}
		var other fasthttp.Request
		from := bufio.NewReaderSize(bytes.NewReader(data), 2*Size)
		if err := other.ReadLimitBody(from, Size); err != nil {
			t.Fatalf("plain, but fasthttp says %v", err)
		}
		if from.Buffered() > 0 {
			t.Fatalf("fasthttp leaves %d bytes", from.Buffered())
		}
		if !bytes.Equal(other.Header.Method(), r.Method) || !bytes.Equal(other.URI().Path(), r.Path) || !bytes.Equal(other.Body(), r.Body) {
			t.Fatalf("%s %s %q, fasthttp: %s %s %q", r.Method, r.Path, r.Body, other.Header.Method(), other.URI().Path(), other.Body())
		}
		for _, field := range r.Fields {
			if string(field.Name) == "Cookie" || string(field.Name) == "Connection" { // which fasthttp takes apart
				continue
			}
			if !bytes.ContainsFunc(field.Value, func(c rune) bool { return c > 0x7f }) && !among(other.Header.PeekAll(string(field.Name)), field.Value) {
				t.Fatalf("%s: %q, fasthttp: %q", field.Name, field.Value, other.Header.PeekAll(string(field.Name)))
			}
		}
	})
}

func among(values [][]byte, one []byte) bool {
	for _, v := range values {
		if bytes.Equal(v, one) {
			return true
		}
	}
	return false
}

func TestScanDoesNotAllocate(t *testing.T) {
	data := []byte(plain)
	var r Request
	r.scan(data)
	if n := testing.AllocsPerRun(100, func() { r.scan(data) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkScan(b *testing.B) {
	data := []byte(plain)
	var r Request
	for b.Loop() {
		r.scan(data)
	}
}
