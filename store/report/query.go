package report

import (
	"sporlos/site"
)

// Query is one question about one site. Its zero fields mean: no dimension, no filter, the default order, no limit.
type Query struct {
	Site       *site.Site
	From, To   site.Day    // inclusive, on the site's calendar
	Metrics    []Metric    // at least one
	Dimensions []Dimension // none, one or two; one time dimension at most
	Filters    []Filter    // all of them must hold
	Where      []Condition // and all of these: filters joined by and, or and not
	Goals      []site.Goal // count what reaches one of them, not what happened otherwise: see Conversions
	Currency   string      // of the revenue that is counted, such as "NOK"
	Search     string      // keep rows whose value contains it, whatever the case; of the dimension that is not time
	Order      []Order     // by metrics and dimensions of the query; nil: time ascending, else the first metric descending
	Limit      int         // rows at most; 0: MaxRows
	Offset     int         // rows skipped before the first
	Sparse     bool        // leave out time buckets without data
}

// Filter is a condition on one dimension that is not time. Values are or-ed: IsNot and the other negations hold when none of
// them fits. The empty value can be given as it is or by its label ("Direct / None", "(none)", "(not set)").
type Filter struct {
	Dimension Dimension
	Op        Op
	Values    []string
	AnyCase   bool // ignore the case of letters; not for Matches and MatchesNot
}

// Order is one key of the order of rows.
type Order struct {
	Metric    Metric    // either this
	Dimension Dimension // or this
	Desc      bool
}

// Row is one line of an answer: the dimensions' values in the order of Query.Dimensions, labels in the place of empty ones, and the
// metrics' in the order of Query.Metrics.
type Row struct {
	Dimensions []string
	Metrics    []float64
	Empty      bool // a time bucket without data
}

// Result is the answer to a Query.
type Result struct {
	Rows     []Row
	Total    int    // rows there were before Limit and Offset
	Answered string // where from: "rollups", "visits", "pages", "events", "mixed", or "nothing" when no day of the range has data
}

// Bounds of a Query. What exceeds them is [Invalid].
const (
	MaxRows    = 10_000
	MaxOffset  = 1_000_000
	maxDays    = 3_700
	maxHours   = 31 // days of a question by hour
	maxFilters = 20
	maxValues  = 200
	maxValue   = 2_048 // bytes
	maxPattern = 512   // bytes of a regular expression
	maxKey     = 300   // bytes of a property's key
)

// Invalid says that a question cannot be asked, and why, in words for whoever asked.
type Invalid struct {
	Field  string // "metrics", "dimensions", "filters", "date_range", "order_by", "pagination"
	Reason string // in English; Code names it for other languages

	code string
	args []any
}

func (e *Invalid) Error() string { return e.Field + ": " + e.Reason }
