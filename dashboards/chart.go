package dashboards

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"sporlos/dashboards/view"
	"sporlos/store/report"
)

// chart is the time series of one metric: a table, and a drawing of it that needs no script.
type chart struct {
	Title, Summary string
	Label          string // name of the metric
	Before         string // dates of the period before, "" when it is not shown
	Step           string
	Steps          []link
	Points         []point
	Ticks          []tick
	Labels         []tick  // along the axis of time
	Line, Area     string  // SVG paths in a box of chartWidth × chartHeight
	Open           string  // the path of what is not over yet
	BeforeLine     string  //
	Dots           []dot   // points without a neighbour, which a line would not show
	Top            float64 // value at the upper edge
}

// point is one bucket.
type point struct {
	Label      string // as the report gives it
	Axis, Full string
	Day        string // of an hour
	Value      float64
	Text       string
	Future     bool // has not begun
	Open       bool // is not over yet
	Before     float64
	BeforeText string
	BeforeFull string
	NoBefore   bool
}

// tick is a label at a position in percent of the drawing, from the left or the top.
type tick struct {
	At     float64
	Text   string
	Anchor string
}

type dot struct{ X, Y float64 }

// The box that lines are drawn in; it is stretched to the size it is shown in.
const (
	chartWidth  = 1000.0
	chartHeight = 200.0
	hoursOfDay  = 25 // at most
)

func (d *Dashboards) newChart(v view.View, now time.Time, rows []report.Compared, other *view.Period) chart {
	c := chart{Label: d.words.Say("metric." + v.Metric), Step: string(v.Step)}
	c.Title = d.words.Say("chart.title", c.Label, d.words.Say("by."+string(v.Step)))
	c.Steps = d.chartSteps(v, view.Hour, view.Day, view.Week, view.StepMonth)
	if other != nil {
		c.Before = d.words.Range(other.From, other.To)
	}
	for _, r := range rows {
		c.Points = append(c.Points, d.newPoint(v, now, r))
	}
	c.scale(d, v.Metric)
	c.draw()
	c.label()
	c.Summary = d.summary(v, c)
	return c
}

// chartSteps are the steps to choose from, of those that make a readable chart of the period; none where there is no choice.
func (d *Dashboards) chartSteps(v view.View, steps ...view.Step) (list []link) {
	readable := v.Period.Steps()
	steps = slices.DeleteFunc(steps, func(s view.Step) bool { return !slices.Contains(readable, s) })
	if len(steps) < 2 {
		return nil
	}
	for _, s := range steps {
		list = append(list, link{Text: d.words.Say("by." + string(s)), URL: v.By(s).URL(), Here: s == v.Step})
	}
	return list
}

func (d *Dashboards) newPoint(v view.View, now time.Time, r report.Compared) point {
	p := point{Label: r.Dimensions[0], Value: r.Metrics[0], Text: d.words.Exact(v.Metric, r.Metrics[0]), NoBefore: r.Was == nil}
	p.Axis, p.Full = d.words.Bucket(string(v.Step), r.Dimensions[0])
	if !p.NoBefore {
		p.Before = r.Was[0]
		p.BeforeText = d.words.Exact(v.Metric, p.Before)
		_, p.BeforeFull = d.words.Bucket(string(v.Step), r.Since)
	}
	if v.Step == view.Hour {
		p.Day, _ = d.words.Bucket("day", r.Dimensions[0])
	}
	start, end := bucketBounds(v.Step, r.Dimensions[0], now.Location())
	p.Future = start.After(now)
	p.Open = !p.Future && end.After(now)
	return p
}

// bucketBounds is when a bucket starts and ends on the site's clock.
func bucketBounds(step view.Step, value string, zone *time.Location) (start, end time.Time) {
	start, err := time.ParseInLocation(time.DateTime, value, zone)
	if err != nil {
		start, err = time.ParseInLocation(time.DateOnly, value, zone)
	}
	if err != nil {
		return time.Time{}, time.Time{}
	}
	switch step {
	case view.Hour:
		return start, start.Add(time.Hour)
	case view.Week:
		return start, start.AddDate(0, 0, 7)
	case view.StepMonth:
		return start, start.AddDate(0, 1, 0)
	default:
		return start, start.AddDate(0, 0, 1)
	}
}

// scale chooses the axis: from 0 to a round number above everything shown.
func (c *chart) scale(d *Dashboards, metric string) {
	most := 0.0
	for _, p := range c.Points {
		most = max(most, p.Value, p.Before)
	}
	step := roundStep(most/4, metric)
	count := max(int(math.Ceil(most/step-1e-9)), 1)
	c.Top = step * float64(count)
	for i := 0; i <= count; i++ {
		v := step * float64(i)
		c.Ticks = append(c.Ticks, tick{At: 100 - v/c.Top*100, Text: d.axisText(metric, v)})
	}
}

