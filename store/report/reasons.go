package report

import (
	"errors"
	"fmt"
	"maps"
	"regexp/syntax"
)

// reasons are the sentences of what cannot be asked, by the codes of [Invalid]. A code, once given, keeps its meaning and its arguments.
var reasons = map[string]string{
	"limit":              "limit must be between 1 and %d",
	"offset":             "offset must be between 0 and %d",
	"site":               "is missing",
	"range.backwards":    "begins on %s, after its end on %s",
	"range.long":         "has %d days; ask for at most %d",
	"range.hours":        "has %d days; ask for at most %d by hour",
	"metrics.none":       "name at least one",
	"metric.unknown":     "%q is not a metric",
	"twice":              "%q is named twice",
	"dimensions.many":    "ask for at most two",
	"dimension.unknown":  "%q is not a dimension",
	"dimensions.times":   "only one can be a time",
	"filters.many":       "there are %d; give at most %d",
	"operator.unknown":   "%q is not an operator",
	"filter.time":        "%q cannot be filtered by; set the date range",
	"filter.values":      "%s on %q needs between 1 and %d values",
	"filter.case":        "%s takes no case_sensitive; write (?i) at the beginning of the pattern",
	"value.long":         "a value for %q has %d bytes; at most %d",
	"value.empty":        "%s on %q needs a value that is not empty",
	"pattern.long":       "a pattern for %q has %d bytes; at most %d",
	"pattern.bad":        "the pattern for %q is not a regular expression (RE2): error parsing regexp: %s: `%s`",
	"metric.page":        "%s needs the page as a dimension or a filter",
	"metric.events":      "%s cannot be told for single events or properties",
	"metric.visits":      "%s is of visits and cannot be split by events or properties; filter by them",
	"metric.reached":     "%s is of visits and cannot be split by where a goal was reached; filter by the goal",
	"percentage":         "percentage needs a dimension",
	"search.long":        "has %d bytes; at most %d",
	"search.time":        "needs a dimension that is not time",
	"order.either":       "name either a metric or a dimension",
	"order.metric":       "%q is not one of the metrics asked for",
	"order.dimension":    "%q is not one of the dimensions asked for",
	"order.many":         "there are %d keys for %d metrics and dimensions",
	"conditions.deep":    "are nested deeper than %d",
	"conditions.many":    "there are more than %d in all",
	"condition.empty":    "%q needs at least one filter",
	"condition.goals":    "%q needs at least one goal",
	"condition.one":      "%q needs one filter, and has %d",
	"condition.join":     "%q is no way to join filters",
	"goals.scroll":       "goals of scroll depth cannot be put together with others; ask twice",
	"goals.many":         "there are %d goals; give at most %d",
	"goal.search":        "the goal %q counts searches, which are linked to no visit and can be neither split nor filtered",
	"goal.kind":          "%q is no kind of goal",
	"metric.goal":        "%s needs a goal",
	"metrics.wholes":     "percentage and conversion_rate are of different wholes; ask twice",
	"metric.currency":    "%s needs a currency, for different ones are not added",
	"metric.conversions": "%s is of pages and cannot be told of conversions",
	"journey.page":       "needs a page of at most %d bytes",
	"funnel.steps":       "has %d steps; give between %d and %d",
	"raw.rounded":        "the preset %s shows counts rounded to %d, and single events would undo that: they cannot be exported",
	"search.count":       "there is no such count of searches",
	"pattern.large":      "a pattern is too large for RE2; make it simpler",
}

// Reasons returns the English sentences of what cannot be asked, by their codes, with verbs for the arguments.
func Reasons() map[string]string { return maps.Clone(reasons) }

func invalid(field, code string, args ...any) error {
	return &Invalid{Field: field, Reason: fmt.Sprintf(reasons[code], args...), code: code, args: args}
}

// Code names the reason, for those who say it in another language: see [Reasons]. The arguments are, as they come, a [Metric], a [Dimension], an [Op],
// a [Join], a [site.Day], a [syntax.ErrorCode] of a pattern, a number or a text.
func (e *Invalid) Code() (code string, args []any) { return e.code, e.args }

// broken is what a parser says of a pattern, as arguments: what is wrong, and where.
func broken(err error) (what syntax.ErrorCode, where string) {
	if e := (*syntax.Error)(nil); errors.As(err, &e) {
		return e.Code, e.Expr
	}
	return syntax.ErrInternalError, ""
}
