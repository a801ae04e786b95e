package site

import "fmt"

// Mistake is what is wrong with something an owner asked for, as a key that every language of the dashboards has a sentence for.
type Mistake struct {
	Key  string // in the table of Mistakes
	Args []any  // in the order of the sentence's verbs
}

// Error is the sentence in English.
func (m *Mistake) Error() string { return fmt.Sprintf(mistakes[m.Key], m.Args...) }

// mistake says what is wrong. Its key is in the table.
func mistake(key string, args ...any) error { return &Mistake{key, args} }

// mistakes are the sentences in English: what is wrong, and what would be right.
var mistakes = map[string]string{
	"mistake.name":            "The name is missing or over %d bytes: give a short one.",
	"mistake.text":            "The text is missing or over %d bytes: give a short one.",
	"mistake.list":            "A list has at most %d entries.",
	"mistake.address":         "%q is neither an address nor a network: give it as in 192.0.2.7, 192.0.2.0/24 or 2001:db8::/48.",
	"mistake.everybody":       "%q is everybody: nothing would be counted any more.",
	"mistake.host":            "%q is no host: give it as in shop.example.org, or *.example.org for every host below it.",
	"mistake.searchname":      "%q is no name of a query parameter: give it as in q.",
	"mistake.goal.kind":       "%q is no kind of goal: it is page, event, scroll or search.",
	"mistake.pattern":         "%q is not a path: it begins with /, has at most %d bytes, and may hold * for any part of a segment and ** for anything.",
	"mistake.goal.event":      "Say which event reaches the goal: its name has at most %d bytes and is neither pageview nor engagement.",
	"mistake.goal.props":      "A goal has at most %d conditions, each with a property and a value.",
	"mistake.goal.scroll":     "%d percent of a page cannot be a goal: 1 to 100.",
	"mistake.goal.outcome":    "%q is no outcome of a search: it is search, zero, open, refine or leave.",
	"mistake.goal.currency":   "%q is no currency: it has three letters, as in NOK.",
	"mistake.goal.revenue":    "Only a goal that is reached by an event has revenue: the others carry none.",
	"mistake.funnel.steps":    "A funnel has %d to %d steps.",
	"mistake.goal.used":       "The goal %q is a step of the funnel %q: change or remove the funnel first.",
	"mistake.many":            "There are %d already: remove one that is not needed any more.",
	"mistake.funnel.goal":     "There is no goal %q on this site: add it first.",
	"mistake.funnel.search":   "The goal %q is reached by searches, and which visit searched is not known: it cannot be a step of a funnel.",
	"mistake.funnel.twice":    "A funnel has each goal at most once.",
	"mistake.segment.query":   "There are no filters to keep, or over %d bytes of them.",
	"mistake.segment.filter":  "These filters cannot be kept: %s",
	"mistake.zone":            "The time zone %q is not known: use an IANA name such as Europe/Oslo.",
	"mistake.segment.owner":   "A segment has an owner.",
	"mistake.annotation.hour": "%d is no hour of the day: 0 to 23.",
	"mistake.annotation.day":  "Say on which day it was.",
	"mistake.mail.cadence":    "A report comes weekly or monthly, not %q.",
	"mistake.mail.nobody":     "A report needs a recipient: give at least one e-mail address.",
	"mistake.mail.many":       "There are %d recipients: at most %d.",
	"mistake.mail.address":    "%q is not an e-mail address.",
	"mistake.mail.full":       "%s has %d reports by e-mail already: remove one first.",
	"mistake.alert.spike":     "Visitors now must be between 1 and 1000000, or empty for no alert.",
	"mistake.alert.drop":      "Hours without a pageview must be between 1 and 48, or empty for no alert.",
	"mistake.alert.every":     "The hours between two alerts must be between 1 and 168.",
	"mistake.alert.webhook":   "The webhook must be an address such as https://hooks.example.org/in.",
	"mistake.share.origin":    "%q is not an origin: write it as https://intranet.example.org.",
	"mistake.share.origins":   "At most 20 origins may frame a site's figures.",
	"mistake.share.name":      "A shared link needs a name of at most 100 bytes.",
	"mistake.share.end":       "A shared link cannot end before it begins: choose a later day.",
	"mistake.share.full":      "%s has %d shared links already: revoke one first.",
}

// Mistakes returns the sentences in English, by key.
func Mistakes() map[string]string {
	all := make(map[string]string, len(mistakes))
	for key, text := range mistakes {
		all[key] = text
	}
	return all
}
