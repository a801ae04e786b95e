package site

import (
	"strings"
	"time"
)

// Segment is a set of filters under a name.
type Segment struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Query    string `json:"query"` // the filters as they stand in the URL of a page: package dashboards/view writes and reads them
	Personal bool   `json:"personal,omitempty"`
	Owner    string `json:"owner"` // the user who made it; the only one who sees it when it is personal
}

// For reports whether a user sees the segment.
func (s Segment) For(user string) bool { return !s.Personal || s.Owner == user }

// Clean brings a segment to the form it is kept in, or returns a *Mistake.
func (s Segment) Clean() (Segment, error) {
	s.Name, s.Query = strings.TrimSpace(s.Name), strings.TrimPrefix(strings.TrimSpace(s.Query), "?")
	switch {
	case s.Name == "" || len(s.Name) > MaxLabel:
		return s, mistake("mistake.name", MaxLabel)
	case s.Query == "" || len(s.Query) > MaxQuery:
		return s, mistake("mistake.segment.query", MaxQuery)
	case s.Owner == "":
		return s, mistake("mistake.segment.owner")
	}
	return s, nil
}

// Annotation is a remark at a day of the chart.
type Annotation struct {
	ID      string    `json:"id"`
	Day     Day       `json:"day"`            // of the site's calendar
	Hour    *int      `json:"hour,omitempty"` // 0…23 on the site's clock; nil: the whole day
	Text    string    `json:"text"`
	Who     string    `json:"who"` // the user who wrote it
	Created time.Time `json:"created"`
}

// Clean brings an annotation to the form it is kept in, or returns a *Mistake.
func (a Annotation) Clean() (Annotation, error) {
	a.Text = strings.Join(strings.Fields(a.Text), " ")
	switch {
	case a.Text == "" || len(a.Text) > MaxAnnotation:
		return a, mistake("mistake.text", MaxAnnotation)
	case a.Day == 0:
		return a, mistake("mistake.annotation.day")
	case a.Hour != nil && (*a.Hour < 0 || *a.Hour > 23):
		return a, mistake("mistake.annotation.hour", *a.Hour)
	}
	return a, nil
}
