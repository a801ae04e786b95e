package robot

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"slices"
)

// rule is one literal of a keyword or pattern, and what must hold besides.
type rule struct {
	text       string
	start, end bool           // it must begin or end the agent
	unless     []string       // an agent that contains one of these, in any case, is acquitted
	confirm    *regexp.Regexp // it must match as well; nil when the text says it all

	mark uint64 // a bit of its own when unless or confirm read the whole agent; set by newMatcher
}

// compile turns a pattern into rules: one when it is a literal, some when it
// offers a choice ("[wW]get"), and otherwise its longest literal with the
// regular expression to confirm. A pattern without a literal of three bytes yields none, since
// it would have to run on every agent.
func compile(pattern string) ([]rule, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("cannot use the robot pattern %q: %w", pattern, err)
	}
	if re.Op == syntax.OpAlternate {
		var rules []rule
		for _, choice := range re.Sub {
			more, err := compile(choice.String())
			if err != nil {
				return nil, err
			}
			rules = append(rules, more...)
		}
		return rules, nil
	}
	body, start, end := anchors(re)
	if texts, ok := expand(body); ok {
		var rules []rule
		for _, text := range texts {
			if len(text) >= 3 {
				rules = append(rules, rule{text: text, start: start, end: end})
			}
		}
		return rules, nil
	}
	text := longest(re)
	if len(text) < 3 {
		return nil, nil
	}
	confirm, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("cannot use the robot pattern %q: %w", pattern, err)
	}
	return []rule{{text: text, confirm: confirm}}, nil
}

// anchors takes ^ and $ off the ends of a pattern.
func anchors(re *syntax.Regexp) (body *syntax.Regexp, start, end bool) {
	if re.Op != syntax.OpConcat {
		return re, false, false
	}
	sub := re.Sub
	if len(sub) > 0 && sub[0].Op == syntax.OpBeginText {
		start, sub = true, sub[1:]
	}
	if n := len(sub); n > 0 && sub[n-1].Op == syntax.OpEndText {
		end, sub = true, sub[:n-1]
	}
	return &syntax.Regexp{Op: syntax.OpConcat, Sub: sub, Flags: re.Flags}, start, end
}

// expand lists the texts a pattern matches, when they are few.
func expand(re *syntax.Regexp) ([]string, bool) {
	const few = 32
	switch re.Op {
	case syntax.OpLiteral:
		return []string{string(re.Rune)}, re.Flags&syntax.FoldCase == 0
	case syntax.OpEmptyMatch:
		return []string{""}, true
	case syntax.OpCapture:
		return expand(re.Sub[0])
	case syntax.OpCharClass:
		var out []string
		for i := 0; i < len(re.Rune); i += 2 {
			if re.Rune[i+1]-re.Rune[i] > few {
				return nil, false
			}
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				out = append(out, string(r))
			}
		}
		return out, len(out) <= 4
	case syntax.OpAlternate:
		var out []string
		for _, sub := range re.Sub {
			texts, ok := expand(sub)
			if !ok {
				return nil, false
			}
			out = append(out, texts...)
		}
		return out, len(out) <= few
	case syntax.OpConcat:
		out := []string{""}
		for _, sub := range re.Sub {
			tails, ok := expand(sub)
			if !ok || len(out)*len(tails) > few {
				return nil, false
			}
			out = product(out, tails)
		}
		return out, true
	}
	return nil, false
}

func product(heads, tails []string) (out []string) {
	for _, h := range heads {
		for _, t := range tails {
			out = append(out, h+t)
		}
	}
	return out
}

// longest returns the longest text that every match of a pattern contains.
func longest(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return string(re.Rune)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return longest(re.Sub[0])
	case syntax.OpConcat:
		best := ""
		for _, sub := range re.Sub {
			if text := longest(sub); len(text) > len(best) {
				best = text
			}
		}
		return best
	}
	return ""
}

// matcher is an Aho–Corasick automaton (Aho and Corasick, "Efficient string
// matching", 1975) with all transitions filled in: one table look-up a byte,
// whatever the agent.
type matcher struct {
	rules []rule
	class [256]uint8 // bytes that occur in no text share class 0
	width int        // number of classes
	next  []uint16   // state × class → state
	emits [][]uint16 // state → rules whose text ends there
}

