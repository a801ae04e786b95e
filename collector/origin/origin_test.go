package origin

import (
	"slices"
	"strings"
	"testing"
)

func of(t *Table, referrer, utm, click string) Origin {
	var u UTM
	for pair := range strings.SplitSeq(utm, "&") {
		name, value, _ := strings.Cut(pair, "=")
		switch name {
		case "source":
			u.Source = []byte(value)
		case "medium":
			u.Medium = []byte(value)
		case "campaign":
			u.Campaign = []byte(value)
		}
	}
	return t.Of([]byte(referrer), []byte("www.example.no"), u, click)
}

func TestReferrers(t *testing.T) {
	table := New()
	for _, c := range []struct{ referrer, source, channel string }{
		{"", "", Direct},
		{"https://www.google.com/", "Google", OrganicSearch},
		{"https://www.google.no/search?q=x", "Google", OrganicSearch},
		{"https://google.co.uk/", "Google", OrganicSearch},
		{"https://www.google.com.br/", "Google", OrganicSearch},
		{"HTTPS://WWW.GOOGLE.COM:443/", "Google", OrganicSearch},
		{"https://www.google.com./", "Google", OrganicSearch},
		{"https://u:p@www.google.com/", "Google", OrganicSearch},
		{"https://mail.google.com/", "Gmail", Email},
		{"https://news.google.com/", "Google News", Referral},
		{"https://gemini.google.com/", "Gemini", AIAssistant},
		{"https://shopping.google.com/", "Google Shopping", OrganicShopping},
		{"https://notgoogle.com/", "notgoogle.com", Referral},
		{"https://google.evil.com/", "google.evil.com", Referral},
		{"https://google.example/", "google.example", Referral},
		{"https://www.google.com.evil.io/", "google.com.evil.io", Referral},
		{"https://www.bing.com/", "Bing", OrganicSearch},
		{"https://duckduckgo.com/", "DuckDuckGo", OrganicSearch},
		{"https://search.brave.com/", "Brave Search", OrganicSearch},
		{"https://brave.com/", "brave.com", Referral},
		{"https://yandex.ru/", "Yandex", OrganicSearch}, {"https://yandex.com.tr/", "Yandex", OrganicSearch},
		{"https://www.kvasir.no/", "Kvasir", OrganicSearch},
		{"https://startsiden.no/", "Startsiden", OrganicSearch},
		{"https://www.sesam.no/", "Sesam", OrganicSearch},
		{"https://www.eniro.se/", "Eniro", OrganicSearch},
		{"https://www.gulesider.no/", "Gule Sider", OrganicSearch},
		{"https://l.facebook.com/", "Facebook", OrganicSocial}, {"https://lm.facebook.com/l.php", "Facebook", OrganicSocial},
		{"https://l.instagram.com/", "Instagram", OrganicSocial},
		{"https://t.co/abc", "X", OrganicSocial}, {"https://x.com/", "X", OrganicSocial}, {"https://netflix.com/", "Netflix", OrganicVideo},
		{"https://lnkd.in/", "LinkedIn", OrganicSocial}, {"https://old.reddit.com/r/norge", "Reddit", OrganicSocial},
		{"https://no.pinterest.com/", "Pinterest", OrganicSocial}, {"https://pinterest.co.uk/", "Pinterest", OrganicSocial},
		{"https://news.ycombinator.com/item?id=1", "Hacker News", OrganicSocial},
		{"https://m.youtube.com/", "YouTube", OrganicVideo}, {"https://youtu.be/", "YouTube", OrganicVideo},
		{"https://tv.nrk.no/", "NRK TV", OrganicVideo}, {"https://www.nrk.no/", "nrk.no", Referral},
		{"https://www.finn.no/", "FINN.no", OrganicShopping}, {"https://www.amazon.de/", "Amazon", OrganicShopping},
		{"https://outlook.live.com/", "Outlook", Email}, {"https://e.mail.ru/", "Mail.ru Mail", Email},
		{"https://chatgpt.com/", "ChatGPT", AIAssistant}, {"https://www.perplexity.ai/", "Perplexity", AIAssistant}, {"https://claude.ai/", "Claude", AIAssistant},
		{"https://copilot.microsoft.com/", "Copilot", AIAssistant},
		{"android-app://com.google.android.gm/", "Gmail", Email},
		{"android-app://com.google.android.googlequicksearchbox/https/www.google.com", "Google", OrganicSearch},
		{"android-app://com.Slack", "Slack", Referral}, {"android-app://com.linkedin.android/", "LinkedIn", OrganicSocial},
		{"android-app://no.unknown.app/", "no.unknown.app", Referral},
		{"https://www.vg.no/nyheter", "vg.no", Referral}, {"https://en.wikipedia.org/", "Wikipedia", Referral},
		{"https://www.co/", "www.co", Referral}, {"https://localhost/", "localhost", Referral},
		{"https://192.0.2.55/x", IPAddress, Referral}, {"https://[2001:db8::1]/", IPAddress, Referral}, {"http://2130706433/", IPAddress, Referral},
		{"https://c-192-0-2-55.isp.example/", IPAddress, Referral}, {"https://192.0.2.55.nip.io/", IPAddress, Referral}, {"https://4.3.2.example/", "4.3.2.example", Referral},
		{"https://1-2-3.example/", "1-2-3.example", Referral}, {"https://999-1-2-3.example/", "999-1-2-3.example", Referral},
		{"about:blank", "", Direct}, {"https://", "", Direct}, {"https:///x", "", Direct}, {"https://a b/", "", Direct}, {"null", "", Direct},
		{"https://" + strings.Repeat("a", 300) + ".no/", "", Direct}, {"https://exa\x00mple.com/", "", Direct}, {"https://\xff.com/", "", Direct},
	} {
		got := of(table, c.referrer, "", "")
		if want := (Origin{c.source, c.channel, false}); got != want {
			t.Errorf("%.60q: %+v, want %+v", c.referrer, got, want)
		}
	}
}

