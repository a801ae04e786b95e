package collector

import (
	"bytes"
	"image/gif"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sporlos/beacon"
	"sporlos/event"
	"sporlos/letter"
	"sporlos/site"
)

const shopTarget = "https://www.example.org/shop?a=b&utm_source=newsletter#top"

// mailbox takes letters, and says what came.
type mailbox struct {
	mu   sync.Mutex
	list []letter.Letter
}

func (m *mailbox) put(one letter.Letter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, one)
}

// take returns what came since the last time.
func (m *mailbox) take() (list []letter.Letter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list, m.list = m.list, nil
	return list
}

// startLetters returns a rig with four newsletters: spring of example.org, which counts opens, summer, which does not, open of a site
// that ignores signals, paris of a site without campaigns, and lost of one that is not there.
func startLetters(t *testing.T) (*rig, *mailbox) {
	box := &mailbox{}
	return start(t, func(o *Options) {
		o.Sites.Set([]*site.Site{
			newSite(t, 1, "example.org", "Europe/Oslo", site.Settings{}), newSite(t, 2, "open.example", "UTC", site.Settings{IgnoreSignals: true}),
			newSite(t, 3, "paris.example", "Europe/Paris", site.Settings{Preset: "cnil"}),
		})
		links := []letter.Link{{Name: "shop", URL: shopTarget}, {Name: "blog", URL: "https://blog.elsewhere.example"}}
		o.Letters, o.Newsletters = box.put, NewNewsletters(
			letter.Campaign{Site: "example.org", Name: "spring", Opens: true, Links: links},
			letter.Campaign{Site: "example.org", Name: "summer", Links: []letter.Link{{Name: "jobs", URL: "http://example.org/jobs"}}},
			letter.Campaign{Site: "open.example", Name: "open", Opens: true, Links: links},
			letter.Campaign{Site: "paris.example", Name: "paris", Opens: true, Links: links},
			letter.Campaign{Site: "removed.example", Name: "lost", Opens: true, Links: links},
		)
	}), box
}

// wantLetters compares what came with the wanted letters, and the metric with the fate of each request.
func (r *rig) wantLetters(what string, box *mailbox, want ...letter.Letter) {
	r.Helper()
	if got := box.take(); !slices.Equal(got, want) {
		r.Errorf("%s: %d letters came, want %d: %#v", what, len(got), len(want), got)
	}
}

func (r *rig) fates() (list [letterFates]int) {
	for f := range list {
		list[f] = r.count(r.c.metrics.letters[f])
	}
	return list
}

func (r *rig) wantPicture(what string, got reply) {
	r.Helper()
	if got.status != 200 || got.header.Get("Content-Type") != "image/gif" || got.header.Get("Cache-Control") != "no-store" || got.body != picture {
		r.Errorf("%s: answered %d %v %q", what, got.status, got.header, got.body)
	}
}

func of(campaign, link string, kind letter.Kind) letter.Letter {
	return letter.Letter{Site: 1, Day: uint16(site.DayOfDate(2026, 11, 23)), Campaign: campaign, Link: link, Kind: kind}
}

func TestThePictureIsOne(t *testing.T) {
	image, err := gif.Decode(strings.NewReader(picture))
	if err != nil || image.Bounds().Dx() != 1 || image.Bounds().Dy() != 1 || len(picture) != 43 {
		t.Fatalf("%v, %d bytes, %v", image, len(picture), err)
	}
	if _, _, _, alpha := image.At(0, 0).RGBA(); alpha != 0 {
		t.Error("it can be seen")
	}
}

