package dashboards

import (
	"html"
	"net/url"
	"regexp"
	"strings"

	"sporlos/site"
)

// snippet is something to copy.
type snippet struct {
	ID   string // of its heading in package language: install.snippet.<ID>
	Kind string // of its language: html, php, tsx, js, nginx, caddy, apache
	Text string
}

// snippets are what a site's pages or its web server need, filled in.
type snippets struct {
	Tag     string    // of the plain page; for a site that runs no script the picture
	Pages   []snippet // ways to put it into the pages
	Proxies []snippet // to serve the script from the site's own address
	Lost    string    // for the page that says that a page is not there
}

// prefixed is a path that a site may put before the collector's own.
var prefixed = regexp.MustCompile(`^/([A-Za-z0-9_-]+/)+$`)

// newSnippets fills them in for the collector at that address, or, when there is a prefix, for pages that reach it below that path of the site
// itself. A prefix that is none counts as no prefix.
func newSnippets(collector string, one *site.Site, prefix string) (s snippets) {
	base := collector + "/"
	proxy := "/tell/"
	if prefixed.MatchString(prefix) {
		base, proxy = prefix, prefix
	}
	if !one.Preset().Script {
		s.Tag = `<img src="` + html.EscapeString(base) + `p?d=` + url.QueryEscape(one.Domain) + `" alt="" width="1" height="1">`
		s.Pages = []snippet{{"html", "html", s.Tag}}
		s.Proxies = proxies(collector, proxy)
		return s
	}
	names := strings.Join(one.Settings().SearchNames, ",")
	attributes := [][2]string{{"data-domain", one.Domain}}
	if names != "" {
		attributes = append(attributes, [2]string{"data-search", names})
	}
	src := base + "w.js"
	s.Tag = tag(src, attributes)
	s.Lost = s.Tag + "\n<script>window.sporlos=window.sporlos||function(...c){(sporlos.q=sporlos.q||[]).push(c)};sporlos('404')</script>"
	s.Pages = []snippet{
		{"html", "html", s.Tag},
		{"wordpress", "php", wordpress(src, attributes)},
		{"next", "tsx", next(src, attributes)},
		{"vue", "js", inserted(src, attributes, "// src/main.js, or a plugin of Nuxt\n")},
		{"gtm", "html", "<script>\n" + inserted(src, attributes, "") + "</script>\n"},
	}
	s.Proxies = proxies(collector, proxy)
	return s
}

func tag(src string, attributes [][2]string) string {
	var b strings.Builder
	b.WriteString("<script defer")
	for _, a := range attributes {
		b.WriteString(" " + a[0] + `="` + html.EscapeString(a[1]) + `"`)
	}
	return b.String() + ` src="` + html.EscapeString(src) + `"></script>`
}

// quoted is a string of PHP and JavaScript in single quotes. Domains and names of parameters hold no line breaks.
func quoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "</", `<\/`).Replace(text) + "'"
}

func wordpress(src string, attributes [][2]string) string {
	var b strings.Builder
	b.WriteString("<?php\n// functions.php of the child theme\nadd_action( 'wp_head', function () {\n\t?>\n\t" + tag(src, attributes) + "\n\t<?php\n} );\n")
	return b.String()
}

// next is a component for the layout of Next, and of any other React.
func next(src string, attributes [][2]string) string {
	var b strings.Builder
	b.WriteString("// app/layout.tsx of Next; in other React apps put the tag for plain HTML into index.html\nimport Script from 'next/script'\n\n")
	b.WriteString("export default function RootLayout({ children }: { children: React.ReactNode }) {\n  return (\n    <html lang=\"en\">\n      <body>\n        {children}\n        <Script strategy=\"afterInteractive\" src={" + quoted(src) + "}")
	for _, a := range attributes {
		b.WriteString(" " + a[0] + "={" + quoted(a[1]) + "}")
	}
	b.WriteString(" />\n      </body>\n    </html>\n  )\n}\n")
	return b.String()
}

// inserted puts the tag into the page by a script, where one cannot be written or loses its attributes.
func inserted(src string, attributes [][2]string, comment string) string {
	var b strings.Builder
	b.WriteString(comment + "{\n  const tag = document.createElement('script')\n  tag.defer = true\n")
	for _, a := range attributes {
		b.WriteString("  tag.setAttribute(" + quoted(a[0]) + ", " + quoted(a[1]) + ")\n")
	}
	b.WriteString("  tag.src = " + quoted(src) + "\n  document.head.append(tag)\n}\n")
	return b.String()
}

// proxies lead a path of the site to the collector.
func proxies(collector, prefix string) []snippet {
	host := collector
	if u, err := url.Parse(collector); err == nil {
		host = u.Host
	}
	nginx := "location " + prefix + " {\n    proxy_pass " + collector + "/;\n    proxy_set_header Host " + host + ";\n    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
	apache := ""
	if strings.HasPrefix(collector, "https:") {
		nginx += "    proxy_ssl_server_name on;\n"
		apache = "SSLProxyEngine On\n"
	}
	return []snippet{
		{"nginx", "nginx", nginx + "    access_log off;\n}\n"},
		{"caddy", "caddy", "handle_path " + prefix + "* {\n    reverse_proxy " + collector + " {\n        header_up Host " + host + "\n    }\n}\n"},
		{"apache", "apache", apache + "ProxyPass        " + prefix + " " + collector + "/\nProxyPassReverse " + prefix + " " + collector + "/\n"},
	}
}