// newMatcher builds the automaton. With fold, upper-case ASCII letters of an agent
// are read as lower-case; the texts must be in lower case then.
func newMatcher(rules []rule, fold bool) (*matcher, error) {
	m := &matcher{rules: rules, width: 1}
	m.markWhole()
	for _, r := range rules {
		for i := range len(r.text) {
			if c := r.text[i]; m.class[c] == 0 {
				if m.width > math.MaxUint8 {
					return nil, errors.New("the robot patterns use too many different bytes")
				}
				m.class[c] = uint8(m.width)
				m.width++
			}
		}
	}
	if fold {
		for c := byte('A'); c <= 'Z'; c++ {
			m.class[c] = m.class[c+'a'-'A']
		}
	}
	if err := m.grow(); err != nil {
		return nil, err
	}
	m.link()
	m.next, m.emits = slices.Clone(m.next), slices.Clone(m.emits) // without the room they had to grow
	return m, nil
}

// markWhole gives each rule that reads the whole agent a bit, so that it does
// so once. Rules after the 64th share the last one's: they may be
// missed in an agent that failed another of them, which no list comes near.
func (m *matcher) markWhole() {
	bit := uint64(1)
	for i := range m.rules {
		if r := &m.rules[i]; r.confirm != nil || len(r.unless) > 0 {
			r.mark = bit
			if bit < 1<<63 {
				bit <<= 1
			}
		}
	}
}

// grow adds every text as a path from the root, state 0.
func (m *matcher) grow() error {
	m.addState()
	for id, r := range m.rules {
		state := 0
		for i := range len(r.text) {
			edge := &m.next[state*m.width+int(m.class[r.text[i]])]
			if *edge == 0 {
				n := len(m.emits)
				if n > math.MaxUint16 {
					return fmt.Errorf("the robot patterns need more than %d states; use a shorter list", math.MaxUint16)
				}
				*edge = uint16(n)
				m.addState()
			}
			state = int(m.next[state*m.width+int(m.class[r.text[i]])])
		}
		m.emits[state] = append(m.emits[state], uint16(id))
	}
	return nil
}

func (m *matcher) addState() {
	m.next = append(m.next, make([]uint16, m.width)...)
	m.emits = append(m.emits, nil)
}

// link fills the missing transitions, breadth first, from the state of the
// longest proper suffix, and inherits what that one emits.
func (m *matcher) link() {
	fail := make([]uint16, len(m.emits))
	queue := []uint16{0}
	for len(queue) > 0 {
		state := int(queue[0])
		queue = queue[1:]
		back := int(fail[state])
		if state != 0 {
			m.emits[state] = append(m.emits[state], m.emits[back]...)
		}
		for c := range m.width {
			edge, fallback := &m.next[state*m.width+c], uint16(0)
			if state != 0 {
				fallback = m.next[back*m.width+c]
			}
			if *edge == 0 {
				*edge = fallback
				continue
			}
			fail[*edge] = fallback
			queue = append(queue, *edge)
		}
	}
}

// matches reports whether a rule holds for an agent outside the spared part.
func (m *matcher) matches(agent []byte, spare span) bool {
	state, failed := 0, uint64(0)
	for i, b := range agent {
		state = int(m.next[state*m.width+int(m.class[b])])
		for _, id := range m.emits[state] {
			r := &m.rules[id]
			if r.mark&failed != 0 || !r.stands(agent, i+1, spare) {
				continue
			}
			if r.mark == 0 || r.agrees(agent) {
				return true
			}
			failed |= r.mark
		}
	}
	return false
}

// stands checks where the text of a rule is found; it ends before byte to.
func (r *rule) stands(agent []byte, to int, spare span) bool {
	from := to - len(r.text)
	if (r.start && from != 0) || (r.end && to != len(agent)) {
		return false
	}
	product := to < len(agent) && agent[to] == '/' // "SomeBot/1.0" is no model
	return from < spare.from || to > spare.to || product
}

// agrees checks what a rule wants of the whole agent.
func (r *rule) agrees(agent []byte) bool {
	for _, text := range r.unless {
		if containsFold(agent, text) {
			return false
		}
	}
	return r.confirm == nil || r.confirm.Match(agent)
}

// containsFold is bytes.Contains for a lower-case text, in any case.
func containsFold(b []byte, lower string) bool {
	for i := 0; i+len(lower) <= len(b); i++ {
		if bytes.EqualFold(b[i:i+len(lower)], []byte(lower)) {
			return true
		}
	}
	return false
}