func TestOwnHost(t *testing.T) {
	table := New()
	for _, c := range []struct {
		referrer, own string
		internal      bool
	}{
		{"https://example.no/a", "example.no", true}, {"https://www.example.no/", "example.no", true}, {"https://blog.example.no/", "example.no", true},
		{"https://example.no/", "www.example.no", true}, {"https://EXAMPLE.no/", "Example.NO", true}, {"https://example.no/", "example.no:8080", true}, {"https://example.no/", "example.no.", true},
		{"https://notexample.no/", "example.no", false}, {"https://example.no.evil.com/", "example.no", false}, {"https://example.no/", "blog.example.no", false},
		{"https://example.no/", "", false}, {"https://example.no/", ":80", false}, {"https://example.no/", strings.Repeat("x", 300), false},
	} {
		got := table.Of([]byte(c.referrer), []byte(c.own), UTM{}, "")
		if got.Internal != c.internal {
			t.Errorf("%s on %.30s: %+v", c.referrer, c.own, got)
		}
		if c.internal && (got.Source != "" || got.Channel != Direct) {
			t.Errorf("%s on %s: %+v, want nothing known", c.referrer, c.own, got)
		}
	}
}

func TestCampaigns(t *testing.T) {
	table := New()
	const google, facebook, vg = "https://www.google.com/", "https://l.facebook.com/", "https://www.vg.no/"
	for _, c := range []struct{ referrer, utm, click, source, channel string }{
		{google, "source=ig", "", "Instagram", OrganicSocial},
		{"", "source=IG&medium=paid_social", "", "Instagram", PaidSocial},
		{"", "source=instagram.com", "", "Instagram", OrganicSocial},
		{"", "source=www.chatgpt.com", "", "ChatGPT", AIAssistant}, {"", "source=chatgpt.com&medium=x", "", "ChatGPT", AIAssistant},
		{"", "source=https://news.ycombinator.com/item", "", "Hacker News", OrganicSocial}, {"", "source=https://www.blogg.no/x", "", "blogg.no", Unassigned},
		{"", "source=newsletter", "", "newsletter", Email}, {"", "source=Nyhetsbrev-17&medium=email", "", "Nyhetsbrev-17", Email},
		{"", "source=x&medium=E-Mail", "", "X", OrganicSocial}, {"", "source=crm&medium=E-Mail", "", "crm", Email},
		{"", "source= crm ", "", "crm", Unassigned}, {"", "source=   ", "", "", Direct}, {vg, "source=spring", "", "spring", Referral},
		{"", "source=google&medium=cpc", "", "Google", PaidSearch}, {"", "source=google&medium=CPC", "", "Google", PaidSearch}, {"", "source=adwords&medium=ppc", "", "Google", PaidSearch},
		{"", "source=google&medium=cpm", "", "Google", PaidSearch}, {"", "source=vg.no&medium=cpm", "", "vg.no", Display}, {"", "source=vg.no&medium=banner", "", "vg.no", Display},
		{"", "source=vg.no&medium=cpc", "", "vg.no", PaidOther}, {"", "source=vg.no&medium=retargeting", "", "vg.no", PaidOther}, {"", "source=youtube&medium=cpv", "", "YouTube", PaidVideo}, {"", "source=youtube&medium=cpc", "", "YouTube", PaidVideo},
		{"", "source=finn&medium=cpc", "", "FINN.no", PaidShopping}, {"", "source=google&medium=cpc&campaign=Summer_Shopping", "", "Google", PaidShopping},
		{"", "source=google&medium=cpc&campaign=e-shop", "", "Google", PaidShopping}, {"", "source=google&medium=cpc&campaign=eshop", "", "Google", PaidShopping},
		{"", "source=google&medium=cpc&campaign=workshop", "", "Google", PaidSearch}, {"", "source=google&medium=cpc&campaign=workshop shop", "", "Google", PaidShopping}, {"", "source=a&campaign=shop", "", "a", OrganicShopping},
		{"", "source=google&medium=cpc&campaign=2026 Cross-Network", "", "Google", CrossNetwork},
		{"", "source=blog&medium=social", "", "blog", OrganicSocial}, {"", "source=blog&medium=social-media", "", "blog", OrganicSocial}, {"", "source=blog&medium=sm", "", "blog", OrganicSocial},
		{"", "source=blog&medium=video-embed", "", "blog", OrganicVideo}, {"", "source=blog&medium=organic", "", "blog", OrganicSearch},
		{"", "source=blog&medium=referral", "", "blog", Referral}, {"", "source=blog&medium=link", "", "blog", Referral}, {"", "source=blog&medium=app", "", "blog", Referral},
		{"", "source=p&medium=affiliate", "", "p", Affiliates}, {"", "source=p&medium=audio", "", "p", Audio}, {"", "source=p&medium=sms", "", "p", SMS}, {"", "source=sms", "", "sms", SMS},
		{"", "source=p&medium=webpush", "", "p", MobilePush}, {"", "source=p&medium=mobile-app", "", "p", MobilePush}, {"", "source=p&medium=notification", "", "p", MobilePush}, {"", "source=firebase", "", "firebase", MobilePush},
		{"", "source=p&medium=poster", "", "p", Unassigned}, {"", "medium=poster", "", "", Unassigned}, {"", "campaign=x", "", "", Unassigned},
		{google, "medium=cpc", "", "Google", PaidSearch}, {vg, "medium=email", "", "vg.no", Email},
		{google, "", "gclid", "Google", PaidSearch}, {"", "", "gclid", "Google", PaidSearch}, {"", "", "wbraid", "Google", PaidSearch}, {"", "", "dclid", "Google", Display},
		{vg, "", "msclkid", "Bing", PaidSearch}, {facebook, "", "ttclid", "TikTok", PaidSocial}, {"", "source=crm&medium=email", "gclid", "crm", Email}, {"", "source=crm", "gclid", "crm", PaidOther},
		{"", "", "fbclid", "", Direct}, {facebook, "", "fbclid", "Facebook", OrganicSocial},
	} {
		got := of(table, c.referrer, c.utm, c.click)
		if want := (Origin{c.source, c.channel, false}); got != want {
			t.Errorf("%s %s %s: %+v, want %+v", c.referrer, c.utm, c.click, got, want)
		}
	}
}

