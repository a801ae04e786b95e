package dashboards

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sporlos/dashboards/language"
	"sporlos/site"
	"sporlos/store/settings"
)

// TestEveryDetailIsSaidInEveryLanguage: each code with its arguments, each field of settings, and each action and code in the program.
func TestEveryDetailIsSaidInEveryLanguage(t *testing.T) {
	fields := []string{"zone"}
	for _, of := range []reflect.Type{reflect.TypeFor[site.Settings](), reflect.TypeFor[settings.Security]()} {
		for i := range of.NumField() {
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			fields = append(fields, name)
		}
	}
	ours, err := filepath.Glob("*.go")
	theirs, more := filepath.Glob("../cmd/sporlos/*.go")
	if err != nil || more != nil || len(theirs) == 0 {
		t.Fatal(err, more)
	}
	actions, codes := map[string]bool{}, map[string]bool{}
	for _, file := range append(ours, theirs...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\b(?:audit|note)\((?:r\.Context\(\)|ctx), (?:[\w.{}: ]+, )?"([a-z.]+)", `).FindAllStringSubmatch(string(text), -1) {
			actions[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`settings\.Detail\("([a-z.]+)"`).FindAllStringSubmatch(string(text), -1) {
			codes[m[1]] = true
		}
	}
	for _, what := range []string{"open", "share.add", "share.revoke", "mailing.add", "mailing.remove", "mailing.test", "alert.save", "alert.test", "goal.set", "funnel.remove", "segment.set", "annotation.remove"} {
		actions[what] = true
	}
	if len(actions) < 15 || len(codes) < 8 {
		t.Fatalf("found %d actions and %d codes", len(actions), len(codes))
	}
	for code := range codes {
		if _, known := settings.Sayings()[code]; !known {
			t.Errorf("%s is no code", code)
		}
	}
	for _, l := range language.All() {
		for code, n := range settings.Sayings() {
			if key := "audit.said." + code; !l.Knows(key) || !slices.Equal(verbs.FindAllString(l.Say(key), -1), slices.Repeat([]string{"%s"}, n)) {
				t.Errorf("%s says %q of %s with %d arguments", l.Tag, l.Say(key), code, n)
			}
		}
		for action := range actions {
			if !l.Knows("audit.action." + action) {
				t.Errorf("%s does not say %s", l.Tag, action)
			}
		}
		for _, name := range fields {
			if !l.Knows("audit.field." + name) {
				t.Errorf("%s does not name the field %s", l.Tag, name)
			}
		}
	}
}

// TestDetailsAreInTheReadersLanguage; those written before there were codes stay as they are, and are marked as English.
func TestDetailsAreInTheReadersLanguage(t *testing.T) {
	h := furnished(t, nil)
	before, after := site.Settings{Preset: "cnil", Hosts: []string{"a.example"}}, site.Settings{KeepIDs: true, Hosts: []string{"a.example", "b.example"}, MinSearches: 3}
	some, all := settings.AccessDetail(settings.OnSites(settings.Viewer, "a.example")), settings.AccessDetail(settings.Everywhere(settings.Owner))
	details := map[string]string{
		"old":     "min_searches: none → 3",
		"fields":  settings.Details(settings.Difference(before, after)...),
		"access":  settings.Details(settings.Detail("access.changed", some, all)),
		"mailing": settings.Details(settings.Detail("mailing", "weekly", 2)),
		"alert":   settings.Details(settings.Detail("alert", 50, 0, 6), settings.Detail("alert.hook")),
		"goal":    settings.Details(settings.Detail("text", "Looked at the prices")),
	}
	for target, detail := range details {
		if err := h.settings.Note(context.Background(), settings.Change{Who: "kari", Action: "site.set", Target: target, Detail: detail}); err != nil {
			t.Fatal(err)
		}
	}
	for tag, wants := range map[string][]string{
		"en": {`lang="en">min_searches: none → 3<`, ">Hosts that are counted: a.example → a.example b.example; Identifiers in paths kept: no → yes; Searches before a phrase is shown: none → 3; Preset: cnil → none<",
			"Viewer of a.example → Owner of all sites<", ">Every week, on Monday, number of recipients: 2<", ">visitors now: 50, hours without a pageview: none, hours between two alerts: 6; a webhook<", `lang="">Looked at the prices<`},
		"nb": {`lang="en">min_searches: none → 3<`, ">Verter som telles: a.example → a.example b.example; Kjennetegn i stier beholdes: nei → ja; Søk før en frase vises: ingen → 3; Forvalg: cnil → ingen<",
			" a.example → Eier på alle nettsteder<", ">Hver uke, på mandag, antall mottakere: 2<", ">besøkende nå: 50, timer uten sidevisning: ingen, timer mellom to varsler: 6; en webhook<", `lang="">Looked at the prices<`},
	} {
		a := h.get("/-/audit", "Accept-Language", tag)
		for _, want := range wants {
			if !strings.Contains(a.body, want) {
				t.Errorf("%s: %q is not in %s", tag, want, a.text("changes"))
			}
		}
	}
}
