package language

// englishAccounts are the sentences about who may do what: users, their accounts, tokens and the audit log.
func englishAccounts() map[string]string {
	return map[string]string{
		"error.role":    "Your role does not include this",
		"error.role.do": "Ask an owner of this installation to do it, or to give you another role.",

		"audit.title":   "Audit log",
		"audit.who":     "Who",
		"audit.action":  "What",
		"audit.time":    "When",
		"audit.target":  "Of what",
		"audit.detail":  "Change",
		"audit.all":     "All",
		"audit.show":    "Show",
		"audit.newer":   "Newer",
		"audit.older":   "Older",
		"audit.command": "command line",
		"audit.none":    "Nothing has been changed here yet. What is administered is written down: who, when and what.",
		"audit.kept":    "Administrative changes are kept for %d months. Passwords and other secrets are never part of them.",

		"audit.total.one":  "%s change",
		"audit.total.many": "%s changes",

		"audit.action.site.add":          "Site added",
		"audit.action.site.set":          "Settings of a site changed",
		"audit.action.site.remove":       "Site removed",
		"audit.action.user.add":          "User added",
		"audit.action.user.invite":       "One-time link made",
		"audit.action.user.role":         "Role changed",
		"audit.action.user.remove":       "User removed",
		"audit.action.user.password":     "Password set",
		"audit.action.token.add":         "API token added",
		"audit.action.token.remove":      "API token removed",
		"audit.action.newsletter.add":    "Newsletter added",
		"audit.action.newsletter.set":    "Newsletter changed",
		"audit.action.newsletter.remove": "Newsletter removed",
	}
}

// bokmalAccounts are the same in Norwegian Bokmål.
func bokmalAccounts() map[string]string {
	return map[string]string{
		"error.role":    "Rollen din gir ikke adgang til dette",
		"error.role.do": "Be en eier av installasjonen om å gjøre det, eller om å gi deg en annen rolle.",

		"audit.title":   "Endringslogg",
		"audit.who":     "Hvem",
		"audit.action":  "Hva",
		"audit.time":    "Når",
		"audit.target":  "Gjelder",
		"audit.detail":  "Endring",
		"audit.all":     "Alle",
		"audit.show":    "Vis",
		"audit.newer":   "Nyere",
		"audit.older":   "Eldre",
		"audit.command": "kommandolinjen",
		"audit.none":    "Ingenting er endret her ennå. Det som administreres, blir skrevet ned: hvem, når og hva.",
		"audit.kept":    "Administrative endringer beholdes i %d måneder. Passord og andre hemmeligheter står aldri der.",

		"audit.total.one":  "%s endring",
		"audit.total.many": "%s endringer",

		"audit.action.site.add":          "Nettsted lagt til",
		"audit.action.site.set":          "Innstillinger for et nettsted endret",
		"audit.action.site.remove":       "Nettsted fjernet",
		"audit.action.user.add":          "Bruker lagt til",
		"audit.action.user.invite":       "Engangslenke laget",
		"audit.action.user.role":         "Rolle endret",
		"audit.action.user.remove":       "Bruker fjernet",
		"audit.action.user.password":     "Passord satt",
		"audit.action.token.add":         "API-nøkkel lagt til",
		"audit.action.token.remove":      "API-nøkkel fjernet",
		"audit.action.newsletter.add":    "Nyhetsbrev lagt til",
		"audit.action.newsletter.set":    "Nyhetsbrev endret",
		"audit.action.newsletter.remove": "Nyhetsbrev fjernet",
	}
}
