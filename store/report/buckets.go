package report

import (
	"slices"
	"time"

	"sporlos/site"
)

// Buckets returns the labels of a time dimension that days from…to have, in order: each hour of the site's clock (a skipped one is
// missing, a repeated one there once), each day, the Mondays of each week or the first of each month. It is nil for other dimensions.
func Buckets(d Dimension, s *site.Site, from, to site.Day) []string {
	switch d {
	case Hour:
		return hours(s, from, to)
	case DayDim:
		return days(from, to, func(t time.Time) time.Time { return t })
	case Week:
		return days(from, to, func(t time.Time) time.Time { return t.AddDate(0, 0, -((int(t.Weekday()) + 6) % 7)) })
	case Month:
		return days(from, to, func(t time.Time) time.Time { return t.AddDate(0, 0, 1-t.Day()) })
	}
	return nil
}

func days(from, to site.Day, start func(time.Time) time.Time) (labels []string) {
	for d := int(from); d <= int(to); d++ {
		labels = append(labels, start(site.Day(d).Date()).Format(time.DateOnly))
	}
	return slices.Compact(labels)
}

func hours(s *site.Site, from, to site.Day) (labels []string) {
	first, last := from.Date(), to.Date().AddDate(0, 0, 1)
	t := time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, s.Location())
	end := time.Date(last.Year(), last.Month(), last.Day(), 0, 0, 0, 0, s.Location())
	for ; t.Before(end); t = t.Add(30 * time.Minute) { // there are zones, and changes of the clock, of half an hour
		label := t.Format("2006-01-02 15") + ":00:00"
		if label >= from.String() && label < last.Format(time.DateOnly) { // there are days without a midnight
			labels = append(labels, label)
		}
	}
	slices.Sort(labels)
	return slices.Compact(labels)
}
