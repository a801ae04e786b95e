package privacy

import (
	"fmt"
	"time"
)

var bokmal = words{
	HTML: "nb", Title: "Hva %s lagrer om dette besøket",
	Lead: "%s teller besøk med Sporløs: uten informasjonskapsler, uten å følge noen, og uten noe som kan kjenne deg igjen i morgen. " +
		"Denne siden viser hva det betyr for akkurat den forespørselen du åpnet den med.",
	Skip: "Gå til innholdet", Switch: "English",

	NothingTitle: "Ingenting ville blitt lagret",
	Refusals: map[Refusal]string{
		OptedOut: "Du har valgt å ikke bli talt her. Valget ligger i din egen nettleser og er likt for alle som har tatt det.",
		Signal: "Nettleseren din sier at du ikke vil spores (Global Privacy Control eller Do Not Track). Her er det et nei. " +
			"Det eneste som tas vare på, er ett tall om dagen for hele nettstedet: hvor mange ganger noen sa nei.",
		Robot:   "Nettleseren din presenterer seg som et program, ikke som et menneske: en søkerobot, en overvåker eller en nettleser uten skjerm. Programmer telles ikke.",
		LeftOut: "De som driver nettstedet, teller ikke denne siden, eller ikke dem som kommer fra nettet du kommer fra.",
		Fault:   "Denne forespørselen kunne ikke telles.",
	},
	Notices: map[Notice]string{
		Erased:    "Ferdig. Ingenting av det som ble lagret i dag under tallet ditt, er igjen: Radene er borte fra databasen, og journalen foran den er overskrevet.",
		Erasing:   "Ønsket ditt er notert og overlever en omstart. Det utføres så snart databasen svarer: vanligvis innen et minutt, og ellers i det øyeblikket databasen er tilbake. Du trenger ikke gjøre noe mer.",
		NotErased: "Ønsket ditt kunne ikke noteres akkurat nå. Prøv igjen om et minutt.",
		TooMany:   "Det har kommet mange slike ønsker det siste minuttet. Prøv igjen om et minutt.",
	},

	KeptTitle: "Dette ville blitt tatt vare på", KeptLead: "Som om denne forespørselen hadde vært en visning av %s. Koden som teller sidevisninger har regnet det ut, og ikke lagret noe.",
	ThrownTitle: "Dette ble kastet", ThrownLead: "Dette sendte nettleseren din også. Det ble brukt slik det står under, og er glemt sammen med svaret du leser nå.",
	EmptyTitle: "Felt som er tomme for denne forespørselen", Field: "Felt", Value: "Verdi",
	Fields: map[string]string{
		"Site": "Nettsted", "Day": "Dag", "Time": "Klokkeslett", "Visitor": "Besøkendes tall", "Visit": "Besøk", "Name": "Hva som skjedde", "Interactive": "Regnes som aktivitet",
		"Host": "Vert", "Path": "Side", "Referrer": "Henvisende nettsted", "Source": "Kilde", "Channel": "Kanal",
		"UTMSource": "Kampanjekilde", "UTMMedium": "Kampanjemedium", "UTMCampaign": "Kampanje", "UTMContent": "Kampanjeinnhold", "UTMTerm": "Kampanjeord",
		"Country": "Land", "Region": "Region", "City": "By", "Browser": "Nettleser", "BrowserVersion": "Nettleserens versjon", "OS": "Operativsystem",
		"OSVersion": "Systemets versjon", "Device": "Type enhet", "EngagementMS": "Tid på siden", "Scroll": "Hvor langt du rullet", "RevenueMilli": "Omsetning", "Currency": "Valuta", "Props": "Egenskaper",
	},
	FieldNotes: map[string]string{
		"Path":           "Uten det som følger etter et spørsmålstegn. E-postadresser i den blir til :id.",
		"Country":        "Nettverkets land, fra en tabell på denne tjeneren.",
		"BrowserVersion": "Bare hovednummeret.",
	},
	VisitorNote: "Glemmes ved midnatt; se under.", VisitValue: "et tilfeldig tall som trekkes når et besøk begynner",
	Yes: "ja", No: "nei", Pageview: "sidevisning",

	ThrownLabels: map[string]string{"Address": "IP-adressen din", "Query": "Sidens spørring", "Rest": "Alt annet"},
	ThrownAddress: map[string]string{
		"network": "Kuttet til dette nettverket før noe annet fikk se den; siden kan ikke vise mer, for det finnes ikke mer. Nettverket gir landet og inngår i dagens tall.",
		"address": "Hele adressen din inngår i dagens tall, som ikke kan regnes tilbake; til alt annet ble den kuttet til dette nettverket, som gir landet.",
		"none":    "Kuttet til dette nettverket før noe annet fikk se den. Nettverket gir landet, og brukes ikke til noe annet.",
	},
	ThrownAgent:    map[string]string{"network": "Selve teksten inngår i dagens tall.", "address": "Selve teksten inngår i dagens tall.", "none": ""},
	ThrownLanguage: map[string]string{"network": "Inngår i dagens tall, og valgte språket på denne siden.", "address": "Inngår i dagens tall, og valgte språket på denne siden.", "none": "Valgte språket på denne siden."},
	ThrownDevice:   "Ble til: %s.", ThrownHints: "Gjør nettleserens navn mer nøyaktig.", ThrownQuery: "Av sidens adresse leses bare kampanjenavn; resten ble ikke lest.",
	ThrownRest: "Ingen andre felt i forespørselen leses, ingen informasjonskapsel utenom ditt eget nei, og ingenting fra enheten din: ikke skjerm, ikke skrifttyper, ikke lagring.",
	Unused:     "Det ble ikke laget noe av det.", UnusedLanguage: "Valgte språket på denne siden.",

	NumberTitle: "Et tall som dør ved midnatt",
	NumberText: map[string]string{
		"network": "Av nettverket ditt, nettleserens beskrivelse, språkene dine og en hemmelighet regnes det ut et tall. I dag begynner ditt med %s. Det skiller de besøkende fra hverandre på én dag og ett nettsted, og ikke noe annet. %s (%s), om %s, blir hemmeligheten ødelagt. Morgendagens tall har ingenting med det å gjøre, og hvem dagens tilhørte, kan ingen lenger finne ut.",
		"address": "Av adressen din, nettleserens beskrivelse, språkene dine og en hemmelighet regnes det ut et tall. I dag begynner ditt med %s. Det skiller de besøkende fra hverandre på én dag og ett nettsted, og ikke noe annet. %s (%s), om %s, blir hemmeligheten ødelagt. Morgendagens tall har ingenting med det å gjøre, og hvem dagens tilhørte, kan ingen lenger finne ut.",
		"none":    "Her regnes det ikke ut noe tall. Besøkende skilles ikke fra hverandre, så ingenting av det som lagres, tilhører noen.",
	},
	NumberShared: "Andre i nettverket ditt som bruker samme nettleser på samme språk, har samme tall. Derfor sier ikke denne siden hva som er lagret under det: Det kunne være noen andres besøk.",

	ChoicesTitle: "Dette kan du gjøre",
	EraseTitle:   "Slett det som er lagret under tallet ditt i dag",
	EraseText: "Hver sidevisning i dag under tallet til denne forespørselen blir slettet, fra databasen og fra journalen foran den. " +
		"Det kan bare være tallet til forespørselen du sender, og alt som ligger under det, forsvinner. Tidligere dager er utenfor rekkevidde: Ingen vet hvilke rader som er dine.",
	EraseAfter:  "Det du gjør her etterpå, telles på nytt, som et nytt besøk, hvis du ikke også velger å ikke bli talt.",
	EraseButton: "Slett dagens data",
	OptTitle:    "Ikke bli talt i det hele tatt",
	OptOutText: "Da tar %s vare på ditt nei i nettleseren din: en informasjonskapsel som heter sporlos og har verdien no. Den er lik for alle, så den identifiserer ingen; den varer i 12 måneder, " +
		"og den settes bare fordi du ber om det. Det er den eneste informasjonskapselen som finnes.",
	OptInText:    "Du telles ikke på %s. Ditt nei er informasjonskapselen sporlos i denne nettleseren, og forsvinner når du tar det tilbake her eller sletter den.",
	OptOutButton: "Ikke tell meg", OptInButton: "Tell meg igjen",
	OptElsewhere: "Denne siden kommer fra en annen adresse enn %s, og et valg du tar her, ville ikke nå dit. Se etter bryteren i nettstedets egen personvernerklæring, " +
		"eller slå på Global Privacy Control i nettleseren din: Det er også et nei her.",

	CountedTitle: "Hva dette nettstedet teller", WhatTitle: "Hva", WhyTitle: "Hvorfor", LongTitle: "Hvor lenge",
	WhyText:  "For å se hvilke sider som leses, hvordan folk finner dem, og hva de leter forgjeves etter, slik at nettstedet kan bli bedre. Det vises aldri annet enn antall: Ingen, heller ikke nettstedets eier, kan se på én persons besøk.",
	LongText: "Målingene slettes automatisk etter %d måneder. Det som skiller de besøkende på én dag fra hverandre, ødelegges hver natt, og adressen din lagres aldri.",
	More:     "Hele personvernerklæringen", Made: "Sporløs: statistikk som ikke etterlater spor",

	BlockTitle:  "Statistikk på %s",
	BlockText:   "Nettstedet teller besøk uten informasjonskapsler og følger ingen. IP-adressen din lagres aldri.",
	BlockNumber: "Besøkende skilles fra hverandre med et tall som dør ved midnatt.",
	BlockLong:   "Målingene slettes etter %d måneder.",
	BlockLink:   "Se hva som ville blitt lagret om deg, slett dagens data, eller reserver deg",
	BlockNo:     "Du blir ikke talt.",

	OwnerTitle: "For den som driver %s", OwnerText: "Til nettstedets egen personvernerklæring: sammendraget i en ramme, en lenke, og en bryter som virker på selve nettstedet.",
	Unknown: "Telles ikke her", UnknownText: "Denne tjeneren teller ikke noe nettsted som heter %s, så den lagrer ingenting om deg der. Adressen til denne siden navngir nettstedet: /privacy?d=example.org.",

	momentLayout: norwegianMoment,
	hours:        [2]string{"time", "timer"}, minutes: [2]string{"minutt", "minutter"}, and: [2]string{" og ", " og "},
}

func norwegianMoment(t time.Time) string {
	days := [...]string{"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"}
	months := [...]string{"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"}
	return fmt.Sprintf("Klokken %s %s %d. %s", t.Format("15:04"), days[t.Weekday()], t.Day(), months[t.Month()-1])
}