// TestOpens: whatever is asked for, the answer is the picture.
func TestOpens(t *testing.T) {
	r, box := startLetters(t)
	r.wantPicture("an open", r.do("GET", "/n/spring.gif", ""))
	r.wantLetters("an open", box, of("spring", "", letter.Open))
	r.wantPicture("below a prefix", r.do("GET", "/tell/n/spring.gif", ""))
	r.wantLetters("below a prefix", box, of("spring", "", letter.Open))
	for _, path := range []string{"/n/summer.gif", "/n/paris.gif", "/n/nobody.gif", "/n/lost.gif", "/n/.gif", "/n/%2e%2e.gif", "/n/Spring.gif", "/n/kari@example.org.gif", "/n/spring.gif.gif"} {
		r.wantPicture(path, r.do("GET", path, ""))
		r.wantLetters(path, box)
	}
	if got, want := r.fates(), [letterFates]int{letterOpened: 2, letterOff: 2, letterUnknown: 7}; got != want {
		t.Errorf("counted %v, want %v", got, want)
	}
	if got := r.do("HEAD", "/n/spring.gif", ""); got.status != 200 || got.body != "" {
		t.Errorf("HEAD answered %d %q", got.status, got.body)
	}
	r.wantLetters("HEAD", box, of("spring", "", letter.Machine))
}

func (r *rig) wantLed(what string, got reply, target string) {
	r.Helper()
	if got.status != 302 || got.header.Get("Location") != target || got.header.Get("Cache-Control") != "no-store" || got.header.Get("Referrer-Policy") != "no-referrer" {
		r.Errorf("%s: answered %d %v %q", what, got.status, got.header, got.body)
	}
}

func TestClicks(t *testing.T) {
	r, box := startLetters(t)
	r.wantLed("a click", r.do("GET", "/n/spring/shop", ""), shopTarget)
	r.wantLetters("a click", box, of("spring", "shop", letter.Click))
	r.wantLed("below a prefix", r.do("GET", "/tell/n/spring/blog", ""), "https://blog.elsewhere.example")
	r.wantLetters("below a prefix", box, of("spring", "blog", letter.Click))
	r.wantLed("of a newsletter that counts no opens", r.do("GET", "/n/summer/jobs", ""), "http://example.org/jobs")
	r.wantLetters("of a newsletter that counts no opens", box, of("summer", "jobs", letter.Click))
	r.wantLed("of a site that counts no campaigns", r.do("GET", "/n/paris/shop", ""), shopTarget)
	r.wantLetters("of a site that counts no campaigns", box)
	r.wantLed("HEAD", r.do("HEAD", "/n/spring/shop", ""), shopTarget)
	r.wantLetters("HEAD", box, of("spring", "shop", letter.Machine))
	if got, want := r.fates(), [letterFates]int{letterClicked: 3, letterOff: 1, letterMachine: 1}; got != want {
		t.Errorf("counted %v, want %v", got, want)
	}
	if got := r.do("POST", "/n/spring/shop", ""); got.status != 405 || got.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST answered %d %v", got.status, got.header)
	}
	r.wantLetters("POST", box)
}

// TestDayIsTheSites: half past eleven at night in UTC is tomorrow in Oslo.
func TestDayIsTheSites(t *testing.T) {
	r, box := startLetters(t)
	r.pass(11*time.Hour + 30*time.Minute)
	r.do("GET", "/n/spring/shop", "")
	tomorrow := of("spring", "shop", letter.Click)
	tomorrow.Day++
	r.wantLetters("at night", box, tomorrow)
}

