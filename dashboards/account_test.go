package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sporlos/dashboards/totp"
	"sporlos/store/settings"
)

// cookieOf is the session cookie the client has.
func (h *house) cookieOf() string {
	u, _ := url.Parse(h.server.URL)
	for _, c := range h.client.Jar.Cookies(u) {
		if c.Name == "sporlos" {
			return c.Value
		}
	}
	return ""
}

// opens tells whether a cookie opens the dashboards, apart from the client's.
func (h *house) opens(cookie string) bool {
	h.Helper()
	r, err := http.NewRequest(http.MethodGet, h.server.URL+"/-/account", nil)
	if err != nil {
		h.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "sporlos", Value: cookie})
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		h.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode == 200
}

var sealedField = regexp.MustCompile(`name="sealed" value="([^"]+)"`)

// setUp turns the second factor on for who is logged in, and returns its secret and the recovery codes.
func (h *house) setUp(user string) (secret []byte, codes []string) {
	h.Helper()
	a := h.get("/-/account/second")
	found := sealedField.FindStringSubmatch(a.body)
	if found == nil || !strings.Contains(a.body, `<path class="ink" d="M4 4h1v1h-1z`) { // the finder in the corner of the QR code
		h.Fatalf("%d: nothing to set up:\n%s", a.StatusCode, a.text("view"))
	}
	sealed := strings.ReplaceAll(found[1], "&#43;", "+")
	secret, err := h.dashboards.Vault.Open("new second factor of "+user, sealed)
	if err != nil || !strings.Contains(strings.ReplaceAll(a.text("secret"), " ", ""), totp.Text(secret)) {
		h.Fatalf("the text on the page is another secret: %v", err)
	}
	if a := h.post("/-/account/second", url.Values{"sealed": {sealed}, "code": {"000000"}}); a.StatusCode != 422 {
		h.Errorf("a wrong code turns it on: %d", a.StatusCode)
	}
	a = h.post("/-/account/second", url.Values{"sealed": {sealed}, "code": {totp.Code(secret, totp.Step(h.now))}})
	if a.StatusCode != 200 {
		h.Fatalf("%d %s", a.StatusCode, a.text("problem"))
	}
	return secret, strings.Fields(a.text("codes"))
}

func TestSecondFactor(t *testing.T) {
	h := withUser(t, nil)
	ctx := context.Background()
	h.post("/login", credentials("kari", secret))
	before := h.cookieOf()
	shared, codes := h.setUp("kari")
	if len(codes) != 10 || h.opens(before) || h.get("/-/account").StatusCode != 200 {
		t.Fatalf("%d codes; the cookie from before opens: %v", len(codes), h.opens(before))
	}
	var plain uint64
	if err := h.store.QueryRow(ctx, "SELECT count() FROM settings WHERE position(value, {a:String}) > 0 OR position(value, {b:String}) > 0",
		named("a", totp.Text(shared)), named("b", strings.ReplaceAll(codes[0], "-", ""))).Scan(&plain); err != nil || plain != 0 {
		t.Errorf("the secret or a recovery code is stored in %d rows, %v", plain, err)
	}
	h.post("/logout", nil)
	login := func() {
		t.Helper()
		if a := h.post("/login", credentials("kari", secret)); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login/code") {
			t.Fatalf("%d to %s", a.StatusCode, a.Header.Get("Location"))
		}
	}
	code := func(text string) int { return h.post("/login/code", url.Values{"code": {text}}).StatusCode }
	if a := h.get("/login/code"); a.StatusCode != 303 {
		t.Errorf("the code is asked for without a password: %d", a.StatusCode)
	}
	login()
	if a := h.get("/"); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login") {
		t.Errorf("the password alone opens the dashboards: %d", a.StatusCode)
	}
	if got := code(totp.Code(shared, totp.Step(h.now))); got != 401 {
		t.Errorf("the code that was used at the set-up works again: %d", got)
	}
	h.now = h.now.Add(time.Minute)
	half := h.cookieOf()
	if got := code(totp.Code(shared, totp.Step(h.now))); got != 303 || h.get("/").StatusCode != 200 || h.opens(half) {
		t.Errorf("the right code: %d; the cookie from before it opens: %v", got, h.opens(half))
	}
	h.post("/logout", nil)
	login()
	if got := code(totp.Code(shared, totp.Step(h.now))); got != 401 {
		t.Errorf("the same code again: %d", got)
	}
	if got := code(strings.ToUpper(codes[3])); got != 303 {
		t.Errorf("a recovery code: %d", got)
	}
	h.post("/logout", nil)
	login()
	if got := code(codes[3]); got != 401 {
		t.Errorf("a recovery code again: %d", got)
	}
	for range 6 {
		code("123456")
	}
	if got := code(totp.Code(shared, totp.Step(h.now)+1)); got != 429 {
		t.Errorf("after many tries: %d", got)
	}
	h.now = h.now.Add(11 * time.Minute)
	if got := code(totp.Code(shared, totp.Step(h.now))); got != 303 || h.get("/").StatusCode != 303 {
		t.Errorf("a password that was given 11 minutes ago is good for the code: %d", got)
	}
	list, _, err := h.settings.Changes(ctx, "kari", "user.recovery", 0, 9)
	if err != nil || len(list) != 1 {
		t.Errorf("the audit log knows of %d recovery codes, %v", len(list), err)
	}
}

