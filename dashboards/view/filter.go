package view

import (
	"slices"
	"strings"
)

// Filter keeps what matches: any of Values, compared with a dimension. In the URL it is one parameter "f=op:dimension:value|value",
// with "\" before a "|" or "\" that belongs to a value.
type Filter struct {
	Op        string
	Dimension string
	Values    []string
}

// The operators in the URL, in the order of the form.
var ops = [...]string{"is", "not", "contains", "lacks", "starts", "startsnot", "matches", "matchesnot"}

// Ops returns the operators in the URL, in the order of the form.
func Ops() []string { return append([]string(nil), ops[:]...) }

// The dimensions that can be filtered by, in the order of the form; "prop:<key>" comes on top of them.
var dimensions = [...]string{
	"page", "entry_page", "exit_page", "source", "channel", "referrer",
	"utm_campaign", "utm_medium", "utm_source", "utm_content", "utm_term",
	"country", "region", "city", "browser", "browser_version", "os", "os_version", "device", "host", "event",
}

// Dimensions returns the names of what can be filtered by, in the order of the form.
func Dimensions() []string { return append([]string(nil), dimensions[:]...) }

const (
	maxFilters = 20
	maxValues  = 50
	maxValue   = 1024 // bytes
	propPrefix = "prop:"
)

// ParseFilter reads a filter as it stands in the URL.
func ParseFilter(text string) (Filter, error) {
	op, rest, ok := strings.Cut(text, ":")
	if !ok || !slices.Contains(ops[:], op) {
		return Filter{}, mistake("filter.bad.text", clip(text))
	}
	prefix := ""
	if strings.HasPrefix(rest, propPrefix) {
		prefix, rest = propPrefix, rest[len(propPrefix):]
	}
	dimension, value, ok := strings.Cut(rest, ":")
	if !ok || dimension == "" || (prefix == "" && dimension != goalFilter && !slices.Contains(dimensions[:], dimension)) {
		return Filter{}, mistake("filter.bad.by", clip(prefix+dimension))
	}
	f := Filter{Op: op, Dimension: prefix + dimension, Values: split(value)}
	return f, f.check()
}

func (f Filter) check() error {
	if f.IsGoal() && f.Op != "is" && f.Op != "not" {
		return mistake("filter.bad.goalop")
	}
	if len(f.Values) > maxValues {
		return mistake("filter.bad.values", maxValues)
	}
	for _, v := range f.Values {
		if len(v) > maxValue || strings.ContainsRune(v, 0) {
			return mistake("filter.bad.long", maxValue)
		}
		if f.Op != "matches" && f.Op != "matchesnot" {
			continue
		}
		if err := pattern(v); err != nil {
			return err
		}
	}
	return nil
}

// String is the filter as it stands in the URL; ParseFilter reads it.
func (f Filter) String() string {
	escaped := make([]string, len(f.Values))
	for i, v := range f.Values {
		escaped[i] = escaper.Replace(v)
	}
	return f.Op + ":" + f.Dimension + ":" + strings.Join(escaped, "|")
}

var escaper = strings.NewReplacer(`\`, `\\`, `|`, `\|`)

func split(text string) (values []string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case c == '|':
			values = append(values, b.String())
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	return append(values, b.String())
}

func (f Filter) equal(o Filter) bool {
	return f.Op == o.Op && f.Dimension == o.Dimension && slices.Equal(f.Values, o.Values)
}

// clip keeps what is quoted back to a reader short.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
