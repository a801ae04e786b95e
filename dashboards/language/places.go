package language

// englishPlaces are the sentences of countries, regions, cities and the map.
func englishPlaces() map[string]string {
	return map[string]string{
		"tab.map":       "Map",
		"tab.regions":   "Regions",
		"tab.cities":    "Cities",
		"map.title":     "Map of the world: %s by country",
		"map.country":   "%s: %s %s",
		"empty.map":     "No visitor whose country is known in this period.",
		"empty.regions": "No regions are known. The table of places that comes along knows countries only: give the collector a better one with --geoip FILE.",
		"empty.cities":  "No cities are known. The table of places that comes along knows countries only: give the collector a better one with --geoip FILE.",
	}
}

// bokmalPlaces are the same in Norwegian Bokmål.
func bokmalPlaces() map[string]string {
	return map[string]string{
		"tab.map":       "Kart",
		"tab.regions":   "Regioner",
		"tab.cities":    "Byer",
		"map.title":     "Verdenskart: %s per land",
		"map.country":   "%s: %s %s",
		"empty.map":     "Ingen besøkende fra et kjent land i denne perioden.",
		"empty.regions": "Ingen regioner er kjent. Stedstabellen som følger med, kjenner bare land: gi innsamleren en bedre med --geoip FIL.",
		"empty.cities":  "Ingen byer er kjent. Stedstabellen som følger med, kjenner bare land: gi innsamleren en bedre med --geoip FIL.",
	}
}