func TestASecondFactorCanBeDemanded(t *testing.T) {
	h := withUser(t, nil)
	require := func() int { return h.post("/-/users/require", url.Values{"require": {"yes"}}).StatusCode }
	h.post("/login", credentials("kari", secret))
	if got := require(); got != 422 {
		t.Errorf("demanded by somebody who has none: %d", got)
	}
	h.setUp("kari")
	if got := require(); got != 303 {
		t.Fatalf("%d", got)
	}
	if a := h.post("/-/account/second/off", url.Values{"current": {secret}}); !strings.Contains(a.text("problem"), "everybody needs") {
		t.Errorf("turned off although it is demanded: %s", a.text("problem"))
	}
	h.enter("ola") // who has none
	for path, want := range map[string]int{"/": 303, "/-/users": 303, "/-/account": 200, "/-/account/second": 200} {
		if a := h.get(path); a.StatusCode != want || want == 303 && a.Header.Get("Location") != "/-/account/second" {
			t.Errorf("%s: %d to %s", path, a.StatusCode, a.Header.Get("Location"))
		}
	}
	h.setUp("ola")
	if a := h.get("/-/users"); a.StatusCode != 200 {
		t.Errorf("with one: %d", a.StatusCode)
	}
	if a := h.post("/-/users/reset", url.Values{"name": {"kari"}}); a.StatusCode != 303 {
		t.Errorf("reset: %d", a.StatusCode)
	}
	if _, err := h.settings.Second(context.Background(), "kari"); err == nil {
		t.Error("kari still has one")
	}
}

