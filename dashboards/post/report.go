package post

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"strings"

	"sporlos/site"
	"sporlos/store/report"
	"sporlos/store/settings"
)

//go:embed templates
var files embed.FS

func parseTemplates() (*template.Template, error) {
	return template.New("").ParseFS(files, "templates/*.html")
}

// figures is what a report says, in the words of its language.
type figures struct {
	Domain, Period, Title, Zone string
	Lang, Dashboard             string
	Numbers                     []number
	Tables                      []table
	Promise, Open, Leave, Why   string // sentences at the foot
	Unsubscribe                 string
	id                          string
}

type number struct {
	Label, Value, Change string
	Verdict              string // good, bad or even
}

type table struct {
	Title, Count string
	Rows         []line
}

type line struct{ Text, Value string }

// asked are the numbers of a report, in their order.
var asked = []report.Metric{report.Visitors, report.Visits, report.Pageviews, report.ViewsPerVisit, report.BounceRate, report.VisitDuration}

const topRows = 5

// figures asks what a report of a period says.
func (p *Post) figures(ctx context.Context, s *site.Site, from, to site.Day, tag string) (f figures, err error) {
	w := words(tag)
	f = figures{Domain: s.Domain, Period: w.Range(from, to), Zone: w.Say("footer.zone", s.Zone), Lang: w.Tag, Dashboard: p.dashboard(s.Domain, from, to), id: from.String()}
	f.Title = w.Say("post.report.title", s.Domain)
	f.Promise, f.Open, f.Leave, f.Why = w.Say("footer.promise"), w.Say("post.report.open"), w.Say("post.report.leave"), w.Say("post.report.why", s.Domain)
	now, err := p.totals(ctx, s, from, to)
	if err != nil {
		return f, err
	}
	days := to - from + 1
	before := from - days
	if from.Date().Day() == 1 && days > 27 { // a month is compared with the month before
		date := from.Date()
		before = site.DayOfDate(date.Year(), date.Month()-1, 1)
	}
	then, err := p.totals(ctx, s, before, from-1)
	if err != nil {
		return f, err
	}
	for i, m := range asked {
		n := number{Label: w.Say("metric." + m.String()), Value: w.Metric(m.String(), now[i]), Change: w.Say("change.none"), Verdict: "even"}
		if then[1] > 0 && then[i] > 0 {
			n.Change, n.Verdict = w.Say("post.report.was", w.Metric(m.String(), then[i])), verdict(m, now[i], then[i])
		}
		f.Numbers = append(f.Numbers, n)
	}
	for _, d := range []report.Dimension{report.Page, report.Source, report.Country} {
		t, err := p.top(ctx, s, from, to, d, tag)
		if err != nil {
			return f, err
		}
		f.Tables = append(f.Tables, t)
	}
	return f, nil
}

func verdict(m report.Metric, now, then float64) string {
	if m == report.BounceRate { // fewer is better
		now, then = then, now
	}
	switch {
	case now > then:
		return "good"
	case now < then:
		return "bad"
	}
	return "even"
}

func (p *Post) totals(ctx context.Context, s *site.Site, from, to site.Day) ([]float64, error) {
	result, err := p.Report.Run(ctx, report.Query{Site: s, From: from, To: to, Metrics: asked})
	if err != nil {
		return nil, err
	}
	if len(result.Rows) == 0 {
		return make([]float64, len(asked)), nil
	}
	return result.Rows[0].Metrics, nil
}

// top is the five highest rows of a dimension.
func (p *Post) top(ctx context.Context, s *site.Site, from, to site.Day, d report.Dimension, tag string) (t table, err error) {
	w := words(tag)
	t = table{Title: w.Say("dim." + string(d)), Count: w.Say("metric.visitors")}
	result, err := p.Report.Run(ctx, report.Query{Site: s, From: from, To: to, Metrics: []report.Metric{report.Visitors}, Dimensions: []report.Dimension{d}, Limit: topRows,
		Order: []report.Order{{Metric: report.Visitors, Desc: true}, {Dimension: d}}})
	for _, r := range result.Rows {
		text := r.Dimensions[0]
		switch {
		case text == "" || text == "(not set)":
			text = w.Say("value.unknown")
		case text == "Direct / None":
			text = w.Say("value.direct")
		case d == report.Country:
			text = w.Country(text)
		}
		t.Rows = append(t.Rows, line{text, w.Exact("visitors", r.Metrics[0])})
	}
	return t, err
}

// report is the message to one recipient.
func (p *Post) report(f figures, m settings.Mailing, to string) (Message, error) {
	f.Unsubscribe = p.unsubscribe(m.ID, to)
	var html bytes.Buffer
	if err := p.templates.ExecuteTemplate(&html, "report", f); err != nil {
		return Message{}, fmt.Errorf("cannot fill in the report: %w", err)
	}
	sum := sha256.Sum256([]byte(m.ID + "\x00" + f.id + "\x00" + to))
	return Message{ID: slug("report-" + f.id + "-" + hex.EncodeToString(sum[:12])), To: to, Subject: f.Title + ": " + f.Period, Text: f.text(), HTML: html.String(), Unsubscribe: f.Unsubscribe, Language: f.Lang}, nil
}

// text is the report for those who read no HTML.
func (f figures) text() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	say("%s\r\n%s · %s\r\n", f.Title, f.Period, f.Zone)
	for _, n := range f.Numbers {
		say("%s: %s (%s)", n.Label, n.Value, n.Change)
	}
	for _, t := range f.Tables {
		if len(t.Rows) == 0 {
			continue
		}
		say("\r\n%s", t.Title)
		for _, r := range t.Rows {
			say("  %s  %s", r.Value, r.Text)
		}
	}
	say("\r\n%s: %s\r\n\r\n%s %s\r\n%s: %s", f.Open, f.Dashboard, f.Why, f.Promise, f.Leave, f.Unsubscribe)
	return b.String()
}

// Preview is the report of a site that would be due now, to nobody in particular.
func (p *Post) Preview(ctx context.Context, s *site.Site, m settings.Mailing) (Message, error) {
	from, to, _ := due(m.Cadence, s, p.Now())
	f, err := p.figures(ctx, s, from, to, m.Language)
	if err != nil {
		return Message{}, err
	}
	return p.report(f, m, "")
}