// TestTableIsSound holds that no host, brand or alias is claimed twice and all can be
// found as written.
func TestTableIsSound(t *testing.T) {
	seen := map[string]string{}
	claim := func(what, name string) {
		if by, ok := seen[what]; ok && by != name {
			t.Errorf("%s belongs to %s and %s", what, by, name)
		}
		seen[what] = name
	}
	table, hosts := New(), 0
	for _, s := range sources {
		for _, host := range strings.Fields(s.hosts) {
			hosts++
			claim("host "+host, s.name)
			if host != strings.ToLower(host) {
				t.Errorf("%s is not in lower case", host)
			}
			host = strings.Replace(host, ".*", ".no", 1)
			if got := of(table, "https://"+host+"/", "", ""); got.Source != s.name {
				t.Errorf("%s is %q, want %s", host, got.Source, s.name)
			}
		}
		for _, alias := range append(strings.Fields(s.aliases), strings.ToLower(s.name)) {
			claim("alias "+alias, s.name)
			if got := of(table, "", "source="+alias, ""); got.Source != s.name {
				t.Errorf("utm_source %s is %q, want %s", alias, got.Source, s.name)
			}
		}
	}
	t.Logf("%d sources, %d hosts", len(sources), hosts)
	if hosts < 250 {
		t.Errorf("only %d hosts", hosts)
	}
	for _, c := range paidClicks {
		if _, ok := seen["alias "+strings.ToLower(c.source)]; !ok {
			t.Errorf("the source %s of a click identifier is not in the table", c.source)
		}
	}
}

