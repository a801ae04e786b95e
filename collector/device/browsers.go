package device

import (
	"bytes"
	"strings"
	"unique"

	"github.com/mssola/useragent"
)

// browser is a name from the tables below and a short version.
type browser struct {
	name, version string
	app           bool // an app's own web view: no brand hint overrides it
}

// token says: an agent that contains this text is that browser, and the
// version follows the text.
type token struct {
	text, name string
	app        bool
}

// tokens is in order of precedence: apps that show pages in a web view first, since they
// also carry their engine's token; then browsers built on another
// one; then the engines themselves. Source: agents in public documentation of
// the vendors named.
var tokens = []token{
	{"FB_IAB/Orca", "Messenger", true}, {"FBAN/Messenger", "Messenger", true},
	{"Instagram ", "Instagram", true}, {"Barcelona ", "Threads", true},
	{"FBAV/", "Facebook", true}, {"FBAN/", "Facebook", true}, {"FB_IAB", "Facebook", true}, {"MetaIAB Facebook", "Facebook", true},
	{"musical_ly", "TikTok", true}, {"BytedanceWebview", "TikTok", true}, {"trill_", "TikTok", true},
	{"Snapchat/", "Snapchat", true}, {"Snapchat ", "Snapchat", true},
	{"[Pinterest/", "Pinterest", true}, {"Pinterest for ", "Pinterest", true},
	{"LinkedInApp", "LinkedIn", true}, {"Twitter for i", "X", true}, {"TwitterAndroid", "X", true},
	{"MicroMessenger/", "WeChat", true}, {" Line/", "LINE", true}, {"KAKAOTALK", "KakaoTalk", true},
	{"NAVER(", "Naver", true}, {"baiduboxapp/", "Baidu", true}, {"Telegram-", "Telegram", true},
	{"GSA/", "Google app", true},

	{"EdgiOS/", "Edge", false}, {"EdgA/", "Edge", false}, {"EdgW/", "Edge", false}, {"Edg/", "Edge", false}, {"Edge/", "Edge", false},
	{"Opera Mini/", "Opera Mini", false}, {"OPiOS/", "Opera Mini", false},
	{"OPRGX/", "Opera", false}, {"OPR/", "Opera", false}, {"OPT/", "Opera", false}, {"OPX/", "Opera", false}, {"OPG/", "Opera", false},
	{"Opera Mobi", "Opera", false},
	{"SamsungBrowser/", "Samsung Internet", false},
	{"YaBrowser/", "Yandex Browser", false}, {"YaSearchBrowser/", "Yandex Browser", false},
	{"UCBrowser/", "UC Browser", false}, {"UBrowser/", "UC Browser", false}, {"UCWEB", "UC Browser", false}, {"UC Browser", "UC Browser", false},
	{"MQQBrowser/", "QQ Browser", false}, {"QQBrowser/", "QQ Browser", false}, {" QQ/", "QQ Browser", false},
	{"HuaweiBrowser/", "Huawei Browser", false}, {"MiuiBrowser/", "Mi Browser", false},
	{"VivoBrowser/", "Vivo Browser", false}, {"HeyTapBrowser/", "HeyTap Browser", false}, {"OppoBrowser/", "HeyTap Browser", false},
	{"DuckDuckGo/", "DuckDuckGo", false}, {"Ddg/", "DuckDuckGo", false},
	{"Silk/", "Silk", false}, {"Vivaldi/", "Vivaldi", false}, {"Brave/", "Brave", false}, {"Brave Chrome/", "Brave", false},
	{"Whale/", "Whale", false}, {"coc_coc_browser/", "Cốc Cốc", false}, {"Puffin/", "Puffin", false},
	{"Ecosia", "Ecosia", false}, {"Quark/", "Quark", false}, {"AlohaBrowser/", "Aloha", false}, {"Maxthon", "Maxthon", false},
	{"MetaSr", "Sogou Explorer", false}, {"SogouMobileBrowser/", "Sogou Explorer", false}, {"360SE", "360 Browser", false}, {"QihooBrowser/", "360 Browser", false},
	{"Avast/", "Avast Secure Browser", false}, {"AVG/", "AVG Secure Browser", false}, {"CCleaner/", "CCleaner Browser", false}, {"Norton/", "Norton Browser", false},
	{"Sleipnir/", "Sleipnir", false}, {"Falkon/", "Falkon", false}, {"QupZilla/", "Falkon", false}, {"Epiphany/", "GNOME Web", false},
	{"Konqueror/", "Konqueror", false}, {"Midori/", "Midori", false}, {"Otter/", "Otter", false}, {"OmniWeb", "OmniWeb", false},
	{"SeaMonkey/", "SeaMonkey", false}, {"PaleMoon/", "Pale Moon", false}, {"Waterfox/", "Waterfox", false}, {"Camino/", "Camino", false},
	{"K-Meleon/", "K-Meleon", false}, {"Iceweasel/", "Firefox", false}, {"LibreWolf/", "LibreWolf", false},
	{"FxiOS/", "Firefox", false}, {"Focus/", "Firefox", false}, {"Klar/", "Firefox", false},
	{"CriOS/", "Chrome", false}, {"HeadlessChrome/", "Chrome", false},
	{"NokiaBrowser/", "Nokia Browser", false}, {"BrowserNG/", "Nokia Browser", false}, {"Series60/", "Nokia Browser", false},
	{"BB10", "BlackBerry", false}, {"BlackBerry", "BlackBerry", false}, {"PlayBook", "BlackBerry", false},
	{"PlayStation", "PlayStation", false}, {"NintendoBrowser/", "Nintendo", false}, {"Nintendo ", "Nintendo", false},
	{"IEMobile", "Internet Explorer", false}, {"MSIE ", "Internet Explorer", false}, {"Trident/", "Internet Explorer", false},
	{"Opera/", "Opera", false}, {"Opera ", "Opera", false},
	{"Chromium/", "Chromium", false},
	{"Firefox/", "Firefox", false},
	{"Lynx/", "Lynx", false}, {"ELinks", "ELinks", false}, {"Links ", "Links", false}, {"w3m/", "w3m", false}, {"Dillo/", "Dillo", false}, {"NetSurf/", "NetSurf", false},
}

