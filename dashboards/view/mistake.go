package view

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"regexp/syntax"
)

// Mistake is what is wrong with an address or a form. Its sentence has the key, with args in the place of its verbs: texts, numbers, a
// site.Day, and of a pattern a syntax.ErrorCode. The English is here, other languages are where the pages have theirs.
type Mistake struct {
	Key  string
	Args []any
}

func (m *Mistake) Error() string { return fmt.Sprintf(mistakes[m.Key], m.Args...) }

func mistake(key string, args ...any) error { return &Mistake{Key: key, Args: args} }

// Mistakes returns the English sentences of mistakes, by their keys.
func Mistakes() map[string]string { return maps.Clone(mistakes) }

var mistakes = map[string]string{
	"period.bad.kind":      "There is no period “%s”: choose one from the list.",
	"period.bad.date":      "“%s” is not a date: write it as 2026-11-30.",
	"period.bad.future":    "%s is in the future.",
	"period.bad.backwards": "The period ends (%s) before it starts (%s).",
	"period.bad.long":      "A period is at most five years.",
	"compare.bad.kind":     "There is no comparison “%s”: choose one from the list.",
	"compare.bad.period":   "The other period (%s to %s) ends before it starts, or is longer than five years.",
	"search.bad":           "What is searched in a table is at most %d bytes of text.",
	"filter.bad.text":      "“%s” is not a filter: write it as is:source:Google.",
	"filter.bad.by":        "“%s” cannot be filtered by.",
	"filter.bad.pattern":   "The pattern “%s” is not a regular expression (RE2): %s.",
	"filter.bad.empty":     "Write a value to compare with.",
	"filter.bad.key":       "Write the name of the property.",
	"filter.bad.dimension": "Choose from the lists what is compared, and how.",
	"filter.bad.goalop":    "A goal is reached or it is not: choose “is” or “is not”.",
	"filter.bad.goal":      "There is no goal named “%s”.",
	"filter.bad.countries": "%d countries fit: it must be between 1 and 50.",
	"filter.bad.values":    "A filter takes at most %d values.",
	"filter.bad.long":      "A value is too long, or is not text: at most %d bytes fit.",
	"filter.bad.many":      "A view takes at most %d filters: remove one first.",
	"condition.bad.deep":   "Conditions are nested deeper than %d.",
	"condition.bad.many":   "A condition takes at most %d filters.",
	"condition.bad.one":    "%s(…) takes one condition.",
	"condition.bad.open":   "A condition lacks its closing parenthesis.",
	"condition.bad.rest":   "“%s” stands after the end of a condition.",
	"segment.bad.query":    "What the segment holds cannot be read: save it anew.",
	"segment.gone":         "There is no segment “%s” any more.",
	"goal.gone":            "There is no goal “%s” any more.",
}

// pattern says what is wrong with a regular expression.
func pattern(text string) error {
	_, err := regexp.Compile(text)
	if e := (*syntax.Error)(nil); errors.As(err, &e) {
		return mistake("filter.bad.pattern", clip(text), e.Code)
	}
	return err
}
