package api

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"sporlos/site"
	"sporlos/store/report"
)

// query translates a request. Its errors name the field that is wrong.
func (a *API) query(ctx context.Context, s *site.Site, r Request) (q report.Query, err error) {
	q.Site, q.Sparse = s, true // buckets without data are in meta.time_labels only
	if q.From, q.To, err = a.period(ctx, s, r.DateRange); err != nil {
		return q, err
	}
	for _, word := range r.Metrics {
		m, ok := report.MetricOf(word)
		if !ok {
			return q, unknown("metrics", word, "a metric")
		}
		q.Metrics = append(q.Metrics, m)
	}
	if q.Dimensions, err = split(r.Dimensions, q.From, q.To); err != nil {
		return q, err
	}
	if err := a.narrow(ctx, s, r, &q); err != nil {
		return q, err
	}
	if q.Order, err = order(r.OrderBy, q); err != nil {
		return q, err
	}
	if q.Limit, q.Offset, err = r.limits(); err != nil {
		return q, err
	}
	if r.Include.TimeLabels && !slices.ContainsFunc(q.Dimensions, report.Dimension.Time) {
		return q, refuse("include.time_labels: needs a time dimension")
	}
	if err := q.Check(); err != nil {
		return q, outward(err)
	}
	return q, nil
}

// narrow reads the filters. Revenue is counted in the currency of the goals that are asked for; of several there is none.
func (a *API) narrow(ctx context.Context, s *site.Site, r Request, q *report.Query) error {
	known, err := a.goals(ctx, s, r)
	if err != nil {
		return err
	}
	found, err := filters(r.Filters, known)
	if err != nil {
		return err
	}
	q.Where, q.Goals = found.where, found.goals
	for i, g := range q.Goals {
		if i > 0 && g.Currency != q.Currency {
			q.Currency = ""
			break
		}
		q.Currency = g.Currency
	}
	return nil
}

// goals are those of the site, read only when the request is about some.
func (a *API) goals(ctx context.Context, s *site.Site, r Request) ([]site.Goal, error) {
	about := func(raw json.RawMessage) bool { return bytes.Contains(raw, []byte(goalWord)) }
	if a.o.Goals == nil || !slices.ContainsFunc(r.Filters, about) {
		return nil, nil
	}
	list, err := a.o.Goals(ctx, s)
	if err != nil {
		return nil, fail(err)
	}
	return list, nil
}

func split(words []string, from, to site.Day) (list []report.Dimension, err error) {
	for _, word := range words {
		if word == "time" {
			list = append(list, bucket(from, to))
			continue
		}
		d, err := dimension("dimensions", word)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// order translates [["visitors", "desc"], …].
func order(raw []json.RawMessage, q report.Query) (list []report.Order, err error) {
	for _, entry := range raw {
		var pair []string
		if json.Unmarshal(entry, &pair) != nil || len(pair) != 2 || pair[1] != "asc" && pair[1] != "desc" {
			return nil, refuse(`order_by: each must be a pair such as ["visitors", "desc"]`)
		}
		o := report.Order{Desc: pair[1] == "desc"}
		if m, ok := report.MetricOf(pair[0]); ok {
			o.Metric = m
		} else if pair[0] == "time" {
			o.Dimension = bucket(q.From, q.To)
		} else if o.Dimension, err = dimension("order_by", pair[0]); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, nil
}

// answer is the body of a reply.
type answer struct {
	Results []row          `json:"results"`
	Meta    map[string]any `json:"meta"`
	Query   echo           `json:"query"`
}

type row struct {
	Dimensions []string  `json:"dimensions"`
	Metrics    []float64 `json:"metrics"`
}

// echo is the query as it was understood.
type echo struct {
	SiteID     string            `json:"site_id"`
	Metrics    []string          `json:"metrics"`
	DateRange  [2]string         `json:"date_range"`
	Filters    []json.RawMessage `json:"filters"`
	Dimensions []string          `json:"dimensions"`
	OrderBy    [][2]string       `json:"order_by"`
	Include    Include           `json:"include"`
	Pagination map[string]int    `json:"pagination"`
}

func newAnswer(s *site.Site, r Request, q report.Query, result report.Result) answer {
	a := answer{Results: []row{}, Meta: map[string]any{}, Query: newEcho(s, r, q)}
	for _, line := range result.Rows {
		for i, word := range r.Dimensions {
			if word == countryName {
				line.Dimensions[i] = nameOf(line.Dimensions[i])
			}
		}
		a.Results = append(a.Results, row{Dimensions: listed(line.Dimensions), Metrics: line.Metrics})
	}
	if r.Include.Imports {
		a.Meta["imports_included"] = false
		a.Meta["imports_skip_reason"] = "no_imported_data" // what is imported becomes events like any other
	}
	if r.Include.TotalRows {
		a.Meta["total_rows"] = result.Total
	}
	if r.Include.TimeLabels {
		for _, d := range q.Dimensions {
			if d.Time() {
				a.Meta["time_labels"] = report.Buckets(d, s, q.From, q.To)
			}
		}
	}
	return a
}

func newEcho(s *site.Site, r Request, q report.Query) echo {
	e := echo{
		SiteID: s.Domain, Metrics: r.Metrics, Filters: listed(r.Filters), Dimensions: []string{}, OrderBy: [][2]string{},
		DateRange: [2]string{midnight(s, q.From).Format(time.RFC3339), midnight(s, q.To+1).Add(-time.Second).Format(time.RFC3339)},
		Include:   r.Include, Pagination: map[string]int{"limit": q.Limit, "offset": q.Offset},
	}
	words := map[report.Dimension]string{}
	for i, d := range q.Dimensions {
		words[d] = r.Dimensions[i]
		if d.Time() {
			words[d] = "time:" + d.String()
		}
		e.Dimensions = append(e.Dimensions, words[d])
	}
	for _, o := range q.Ordered() {
		direction := "asc"
		if o.Desc {
			direction = "desc"
		}
		e.OrderBy = append(e.OrderBy, [2]string{o.Metric.String() + words[o.Dimension], direction})
	}
	return e
}

func midnight(s *site.Site, d site.Day) time.Time {
	t := d.Date()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, s.Location())
}

// listed makes sure that an empty list is written as one, not as null.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
