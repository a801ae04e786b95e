package language

// englishPost holds the sentences of reports and alerts that are sent.
func englishPost() map[string]string {
	return map[string]string{
		"post.report.title": "Figures of %s",
		"post.report.was":   "was %s",
		"post.report.open":  "Open the dashboard",
		"post.report.leave": "Unsubscribe",
		"post.report.why":   "You get this because somebody who runs %s has put your address on its list. It holds no picture and nobody is told whether you read it.",

		"post.spike.subject": "%s: many visitors right now",
		"post.spike.text":    "%s has %s visitors right now. You wanted to know from %d on.",
		"post.drop.subject":  "%s: no pageviews",
		"post.drop.text":     "%s has had no pageview for %d hours. About %s are usual in these hours. Is the site up, and the script in its pages?",
		"post.alert.why":     "You get this because somebody who runs %s has set an alert. The same is told once in %d hours at most.",

		"post.test.subject": "%s: a test",
		"post.test.text":    "This is a test for %s. It arrived, so reports and alerts will, too.",
	}
}

func bokmalPost() map[string]string {
	return map[string]string{
		"post.report.title": "Tall for %s",
		"post.report.was":   "var %s",
		"post.report.open":  "Åpne oversikten",
		"post.report.leave": "Meld deg av",
		"post.report.why":   "Du får dette fordi noen som driver %s, har satt adressen din på listen. Her er ingen bilder, og ingen får vite om du leser det.",

		"post.spike.subject": "%s: mange besøkende akkurat nå",
		"post.spike.text":    "%s har %s besøkende akkurat nå. Du ville vite det fra %d og oppover.",
		"post.drop.subject":  "%s: ingen sidevisninger",
		"post.drop.text":     "%s har ikke hatt en eneste sidevisning på %d timer. Rundt %s er vanlig i disse timene. Er nettstedet oppe, og ligger skriptet på sidene?",
		"post.alert.why":     "Du får dette fordi noen som driver %s, har satt opp et varsel. Det samme meldes høyst én gang per %d timer.",

		"post.test.subject": "%s: en prøve",
		"post.test.text":    "Dette er en prøve for %s. Den kom frem, og det gjør rapporter og varsler også.",
	}
}
