package letter

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

func TestKindsRoundTrip(t *testing.T) {
	for k := Open; k <= Machine; k++ {
		if got, ok := KindOf(k.String()); !ok || got != k {
			t.Errorf("KindOf(%q) = %v, %v", k.String(), got, ok)
		}
	}
	for _, name := range []string{"", "read"} {
		if _, ok := KindOf(name); ok {
			t.Errorf("the kind %q was taken", name)
		}
	}
	if Kind(99).String() != "" || Kind(0).String() != "" {
		t.Error("a kind that does not exist has a name")
	}
}

// TestNoFieldForWho: a letter says what, where and on which day. Whoever adds a field has to say here why nobody can be told by it.
func TestNoFieldForWho(t *testing.T) {
	var fields []string
	for i := range reflect.TypeFor[Letter]().NumField() {
		fields = append(fields, reflect.TypeFor[Letter]().Field(i).Name)
	}
	if got := strings.Join(fields, " "); got != "Site Day Campaign Link Kind" {
		t.Errorf("a letter has the fields %s", got)
	}
}

func TestLettersStayOutOfTexts(t *testing.T) {
	x := Letter{Site: 1, Campaign: "spring"}
	if s := fmt.Sprintf("%v %s %+v", x, x, x) + x.LogValue().String(); strings.Contains(s, "spring") {
		t.Errorf("a letter prints %q", s)
	}
}

func TestNamesThatAreTaken(t *testing.T) {
	for _, name := range []string{"spring", "s1", "2027-01", "a-b", strings.Repeat("a", 64)} {
		if err := CheckName("campaign", name); err != nil {
			t.Error(err)
		}
	}
	if err := CheckName("link", "api"); err != nil {
		t.Error(err)
	}
}

func TestNamesThatAreRefused(t *testing.T) {
	for _, name := range []string{"", "e", "Spring", "spring.gif", "a b", "-a", "a-", "a/b", "å", "a_b", "..", "a\n", strings.Repeat("a", 65), "kari@example.org", "api"} {
		if CheckName("campaign", name) == nil {
			t.Errorf("%q was taken", name)
		}
	}
}

func TestTargetsThatAreTaken(t *testing.T) {
	for _, target := range []string{
		"https://example.org", "http://example.org:8080/a?b=c&d=%20#e", "HTTPS://EXAMPLE.ORG/", "https://[2001:db8::1]/", "https://example.org/?utm_source=newsletter",
	} {
		if err := CheckTarget(target); err != nil {
			t.Errorf("%s: %v", target, err)
		}
	}
}

var refused = map[string]string{
	"": "absolute", "/shop": "absolute", "//evil.example": "absolute", "example.org": "absolute", "javascript:alert(1)": "absolute", "data:text/html,x": "absolute",
	"ftp://example.org": "absolute", "mailto:kari@example.org": "absolute", "http:example.org": "absolute", "https://": "absolute", "https://:80/": "absolute", "https:///x": "absolute",
	"https://kari:secret@example.org/": "user or password", "https://kari@example.org/": "user or password", "https://@example.org/": "user or password",
	"https://example.org\\@evil.example/": "backslash", "https:\\\\evil.example": "backslash", "https://example.org/a b": "space", " https://example.org": "space",
	"https://example.org/\r\nSet-Cookie: a=b": "space", "https://example.org/\x00": "space", "https://exämple.org/": "ASCII", "https://example.org/\"><script>": "space",
	"https://example.org/%zz": "not an address", "https://example.org:port/": "not an address", "https://" + strings.Repeat("x", 2048): "2048",
}

func TestTargetsThatAreRefused(t *testing.T) {
	for target, want := range refused {
		err := CheckTarget(target)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", target, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the refusal repeats the password: %v", err)
		}
	}
}

