package view

import (
	"net/url"
	"slices"
	"time"

	"sporlos/site"
)

// Compare says what a period is set beside (compare=…).
type Compare string

// The comparisons. BeforeIt is the default and not written in the URL.
const (
	BeforeIt    Compare = "prev"   // the period directly before: see Period.Before
	YearBefore  Compare = "year"   // the same dates a year earlier
	OtherPeriod Compare = "custom" // cfrom=…&cto=…
	NoCompare   Compare = "none"
)

// Compares returns the comparisons in the order of a picker.
func Compares() []Compare { return []Compare{BeforeIt, YearBefore, OtherPeriod, NoCompare} }

// Compared is the period the view's is set beside; false for none.
func (v View) Compared() (Period, bool) {
	switch v.Compare {
	case NoCompare:
		return Period{}, false
	case YearBefore:
		return v.Period.YearBefore(), true
	case OtherPeriod:
		return v.Other, true
	}
	return v.Period.Before(), true
}

// YearBefore is the same dates a year earlier; the 29th of February is then the 28th.
func (p Period) YearBefore() Period {
	return Period{Kind: Custom, From: yearBefore(p.From), To: yearBefore(p.To)}
}

func yearBefore(d site.Day) site.Day {
	y, m, day := d.Date().Date()
	last := time.Date(y-1, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return site.DayOfDate(y-1, m, min(day, last))
}

// Comparing returns the view beside another period, which counts for OtherPeriod only.
func (v View) Comparing(c Compare, other Period) View {
	v.Compare, v.Other = c, Period{}
	if c == OtherPeriod {
		v.Other = Period{Kind: Custom, From: other.From, To: other.To}
	}
	return v
}

func (v *View) parseCompare(q url.Values) error {
	c := Compare(q.Get("compare"))
	if v.Compare = BeforeIt; c == "" {
		return nil
	}
	if !slices.Contains(Compares(), c) {
		return mistake("compare.bad.kind", clip(string(c)))
	}
	if c != OtherPeriod {
		v.Compare = c
		return nil
	}
	from, err := parseDay(q.Get("cfrom"))
	if err != nil {
		return err
	}
	to, err := parseDay(q.Get("cto"))
	if err != nil {
		return err
	}
	if from > to || to-from > 366*5 {
		return mistake("compare.bad.period", from, to)
	}
	v.Compare, v.Other = c, Period{Kind: Custom, From: from, To: to}
	return nil
}

func (v View) writeCompare(q url.Values) {
	if v.Compare == BeforeIt || v.Compare == "" {
		return
	}
	q.Set("compare", string(v.Compare))
	if v.Compare == OtherPeriod {
		q.Set("cfrom", v.Other.From.String())
		q.Set("cto", v.Other.To.String())
	}
}