// TestNoOpenRedirect sends what has opened redirects elsewhere. Nothing of it leads anywhere but to a registered target.
func TestNoOpenRedirect(t *testing.T) {
	r, box := startLetters(t)
	for _, path := range []string{
		"/n/spring/https://evil.example", "/n/spring/https:%2f%2fevil.example", "/n/spring/https%3A%2F%2Fevil.example%2F", "/n/spring//evil.example", "/n/spring/%2f%2fevil.example",
		`/n/spring/\\evil.example`, "/n/spring/%5c%5cevil.example", `/n/spring/\/evil.example`, "/n/spring/%5C/evil.example", "/n//evil.example/shop", "//evil.example/n/spring/nowhere",
		"/n/spring/nowhere", "/n/spring/SHOP", "/n/spring/shop/", "/n/spring/shop/evil.example", "/n/spring/shop%2fevil", "/n/spring/shop%00", "/n/spring/shop%20", "/n/spring/shop%0d%0aLocation:%20https://evil.example",
		"/n/spring/evil%0d%0aSet-Cookie:%20a=b", "/n/spring/%E5%98%8A%E5%98%8DLocation:evil", "/n/spring/www.example.org@evil.example", "/n/spring/@evil.example", "/n/spring/shop@evil.example",
		"/n/summer/shop", "/n/spring/jobs", "/n/spring/blog.evil.example", "/n/nobody/shop", "/n/lost/shop", "/n/api/shop", "/n/spring.gif/shop", "/n/spring%2fshop%2f..%2f..%2fevil.example/xx",
		"/n/spring/javascript:alert(1)", "/n/spring/data:text%2fhtml,x", "/n/spring/", "/n/spring", "/n/", "/n", "/n/spring/nowhere?url=https://evil.example", "/n/spring/redirect?to=//evil.example&next=//evil.example",
		"/n/spring/..", "/n/spring/../nobody/shop", "/n/..%2f..%2fevil.example/shop", "/n/spring/x", "/nn/spring/shop", "/xn/spring/shop",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			got := r.raw(method + " " + path + " HTTP/1.1\r\nHost: stats.example\r\nUser-Agent: " + firefox + "\r\nConnection: close\r\n\r\n")
			head, body, _ := strings.Cut(got, "\r\n\r\n")
			if !strings.HasPrefix(head, "HTTP/1.1 404 ") && !strings.HasPrefix(head, "HTTP/1.1 405 ") || strings.Contains(strings.ToLower(head), "location:") || strings.Contains(got, "evil") ||
				strings.Contains(head, "Set-Cookie") || strings.Contains(body, "\n") {
				t.Errorf("%s %s: answered %q", method, path, got)
			}
		}
	}
	r.wantLetters("what leads nowhere", box)
	if got := r.fates(); got[letterUnknown] < 20 || got[letterUnknown] != sum(got) {
		t.Errorf("counted %v", got)
	}
	// A host or a whole address in the request line, and parameters, do not change where a click leads.
	for _, line := range []string{"GET /n/spring/shop?u=https://evil.example&next=//evil.example#x HTTP/1.1\r\nHost: evil.example", "GET http://evil.example/n/spring/shop HTTP/1.1\r\nHost: evil.example",
		"GET /n/spring/shop HTTP/1.1\r\nHost: x\r\nX-Forwarded-Host: evil.example\r\nX-Original-URL: //evil.example\r\nReferer: https://evil.example/", "GET /n/evil/../spring/%73hop HTTP/1.1\r\nHost: x"} {
		got := r.raw(line + "\r\nUser-Agent: " + firefox + "\r\nConnection: close\r\n\r\n")
		if strings.Count(got, "Location: "+shopTarget+"\r\n") != 1 || strings.Contains(got, "evil") {
			t.Errorf("%q leads elsewhere: %q", line, got)
		}
	}
}

func sum(list [letterFates]int) (n int) {
	for _, one := range list {
		n += one
	}
	return n
}

// TestNoRecipient: what a mailing program adds about whom it wrote to is not read, not handed on, and not led on.
func TestNoRecipient(t *testing.T) {
	r, box := startLetters(t)
	for _, query := range []string{"?r=kari%40example.org", "?recipient=kari@example.org&mc_eid=4711", "?uid=kari;sid=4711", "?shop", "?=&&&%zz", "?" + strings.Repeat("kari=1&", 500)} {
		r.wantLed(query, r.do("GET", "/n/spring/shop"+query, "", "Cookie: id=kari", "Referer: https://mail.example/kari", "X-Forwarded-For: 192.0.2.7"), shopTarget)
		r.wantLetters(query, box, of("spring", "shop", letter.Click))
		r.wantPicture(query, r.do("GET", "/n/spring.gif"+query, "", "Cookie: id=kari", "If-None-Match: kari"))
		r.wantLetters(query, box, of("spring", "", letter.Open))
	}
	for _, header := range []string{"Set-Cookie", "Etag", "Last-Modified", "Expires"} {
		if got := r.do("GET", "/n/spring.gif", "").header.Get(header); got != "" {
			t.Errorf("the picture is marked with %s: %s", header, got)
		}
	}
}

