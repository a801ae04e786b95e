// Package letter is the word for newsletters: which campaigns a site has registered ([Campaign]), and one thing that happened to one of
// them ([Letter]). Every recipient of a campaign gets the same addresses, so nothing here can say who it was: a letter has no
// time of day, no visitor, no address, no agent and no recipient.
//
// An opened letter is a picture that was fetched, /n/spring.gif; a click is /n/spring/shop, which leads to the target registered under
// that name and nowhere else. Names are slugs ([CheckName]); a target is an absolute address of the web ([CheckTarget]).
package letter

import "log/slog"

// Kind says what happened.
type Kind uint8

// The kinds, with their names in the table newsletters.
const (
	Open    Kind = iota + 1 // the picture was fetched
	Click                   // a link was followed
	Machine                 // a program did either: a prefetcher, a scanner of mail, a preview
)

var kinds = [...]string{Open: "open", Click: "click", Machine: "machine"}

// String returns the kind's name, or "" for one that does not exist.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return ""
}

// KindOf returns the kind with that name.
func KindOf(name string) (Kind, bool) {
	for k := Open; k <= Machine; k++ {
		if kinds[k] == name {
			return k, true
		}
	}
	return 0, false
}

// Letter is one thing that happened to a campaign. It is comparable, and all there is to count.
type Letter struct {
	Site     uint32
	Day      uint16 // site-local calendar day, days since 1970-01-01
	Campaign string // name of a campaign that is registered
	Link     string // name of the link; "" is the picture
	Kind     Kind
}

// LogValue keeps letters out of logs: a line of a log has a time.
func (Letter) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// String keeps letters out of texts.
func (Letter) String() string { return "[redacted]" }
