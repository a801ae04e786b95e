package dashboards

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sporlos/dashboards/password"
	"sporlos/store/settings"
)

const secret = "snow on the fjord"

// withUser is a house with the user kari and her password, who is not logged in.
func withUser(t *testing.T, change func(*Options)) *house {
	t.Helper()
	h := open(t, change)
	encoded, err := password.New(1, 0).Hash(context.Background(), secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.settings.SaveUser(context.Background(), settings.User{Name: "kari", Password: encoded, Created: h.now}); err != nil {
		t.Fatal(err)
	}
	return h
}

func credentials(user, password string) url.Values {
	return url.Values{"user": {user}, "password": {password}}
}

func TestLoginAndLogout(t *testing.T) {
	h := withUser(t, nil)
	if a := h.get("/some.example?period=7d"); a.StatusCode != 303 || a.Header.Get("Location") != "/login?next=%2Fsome.example%3Fperiod%3D7d" {
		t.Fatalf("without a session: %d to %s", a.StatusCode, a.Header.Get("Location"))
	}
	if a := h.get("/some.example", "HX-Request", "true"); a.StatusCode != 401 || a.Header.Get("HX-Redirect") != "/login" {
		t.Errorf("htmx without a session: %d to %s", a.StatusCode, a.Header.Get("HX-Redirect"))
	}
	a := h.post("/login", url.Values{"user": {" Kari "}, "password": {secret}, "next": {"/some.example?period=7d"}})
	if a.StatusCode != 303 || a.Header.Get("Location") != "/some.example?period=7d" {
		t.Fatalf("login: %d to %s", a.StatusCode, a.Header.Get("Location"))
	}
	cookie := a.Header.Get("Set-Cookie")
	for _, want := range []string{"sporlos=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q lacks %s", cookie, want)
		}
	}
	if a := h.get("/"); a.StatusCode != 200 {
		t.Errorf("with a session: %d", a.StatusCode)
	}
	value := a.Cookies()[0].Value
	if a := h.post("/logout", nil); a.StatusCode != 303 || a.Header.Get("Location") != "/login?out" {
		t.Errorf("logout: %d", a.StatusCode)
	}
	if a := h.get("/", "Cookie", "sporlos="+value); a.StatusCode != 303 {
		t.Errorf("the cookie still opens the dashboards after logout: %d", a.StatusCode)
	}
}

func TestWrongLogins(t *testing.T) {
	h := withUser(t, nil)
	if _, err := h.settings.AddUser(context.Background(), "ola"); err != nil { // without a password yet
		t.Fatal(err)
	}
	for name, form := range map[string]url.Values{
		"wrong password": credentials("kari", "snow on the fjorD"), "unknown user": credentials("nobody", secret), "no password yet": credentials("ola", ""),
		"nothing": {}, "not a name": credentials("../kari\x00", secret), "long": credentials("kari", strings.Repeat("x", 6000)),
	} {
		a := h.post("/login", form)
		if a.StatusCode != 401 || !strings.Contains(a.text("problem"), "not right") || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.text("problem"))
		}
	}
	if a := h.get("/", "Cookie", "sporlos=guess"); a.StatusCode != 303 {
		t.Errorf("a guessed cookie: %d", a.StatusCode)
	}
}

// TestUnknownUserTakesAsLong compares work, not time: both ways compute one hash.
func TestUnknownUserTakesAsLong(t *testing.T) {
	h := password.New(1, 0)
	stored, err := h.Hash(context.Background(), secret)
	if err != nil {
		t.Fatal(err)
	}
	work := func(stored string) uint64 {
		r := testing.Benchmark(func(b *testing.B) {
			for range b.N {
				_, _ = h.Verify(context.Background(), stored, "wrong")
			}
		})
		return uint64(r.AllocedBytesPerOp())
	}
	if known, unknown := work(stored), work(""); unknown < known*9/10 || unknown > known*11/10 {
		t.Errorf("a wrong password takes %d bytes, an unknown user %d", known, unknown)
	}
}

