package dashboards

import (
	"context"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sporlos/store/settings"
)

// link makes a shared link of the small site.
func (h *house) link(share settings.Share) string {
	h.Helper()
	secret := settings.NewSecret()
	share.Domain = "small.example"
	if share.Name == "" {
		share.Name = "partners"
	}
	if _, err := h.settings.AddShare(context.Background(), settings.Hash(secret), share); err != nil {
		h.Fatal(err)
	}
	return "/share/" + secret
}

// stranger gives the client an empty jar.
func (h *house) stranger() {
	h.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.Fatal(err)
	}
	h.client.Jar = jar
}

func TestSharedLinkShowsTheFigures(t *testing.T) {
	h := furnished(t, nil)
	base := h.link(settings.Share{})
	h.stranger()
	a := h.get(base)
	h.wants(a, 200, map[string]string{"figure-visitors": "Visitors 3 ↗ +50% up 50%", "live": "1 visitor now", "home": "small.example"})
	for text, to := range a.links("view") {
		if !strings.HasPrefix(to, base) {
			t.Errorf("%s leads out of the link, to %s", text, to)
		}
	}
	for _, path := range []string{"?f=is:country:NO", "/places", "/live", "/export/places.csv", "/export/all.zip", "/searches"} {
		if a := h.get(base + path); a.StatusCode != 200 {
			t.Errorf("%s answers %d", path, a.StatusCode)
		}
	}
	if strings.Contains(a.body, "/settings") || strings.Contains(a.body, "/sharing") || strings.Contains(a.body, `href="/"`) {
		t.Error("the page leads to what a bearer has no business with")
	}
}

// TestBearerGetsNothingElse tries every route there is as somebody who has a link.
func TestBearerGetsNothingElse(t *testing.T) {
	h := furnished(t, nil)
	if _, err := h.settings.AddSite(context.Background(), "other.example", "UTC"); err != nil {
		t.Fatal(err)
	}
	base := h.link(settings.Share{})
	h.stranger()
	h.get(base)
	for _, route := range guardedRoutes {
		if route.path == "" || route.needs == "nothing" {
			continue
		}
		ask := func() answer { return h.get(route.path) }
		if strings.HasPrefix(route.pattern, "POST ") {
			ask = func() answer { return h.post(route.path, nil) }
		}
		if a := ask(); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login") {
			t.Errorf("%s answers %d", route.pattern, a.StatusCode)
		}
	}
	for _, framed := range []string{"", "/embed", "/embed-dark"} {
		for _, path := range []string{"/settings", "/sharing", "/newsletters", "/waiting", "/raw/events.csv", "/export/newsletters.csv", "/export/events.parquet", "/other.example", "/-/audit", "/users", "/export/../settings"} {
			if a := h.get(base + framed + path); a.StatusCode == 200 {
				t.Errorf("%s%s answers", framed, path)
			}
		}
	}
	for _, path := range []string{"/settings", "/sharing", ""} {
		if a := h.post(base+path, url.Values{"do": {"open"}, "public": {"yes"}}); a.StatusCode == 303 && path != "" || path != "" && a.StatusCode == 200 {
			t.Errorf("POST %s answers %d", path, a.StatusCode)
		}
	}
	if a := h.get("/share/" + settings.NewSecret()); a.StatusCode != 404 {
		t.Errorf("a link that was never made answers %d", a.StatusCode)
	}
}

