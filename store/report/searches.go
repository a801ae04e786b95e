package report

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/site"
)

// SearchQuery asks for what was searched on a site.
type SearchQuery struct {
	Site     *site.Site
	From, To site.Day    // inclusive
	By       SearchCount // of phrases, those without any are left out
	Order    SearchOrder // zero: by By, or of destinations by how often they were opened, the most first
	Text     string      // keep rows of phrases and destinations that contain it, whatever the case; what is rare is not looked at
	Limit    int         // rows at most; 0: MaxRows
	Offset   int
}

// SearchOrder is another order of rows.
type SearchOrder struct {
	By     SearchCount // of phrases
	Name   bool        // by the phrase or the page instead
	Lowest bool        // the least, or A, first
	Set    bool        // otherwise nothing of this applies
}

// SearchCount is one of the counts of a phrase.
type SearchCount uint8

// The counts, in the words of Universal Analytics' site-search report: total searches, searches without a result, results opened,
// refinements, exits.
const (
	BySearches SearchCount = iota
	ByZero
	ByOpened
	ByRefined
	ByLeft
)

var searchColumns = [...]string{"searched", "empty", "opened", "refined", "left"}

// SearchCounts are counts of searches and of what became of them. What became of a search is told apart from it and stored when the
// day is over, so of the open day there are searches only.
type SearchCounts struct {
	Searches int // pages of results, where paging, reloading and going back are no new search
	Zero     int // of them, without a result
	Opened   int // pages opened from them; more than Searches when one search led to several
	Refined  int // that were followed by another phrase
	Left     int // that led to nothing: for another site, or closed
}

// SearchRow is one phrase, searched often enough to be shown. What became of it is a lower bound: on days, and of paths, with too few
// outcomes they are counted without their phrases.
//
// The number of visitors who searched a phrase, each counted once a day ("unique searches"), is not known, because nothing
// tells whose two searches are: it is at least Days and at most Searches.
type SearchRow struct {
	Phrase string
	Days   int // on which it was searched
	SearchCounts
}

// Searches are the phrases of a period.
type Searches struct {
	Rows  []SearchRow
	Rare  int          // searches for phrases that were searched too seldom to be shown
	Total int          // phrases that can be shown, before Limit and Offset
	All   SearchCounts // of all phrases together, rare ones too
	Past  int          // of All.Searches those of days that are over: what the other counts are shares of
}

// searchCounts are the columns of SearchCounts in a question about one phrase.
const searchCounts = `
    sumIf(searches, kind = 'search') AS searched,
    sumIf(zero, kind = 'search') AS empty,
    sumIf(searches, kind = 'open') AS opened,
    sumIf(searches, kind = 'refine') AS refined,
    sumIf(searches, kind = 'leave') AS left`

// allCounts are the same of all phrases: an opened page of which phrase and path are stored apart has two rows, and counts by its path.
const allCounts = `
    sumIf(searches, kind = 'search') AS searched,
    sumIf(zero, kind = 'search') AS empty,
    sumIf(searches, kind = 'open' AND s.opened != '') AS opened,
    sumIf(searches, kind = 'refine') AS refined,
    sumIf(searches, kind = 'leave') AS left`

const ofSearches = `
FROM searches AS s
WHERE site = {site:UInt32} AND day BETWEEN {from:Date} AND {to:Date}`

const phrases = `SELECT phrase, uniqExactIf(day, kind = 'search') AS days,` + searchCounts + ofSearches + ` GROUP BY phrase`

