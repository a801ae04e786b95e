package language

// englishBehaviour are the sentences of the pages about now, goals and journeys.
func englishBehaviour() map[string]string {
	return map[string]string{
		"nav.realtime": "Realtime",
		"nav.goals":    "Goals",
		"nav.journeys": "Journeys",

		"realtime.now":       "Visitors now",
		"realtime.visitors":  "Visitors, last 30 minutes",
		"realtime.views":     "Pageviews, last 30 minutes",
		"realtime.said":      "Pageviews by minute: %s in the last 30 minutes, by %s visitors",
		"realtime.minute":    "%s: %s pageviews, %s visitors",
		"realtime.ago":       "30 minutes ago",
		"realtime.this":      "now",
		"realtime.pages":     "Where they are",
		"realtime.sources":   "Where they came from",
		"realtime.countries": "From which countries",
		"realtime.recent":    "30 min",
		"realtime.live":      "Now",
		"realtime.quiet":     "Nobody in the last 30 minutes. Open a page of the site in another window: it shows here within a minute.",

		"goals.title":     "Goals",
		"goals.goal":      "Goal",
		"goals.converted": "Visitors",
		"goals.times":     "Conversions",
		"goals.rate":      "Rate",
		"goals.revenue":   "Revenue",
		"goals.none":      "There is no goal yet",
		"goals.teach":     "A goal is something you want visitors to do: see a page, send an event, read a page to its end, search. Define one, and it is counted for all that is stored, the past included.",
		"goals.define":    "Define a goal",
		"goals.unlinked":  "Searches are stored apart from visits: a goal of searches counts how often, never who. Its rate is searches per 100 visits.",

		"funnel.step":    "Step",
		"funnel.rate":    "Of the last",
		"funnel.dropped": "Lost",
		"funnel.said":    "%s go all the way: %s of %s visits",
		"funnel.how":     "Within one visit, in this order; other things may happen in between.",
		"funnel.none":    "There is no funnel yet",
		"funnel.teach":   "A funnel puts two to eight goals in a row and shows where visits are lost on the way. It is defined in the settings, beside the goals.",

		"journey.page":    "Page",
		"journey.seen":    "Seen",
		"journey.entered": "Visits began here",
		"journey.left":    "Visits ended here",
		"journey.before":  "Seen right before",
		"journey.after":   "Seen right after",
		"journey.none":    "No other page in these visits. Choose a page that is seen more often, or a longer period.",
		"journey.teach":   "Journeys show which pages are seen right before and right after another, within a visit. Choose a period in which pages were viewed, or fewer filters.",
		"journey.go":      "Go on to %s",
		"journey.how":     "Within visits, in the order pages were seen. Click a page to walk on.",
	}
}

// bokmalBehaviour are the same in Norwegian Bokmål.
func bokmalBehaviour() map[string]string {
	return map[string]string{
		"nav.realtime": "Akkurat nå",
		"nav.goals":    "Mål",
		"nav.journeys": "Veier",

		"realtime.now":       "Besøkende nå",
		"realtime.visitors":  "Besøkende, siste 30 minutter",
		"realtime.views":     "Sidevisninger, siste 30 minutter",
		"realtime.said":      "Sidevisninger per minutt: %s de siste 30 minuttene, av %s besøkende",
		"realtime.minute":    "%s: %s sidevisninger, %s besøkende",
		"realtime.ago":       "for 30 minutter siden",
		"realtime.this":      "nå",
		"realtime.pages":     "Hvor de er",
		"realtime.sources":   "Hvor de kom fra",
		"realtime.countries": "Fra hvilke land",
		"realtime.recent":    "30 min",
		"realtime.live":      "Nå",
		"realtime.quiet":     "Ingen de siste 30 minuttene. Åpne en side på nettstedet i et annet vindu: den vises her i løpet av et minutt.",

		"goals.title":     "Mål",
		"goals.goal":      "Mål",
		"goals.converted": "Besøkende",
		"goals.times":     "Ganger",
		"goals.rate":      "Andel",
		"goals.revenue":   "Inntekt",
		"goals.none":      "Det finnes ingen mål ennå",
		"goals.teach":     "Et mål er noe du ønsker at besøkende skal gjøre: se en side, sende en hendelse, lese en side til slutten, søke. Definer et, så telles det for alt som er lagret, også bakover i tid.",
		"goals.define":    "Definer et mål",
		"goals.unlinked":  "Søk lagres atskilt fra besøk: et mål for søk teller hvor ofte, aldri hvem. Andelen er søk per 100 besøk.",

		"funnel.step":    "Steg",
		"funnel.rate":    "Av forrige",
		"funnel.dropped": "Falt fra",
		"funnel.said":    "%s går hele veien: %s av %s besøk",
		"funnel.how":     "Innenfor ett besøk, i denne rekkefølgen; annet kan skje innimellom.",
		"funnel.none":    "Det finnes ingen trakt ennå",
		"funnel.teach":   "En trakt setter to til åtte mål etter hverandre og viser hvor besøk faller fra underveis. Den defineres i innstillingene, ved siden av målene.",

		"journey.page":    "Side",
		"journey.seen":    "Sett",
		"journey.entered": "Besøk begynte her",
		"journey.left":    "Besøk sluttet her",
		"journey.before":  "Sett rett før",
		"journey.after":   "Sett rett etter",
		"journey.none":    "Ingen annen side i disse besøkene. Velg en side som ses oftere, eller en lengre periode.",
		"journey.teach":   "Veier viser hvilke sider som ses rett før og rett etter en annen, innenfor et besøk. Velg en periode der sider ble vist, eller færre filtre.",
		"journey.go":      "Gå videre til %s",
		"journey.how":     "Innenfor besøk, i den rekkefølgen sidene ble sett. Klikk på en side for å gå videre.",
	}
}