// TestLimitedLink: what it is limited to cannot be taken away, widened or gone round. Two of three visitors are from Norway.
func TestLimitedLink(t *testing.T) {
	h := furnished(t, nil)
	base := h.link(settings.Share{Query: "f=is:country:NO"})
	h.stranger()
	a := h.get(base)
	h.wants(a, 200, map[string]string{"figure-visitors": "Visitors 2 – nothing to compare with", "panel-searches": "", "refused": "", "live": ""})
	for query, want := range map[string]string{"?f=is:country:DE": "Visitors 0", "?f=is:country:NO|DE": "Visitors 2", "?f=not:country:NO": "Visitors 0", "?f=is:browser:Safari": "Visitors 1", "?period=12mo": "Visitors 2"} {
		if got := h.get(base + query).text("figure-visitors"); !strings.HasPrefix(got, want) {
			t.Errorf("%s shows %q, want %s", query, got, want)
		}
	}
	for _, path := range []string{"/searches", "/live", "/export/searches.csv", "/export/refused.csv", "/export/newsletters.csv"} {
		if a := h.get(base + path); a.StatusCode != 404 {
			t.Errorf("%s answers %d", path, a.StatusCode)
		}
	}
	if got := lines(t, h.get(base+"/export/places.csv").body); len(got) != 2 || !strings.HasPrefix(got[1], "NO|2|100|") {
		t.Errorf("countries as a file: %q", got)
	}
	if got := lines(t, h.get(base+"/export/chart.csv?period=today").body); !strings.HasSuffix(got[10], " 09:00:00|0|0|0|0|0|0") {
		t.Errorf("the chart as a file: %q", got)
	}
	if a := h.get(base + "/export/all.zip"); strings.Contains(a.body, "searches") || strings.Contains(a.body, "refused.csv") {
		t.Error("the ZIP holds what cannot be filtered")
	}
	if a := h.get(base, "HX-Target", "section#panel-searches"); a.StatusCode != 404 {
		t.Errorf("the panel alone answers %d", a.StatusCode)
	}
	if a := h.get(h.link(settings.Share{Query: "f=is:shoe_size:44"})); a.StatusCode != 404 {
		t.Errorf("a limit that is not understood answers %d", a.StatusCode)
	}
}

func TestLinkWithPassword(t *testing.T) {
	h := furnished(t, nil)
	encoded, err := h.dashboards.hasher.Hash(context.Background(), "snow on the fjord")
	if err != nil {
		t.Fatal(err)
	}
	base, other := h.link(settings.Share{Password: encoded}), h.link(settings.Share{Password: encoded})
	h.stranger()
	for _, path := range []string{"", "/pages", "/export/pages.csv", "/live", "/embed"} {
		if a := h.get(base + path); a.StatusCode != 401 || strings.Contains(a.body, "pricing") {
			t.Errorf("%s without the password: %d", path, a.StatusCode)
		}
	}
	if a := h.post(base, url.Values{"password": {"rain on the fjord"}}); a.StatusCode != 401 || a.text("problem") != "The password is not right." {
		t.Errorf("a wrong password: %d %s", a.StatusCode, a.text("problem"))
	}
	if a := h.post(base, url.Values{"password": {"snow on the fjord"}}); a.StatusCode != 303 || a.Header.Get("Location") != base {
		t.Fatalf("the right password: %d", a.StatusCode)
	}
	h.wants(h.get(base), 200, map[string]string{"figure-visitors": "Visitors 3 ↗ +50% up 50%"})
	if a := h.get(other); a.StatusCode != 401 {
		t.Errorf("another link with the same password is open: %d", a.StatusCode)
	}
	var throttled bool
	for range 12 {
		throttled = throttled || h.post(other, url.Values{"password": {"guess guess guess"}}).StatusCode == 429
	}
	if !throttled {
		t.Error("passwords can be guessed without end")
	}
}

func TestLinkEnds(t *testing.T) {
	h := furnished(t, nil)
	base := h.link(settings.Share{Expires: h.now.Add(time.Hour)})
	revoked := h.link(settings.Share{Name: "old"})
	list, err := h.settings.SharesOf(context.Background(), "small.example")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(s settings.Share) bool { return s.Name == "old" })
	if a := h.post("/small.example/sharing", url.Values{"do": {"share.revoke"}, "id": {list[i].ID}}); a.StatusCode != 303 {
		t.Fatalf("revoking: %d", a.StatusCode)
	}
	h.stranger()
	if a, b := h.get(base), h.get(revoked); a.StatusCode != 200 || b.StatusCode != 404 {
		t.Errorf("before its end %d, revoked %d", a.StatusCode, b.StatusCode)
	}
	h.now = h.now.Add(time.Hour)
	if a := h.get(base); a.StatusCode != 404 {
		t.Errorf("after its end %d", a.StatusCode)
	}
}

