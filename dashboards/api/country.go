package api

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"sporlos/store/report"
)

// countryName is the dimension of countries by their English names. The store knows codes, so names are translated on the way in and
// out, and rows come in the order of codes.
const countryName = "visit:country_name"

// countries are the English names (CLDR) by ISO 3166-1 code.
var countries = sync.OnceValue(func() map[string]string {
	names, english := map[string]string{}, display.English.Regions()
	for first := 'A'; first <= 'Z'; first++ {
		for second := 'A'; second <= 'Z'; second++ {
			code := string([]rune{first, second})
			if region, err := language.ParseRegion(code); err == nil && region.IsCountry() && region.String() == code {
				names[code] = english.Name(region)
			}
		}
	}
	return names
})

// nameOf returns the English name of a code, or what is not one as it is.
func nameOf(code string) string {
	if name, ok := countries()[code]; ok {
		return name
	}
	return code
}

// byName makes a filter on names one on codes: those that fit or, when they are fewer, those that do not.
func byName(f report.Filter) (report.Filter, error) {
	if err := f.Check(); err != nil {
		return f, outward(err)
	}
	fits, err := matcher(f)
	if err != nil {
		return f, err
	}
	var those, others []string
	for code, name := range countries() {
		if fits(name) {
			those = append(those, code)
		} else {
			others = append(others, code)
		}
	}
	exact, not := f.Op == report.Is || f.Op == report.IsNot, f.Op == report.IsNot || f.Op == report.ContainsNot || f.Op == report.MatchesNot
	if fits("") || exact && fits("(not set)") {
		those = append(those, "")
	} else {
		others = append(others, "")
	}
	if len(those) > len(others) {
		those, not = others, !not
	}
	if len(those) == 0 {
		those = []string{"none"} // is no country's code
	}
	slices.Sort(those)
	if not {
		return report.Filter{Dimension: report.Country, Op: report.IsNot, Values: those}, nil
	}
	return report.Filter{Dimension: report.Country, Op: report.Is, Values: those}, nil
}

// matcher returns whether one of the filter's values fits a name, before any negation.
func matcher(f report.Filter) (func(name string) bool, error) {
	var tests []func(string) bool
	for _, v := range f.Values {
		if f.AnyCase {
			v = strings.ToLower(v)
		}
		switch f.Op {
		case report.Is, report.IsNot:
			tests = append(tests, func(name string) bool { return name == v })
		case report.Contains, report.ContainsNot:
			tests = append(tests, func(name string) bool { return strings.Contains(name, v) })
		default:
			pattern, err := regexp.Compile(v)
			if err != nil {
				return nil, refuse("filters: the pattern for %s is not a regular expression (RE2): %v", countryName, err)
			}
			tests = append(tests, pattern.MatchString)
		}
	}
	return func(name string) bool {
		if f.AnyCase {
			name = strings.ToLower(name)
		}
		return slices.ContainsFunc(tests, func(test func(string) bool) bool { return test(name) })
	}, nil
}