func TestPasswordAndSessions(t *testing.T) {
	h := withUser(t, nil)
	h.post("/login", credentials("kari", secret), "User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
	other := h.cookieOf()
	h.client.Jar.SetCookies(must(url.Parse(h.server.URL)), []*http.Cookie{{Name: "sporlos", Value: "", Path: "/", MaxAge: -1}})
	h.post("/login", credentials("kari", secret), "User-Agent", "Mozilla/5.0 AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0")
	if text := h.get("/-/account").text("sessions"); !strings.Contains(text, "Edge this one") || !strings.Contains(text, "Firefox") || strings.Contains(text, "145") {
		t.Errorf("%s", text)
	}
	mine := h.cookieOf()
	if h.post("/-/account/sessions", nil).StatusCode != 303 || h.opens(other) || !h.opens(mine) {
		t.Errorf("log out elsewhere: the other opens %v, mine %v", h.opens(other), h.opens(mine))
	}
	change := func(current, password string) answer {
		return h.post("/-/account/password", url.Values{"current": {current}, "password": {password}, "again": {password}})
	}
	if a := change("wrong", "ice on the lake today"); a.StatusCode != 422 || !strings.Contains(a.text("problem"), "current password is not right") {
		t.Errorf("%d %s", a.StatusCode, a.text("problem"))
	}
	if a := change(secret, "short"); a.StatusCode != 422 || !strings.Contains(a.text("problem"), "too short") {
		t.Errorf("%d %s", a.StatusCode, a.text("problem"))
	}
	if a := change(secret, "ice on the lake today"); a.StatusCode != 303 || h.opens(mine) || h.get("/-/account?done=password").StatusCode != 200 {
		t.Errorf("%d; the cookie from before opens: %v", a.StatusCode, h.opens(mine))
	}
	for range 6 {
		change("wrong", "x")
	}
	if a := change("ice on the lake today", "sun on the hills today"); a.StatusCode != 429 {
		t.Errorf("after many tries: %d", a.StatusCode)
	}
}

// TestSessionsThatAreNotUsedEnd: a week without use ends one, use keeps it up, thirty days end it all the same.
func TestSessionsThatAreNotUsedEnd(t *testing.T) {
	h := withUser(t, nil)
	h.post("/login", credentials("kari", secret))
	cookie, began := h.cookieOf(), h.now
	for range 4 {
		h.now = h.now.Add(7 * 24 * time.Hour)
		if !h.opens(cookie) {
			t.Fatalf("used every week it ended after %v", h.now.Sub(began))
		}
	}
	h.now = began.Add(30*24*time.Hour + time.Second)
	if h.opens(cookie) {
		t.Error("it outlives thirty days")
	}
	h.post("/login", credentials("kari", secret))
	cookie = h.cookieOf()
	h.now = h.now.Add(8 * 24 * time.Hour)
	if h.opens(cookie) {
		t.Error("eight days without use, and it opens")
	}
}

// TestASessionIsNewAtEachLogin: a cookie that somebody planted, or that was there before, is not the one that is logged in.
func TestASessionIsNewAtEachLogin(t *testing.T) {
	h := withUser(t, nil)
	u := must(url.Parse(h.server.URL))
	h.client.Jar.SetCookies(u, []*http.Cookie{{Name: "sporlos", Value: "planted", Path: "/"}})
	h.post("/login", credentials("kari", secret))
	first := h.cookieOf()
	if first == "planted" || h.opens("planted") {
		t.Error("the planted cookie is logged in")
	}
	h.post("/login", credentials("kari", secret))
	if second := h.cookieOf(); second == first || h.opens(first) || !h.opens(second) {
		t.Error("after another login the first cookie still opens")
	}
}

func TestUsersPage(t *testing.T) {
	h := furnished(t, nil)
	a := h.post("/-/users", url.Values{"name": {"Vera@example.org"}, "all": {""}, "on.small.example": {"editor"}, "on.nowhere.example": {"owner"}})
	link := a.text("link")
	if a.StatusCode != 200 || !strings.HasPrefix(link, h.server.URL+"/welcome/") {
		t.Fatalf("%d %q %s", a.StatusCode, link, a.text("problem"))
	}
	if text := a.text("users"); !strings.Contains(text, "vera@example.org Editor of small.example off Invited") || strings.Contains(text, "nowhere") {
		t.Errorf("%s", text)
	}
	if again := h.get("/-/users"); strings.Contains(again.body, "/welcome/") {
		t.Error("the link is shown twice")
	}
	if a := h.get(strings.TrimPrefix(link, h.server.URL)); a.StatusCode != 200 {
		t.Errorf("the link: %d", a.StatusCode)
	}
	for problem, form := range map[string]url.Values{
		"already":         {"name": {"vera@example.org"}, "all": {"viewer"}},
		"without spaces":  {"name": {"a b"}, "all": {"viewer"}},
		"Choose a role":   {"name": {"ida"}, "all": {""}},
		"Choose a role, ": {"name": {"ida"}, "all": {"emperor"}},
	} {
		if a := h.post("/-/users", form); a.StatusCode != 422 || !strings.Contains(a.text("problem"), problem) {
			t.Errorf("%v: %d %s", form, a.StatusCode, a.text("problem"))
		}
	}
	if a := h.post("/-/users/edit", url.Values{"name": {"vera@example.org"}, "all": {"owner"}}); a.StatusCode != 303 {
		t.Errorf("%d", a.StatusCode)
	}
	if a := h.post("/-/users/remove", url.Values{"name": {"kari"}}); a.StatusCode != 422 || !strings.Contains(a.text("problem"), "cannot remove yourself") {
		t.Errorf("%d %s", a.StatusCode, a.text("problem"))
	}
	if a := h.post("/-/users/remove", url.Values{"name": {"vera@example.org"}}); a.StatusCode != 303 {
		t.Errorf("%d", a.StatusCode)
	}
	if a := h.post("/-/users/edit", url.Values{"name": {"kari"}, "all": {"viewer"}}); a.StatusCode != 422 || !strings.Contains(a.text("problem"), "last owner") {
		t.Errorf("%d %s", a.StatusCode, a.text("problem"))
	}
	if a := h.get(strings.TrimPrefix(link, h.server.URL)); a.StatusCode != 410 {
		t.Errorf("the link of a removed user: %d", a.StatusCode)
	}
	text := h.get("/-/audit").text("changes")
	for _, want := range []string{"User added vera@example.org Editor of small.example", "Role changed vera@example.org Editor of small.example → Owner of all sites", "User removed vera@example.org"} {
		if !strings.Contains(text, want) {
			t.Errorf("the audit log lacks %q: %s", want, text)
		}
	}
	if secret := link[strings.LastIndex(link, "/")+1:]; strings.Contains(h.get("/-/audit").body, secret) {
		t.Error("the audit log tells the link")
	}
}

func TestTokensPage(t *testing.T) {
	h := furnished(t, nil)
	a := h.post("/-/tokens", url.Values{"name": {"reports"}, "site": {"small.example", "nowhere.example"}, "days": {"30"}})
	token := a.text("token")
	if a.StatusCode != 200 || len(token) != 43 {
		t.Fatalf("%d %s", a.StatusCode, a.text("problem"))
	}
	got, err := h.settings.Token(context.Background(), settings.Hash(token))
	if err != nil || !got.Allows("small.example", "stats:read") || got.Allows("nowhere.example", "stats:read") || got.Allows("small.example", "sites:write") || !got.Expires.Equal(h.now.UTC().AddDate(0, 0, 30)) {
		t.Errorf("%+v %v", got, err)
	}
	if a := h.get("/-/tokens"); strings.Contains(a.body, token) || !strings.Contains(a.text("tokens"), "reports small.example stats:read") {
		t.Errorf("%s", a.text("tokens"))
	}
	for problem, form := range map[string]url.Values{
		"at least one site": {"name": {"x"}}, "what the token is for": {"site": {"small.example"}}, "already": {"name": {"reports"}, "site": {"small.example"}},
	} {
		if a := h.post("/-/tokens", form); a.StatusCode != 422 || !strings.Contains(a.text("problem"), problem) {
			t.Errorf("%v: %d %s", form, a.StatusCode, a.text("problem"))
		}
	}
	h.now = h.now.AddDate(0, 0, 31)
	if _, err := h.settings.Token(context.Background(), settings.Hash(token)); err == nil {
		t.Error("it opens after it has expired")
	}
	h.now = h.now.AddDate(0, 0, -31)
	h.enter("kari")
	if a := h.post("/-/tokens/remove", url.Values{"name": {"reports"}}); a.StatusCode != 303 {
		t.Errorf("%d", a.StatusCode)
	}
	if _, err := h.settings.Token(context.Background(), settings.Hash(token)); err == nil {
		t.Error("it opens after it was removed")
	}
}