func TestSayingNo(t *testing.T) {
	r, box := startLetters(t)
	for _, no := range []string{"Sec-GPC: 1", "DNT: 1", "Cookie: " + choiceCookie + "=" + choiceNo} {
		r.wantLed(no, r.do("GET", "/n/spring/shop", "", no), shopTarget)
		r.wantPicture(no, r.do("GET", "/n/spring.gif", "", no))
		r.wantLetters(no, box)
	}
	if err := r.c.tallies.flush(r.spool.Append); err != nil {
		t.Fatal(err)
	}
	events, tallies := r.stored()
	if want := (event.Tally{Site: 1, Day: uint16(site.DayOfDate(2026, 11, 23)), Reason: beacon.OptedOut.String(), Count: 6}); len(events) != 0 || len(tallies) != 1 || tallies[0] != want {
		t.Errorf("%d events, and the tallies %+v; want only %+v", len(events), tallies, want)
	}
	if got := r.fates(); got[letterOptedOut] != 6 || sum(got) != 6 {
		t.Errorf("counted %v", got)
	}
	ignored := of("open", "shop", letter.Click)
	ignored.Site = 2
	r.wantLed("a site that ignores signals", r.do("GET", "/n/open/shop", "", "Sec-GPC: 1", "DNT: 1"), shopTarget)
	r.wantLetters("a site that ignores signals", box, ignored)
	r.do("GET", "/n/spring/shop", "", "Sec-GPC: 0", "DNT: 0")
	r.wantLetters("signals that say nothing", box, of("spring", "shop", letter.Click))
}

// TestMachines: prefetchers, proxies and scanners of mail, as they call themselves.
func TestMachines(t *testing.T) {
	r, box := startLetters(t)
	for _, header := range []string{
		"Purpose: prefetch", "Sec-Purpose: prefetch", "Sec-Purpose: prefetch;prerender", "Sec-Purpose: prefetch;anonymous-client-ip", "X-Moz: prefetch", "X-Purpose: preview", "Purpose: Preview",
		"User-Agent: Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
		"User-Agent: YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
		"User-Agent: Mozilla/5.0", // Apple's Mail Privacy Protection
		"User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko; Microsoft SafeLinks) Chrome/140.0.0.0 Safari/537.36",
		"User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
		"User-Agent: Microsoft Office Existence Discovery and a Little More Text",
		"User-Agent: Mozilla/5.0 (Windows NT 6.1; Win64; x64) Barracuda Sentinel (EE) Chrome/75.0",
		"User-Agent: Mozilla/5.0 (compatible; Proofpoint URL Defense; like Chrome/140.0)",
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) Mimecast URL Protect Chrome/140.0.0.0",
		"User-Agent: Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "User-Agent: Slack-ImgProxy (+https://api.slack.com/robots)",
		"User-Agent: WhatsApp/2.23.20.0 and more to make it long enough", "User-Agent: curl/8.5.0", "User-Agent: python-requests/2.32.3", "User-Agent: ",
		"User-Agent: Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
	} {
		r.wantLed(header, r.do("GET", "/n/spring/shop", "", header), shopTarget)
		r.wantLetters(header, box, of("spring", "shop", letter.Machine))
		r.wantPicture(header, r.do("GET", "/n/spring.gif", "", header))
		r.wantLetters(header, box, of("spring", "", letter.Machine))
	}
}

// TestPeople: programs in which people read their mail.
func TestPeople(t *testing.T) {
	r, box := startLetters(t)
	for _, agent := range []string{
		chrome, firefox,
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.4.0",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
		"Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; .NET4.0E; Microsoft Outlook 16.0.5083; ms-office; MSOffice 16)",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0 OneOutlook/1.2025.1",
		"Mozilla/5.0 (Linux; Android 15; Pixel 8 Build/AP4A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36",
	} {
		r.do("GET", "/n/spring.gif", "", "User-Agent: "+agent)
		r.wantLetters(agent, box, of("spring", "", letter.Open))
	}
}

