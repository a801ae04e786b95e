package api

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"sporlos/site"
	"sporlos/store/report"
)

const (
	maxBackDays   = 3_650
	maxBackMonths = 120
)

// period resolves date_range to days of the site. Named ranges end today.
func (a *API) period(ctx context.Context, s *site.Site, raw json.RawMessage) (from, to site.Day, err error) {
	today := s.DayAt(a.o.Now().Unix())
	var name string
	if len(raw) == 0 || string(raw) == "null" {
		return 0, 0, refuse(`date_range: is missing; use "7d" or ["2026-01-01", "2026-01-31"]`)
	}
	if json.Unmarshal(raw, &name) != nil {
		return custom(s, raw)
	}
	if name == "all" {
		first, ok, err := a.o.Report.FirstDay(ctx, s)
		if err != nil {
			return 0, 0, fail(err)
		}
		if !ok {
			first = today
		}
		return first, today, nil
	}
	from, ok := begins(name, today)
	if !ok {
		return 0, 0, unknown("date_range", name, "a range")
	}
	return from, today, nil
}

// begins returns the first day of a named range.
func begins(name string, today site.Day) (site.Day, bool) {
	t := today.Date()
	switch name {
	case "day":
		return today, true
	case "month":
		return site.DayOfDate(t.Year(), t.Month(), 1), true
	case "year":
		return site.DayOfDate(t.Year(), time.January, 1), true
	}
	if n, ok := number(name, "d", maxBackDays); ok {
		return today - site.Day(n-1), true
	}
	if n, ok := number(name, "mo", maxBackMonths); ok {
		return site.DayOfDate(t.Year(), t.Month()-time.Month(n-1), 1), true
	}
	return 0, false
}

// number reads "28d" or "6mo".
func number(name, unit string, most int) (int, bool) {
	digits, ok := strings.CutSuffix(name, unit)
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil && n >= 1 && n <= most
}

// custom reads two dates, or two times that begin and end days of the site.
func custom(s *site.Site, raw json.RawMessage) (from, to site.Day, err error) {
	var ends []string
	if json.Unmarshal(raw, &ends) != nil || len(ends) != 2 {
		return 0, 0, refuse(`date_range: must be a name such as "7d" or a list of two dates`)
	}
	if from, err = edge(s, ends[0], "00:00"); err != nil {
		return 0, 0, err
	}
	to, err = edge(s, ends[1], "23:59")
	return from, to, err
}

func edge(s *site.Site, text, clock string) (site.Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		if t, err = time.Parse(time.RFC3339, text); err != nil {
			return 0, unknown("date_range", text, "a date (2026-01-31) or a time (2026-01-31T23:59:59+01:00)")
		}
		if t = t.In(s.Location()); t.Format("15:04") != clock {
			return 0, refuse("date_range: %s is %s in the site's zone; a range is of whole days, from 00:00:00 to 23:59:59", text, t.Format("15:04:05"))
		}
	}
	if t.Year() < 1970 || t.Year() > 2100 {
		return 0, refuse("date_range: the year of %q is out of range", text)
	}
	return site.DayOfDate(t.Date()), nil
}

// bucket is what the bare dimension "time" means for a range.
func bucket(from, to site.Day) report.Dimension {
	switch days := int(to) - int(from) + 1; {
	case days <= 1:
		return report.Hour
	case days <= 92:
		return report.DayDim
	}
	return report.Month
}
