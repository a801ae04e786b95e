package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"sporlos/store/report"
)

// Request is a query as it is sent. Filters and order_by are lists of unlike things and are understood later.
type Request struct {
	SiteID     string            `json:"site_id"`
	Metrics    []string          `json:"metrics"`
	DateRange  json.RawMessage   `json:"date_range"`
	Dimensions []string          `json:"dimensions"`
	Filters    []json.RawMessage `json:"filters"`
	OrderBy    []json.RawMessage `json:"order_by"`
	Include    Include           `json:"include"`
	Pagination *Pagination       `json:"pagination"`
}

// Include says what else to answer.
type Include struct {
	Imports    bool `json:"imports,omitempty"`
	TimeLabels bool `json:"time_labels,omitempty"`
	TotalRows  bool `json:"total_rows,omitempty"`
}

// Pagination is a part of the rows.
type Pagination struct {
	Limit  *int `json:"limit"`
	Offset *int `json:"offset"`
}

// Parse reads a request's shape. What its words mean is found out later, with the site.
func Parse(body []byte) (Request, error) {
	var r Request
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return Request{}, shape(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Request{}, refuse("the query is followed by something else; send one JSON object")
	}
	if r.SiteID == "" {
		return Request{}, refuse("site_id: is missing; it is the domain of the site")
	}
	return r, nil
}

// shape says in our words why JSON is not a request.
func shape(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		if wrong.Field == "" {
			return refuse("the query must be a JSON object, not %s", article(wrong.Value))
		}
		return refuse("%s: must not be %s", wrong.Field, article(wrong.Value))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return refuse("%s: is not a key of a query", strings.Trim(name, `"`))
	}
	return refuse("the query is not JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
}

func article(kind string) string {
	if kind == "array" || kind == "object" {
		return "an " + kind
	}
	return "a " + kind
}

// limits returns the rows asked for.
func (r Request) limits() (limit, offset int, err error) {
	limit = report.MaxRows
	if r.Pagination == nil {
		return limit, 0, nil
	}
	if r.Pagination.Limit != nil {
		limit = *r.Pagination.Limit
	}
	if r.Pagination.Offset != nil {
		offset = *r.Pagination.Offset
	}
	if limit < 1 || limit > report.MaxRows {
		return 0, 0, refuse("pagination.limit: must be between 1 and %d", report.MaxRows)
	}
	if offset < 0 || offset > report.MaxOffset {
		return 0, 0, refuse("pagination.offset: must be between 0 and %d", report.MaxOffset)
	}
	return limit, offset, nil
}