// TestFraming: only the framed view of a link can be framed, and only by origins that were allowed.
func TestFraming(t *testing.T) {
	h := furnished(t, nil)
	base := h.link(settings.Share{})
	policy := func(path string) (string, string) {
		a := h.get(path)
		if a.StatusCode != 200 {
			t.Fatalf("%s answers %d", path, a.StatusCode)
		}
		_, ancestors, _ := strings.Cut(a.Header.Get("Content-Security-Policy"), "frame-ancestors ")
		return ancestors, a.Header.Get("X-Frame-Options")
	}
	if ancestors, options := policy(base + "/embed"); ancestors != "'none'" || options != "DENY" {
		t.Errorf("before anything was allowed: %s, %s", ancestors, options)
	}
	if a := h.post("/small.example/sharing", url.Values{"do": {"open"}, "origins": {"https://Intranet.example.org/\nhttp://127.0.0.1:3000"}}); a.StatusCode != 303 {
		t.Fatalf("allowing answers %d: %s", a.StatusCode, a.text("problem"))
	}
	for _, path := range []string{"/embed", "/embed-dark", "/embed/pages", "/embed-light?period=7d"} {
		if ancestors, options := policy(base + path); ancestors != "https://intranet.example.org http://127.0.0.1:3000" || options != "" {
			t.Errorf("%s: %s, %s", path, ancestors, options)
		}
	}
	for _, path := range []string{base, "/small.example", "/small.example/sharing"} {
		if ancestors, options := policy(path); ancestors != "'none'" || options != "DENY" {
			t.Errorf("%s can be framed: %s, %s", path, ancestors, options)
		}
	}
	a := h.get(base + "/embed-dark")
	if !strings.Contains(a.body, `data-theme="dark"`) || strings.Contains(a.body, `class="bar"`) || !strings.Contains(a.body, base+"/embed-dark/export/") {
		t.Error("the framed view is not without a bar, or not dark, or leads out of itself")
	}
	if a := h.get(base + "/embed?theme=light"); a.Header.Get("Location") != base+"/embed-light" {
		t.Errorf("a theme leads to %q", a.Header.Get("Location"))
	}
	for _, wrong := range []string{"*", "https://*.example.org", "example.org", "https://a.example/path", "https://a.example; script-src *", "'self'", "data:", "https://u:p@a.example"} {
		if a := h.post("/small.example/sharing", url.Values{"do": {"open"}, "origins": {wrong}}); a.StatusCode != 422 {
			t.Errorf("the origin %q is taken: %d", wrong, a.StatusCode)
		}
	}
}

func TestPublicDashboard(t *testing.T) {
	h := furnished(t, nil)
	if _, err := h.settings.AddSite(context.Background(), "other.example", "UTC"); err != nil {
		t.Fatal(err)
	}
	if a := h.post("/small.example/sharing", url.Values{"do": {"open"}, "public": {"yes"}}); a.StatusCode != 303 {
		t.Fatalf("%d", a.StatusCode)
	}
	h.stranger()
	h.wants(h.get("/small.example"), 200, map[string]string{"figure-visitors": "Visitors 3 ↗ +50% up 50%"})
	for path, status := range map[string]int{
		"/small.example/pages": 200, "/small.example/export/pages.csv": 200, "/small.example/live": 200,
		"/small.example/settings": 303, "/small.example/sharing": 303, "/small.example/raw/events.csv": 303, "/other.example": 303, "/": 303, "/-/audit": 303,
	} {
		if a := h.get(path); a.StatusCode != status {
			t.Errorf("%s answers everybody %d, want %d", path, a.StatusCode, status)
		}
	}
	h.become("other-owner", &settings.Access{Role: "sites", Sites: map[string]settings.Role{"other.example": "owner"}})
	if a := h.get("/small.example"); a.StatusCode != 200 {
		t.Errorf("a user without a role there: %d", a.StatusCode)
	}
	if a := h.post("/small.example/sharing", url.Values{"do": {"open"}}); a.StatusCode != 404 {
		t.Errorf("a user without a role there may change it: %d", a.StatusCode)
	}
}

func TestSharingIsForOwners(t *testing.T) {
	h := furnished(t, nil)
	for role, status := range map[settings.Role]int{"viewer": 403, "editor": 403, "owner": 303} {
		h.become("as-"+string(role), &settings.Access{Role: role})
		if a := h.post("/small.example/sharing", url.Values{"do": {"open"}}); a.StatusCode != status {
			t.Errorf("as %s: %d, want %d", role, a.StatusCode, status)
		}
	}
}
