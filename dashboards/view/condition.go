package view

import (
	"net/url"
	"slices"
	"strings"
)

// Condition is a filter, or several joined. In the URL a join is written before what it joins,
//
//	or(is:country:NO,and(starts:page:/blog,not(is:device:Mobile)))
//
// as one parameter "f" like a filter; within the parentheses a "\" stands before a ",", "(" or ")" that belongs to a value, too.
// done(…) holds for visits with an event that meets its condition. "is:goal:ID" and "not:goal:ID" hold for visits in which the goal
// with that number was, and was not, reached.
type Condition struct {
	Join   string // "and", "or", "not", "done", or "" for Filter
	Of     []Condition
	Filter Filter
}

var joins = [...]string{"and", "or", "not", "done"}

const (
	maxDepth   = 8
	maxLeaves  = 50
	goalFilter = "goal"
)

// ParseCondition reads a condition as it stands in the URL; a filter alone is one.
func ParseCondition(text string) (Condition, error) {
	p := reader{text: text}
	c, err := p.condition(0)
	if err == nil && p.text != "" {
		err = mistake("condition.bad.rest", clip(p.text))
	}
	return c, err
}

// reader takes a condition from the beginning of a text.
type reader struct {
	text   string
	leaves int
}

func (p *reader) condition(depth int) (Condition, error) {
	if depth > maxDepth {
		return Condition{}, mistake("condition.bad.deep", maxDepth)
	}
	for _, join := range joins {
		if rest, ok := strings.CutPrefix(p.text, join+"("); ok {
			p.text = rest
			return p.joined(join, depth)
		}
	}
	if p.leaves++; p.leaves > maxLeaves {
		return Condition{}, mistake("condition.bad.many", maxLeaves)
	}
	f, err := ParseFilter(p.leaf(depth))
	return Condition{Filter: f}, err
}

func (p *reader) joined(join string, depth int) (Condition, error) {
	c := Condition{Join: join}
	for {
		part, err := p.condition(depth + 1)
		if err != nil {
			return c, err
		}
		c.Of = append(c.Of, part)
		if rest, ok := strings.CutPrefix(p.text, ","); ok {
			p.text = rest
			continue
		}
		rest, ok := strings.CutPrefix(p.text, ")")
		if p.text = rest; !ok {
			return c, mistake("condition.bad.open")
		}
		if single := join == "not" || join == "done"; single && len(c.Of) != 1 {
			return c, mistake("condition.bad.one", join)
		}
		return c, nil
	}
}

// leaf takes the text of a filter. Within a join it ends at a comma or parenthesis, and loses the escapes that are the join's.
func (p *reader) leaf(depth int) (text string) {
	if depth == 0 {
		text, p.text = p.text, ""
		return text
	}
	var b strings.Builder
	for i := 0; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '\\' && i+1 < len(p.text):
			if i++; strings.IndexByte(",()", p.text[i]) < 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(p.text[i])
		case strings.IndexByte(",()", c) >= 0:
			p.text = p.text[i:]
			return b.String()
		default:
			b.WriteByte(c)
		}
	}
	p.text = ""
	return b.String()
}

var inJoin = strings.NewReplacer(",", `\,`, "(", `\(`, ")", `\)`)

// String is the condition as it stands in the URL; ParseCondition reads it.
func (c Condition) String() string {
	if c.Join == "" {
		return c.Filter.String()
	}
	return c.text()
}

func (c Condition) text() string {
	if c.Join == "" {
		return inJoin.Replace(c.Filter.String())
	}
	parts := make([]string, len(c.Of))
	for i, part := range c.Of {
		parts[i] = part.text()
	}
	return c.Join + "(" + strings.Join(parts, ",") + ")"
}

// Goals are the numbers of the goals the condition is about.
func (c Condition) Goals() (ids []string) {
	if c.Join == "" && c.Filter.Dimension == goalFilter {
		return slices.Clone(c.Filter.Values)
	}
	for _, part := range c.Of {
		ids = append(ids, part.Goals()...)
	}
	return ids
}

// IsGoal says whether the filter is on a goal, not on a dimension.
func (f Filter) IsGoal() bool { return f.Dimension == goalFilter }

// Segment is what a saved segment asks: its conditions, all of which hold. What else stands in its query (a period, a tab) is left out.
func Segment(query string) (list []Condition, err error) {
	for part := range strings.SplitSeq(strings.TrimPrefix(query, "?"), "&") {
		text, ok := strings.CutPrefix(part, "f=")
		if !ok {
			continue
		}
		if text, err = unescape(text); err != nil {
			return nil, err
		}
		c, err := ParseCondition(text)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// SegmentQuery is what the view is filtered by, as a segment keeps it; "" when it is not.
func (v View) SegmentQuery() string {
	only := View{Period: Period{Kind: Days28}, Filters: v.Filters, Where: v.Where}
	return readable.Replace(only.Query().Encode())
}

func unescape(text string) (string, error) {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return "", mistake("segment.bad.query")
	}
	return plain, nil
}
