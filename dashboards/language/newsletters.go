package language

// englishNewsletters holds the sentences of the page of newsletters.
func englishNewsletters() map[string]string {
	return map[string]string{
		"nav.newsletters": "Newsletters",
		"metric.clicks":   "Clicks",

		"letters.title":        "Newsletters",
		"letters.clicks.one":   "%s click",
		"letters.clicks.many":  "%s clicks",
		"letters.opens.one":    "%s open",
		"letters.opens.many":   "%s opens",
		"letters.off":          "opens are not counted",
		"letters.machine.one":  "%s more by a machine",
		"letters.machine.many": "%s more by machines",
		"letters.link":         "Link",
		"letters.machines":     "Machines",
		"letters.removed":      "removed",
		"letters.nolinks":      "It has no link yet: sporlos newsletter link add %s shop=https://example.org/shop",
		"letters.since":        "since %s",
		"letters.visits":       "Visits it brought to the site",
		"letters.snippets":     "What to put into the letter",
		"letters.same":         "The same for every recipient. Whatever a mailing program adds behind a question mark is not read.",
		"letters.picture":      "At the end of the letter, to count opens:",
		"letters.nopicture":    "To count opens, too: sporlos newsletter opens %s on",
		"letters.tag":          "This link leads to the site itself. For its visits to be counted under Campaigns, tag its target: %s",

		"letters.none":     "There is no newsletter yet",
		"letters.none.do":  "Add one on the command line. It prints the addresses to put into the letter, the same for every recipient:",
		"letters.campaign": "This site counts no campaigns: its preset is %s.",

		"letters.why":          "What these numbers know",
		"letters.why.who":      "How often, never who: every recipient gets the same addresses, and of a click nothing is kept but newsletter, link and day. No recipient, address, time or visitor is stored, so nobody can be found to have opened or clicked, and one person who clicks twice counts twice.",
		"letters.why.opens":    "Opens say little, and are counted only where somebody has switched them on: many mail programs load no pictures, and others load all of them, read or not. Clicks say more.",
		"letters.why.machines": "Machines are prefetchers, proxies of mailboxes, previews and scanners of links that give themselves away. Some call themselves browsers, and count as clicks.",
		"letters.why.no":       "Who sends Global Privacy Control or Do Not Track, or has opted out, is led on and not counted.",
		"letters.why.late":     "Counts are held back until at least 20 of a site have come together, or until its day ends, and appear at full ten minutes, so the latest may be missing.",
	}
}