// brands maps the brands of Sec-CH-UA to the names used here. A brand that is
// not in the table (GREASE among them) says nothing.
var brands = map[string]string{
	"Microsoft Edge": "Edge", "Microsoft Edge WebView2": "Edge", "Opera": "Opera", "Opera GX": "Opera", "Opera Mini": "Opera Mini", "OperaMobile": "Opera", "Opera Mobile": "Opera",
	"Brave": "Brave", "Vivaldi": "Vivaldi", "Samsung Internet": "Samsung Internet",
	"Yandex": "Yandex Browser", "YaBrowser": "Yandex Browser", "Yandex Browser": "Yandex Browser", "Whale": "Whale",
	"HuaweiBrowser": "Huawei Browser", "MiuiBrowser": "Mi Browser", "XiaoMiBrowser": "Mi Browser",
	"DuckDuckGo": "DuckDuckGo", "Android WebView": "Android WebView", "CocCoc": "Cốc Cốc", "Coc Coc": "Cốc Cốc",
	"Avast Secure Browser": "Avast Secure Browser", "AVG Secure Browser": "AVG Secure Browser", "CCleaner Browser": "CCleaner Browser",
	"Norton Private Browser": "Norton Browser", "Norton Secure Browser": "Norton Browser", "Ecosia": "Ecosia", "Silk": "Silk", "Amazon Silk": "Silk", "Arc": "Arc",
	"Oculus Browser": "Meta Quest Browser", "Meta Quest Browser": "Meta Quest Browser", "UCBrowser": "UC Browser", "QQBrowser": "QQ Browser",
}

// bases maps what mssola/useragent calls a browser that the token table did
// not name.
var bases = map[string]string{
	"Chrome": "Chrome", "Headless Chrome": "Chrome", "Chromium": "Chromium", "Electron": "Electron",
	"Safari": "Safari", "Firefox": "Firefox", "Internet Explorer": "Internet Explorer", "Opera": "Opera",
}

// browserOf names the browser of an agent.
func browserOf(agent string) browser {
	if agent == "" {
		return browser{}
	}
	for _, t := range tokens {
		if i := strings.Index(agent, t.text); i >= 0 {
			return browser{t.name, tokenVersion(agent, t, i), t.app}
		}
	}
	if b, ok := webView(agent); ok {
		return b
	}
	name, version := baseOf(agent)
	if known, ok := bases[name]; ok {
		return browser{name: known, version: shortVersion(version)}
	}
	return browser{name: Other}
}