func (d *Dashboards) axisText(metric string, v float64) string {
	if metric == "views_per_visit" {
		return d.words.Trimmed(v, 2)
	}
	if metric == "visit_duration" && v >= 60 && math.Mod(v, 60) == 0 {
		return fmt.Sprintf("%dm", int(v/60))
	}
	return d.words.Metric(metric, v)
}

// roundStep is the smallest round step that is at least v: 1, 2, 2.5 or 5 times a power of ten, or a round time.
func roundStep(v float64, metric string) float64 {
	if metric == "visit_duration" {
		for _, s := range []float64{5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1800} {
			if s >= v {
				return s
			}
		}
	}
	least := 1.0
	if metric == "views_per_visit" {
		least = 0.25
	}
	if v <= least {
		return least
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 2.5, 5} {
		if s := f * power; s >= v-1e-9 && (s >= 5 || s == math.Trunc(s) || metric == "views_per_visit") {
			return s
		}
	}
	return 10 * power
}

func (c *chart) x(i int) float64 {
	if len(c.Points) < 2 {
		return chartWidth / 2
	}
	return float64(i) / float64(len(c.Points)-1) * chartWidth
}

func (c *chart) y(v float64) float64 { return chartHeight - v/c.Top*chartHeight }

// draw writes the paths: what is over as a line and an area, what is not over as a line of its own.
func (c *chart) draw() {
	var line, open, before strings.Builder
	last := -1
	for i, p := range c.Points {
		if !p.NoBefore {
			step(&before, c.x(i), c.y(p.Before))
		}
		if p.Future {
			continue
		}
		if p.Open && i > 0 {
			fmt.Fprintf(&open, "M%s %sL%s %s", num(c.x(i-1)), num(c.y(c.Points[i-1].Value)), num(c.x(i)), num(c.y(p.Value)))
		} else {
			step(&line, c.x(i), c.y(p.Value))
			last = i
		}
	}
	c.Line, c.Open, c.BeforeLine = line.String(), open.String(), before.String()
	if last > 0 {
		c.Area = c.Line
		if next := last + 1; c.Open != "" && next < len(c.Points) {
			c.Area += fmt.Sprintf("L%s %s", num(c.x(next)), num(c.y(c.Points[next].Value)))
			last = next
		}
		c.Area += fmt.Sprintf("L%s %sL0 %sZ", num(c.x(last)), num(chartHeight), num(chartHeight))
	}
	if last == 0 {
		c.Dots = append(c.Dots, dot{c.x(0) / chartWidth * 100, c.y(c.Points[0].Value) / chartHeight * 100})
	}
}

func step(b *strings.Builder, x, y float64) {
	verb := "L"
	if b.Len() == 0 {
		verb = "M"
	}
	b.WriteString(verb + num(x) + " " + num(y))
}

func num(v float64) string {
	return strings.TrimSuffix(strings.TrimSuffix(fmt.Sprintf("%.1f", v), "0"), ".")
}

// label chooses at most seven places along the axis of time, the first and the last among them where the steps allow it.
func (c *chart) label() {
	n := len(c.Points)
	switch {
	case n == 0:
		return
	case n > hoursOfDay && c.Step == string(view.Hour):
		c.labelDays()
		return
	}
	every := max(1, int(math.Ceil(float64(n-1)/6)))
	for i := 0; i < n; i += every {
		c.Labels = append(c.Labels, c.labelAt(i, c.Points[i].Axis))
	}
}

// labelDays names the days at their midnights, where hours of several are drawn.
func (c *chart) labelDays() {
	for i, p := range c.Points {
		if p.Axis == "00:00" {
			c.Labels = append(c.Labels, c.labelAt(i, p.Day))
		}
	}
}

func (c *chart) labelAt(i int, text string) tick {
	t := tick{At: c.x(i) / chartWidth * 100, Text: text, Anchor: "middle"}
	switch {
	case t.At < 4:
		t.Anchor = "start"
	case t.At > 96:
		t.Anchor = "end"
	}
	return t
}

// summary is the chart in a sentence, for those who do not see it.
func (d *Dashboards) summary(v view.View, c chart) string {
	low, high := -1, -1
	for i, p := range c.Points {
		if p.Future {
			continue
		}
		if low < 0 || p.Value < c.Points[low].Value {
			low = i
		}
		if high < 0 || p.Value > c.Points[high].Value {
			high = i
		}
	}
	if low < 0 {
		return c.Title
	}
	return d.words.Say("chart.summary", c.Label, d.words.Say("by."+c.Step), d.words.Range(v.Period.From, v.Period.To), c.Points[low].Text, c.Points[high].Text, c.Points[high].Full)
}