func TestChannelsAreListed(t *testing.T) {
	all := Channels()
	if len(all) != 20 || all[0] != Direct || all[len(all)-1] != Unassigned {
		t.Errorf("%q", all)
	}
	slices.Sort(all)
	if len(slices.Compact(all)) != 20 {
		t.Error("a channel is listed twice")
	}
}

// fasthttp reuses the request's memory as soon as the handler returns.
func TestNothingRefersToTheRequest(t *testing.T) {
	table := New()
	ref, utm := []byte("https://www.blogg.example/a"), []byte("Spring")
	a := table.Of(ref, nil, UTM{}, "")
	b := table.Of(nil, nil, UTM{Source: utm}, "")
	clear(ref)
	clear(utm)
	if a.Source != "blogg.example" || b.Source != "Spring" {
		t.Errorf("%+v and %+v changed with the buffer", a, b)
	}
}

func TestNoAllocations(t *testing.T) {
	table := New()
	own := []byte("example.no")
	for name, ref := range map[string]string{"known": "https://www.google.co.uk/", "unknown": "https://www.blogg.example/", "own": "https://www.example.no/", "none": ""} {
		referrer := []byte(ref)
		if n := testing.AllocsPerRun(1000, func() { table.Of(referrer, own, UTM{}, "") }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	utm := UTM{Source: []byte("Nyhetsbrev-17"), Medium: []byte("email"), Campaign: []byte("Spring")}
	if n := testing.AllocsPerRun(1000, func() { table.Of(nil, own, utm, "gclid") }); n != 0 {
		t.Errorf("utm: %v allocations", n)
	}
}

func FuzzOf(f *testing.F) {
	f.Add("https://www.google.co.uk/", "example.no", "ig", "cpc", "shop", "gclid")
	f.Add("android-app://com.google.android.gm/", "www.example.no:80", "https://x.com/", "video", "", "")
	f.Add("http://1.2.3.4.5-6-7-8/", ".", "www.", "cp", "xshop", "")
	table, channels := New(), Channels()
	f.Fuzz(func(t *testing.T, ref, own, source, medium, campaign, click string) {
		utm := UTM{Source: []byte(source), Medium: []byte(medium), Campaign: []byte(campaign)}
		got := table.Of([]byte(ref), []byte(own), utm, click)
		if !slices.Contains(channels, got.Channel) || len(got.Source) > maxSource {
			t.Errorf("%+v", got)
		}
		if again := table.Of([]byte(ref), []byte(own), utm, click); again != got {
			t.Errorf("%+v, then %+v", got, again)
		}
	})
}

func BenchmarkOf(b *testing.B) {
	table, own := New(), []byte("example.no")
	for name, ref := range map[string]string{"known": "https://www.google.co.uk/", "unknown": "https://www.blogg.example/a/b/c", "own": "https://www.example.no/a", "none": "", "hostile": "https://" + strings.Repeat("a.", 120) + "no/"} {
		referrer := []byte(ref)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				table.Of(referrer, own, UTM{}, "")
			}
		})
	}
}