// Searches returns the phrases searched in a period. A phrase searched less often than [site.Settings.ShownFrom] in the whole period is
// not among them, but in Rare.
func (r *Reporter) Searches(ctx context.Context, q SearchQuery) (Searches, error) {
	if err := q.check(); err != nil {
		return Searches{}, err
	}
	args, shown, by := r.searchArgs(q), q.Site.Preset().Shown, searchColumns[q.By]
	var rare, total, past uint64
	var all [5]uint64
	err := r.conn.QueryRow(r.bounded(ctx), "SELECT sumIf(searched, searched < {k:UInt64}), countIf(searched >= {k:UInt64} AND "+by+" > 0 AND "+containing("phrase")+") FROM ("+phrases+")", args...).Scan(&rare, &total)
	if err == nil {
		err = r.conn.QueryRow(r.bounded(ctx), "SELECT"+allCounts+", sumIf(searches, kind = 'search' AND day < {today:Date}) AS past"+ofSearches,
			append(args, clickhouse.Named("today", r.today(q.Site).String()))...).Scan(&all[0], &all[1], &all[2], &all[3], &all[4], &past)
	}
	if err != nil {
		return Searches{}, fmt.Errorf("cannot count searches: %w", err)
	}
	found := Searches{Rare: int(shown(rare)), Total: int(total), All: countsOf(all, shown), Past: int(shown(past))}
	rows, err := r.conn.Query(r.bounded(ctx), phrases+" HAVING searched >= {k:UInt64} AND "+by+" > 0 AND "+containing("phrase")+" ORDER BY "+q.order(by, "searched DESC, phrase", "phrase")+q.page(), args...)
	if err != nil {
		return Searches{}, fmt.Errorf("cannot read searches: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			row  SearchRow
			days uint64
			n    [5]uint64
		)
		if err := rows.Scan(&row.Phrase, &days, &n[0], &n[1], &n[2], &n[3], &n[4]); err != nil {
			return Searches{}, err
		}
		row.Days, row.SearchCounts = int(days), countsOf(n, shown)
		found.Rows = append(found.Rows, row)
	}
	return found, rows.Err()
}

func countsOf(n [5]uint64, shown func(uint64) uint64) SearchCounts {
	return SearchCounts{int(shown(n[0])), int(shown(n[1])), int(shown(n[2])), int(shown(n[3])), int(shown(n[4]))}
}

// SearchDay is what was searched on one day.
type SearchDay struct {
	Day site.Day
	SearchCounts
}

// SearchDays returns the counts of all phrases together for each day of the period, days without searches too. Limit, Offset and By
// do not apply.
func (r *Reporter) SearchDays(ctx context.Context, q SearchQuery) ([]SearchDay, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	var list []SearchDay
	for day := max(q.From, r.oldest(q.Site)); day <= q.To; day++ {
		list = append(list, SearchDay{Day: day})
	}
	rows, err := r.conn.Query(r.bounded(ctx), "SELECT day,"+allCounts+ofSearches+" GROUP BY day", r.searchArgs(q)...)
	if err != nil {
		return nil, fmt.Errorf("cannot read searches by day: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			day time.Time
			n   [5]uint64
		)
		if err := rows.Scan(&day, &n[0], &n[1], &n[2], &n[3], &n[4]); err != nil {
			return nil, err
		}
		list[site.Day(day.Unix()/86400)-list[0].Day].SearchCounts = countsOf(n, q.Site.Preset().Shown)
	}
	return list, rows.Err()
}

// Destination is a page opened from results; Phrase is empty when destinations are asked for by page.
type Destination struct {
	Path, Phrase string
	Opened       int
}

// Destinations are the pages opened from results in a period.
type Destinations struct {
	Rows  []Destination
	Rest  int // pages opened that are not in any row: too seldom, or not of a phrase that can be shown
	Total int // rows that can be shown, before Limit and Offset
}

// openings are, for each page and phrase, how often the phrase led to the page, and whether that may be shown: both the phrase and the
// two together must be frequent.
const openings = `
SELECT opened, phrase, sum(searches) AS n,
    n >= {k:UInt64} AND phrase != '' AND phrase IN (
        SELECT phrase` + ofSearches + ` AND kind = 'search' GROUP BY phrase HAVING sum(searches) >= {k:UInt64}) AS known` + ofSearches + `
    AND kind = 'open' AND opened NOT IN ('', '(not set)')
GROUP BY opened, phrase`

// byPath adds them up for each page. What remains when the phrases that may be shown are taken from a page's total would be the doing
// of rare ones, so it is part of the total only when it is not rare itself.
const byPath = `
SELECT opened, '' AS phrase, if(every < fit + {k:UInt64}, fit, every) AS n
FROM (SELECT opened, sum(n) AS every, sumIf(n, known) AS fit FROM (` + openings + `) GROUP BY opened)
WHERE every >= {k:UInt64}`

