package dashboards

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"sporlos/dashboards/language"
	"sporlos/dashboards/test/fixture"
	"sporlos/site"
	"sporlos/store/settings"
)

// TestSitesAreAddedAndRemoved in the browser: with a zone, told to the collector, removed only when its domain has been typed.
func TestSitesAreAddedAndRemoved(t *testing.T) {
	told := 0
	var removed []settings.Change
	h := furnished(t, func(o *Options) {
		o.Changed = func(context.Context) { told++ }
		o.RemoveSite = func(_ context.Context, c settings.Change) error { removed = append(removed, c); return nil }
	})
	good := url.Values{"domain": {"https://www.Shop.example/"}, "zone": {"Asia/Tokyo"}, "preset": {"cnil"}}
	a := h.post("/-/sites", good)
	if a.StatusCode != 303 || a.Header.Get("Location") != "/shop.example/install" || told != 1 {
		t.Fatalf("%d to %s, told %d times", a.StatusCode, a.Header.Get("Location"), told)
	}
	if one, err := h.settings.Site(context.Background(), "shop.example"); err != nil || one.Zone != "Asia/Tokyo" || one.Preset().Name != "cnil" {
		t.Errorf("%+v, %v", one, err)
	}
	for name, want := range map[string]string{"domain": "not a domain", "zone": "Mars/Olympus"} {
		bad := url.Values{"domain": {"other.example"}, "zone": {"UTC"}}
		bad.Set(name, want)
		if a := h.post("/-/sites", bad); a.StatusCode != 422 || a.text("problem") == "" {
			t.Errorf("%s %s: %d", name, want, a.StatusCode)
		}
	}
	if a := h.post("/-/sites", good); a.StatusCode != 422 || a.text("problem") != "That site is there already." {
		t.Errorf("again: %d %q", a.StatusCode, a.text("problem"))
	}
	if list := h.get("/-/sites").text("sites"); !strings.Contains(list, "shop.example Asia/Tokyo · cnil") {
		t.Errorf("the list: %s", list)
	}
	if a := h.post("/shop.example/remove", url.Values{"domain": {"shop"}}); a.StatusCode != 422 || len(removed) != 0 {
		t.Errorf("mistyped: %d, %v", a.StatusCode, removed)
	}
	a = h.post("/shop.example/remove", url.Values{"domain": {"shop.example"}})
	if want := []settings.Change{{Who: "kari", Action: "site.remove", Target: "shop.example"}}; a.StatusCode != 303 || !reflect.DeepEqual(removed, want) {
		t.Errorf("%d, %+v", a.StatusCode, removed)
	}
}

func TestCountingIsChanged(t *testing.T) {
	h := furnished(t, nil)
	form := url.Values{"zone": {"Europe/London"}, "excluded_paths": {"/admin/**\r\n/preview"}, "excluded_addresses": {"192.0.2.7/24"}, "hosts": {"*.small.example"}, "search_names": {"term,q"}}
	if a := h.post("/small.example/settings/counting", form); a.StatusCode != 303 || a.Header.Get("Location") != "/small.example/settings/counting?saved" {
		t.Fatalf("%d %s", a.StatusCode, a.text("problem"))
	}
	one, err := h.settings.Site(context.Background(), "small.example")
	want := site.Settings{ExcludedPaths: []string{"/admin/**", "/preview"}, ExcludedAddresses: []string{"192.0.2.0/24"}, Hosts: []string{"*.small.example"}, SearchNames: []string{"term", "q"}}
	if err != nil || one.Zone != "Europe/London" || !reflect.DeepEqual(one.Settings(), want) {
		t.Errorf("%s %+v, %v", one.Zone, one.Settings(), err)
	}
	page := h.get("/small.example/settings/counting?saved")
	if !strings.Contains(page.body, "/admin/**\n/preview") || !strings.Contains(page.body, `data-search=&#34;term,q&#34;`) || page.text("saved") != "Saved." {
		t.Errorf("the page: %s", page.body)
	}
	form.Set("excluded_addresses", "0.0.0.0/0")
	if a := h.post("/small.example/settings/counting", form); a.StatusCode != 422 || !strings.Contains(a.text("problem"), "is everybody") {
		t.Errorf("%d %q", a.StatusCode, a.text("problem"))
	}
	a := h.post("/small.example/settings/counting", form, "Accept-Language", "nb")
	if !strings.Contains(a.text("problem"), "er alle: ingenting ville bli talt lenger") {
		t.Errorf("in Bokmål: %q", a.text("problem"))
	}
}

