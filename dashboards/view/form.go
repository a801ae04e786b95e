package view

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Form is what the form of a filter says, in the query of a page:
//
//	fd=country&fo=is&fv=NO&fv=SE     a filter with two values; fk is the key when fd is "prop"
//	edit=…&part=1                    takes the place of that condition, or of one of its alternatives; without fv: is to be changed
//	or=…                             is an alternative to that condition
type Form struct {
	Dimension, Key, Op string
	Values             []string
	Edit               string // a condition of the view as it stands in the URL; "" adds one
	Part               int    // which of that condition's alternatives; -1 for the whole
	Or                 string // a condition of the view; "" for a filter that holds besides
	Sent               bool   // filled in; otherwise it is only open
}

const maxPattern = 512 // bytes, as many as a question takes

// ReadForm reads the form; false when there is none in the query.
func ReadForm(q url.Values) (f Form, ok bool) {
	f = Form{Dimension: q.Get("fd"), Key: strings.TrimSpace(q.Get("fk")), Op: q.Get("fo"), Edit: q.Get("edit"), Or: q.Get("or"), Part: -1, Sent: q.Has("fv")}
	if n, err := strconv.Atoi(q.Get("part")); err == nil && n >= 0 {
		f.Part = n
	}
	for _, value := range q["fv"] {
		if value = strings.TrimSpace(value); value != "" && !slices.Contains(f.Values, value) {
			f.Values = append(f.Values, value)
		}
	}
	return f, f.Sent || f.Edit != "" || f.Or != ""
}

// Fill puts into a form that is to change a condition what the condition says now; false when the view has no such condition, or one
// that no form can say.
func (f *Form) Fill(v View) bool {
	c, ok := v.condition(f.Edit)
	if ok && f.Part >= 0 && f.Part < len(c.Of) {
		c = c.Of[f.Part]
	}
	if !ok || c.Join != "" {
		return false
	}
	f.Op, f.Values, f.Dimension = c.Filter.Op, slices.Clone(c.Filter.Values), c.Filter.Dimension
	if key, ok := strings.CutPrefix(f.Dimension, propPrefix); ok {
		f.Dimension, f.Key = "prop", key
	}
	return true
}

// Apply returns the view with what the form says; the error is a *Mistake.
func (f Form) Apply(v View) (View, error) {
	filter, err := f.filter()
	if err != nil {
		return v, err
	}
	c := Condition{Filter: filter}
	if old, ok := v.condition(f.Edit); ok {
		if f.Part >= 0 && f.Part < len(old.Of) {
			whole := Condition{Join: old.Join, Of: slices.Clone(old.Of)}
			whole.Of[f.Part] = c
			c = whole
		}
		v = v.WithoutAny(old)
	}
	if other, ok := v.condition(f.Or); ok {
		v = v.WithoutAny(other)
		c = other.Or(c)
	}
	if v, err = v.And(c); err != nil {
		return v, mistake("filter.bad.many", maxFilters)
	}
	v.Page = 1
	return v, nil
}

func (f Form) filter() (Filter, error) {
	filter := Filter{Op: f.Op, Dimension: f.Dimension, Values: f.Values}
	if f.Dimension == "prop" {
		filter.Dimension = propPrefix + f.Key
	}
	known := filter.IsGoal() || slices.Contains(dimensions[:], filter.Dimension) || strings.HasPrefix(filter.Dimension, propPrefix)
	switch {
	case f.Dimension == "prop" && f.Key == "":
		return filter, mistake("filter.bad.key")
	case !known || !slices.Contains(ops[:], f.Op):
		return filter, mistake("filter.bad.dimension")
	case len(f.Values) == 0:
		return filter, mistake("filter.bad.empty")
	case filter.IsGoal() && f.Op != "is" && f.Op != "not":
		return filter, mistake("filter.bad.goalop")
	case len(f.Values) > maxValues:
		return filter, mistake("filter.bad.values", maxValues)
	}
	for _, value := range f.Values {
		if err := filter.suits(value); err != nil {
			return filter, err
		}
	}
	return filter, nil
}

// suits says what is wrong with a value.
func (f Filter) suits(value string) error {
	switch {
	case len(value) > maxValue || strings.ContainsRune(value, 0):
		return mistake("filter.bad.long", maxValue)
	case f.Op != "matches" && f.Op != "matchesnot":
		return nil
	case len(value) > maxPattern:
		return mistake("filter.bad.long", maxPattern)
	}
	return pattern(value)
}

// Conditions are the view's filters and conditions, in the order of the URL.
func (v View) Conditions() (list []Condition) {
	for _, f := range v.Filters {
		list = append(list, Condition{Filter: f})
	}
	return append(list, v.Where...)
}

func (v View) condition(text string) (Condition, bool) {
	for _, c := range v.Conditions() {
		if text != "" && c.String() == text {
			return c, true
		}
	}
	return Condition{}, false
}

// And returns the view with one more condition; the error says that it has too many.
func (v View) And(c Condition) (View, error) {
	v.Filters, v.Where = slices.Clone(v.Filters), slices.Clone(v.Where)
	return v, v.addCondition(c, nil)
}

// WithoutAny returns the view without a condition, be it a filter or several joined.
func (v View) WithoutAny(c Condition) View {
	if c.Join == "" {
		return v.Without(c.Filter)
	}
	return v.WithoutCondition(c)
}

// WithoutPart returns the view with one alternative less; the whole condition goes when no other is left, or when it has none.
func (v View) WithoutPart(c Condition, part int) View {
	rest := v.WithoutAny(c)
	if part < 0 || part >= len(c.Of) {
		return rest
	}
	c.Of = slices.Delete(slices.Clone(c.Of), part, part+1)
	if len(c.Of) == 1 {
		c = c.Of[0]
	}
	if len(c.Of) > 0 || c.Join == "" {
		rest, _ = rest.And(c) // one was taken away, so there is room
	}
	return rest
}

// Or is the condition with one more alternative.
func (c Condition) Or(other Condition) Condition {
	if c.Join == "or" {
		return Condition{Join: "or", Of: append(slices.Clone(c.Of), other)}
	}
	return Condition{Join: "or", Of: []Condition{c, other}}
}

// Alternatives are the filters a condition is made of when it holds if one of them does; nil for any other.
func (c Condition) Alternatives() []Condition {
	if c.Join != "or" || slices.ContainsFunc(c.Of, func(part Condition) bool { return part.Join != "" }) {
		return nil
	}
	return c.Of
}