// tokenVersion reads the version that belongs to token t found at i. Some
// browsers say it elsewhere.
func tokenVersion(agent string, t token, i int) string {
	switch {
	case t.name == "Internet Explorer":
		return explorerVersion(agent)
	case strings.HasPrefix(t.text, "Opera") && t.name == "Opera", t.name == "BlackBerry":
		if j := strings.Index(agent, "Version/"); j >= 0 { // Opera/9.80 … Version/12.16
			return shortVersion(agent[j+len("Version/"):])
		}
	case t.name == "Facebook":
		if j := strings.Index(agent, "FBAV/"); j >= 0 {
			return shortVersion(agent[j+len("FBAV/"):])
		}
		return ""
	case t.name == "PlayStation": // what follows is the system's version
		return ""
	}
	return shortVersion(strings.TrimLeft(agent[i+len(t.text):], "/ ("))
}

// explorerVersion prefers the engine's version: in compatibility view, MSIE
// says 7.0 whatever the browser is.
func explorerVersion(agent string) string {
	for _, v := range [...]struct{ engine, version string }{
		{"Trident/7", "11"}, {"Trident/6", "10"}, {"Trident/5", "9"}, {"Trident/4", "8"},
	} {
		if strings.Contains(agent, v.engine) {
			return v.version
		}
	}
	for _, t := range [...]string{"IEMobile/", "IEMobile ", "MSIE "} {
		if i := strings.Index(agent, t); i >= 0 {
			return shortVersion(agent[i+len(t):])
		}
	}
	return ""
}

// webView recognises pages shown inside an app that does not name itself, and
// the browser of Android before Chrome.
func webView(agent string) (browser, bool) {
	ios := strings.Contains(agent, "iPhone") || strings.Contains(agent, "iPad") || strings.Contains(agent, "iPod")
	switch {
	case ios && strings.Contains(agent, "AppleWebKit") && !strings.Contains(agent, "Safari/"):
		return browser{name: "Safari (in-app)"}, true
	case strings.Contains(agent, "; wv)"):
		return browser{name: "Android WebView", version: after(agent, "Chrome/")}, true
	case strings.Contains(agent, "Android") && strings.Contains(agent, "Version/") && strings.Contains(agent, "Chrome/"):
		return browser{name: "Android WebView", version: after(agent, "Chrome/")}, true
	case strings.Contains(agent, "Android") && strings.Contains(agent, "AppleWebKit") && !strings.Contains(agent, "Chrome/"):
		return browser{name: "Android Browser", version: after(agent, "Version/")}, true
	}
	return browser{}, false
}

// baseOf asks mssola/useragent, which fails on some malformed agents: a
// header must not be able to stop the collector.
func baseOf(agent string) (name, version string) {
	defer func() {
		if recover() != nil {
			name, version = "", ""
		}
	}()
	return useragent.New(agent).Browser()
}

// brandOf reads Sec-CH-UA, a list such as
//
//	"Chromium";v="126", "Microsoft Edge";v="126", "Not/A)Brand";v="8"
//
// and returns the first brand that the table knows.
func brandOf(list []byte) (browser, bool) {
	for len(list) > 0 {
		open := bytes.IndexByte(list, '"')
		if open < 0 {
			break
		}
		list = list[open+1:]
		end := bytes.IndexByte(list, '"')
		if end < 0 {
			break
		}
		brand, rest := list[:end], list[end+1:]
		version := ""
		if v, ok := bytes.CutPrefix(rest, []byte(`;v="`)); ok {
			version = shortVersion(string(v))
			if close := bytes.IndexByte(v, '"'); close >= 0 {
				rest = v[close+1:]
			}
		}
		if name, ok := brands[string(brand)]; ok {
			return browser{name: name, version: version}, true
		}
		list = rest
	}
	return browser{}, false
}

// after returns the version that follows text in agent.
func after(agent, text string) string {
	_, rest, _ := strings.Cut(agent, text)
	return shortVersion(rest)
}

// shortVersion reads "major.minor" (also "major_minor") from the start of s,
// leaves out a minor of zero, and refuses numbers of more than four digits: no
// browser needs them and identifiers do. The result never refers to s.
func shortVersion(s string) string {
	major := digits(s)
	if len(major) == 0 || len(major) > 4 {
		return ""
	}
	v := major
	if rest := s[len(major):]; len(rest) > 1 && (rest[0] == '.' || rest[0] == '_') {
		if minor := digits(rest[1:]); len(minor) > 0 && len(minor) <= 4 && strings.Trim(minor, "0") != "" {
			v = major + "." + minor
		}
	}
	return unique.Make(v).Value()
}

// digits returns the digits s starts with.
func digits(s string) string {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return s[:n]
}
