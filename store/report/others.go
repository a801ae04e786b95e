package report

import (
	"context"
	"errors"

	"sporlos/site"
)

// SearchQuery asks for the phrases searched on a site.
type SearchQuery struct {
	Site     *site.Site
	From, To site.Day // inclusive
	Limit    int      // rows at most; 0: MaxRows
	Offset   int
}

// SearchRow is one phrase, searched often enough to be shown.
type SearchRow struct {
	Phrase   string
	Searches int // results pages
	Zero     int // of them, without a result
	Opened   int // results opened
}

// Searches are the phrases of a period.
type Searches struct {
	Rows  []SearchRow
	Rare  int // searches for phrases that were searched too seldom to be shown
	Total int // phrases that can be shown, before Limit and Offset
}

// Refusal is a count of beacons that were refused for one reason.
type Refusal struct {
	Reason string
	Count  int
}

var errTODO = errors.New("report: not there yet")

// Live returns how many visitors did something in the last five minutes.
func (r *Reporter) Live(ctx context.Context, s *site.Site) (int, error) { return 0, errTODO }

// Searches returns the phrases searched in a period, the most frequent first. A phrase searched less often than
// [site.Settings.ShownFrom] in the whole period is not among them, but in Rare.
func (r *Reporter) Searches(ctx context.Context, q SearchQuery) (Searches, error) {
	return Searches{}, errTODO
}

// Refusals returns the beacons refused in a period, by reason, the most frequent first.
func (r *Reporter) Refusals(ctx context.Context, s *site.Site, from, to site.Day) ([]Refusal, error) {
	return nil, errTODO
}

// FirstDay returns the first day with data that is not older than the retention; false when there is none.
func (r *Reporter) FirstDay(ctx context.Context, s *site.Site) (site.Day, bool, error) {
	return 0, false, errTODO
}
