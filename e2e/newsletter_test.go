package e2e

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestNewsletterKnowsNoRecipient runs the whole system: a newsletter is added while it runs, its links are followed with everything a
// mailing program adds about whom it wrote to, the program is killed and started again. The clicks are there; of the recipients, their
// addresses and their agents nothing is, in any file, in memory's file system, in the logs or in the metrics.
func TestNewsletterKnowsNoRecipient(t *testing.T) {
	s := New(t, "--trusted-proxies", "127.0.0.1", "--log-level", "debug")
	s.Start()
	s.MustRun("site", "add", "trace.example")
	const target = "https://trace.example/shop?utm_source=newsletter"
	out := s.MustRun("newsletter", "add", "spring", "--site", "trace.example", "--opens", "--link", "shop="+target)
	for _, want := range []string{s.Collector + "/n/spring/shop\n", `<img src="` + s.Collector + `/n/spring.gif"`} {
		if !strings.Contains(out, want) {
			t.Errorf("the command does not print %s:\n%s", want, out)
		}
	}
	for n := range 7 { // with no wait: the collector knows when the command has ended
		follow(t, s, "/n/spring/shop", n, 302, target)
		follow(t, s, "/n/spring.gif", n, 200, "")
		follow(t, s, "/n/spring/"+agentMark, n, 404, "")
		follow(t, s, "/n/"+agentMark+".gif", n, 200, "")
	}
	held := func() float64 { return Metric(s.Metrics(), "sporlos_letters_held", "") }
	if n := held(); n != 14 {
		t.Errorf("%v letters are held, want 14", n)
	}
	time.Sleep(2 * time.Second) // at most the last second is lost
	s.Kill()
	s.Start()
	if n := held(); n != 14 {
		t.Errorf("%v letters are held after kill -9, want 14", n)
	}
	follow(t, s, "/n/spring/shop", 8, 302, target)
	s.MustRun("newsletter", "remove", "spring", "--yes")
	follow(t, s, "/n/spring/shop", 9, 404, "")
	metrics := s.Metrics()
	for kind, want := range map[string]float64{"click": 1, "unknown": 1, "open": 0} { // since the start
		if got := Metric(metrics, "sporlos_newsletter_requests_total", `kind="`+kind+`"`); got != want {
			t.Errorf("%v requests of kind %s, want %v", got, kind, want)
		}
	}
	s.Stop()
	h := newHunt()
	h.look("/metrics", []byte(metrics), false)
	h.look("the logs", []byte(s.Logs()), false)
	h.tree(t, s.Data, s.Data)
	h.tree(t, s.Volatile, s.Volatile)
	h.judge(t)
}

// follow asks for an address of a newsletter as somebody's browser does.
func follow(t *testing.T, s *System, path string, n, status int, location string) {
	t.Helper()
	address := address4(n, 11).String()
	query := "?recipient=" + agentMark + "%40example.org&" + agentMark + "=" + address
	request, err := newGet(s.Collector+path+query, "X-Forwarded-For", address, "User-Agent", agentA+" "+agentMark, "Cookie", "id="+agentMark, "Referer", "https://mail.example/"+agentMark)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != status || response.Header.Get("Location") != location || strings.Contains(string(body), agentMark) {
		t.Errorf("%s: answered %d, %v, %q", path, response.StatusCode, response.Header, body)
	}
}
