package language

// englishAudit are what was done and what changed, in the audit log.
func englishAudit() map[string]string {
	return map[string]string{
		"audit.action.open":           "Public page and frames changed",
		"audit.action.share.add":      "Shared link made",
		"audit.action.share.revoke":   "Shared link revoked",
		"audit.action.mailing.add":    "Report by e-mail added",
		"audit.action.mailing.remove": "Report by e-mail removed",
		"audit.action.mailing.test":   "Report sent for a test",
		"audit.action.alert.save":     "Alerts changed",
		"audit.action.alert.test":     "Webhook tried",

		"audit.said.text":           "%s",
		"audit.said.changed":        "%s: %s → %s",
		"audit.said.access":         "%s",
		"audit.said.access.changed": "%s → %s",
		"audit.said.token":          "%s for %s",
		"audit.said.second.on":      "off → on",
		"audit.said.second.off":     "on → off",
		"audit.said.public":         "The dashboards are public",
		"audit.said.private":        "The dashboards need a login",
		"audit.said.framed":         "framed by %s",
		"audit.said.mailing":        "%s, number of recipients: %s",
		"audit.said.alert":          "visitors now: %s, hours without a pageview: %s, hours between two alerts: %s",
		"audit.said.alert.to":       "number of recipients: %s",
		"audit.said.alert.hook":     "a webhook",

		"audit.field.preset":             "Preset",
		"audit.field.referrer_path":      "Paths of referrers kept",
		"audit.field.keep_ids":           "Identifiers in paths kept",
		"audit.field.min_searches":       "Searches before a phrase is shown",
		"audit.field.ignore_signals":     "Signals of browsers ignored",
		"audit.field.excluded_paths":     "Pages not counted",
		"audit.field.excluded_addresses": "Addresses not counted",
		"audit.field.hosts":              "Hosts that are counted",
		"audit.field.search_names":       "Search parameters",
		"audit.field.public":             "Public",
		"audit.field.zone":               "Time zone",
		"audit.field.require_second":     "Second factor demanded",

		"audit.value.none": "none",
		"audit.value.yes":  "yes",
		"audit.value.no":   "no",
	}
}

// bokmalAudit are the same in Norwegian Bokmål.
func bokmalAudit() map[string]string {
	return map[string]string{
		"audit.action.open":           "Offentlig side og rammer endret",
		"audit.action.share.add":      "Delt lenke laget",
		"audit.action.share.revoke":   "Delt lenke trukket tilbake",
		"audit.action.mailing.add":    "Rapport på e-post lagt til",
		"audit.action.mailing.remove": "Rapport på e-post fjernet",
		"audit.action.mailing.test":   "Rapport sendt som prøve",
		"audit.action.alert.save":     "Varsler endret",
		"audit.action.alert.test":     "Webhook prøvd",

		"audit.said.text":           "%s",
		"audit.said.changed":        "%s: %s → %s",
		"audit.said.access":         "%s",
		"audit.said.access.changed": "%s → %s",
		"audit.said.token":          "%s gjelder %s",
		"audit.said.second.on":      "av → på",
		"audit.said.second.off":     "på → av",
		"audit.said.public":         "Tallene er offentlige",
		"audit.said.private":        "Tallene krever innlogging",
		"audit.said.framed":         "rammes inn av %s",
		"audit.said.mailing":        "%s, antall mottakere: %s",
		"audit.said.alert":          "besøkende nå: %s, timer uten sidevisning: %s, timer mellom to varsler: %s",
		"audit.said.alert.to":       "antall mottakere: %s",
		"audit.said.alert.hook":     "en webhook",

		"audit.field.preset":             "Forvalg",
		"audit.field.referrer_path":      "Stier hos henvisere beholdes",
		"audit.field.keep_ids":           "Kjennetegn i stier beholdes",
		"audit.field.min_searches":       "Søk før en frase vises",
		"audit.field.ignore_signals":     "Signaler fra nettlesere overses",
		"audit.field.excluded_paths":     "Sider som ikke telles",
		"audit.field.excluded_addresses": "Adresser som ikke telles",
		"audit.field.hosts":              "Verter som telles",
		"audit.field.search_names":       "Søkeparametere",
		"audit.field.public":             "Offentlig",
		"audit.field.zone":               "Tidssone",
		"audit.field.require_second":     "Krav om totrinnsbekreftelse",

		"audit.value.none": "ingen",
		"audit.value.yes":  "ja",
		"audit.value.no":   "nei",
	}
}
