package api

import (
	"encoding/json"
	"slices"

	"sporlos/site"
	"sporlos/store/report"
)

const maxDepth = 8 // of logical operations in one another

// asked is what the filters of a request come to: conditions that all have to hold, and the goals that are counted.
type asked struct {
	where []report.Condition
	goals []site.Goal
}

// joins are the operations on other filters, by what they make of them.
var joins = map[string]func(of ...report.Condition) report.Condition{
	"and": report.Both, "or": report.Either,
	"not":          func(of ...report.Condition) report.Condition { return report.Neither(of[0]) },
	"has_done":     func(of ...report.Condition) report.Condition { return report.HasDone(of[0]) },
	"has_not_done": func(of ...report.Condition) report.Condition { return report.Neither(report.HasDone(of[0])) },
}

// filters translates the list, whose members all have to hold. A filter on event:goal that stands by itself says what is counted;
// inside another operation it is a condition like any other.
func filters(raw []json.RawMessage, known []site.Goal) (a asked, err error) {
	for _, entry := range raw {
		c, err := filter(entry, known, 0)
		if err != nil {
			return a, err
		}
		if c.Join == report.Reached && a.goals == nil {
			a.goals = c.Goals
			continue
		}
		a.where = append(a.where, c)
	}
	return a, nil
}

// filter translates one entry.
func filter(raw json.RawMessage, known []site.Goal, depth int) (c report.Condition, err error) {
	if depth > maxDepth {
		return c, refuse("filters: are nested deeper than %d", maxDepth)
	}
	var entry []json.RawMessage
	var op string
	if json.Unmarshal(raw, &entry) != nil || len(entry) < 2 || json.Unmarshal(entry[0], &op) != nil {
		return c, refuse(`filters: each must be a list such as ["is", "visit:source", ["Google"]]`)
	}
	join, ok := joins[op]
	if !ok {
		return leaf(op, entry, known)
	}
	members, err := members(op, entry)
	if err != nil {
		return c, err
	}
	list := make([]report.Condition, len(members))
	for i, member := range members {
		if list[i], err = filter(member, known, depth+1); err != nil {
			return c, err
		}
	}
	return join(list...), nil
}

// members are the filters an operation is about: a list for "and" and "or", one for the others.
func members(op string, entry []json.RawMessage) (list []json.RawMessage, err error) {
	if op != "and" && op != "or" {
		if len(entry) != 2 {
			return nil, refuse("filters: %q needs one filter", op)
		}
		return entry[1:], nil
	}
	if len(entry) != 2 || json.Unmarshal(entry[1], &list) != nil || len(list) == 0 {
		return nil, refuse("filters: %q needs one list of filters", op)
	}
	return list, nil
}

// leaf translates a filter that is about a dimension, or about goals.
func leaf(op string, entry []json.RawMessage, known []site.Goal) (report.Condition, error) {
	var word string
	if len(entry) > 2 && json.Unmarshal(entry[1], &word) == nil && word == goalWord {
		return reached(op, entry, known)
	}
	f, err := simple(op, entry)
	return report.When(f), err
}

const goalWord = "event:goal"

// reached translates ["is", "event:goal", ["Signup"]]: goals are called by their names.
func reached(op string, entry []json.RawMessage, known []site.Goal) (c report.Condition, err error) {
	var names []string
	if op != "is" || len(entry) != 3 || json.Unmarshal(entry[2], &names) != nil || len(names) == 0 {
		return c, refuse(`filters: a filter on event:goal is written ["is", "event:goal", ["name of a goal"]]`)
	}
	var goals []site.Goal
	for _, name := range names {
		i := slices.IndexFunc(known, func(g site.Goal) bool { return g.Name == name })
		if i < 0 {
			return c, unknown("filters", name, "a goal of the site")
		}
		goals = append(goals, known[i])
	}
	return report.Converted(goals...), nil
}

// simple translates [operator, dimension, values] and [operator, dimension, values, {"case_sensitive": …}].
func simple(name string, entry []json.RawMessage) (f report.Filter, err error) {
	op, ok := operators[name]
	if !ok {
		return f, unknown("filters", name, "an operator")
	}
	if len(entry) < 3 || len(entry) > 4 {
		return f, refuse("filters: %q needs a dimension, a list of values and at most one modifier", name)
	}
	var word string
	if json.Unmarshal(entry[1], &word) != nil {
		return f, refuse("filters: the dimension of %q must be a string", name)
	}
	f.Op = op
	if f.Dimension, err = dimension("filters", word); err != nil {
		return f, err
	}
	if json.Unmarshal(entry[2], &f.Values) != nil || f.Values == nil {
		return f, refuse("filters: the values for %s must be a list of strings", word)
	}
	if len(entry) == 4 {
		if f.AnyCase, err = anyCase(entry[3]); err != nil {
			return f, err
		}
	}
	if word == countryName {
		return byName(f)
	}
	return f, nil
}

func anyCase(raw json.RawMessage) (bool, error) {
	var modifiers map[string]json.RawMessage
	if json.Unmarshal(raw, &modifiers) != nil {
		return false, refuse(`filters: the modifier must be an object such as {"case_sensitive": false}`)
	}
	sensitive := true
	for name, value := range modifiers {
		if name != "case_sensitive" {
			return false, unknown("filters", name, "a modifier")
		}
		if json.Unmarshal(value, &sensitive) != nil {
			return false, refuse("filters: case_sensitive must be true or false")
		}
	}
	return !sensitive, nil
}
