package language

import "sporlos/site"

// PresetKey is the key of a sentence of the table of presets, which package site has in English and docs/presets.md is made of.
func PresetKey(text string) string { return "preset: " + text }

// englishPresets is the table of presets as package site has it, so that the other languages must have each of its sentences.
func englishPresets() map[string]string {
	words := map[string]string{}
	add := func(text string) { words[PresetKey(text)] = text }
	for _, p := range site.Presets() {
		add(p.Why)
		for _, s := range site.Switches() {
			add(s.Name)
			add(s.Of(p))
		}
	}
	return words
}

func bokmalPresets() map[string]string {
	words := map[string]string{}
	for text, norwegian := range map[string]string{
		"Everything Sporløs counts, within the laws every preset keeps.":                                                             "Alt Sporløs teller, innenfor lovene som alle forvalg holder.",
		"For the French exemption of audience measurement from consent: no campaigns, nothing finer than a country, rounded counts.": "For det franske unntaket som lar publikumsmåling skje uten samtykke: ingen kampanjer, ikke noe finere enn land, avrundede tall.",
		"For sites that run no script: nothing is read from the visitor's device beyond what a request carries by itself.":           "For nettsteder uten skript: ingenting leses fra den besøkendes enhet utover det en forespørsel har med seg av seg selv.",

		"Campaigns (utm_*, ref, source, click identifiers)": "Kampanjer (utm_*, ref, source, klikk-ID-er)",
		"Region and city":                                             "Region og by",
		"Counts on pages and in the API":                              "Tall på sidene og i API-et",
		"The script's beacons (POST /e, POST /q)":                     "Det skriptet sender (POST /e, POST /q)",
		"Pageviews without a script (GET /p)":                         "Sidevisninger uten skript (GET /p)",
		"Events of your own, time on page, scroll depth, site search": "Egne hendelser, tid på siden, rulledybde, søk på nettstedet",
		"Opt-out offered at /privacy":                                 "Reservasjon tilbys på /privacy",
		"Sec-GPC and DNT honoured":                                    "Sec-GPC og DNT respekteres",
		"Cookies, storage, anything read from the device":             "Informasjonskapsler, lagring, noe lest fra enheten",
		"Address":   "Adresse",
		"A visitor": "En besøkende",

		"kept":     "beholdes",
		"not kept": "beholdes ikke",
		"kept when the table of places knows them": "beholdes når stedstabellen kjenner dem",
		"never":                                "aldri",
		"exact":                                "nøyaktige",
		"rounded to 10":                        "avrundet til nærmeste 10",
		"taken":                                "tas imot",
		"refused with the reason headers_only": "avvises med grunnen headers_only",
		"yes":                                  "ja",
		"no: they need a script":               "nei: de krever et skript",
		"yes, unless the site's settings say otherwise": "ja, hvis ikke nettstedets innstillinger sier noe annet",
		"none": "ingen",
		"cut to its network before anything else sees it (unless --identity address)": "kuttes til nettverket før noe annet ser den (hvis ikke --identity address)",
		"a number that dies at the site's midnight":                                   "et tall som dør ved nettstedets midnatt",
	} {
		words[PresetKey(text)] = norwegian
	}
	return words
}
