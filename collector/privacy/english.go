package privacy

import "time"

var english = words{
	HTML: "en", Title: "What %s stores about this visit",
	Lead: "%s counts its visits with Sporløs: without cookies, without following anybody, and without anything that could recognise you tomorrow. " +
		"This page shows what that means for the very request with which you opened it.",
	Skip: "Skip to the content", Switch: "Norsk (bokmål)",

	NothingTitle: "Nothing would be stored",
	Refusals: map[Refusal]string{
		OptedOut: "You have chosen not to be counted here. The choice is kept in your own browser and says the same for everybody who made it.",
		Signal: "Your browser says that you do not want to be tracked (Global Privacy Control or Do Not Track). Here that is a no. " +
			"All that is kept is one number a day for the whole site: how often somebody said no.",
		Robot:   "Your browser introduces itself as a program, not as a person: a crawler, a monitor or a browser without a screen. Programs are not counted.",
		LeftOut: "Those who run the site do not count this page, or not those who come from the network you come from.",
		Fault:   "This request could not be counted.",
	},
	Notices: map[Notice]string{
		Erased:    "Done. Nothing that was stored today under your number is left: the rows are gone from the database, and the journal before it is overwritten.",
		Erasing:   "Your wish is recorded and survives a restart. It is carried out as soon as the database answers: usually within a minute, and otherwise the moment the database is back. There is nothing more for you to do.",
		NotErased: "Your wish could not be recorded at the moment. Please try again in a minute.",
		TooMany:   "There have been many such wishes in the last minute. Please try again in a minute.",
	},

	KeptTitle: "What would be kept", KeptLead: "As if this request had been a view of %s. The code that counts page views has computed it, and stored nothing.",
	ThrownTitle: "What was thrown away", ThrownLead: "Your browser sent this, too. It was used as it says below, and is forgotten with the answer you are reading.",
	EmptyTitle: "Fields that stay empty for this request", Field: "Field", Value: "Value",
	Fields: map[string]string{
		"Site": "Site", "Day": "Day", "Time": "Time", "Visitor": "Visitor’s number", "Visit": "Visit", "Name": "What happened", "Interactive": "Counts as activity",
		"Host": "Host", "Path": "Page", "Referrer": "Referring site", "Source": "Source", "Channel": "Channel",
		"UTMSource": "Campaign source", "UTMMedium": "Campaign medium", "UTMCampaign": "Campaign", "UTMContent": "Campaign content", "UTMTerm": "Campaign term",
		"Country": "Country", "Region": "Region", "City": "City", "Browser": "Browser", "BrowserVersion": "Browser version", "OS": "Operating system",
		"OSVersion": "System version", "Device": "Kind of device", "EngagementMS": "Time on page", "Scroll": "Scroll depth", "RevenueMilli": "Revenue", "Currency": "Currency", "Props": "Properties",
	},
	FieldNotes: map[string]string{
		"Path":           "Without what follows a question mark. E-mail addresses in it become :id.",
		"Country":        "Of your network, from a table on this server.",
		"BrowserVersion": "The main number only.",
	},
	VisitorNote: "Forgotten at midnight; see below.", VisitValue: "a random number, drawn when a visit begins",
	Yes: "yes", No: "no", Pageview: "page view",

	ThrownLabels: map[string]string{"Address": "Your IP address", "Query": "The page’s query", "Rest": "Everything else"},
	ThrownAddress: map[string]string{
		"network": "Cut to this network before anything else saw it; this page cannot show more, for there is no more. The network gives the country and goes into today’s number.",
		"address": "Your whole address goes into today’s number, which cannot be turned back; for everything else it was cut to this network, which gives the country.",
		"none":    "Cut to this network before anything else saw it. The network gives the country, and that is all it is used for.",
	},
	ThrownAgent:    map[string]string{"network": "The text itself goes into today’s number.", "address": "The text itself goes into today’s number.", "none": ""},
	ThrownLanguage: map[string]string{"network": "Goes into today’s number, and chose the language of this page.", "address": "Goes into today’s number, and chose the language of this page.", "none": "Chose the language of this page."},
	ThrownDevice:   "Became: %s.", ThrownHints: "Makes the browser’s name more exact.", ThrownQuery: "Of the page’s address only campaign names are read; the rest was not.",
	ThrownRest: "No other header is read, no cookie but your own no, and nothing from your device: no screen, no fonts, no storage.",
	Unused:     "Nothing was made of it.", UnusedLanguage: "Chose the language of this page.",

	NumberTitle: "A number that dies at midnight",
	NumberText: map[string]string{
		"network": "From your network, your browser’s description, your languages and a secret, a number is computed. Today yours begins with %s. It tells apart the visitors of one day on this one site, and nothing else. At %s (%s), in %s, the secret is destroyed. Tomorrow’s number has nothing to do with it, and whose today’s was cannot be found out any more, by anybody.",
		"address": "From your address, your browser’s description, your languages and a secret, a number is computed. Today yours begins with %s. It tells apart the visitors of one day on this one site, and nothing else. At %s (%s), in %s, the secret is destroyed. Tomorrow’s number has nothing to do with it, and whose today’s was cannot be found out any more, by anybody.",
		"none":    "Here no number is computed. Visitors are not told apart, so nothing that is stored belongs to anybody.",
	},
	NumberShared: "Others in your network who use the same browser in the same languages have the same number. That is why this page does not say what is stored under it: it could be somebody else’s visit.",

	ChoicesTitle: "What you can do",
	EraseTitle:   "Erase what is stored under your number today",
	EraseText: "Every page view of today under the number of this request is deleted, from the database and from the journal before it. " +
		"It can only be the number of the request you send, and all that is under it goes. Earlier days are out of reach: nobody knows which rows are yours.",
	EraseAfter:  "What you do here afterwards is counted again, as a new visit, unless you also choose not to be counted.",
	EraseButton: "Erase today’s data",
	OptTitle:    "Not be counted at all",
	OptOutText: "Then %s keeps your no in your browser: a cookie called sporlos whose value is no. It says the same for everybody, so it identifies nobody; it stays for 12 months, " +
		"and it is set only because you ask for it. It is the only cookie there is.",
	OptInText:    "You are not counted on %s. Your no is the cookie sporlos in this browser, and goes when you take it back here or delete it.",
	OptOutButton: "Do not count me", OptInButton: "Count me again",
	OptElsewhere: "This page comes from another address than %s, and a choice made here would not reach it. Look for the switch in the site’s own privacy statement, " +
		"or switch on Global Privacy Control in your browser: that is a no here, too.",

	CountedTitle: "What this site counts", WhatTitle: "What", WhyTitle: "Why", LongTitle: "For how long",
	WhyText:  "To see which pages are read, how people find them, and what they search for in vain, so that the site can be made better. Only counts are ever shown: nobody, the site’s owner included, can look at the visit of one person.",
	LongText: "Measurements are deleted automatically after %d months. What tells the visitors of one day apart is destroyed every night, and your address is never stored at all.",
	More:     "The whole privacy statement", Made: "Sporløs: statistics that leave no trace",

	BlockTitle:  "Statistics on %s",
	BlockText:   "This site counts its visits without cookies and follows nobody. Your IP address is never stored.",
	BlockNumber: "Visitors are told apart by a number that dies at midnight.",
	BlockLong:   "Measurements are deleted after %d months.",
	BlockLink:   "See what would be stored about you, erase today’s data, or opt out",
	BlockNo:     "You are not counted.",

	OwnerTitle: "For whoever runs %s", OwnerText: "To put into the site’s own privacy statement: the summary in a frame, a link, and a switch that works on the site itself.",
	Unknown: "Not counted here", UnknownText: "This server counts no site called %s, so it stores nothing about you there. The address of this page names the site: /privacy?d=example.org.",

	momentLayout: func(t time.Time) string { return t.Format("15:04 on Monday 2 January") },
	hours:        [2]string{"hour", "hours"}, minutes: [2]string{"minute", "minutes"}, and: [2]string{" and ", " and "},
}
