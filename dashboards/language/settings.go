package language

// englishSettings are the sentences of the page of a site's settings.
func englishSettings() map[string]string {
	return map[string]string{
		"nav.settings":        "Settings",
		"reason.headers_only": "What a script sends, on a site that takes nothing from scripts (preset headers-only)",

		"settings.title":  "Settings",
		"settings.saved":  "Saved. What comes in from now on is treated accordingly, within a second.",
		"settings.save":   "Save",
		"settings.preset": "Preset",
		"settings.own":    "What this site decides itself",
		"settings.table":  "What each preset switches",
		"settings.switch": "Switch",
		"settings.every":  "Every preset:",
		"settings.when":   "A change holds for what comes in from then on. Rounding holds for everything that is shown; nothing that is stored is changed.",

		"settings.signals":     "Honour Sec-GPC and DNT: a browser that says no is not counted",
		"settings.referrer":    "Keep the path of external referrers, not only their host",
		"settings.ids":         "Keep path segments that look like identifiers (e-mail addresses are never kept)",
		"settings.least":       "Searches a phrase needs in the period looked at to be shown",
		"settings.least.wrong": "A phrase can be shown from 2 to %d searches on: one that was searched once could be somebody's name.",

		"settings.visitors":         "How visitors are told apart",
		"settings.identity.network": "By network, browser and language: the address is cut before anything else sees it, and the number made of it dies at midnight.",
		"settings.identity.address": "By whole address, browser and language (--identity address). The number made of it dies at midnight; the address is kept nowhere.",
		"settings.identity.none":    "Not at all (--identity none): visits and views are counted, visitors are not.",
		"settings.cost":             "Fewer visitors",
		"settings.by.network":       "Visitors by network",
		"settings.by.address":       "By whole address",
		"settings.day":              "Day",
		"settings.cost.how":         "What cutting addresses costs this site, estimated in memory from numbers that are never written, right within about 2 points. Views and visits do not depend on it.",
		"settings.cost.none":        "What cutting addresses costs is estimated from the first visitor on, since the server was started.",
		"settings.cost.elsewhere":   "What cutting addresses costs is known to the collector only, which runs elsewhere: ask it with “sporlos site list”.",
		"settings.kept":             "How long it is kept",
		"settings.retention":        "Everything measured is deleted %d months after its day, and not shown any more from that moment on.",
	}
}
