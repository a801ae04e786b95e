package language

import (
	"regexp/syntax"

	"sporlos/dashboards/view"
)

// ReasonKey is the key of why a question cannot be asked, by the code of report.Invalid.
func ReasonKey(code string) string { return "invalid." + code }

// PatternKey is the key of what is wrong with a regular expression.
func PatternKey(code syntax.ErrorCode) string { return "pattern: " + code.String() }

// patterns are what is wrong with a regular expression, after "it is not one:", in English and in Norwegian Bokmål.
var patterns = map[syntax.ErrorCode][2]string{
	syntax.ErrInternalError:         {"it cannot be read", "det kan ikke leses"},
	syntax.ErrInvalidCharClass:      {"invalid character class", "ugyldig tegnklasse"},
	syntax.ErrInvalidCharRange:      {"invalid range of characters", "ugyldig tegnområde"},
	syntax.ErrInvalidEscape:         {"invalid escape sequence", "ugyldig tegn etter \\"},
	syntax.ErrInvalidNamedCapture:   {"invalid named group", "ugyldig navngitt gruppe"},
	syntax.ErrInvalidPerlOp:         {"what stands after (? is not known", "det som står etter (?, er ukjent"},
	syntax.ErrInvalidRepeatOp:       {"one repetition directly after another", "en gjentakelse rett etter en annen"},
	syntax.ErrInvalidRepeatSize:     {"invalid number of repetitions", "ugyldig antall gjentakelser"},
	syntax.ErrInvalidUTF8:           {"it is not UTF-8", "det er ikke UTF-8"},
	syntax.ErrMissingBracket:        {"missing closing ]", "mangler ] til slutt"},
	syntax.ErrMissingParen:          {"missing closing )", "mangler ) til slutt"},
	syntax.ErrMissingRepeatArgument: {"there is nothing to repeat", "det er ingenting å gjenta"},
	syntax.ErrTrailingBackslash:     {"nothing stands after the last \\", "det står ingenting etter siste \\"},
	syntax.ErrUnexpectedParen:       {"a ) without its (", "en ) uten sin ("},
	syntax.ErrNestingDepth:          {"it is nested too deeply", "det er for dypt nøstet"},
	syntax.ErrLarge:                 {"it is too large", "det er for stort"},
}

func patternsIn(language int) map[string]string {
	words := map[string]string{}
	for code, text := range patterns {
		words[PatternKey(code)] = text[language]
	}
	return words
}

// englishReasons are why a question cannot be asked, what is wrong with an address, and with a pattern.
func englishReasons() map[string]string {
	return union(view.Mistakes(), patternsIn(0), map[string]string{
		"invalid.limit":              "Between 1 and %d rows can be asked for.",
		"invalid.offset":             "Between 0 and %d rows can be skipped.",
		"invalid.site":               "It is not known which site is meant.",
		"invalid.range.backwards":    "The period begins on %s, after its end on %s.",
		"invalid.range.long":         "The period has %d days: choose one of at most %d.",
		"invalid.range.hours":        "The period has %d days: hours are shown for at most %d.",
		"invalid.metrics.none":       "No number was asked for.",
		"invalid.metric.unknown":     "There is no number named “%s”.",
		"invalid.twice":              "“%s” is asked for twice.",
		"invalid.dimensions.many":    "Rows are split by at most two things.",
		"invalid.dimension.unknown":  "Nothing is named “%s”.",
		"invalid.dimensions.times":   "Rows are split by one unit of time only.",
		"invalid.filters.many":       "There are %d filters: at most %d can be used.",
		"invalid.operator.unknown":   "Nothing can be compared by “%s”.",
		"invalid.filter.time":        "“%s” cannot be filtered by: choose the period instead.",
		"invalid.filter.values":      "“%s” for %s needs between 1 and %d values.",
		"invalid.filter.case":        "“%s” heeds the case of letters: write (?i) at the beginning of the pattern to ignore it.",
		"invalid.value.long":         "A value for %s has %d bytes: at most %d fit.",
		"invalid.value.empty":        "“%s” for %s needs a value that is not empty.",
		"invalid.pattern.long":       "A pattern for %s has %d bytes: at most %d fit.",
		"invalid.pattern.bad":        "The pattern for %s is not a regular expression (RE2): %s: “%s”.",
		"invalid.pattern.large":      "A pattern is too large: make it simpler.",
		"invalid.metric.page":        "%s is of pages: it is known where rows are pages or the view is filtered by one.",
		"invalid.metric.events":      "%s is not known of single events and their properties.",
		"invalid.metric.visits":      "%s is of whole visits and cannot be split by events or properties: filter by them instead.",
		"invalid.metric.reached":     "%s is of whole visits and cannot be split by where a goal was reached: filter by the goal instead.",
		"invalid.metric.goal":        "%s is of goals: choose one.",
		"invalid.metric.currency":    "%s needs a currency, for different ones are not added up.",
		"invalid.metric.conversions": "%s is of pages and not known of conversions.",
		"invalid.metrics.wholes":     "The share of visitors and the rate of conversions are of different wholes and do not stand in one table.",
		"invalid.percentage":         "A share is known of rows only.",
		"invalid.search.long":        "What is searched for has %d bytes: at most %d fit.",
		"invalid.search.time":        "Rows of time cannot be searched.",
		"invalid.search.count":       "Searches cannot be sorted by this.",
		"invalid.order.either":       "Rows are sorted by a number or by what they are.",
		"invalid.order.metric":       "“%s” is not in the table, so rows cannot be sorted by it.",
		"invalid.order.dimension":    "“%s” is not in the table, so rows cannot be sorted by it.",
		"invalid.order.many":         "Rows cannot be sorted by %d things: there are %d.",
		"invalid.conditions.deep":    "Conditions are nested deeper than %d.",
		"invalid.conditions.many":    "There are more than %d filters in all.",
		"invalid.condition.empty":    "“%s” needs at least one filter.",
		"invalid.condition.goals":    "“%s” needs at least one goal.",
		"invalid.condition.one":      "“%s” needs one filter, and has %d.",
		"invalid.condition.join":     "Filters cannot be joined by “%s”.",
		"invalid.goals.scroll":       "Goals of scroll depth cannot be put together with others: look at each by itself.",
		"invalid.goals.many":         "There are %d goals: at most %d can be looked at together.",
		"invalid.goal.search":        "The goal “%s” counts searches. They are linked to no visit, so it can be neither split nor filtered by.",
		"invalid.goal.kind":          "“%s” is no kind of goal.",
		"invalid.journey.page":       "A page of at most %d bytes is needed to look at its surroundings.",
		"invalid.funnel.steps":       "The funnel has %d steps: it needs between %d and %d.",
		"invalid.raw.rounded":        "The preset %s rounds what is shown to %d. Single events would undo that, so they are not handed out.",
	})
}