func TestDefinitionsAreMade(t *testing.T) {
	h := furnished(t, nil)
	ctx := context.Background()
	at := func(section string) string { return "/small.example/settings/" + section }
	for _, section := range []string{"goals", "funnels", "segments", "annotations"} {
		if page := h.get(at(section)); page.StatusCode != 200 || page.text("none") == "" {
			t.Errorf("%s teaches nothing", section)
		}
	}
	if page := h.get(at("goals")); !strings.Contains(page.body, `<option value="Signup">`) && !strings.Contains(page.body, `id="known-events"><option`) {
		t.Error("goals suggest no event that is known")
	}
	goal := func(v url.Values) { // three goals
		if a := h.post(at("goals"), v); a.StatusCode != 303 {
			t.Fatalf("%v: %d %s", v, a.StatusCode, a.text("problem"))
		}
	}
	goal(url.Values{"name": {"Thanks"}, "kind": {"page"}, "path": {"/thanks"}, "scroll_path": {"/x"}})
	goal(url.Values{"name": {"Read"}, "kind": {"scroll"}, "path": {"/x"}, "scroll_path": {"/blog/**"}, "scroll": {"90"}})
	goal(url.Values{"name": {"Bought"}, "kind": {"event"}, "event": {"Purchase"}, "key": {"plan", ""}, "value": {"pro", ""}, "currency": {"nok"}})
	have, err := h.settings.Definitions(ctx, h.small.ID)
	if err != nil || len(have.Goals) != 3 {
		t.Fatalf("%+v, %v", have, err)
	}
	bought, read, thanks := have.Goals[0], have.Goals[1], have.Goals[2]
	if !bought.Revenue || bought.Currency != "NOK" || len(bought.Props) != 1 || read.Path != "/blog/**" || read.Scroll != 90 || thanks.Path != "/thanks" {
		t.Errorf("%+v", have.Goals)
	}
	if a := h.post(at("goals"), url.Values{"name": {"thanks"}, "kind": {"page"}, "path": {"/"}}); a.StatusCode != 422 || !strings.Contains(a.text("problem"), "taken already") {
		t.Errorf("%d %q", a.StatusCode, a.text("problem"))
	}
	if a := h.post(at("funnels"), url.Values{"name": {"Order"}, "step": {read.ID, "", bought.ID, thanks.ID}}); a.StatusCode != 303 {
		t.Fatalf("%d %s", a.StatusCode, a.text("problem"))
	}
	if got := h.get(at("funnels")).text("defined"); !strings.Contains(got, "Order Read → Bought → Thanks") {
		t.Errorf("the funnel is shown as %q", got)
	}
	if a := h.post(at("goals"), url.Values{"id": {thanks.ID}, "do": {"remove"}}); a.StatusCode != 422 || !strings.Contains(a.text("problem"), `is a step of the funnel "Order"`) {
		t.Errorf("%d %q", a.StatusCode, a.text("problem"))
	}
	if page := h.get(at("goals") + "?edit=" + read.ID); !strings.Contains(page.body, `name="scroll_path" list="top-pages" value="/blog/**"`) {
		t.Error("the form is not filled in")
	}
	if a := h.get(at("goals") + "?edit=nothing"); a.StatusCode != 404 {
		t.Errorf("editing what is not there: %d", a.StatusCode)
	}
	if a := h.post(at("annotations"), url.Values{"text": {"Launch"}, "day": {"2026-11-20"}, "hour": {"9"}}); a.StatusCode != 303 {
		t.Errorf("%d %s", a.StatusCode, a.text("problem"))
	}
	if got := h.get(at("annotations")).text("defined"); !strings.Contains(got, "Launch Fri 20 Nov 2026, 09:00 · kari") {
		t.Errorf("the annotation is shown as %q", got)
	}
	if a := h.post(at("annotations"), url.Values{"text": {"Launch"}, "day": {"yesterday"}}); a.StatusCode != 422 {
		t.Errorf("no day: %d", a.StatusCode)
	}
}

