package language

// englishDrill are the words of ways down into details, and of what is told about single events.
func englishDrill() map[string]string {
	return map[string]string{
		"drill.way":    "The way down to these rows",
		"drill.all":    "All %s",
		"drill.on":     "%s: go on to %s",
		"drill.values": "Values of %s",

		"tab.landing":           "Landing pages",
		"tab.landing.sub":       "Landing page",
		"tab.referrers.sub":     "Referrer",
		"tab.events.sub":        "Name",
		"tab.props":             "Properties",
		"tab.outbound.sub":      "Link",
		"tab.outboundfrom":      "Links by page",
		"tab.outboundfrom.sub":  "From page",
		"tab.downloads.sub":     "File",
		"tab.downloadsfrom":     "Downloads by page",
		"tab.downloadsfrom.sub": "From page",
		"tab.missing":           "404",
		"tab.missing.sub":       "Missing page",
		"tab.missingfrom":       "Links to missing pages",
		"tab.missingfrom.sub":   "Linked from",

		"doing.properties": "Property",
		"doing.values":     "Values",
		"doing.missing":    "From → missing page",
		"doing.walk":       "What was seen before and after %s",

		"note.sizes":    "Told by the request's user agent: no size of a screen is read from anybody's device. A tablet that says it is a computer counts as one.",
		"note.channels": "By the rules of Google's default channel grouping, AI assistants included.",

		"empty.sources":   "No visit in this period. Visits come from the site, search engine or app whose link was followed; those without any are direct.",
		"empty.pages":     "No page was viewed in this period. Choose a longer one, or see under Settings whether the script is heard.",
		"empty.places":    "No visit in this period. A country is told by the network a visit comes from; the address itself is not kept.",
		"empty.devices":   "No visit in this period. Browser, system and kind of device are what the request says of itself; nothing is read from the device.",
		"empty.referrers": "No other site sent a visitor in this period. Sites that hide who links, mail programs and apps count as direct.",
		"empty.props":     "No event had a property in this period. Give an event some: sporlos('Signup', {props: {plan: 'large'}}), or data-sporlos-event-plan=\"large\" on the element.",
		"empty.missing":   "No missing page was reported in this period. Put sporlos('404') on the page your site shows for error 404: the installation page has the lines.",
	}
}

// bokmalDrill are the same in Norwegian Bokmål.
func bokmalDrill() map[string]string {
	return map[string]string{
		"drill.way":    "Veien ned til disse radene",
		"drill.all":    "Alle %s",
		"drill.on":     "%s: gå videre til %s",
		"drill.values": "Verdier av %s",

		"tab.landing":           "Landingssider",
		"tab.landing.sub":       "Landingsside",
		"tab.referrers.sub":     "Henviser",
		"tab.events.sub":        "Navn",
		"tab.props":             "Egenskaper",
		"tab.outbound.sub":      "Lenke",
		"tab.outboundfrom":      "Lenker etter side",
		"tab.outboundfrom.sub":  "Fra side",
		"tab.downloads.sub":     "Fil",
		"tab.downloadsfrom":     "Nedlastinger etter side",
		"tab.downloadsfrom.sub": "Fra side",
		"tab.missing":           "404",
		"tab.missing.sub":       "Side som mangler",
		"tab.missingfrom":       "Lenker til sider som mangler",
		"tab.missingfrom.sub":   "Lenket fra",

		"doing.properties": "Egenskap",
		"doing.values":     "Verdier",
		"doing.missing":    "Fra → side som mangler",
		"doing.walk":       "Hva som ble sett før og etter %s",

		"note.sizes":    "Etter det nettleseren oppgir i forespørselen: skjermstørrelsen leses ikke av på noens enhet. Et nettbrett som utgir seg for å være en datamaskin, telles som en.",
		"note.channels": "Etter reglene i Googles standardgruppering av kanaler, KI-assistenter medregnet.",

		"empty.sources":   "Ingen besøk i denne perioden. Et besøk kommer fra nettstedet, søkemotoren eller appen som lenken ble fulgt fra; uten noen av dem er det direkte.",
		"empty.pages":     "Ingen side ble vist i denne perioden. Velg en lengre periode, eller se under Innstillinger om skriptet blir hørt.",
		"empty.places":    "Ingen besøk i denne perioden. Landet utledes av nettverket besøket kommer fra; selve adressen tas ikke vare på.",
		"empty.devices":   "Ingen besøk i denne perioden. Nettleser, system og enhetstype er det forespørselen sier om seg selv; ingenting leses fra enheten.",
		"empty.referrers": "Ingen andre nettsteder sendte besøkende hit i denne perioden. Nettsteder som skjuler at de lenker, e-postprogrammer og apper regnes som direkte.",
		"empty.props":     "Ingen hendelse hadde egenskaper i denne perioden. Gi en hendelse noen: sporlos('Signup', {props: {plan: 'large'}}), eller data-sporlos-event-plan=\"large\" på elementet.",
		"empty.missing":   "Ingen manglende side ble meldt i denne perioden. Legg sporlos('404') på siden nettstedet ditt viser for feil 404: linjene står på installasjonssiden.",
	}
}