func TestSessionEnds(t *testing.T) {
	h := open(t, nil)
	h.enter("kari")
	h.now = h.now.Add(2 * time.Hour)
	if a := h.get("/"); a.StatusCode != 303 {
		t.Errorf("an hour after its end a session still opens the dashboards: %d", a.StatusCode)
	}
}

// TestThrottle: it fires, for that user from that network, and for nobody else; it ends by itself.
func TestThrottle(t *testing.T) {
	h := withUser(t, func(o *Options) { o.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	try := func(user, pass, from string) int {
		return h.post("/login", credentials(user, pass), "X-Forwarded-For", from).StatusCode
	}
	for i := range 5 {
		if status := try("kari", "wrong", "203.0.113.5"); status != 401 {
			t.Fatalf("try %d: %d", i+1, status)
		}
	}
	a := h.post("/login", credentials("kari", secret), "X-Forwarded-For", "203.0.113.77") // the same network
	if a.StatusCode != 429 || a.Header.Get("Retry-After") == "" || !strings.Contains(a.text("problem"), "Too many tries") {
		t.Errorf("the sixth try, with the right password: %d %s", a.StatusCode, a.text("problem"))
	}
	if status := try("kari", secret, "198.51.100.1"); status != 303 {
		t.Errorf("kari from another network: %d", status)
	}
	if status := try("ola", "wrong", "203.0.113.5"); status != 401 {
		t.Errorf("somebody else from that network: %d", status)
	}
	h.now = h.now.Add(2 * time.Second)
	if status := try("kari", secret, "203.0.113.5"); status != 303 {
		t.Errorf("after the wait: %d", status)
	}
}

func TestManyNamesFromOneNetworkAreThrottled(t *testing.T) {
	h := withUser(t, nil)
	fired := false
	for i := range 60 {
		a := h.post("/login", credentials(fmt.Sprintf("user%d", i), ""))
		if i < 45 && a.StatusCode != 401 {
			t.Fatalf("try %d: %d", i+1, a.StatusCode)
		}
		fired = fired || a.StatusCode == 429
	}
	if !fired {
		t.Error("sixty names from one network were not slowed down")
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	h := withUser(t, nil)
	for name, headers := range map[string][]string{"by origin": {"Origin", "https://evil.example"}, "by fetch metadata": {"Sec-Fetch-Site", "cross-site"}} {
		for _, path := range []string{"/login", "/logout", "/theme", "/welcome/x"} {
			a := h.post(path, credentials("kari", secret), headers...)
			if a.StatusCode != 403 || a.Header.Get("Set-Cookie") != "" || a.text("view") == "" {
				t.Errorf("%s %s: %d", name, path, a.StatusCode)
			}
		}
	}
	if a := h.post("/login", credentials("kari", secret), "Origin", h.server.URL, "Sec-Fetch-Site", "same-origin"); a.StatusCode != 303 {
		t.Errorf("the login of our own page: %d", a.StatusCode)
	}
}

func (h *house) invite(user string, lasts time.Duration) (path string) {
	h.Helper()
	s := settings.NewSecret()
	if err := h.settings.AddInvite(context.Background(), settings.Hash(s), settings.Invite{User: user, Expires: h.now.Add(lasts)}); err != nil {
		h.Fatal(err)
	}
	return "/welcome/" + s
}

func chosen(a, b string) url.Values { return url.Values{"password": {a}, "again": {b}} }

func TestWelcomeSetsAPasswordOnce(t *testing.T) {
	h := withUser(t, nil)
	path := h.invite("kari", time.Hour)
	for range 2 { // looking does not use it up
		if a := h.get(path); a.StatusCode != 200 || !strings.Contains(a.text("view"), "Welcome, kari") || strings.Contains(a.text("view"), "demonstration") {
			t.Fatalf("%d %s", a.StatusCode, a.text("view"))
		}
	}
	for problem, form := range map[string]url.Values{
		"differ": chosen("a new password", "a new passwort"), "too short": chosen("short", "short"), "too long": chosen(strings.Repeat("x", 513), strings.Repeat("x", 513)),
	} {
		if a := h.post(path, form); a.StatusCode != 422 || !strings.Contains(a.text("problem"), problem) {
			t.Errorf("%s: %d %s", problem, a.StatusCode, a.text("problem"))
		}
	}
	if a := h.post(path, url.Values{"look": {"yes"}}); a.StatusCode != 422 {
		t.Errorf("outside a demonstration the link logs in without a password: %d", a.StatusCode)
	}
	h.enter("kari") // a session from before
	before := h.client.Jar.Cookies(must(url.Parse(h.server.URL)))[0].Value
	if a := h.post(path, chosen("a new password", "a new password")); a.StatusCode != 303 || !strings.Contains(a.Header.Get("Set-Cookie"), "HttpOnly") {
		t.Fatalf("%d %s", a.StatusCode, a.text("problem"))
	}
	if a := h.get("/"); a.StatusCode != 200 {
		t.Errorf("not logged in afterwards: %d", a.StatusCode)
	}
	r, err := http.NewRequest(http.MethodGet, h.server.URL+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "sporlos", Value: before})
	if response, err := http.DefaultTransport.RoundTrip(r); err != nil || response.StatusCode != 303 {
		t.Errorf("a session opened with the old password is still open: %v %v", response, err)
	}
	for _, a := range []answer{h.get(path), h.post(path, chosen("another password", "another password"))} {
		if a.StatusCode != 410 || !strings.Contains(a.text("view"), "has been used or has expired") {
			t.Errorf("used again: %d %s", a.StatusCode, a.text("view"))
		}
	}
	if a := h.post("/login", credentials("kari", secret)); a.StatusCode != 401 {
		t.Errorf("the old password: %d", a.StatusCode)
	}
	if a := h.post("/login", credentials("kari", "a new password")); a.StatusCode != 303 {
		t.Errorf("the new password: %d", a.StatusCode)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestWelcomeExpires(t *testing.T) {
	h := withUser(t, nil)
	path := h.invite("kari", time.Hour)
	h.now = h.now.Add(61 * time.Minute)
	for _, a := range []answer{h.get(path), h.post(path, chosen("a new password", "a new password")), h.get("/welcome/guess")} {
		if a.StatusCode != 410 {
			t.Errorf("%s: %d", a.Request.Method, a.StatusCode)
		}
	}
}

func TestDemoLinkLogsIn(t *testing.T) {
	h := withUser(t, func(o *Options) { o.Demo = true })
	path := h.invite("kari", time.Hour)
	if a := h.get(path); !strings.Contains(a.text("view"), "demonstration") {
		t.Errorf("%s", a.text("view"))
	}
	if a := h.post(path, url.Values{"look": {"yes"}}); a.StatusCode != 303 {
		t.Fatalf("%d", a.StatusCode)
	}
	if a := h.get("/"); a.StatusCode != 200 {
		t.Errorf("not logged in: %d", a.StatusCode)
	}
	if a := h.post(path, url.Values{"look": {"yes"}}); a.StatusCode != 410 {
		t.Errorf("used again: %d", a.StatusCode)
	}
}

func TestSecureCookies(t *testing.T) {
	h := withUser(t, func(o *Options) { o.Secure = true })
	a := h.post("/login", credentials("kari", secret))
	if cookie := a.Header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-sporlos=") || !strings.Contains(cookie, "Secure") {
		t.Errorf("%d %s", a.StatusCode, cookie)
	}
}

func TestTheme(t *testing.T) {
	h := open(t, nil)
	a := h.post("/theme", url.Values{"theme": {"dark"}, "back": {"/login?next=%2F"}})
	if a.StatusCode != 303 || a.Header.Get("Location") != "/login?next=%2F" {
		t.Errorf("%d to %s", a.StatusCode, a.Header.Get("Location"))
	}
	if a := h.get("/login"); !strings.Contains(a.body, `data-theme="dark"`) {
		t.Error("the page is not dark")
	}
	for _, back := range []string{"//evil.example", "https://evil.example", "/\\evil.example", "", "evil", "/\tevil"} {
		if a := h.post("/theme", url.Values{"theme": {"<script>"}, "back": {back}}); a.Header.Get("Location") != "/" || !strings.Contains(a.Header.Get("Set-Cookie"), "theme=auto") {
			t.Errorf("%q leads to %q", back, a.Header.Get("Location"))
		}
	}
}

func TestNetwork(t *testing.T) {
	d := &Dashboards{Options: Options{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	for _, c := range []struct{ peer, forwarded, want string }{
		{"192.0.2.77:1", "", "192.0.2.0/24"},
		{"192.0.2.77:1", "203.0.113.9", "192.0.2.0/24"}, // not from a proxy of ours
		{"10.0.0.1:1", "203.0.113.9", "203.0.113.0/24"},
		{"10.0.0.1:1", "198.51.100.1, 203.0.113.9", "203.0.113.0/24"}, // what stands further left anybody can write
		{"10.0.0.1:1", "203.0.113.9, 10.2.3.4", "203.0.113.0/24"},
		{"10.0.0.1:1", "nonsense", "10.0.0.0/24"},
		{"10.0.0.1:1", "", "10.0.0.0/24"},
		{"[2001:db8:1:2::7]:1", "", "2001:db8:1::/48"},
		{"[::ffff:192.0.2.77]:1", "", "192.0.2.0/24"},
		{"nonsense", "", ""},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := d.network(r); got != c.want {
			t.Errorf("%s for %q: %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
}

func TestLogsAndMetricsTellNothing(t *testing.T) {
	var log bytes.Buffer
	registry := prometheus.NewRegistry()
	h := withUser(t, func(o *Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		o.Registerer = registry
		o.API = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a phrase: ola nordmann") })
	})
	h.post("/login", credentials("kari", "wrong"))
	h.post("/login", credentials("kari", secret))
	h.get("/nowhere.example/x/y")
	if a := h.get("/api/v2/query"); a.StatusCode != 500 || strings.Contains(a.body, "goroutine") || !strings.Contains(a.text("view"), "Something went wrong") {
		t.Errorf("a panic answers %d: %s", a.StatusCode, a.body)
	}
	if text := log.String(); strings.Contains(text, "nordmann") || strings.Contains(text, "127.0.0.1") || strings.Contains(text, "kari") || !strings.Contains(text, "a fault of the dashboards") {
		t.Errorf("the log says %s", text)
	}
	want := []string{
		"sporlos_dashboard_logins_total ok 1", "sporlos_dashboard_logins_total wrong 1",
		"sporlos_dashboard_requests_total 3xx login 1", "sporlos_dashboard_requests_total 4xx login 1", "sporlos_dashboard_requests_total 4xx other 1", "sporlos_dashboard_requests_total 5xx api 1",
	}
	if got := counters(t, registry); !slices.Equal(got, want) {
		t.Errorf("the metrics say\n%s", strings.Join(got, "\n"))
	}
}

// counters lists the counters of a registry: name, values of labels, value.
func counters(t *testing.T, registry *prometheus.Registry) (list []string) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if m.GetCounter() == nil {
				continue
			}
			line := f.GetName()
			for _, l := range m.GetLabel() {
				line += " " + l.GetValue()
			}
			list = append(list, fmt.Sprintf("%s %v", line, m.GetCounter().GetValue()))
		}
	}
	return list
}

func TestAPIIsMounted(t *testing.T) {
	h := open(t, func(o *Options) {
		o.API = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })
	})
	if a := h.post("/api/v2/query", nil, "Origin", "https://elsewhere.example"); a.StatusCode != http.StatusTeapot {
		t.Errorf("the API answers %d; bearer tokens need no protection from other origins", a.StatusCode)
	}
	if a := open(t, nil).post("/api/v2/query", nil); a.StatusCode != 404 {
		t.Errorf("without an API: %d", a.StatusCode)
	}
}
