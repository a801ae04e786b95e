package robot

import (
	"fmt"
	"strings"
)

// keywords mark a robot wherever they stand in an agent, in any case. The list
// is ours, from public documentation; each word was checked against agents of people.
var keywords = []string{
	// what it calls itself
	"bot", "crawl", "spider", "slurp", "scrap", "fetch", "archiv", "validat", "checker", "analyz", "monitor", "preview", "scan",
	"inspect", "thumbnail", "screenshot", "synthetic", "feedparser", "feedburner", "feedbin", "rss/", "rss reader", "aggregator",
	"sitemap", "link check", "linkcheck", "nutch", "heritrix", "larbin", "harvest", "indexer", "uptime", "survey", "extractor",
	// it names a page about itself
	"http:", "https:", "+www.",
	// browsers without a person in front
	"headless", "phantomjs", "slimerjs", "casperjs", "puppeteer", "playwright", "selenium", "webdriver", "cypress/", "lighthouse", "pagespeed",
	"gtmetrix", "webpagetest", "ptst/", "pingdom", "prerender", "splash version",
	// libraries and tools
	"python", "curl/", "wget", "java/", "jakarta", "okhttp", "go-http-client", "libwww-perl", "lwp::", "lwp-", "perl/", "ruby", "php/", "node-fetch", "node.js", "axios", "undici",
	"guzzle", "aiohttp", "httpx", "http-client", "httpclient", "http_client", "http client", "httprequest", "mechanize", "cfnetwork", "dalvik/", "winhttp", "postmanruntime", "insomnia/",
	"httpie", "powershell", "restsharp", "faraday", "typhoeus", "reqwest", "hyper/", "dart:io", "dart/", "unirest", "fasthttp", "urllib", "indy library", "libfetch", "apache-",
	"wordpress", "drupal", "joomla", "microsoft office protocol", "nikto", "sqlmap", "nmap", "masscan", "zgrab", "nessus",
	// those whose names hold none of the words above
	"facebookexternalhit", "facebookcatalog", "meta-external", "mediapartners", "googleother", "google-inspectiontool", "google-read-aloud", "google favicon", "apis-google", "feedly",
	"embedly", "ia_archiver", "duckduckgo-favicons", "bingpreview", "yandex.com/bots", "chatgpt-user", "oai-search", "claude-user", "claude-web", "claude-search", "anthropic-ai", "perplexity-user",
	"mistralai-user", "gemini-deep-research", "cohere-ai", "google-extended", "zabbix", "nagios", "datadog", "newrelic", "statuscake", "site24x7", "check_http", "catchpoint", "dareboost",
	"whatsapp/", "tt-rss", "tiny tiny rss", "inoreader", "newsblur", "freshrss", "miniflux", "liferea", "google web light", "google-safety", "ezooms", "qwantify", "yahoo! slurp", "virustotal",
}

// unless holds, for a keyword, texts in lower case that acquit an agent of it: CUBOT makes telephones,
// bsalsa.com's browser component signs with its address.
var unless = map[string][]string{
	"bot":   {"cubot"},
	"http:": {"bsalsa.com"},
}

// spared are patterns of crawler-user-agents that hit people: browsers (Sogou,
// Fluid), apps that show pages (Viber, Tumblr, Goodreads, Facebook's
// "MetaIAB", editors with a browser window), models of telephones and one build
// of Android 15. Robots of the same names say "spider" or "bot" as well.
var spared = map[string]bool{
	`Sogou`: true, `AP3A\.240617\.008`: true, `Sonic`: true, `Butterfly`: true, `Viber`: true,
	`MetaIAB Facebook`: true, `Code\/1\.`: true, `Trae\/`: true, `Fluid`: true, `Goodreads`: true, `Tumblr\/`: true,
	`Magellan`: true, `Adventurer`: true, `Charlotte`: true, `Fever`: true, `PayPal\/`: true, `CapitalOneShopping`: true,
	`upday\/`: true, `Instapaper\/`: true, `Genieo`: true, `Hatena`: true, `Notion\/`: true, `HappyWing`: true,
}

// keywordRules are the rules of the keywords and of the caller's own.
func keywordRules(o options) ([]rule, error) {
	var rules []rule
	for _, word := range keywords {
		if o.headless && word == "headless" {
			continue
		}
		rules = append(rules, rule{text: word, unless: unless[word]})
	}
	for _, word := range o.keywords {
		if len(word) < 3 {
			return nil, fmt.Errorf("the robot keyword %q is too short; use at least three bytes", word)
		}
		rules = append(rules, rule{text: strings.ToLower(word)})
	}
	return rules, nil
}
