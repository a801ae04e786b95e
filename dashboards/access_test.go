package dashboards

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sporlos/store/settings"
)

// guardedRoutes are the routes of the pages with what each needs and where to try it. Who adds a route adds a line here.
var guardedRoutes = []struct{ pattern, needs, path string }{
	{"GET /{$}", "login", "/"},
	{"GET /{domain}", "reads", "/small.example"},
	{"GET /{domain}/{panel}", "reads", "/small.example/sources"},
	{"GET /{domain}/export/{file}", "reads", "/small.example/export/pages.csv"},
	{"GET /{domain}/raw/{file}", "owns", "/small.example/raw/events.csv"},
	{"GET /{domain}/settings", "edits", "/small.example/settings"},
	{"POST /{domain}/settings", "edits", "/small.example/settings"},
	{"GET /{domain}/sharing", "owns", "/small.example/sharing"},
	{"POST /{domain}/sharing", "owns", ""}, // see TestSharingIsForOwners
	{"GET /-/unsubscribe", "nothing", ""},
	{"POST /-/unsubscribe", "nothing", ""},
	{"POST /share/{secret}", "share", ""}, // these: TestBearerGetsNothingElse
	{"GET /share/{secret}", "share", ""},
	{"GET /share/{secret}/{panel}", "share", ""},
	{"GET /share/{secret}/export/{file}", "share", ""},
	{"GET /share/{secret}/embed", "share", ""},
	{"GET /share/{secret}/embed/{panel}", "share", ""},
	{"GET /share/{secret}/embed/export/{file}", "share", ""},
	{"GET /share/{secret}/embed-light", "share", ""},
	{"GET /share/{secret}/embed-light/{panel}", "share", ""},
	{"GET /share/{secret}/embed-light/export/{file}", "share", ""},
	{"GET /share/{secret}/embed-dark", "share", ""},
	{"GET /share/{secret}/embed-dark/{panel}", "share", ""},
	{"GET /share/{secret}/embed-dark/export/{file}", "share", ""},
	{"GET /{domain}/settings/{section}", "edits", "/small.example/settings/goals"},
	{"POST /{domain}/settings/{section}", "edits", "/small.example/settings/goals"},
	{"GET /{domain}/install", "edits", "/small.example/install"},
	{"GET /{domain}/remove", "owns", "/small.example/remove"},
	{"POST /{domain}/remove", "owns", "/small.example/remove"},
	{"GET /-/sites", "login", "/-/sites"},
	{"POST /-/sites", "administers", "/-/sites"},
	{"GET /-/audit", "administers", "/-/audit"},
	{"GET /-/account", "account", "/-/account"},
	{"POST /-/account/password", "account", "/-/account/password"},
	{"POST /-/account/sessions", "account", "/-/account/sessions"},
	{"GET /-/account/second", "account", "/-/account/second"},
	{"POST /-/account/second", "account", "/-/account/second"},
	{"POST /-/account/second/codes", "account", "/-/account/second/codes"},
	{"POST /-/account/second/off", "account", "/-/account/second/off"},
	{"GET /-/users", "administers", "/-/users"},
	{"POST /-/users", "administers", "/-/users"},
	{"GET /-/users/edit", "administers", "/-/users/edit?name=owner"},
	{"POST /-/users/edit", "administers", ""}, // tried below, on somebody
	{"POST /-/users/link", "administers", ""},
	{"POST /-/users/reset", "administers", ""},
	{"POST /-/users/remove", "administers", ""},
	{"POST /-/users/require", "administers", "/-/users/require"},
	{"GET /-/tokens", "administers", "/-/tokens"},
	{"POST /-/tokens", "administers", "/-/tokens"},
	{"POST /-/tokens/remove", "administers", ""},
	{"GET /login/code", "nothing", ""},
	{"POST /login/code", "nothing", ""},
	{"GET /login", "nothing", "/login"},
	{"POST /login", "nothing", ""},
	{"POST /logout", "nothing", ""},
	{"GET /welcome/{secret}", "nothing", ""},
	{"POST /welcome/{secret}", "nothing", ""},
	{"POST /theme", "nothing", "/theme"},
	{"POST /language", "nothing", "/language"},
	{"/", "nothing", ""},
}

