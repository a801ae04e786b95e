package dashboards

import (
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestCallsWithoutATokenAreThrottled: from that network, and from no other; it ends by itself, and one with a token makes up for all.
func TestCallsWithoutATokenAreThrottled(t *testing.T) {
	asked := 0
	h := open(t, func(o *Options) {
		o.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		o.API = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			if status, known := map[string]int{"Bearer wrong": 401, "Bearer broken": 503}[r.Header.Get("Authorization")]; known {
				w.WriteHeader(status)
			}
			_, _ = io.WriteString(w, "{}")
		})
	})
	call := func(method, token, from string) *http.Response {
		r, err := http.NewRequest(method, h.server.URL+"/api/v2/query", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("X-Forwarded-For", from)
		return h.do(r).Response
	}
	fail := func(n int) {
		for i := range n {
			if status := call("POST", "wrong", "203.0.113.5").StatusCode; status != 401 {
				t.Fatalf("call %d: %d", i+1, status)
			}
		}
	}
	fail(50)
	before := asked
	if a := call("POST", "good", "203.0.113.77"); a.StatusCode != 429 || a.Header.Get("Retry-After") == "" || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") || asked != before {
		t.Errorf("after 50 failures: %d %v, asked %d times", a.StatusCode, a.Header, asked-before)
	}
	for _, other := range [][3]string{{"POST", "good", "198.51.100.1"}, {"POST", "wrong", "2001:db8::1"}, {"GET", "good", "203.0.113.5"}} {
		if status := call(other[0], other[1], other[2]).StatusCode; status == 429 {
			t.Errorf("%v is throttled", other)
		}
	}
	h.now = h.now.Add(2 * time.Second)
	if status := call("POST", "good", "203.0.113.5").StatusCode; status != 200 {
		t.Errorf("after the wait: %d", status)
	}
	fail(49)
	if status := call("POST", "broken", "203.0.113.5").StatusCode; status != 503 {
		t.Errorf("the database is away: %d", status)
	}
	fail(50)
	if status := call("POST", "wrong", "203.0.113.5").StatusCode; status != 429 {
		t.Errorf("they have no end: %d", status)
	}
}
