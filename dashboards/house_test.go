package dashboards

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"golang.org/x/net/html"

	"sporlos/dashboards/test/fixture"
	"sporlos/dashboards/vault"
	"sporlos/site"
	"sporlos/store"
	"sporlos/store/enginetest"
	"sporlos/store/report"
	"sporlos/store/settings"
)

// house is a running server with the sites of package fixture and a reader who is logged in.
type house struct {
	*testing.T
	store      *store.Store
	settings   *settings.Settings
	server     *httptest.Server
	dashboards *Dashboards
	client     *http.Client
	small      *site.Site
	now        time.Time
}

// halfPastTwo is 14:30 in Oslo today: rows must be younger than the retention, so the day cannot be fixed.
func halfPastTwo(t testing.TB) time.Time {
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	n := time.Now().In(zone)
	return time.Date(n.Year(), n.Month(), n.Day(), 14, 30, 0, 0, zone)
}

func open(t *testing.T, change func(*Options)) *house {
	t.Helper()
	h := &house{T: t, store: enginetest.Migrated(t), now: halfPastTwo(t)}
	h.settings = settings.Open(h.store.Conn(), func() time.Time { return h.now })
	secrets, err := vault.New(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Vault: secrets, Settings: h.settings, Report: report.New(h.store.Conn(), func() time.Time { return h.now }), Now: func() time.Time { return h.now }, CollectorURL: "https://stats.example", Version: "1.2.3"}
	if change != nil {
		change(&o)
	}
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	h.server, h.dashboards = httptest.NewServer(d), d
	t.Cleanup(h.server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	h.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return h
}

// furnished is a house with the small site in it and a reader who is logged in.
func furnished(t *testing.T, change func(*Options)) *house {
	t.Helper()
	h := open(t, change)
	ctx := context.Background()
	var err error
	if h.small, err = h.settings.AddSite(ctx, "small.example", "Europe/Oslo"); err != nil {
		t.Fatal(err)
	}
	if err := fixture.Small(ctx, h.store, h.small, h.now); err != nil {
		t.Fatal(err)
	}
	h.enter("kari")
	return h
}

// enter gives the client a session of a user, who is an owner when there was none of that name.
func (h *house) enter(user string) {
	h.Helper()
	if _, err := h.settings.AddUser(context.Background(), user); err != nil && !errors.Is(err, settings.ErrExists) {
		h.Fatal(err)
	}
	secret := settings.NewSecret()
	if err := h.settings.AddSession(context.Background(), settings.Hash(secret), settings.Session{User: user, Expires: h.now.Add(time.Hour)}); err != nil {
		h.Fatal(err)
	}
	u, _ := url.Parse(h.server.URL)
	h.client.Jar.SetCookies(u, []*http.Cookie{{Name: "sporlos", Value: secret, Path: "/"}})
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
	doc  *html.Node
}

func (h *house) do(r *http.Request) answer {
	h.Helper()
	response, err := h.client.Do(r)
	if err != nil {
		h.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		h.Fatal(err)
	}
	doc, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		h.Fatal(err)
	}
	return answer{response, string(body), doc}
}

func (h *house) get(path string, headers ...string) answer {
	h.Helper()
	r, err := http.NewRequest(http.MethodGet, h.server.URL+path, nil)
	if err != nil {
		h.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return h.do(r)
}

func (h *house) post(path string, form url.Values, headers ...string) answer {
	h.Helper()
	r, err := http.NewRequest(http.MethodPost, h.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		h.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return h.do(r)
}

// text is what a reader sees of the element with an id, with single spaces; "" when there is none.
func (a answer) text(id string) string { return words(find(a.doc, id)) }

func find(n *html.Node, id string) *html.Node {
	for c := range n.Descendants() {
		for _, at := range c.Attr {
			if at.Key == "id" && at.Val == id {
				return c
			}
		}
	}
	return nil
}

func words(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode && c.Parent.Data != "script" {
			b.WriteString(c.Data + " ")
		}
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(b.String(), "\u202f", "")), " ")
}

// links are the addresses of the links in the element with an id, by their text or label.
func (a answer) links(id string) map[string]string {
	found := map[string]string{}
	root := find(a.doc, id)
	if root == nil {
		return found
	}
	for c := range root.Descendants() {
		if c.Type == html.ElementNode && c.Data == "a" {
			at := map[string]string{}
			for _, x := range c.Attr {
				at[x.Key] = x.Val
			}
			found[words(c)] = at["href"]
		}
	}
	return found
}

func (h *house) wants(a answer, status int, texts map[string]string) {
	h.Helper()
	if a.StatusCode != status {
		h.Fatalf("%s answers %d, want %d:\n%s", a.Request.URL, a.StatusCode, status, words(a.doc))
	}
	for id, want := range texts {
		if got := a.text(id); got != want {
			h.Errorf("%s: #%s is\n     %q\nwant %q", a.Request.URL, id, got, want)
		}
	}
}

func named(name, value string) driver.NamedValue { return driver.NamedValue{Name: name, Value: value} }
