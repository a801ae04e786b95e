package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sporlos/site"
)

// Compared is a row beside what it was in another period.
type Compared struct {
	Row
	Was    []float64 // of the same value, or of the bucket with the same place, in the other period; nil when that has no such bucket, or more rows than were read
	Since  string    // that bucket's label; "" when rows are not of time
	Change []float64 // percent, one decimal, of each metric; see Known
	Known  []bool    // whether there is a change to speak of: none when it was 0 and is not
}

// Comparison is an answer beside that of another period.
type Comparison struct {
	Rows     []Compared
	Total    int
	Answered string
}

// Compare answers the question, and for each row what it was in the days from…to. Of a period with more than [MaxRows] rows, what is not among
// the first is not known to be new. Buckets of time are aligned by their place in
// the period: the first day with the first, an hour with the same hour on the clock of the day with the same place. Rows and their order are those of
// the question's period.
func (r *Reporter) Compare(ctx context.Context, q Query, from, to site.Day) (Comparison, error) {
	now, err := r.Run(ctx, q)
	if err != nil {
		return Comparison{}, err
	}
	then, err := r.Run(ctx, q.in(from, to, now.Rows))
	if err != nil {
		return Comparison{}, err
	}
	was := map[string]Row{}
	earlier := q.places(from, to)
	for _, row := range then.Rows {
		was[q.place(row, earlier)] = row
	}
	c := Comparison{Total: now.Total, Answered: now.Answered}
	places, labels, whole := q.places(q.From, q.To), q.labels(from, to), then.Total <= len(then.Rows)
	for _, row := range now.Rows {
		place := q.place(row, places)
		one := Compared{Row: row, Since: labels[q.bucket(row, places)]}
		if old, ok := was[place]; ok {
			one.Was = old.Metrics
		} else if whole && (q.time() < 0 || one.Since != "") {
			one.Was = make([]float64, len(q.Metrics))
		}
		one.change()
		c.Rows = append(c.Rows, one)
	}
	return c, nil
}

// change computes by how much each metric has changed.
func (c *Compared) change() {
	c.Change, c.Known = make([]float64, len(c.Metrics)), make([]bool, len(c.Metrics))
	for i := range c.Was {
		c.Change[i], c.Known[i] = Change(c.Was[i], c.Metrics[i])
	}
}

// Change is by how many percent a number has changed, one decimal; false when it was 0 and is not.
func Change(was, is float64) (percent float64, known bool) {
	if was == 0 {
		return 0, is == 0
	}
	return round((is-was)*100/was, 1), true
}

// in is the question about another period, for rows that are known where that is exact.
func (q Query) in(from, to site.Day, rows []Row) Query {
	q.From, q.To, q.Offset, q.Limit, q.Order = from, to, 0, 0, nil
	shares := slices.Contains(q.Metrics, Percentage) || slices.Contains(q.Metrics, ConversionRate)
	if d := q.searched(); d != "" && !shares && len(rows) > 0 && len(rows) <= maxValues {
		f := Filter{Dimension: d, Op: Is}
		for _, row := range rows {
			f.Values = append(f.Values, row.Dimensions[slices.Index(q.Dimensions, d)])
		}
		if len(f.longest()) <= maxValue && f.onlyVisits() {
			q.Filters = append(slices.Clone(q.Filters), f)
		}
	}
	return q
}

func (f Filter) longest() string {
	return slices.MaxFunc(f.Values, func(a, b string) int { return len(a) - len(b) })
}

// onlyVisits says whether the filter leaves every number of the rows it keeps as it was. Of events it may not: what it chooses, it
// chooses visits by.
func (f Filter) onlyVisits() bool {
	m, _ := meaningOf(f.Dimension)
	return !m.ofEvents()
}

// time is the place of the dimension that is time; -1 for none.
func (q Query) time() int { return slices.IndexFunc(q.Dimensions, Dimension.Time) }

// places numbers the buckets of a period: hours by day and hour of the clock, others one after the other.
func (q Query) places(from, to site.Day) map[string]int {
	i := q.time()
	if i < 0 {
		return nil
	}
	places := map[string]int{}
	for n, label := range Buckets(q.Dimensions[i], q.Site, from, to) {
		if q.Dimensions[i] == Hour {
			n = hourPlace(label, from)
		}
		places[label] = n
	}
	return places
}

// hourPlace is 24 for each day since the first, and the hour on the clock.
func hourPlace(label string, from site.Day) int {
	t, err := time.Parse(time.DateTime, label)
	if err != nil {
		return -1
	}
	return (int(t.Unix()/86400)-int(from))*24 + t.Hour()
}

// labels are the buckets by their places.
func (q Query) labels(from, to site.Day) map[int]string {
	labels := map[int]string{}
	for label, n := range q.places(from, to) {
		labels[n] = label
	}
	return labels
}

// bucket is the place of a row in its period; -1 when it is not one of time.
func (q Query) bucket(row Row, places map[string]int) int {
	if i := q.time(); i >= 0 {
		return places[row.Dimensions[i]]
	}
	return -1
}

// place is what rows of two periods have in common.
func (q Query) place(row Row, places map[string]int) string {
	words := slices.Clone(row.Dimensions)
	if i := q.time(); i >= 0 {
		words[i] = fmt.Sprint(places[row.Dimensions[i]])
	}
	return strings.Join(words, "\x00")
}
