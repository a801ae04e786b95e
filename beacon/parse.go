package beacon

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// Parse reads body into b, reusing b.Props. It decodes inside body, which must be left alone while b is in use.
func (b *Beacon) Parse(body []byte) Problem {
	*b = Beacon{Props: b.Props[:0], Interactive: true}
	p := parser{data: body}
	for p.open('{', "", "the body must be a JSON object"); p.more('}'); {
		b.member(&p, p.key())
	}
	p.done()
	if p.problem.Reason == Accepted {
		b.check(&p)
	}
	return p.problem
}

// member reads the value of one field.
func (b *Beacon) member(p *parser, key []byte) {
	if p.null() {
		return
	}
	switch string(key) {
	case "n", "name":
		b.Name = p.limited("n", MaxName)
	case "u", "url":
		b.URL = p.limited("u", MaxURL)
	case "d", "domain":
		b.Domain = p.limited("d", MaxDomains)
	case "r", "referrer":
		b.Referrer = cut(view(p.text("r")), MaxReferrer)
	case "p", "props", "m", "meta":
		b.props(p)
	case "$", "revenue":
		b.revenue(p)
	case "i", "interactive":
		b.Interactive = p.flag("i")
	case "e":
		b.Engagement = uint32(p.count("e", maxEngagement))
	case "sd":
		b.Scroll = uint8(p.count("sd", 100))
	case "h":
		b.Hash = p.flag("h")
	default:
		p.skip(1)
	}
}

// check refuses a beacon that lacks what every beacon has.
func (b *Beacon) check(p *parser) {
	switch {
	case b.Name == "":
		p.fail("n", "is missing: the name of the event")
	case b.URL == "":
		p.fail("u", "is missing: the address of the page")
	case b.Domain == "":
		p.fail("d", "is missing: the domain of the site")
	}
}

// limited takes a string of at most max bytes.
func (p *parser) limited(field string, max int) string {
	s := p.text(field)
	if len(s) > max {
		p.fail(field, "is too long")
		return ""
	}
	return view(s)
}

// cut shortens s to at most max bytes, at the border of a character.
func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max]
}

// flag takes true, false, 1 or 0.
func (p *parser) flag(field string) bool {
	switch c := p.peek(); {
	case c == 't' && p.word("true"):
		return true
	case c == 'f' && p.word("false"):
		return false
	case c == '0' || c == '1':
		if tok := p.number(field); len(tok) == 1 {
			return c == '1'
		}
	}
	p.fail(field, "must be true, false, 1 or 0")
	return false
}

// count takes a number, drops its fraction and caps it at max.
func (p *parser) count(field string, max int64) int64 {
	f, err := strconv.ParseFloat(view(p.number(field)), 64)
	if p.problem.Reason != Accepted {
		return 0
	}
	if f < 0 {
		p.fail(field, "must not be negative")
		return 0
	}
	if err != nil || f > float64(max) { // the only error left is one out of range
		return max
	}
	return int64(f)
}

// unwrap steps into an object that is wrapped in a string, if it is, and returns the parser as it stands behind the string.
func (p *parser) unwrap(field string) (outer parser, wrapped bool) {
	if p.peek() != '"' {
		return parser{}, false
	}
	inside := p.text(field)
	outer = *p
	if outer.problem.Reason == Accepted {
		p.data, p.at = inside, 0
	}
	return outer, true
}

// rewrap steps out again, and tells the field of what was wrong inside.
func (p *parser) rewrap(outer parser, field string) {
	if outer.problem.Reason == Accepted {
		p.done()
	}
	if problem := p.problem; problem.Reason != Accepted {
		if problem.Field == "" {
			problem.Field, problem.Text = field, "is a string that does not hold the JSON it should"
		}
		outer.problem, outer.at = problem, len(outer.data)
	}
	*p = outer
}

func (b *Beacon) props(p *parser) {
	b.Props = b.Props[:0]
	outer, wrapped := p.unwrap("p")
	if wrapped && p.peek() == 0 {
		*p = outer
		return
	}
	b.readProps(p)
	if wrapped {
		p.rewrap(outer, "p")
	}
}

func (b *Beacon) readProps(p *parser) {
	if p.null() {
		return
	}
	for p.open('{', "p", "must be an object"); p.more('}'); {
		key := p.key()
		if len(key) > MaxKey {
			p.fail("p", "has a key of over 300 bytes")
		}
		if value := p.value(); len(key) > 0 && len(value) > 0 && len(b.Props) < MaxProps {
			b.Props = append(b.Props, Prop{view(key), view(value)})
		}
	}
}