// bokmalReasons are the same in Norwegian Bokmål.
func bokmalReasons() map[string]string {
	return union(bokmalProblems(), patternsIn(1), map[string]string{
		"invalid.limit":              "Det kan spørres etter mellom 1 og %d rader.",
		"invalid.offset":             "Det kan hoppes over mellom 0 og %d rader.",
		"invalid.site":               "Det er ikke kjent hvilket nettsted det gjelder.",
		"invalid.range.backwards":    "Perioden begynner %s, etter at den slutter, %s.",
		"invalid.range.long":         "Perioden har %d dager: velg en på høyst %d.",
		"invalid.range.hours":        "Perioden har %d dager: timer vises for høyst %d.",
		"invalid.metrics.none":       "Det ble ikke spurt etter noe tall.",
		"invalid.metric.unknown":     "Det finnes ikke noe tall som heter «%s».",
		"invalid.twice":              "«%s» er spurt etter to ganger.",
		"invalid.dimensions.many":    "Rader deles etter høyst to ting.",
		"invalid.dimension.unknown":  "Ingenting heter «%s».",
		"invalid.dimensions.times":   "Rader deles etter bare én tidsenhet.",
		"invalid.filters.many":       "Det er %d filtre: høyst %d kan brukes.",
		"invalid.operator.unknown":   "Det går ikke an å sammenligne med «%s».",
		"invalid.filter.time":        "Det kan ikke filtreres på «%s»: velg perioden i stedet.",
		"invalid.filter.values":      "«%s» for %s trenger mellom 1 og %d verdier.",
		"invalid.filter.case":        "«%s» skiller mellom store og små bokstaver: skriv (?i) først i mønsteret for å se bort fra det.",
		"invalid.value.long":         "En verdi for %s har %d byte: høyst %d får plass.",
		"invalid.value.empty":        "«%s» for %s trenger en verdi som ikke er tom.",
		"invalid.pattern.long":       "Et mønster for %s har %d byte: høyst %d får plass.",
		"invalid.pattern.bad":        "Mønsteret for %s er ikke et regulært uttrykk (RE2): %s: «%s».",
		"invalid.pattern.large":      "Et mønster er for stort: gjør det enklere.",
		"invalid.metric.page":        "%s gjelder sider: det er kjent der radene er sider, eller når visningen er filtrert på en side.",
		"invalid.metric.events":      "%s er ikke kjent for enkelthendelser og egenskapene deres.",
		"invalid.metric.visits":      "%s gjelder hele besøk og kan ikke deles etter hendelser eller egenskaper: filtrer på dem i stedet.",
		"invalid.metric.reached":     "%s gjelder hele besøk og kan ikke deles etter hvor et mål ble nådd: filtrer på målet i stedet.",
		"invalid.metric.goal":        "%s gjelder mål: velg et.",
		"invalid.metric.currency":    "%s trenger en valuta, for ulike valutaer legges ikke sammen.",
		"invalid.metric.conversions": "%s gjelder sider og er ikke kjent for konverteringer.",
		"invalid.metrics.wholes":     "Andelen besøkende og andelen konverteringer er av hver sin helhet og står ikke i samme tabell.",
		"invalid.percentage":         "En andel er bare kjent for rader.",
		"invalid.search.long":        "Det som søkes etter, har %d byte: høyst %d får plass.",
		"invalid.search.time":        "Rader som er tid, kan ikke søkes i.",
		"invalid.search.count":       "Søk kan ikke sorteres etter dette.",
		"invalid.order.either":       "Rader sorteres etter et tall eller etter hva de er.",
		"invalid.order.metric":       "«%s» er ikke i tabellen, så rader kan ikke sorteres etter det.",
		"invalid.order.dimension":    "«%s» er ikke i tabellen, så rader kan ikke sorteres etter det.",
		"invalid.order.many":         "Rader kan ikke sorteres etter %d ting: det er %d.",
		"invalid.conditions.deep":    "Vilkår ligger dypere i hverandre enn %d.",
		"invalid.conditions.many":    "Det er mer enn %d filtre i alt.",
		"invalid.condition.empty":    "«%s» trenger minst ett filter.",
		"invalid.condition.goals":    "«%s» trenger minst ett mål.",
		"invalid.condition.one":      "«%s» trenger ett filter og har %d.",
		"invalid.condition.join":     "Filtre kan ikke settes sammen med «%s».",
		"invalid.goals.scroll":       "Mål for rulledybde kan ikke settes sammen med andre: se på hvert for seg.",
		"invalid.goals.many":         "Det er %d mål: høyst %d kan ses på sammen.",
		"invalid.goal.search":        "Målet «%s» teller søk. De er ikke knyttet til noe besøk, så det kan verken deles eller filtreres på.",
		"invalid.goal.kind":          "«%s» er ingen måltype.",
		"invalid.journey.page":       "Det trengs en side på høyst %d byte for å se på omgivelsene dens.",
		"invalid.funnel.steps":       "Trakten har %d steg: den trenger mellom %d og %d.",
		"invalid.raw.rounded":        "Forvalget %s avrunder det som vises, til %d. Enkelthendelser ville røpe de nøyaktige tallene, så de leveres ikke ut.",
	})
}

