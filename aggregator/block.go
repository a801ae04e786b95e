package aggregator

import (
	"maps"
	"slices"
	"strings"
	"time"

	"sporlos/event"
	"sporlos/site"
	"sporlos/store"
)

// block is the column form of a batch's events. Its slices are used again for every batch; text columns with few values hold
// pointers to interned copies, the others views into the records.
type block struct {
	event event.Event
	kept  [][]byte // records that became rows, in order

	site                 []uint32
	day, time            []time.Time
	visitor, visit       []uint64
	interactive          []bool
	texts                [len(textColumns)]words
	engagement           []uint32
	scroll               []uint8
	revenue              []int64
	propKeys, propValues [][]string
	props                []string // what the two above are cut from
	anyProps, anyRevenue bool
	monthSet             map[int]struct{}
	lastDay              uint16
	table                []store.Column
}

// textColumns are the columns of low cardinality and where an event has them.
var textColumns = [...]struct {
	name string
	of   func(*event.Event) string
}{
	{"name", func(e *event.Event) string { return e.Name }},
	{"host", func(e *event.Event) string { return e.Host }},
	{"path", func(e *event.Event) string { return e.Path }},
	{"referrer", func(e *event.Event) string { return e.Referrer }},
	{"source", func(e *event.Event) string { return e.Source }},
	{"channel", func(e *event.Event) string { return e.Channel }},
	{"utm_source", func(e *event.Event) string { return e.UTMSource }},
	{"utm_medium", func(e *event.Event) string { return e.UTMMedium }},
	{"utm_campaign", func(e *event.Event) string { return e.UTMCampaign }},
	{"utm_content", func(e *event.Event) string { return e.UTMContent }},
	{"utm_term", func(e *event.Event) string { return e.UTMTerm }},
	{"country", func(e *event.Event) string { return e.Country }},
	{"region", func(e *event.Event) string { return e.Region }},
	{"city", func(e *event.Event) string { return e.City }},
	{"browser", func(e *event.Event) string { return e.Browser }},
	{"browser_version", func(e *event.Event) string { return e.BrowserVersion }},
	{"os", func(e *event.Event) string { return e.OS }},
	{"os_version", func(e *event.Event) string { return e.OSVersion }},
	{"device", func(e *event.Event) string { return e.Device }},
	{"currency", func(e *event.Event) string { return e.Currency }},
}

func (b *block) rows() int { return len(b.site) }

// fill makes the block from the records, counts the tallies among them, and returns the records that are neither, nor void. With
// tallies nil only events are expected.
func (b *block) fill(records [][]byte, t *tallies) (damaged [][]byte) {
	b.reset()
	for _, rec := range records {
		switch event.KindOf(rec) {
		case event.KindEvent:
			if event.Decode(rec, &b.event) == nil {
				b.add(&b.event)
				b.kept = append(b.kept, rec)
				continue
			}
		case event.KindTally:
			if tally, err := event.DecodeTally(rec); err == nil {
				t.add(tally)
				continue
			}
		case event.KindVoid:
			if event.IsVoid(rec) {
				continue
			}
		}
		damaged = append(damaged, rec)
	}
	return damaged
}

func (b *block) reset() {
	b.kept = b.kept[:0]
	b.site, b.day, b.time = b.site[:0], b.day[:0], b.time[:0]
	b.visitor, b.visit, b.interactive = b.visitor[:0], b.visit[:0], b.interactive[:0]
	b.engagement, b.scroll, b.revenue = b.engagement[:0], b.scroll[:0], b.revenue[:0]
	clear(b.propKeys) // lets go of the batch's buffer
	clear(b.propValues)
	clear(b.props)
	b.propKeys, b.propValues, b.props = b.propKeys[:0], b.propValues[:0], b.props[:0]
	b.anyProps, b.anyRevenue = false, false
	b.monthSet = map[int]struct{}{}
	for i := range b.texts {
		b.texts[i].reset()
	}
}

func (b *block) add(e *event.Event) {
	b.site = append(b.site, e.Site)
	day := site.Day(e.Day).Date()
	if len(b.day) == 0 || e.Day != b.lastDay {
		b.monthSet[monthOf(day)], b.lastDay = struct{}{}, e.Day
	}
	b.day = append(b.day, day)
	b.time = append(b.time, time.Unix(int64(e.Time), 0))
	b.visitor = append(b.visitor, e.Visitor)
	b.visit = append(b.visit, e.Visit)
	b.interactive = append(b.interactive, e.Interactive)
	for i := range textColumns {
		b.texts[i].add(textColumns[i].of(e))
	}
	b.engagement = append(b.engagement, e.EngagementMS)
	b.scroll = append(b.scroll, e.Scroll)
	b.revenue = append(b.revenue, e.RevenueMilli)
	b.anyRevenue = b.anyRevenue || e.RevenueMilli != 0
	b.addProps(e.Props)
}

