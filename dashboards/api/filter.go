package api

import (
	"encoding/json"

	"sporlos/store/report"
)

const maxDepth = 8 // of logical operations in one another

// filters translates the list, whose members all have to hold.
func filters(raw []json.RawMessage, depth int) (list []report.Filter, err error) {
	for _, entry := range raw {
		some, err := filter(entry, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	return list, nil
}

// filter translates one entry into filters that all have to hold.
func filter(raw json.RawMessage, depth int) ([]report.Filter, error) {
	if depth > maxDepth {
		return nil, refuse("filters: are nested deeper than %d", maxDepth)
	}
	var entry []json.RawMessage
	var op string
	if json.Unmarshal(raw, &entry) != nil || len(entry) < 2 || json.Unmarshal(entry[0], &op) != nil {
		return nil, refuse(`filters: each must be a list such as ["is", "visit:source", ["Google"]]`)
	}
	switch op {
	case "and", "or":
		var members []json.RawMessage
		if len(entry) != 2 || json.Unmarshal(entry[1], &members) != nil || len(members) == 0 {
			return nil, refuse("filters: %q needs one list of filters", op)
		}
		list, err := filters(members, depth+1)
		if err != nil || op == "and" {
			return list, err
		}
		return either(list, len(members))
	case "not":
		if len(entry) != 2 {
			return nil, refuse(`filters: "not" needs one filter`)
		}
		list, err := filter(entry[1], depth+1)
		if err != nil {
			return nil, err
		}
		return neither(list)
	}
	f, err := simple(op, entry)
	return []report.Filter{f}, err
}

// either makes one filter of several: values of one dimension that are compared alike.
func either(list []report.Filter, members int) ([]report.Filter, error) {
	one := list[0]
	one.Values = nil
	for _, f := range list {
		if len(list) != members || f.Dimension != one.Dimension || f.Op != one.Op || f.AnyCase != one.AnyCase {
			return nil, refuse(`filters: "or" can only hold together filters of one dimension and one operator; ask twice instead`)
		}
		one.Values = append(one.Values, f.Values...)
	}
	if len(list) > 1 && (one.Op == report.IsNot || one.Op == report.ContainsNot || one.Op == report.MatchesNot) {
		return nil, refuse(`filters: "or" of %s holds for nearly everything and is not supported`, one.Op)
	}
	return []report.Filter{one}, nil
}

func neither(list []report.Filter) ([]report.Filter, error) {
	if len(list) != 1 {
		return nil, refuse(`filters: "not" of "and" is an "or" of unlike filters, which is not supported; ask twice instead`)
	}
	list[0].Op = negated(list[0].Op)
	return list, nil
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
	f.Op = op.op
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
