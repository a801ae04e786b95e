package language

// englishSharing holds the sentences about what leaves the dashboards: files, mail, links.
func englishSharing() map[string]string {
	return map[string]string{
		"export.csv":      "All rows as CSV",
		"export.zip":      "Download everything (ZIP)",
		"export.zip.what": "Every table and the chart of this page as CSV, with an explanation",

		"export.readme.name":       "README.txt",
		"export.readme.title":      "Sporløs: figures of %s",
		"export.readme.period":     "From %s to %s, both days included, in the time zone %s.",
		"export.readme.made":       "Made at %s.",
		"export.readme.filter":     "Filter: %s",
		"export.readme.unfiltered": "The filters hold for visits and events. Searches, newsletters and refused beacons are stored apart from them and are not filtered.",
		"export.readme.rounded":    "The site's preset is %s: counts are rounded to %d.",
		"export.readme.searches":   "Phrases searched fewer than %d times in the period are counted together, never named.",
		"export.readme.format":     "CSV as in RFC 4180: UTF-8, comma, a line of heads. Durations are seconds, rates percent. A text that a spreadsheet would take for a formula has an apostrophe (') in front.",
		"export.readme.tables":     "Tables and their columns:",
		"export.readme.columns":    "What columns mean:",

		"define.visitors":        "people counted once a day; visitors of a period are the sum of its days",
		"define.visits":          "visits; one ends after 30 idle minutes, or at midnight",
		"define.pageviews":       "pages that were shown",
		"define.views_per_visit": "pageviews divided by visits",
		"define.bounce_rate":     "visits of one page on which nothing else was done, percent of visits",
		"define.visit_duration":  "from the first to the last sign of a visit, seconds on average",
		"define.events":          "pageviews and events of your own",
		"define.percentage":      "visitors of the row, percent of all visitors",
		"define.time_on_page":    "time a page was seen, seconds per visit",
		"define.scroll_depth":    "deepest point seen of a page, percent on average",
		"define.searches":        "pages of search results shown",
		"define.zero":            "searches without a result",
		"define.opened":          "results opened",
		"define.refined":         "searches followed by another phrase",
		"define.left":            "searches after which the visit ended",
		"define.beacons":         "what the collector refused to count, by reason",
		"define.machines":        "fetches and clicks by programs",
	}
}

func bokmalSharing() map[string]string {
	return map[string]string{
		"export.csv":      "Alle rader som CSV",
		"export.zip":      "Last ned alt (ZIP)",
		"export.zip.what": "Alle tabellene og grafen på denne siden som CSV, med forklaring",

		"export.readme.name":       "LESMEG.txt",
		"export.readme.title":      "Sporløs: tall for %s",
		"export.readme.period":     "Fra %s til %s, begge dager medregnet, i tidssonen %s.",
		"export.readme.made":       "Laget %s.",
		"export.readme.filter":     "Filter: %s",
		"export.readme.unfiltered": "Filtrene gjelder besøk og hendelser. Søk, nyhetsbrev og avviste signaler lagres atskilt fra dem og er ikke filtrert.",
		"export.readme.rounded":    "Nettstedets forvalg er %s: antall er avrundet til %d.",
		"export.readme.searches":   "Søkeord det er søkt på færre enn %d ganger i perioden, telles samlet og nevnes aldri.",
		"export.readme.format":     "CSV etter RFC 4180: UTF-8, komma, en linje med overskrifter. Varighet er i sekunder, andeler i prosent. Tekst som et regneark ville tatt for en formel, har en apostrof (') foran.",
		"export.readme.tables":     "Tabellene og kolonnene i dem:",
		"export.readme.columns":    "Hva kolonnene betyr:",

		"define.visitors":        "personer, telt én gang per dag; besøkende i en periode er summen av dagene",
		"define.visits":          "besøk; et besøk slutter etter 30 minutter uten aktivitet, eller ved midnatt",
		"define.pageviews":       "sider som ble vist",
		"define.views_per_visit": "sidevisninger delt på besøk",
		"define.bounce_rate":     "besøk på én side der ingenting annet skjedde, prosent av besøkene",
		"define.visit_duration":  "fra første til siste livstegn i et besøk, sekunder i snitt",
		"define.events":          "sidevisninger og egne hendelser",
		"define.percentage":      "besøkende på raden, prosent av alle besøkende",
		"define.time_on_page":    "tid siden var synlig, sekunder per besøk",
		"define.scroll_depth":    "det dypeste punktet som ble sett på siden, prosent i snitt",
		"define.searches":        "viste sider med søkeresultater",
		"define.zero":            "søk uten treff",
		"define.opened":          "åpnede treff",
		"define.refined":         "søk fulgt av et annet søkeord",
		"define.left":            "søk der besøket sluttet etterpå",
		"define.beacons":         "det innsamleren avviste, etter årsak",
		"define.machines":        "hentinger og klikk gjort av programmer",
	}
}