// personas are who asks: name → access, and what a route that needs something answers them: let in, 403 or 404. nil access: not logged in.
var personas = []struct {
	name                                   string
	access                                 *settings.Access
	login, reads, edits, owns, administers int
}{
	{"nobody", nil, 303, 303, 303, 303, 303},
	{"stranger", &settings.Access{Role: "sites", Sites: map[string]settings.Role{"other.example": "owner"}}, 200, 404, 404, 404, 403},
	{"homeless", &settings.Access{Role: "sites"}, 200, 404, 404, 404, 403},
	{"nonsense", &settings.Access{Role: "emperor", Sites: map[string]settings.Role{"small.example": "owner"}}, 200, 404, 404, 404, 403},
	{"nonsense-here", &settings.Access{Role: "sites", Sites: map[string]settings.Role{"small.example": "emperor"}}, 200, 404, 404, 404, 403},
	{"viewer-here", &settings.Access{Role: "sites", Sites: map[string]settings.Role{"small.example": "viewer"}}, 200, 200, 403, 403, 403},
	{"editor-here", &settings.Access{Role: "sites", Sites: map[string]settings.Role{"small.example": "editor"}}, 200, 200, 200, 403, 403},
	{"owner-here", &settings.Access{Role: "sites", Sites: map[string]settings.Role{"small.example": "owner"}}, 200, 200, 200, 200, 403},
	{"viewer", &settings.Access{Role: "viewer"}, 200, 200, 403, 403, 403},
	{"editor", &settings.Access{Role: "editor"}, 200, 200, 200, 403, 403},
	{"owner", &settings.Access{Role: "owner"}, 200, 200, 200, 200, 200},
	{"before-roles", &settings.Access{}, 200, 200, 200, 200, 200},
}

var needNames = map[need]string{needNothing: "nothing", needAccount: "account", needLogin: "login", needReads: "reads", needEdits: "edits", needOwns: "owns", needAdministers: "administers", needShare: "share"}

// TestEveryRouteIsGuarded goes through every route that is declared, as everybody.
func TestEveryRouteIsGuarded(t *testing.T) {
	h := furnished(t, nil)
	if _, err := h.settings.AddSite(context.Background(), "other.example", ""); err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, route := range guardedRoutes {
		listed[route.pattern+" "+route.needs] = true
	}
	for _, g := range h.dashboards.guards {
		if !listed[g.pattern+" "+needNames[g.need]] {
			t.Errorf("%s needs %q, which the table of this test does not say", g.pattern, needNames[g.need])
		}
		delete(listed, g.pattern+" "+needNames[g.need])
	}
	if len(listed) > 0 {
		t.Errorf("not declared: %v", listed)
	}
	for _, p := range personas {
		h.become(p.name, p.access)
		want := map[string]int{"nothing": 200, "account": p.login, "login": p.login, "reads": p.reads, "edits": p.edits, "owns": p.owns, "administers": p.administers}
		for _, route := range guardedRoutes {
			if route.path == "" {
				continue
			}
			if got := h.outcome(route.pattern, route.path); got != want[route.needs] {
				t.Errorf("%s at %s as %s: %d, want %d", route.pattern, route.path, p.name, got, want[route.needs])
			}
		}
	}
}

// become logs in as a user with that access, or out when there is none.
func (h *house) become(name string, access *settings.Access) {
	h.Helper()
	u, _ := url.Parse(h.server.URL)
	if access == nil {
		h.client.Jar.SetCookies(u, []*http.Cookie{{Name: "sporlos", Value: "", Path: "/", MaxAge: -1}})
		return
	}
	if err := h.settings.SaveUser(context.Background(), settings.User{Name: name, Created: h.now, Access: *access}); err != nil {
		h.Fatal(err)
	}
	h.enter(name)
}

// outcome is 303 when the login form is where it leads, the status when that is a refusal, and 200 when the guard lets through.
func (h *house) outcome(pattern, path string) int {
	h.Helper()
	var a answer
	if strings.HasPrefix(pattern, "POST") {
		a = h.post(path, nil)
	} else {
		a = h.get(path)
	}
	switch {
	case a.StatusCode == 303 && strings.HasPrefix(a.Header.Get("Location"), "/login"), a.StatusCode == 403, a.StatusCode == 404, a.StatusCode >= 500:
		return a.StatusCode
	}
	return 200
}

