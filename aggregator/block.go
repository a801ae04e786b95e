package aggregator

import (
	"slices"
	"strings"
	"time"

	"sporlos/event"
	"sporlos/site"
	"sporlos/store"
)

// block is the column form of events. It holds copies, and its memory is used again for the next batch.
type block struct {
	event event.Event

	site                 []uint32
	day                  store.Days
	time                 store.Seconds
	visitor, visit       []uint64
	interactive          []bool
	texts                [len(textColumns)]store.Words
	engagement           []uint32
	scroll               []uint8
	revenue              []int64
	propKeys, propValues [][]string // none while no row has any
	anyRevenue           bool
	keys                 map[string]string // of properties, so that equal ones share a copy
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

// fill makes the block from records of events.
func (b *block) fill(records [][]byte) {
	b.reset()
	for _, rec := range records {
		b.addRecord(rec)
	}
}

// plenty is how many rows a block may have memory for without being asked whether it needs it.
const plenty = 1 << 15

func (b *block) reset() {
	if cap(b.site) > plenty && len(b.site) < cap(b.site)/8 { // a backlog is over
		*b = block{}
	}
	b.site, b.day, b.time = b.site[:0], b.day[:0], b.time[:0]
	b.visitor, b.visit, b.interactive = b.visitor[:0], b.visit[:0], b.interactive[:0]
	b.engagement, b.scroll, b.revenue = b.engagement[:0], b.scroll[:0], b.revenue[:0]
	b.propKeys, b.propValues, b.anyRevenue = nil, nil, false
	b.keys, b.monthSet = map[string]string{}, map[int]struct{}{}
	for i := range b.texts {
		b.texts[i].Reset()
	}
}

// addRecord adds a row, unless the record is not one of an event.
func (b *block) addRecord(rec []byte) bool {
	if event.Decode(rec, &b.event) != nil {
		return false
	}
	b.add(&b.event)
	return true
}

func (b *block) add(e *event.Event) {
	if len(b.day) == 0 || e.Day != b.lastDay {
		b.monthSet[monthOf(site.Day(e.Day).Date())], b.lastDay = struct{}{}, e.Day
	}
	b.addProps(e.Props)
	b.site = append(b.site, e.Site)
	b.day = append(b.day, e.Day)
	b.time = append(b.time, e.Time)
	b.visitor = append(b.visitor, e.Visitor)
	b.visit = append(b.visit, e.Visit)
	b.interactive = append(b.interactive, e.Interactive)
	for i := range textColumns {
		b.texts[i].Append(textColumns[i].of(e))
	}
	b.engagement = append(b.engagement, e.EngagementMS)
	b.scroll = append(b.scroll, e.Scroll)
	b.revenue = append(b.revenue, e.RevenueMilli)
	b.anyRevenue = b.anyRevenue || e.RevenueMilli != 0
}

// addProps adds a row's properties; it comes before the row is counted.
func (b *block) addProps(props []event.Prop) {
	if b.propKeys == nil {
		if len(props) == 0 {
			return
		}
		b.propKeys, b.propValues = make([][]string, b.rows()), make([][]string, b.rows())
	}
	var keys, values []string
	for _, p := range props {
		key, ok := b.keys[p.Key]
		if !ok {
			key = strings.Clone(p.Key)
			b.keys[key] = key
		}
		keys, values = append(keys, key), append(values, strings.Clone(p.Value))
	}
	b.propKeys, b.propValues = append(b.propKeys, keys), append(b.propValues, values)
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
		if !b.texts[i].Empty() {
			t = append(t, store.Column{Name: textColumns[i].name, Values: &b.texts[i]})
		}
	}
	if b.anyRevenue {
		t = append(t, store.Column{Name: "revenue", Values: b.revenue})
	}
	if b.propKeys != nil {
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

// split divides records of events so that no part touches more than max months: by month, and within it in order.
func split(records [][]byte, max int) [][][]byte {
	var e event.Event
	var months []int
	of := make([]int, len(records))
	for i, rec := range records {
		if event.Decode(rec, &e) == nil {
			of[i] = monthOf(site.Day(e.Day).Date())
			months = append(months, of[i])
		}
	}
	slices.Sort(months)
	months = slices.Compact(months)
	parts := make([][][]byte, (len(months)+max-1)/max)
	for i, rec := range records {
		n, _ := slices.BinarySearch(months, of[i])
		parts[n/max] = append(parts[n/max], rec)
	}
	return parts
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