// TestAddressesBeside: a prefix that looks like a newsletter does not swallow the other addresses.
func TestAddressesBeside(t *testing.T) {
	r, box := startLetters(t)
	r.want("an event", r.do("POST", "/n/spring/e", view1), beacon.Accepted)
	r.want("an event", r.do("POST", "/n/api/event", view1), beacon.Accepted)
	if got := r.do("GET", "/n/spring/w.js", ""); got.status != 200 || got.body != "script" {
		t.Errorf("the script: %d %q", got.status, got.body)
	}
	r.wantLetters("beside", box)
	without := start(t)
	for _, path := range []string{"/n/spring/shop", "/n/spring.gif"} {
		if got := without.do("GET", path, ""); got.status != 404 {
			t.Errorf("%s without a lane: %d", path, got.status)
		}
	}
}

func TestNewslettersOnDisk(t *testing.T) {
	file := filepath.Join(t.TempDir(), "newsletters.json")
	n := NewNewsletters()
	if err := n.LoadFile(file); err != nil || n.find([]byte("spring")) != nil {
		t.Errorf("a file that is not there: %v", err)
	}
	n.Set([]letter.Campaign{{Site: "example.org", Name: "spring", Opens: true, Links: []letter.Link{{Name: "shop", URL: shopTarget}}}})
	if err := n.SaveFile(file); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	again := NewNewsletters()
	if err := again.LoadFile(file); err != nil {
		t.Fatal(err)
	}
	if c := again.find([]byte("spring")); c == nil || !c.Opens || c.Links[0].URL != shopTarget {
		t.Errorf("read back: %+v", c)
	}
	if err := n.SaveFile(filepath.Join(file, "x")); err == nil {
		t.Error("saved where nothing can be")
	}
	if err := os.WriteFile(file, []byte(`[{"site":"example.org"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := again.LoadFile(file); err == nil || again.find([]byte("spring")) == nil {
		t.Errorf("a damaged file: %v", err)
	}
}

// TestDamagedDirectoryLeadsNowhere: whoever can write the file cannot make the collector send out what settings would refuse.
func TestDamagedDirectoryLeadsNowhere(t *testing.T) {
	n := NewNewsletters()
	for _, target := range []string{"//evil.example", "javascript:alert(1)", "https://example.org/\r\nSet-Cookie: a=b", "/shop"} {
		n.Set([]letter.Campaign{{Site: "example.org", Name: "spring", Links: []letter.Link{{Name: "shop", URL: target}}}})
		if n.find([]byte("spring")) != nil {
			t.Errorf("%q was taken", target)
		}
	}
}

// FuzzLetterPath: what is found in a path is what stands at its end, and a link is never what another address ends in.
func FuzzLetterPath(f *testing.F) {
	for _, path := range []string{"/n/spring.gif", "/n/spring/shop", "/tell/n/spring/shop", "/n/.gif", "/n//", "n/x.gif", "/n/api/event", "/n/spring/e", "/n/spring/w.js", "/n/n/n", "", "/", "//n//n//", "/n/\xff\x00.gif"} {
		f.Add([]byte(path))
	}
	f.Fuzz(func(t *testing.T, path []byte) {
		campaign, link, ok := letterPath(path)
		if !ok {
			if campaign != nil || link != nil {
				t.Errorf("%q is none and has parts", path)
			}
			return
		}
		end := "/n/" + string(campaign) + ".gif"
		if link != nil {
			end = "/n/" + string(campaign) + "/" + string(link)
			if len(link) < 2 || bytes.ContainsAny(link, "./") || string(campaign) == "api" {
				t.Errorf("%q: the link %q is somebody else's address", path, link)
			}
		}
		if !bytes.HasSuffix(path, []byte(end)) || bytes.IndexByte(campaign, '/') >= 0 {
			t.Errorf("%q has the campaign %q and the link %q", path, campaign, link)
		}
	})
}

// BenchmarkLetterPath is what every beacon pays for there being newsletters.
func BenchmarkLetterPath(b *testing.B) {
	for name, path := range map[string][]byte{"beacon": []byte("/e"), "click": []byte("/tell/n/spring/shop")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				letterPath(path)
			}
		})
	}
}
