package language

// englishKeys are the sentences of the sheet of keyboard shortcuts.
func englishKeys() map[string]string {
	return map[string]string{
		"keys.title":  "Keyboard shortcuts",
		"keys.close":  "Close",
		"keys.d":      "Today",
		"keys.e":      "Yesterday",
		"keys.w":      "Last 7 days",
		"keys.t":      "Last 28 days",
		"keys.m":      "This month",
		"keys.y":      "Last 12 months",
		"keys.arrows": "Previous and next period",
		"keys.find":   "Search in the table, or add a filter",
		"keys.help":   "This list",
		"keys.escape": "Close what is open",
		"keys.on":     "Shortcuts are on in this browser",
	}
}

func bokmalKeys() map[string]string {
	return map[string]string{
		"keys.title":  "Hurtigtaster",
		"keys.close":  "Lukk",
		"keys.d":      "I dag",
		"keys.e":      "I går",
		"keys.w":      "Siste 7 dager",
		"keys.t":      "Siste 28 dager",
		"keys.m":      "Denne måneden",
		"keys.y":      "Siste 12 måneder",
		"keys.arrows": "Forrige og neste periode",
		"keys.find":   "Søk i tabellen, eller legg til et filter",
		"keys.help":   "Denne listen",
		"keys.escape": "Lukk det som er åpent",
		"keys.on":     "Hurtigtaster er på i denne nettleseren",
	}
}