// addProps cuts the keys and the values of a row from one growing slice. When that moves, rows made before keep the old one.
func (b *block) addProps(props []event.Prop) {
	start := len(b.props)
	for _, p := range props {
		b.props = append(b.props, p.Key)
	}
	mid := len(b.props)
	for _, p := range props {
		b.props = append(b.props, p.Value)
	}
	b.propKeys = append(b.propKeys, b.props[start:mid:mid])
	b.propValues = append(b.propValues, b.props[mid:len(b.props):len(b.props)])
	b.anyProps = b.anyProps || len(props) > 0
}

// columns returns the block for the table events. Columns that are empty in every row are left to their default.
func (b *block) columns() []store.Column {
	t := append(b.table[:0],
		store.Column{Name: "site", Values: b.site},
		store.Column{Name: "day", Values: b.day},
		store.Column{Name: "time", Values: b.time},
		store.Column{Name: "visitor", Values: b.visitor},
		store.Column{Name: "visit", Values: b.visit},
		store.Column{Name: "interactive", Values: b.interactive},
		store.Column{Name: "engagement", Values: b.engagement},
		store.Column{Name: "scroll", Values: b.scroll},
	)
	for i := range b.texts {
		if b.texts[i].any {
			t = append(t, store.Column{Name: textColumns[i].name, Values: b.texts[i].values})
		}
	}
	if b.anyRevenue {
		t = append(t, store.Column{Name: "revenue", Values: b.revenue})
	}
	if b.anyProps {
		t = append(t, store.Column{Name: "prop_keys", Values: b.propKeys}, store.Column{Name: "prop_values", Values: b.propValues})
	}
	b.table = t
	return t
}

// months is how many calendar months, the unit of partitions, the rows lie in.
func (b *block) months() int { return len(b.monthSet) }

func monthOf(day time.Time) int {
	y, m, _ := day.Date()
	return y*12 + int(m)
}

// split divides the rows' records so that no part touches more than max months: by month, and within it in order.
func (b *block) split(max int) [][][]byte {
	months := slices.Sorted(maps.Keys(b.monthSet))
	parts := make([][][]byte, (len(months)+max-1)/max)
	for row, rec := range b.kept {
		i, _ := slices.BinarySearch(months, monthOf(b.day[row]))
		parts[i/max] = append(parts[i/max], rec)
	}
	return parts
}

// words is one text column. Equal values share one pointer to a copy of their own, which is what makes the client's dictionary
// cheap to build: it looks pointers up, not strings.
type words struct {
	values []*string
	any    bool // some value is not empty
	known  map[string]*string
	last   *string
}

// maxKnown is how many values a column remembers from one block to the next.
const maxKnown = 1 << 14

func (w *words) reset() {
	w.values, w.any = w.values[:0], false
	if w.known == nil || len(w.known) > maxKnown {
		empty := ""
		w.known, w.last = map[string]*string{"": &empty}, &empty
	}
}

func (w *words) add(s string) {
	if *w.last != s {
		p, ok := w.known[s]
		if !ok {
			own := strings.Clone(s)
			p = &own
			w.known[own] = p
		}
		w.last = p
	}
	w.any = w.any || s != ""
	w.values = append(w.values, w.last)
}

// tallies sums the refusals of a batch by site, day and reason, in the order they first occur.
type tallies struct {
	index  map[tallyKey]int
	site   []uint32
	day    []time.Time
	reason []string
	count  []uint64
}

type tallyKey struct {
	site   uint32
	day    uint16
	reason string
}

func (t *tallies) reset() {
	t.index = map[tallyKey]int{}
	t.site, t.day, t.reason, t.count = t.site[:0], t.day[:0], t.reason[:0], t.count[:0]
}

func (t *tallies) rows() int { return len(t.site) }

func (t *tallies) add(tally event.Tally) {
	key := tallyKey{tally.Site, tally.Day, tally.Reason}
	i, ok := t.index[key]
	if !ok {
		i = len(t.site)
		key.reason = strings.Clone(key.reason)
		t.index[key] = i
		t.site = append(t.site, tally.Site)
		t.day = append(t.day, site.Day(tally.Day).Date())
		t.reason = append(t.reason, key.reason)
		t.count = append(t.count, 0)
	}
	t.count[i] += tally.Count
}

// columns returns the block for the table refusals.
func (t *tallies) columns() []store.Column {
	return []store.Column{
		{Name: "site", Values: t.site},
		{Name: "day", Values: t.day},
		{Name: "reason", Values: t.reason},
		{Name: "refusals", Values: t.count},
	}
}
