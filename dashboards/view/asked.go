package view

import (
	"maps"
	"net/url"
	"strings"
)

// This file is the state besides period and filters: segment, goal, what is searched in tables, the page that journeys go from.

const (
	searchPrefix = "q."
	maxSearch    = 200 // bytes
	maxID        = 40
	maxPath      = 2000 // bytes
)

func (v *View) parseAsked(q url.Values) (problems []error) {
	v.Segment, v.Goal, v.Search = identifier(q.Get("seg")), identifier(q.Get("goal")), map[string]string{}
	if at := q.Get("at"); len(at) <= maxPath && !strings.ContainsRune(at, 0) {
		v.Walk = at
	}
	for key, values := range q {
		panel, ok := strings.CutPrefix(key, searchPrefix)
		switch text := strings.TrimSpace(values[0]); {
		case !ok || text == "" || identifier(panel) == "":
		case len(text) > maxSearch || strings.ContainsRune(text, 0):
			problems = append(problems, mistake("search.bad", maxSearch))
		default:
			v.Search[panel] = text
		}
	}
	return problems
}

// identifier is a number of a segment or goal, or the name of a panel; "" for what cannot be one.
func identifier(text string) string {
	if len(text) > maxID || strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
		return ""
	}
	return text
}

func (v View) writeAsked(q url.Values) {
	if v.Segment != "" {
		q.Set("seg", v.Segment)
	}
	if v.Goal != "" {
		q.Set("goal", v.Goal)
	}
	if v.Walk != "" {
		q.Set("at", v.Walk)
	}
	for panel, text := range v.Search {
		q.Set(searchPrefix+panel, text)
	}
}

// Under returns the view under a saved segment, by its number; "" for none.
func (v View) Under(segment string) View {
	v.Segment, v.Page = segment, 1
	return v
}

// Converting returns the view of one goal's conversions, by its number; "" for none.
func (v View) Converting(goal string) View {
	v.Goal, v.Page = goal, 1
	return v
}

// Walking returns the view of the journeys from a page.
func (v View) Walking(at string) View {
	v = v.Details("journeys")
	v.Walk = at
	return v
}

// Searching returns the view with a panel's rows searched; "" shows all of them.
func (v View) Searching(panel, text string) View {
	v.Search = maps.Clone(v.Search)
	if v.Search == nil {
		v.Search = map[string]string{}
	}
	if v.Search[panel] = text; text == "" {
		delete(v.Search, panel)
	}
	v.Page = 1
	return v
}

// Sorted says what the details are sorted by, "" for the tab's first metric, and whether the lowest come first.
func (v View) Sorted() (metric string, lowest bool) {
	metric, lowest = strings.CutPrefix(v.Sort, "-")
	return metric, lowest
}

// Narrowed says whether the view is filtered in any way.
func (v View) Narrowed() bool { return len(v.Filters) > 0 || len(v.Where) > 0 || v.Segment != "" }