// bokmalProblems are the sentences of view.Mistakes.
func bokmalProblems() map[string]string {
	return map[string]string{
		"period.bad.kind":      "Det finnes ingen periode «%s»: velg en fra listen.",
		"period.bad.date":      "«%s» er ingen dato: skriv den som 2026-11-30.",
		"period.bad.future":    "%s er i fremtiden.",
		"period.bad.backwards": "Perioden slutter (%s) før den begynner (%s).",
		"period.bad.long":      "En periode er på høyst fem år.",
		"compare.bad.kind":     "Det finnes ingen sammenligning «%s»: velg en fra listen.",
		"compare.bad.period":   "Den andre perioden (%s til %s) slutter før den begynner, eller er lengre enn fem år.",
		"search.bad":           "Det som søkes etter i en tabell, er høyst %d byte tekst.",
		"filter.bad.text":      "«%s» er ikke et filter: skriv det som is:source:Google.",
		"filter.bad.by":        "Det kan ikke filtreres på «%s».",
		"filter.bad.pattern":   "Mønsteret «%s» er ikke et regulært uttrykk (RE2): %s.",
		"filter.bad.empty":     "Skriv en verdi å sammenligne med.",
		"filter.bad.key":       "Skriv navnet på egenskapen.",
		"filter.bad.dimension": "Velg fra listene hva som skal sammenlignes, og hvordan.",
		"filter.bad.goalop":    "Et mål er nådd eller ikke: velg «er» eller «er ikke».",
		"filter.bad.goal":      "Det finnes ikke noe mål som heter «%s».",
		"filter.bad.countries": "%d land passer: det må være mellom 1 og 50.",
		"filter.bad.values":    "Et filter tar høyst %d verdier.",
		"filter.bad.long":      "En verdi er for lang eller er ikke tekst: høyst %d byte får plass.",
		"filter.bad.many":      "En visning tar høyst %d filtre: fjern et først.",
		"condition.bad.deep":   "Vilkår ligger dypere i hverandre enn %d.",
		"condition.bad.many":   "Et vilkår tar høyst %d filtre.",
		"condition.bad.one":    "%s(…) tar ett vilkår.",
		"condition.bad.open":   "Et vilkår mangler parentesen som avslutter det.",
		"condition.bad.rest":   "«%s» står etter slutten på et vilkår.",
		"segment.bad.query":    "Det segmentet inneholder, kan ikke leses: lagre det på nytt.",
		"segment.gone":         "Segmentet «%s» finnes ikke lenger.",
		"goal.gone":            "Målet «%s» finnes ikke lenger.",
	}
}