// value takes the value of a property.
func (p *parser) value() []byte {
	c := p.peek()
	start := p.at
	switch {
	case c == '"':
		v := p.text("p")
		if len(v) > MaxValue {
			p.fail("p", "has a value of over 2,000 bytes")
		}
		return v
	case c == 'n':
		p.null()
		return nil
	case c == '-' || '0' <= c && c <= '9':
		return p.number("p")
	case c == 't' && p.word("true"), c == 'f' && p.word("false"):
		return p.data[start:p.at]
	case c == '{' || c == '[':
		p.fail("p", "must hold strings, numbers and booleans only")
	default:
		p.broken()
	}
	return nil
}

func (b *Beacon) revenue(p *parser) {
	b.RevenueMilli, b.Currency = 0, ""
	outer, wrapped := p.unwrap("$")
	b.readRevenue(p)
	if wrapped {
		p.rewrap(outer, "$")
	}
}

func (b *Beacon) readRevenue(p *parser) {
	if p.null() {
		return
	}
	var amount, currency []byte
	for p.open('{', "$", "must be an object with amount and currency"); p.more('}'); {
		switch key := p.key(); string(key) {
		case "amount":
			if p.peek() == '"' {
				amount = p.text("$")
			} else {
				amount = p.number("$")
			}
		case "currency":
			currency = p.text("$")
		default:
			p.skip(2)
		}
	}
	if p.problem.Reason == Accepted {
		b.setRevenue(p, amount, currency)
	}
}

func (b *Beacon) setRevenue(p *parser, amount, currency []byte) {
	if !upperCurrency(currency) {
		p.fail("$", "needs a currency of three letters")
		return
	}
	milli, ok := thousandths(amount)
	if !ok {
		p.fail("$", "needs an amount: a decimal number")
		return
	}
	b.RevenueMilli, b.Currency = milli, view(currency)
}

// upperCurrency brings a code of three letters to upper case, in place.
func upperCurrency(code []byte) bool {
	if len(code) != 3 {
		return false
	}
	for i, c := range code {
		code[i] = c &^ 0x20
		if code[i] < 'A' || code[i] > 'Z' {
			return false
		}
	}
	return true
}

// thousandths reads a decimal number and rounds it to thousandths, exactly up to about nine million million.
func thousandths(amount []byte) (int64, bool) {
	if n := numberLength(amount); n == 0 || n != len(amount) {
		return 0, false
	}
	f, err := strconv.ParseFloat(view(amount), 64)
	milli := math.Round(f * 1000)
	if err != nil || math.Abs(milli) > 1<<53 {
		return 0, false
	}
	return int64(milli), true
}

// Parse reads body into s. It decodes inside body, which must be left alone while s is in use.
func (s *Search) Parse(body []byte) Problem {
	*s = Search{Results: -1}
	p := parser{data: body}
	for p.open('{', "", "the body must be a JSON object"); p.more('}'); {
		s.member(&p, p.key())
	}
	p.done()
	if p.problem.Reason == Accepted {
		s.check(&p)
	}
	return p.problem
}

func (s *Search) member(p *parser, key []byte) {
	if p.null() {
		return
	}
	switch string(key) {
	case "d":
		s.Domain = p.limited("d", MaxDomains)
	case "q":
		s.Phrase = cut(view(p.text("q")), MaxPhrase)
	case "k":
		s.Kind = p.limited("k", MaxName)
	case "n":
		s.Results = int(p.count("n", maxResults))
	case "to":
		s.Opened = p.limited("to", MaxPath)
	default:
		p.skip(1)
	}
}

func (s *Search) check(p *parser) {
	s.Phrase = trim(s.Phrase)
	switch {
	case s.Domain == "":
		p.fail("d", "is missing: the domain of the site")
	case s.Phrase == "":
		p.fail("q", "is missing: the phrase")
	case s.Kind != "" && s.Kind != "search" && s.Kind != "refine" && s.Kind != "open" && s.Kind != "leave":
		p.fail("k", "must be search, refine, open or leave")
	case s.Opened != "" && s.Opened[0] != '/':
		p.fail("to", "must be a path")
	}
}

// trim takes spaces off both ends; other white space became spaces in the parser.
func trim(s string) string {
	for s != "" && s[0] == ' ' {
		s = s[1:]
	}
	for s != "" && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}