// TestASiteThatIsNotTheirsIsNowhere: not in the list, not in the menu, not under its address.
func TestASiteThatIsNotTheirsIsNowhere(t *testing.T) {
	h := furnished(t, nil)
	for _, domain := range []string{"secret.example", "also.example"} {
		if _, err := h.settings.AddSite(context.Background(), domain, ""); err != nil {
			t.Fatal(err)
		}
	}
	mine := settings.OnSites(settings.Viewer, "small.example", "also.example")
	h.become("vera", &mine)
	for path, want := range map[string]int{"/": 200, "/small.example": 200, "/small.example/sources": 200, "/secret.example": 404, "/secret.example/live": 404, "/secret.example/waiting": 404} {
		a := h.get(path)
		if a.StatusCode != want || strings.Contains(strings.ReplaceAll(a.body, path, ""), "secret.example") {
			t.Errorf("%s: %d, and secret.example is named: %v", path, a.StatusCode, strings.Contains(a.body, "secret.example"))
		}
	}
	if links := h.get("/small.example").body; strings.Contains(links, "/settings") || strings.Contains(links, "/-/audit") {
		t.Error("a viewer is offered what they may not do")
	}
	one := settings.OnSites(settings.Viewer, "small.example")
	h.become("vera", &one)
	if a := h.get("/"); a.StatusCode != 303 || a.Header.Get("Location") != "/small.example" {
		t.Errorf("the only site of a viewer: %d to %s", a.StatusCode, a.Header.Get("Location"))
	}
	if err := h.settings.RemoveUser(context.Background(), "vera"); err != nil {
		t.Fatal(err)
	}
	if a := h.get("/small.example"); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login") {
		t.Errorf("removed, and still in: %d", a.StatusCode)
	}
}

func TestAuditLog(t *testing.T) {
	h := furnished(t, nil)
	if a := h.get("/-/audit"); !strings.Contains(a.text("view"), "Nothing has been changed here yet") {
		t.Errorf("empty: %s", a.text("view"))
	}
	h.post("/small.example/settings", url.Values{"preset": {"cnil"}, "min_searches": {"3"}, "honour_signals": {"yes"}})
	h.post("/small.example/settings", url.Values{"preset": {"cnil"}, "min_searches": {"3"}, "honour_signals": {"yes"}}) // changes nothing
	a := h.get("/-/audit")
	for _, want := range []string{"14:30 UTC", "13:30 UTC", "12:30 UTC"} { // whatever Oslo's clock is ahead today
		a.body = strings.ReplaceAll(a.body, want, "HALF")
	}
	if text := a.text("changes"); strings.Count(text, "Settings of a site changed") != 1 || !strings.Contains(text, `kari Settings of a site changed small.example Searches before a phrase is shown: none → 3; Preset: none → cnil`) {
		t.Errorf("%s", text)
	}
	for i := range 120 {
		who := []string{"kari", settings.CommandLine}[i%2]
		if err := h.settings.Note(context.Background(), settings.Change{Who: who, Action: "user.add", Target: fmt.Sprintf("user-%03d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string][2]string{
		"":                                      {"1–50 · 121 changes", "/-/audit?page=2"},
		"?page=3":                               {"101–121 · 121 changes", ""},
		"?page=2&action=user.add&who=kari":      {"51–60 · 60 changes", ""},
		"?who=command+line":                     {"1–50 · 60 changes", "/-/audit?page=2&who=command+line"},
		"?who=command+line&action=site.set":     {"Nothing has been changed", ""},
		"?page=-1":                              {"1–50 · 121 changes", "/-/audit?page=2"},
		"?who=%27+OR+1%3D1&action=%3Cscript%3E": {"Nothing has been changed", ""},
	} {
		a := h.get("/-/audit" + query)
		if older := a.links("view")["Older"]; a.StatusCode != 200 || !strings.Contains(a.text("view"), want[0]) || older != want[1] {
			t.Errorf("%s: %d, lacks %q or leads to %q", query, a.StatusCode, want[0], older)
		}
	}
	if a := h.get("/-/audit?who=command+line"); strings.Contains(a.text("changes"), "kari") {
		t.Error("narrowed to the command line it shows kari's changes")
	}
}