func TestParseLink(t *testing.T) {
	l, err := ParseLink("shop=https://example.org/?a=b;c=d")
	if err != nil || l != (Link{"shop", "https://example.org/?a=b;c=d"}) {
		t.Errorf("%+v, %v", l, err)
	}
	for _, text := range []string{"", "shop", "=https://example.org", "shop=", "Shop=https://example.org", "shop=/here"} {
		if _, err := ParseLink(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestCampaignsThatAreRefused(t *testing.T) {
	link := Link{"shop", "https://example.org/"}
	many := Campaign{Name: "spring"}
	for i := range MaxLinks + 1 {
		many.Links = append(many.Links, Link{fmt.Sprintf("link-%d", i), "https://example.org/"})
	}
	for name, c := range map[string]Campaign{
		"no name": {}, "title of two lines": {Name: "spring", Title: "a\nb"}, "long title": {Name: "spring", Title: strings.Repeat("x", 201)}, "title not UTF-8": {Name: "spring", Title: "\xff"},
		"a link twice": {Name: "spring", Links: []Link{link, link}}, "a link without a target": {Name: "spring", Links: []Link{{Name: "shop"}}}, "a link for each recipient": many,
	} {
		if c.Check() == nil {
			t.Errorf("%s: was taken", name)
		}
	}
	if err := (Campaign{Name: "spring", Title: "Vår 2027", Links: []Link{link}}).Check(); err != nil {
		t.Error(err)
	}
}

func TestAddressesAreTheSameForEverybody(t *testing.T) {
	c := Campaign{Site: "example.org", Name: "spring", Links: []Link{{"shop", "https://example.org/shop"}}}
	if got := c.Address("https://stats.example", "shop"); got != "https://stats.example/n/spring/shop" {
		t.Error(got)
	}
	if got := c.Picture("https://stats.example"); got != `<img src="https://stats.example/n/spring.gif" width="1" height="1" alt="">` {
		t.Error(got)
	}
}

func TestTagged(t *testing.T) {
	c := Campaign{Site: "example.org/shop", Name: "spring"}
	const tags = "utm_source=newsletter&utm_medium=email&utm_campaign=spring"
	for target, want := range map[string]string{
		"https://example.org/a":                          "https://example.org/a?" + tags,
		"https://www.Example.org/a?b=c#d":                "https://www.Example.org/a?b=c&" + tags + "#d",
		"https://example.org/a?utm_source=x":             "",
		"https://elsewhere.example/a":                    "",
		"https://notexample.org/":                        "",
		"https://example.org.evil.example/?example.org=": "",
	} {
		if got := c.Tagged(Link{"shop", target}); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
	if got := c.UTMCampaign(Link{"shop", "https://example.org/?utm_campaign=vår"}); got != "vår" {
		t.Errorf("counted as %q", got)
	}
	if got := c.UTMCampaign(Link{"shop", "https://elsewhere.example/?utm_campaign=x"}); got != "" {
		t.Errorf("elsewhere counted as %q", got)
	}
	if got, ok := (Campaign{Links: []Link{{"shop", "x"}}}).Link("shop"); !ok || got.URL != "x" {
		t.Error("a link is not found")
	}
}

// FuzzCheckTarget: what is taken is one absolute address that a header can hold and that a browser reads like we do.
func FuzzCheckTarget(f *testing.F) {
	for target := range refused {
		f.Add(target)
	}
	f.Add("https://example.org/a?b=c#d")
	f.Fuzz(func(t *testing.T, target string) {
		if CheckTarget(target) != nil {
			return
		}
		u, err := url.Parse(target)
		if err != nil || u.Host == "" || u.User != nil || !strings.HasPrefix(strings.ToLower(target), "http") || strings.ContainsAny(target, "\r\n\\ \x00") {
			t.Errorf("%q was taken", target)
		}
		authority, _, _ := strings.Cut(target[strings.Index(target, "://")+3:], "/")
		if authority, _, _ = strings.Cut(authority, "?"); strings.Contains(strings.SplitN(authority, "#", 2)[0], "@") {
			t.Errorf("%q has somebody before its host", target)
		}
	})
}
