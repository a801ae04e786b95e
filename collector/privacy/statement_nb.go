package privacy

import "fmt"

// statementNB is the statement in Norwegian Bokmål.
func statementNB(f Facts) Statement {
	return Statement{
		Title: "Statistikk på " + f.Domain,
		Sections: []Section{
			{Title: "Kort fortalt", Text: []string{
				fmt.Sprintf("%s måler hvordan nettstedet brukes med Sporløs, et program vi driver selv. Ingen målinger forlater systemene våre, ingenting deles eller selges, og ingen følges fra dag til dag eller fra nettsted til nettsted.", f.Domain),
			}},
			{Title: "Hva som samles inn", Text: []string{"For hver side som vises, lagres dette:"}, List: collectedNB(f)},
			{Title: "IP-adresser", Text: addressNB(f)},
			{Title: "Informasjonskapsler", Text: []string{
				"Statistikken bruker ingen informasjonskapsler og lagrer ingenting på enheten din. Hvis du ber om å ikke bli talt, og bare da, tar nettleseren din vare på ønsket som en informasjonskapsel med navnet «sporlos» og verdien «no». Den er lik for alle som ber om det, så den identifiserer ingen.",
			}},
			{Title: "Søk på nettstedet og nyhetsbrev", Text: searchNB(f)},
			{Title: "Hvorfor, og på hvilket grunnlag", Text: []string{
				"Formålet er statistikk over bruken av nettstedet, slik at vi kan gjøre det bedre. Det vises bare summer; ingen kan se på én enkelt besøkende, heller ikke vi.",
				"[Behandlingsgrunnlag, for eksempel berettiget interesse (personvernforordningen artikkel 6 nr. 1 bokstav f): fylles ut av den behandlingsansvarlige.]",
			}},
			{Title: "Hvor lenge", Text: []string{
				fmt.Sprintf("Målingene slettes automatisk etter %d måneder. Det som skiller besøkende fra hverandre på én dag, ødelegges hver natt.", f.Months),
			}},
			{Title: "Rettighetene dine", Text: rightsNB(f)},
			{Title: "Kontakt", Text: []string{orPlace(f.Contact, "[Den behandlingsansvarliges navn, adresse og e-post; personvernombud, hvis det finnes.] "+
				"Du kan også klage til Datatilsynet (datatilsynet.no).")}},
		},
	}
}

func collectedNB(f Facts) (l list) {
	l = list{"dag og klokkeslett"}
	l.when(!f.KeepIDs, "siden: stien uten det som følger etter et spørsmålstegn; deler av den som ser ut som identifikatorer, blir byttet ut")
	l.when(f.KeepIDs, "siden: stien uten det som følger etter et spørsmålstegn; e-postadresser i den blir byttet ut")
	l.when(f.Campaigns, "kampanjenavn i lenken du fulgte (utm-parametere)")
	l.when(!f.ReferrerPath, "nettstedet du kom fra: navnet, uten siden")
	l.when(f.ReferrerPath, "nettstedet og siden du kom fra, uten det som følger etter et spørsmålstegn")
	l.when(!f.Places, "landet nettverket ditt ligger i")
	l.when(f.Places, "landet nettverket ditt ligger i og, der en tabell på tjeneren vår kjenner dem, region og by")
	l.when(true, "nettleser, operativsystem og type enhet, med hovedversjoner")
	l.when(f.Script, "hvor lenge siden ble sett på og hvor langt den ble rullet; nedlastinger, lenker til andre nettsteder, sendte skjemaer og lignende hendelser, uten det som ble skrevet i dem")
	return l
}

func addressNB(f Facts) []string {
	switch f.Identity {
	case "none":
		return []string{"IP-adressen din lagres aldri. Den siste delen fjernes før noe annet skjer med den, og resten brukes én gang, til å slå opp landet. Besøkende skilles ikke fra hverandre."}
	case "address":
		return []string{"IP-adressen din lagres aldri. For å telle besøkende regnes det ut et tall av den, nettleserens beskrivelse, språkene dine og en hemmelighet. Hemmeligheten byttes hver natt, og etter det kan tallet ikke knyttes til noen. Før landet slås opp, fjernes den siste delen av adressen."}
	}
	return []string{"IP-adressen din lagres aldri. Den siste delen fjernes før noe annet skjer med den. Resten brukes to ganger, i forbifarten: til å slå opp landet, og til å regne ut, sammen med nettleserens beskrivelse, språkene dine og en hemmelighet, et tall som skiller de besøkende på én dag fra hverandre. Hemmeligheten byttes hver natt, og etter det kan tallet ikke knyttes til noen."}
}

func searchNB(f Facts) (l list) {
	l.when(f.Script, fmt.Sprintf("Det det søkes etter på nettstedet, telles atskilt fra alt annet: søkeord, dag og antall, uten noen forbindelse til et besøk. E-postadresser og lange tall fjernes, og et søkeord vises bare når det er søkt etter minst %d ganger.", f.ShownFrom))
	l.when(!f.Script, "Søk på nettstedet telles ikke.")
	l.when(f.Newsletters && !f.Opens, "I nyhetsbrev telles klikk på lenker per nyhetsbrev, lenke og dag. Alle mottakere får de samme lenkene, så det er ikke kjent hvem som klikket. Det telles ikke hvem som åpner et nyhetsbrev, eller hvor ofte.")
	l.when(f.Newsletters && f.Opens, "I nyhetsbrev telles klikk på lenker per nyhetsbrev, lenke og dag, og hvor ofte et nyhetsbrev ble åpnet. Alle mottakere får de samme lenkene og bildene, så det er ikke kjent hvem som åpnet eller klikket.")
	l.when(!f.Newsletters, "Nyhetsbrev måles ikke.")
	return l
}

func rightsNB(f Facts) (l list) {
	at := orPlace(f.Page, "siden «Hva som lagres om dette besøket» [lenke til /privacy på innsamleren]")
	l.when(f.Identity != "none", "På "+at+" ser du nøyaktig hva som ville blitt lagret om besøket ditt, kan slette det som ble lagret i dag, og kan velge å ikke bli talt. Du trenger ikke å identifisere deg.")
	l.when(f.Identity == "none", "På "+at+" ser du nøyaktig hva som ville blitt lagret om besøket ditt, og kan velge å ikke bli talt. Du trenger ikke å identifisere deg.")
	l.when(f.Signals, "Er Global Privacy Control eller Do Not Track slått på i nettleseren din, blir du ikke talt; bare antallet slike nei per dag tas vare på.")
	l.when(true, "Når dagen er over, kan vi ikke finne ut hvilke målinger som er dine, og kan derfor verken vise eller slette dem enkeltvis (personvernforordningen artikkel 11).")
	return l
}
