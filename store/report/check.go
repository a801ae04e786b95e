package report

import (
	"regexp/syntax"
	"slices"
)

// Check says whether the question can be asked; the error is [*Invalid].
func (q Query) Check() error {
	for _, check := range []func() error{q.checkRange, q.checkMetrics, q.checkDimensions, q.checkFilters, q.checkWhere, q.checkGoals, q.checkMixture, q.checkSearch, q.checkOrder} {
		if err := check(); err != nil {
			return err
		}
	}
	if q.Limit < 0 || q.Limit > MaxRows {
		return invalid("pagination", "limit", MaxRows)
	}
	if q.Offset < 0 || q.Offset > MaxOffset {
		return invalid("pagination", "offset", MaxOffset)
	}
	return nil
}

func (q Query) checkRange() error {
	days := int(q.To) - int(q.From) + 1
	switch {
	case q.Site == nil:
		return invalid("site_id", "site")
	case days < 1:
		return invalid("date_range", "range.backwards", q.From, q.To)
	case days > maxDays:
		return invalid("date_range", "range.long", days, maxDays)
	case days > maxHours && slices.Contains(q.Dimensions, Hour):
		return invalid("date_range", "range.hours", days, maxHours)
	}
	return nil
}

func (q Query) checkMetrics() error {
	if len(q.Metrics) == 0 {
		return invalid("metrics", "metrics.none")
	}
	for i, m := range q.Metrics {
		if _, ok := metrics[m]; !ok {
			return invalid("metrics", "metric.unknown", m)
		}
		if slices.Contains(q.Metrics[:i], m) {
			return invalid("metrics", "twice", m)
		}
	}
	return nil
}

func (q Query) checkDimensions() error {
	if len(q.Dimensions) > 2 {
		return invalid("dimensions", "dimensions.many")
	}
	for _, d := range q.Dimensions {
		if _, ok := meaningOf(d); !ok {
			return invalid("dimensions", "dimension.unknown", d)
		}
	}
	if len(q.Dimensions) == 2 {
		if q.Dimensions[0] == q.Dimensions[1] {
			return invalid("dimensions", "twice", q.Dimensions[0])
		}
		if q.Dimensions[0].Time() && q.Dimensions[1].Time() {
			return invalid("dimensions", "dimensions.times")
		}
	}
	return nil
}

func (q Query) checkFilters() error {
	if len(q.Filters) > maxFilters {
		return invalid("filters", "filters.many", len(q.Filters), maxFilters)
	}
	for _, f := range q.Filters {
		if err := f.Check(); err != nil {
			return err
		}
	}
	return nil
}

// Check says whether the filter is one, whatever it is asked with; the error is [*Invalid].
func (f Filter) Check() error {
	op, ok := operators[f.Op]
	if !ok {
		return invalid("filters", "operator.unknown", f.Op)
	}
	if _, ok := meaningOf(f.Dimension); !ok {
		return invalid("filters", "dimension.unknown", f.Dimension)
	}
	if f.Dimension.Time() {
		return invalid("filters", "filter.time", f.Dimension)
	}
	if len(f.Values) == 0 || len(f.Values) > maxValues {
		return invalid("filters", "filter.values", f.Op, f.Dimension, maxValues)
	}
	if op.pattern && f.AnyCase {
		return invalid("filters", "filter.case", f.Op)
	}
	for _, v := range f.Values {
		if err := f.checkValue(v, op.pattern); err != nil {
			return err
		}
	}
	return nil
}

func (f Filter) checkValue(v string, pattern bool) error {
	switch {
	case len(v) > maxValue:
		return invalid("filters", "value.long", f.Dimension, len(v), maxValue)
	case v == "" && f.Op != Is && f.Op != IsNot:
		return invalid("filters", "value.empty", f.Op, f.Dimension)
	case !pattern:
		return nil
	case len(v) > maxPattern:
		return invalid("filters", "pattern.long", f.Dimension, len(v), maxPattern)
	}
	if _, err := syntax.Parse(v, syntax.Perl); err != nil {
		what, where := broken(err)
		return invalid("filters", "pattern.bad", f.Dimension, what, where)
	}
	return nil
}

// checkMixture refuses metrics that mean nothing beside these dimensions and filters.
func (q Query) checkMixture() error {
	page := slices.Contains(q.Dimensions, Page) || q.anyFilter(func(f Filter) bool { return f.Dimension == Page })
	named, about := q.namesEvents(), slices.ContainsFunc(q.Dimensions, isName)
	for _, m := range q.Metrics {
		switch {
		case (m == TimeOnPage || m == ScrollDepth) && !page:
			return invalid("metrics", "metric.page", m)
		case (m == TimeOnPage || m == ScrollDepth) && named:
			return invalid("metrics", "metric.events", m)
		case (m == BounceRate || m == VisitDuration || m == ViewsPerVisit) && about:
			return invalid("metrics", "metric.visits", m)
		case (m == BounceRate || m == VisitDuration || m == ViewsPerVisit) && len(q.Goals) > 0 && slices.ContainsFunc(q.Dimensions, Dimension.ofEvents):
			return invalid("metrics", "metric.reached", m)
		case m == Percentage && len(q.Dimensions) == 0:
			return invalid("metrics", "percentage")
		}
	}
	return nil
}

// checkSearch refuses to look for text where there is none, and text that is none.
func (q Query) checkSearch() error {
	switch {
	case q.Search == "":
		return nil
	case len(q.Search) > maxValue:
		return invalid("search", "search.long", len(q.Search), maxValue)
	case q.searched() == "":
		return invalid("search", "search.time")
	}
	return nil
}

// searched is the dimension whose values are searched, the first that is not time; "" for none.
func (q Query) searched() Dimension {
	for _, d := range q.Dimensions {
		if !d.Time() {
			return d
		}
	}
	return ""
}

// ofEvents says whether the dimension is one of events, not of visits or of days.
func (d Dimension) ofEvents() bool {
	m, _ := meaningOf(d)
	return m.ofEvents() && (!d.Time() || d == Hour)
}

// isName says whether a dimension tells single events apart.
func isName(d Dimension) bool {
	_, prop := d.Key()
	return prop || d == Event
}

// namesEvents says whether the question is about certain events; otherwise a page counts where it was viewed.
func (q Query) namesEvents() bool {
	return slices.ContainsFunc(q.Dimensions, isName) || q.anyFilter(func(f Filter) bool { return isName(f.Dimension) })
}

func (q Query) checkOrder() error {
	for _, o := range q.Order {
		switch {
		case (o.Metric == "") == (o.Dimension == ""):
			return invalid("order_by", "order.either")
		case o.Metric != "" && !slices.Contains(q.Metrics, o.Metric):
			return invalid("order_by", "order.metric", o.Metric)
		case o.Dimension != "" && !slices.Contains(q.Dimensions, o.Dimension):
			return invalid("order_by", "order.dimension", o.Dimension)
		}
	}
	if len(q.Order) > len(q.Metrics)+len(q.Dimensions) {
		return invalid("order_by", "order.many", len(q.Order), len(q.Metrics)+len(q.Dimensions))
	}
	return nil
}
