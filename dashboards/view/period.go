package view

import (
	"time"

	"sporlos/site"
)

// Kind names a period relative to today; Custom is two dates.
type Kind string

// The periods of the picker, as they stand in the URL (period=…).
const (
	Today     Kind = "today"
	Yesterday Kind = "yesterday"
	Days7     Kind = "7d"
	Days28    Kind = "28d"
	Days30    Kind = "30d"
	Month     Kind = "month"
	LastMonth Kind = "lastmonth"
	Months6   Kind = "6mo"
	Months12  Kind = "12mo"
	Custom    Kind = "custom"
)

// Kinds are the named periods in the order of the picker.
var kinds = [...]Kind{Today, Yesterday, Days7, Days28, Days30, Month, LastMonth, Months6, Months12}

// Kinds returns the named periods in the order of the picker.
func Kinds() []Kind { return append([]Kind(nil), kinds[:]...) }

// Period is a range of a site's calendar days, both ends included.
type Period struct {
	Kind     Kind
	From, To site.Day
}

// Named returns the period of that kind as seen on the day today; false for a kind without dates of its own.
func Named(kind Kind, today site.Day) (Period, bool) {
	p := Period{Kind: kind, From: today, To: today}
	switch kind {
	case Today:
	case Yesterday:
		p.From, p.To = today-1, today-1
	case Days7:
		p.From = today - 6
	case Days28:
		p.From = today - 27
	case Days30:
		p.From = today - 29
	case Month:
		p.From = monthStart(today, 0)
	case LastMonth:
		p.From, p.To = monthStart(today, -1), monthStart(today, 0)-1
	case Months6:
		p.From = monthStart(today, -5)
	case Months12:
		p.From = monthStart(today, -11)
	default:
		return Period{}, false
	}
	return p, true
}

// Between returns the period of two dates, under its name when it has one on the day today.
func Between(from, to, today site.Day) Period {
	for _, k := range kinds {
		if p, _ := Named(k, today); p.From == from && p.To == to {
			return p
		}
	}
	return Period{Kind: Custom, From: from, To: to}
}

// Days is the period's length.
func (p Period) Days() int { return int(p.To) - int(p.From) + 1 }

// Before is what the period is compared with. A period that starts with a month is compared with as many months before it, up to the
// same day of the month when it is not over yet; any other with as many days directly before it.
func (p Period) Before() Period {
	n := p.months()
	if n == 0 {
		return Period{Kind: Custom, From: p.From - site.Day(p.Days()), To: p.From - 1}
	}
	b := Period{Kind: Custom, From: monthStart(p.From, -n), To: p.From - 1}
	if last := monthStart(p.To, 1) - 1; p.To != last {
		y, m, d := p.To.Date().Date()
		b.To = min(site.DayOfDate(y, m-time.Month(n), 1)+site.Day(d-1), monthStart(p.To, -n+1)-1)
	}
	return b
}

// Previous is where the arrow to the left leads: the whole period before this one.
func (p Period) Previous(today site.Day) Period {
	if n := p.months(); n > 0 {
		return Between(monthStart(p.From, -n), p.From-1, today)
	}
	return Between(p.From-site.Day(p.Days()), p.From-1, today)
}

// Next is where the arrow to the right leads; false when that would be in the future.
func (p Period) Next(today site.Day) (Period, bool) {
	if p.To >= today {
		return Period{}, false
	}
	to := p.To + site.Day(p.Days())
	if n := p.months(); n > 0 {
		to = monthStart(p.To+1, n) - 1
	}
	return Between(p.To+1, min(to, today), today), true
}

// months is how many calendar months the period stands for: 0 unless it starts with the first of a month, and either ends with the
// last of one or is one of the kinds that run up to today.
func (p Period) months() int {
	if p.From != monthStart(p.From, 0) {
		return 0
	}
	open := p.Kind == Month || p.Kind == Months6 || p.Kind == Months12
	if !open && p.To != monthStart(p.To, 1)-1 {
		return 0
	}
	fy, fm, _ := p.From.Date().Date()
	ty, tm, _ := p.To.Date().Date()
	return (ty-fy)*12 + int(tm) - int(fm) + 1
}

// monthStart is the first day of the month that is n months from d's.
func monthStart(d site.Day, n int) site.Day {
	y, m, _ := d.Date().Date()
	return site.DayOfDate(y, m+time.Month(n), 1)
}

// Step is the width of the chart's buckets (by=…).
type Step string

// The steps.
const (
	Hour      Step = "hour"
	Day       Step = "day"
	Week      Step = "week"
	StepMonth Step = "month"
)

// Steps are the steps that make a readable chart of the period, the one used unless asked otherwise first.
func (p Period) Steps() []Step {
	switch n := p.Days(); {
	case n == 1:
		return []Step{Hour}
	case n <= 7:
		return []Step{Day, Hour}
	case n < 14:
		return []Step{Day}
	case n <= 31:
		return []Step{Day, Week}
	case n <= 92:
		return []Step{Day, Week, StepMonth}
	case n <= 190:
		return []Step{Week, Day, StepMonth}
	case n <= 500:
		return []Step{Week, StepMonth, Day}
	default:
		return []Step{StepMonth, Week}
	}
}
