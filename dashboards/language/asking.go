package language

// englishAsking are the words of what can be asked: operators, conditions, comparisons.
func englishAsking() map[string]string {
	return map[string]string{
		"op.startsnot":     "does not start with",
		"op.matchesnot":    "does not match (RE2)",
		"dim.goal":         "Goal",
		"condition.and":    "and",
		"condition.or":     "or",
		"condition.not":    "not (%s)",
		"condition.done":   "visits with: %s",
		"condition.remove": "Remove the condition %s",

		"segment.chip":   "Segment: %s",
		"segment.remove": "Leave the segment %s",
	}
}

// bokmalAsking are the same in Bokmål.
func bokmalAsking() map[string]string {
	return map[string]string{
		"op.startsnot":     "begynner ikke med",
		"op.matchesnot":    "passer ikke med (RE2)",
		"dim.goal":         "Mål",
		"condition.and":    "og",
		"condition.or":     "eller",
		"condition.not":    "ikke (%s)",
		"condition.done":   "besøk med: %s",
		"condition.remove": "Fjern betingelsen %s",

		"segment.chip":   "Segment: %s",
		"segment.remove": "Gå ut av segmentet %s",
	}
}
