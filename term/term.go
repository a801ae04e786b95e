// Package term is the word for one search on a site: the phrase, what became of it, and the day. It has no field that could join it
// to an event: no time of day, no visit, no visitor, no page it was typed on, no browser, no country.
package term

import "log/slog"

// Kind says what a search beacon reports.
type Kind uint8

// The kinds, with their names on the wire (field "k" of POST /q) and in the table searches.
const (
	Search Kind = iota + 1 // a results page was shown
	Refine                 // a results page was left for another phrase
	Open                   // a result was opened
	Leave                  // the site was left from a results page
)

var names = [...]string{Search: "search", Refine: "refine", Open: "open", Leave: "leave"}

// String returns the name on the wire, or "" for a kind that does not exist.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return ""
}

// KindOf returns the kind with that name on the wire; an empty name is Search.
func KindOf(name string) (Kind, bool) {
	if name == "" {
		return Search, true
	}
	for k := Search; k <= Leave; k++ {
		if names[k] == name {
			return k, true
		}
	}
	return 0, false
}

// Unknown is the number of results when the page did not tell.
const Unknown = -1

// Term is one search. Text is the phrase as typed, at most 512 bytes of UTF-8; the lane folds and scrubs it before anything else.
type Term struct {
	Site    uint32
	Day     uint16 // site-local calendar day, days since 1970-01-01
	Kind    Kind
	Text    string
	Results int    // how many results the page showed; Unknown when it did not tell
	Opened  string // path of the result that was opened (kind Open), scrubbed; otherwise empty
}

// LogValue keeps phrases out of logs.
func (Term) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// String keeps phrases out of error texts.
func (Term) String() string { return "[redacted]" }
