package language

// englishConversions are the words of goals on the overview, and of funnels that are chosen.
func englishConversions() map[string]string {
	return map[string]string{
		"goals.chip":    "Conversions: %s",
		"goals.stop":    "Stop showing conversions of %s",
		"goals.show":    "Show conversions of %s in every table",
		"goals.chosen":  "The tables show who reached “%s”, and what part of each row's visitors that is.",
		"goals.choose":  "Click a goal, and every table shows its conversions and their rate.",
		"goals.all":     "Goals and funnels",
		"goals.of":      "All visitors",
		"goals.nobody":  "Nobody reached the goal in this period.",
		"funnel.choose": "Funnels",
	}
}

// bokmalConversions are the same in Norwegian Bokmål.
func bokmalConversions() map[string]string {
	return map[string]string{
		"goals.chip":    "Konverteringer: %s",
		"goals.stop":    "Ikke vis konverteringer av %s lenger",
		"goals.show":    "Vis konverteringer av %s i alle tabeller",
		"goals.chosen":  "Tabellene viser hvem som nådde «%s», og hvor stor andel det er av de besøkende i hver rad.",
		"goals.choose":  "Klikk på et mål, så viser alle tabellene konverteringene og andelen deres.",
		"goals.all":     "Mål og trakter",
		"goals.of":      "Alle besøkende",
		"goals.nobody":  "Ingen nådde målet i denne perioden.",
		"funnel.choose": "Trakter",
	}
}