// TestSegmentsOfOthersAreNotThere: personal ones are their owner's; only filters are kept of an address.
func TestSegmentsOfOthersAreNotThere(t *testing.T) {
	h := furnished(t, nil)
	at := "/small.example/settings/segments"
	paste := "http://x/small.example?period=7d&f=is:device:Mobile&by=day&f=is:page:/"
	for scope, name := range map[string]string{"personal": "Mine", "shared": "Ours"} {
		if a := h.post(at, url.Values{"name": {name}, "query": {paste}, "scope": {scope}}); a.StatusCode != 303 {
			t.Fatalf("%d %s", a.StatusCode, a.text("problem"))
		}
	}
	have, err := h.settings.Definitions(context.Background(), h.small.ID)
	if err != nil || len(have.Segments) != 2 || have.Segments[0].Query != "f=is%3Adevice%3AMobile&f=is%3Apage%3A%2F" {
		t.Fatalf("%+v, %v", have, err)
	}
	if a := h.post(at, url.Values{"name": {"x"}, "query": {"f=is:luck:7"}}); a.StatusCode != 422 || !strings.Contains(a.text("problem"), "cannot be filtered by") {
		t.Errorf("a filter that is none: %d %q", a.StatusCode, a.text("problem"))
	}
	if a := h.post(at, url.Values{"name": {"x"}, "query": {"period=7d"}}); a.StatusCode != 422 {
		t.Errorf("no filter: %d", a.StatusCode)
	}
	h.become("ola", &settings.Access{Role: settings.Editor})
	if got := h.get(at).text("defined"); strings.Contains(got, "Mine") || !strings.Contains(got, "Ours") {
		t.Errorf("ola sees %q", got)
	}
	if a := h.post(at, url.Values{"id": {have.Segments[0].ID}, "do": {"remove"}}); a.StatusCode != 404 {
		t.Errorf("ola removes kari's: %d", a.StatusCode)
	}
}

