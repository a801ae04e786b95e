package replay

import "strings"

// notPages are the extensions of what is part of a page, or saved instead of read. Everything else is a page: a name with a dot may be a
// version, and plain text is read in the browser.
var notPages = set(`
	css js mjs map json xml xsl xslt wasm manifest webmanifest
	png jpg jpeg gif svg svgz webp avif ico bmp tif tiff heic cur
	woff woff2 ttf otf eot
	mp3 mp4 m4a m4v ogg oga ogv webm wav flac avi mov mkv wmv mpg mpeg swf flv m3u8 ts
	pdf doc docx xls xlsx ppt pptx odt ods odp rtf csv tsv epub mobi ps tex
	zip gz tgz bz2 xz 7z rar tar zst jar war apk dmg pkg msi exe deb rpm iso img bin gem whl pyc
	vcf ics torrent sig asc md5 sha1 sha256`)

// feeds are extensions and last segments of what feed readers fetch, and values of formats, the query's names for it.
var (
	feeds   = set("rss rss2 rss20 atom rdf feed")
	formats = set("format flav flavor type output alt")
)

// asked are paths that browsers and robots ask for by themselves.
var asked = set("robots.txt ads.txt app-ads.txt humans.txt security.txt sitemap.txt favicon.ico browserconfig.xml crossdomain.xml")

// monitored are last segments of addresses for health checks.
var monitored = set("server-status server-info nginx_status stub_status healthz health readyz livez ping status.php")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// kindOfTarget says why a target is no page; "" when it is one.
func kindOfTarget(target string) string {
	path, query, _ := strings.Cut(target, "?")
	last := strings.ToLower(path[strings.LastIndexByte(path, '/')+1:])
	extension := ""
	if i := strings.LastIndexByte(last, '.'); i > 0 {
		extension = last[i+1:]
	}
	switch {
	case feeds[last] || feeds[extension] || asksForFeed(query):
		return Feed
	case monitored[last]:
		return Monitoring
	case notPages[extension] || asked[last] || strings.HasPrefix(last, "apple-touch-icon") || strings.HasPrefix(path, "/.well-known/"):
		return AssetFile
	}
	return ""
}

// asksForFeed reports whether a query names a feed, as in ?feed=rss2 and ?format=atom; a search for "atom" does not.
func asksForFeed(query string) bool {
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name == "feed" || formats[name] && feeds[strings.ToLower(value)] {
			return true
		}
	}
	return false
}

// sameSite reports whether a host is the site's, or below it.
func sameSite(host, domain string) bool {
	domain, _, _ = strings.Cut(domain, "/")
	domain = withoutPort(domain)
	return host == domain || strings.HasSuffix(host, "."+domain)
}