const byPhraseAndPath = `SELECT opened, phrase, n FROM (` + openings + `) WHERE known`

// Destinations returns the pages that were opened from results, the most opened first: by page or, with phrases, by page and phrase.
// Neither a page opened less often than [site.Settings.ShownFrom], nor a phrase searched less often, nor one that led to a page less
// often, is among them, and none of those can be had by subtracting.
func (r *Reporter) Destinations(ctx context.Context, q SearchQuery, phrases bool) (Destinations, error) {
	if err := q.check(); err != nil {
		return Destinations{}, err
	}
	question := byPath
	if phrases {
		question = byPhraseAndPath
	}
	args, shown := r.searchArgs(q), q.Site.Preset().Shown
	var total, sum uint64
	var all [5]uint64
	err := r.conn.QueryRow(r.bounded(ctx), "SELECT countIf("+containing("line")+"), sum(n) FROM (SELECT "+destinationLine+", n FROM ("+question+"))", args...).Scan(&total, &sum)
	if err == nil {
		err = r.conn.QueryRow(r.bounded(ctx), "SELECT"+allCounts+ofSearches, args...).Scan(&all[0], &all[1], &all[2], &all[3], &all[4])
	}
	if err != nil {
		return Destinations{}, fmt.Errorf("cannot count pages opened from results: %w", err)
	}
	found := Destinations{Total: int(total), Rest: int(shown(all[ByOpened] - sum))}
	rows, err := r.conn.Query(r.bounded(ctx), "SELECT opened, phrase, n FROM (SELECT opened, phrase, n, "+destinationLine+" FROM ("+question+")) WHERE "+containing("line")+" ORDER BY "+q.order("n", "opened, phrase", "line")+q.page(), args...)
	if err != nil {
		return Destinations{}, fmt.Errorf("cannot read pages opened from results: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			row Destination
			n   uint64
		)
		if err := rows.Scan(&row.Path, &row.Phrase, &n); err != nil {
			return Destinations{}, err
		}
		row.Opened = int(shown(n))
		found.Rows = append(found.Rows, row)
	}
	return found, rows.Err()
}

func (r *Reporter) searchArgs(q SearchQuery) []any {
	return append(period(q.Site, max(q.From, r.oldest(q.Site)), q.To), clickhouse.Named("k", uint64(q.Site.Settings().ShownFrom())), clickhouse.Named("text", q.Text))
}

// destinationLine is a destination as it is searched and put into order: phrase and page, or the page.
const destinationLine = "if(phrase = '', opened, concat(phrase, ' → ', opened)) AS line"

// containing keeps what has the text; all has none.
func containing(column string) string {
	return "positionCaseInsensitiveUTF8(" + column + ", {text:String}) > 0"
}

// order is the order of rows: by a count and then as usual, or by what they are.
func (q *SearchQuery) order(count, then, name string) string {
	way := " DESC"
	if q.Order.Set && q.Order.Lowest {
		way = " ASC"
	}
	switch {
	case q.Order.Set && q.Order.Name:
		return "lowerUTF8(" + name + ")" + way + ", " + then
	case q.Order.Set && count != "n":
		count = searchColumns[q.Order.By]
	}
	return count + way + ", " + then
}

func (q *SearchQuery) page() string { return fmt.Sprintf(" LIMIT %d OFFSET %d", q.Limit, q.Offset) }

// check borrows the checks of a Query and puts in the default limit.
func (q *SearchQuery) check() error {
	if q.Limit == 0 {
		q.Limit = MaxRows
	}
	if int(q.By) >= len(searchColumns) || int(q.Order.By) >= len(searchColumns) {
		return invalid("order_by", "search.count")
	}
	if len(q.Text) > maxValue {
		return invalid("search", "search.long", len(q.Text), maxValue)
	}
	return Query{Site: q.Site, From: q.From, To: q.To, Limit: q.Limit, Offset: q.Offset, Metrics: []Metric{Visits}}.Check()
}