// TestInstallShowsWhatArrives: what was counted, what was refused and what to do, also for sites there are none of.
func TestInstallShowsWhatArrives(t *testing.T) {
	h := furnished(t, nil)
	ctx := context.Background()
	empty, err := h.settings.AddSite(ctx, "new.example", "Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	today := empty.DayAt(h.now.Unix())
	if err := fixture.Refuse(ctx, h.store, empty.ID, fixture.Refusals{Day: today, Reason: "host_not_allowed", N: 3}); err != nil {
		t.Fatal(err)
	}
	if err := fixture.Refuse(ctx, h.store, 0, fixture.Refusals{Day: site.Day(h.now.Unix() / 86400), Reason: "unknown_site", N: 2}); err != nil {
		t.Fatal(err)
	}
	page := h.get("/new.example/install", "HX-Target", "div#arrivals")
	if !strings.Contains(page.text("verdict"), "Waiting for the first beacon") || strings.Contains(page.body, "<html") ||
		page.text("refused") != "Pages of other hosts than the site's 3 The page's host is not among the hosts that are counted: add it if it is yours." ||
		!strings.HasPrefix(page.text("strays"), "Domains that are not among the sites 2 The attribute data-domain") {
		t.Errorf("%s", page.text("arrivals"))
	}
	some := h.get("/small.example/install")
	if !strings.Contains(some.text("verdict"), "Received") || some.text("refused") != "Nothing was refused today." && some.text("refused") == "" {
		t.Errorf("%s", some.text("arrivals"))
	}
}

// TestSnippetsAreWellFormed reads each with the tool for its language, where there is one.
func TestSnippetsAreWellFormed(t *testing.T) {
	one, err := site.New(1, "brien.example/it", "UTC", site.Settings{SearchNames: []string{"term", "søk"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"", "/tell/"} {
		s := newSnippets("https://stats.example", one, prefix)
		src := map[string]string{"": "https://stats.example/w.js", "/tell/": "/tell/w.js"}[prefix]
		tag := attributesOf(t, s.Tag, "script")
		if tag["src"] != src || tag["data-domain"] != one.Domain || tag["data-search"] != "term,søk" {
			t.Errorf("the tag is %v", tag)
		}
		attributesOf(t, s.Lost, "script")
		for _, p := range append(s.Pages, s.Proxies...) {
			if !strings.Contains(p.Text, "stats.example") && prefix == "" {
				t.Errorf("%s does not name the collector", p.ID)
			}
			if !language.English().Knows("install.snippet." + p.ID) {
				t.Errorf("%s has no heading", p.ID)
			}
			p.parse(t)
		}
	}
	bare, _ := site.New(1, "bare.example", "UTC", site.Settings{Preset: "headers-only"})
	if img := attributesOf(t, newSnippets("https://stats.example", bare, "").Tag, "img"); img["src"] != "https://stats.example/p?d=bare.example" {
		t.Errorf("the picture is %v", img)
	}
}

// parse has a tool read the snippet: esbuild for JavaScript, the proxies' own checks where they are installed.
func (p snippet) parse(t *testing.T) {
	t.Helper()
	switch p.Kind {
	case "html":
		if strings.Contains(p.Text, "createElement") {
			esbuild(t, "js", strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(p.Text), "<script>"), "</script>"))
		} else if !strings.HasPrefix(p.Text, "<img") {
			attributesOf(t, p.Text, "script")
		}
	case "tsx", "js":
		esbuild(t, p.Kind, p.Text)
	case "php":
		if !strings.HasPrefix(p.Text, "<?php") || strings.Count(p.Text, "<?php") != strings.Count(p.Text, "?>")+1 || strings.Count(p.Text, "{") != strings.Count(p.Text, "}") {
			t.Errorf("unbalanced PHP: %s", p.Text)
		}
	case "nginx":
		check(t, p, "nginx", "events {}\nhttp { server { listen 127.0.0.1:1;\n"+p.Text+"} }", "-t", "-q", "-e", "stderr", "-c")
	case "caddy":
		check(t, p, "caddy", ":1 {\n"+p.Text+"}\n", "validate", "--adapter", "caddyfile", "--config")
	}
	if p.Kind == "nginx" || p.Kind == "caddy" {
		if strings.Count(p.Text, "{") != strings.Count(p.Text, "}") {
			t.Errorf("unbalanced: %s", p.Text)
		}
	}
}

// check runs a server's own check of a configuration, when it is installed.
func check(t *testing.T, p snippet, program, text string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Logf("%s is not installed: only its braces are counted", program)
		return
	}
	name := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path, append(args, name)...).CombinedOutput(); err != nil {
		t.Errorf("%s refuses %s: %s", program, p.Text, out)
	}
}

func esbuild(t *testing.T, kind, text string) {
	t.Helper()
	cmd := exec.Command("../node_modules/.bin/esbuild", "--loader="+kind, "--jsx=preserve")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("esbuild refuses %s: %s", text, out)
	}
}

// attributesOf parses HTML and returns the attributes of its first such element.
func attributesOf(t *testing.T, text, element string) map[string]string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == element {
			found := map[string]string{}
			for _, a := range n.Attr {
				found[a.Key] = a.Val
			}
			return found
		}
	}
	t.Errorf("no %s in %s", element, text)
	return nil
}

// TestZonesAndSearchNames: each zone to choose from is one, and what the page says is usual is what the script looks for.
func TestZonesAndSearchNames(t *testing.T) {
	for _, zone := range zones() {
		if _, err := site.New(1, "example.org", zone, site.Settings{}); err != nil {
			t.Error(err)
		}
	}
	if len(zones()) < 400 {
		t.Errorf("%d zones", len(zones()))
	}
	source, err := os.ReadFile("../script/src/page.ts")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`data\.search \?\? '([^']+)'`).FindSubmatch(source)
	if m == nil {
		t.Fatal("the script names its parameters otherwise now: read them here as it does")
	}
	for _, name := range []string{"q", "query", "s", "search", "sok"} {
		if !strings.Contains(","+string(m[1])+",", ","+name+",") {
			t.Errorf("%q is said to be usual, and the script does not look for it", name)
		}
	}
}
