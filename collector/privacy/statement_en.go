package privacy

import "fmt"

// statementEN is the English statement.
func statementEN(f Facts) Statement {
	return Statement{
		Title: "Statistics on " + f.Domain,
		Sections: []Section{
			{Title: "In short", Text: []string{
				fmt.Sprintf("%s measures how it is used with Sporløs, a program we run ourselves. No measurement leaves our systems, nothing is shared or sold, and nobody is followed from day to day or from site to site.", f.Domain),
			}},
			{Title: "What is collected", Text: []string{"For every page that is shown, this is stored:"}, List: collectedEN(f)},
			{Title: "IP addresses", Text: addressEN(f)},
			{Title: "Cookies", Text: []string{
				"The statistics use no cookies and store nothing on your device. If, and only if, you ask not to be counted, your browser keeps that wish as a cookie named “sporlos” with the value “no”. It is the same for everybody who asks, so it identifies nobody.",
			}},
			{Title: "Site search and newsletters", Text: searchEN(f)},
			{Title: "Why, and on what ground", Text: []string{
				"The purpose is statistics about the use of the site, so that we can improve it. Only sums are shown; there is no view of a single visitor, to us neither.",
				"[Legal basis, for instance legitimate interest (GDPR Article 6(1)(f)): to be stated by the controller.]",
			}},
			{Title: "For how long", Text: []string{
				fmt.Sprintf("Measurements are deleted automatically after %d months. What tells visitors of one day apart is destroyed every night.", f.Months),
			}},
			{Title: "Your rights", Text: rightsEN(f)},
			{Title: "Contact", Text: []string{orPlace(f.Contact, "[Name, address and e-mail of the controller; data protection officer, if there is one.] "+
				"You may also complain to the data protection authority: in Norway, Datatilsynet (datatilsynet.no).")}},
		},
	}
}

func collectedEN(f Facts) (l list) {
	l = list{"day and time"}
	l.when(!f.KeepIDs, "the page: its path without anything behind a question mark; parts of it that look like identifiers are replaced")
	l.when(f.KeepIDs, "the page: its path without anything behind a question mark; e-mail addresses in it are replaced")
	l.when(f.Campaigns, "names of campaigns in the link you followed (utm parameters)")
	l.when(!f.ReferrerPath, "the site you came from: its name, without the page")
	l.when(f.ReferrerPath, "the site and page you came from, without anything behind a question mark")
	l.when(!f.Places, "the country of your network")
	l.when(f.Places, "the country of your network and, where a table on our server knows them, region and city")
	l.when(true, "browser, operating system and kind of device, with main versions")
	l.when(f.Script, "how long the page was looked at and how far it was scrolled; downloads, links to other sites, forms sent and similar events, without what was written in them")
	return l
}

func addressEN(f Facts) []string {
	switch f.Identity {
	case "none":
		return []string{"Your IP address is never stored. Its last part is removed before anything else is done with it, and what remains is used once, to look up the country. Visitors are not told apart."}
	case "address":
		return []string{"Your IP address is never stored. To count visitors, a number is computed from it, the description of your browser, its languages and a secret. The secret is replaced every night, after which the number can be tied to nobody. To look up the country, the last part of the address is removed first."}
	}
	return []string{"Your IP address is never stored. Its last part is removed before anything else is done with it. What remains is used twice, in passing: to look up the country, and to compute, together with the description of your browser, its languages and a secret, a number by which the visitors of one day are told apart. The secret is replaced every night, after which the number can be tied to nobody."}
}

func searchEN(f Facts) (l list) {
	l.when(f.Script, fmt.Sprintf("What is searched for on this site is counted apart from everything else: phrase, day and number, without any link to a visit. E-mail addresses and long numbers are removed, and a phrase is shown only when it was searched for at least %d times.", f.ShownFrom))
	l.when(!f.Script, "Searches on this site are not counted.")
	l.when(f.Newsletters && !f.Opens, "In newsletters, clicks on links are counted per newsletter, link and day. All recipients get the same links, so it is not known who clicked. It is not counted who opens a newsletter, nor how often.")
	l.when(f.Newsletters && f.Opens, "In newsletters, clicks on links are counted per newsletter, link and day, and so is how often a newsletter was opened. All recipients get the same links and pictures, so it is not known who opened or clicked.")
	l.when(!f.Newsletters, "Newsletters are not measured.")
	return l
}

func rightsEN(f Facts) (l list) {
	at := orPlace(f.Page, "the page “What is stored about this visit” [link to /privacy on the collector]")
	l.when(f.Identity != "none", "At "+at+" you see exactly what would be stored about your visit, can erase what was stored today, and can choose not to be counted. No identification is needed for it.")
	l.when(f.Identity == "none", "At "+at+" you see exactly what would be stored about your visit, and can choose not to be counted. No identification is needed for it.")
	l.when(f.Signals, "Is Global Privacy Control or Do Not Track switched on in your browser, you are not counted; only the daily number of such refusals is kept.")
	l.when(true, "After the day is over we cannot find out which measurements are yours, and therefore can neither show nor erase them one by one (GDPR Article 11).")
	return l
}

func orPlace(text, place string) string {
	if text == "" {
		return place
	}
	return text
}
