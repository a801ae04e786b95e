package language

// englishAsking are the words of what can be asked: operators, conditions, comparisons.
func englishAsking() map[string]string {
	return map[string]string{
		"op.startsnot":   "does not start with",
		"op.matchesnot":  "does not match (RE2)",
		"dim.goal":       "Goal",
		"condition.and":  "and",
		"condition.or":   "or",
		"condition.not":  "not (%s)",
		"condition.done": "visits with: %s",

		"segment.chip":   "Segment: %s",
		"segment.remove": "Leave the segment %s",

		"compare":         "Compare",
		"compare.with":    "Compare with",
		"compare.prev":    "Previous period",
		"compare.year":    "Same period last year",
		"compare.custom":  "Other dates",
		"compare.none":    "No comparison",
		"compare.from":    "First day",
		"compare.to":      "Last day",
		"compare.before":  "Not compared with %s: counting began after it, on %s.",
		"compare.part":    "Not compared with %s: counting began in the middle of it, on %s, and half a period would look like growth.",
		"compared.length": "Compared with %s. Number of days: %s beside %s",
		"change.new":      "new",
		"figures.was":     "%s in %s",
		"panel.notfound":  "No row contains “%s”.",
		"panel.search":    "Search the rows",
		"panel.found":     "Search",
		"panel.unsearch":  "All rows",

		"filter.property": "Property of an event",
		"filter.key":      "Name of the property",
		"filter.join":     "Together with the other filters",
		"filter.join.and": "all of them must hold",
		"filter.orelse":   "or: %s",
		"filter.save":     "Change the filter",
		"filter.drop":     "Remove the filter",
		"filter.change":   "Change the filter: %s",
		"segment.save":    "Save these filters as a segment",
		"segment.teach":   "Filter the page as you like: the filters can then be saved here under a name.",
		"segment.manage":  "Manage segments",
		"note.mark":       "Annotation %d: %s, %s",
	}
}

// bokmalAsking are the same in Bokmål.
func bokmalAsking() map[string]string {
	return map[string]string{
		"op.startsnot":   "begynner ikke med",
		"op.matchesnot":  "passer ikke med (RE2)",
		"dim.goal":       "Mål",
		"condition.and":  "og",
		"condition.or":   "eller",
		"condition.not":  "ikke (%s)",
		"condition.done": "besøk med: %s",

		"segment.chip":   "Segment: %s",
		"segment.remove": "Gå ut av segmentet %s",

		"compare":         "Sammenlign",
		"compare.with":    "Sammenlign med",
		"compare.prev":    "Forrige periode",
		"compare.year":    "Samme periode i fjor",
		"compare.custom":  "Andre datoer",
		"compare.none":    "Ingen sammenligning",
		"compare.from":    "Første dag",
		"compare.to":      "Siste dag",
		"compare.before":  "Ikke sammenlignet med %s: tellingen begynte etterpå, %s.",
		"compare.part":    "Ikke sammenlignet med %s: tellingen begynte midt i den, %s, og en halv periode ville sett ut som vekst.",
		"compared.length": "Sammenlignet med %s. Antall dager: %s mot %s",
		"change.new":      "ny",
		"figures.was":     "%s i %s",
		"panel.notfound":  "Ingen rad inneholder «%s».",
		"panel.search":    "Søk i radene",
		"panel.found":     "Søk",
		"panel.unsearch":  "Alle rader",

		"filter.property": "Egenskap ved en hendelse",
		"filter.key":      "Navnet på egenskapen",
		"filter.join":     "Sammen med de andre filtrene",
		"filter.join.and": "alle må være oppfylt",
		"filter.orelse":   "eller: %s",
		"filter.save":     "Endre filteret",
		"filter.drop":     "Fjern filteret",
		"filter.change":   "Endre filteret: %s",
		"segment.save":    "Lagre disse filtrene som et segment",
		"segment.teach":   "Filtrer siden som du vil: da kan filtrene lagres her under et navn.",
		"segment.manage":  "Administrer segmenter",
		"note.mark":       "Merknad %d: %s, %s",
	}
}
