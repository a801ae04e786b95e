package pattern

import "bytes"

// group is a run of digits with nothing but separators around it.
type group struct{ from, to int }

func (g group) len() int { return g.to - g.from }

const (
	maxGroups = 16
	maxGap    = 3 // separators between two groups of one number
)

// chains goes through the sequences of groups and tries each group as the beginning of a number.
func (s *Scanner) chains() {
	for i := 0; i < len(s.text); {
		if !isAlnum(s.text[i]) {
			i++
			continue
		}
		s.groups = s.groups[:0]
		i = s.chainFrom(i)
		for k := 0; k < len(s.groups); {
			k += s.numberAt(k)
		}
	}
}

// chainFrom collects the groups of the chain that may begin at i and returns where to go on. A word with letters ends a chain.
func (s *Scanner) chainFrom(i int) int {
	for i < len(s.text) {
		from, pure := i, true
		for i < len(s.text) && isAlnum(s.text[i]) {
			pure = pure && isDigit(s.text[i])
			i++
		}
		if !pure || i == from {
			return i
		}
		s.groups = append(s.groups, group{from, i})
		gap := i
		for i < len(s.text) && i-gap < maxGap && separates(s.text[i]) {
			i++
		}
	}
	return i
}

func separates(c byte) bool {
	switch c {
	case ' ', '-', '.', '/', '+', '(', ')', '_', '\t':
		return true
	}
	return false
}

// numberAt tries the group k and those behind it, the most certain kind first; it returns how many groups to go on by.
func (s *Scanner) numberAt(k int) int {
	if n := s.isbn(k); n > 0 {
		return n
	}
	for _, try := range [...]struct {
		kind Kind
		find func(*Scanner, int) int
	}{
		{Phone, (*Scanner).international}, {Norwegian, (*Scanner).norwegian}, {Card, (*Scanner).card}, {Swedish, (*Scanner).swedish},
		{Danish, (*Scanner).danish}, {Phone, (*Scanner).national},
	} {
		if n := try.find(s, k); n > 0 {
			s.take(try.kind, s.groups[k].from, s.groups[k+n-1].to)
			return n
		}
	}
	if s.shaped(k, "", 4, 2, 2) && isYear(s.digits(k, 1)) && isDate(s.pair(k+1, 0), s.pair(k+2, 0)) {
		return 3 // a date: its parts begin nothing else
	}
	return 1
}

// shaped reports whether the groups from k on have these lengths, with one separator out of a set between two of them; the empty set
// allows any.
func (s *Scanner) shaped(k int, separators string, lengths ...int) bool {
	if k+len(lengths) > len(s.groups) {
		return false
	}
	for n, want := range lengths {
		g := s.groups[k+n]
		if g.len() != want {
			return false
		}
		if n == 0 {
			continue
		}
		gap := s.text[s.groups[k+n-1].to:g.from]
		if len(gap) != 1 || separators != "" && bytes.IndexByte([]byte(separators), gap[0]) < 0 {
			return false
		}
	}
	return true
}

// digits copies the digits of n groups from k on together. What it returns is valid until the next call.
func (s *Scanner) digits(k, n int) []byte {
	s.other = s.other[:0]
	for _, g := range s.groups[k : k+n] {
		if len(s.other)+g.len() > maxDigits {
			return nil
		}
		s.other = append(s.other, s.text[g.from:g.to]...)
	}
	return s.other
}

const maxDigits = 20

// pair is the number that two digits of group k make.
func (s *Scanner) pair(k, at int) int {
	g := s.groups[k]
	return number(s.text[g.from+at : g.from+at+2])
}

func number(t []byte) (v int) {
	for _, c := range t {
		v = v*10 + int(c-'0')
	}
	return v
}

// alone reports whether n groups from k on are all there is: the chain holds nothing else, and beside it is the end of
// the value or a sign that separates things rather than the parts of one, as "/" and "-" do in a path.
func (s *Scanner) alone(k, n int) bool {
	if k > 0 || n < len(s.groups) {
		return false
	}
	return parts(s.before(s.groups[k].from)) && parts(s.after(s.groups[k+n-1].to))
}

