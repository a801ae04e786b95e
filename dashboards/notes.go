package dashboards

import (
	"slices"
	"strconv"

	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/settings"
)

// notes are the annotations of the days that the chart shows, and the form that adds one.
type notes struct {
	List   []note
	Action string // of the form; "" for who may not
	Back   string
	Day    string // the day the form begins with
	First  string // the first day shown, and the last
	Last   string
}

// note is an annotation at its place in the chart.
type note struct {
	ID, Text, When, Who string
	Number              int
	X                   float64 // percent from the left
	Up                  int     // how many others are below it at the same place
	Edit                string  // URL; "" for who may not
}

// Y is how far below the upper edge of the drawing its mark is, in pixels.
func (n note) Y() int { return 20 * n.Up }

// newNotes finds the annotations of the chart's days. What a team writes to itself is for its users alone.
func (d *Dashboards) newNotes(p prepared, c chart) *notes {
	who, v := p.frame.Viewer, p.asker.view
	if who.Name == "" || who.bearer != nil || who.on(p.frame.Site.Domain) == settings.Nothing {
		return nil
	}
	n := &notes{Back: v.URL(), First: v.Period.From.String(), Last: v.Period.To.String(), Day: min(v.Period.To, v.Today).String()}
	edits := who.Edits(p.frame.Site.Domain)
	if edits {
		n.Action = sitePath(p.frame.Site.Domain) + "/settings/annotations"
	}
	for _, a := range p.asker.have.Annotations {
		if a.Day < v.Period.From || a.Day > v.Period.To {
			continue
		}
		one := note{ID: a.ID, Text: a.Text, Who: a.Who, When: d.noteTime(a), Number: len(n.List) + 1, X: c.x(c.bucketOf(v.Step, a)) / chartWidth * 100}
		for _, other := range n.List {
			if other.X == one.X {
				one.Up++
			}
		}
		if edits {
			one.Edit = n.Action + "?edit=" + a.ID
		}
		n.List = append(n.List, one)
	}
	return n
}

func (d *Dashboards) noteTime(a site.Annotation) string {
	text := d.words.Day(a.Day)
	if a.Hour != nil {
		text += ", " + hourText(*a.Hour)
	}
	return text
}

func hourText(hour int) string {
	text := strconv.Itoa(hour) + ":00"
	if hour < 10 {
		return "0" + text
	}
	return text
}

// bucketOf is the place of the bucket that an annotation is about: the last that does not begin after it.
func (c *chart) bucketOf(step view.Step, a site.Annotation) int {
	at := a.Day.String()
	if step == view.Hour {
		at += " 00:00:00"
		if a.Hour != nil {
			at = a.Day.String() + " " + hourText(*a.Hour) + ":00"
		}
	}
	i, found := slices.BinarySearchFunc(c.Points, at, func(p point, at string) int {
		switch {
		case p.Label < at:
			return -1
		case p.Label > at:
			return 1
		}
		return 0
	})
	if !found {
		i--
	}
	return max(i, 0)
}
