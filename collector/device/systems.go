package device

import (
	"bytes"
	"strings"
)

// system is a name from the table below and a short version.
type system struct{ name, version string }

// systems is in order of precedence: Windows Phone claims to be Android and an
// iPhone, iOS to be like Mac OS X, Android to be Linux. version is the text
// the version follows, where it is not text itself.
var systems = []struct{ text, name, version string }{
	{"Windows Phone", "Windows Phone", "Windows Phone "}, {"IEMobile", "Windows Phone", "Windows Phone OS "}, {"Windows CE", "Windows Phone", ""},
	{"Xbox", "Xbox", ""}, {"PlayStation", "PlayStation", "PlayStation "}, {"PLAYSTATION", "PlayStation", "PLAYSTATION "}, {"Nintendo", "Nintendo", ""},
	{"AppleTV", "tvOS", ""}, {"Apple TV", "tvOS", ""},
	{"iPhone", "iOS", " OS "}, {"iPad", "iOS", " OS "}, {"iPod", "iOS", " OS "},
	{"CrOS", "ChromeOS", ""}, {"CrKey", "Chromecast", ""},
	{"KAIOS", "KaiOS", "KAIOS/"}, {"KaiOS", "KaiOS", "KaiOS/"},
	{"HarmonyOS", "HarmonyOS", ""}, {"OpenHarmony", "HarmonyOS", "OpenHarmony "},
	{"Tizen", "Tizen", "Tizen "}, {"Web0S", "webOS", ""}, {"webOS", "webOS", ""}, {"hpwOS", "webOS", ""}, {"NetCast", "webOS", ""},
	{"Sailfish", "Sailfish", ""}, {"Ubuntu Touch", "Ubuntu Touch", ""},
	{"BB10", "BlackBerry", ""}, {"BlackBerry", "BlackBerry", ""}, {"PlayBook", "BlackBerry", ""}, {"RIM Tablet", "BlackBerry", ""},
	{"SymbianOS", "Symbian", ""}, {"Symbian", "Symbian", ""}, {"Series60", "Symbian", ""}, {"Series40", "Symbian", ""},
	{"Android", "Android", "Android "}, {"Adr ", "Android", "Adr "},
	{"Windows", "Windows", "Windows NT "},
	{"Mac OS X", "macOS", "Mac OS X "}, {"Macintosh", "macOS", ""}, {"Mac_PowerPC", "macOS", ""},
	{"Silk/", "Fire OS", ""}, {"Kindle", "Fire OS", ""},
	{"FreeBSD", "FreeBSD", ""}, {"OpenBSD", "OpenBSD", ""}, {"NetBSD", "NetBSD", ""}, {"DragonFly", "DragonFly BSD", ""}, {"SunOS", "Solaris", ""},
	{"Linux", "Linux", ""}, {"Ubuntu", "Linux", ""}, {"X11", "Linux", ""}, {"linux", "Linux", ""},
	{"Darwin", "macOS", ""},
	{"MIDP", "Java ME", ""}, {"J2ME", "Java ME", ""}, {"MAUI", "Java ME", ""}, {"Win98", "Windows", ""}, {"Win95", "Windows", ""}, {"WinNT", "Windows", ""},
}

// windowsNames maps the kernel's version to the name on the box. Windows 11 says 10.
var windowsNames = map[string]string{
	"10": "10", "6.4": "10", "6.3": "8.1", "6.2": "8", "6.1": "7", "6": "Vista", "5.2": "XP", "5.1": "XP", "5": "2000",
}

// platforms maps the values of Sec-CH-UA-Platform.
var platforms = map[string]string{
	"Android": "Android", "Windows": "Windows", "macOS": "macOS", "Mac OS X": "macOS", "Chrome OS": "ChromeOS", "Chromium OS": "ChromeOS",
	"Linux": "Linux", "iOS": "iOS",
}

// general holds the systems that Sec-CH-UA-Platform may correct. The others are more
// exact than the hint, which calls an Xbox "Windows".
var general = map[string]bool{
	"": true, Other: true, "Android": true, "Windows": true, "macOS": true, "ChromeOS": true, "Linux": true, "iOS": true,
}

// systemOf names the operating system of an agent.
func systemOf(agent string) system {
	if agent == "" {
		return system{}
	}
	for _, s := range systems {
		if !strings.Contains(agent, s.text) {
			continue
		}
		version := ""
		if s.version != "" {
			version = after(agent, s.version)
		}
		switch s.name {
		case "Windows":
			version = windowsNames[version]
		case "Windows Phone":
			if version == "" {
				version = after(agent, "Windows Phone OS ")
			}
		}
		return system{s.name, version}
	}
	return system{name: Other}
}

// televisions are texts only a television's agent has.
var televisions = []string{
	"SmartTV", "SMART-TV", "Smart-TV", "Smart TV", "SmartHub", "GoogleTV", "Google TV", "Android TV", "AndroidTV", "AppleTV", "Apple TV", "HbbTV", "CrKey", "BRAVIA",
	"Web0S", "webOS.TV", "NetCast", "NETTV", "VIDAA", "Roku", "Viera", "AFTM", "AFTT", "AFTB", "AFTS", "AFTN", "AFTR", "AFTK", "AFTG", "AFTL", "MiTV", "MiBOX", " TV ", "TV;", "DTV",
}

// tablets are texts of tablets that also say "Mobile", or that say nothing of
// Android.
var tablets = []string{"iPad", "Tablet;", "Tablet ", "PlayBook", "Kindle", "Silk/", "SM-T", "SM-X", "GT-P", "Nexus 7", "Nexus 9", "Nexus 10", "Lenovo TB", "MediaPad", "hp-tablet", "TouchPad"}

// phones are texts of phones that do not say "Mobile".
var phones = []string{"Mobile", "iPhone", "iPod", "Opera Mini", "Opera Mobi", "Windows Phone", "IEMobile", "Windows CE", "BlackBerry", "BB10", "Symbian", "Series60", "Series40", "MIDP", "J2ME", "MAUI", "KAIOS", "KaiOS", "UCWEB", "Phone"}

// classOf decides the kind of device. mobile is the value of Sec-CH-UA-Mobile.
func classOf(agent, os string, mobile []byte) string {
	class := agentClass(agent, os)
	hint := string(bytes.TrimSpace(mobile))
	switch {
	case hint == "?1" && class != TV && class != Console:
		return Mobile
	case hint == "?0" && class == Mobile && os == "Android":
		return Tablet
	}
	return class
}

func agentClass(agent, os string) string {
	switch os {
	case "":
		return ""
	case "Xbox", "PlayStation", "Nintendo":
		return Console
	case "tvOS", "Chromecast":
		return TV
	case "Windows":
		return Desktop // "Tablet PC" and "Touch" are on ordinary laptops
	case "macOS", "ChromeOS", "FreeBSD", "OpenBSD", "NetBSD", "DragonFly BSD", "Solaris":
		return Desktop
	}
	switch {
	case containsAny(agent, televisions):
		return TV
	case containsAny(agent, tablets):
		return Tablet
	case containsAny(agent, phones):
		return Mobile
	case os == "Android" || os == "Fire OS" || os == "HarmonyOS":
		return Tablet // a phone's browser says "Mobile"
	case os == "Linux":
		return Desktop
	}
	return ""
}

func containsAny(s string, texts []string) bool {
	for _, t := range texts {
		if strings.Contains(s, t) {
			return true
		}
	}
	return false
}

// unquote takes the quotes of a structured-header string off.
func unquote(b []byte) []byte { return bytes.Trim(bytes.TrimSpace(b), `"`) }