// glued reports whether n groups from k on are the middle of a slug or an article's number: SKO-110324-1234, 110324-1234-red.
func (s *Scanner) glued(k, n int) bool {
	from, to := s.groups[k].from, s.groups[k+n-1].to
	return s.hyphened(from) && !s.announces(k) || joins(s.after(to)) && isAlnum(s.after(to+1))
}

// hyphened reports whether a place in the text is joined to a word before it.
func (s *Scanner) hyphened(i int) bool { return i >= 2 && joins(s.text[i-1]) && isAlnum(s.text[i-2]) }

func joins(c byte) bool { return c == '-' || c == '_' || c == '.' || c == '+' }

func parts(c byte) bool {
	switch c {
	case 0, '\t', '\n', '\r', ' ', '"', '\'', '=', ':', ',', ';', '(', ')', '[', ']', '{', '}', '&', '?', '<', '>', '|', '!':
		return true
	}
	return false
}

// maxWord is the length of the longest word that is looked for before a number.
const maxWord = 16

// word is the word before a place in the text, in lower case, with at most four other characters between, "nr" and the like left out;
// often "".
func (s *Scanner) word(i int) string {
	word, from := s.wordBefore(i)
	switch word {
	case "nr", "no", "num", "number", "nummer", "is", "er":
		word, _ = s.wordBefore(from)
	}
	return word
}

func (s *Scanner) wordBefore(i int) (word string, from int) {
	for n := 0; n < 4 && i > 0 && !isAlnum(s.text[i-1]); n++ {
		i--
	}
	end := i
	for i > 0 && end-i <= maxWord && (isLetter(s.text[i-1]) || s.text[i-1] >= 0x80) {
		i--
	}
	if end == i || end-i > maxWord || isDigit(s.before(i)) {
		return "", i
	}
	return string(bytes.ToLower(s.text[i:end])), i
}

// announces reports whether the word before group k says that an identity number follows.
func (s *Scanner) announces(k int) bool { return s.announcesAt(s.groups[k].from) }

func (s *Scanner) announcesAt(i int) bool {
	switch s.word(i) {
	case "fnr", "fødselsnr", "fødselsnummer", "fodselsnummer", "personnr", "personnummer", "pnr", "dnr", "dnummer", "ssn", "cpr", "cprnr", "cprnummer",
		"hetu", "henkilötunnus", "henkilotunnus", "identitetsnummer", "samordningsnummer", "nin":
		return true
	}
	return false
}

// rings reports whether the word before group k says that a telephone number follows. A telephone may also be what is sold.
func (s *Scanner) rings(k int) bool {
	from := s.groups[k].from
	switch s.word(from) {
	case "tel", "tlf", "tlph", "tlfnr", "telnr", "telefonnr", "telefonnummer", "mobilnr", "mobilnummer", "msisdn", "puh", "gsm", "sms", "fax":
		return true
	case "telefon", "telephone", "phone", "mobil", "mobile", "mob", "cell", "puhelin", "whatsapp":
		return bytes.ContainsAny(s.text[max(from-3, 0):from], ":=")
	}
	return false
}

// isbn returns how many groups from k on are an ISBN-13 (ISO 2108), 0 if they are none.
func (s *Scanner) isbn(k int) int {
	total := 0
	for n := 1; n <= 5 && k+n <= len(s.groups); n++ {
		total += s.groups[k+n-1].len()
		if total < 13 {
			continue
		}
		d := s.digits(k, n)
		if total > 13 || d[0] != '9' || d[1] != '7' || d[2] < '8' {
			return 0
		}
		sum := 0
		for i, c := range d {
			sum += int(c-'0') * (1 + i%2*2)
		}
		if sum%10 == 0 {
			return n
		}
		return 0
	}
	return 0
}
