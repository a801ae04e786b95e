// Package pattern recognises personal data in text: addresses of networks and mailboxes, identity numbers of the Nordic countries,
// bank accounts, payment cards, telephone numbers and user agents.
//
// It is for reporting, where every false alarm costs somebody's time, and so the opposite of scrubbing, which takes away
// whatever looks like a long number: where a number has a checksum, the checksum counts; where it has only a shape, the shape must be
// the one people write it in, or a word such as "cpr" or "tlf" must stand before it.
//
//	var s pattern.Scanner
//	for _, m := range s.Find(value) { fmt.Println(m.Kind, m) } // prints the masked form, k***@e***.no, never the value
//
// A value is read as a reader would understand it: percent-encoding (also twice or thrice), full-width and other digits, no-break spaces,
// invisible characters and typographic hyphens are undone first. The time taken is linear in the length of the value.
//
// What it leaves alone on purpose: versions that look like IPv4 addresses (see [isVersion]), loopback, multicast and unspecified
// addresses, Unix time stamps and dates without separators unless a word before them says that they are something else, ISBNs, MAC
// addresses, and numbers glued to letters (a1b2…), which are parts of tokens.
package pattern

import (
	"fmt"
	"log/slog"
)

// Kind is what was recognised.
type Kind uint8

// The kinds, each with the source of its rules.
const (
	IPv4      Kind = iota + 1 // dotted, dashed as in reverse DNS, and 10 digits or 0x… where an address is announced
	IPv6                      // RFC 4291, allocated ranges only; mapped IPv4 too
	Email                     // RFC 5322 as people write it; "(at)" too
	Norwegian                 // fødselsnummer, D-, H- and test numbers; both checksum rules (Skatteetaten, nyttfnr2032)
	Swedish                   // personnummer and samordningsnummer: date and Luhn (SKV 704)
	Danish                    // CPR: a date, and NNNN behind a hyphen; without the hyphen modulus 11 or a word
	Finnish                   // henkilötunnus: date, century sign, modulus 31 (DVV)
	IBAN                      // ISO 13616: length of the country, modulus 97
	Card                      // ISO/IEC 7812: 13 to 19 digits, issuer's prefix, Luhn
	Phone                     // E.164 with "+", and national shapes of the Nordic countries
	Agent                     // a browser's identification in full: "Mozilla/5.0 (…"
)

var names = [...]string{
	IPv4: "ipv4", IPv6: "ipv6", Email: "email", Norwegian: "norwegian", Swedish: "swedish", Danish: "danish", Finnish: "finnish",
	IBAN: "iban", Card: "card", Phone: "phone", Agent: "agent",
}

// Kinds returns all kinds.
func Kinds() (list []Kind) {
	for k := IPv4; k <= Agent; k++ {
		list = append(list, k)
	}
	return list
}

// String is a word for machines: "ipv4", "email", "norwegian"…
func (k Kind) String() string {
	if k > 0 && int(k) < len(names) {
		return names[k]
	}
	return "none"
}

// Match is one find. Whatever prints it prints the masked form.
type Match struct {
	Kind Kind
	text string
}

// Masked tells what the find looks like without saying what it is: of each of its parts the first character at most.
func (m Match) Masked() string { return mask(m.Kind, m.text) }

// Is reports whether the find is exactly that text, as when an operator's own address is looked for.
func (m Match) Is(text string) bool { return m.text == text }

// Format prints the masked form, whatever the verb.
func (m Match) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(m.Masked())) }

// LogValue keeps the find out of logs.
func (m Match) LogValue() slog.Value { return slog.StringValue(m.Masked()) }

// Scanner looks through values, one after the other. The zero value is ready; it is not safe for concurrent use.
type Scanner struct {
	text    []byte // what is being looked at: the value as it was given, or buf
	own     bool   // text is buf, and may be written to
	buf     []byte
	other   []byte
	groups  []group
	matches []Match
}

// Find returns what it recognises in a value. The matches are valid until the next call; the value is not changed.
func (s *Scanner) Find(value []byte) []Match {
	s.matches = s.matches[:0]
	has := survey(value)
	if has.coded > 0 {
		s.normalise(value)
		has = survey(s.text)
	} else {
		s.text, s.own = value, false
	}
	if len(s.text) >= minAgent && has.slashes > 0 {
		s.agents()
	}
	if has.ats > 0 {
		s.emails()
	}
	if has.digits < minDigits && has.colons < 2 {
		return s.matches
	}
	s.numbers(has)
	return s.matches
}

// numbers looks for everything that is made of digits, the most certain first: what was taken once is not seen again.
func (s *Scanner) numbers(has traits) {
	if has.colons >= 2 {
		s.ipv6()
	}
	if has.digits < minDigits {
		return
	}
	if has.letters >= 2 && has.digits >= 10 {
		s.ibans()
	}
	s.ipv4()
	if has.digits >= minPhone {
		s.finnish()
		s.chains()
	}
}

const (
	minDigits = 4 // no kind but e-mail addresses, IPv6 addresses and agents has fewer
	minPhone  = 8
)

// take notes a find and makes it invisible to the recognisers that follow.
func (s *Scanner) take(kind Kind, from, to int) {
	s.matches = append(s.matches, Match{kind, string(s.text[from:to])})
	if !s.own {
		s.buf = append(s.buf[:0], s.text...)
		s.text, s.own = s.buf, true
	}
	clear(s.text[from:to])
}

// traits say which recognisers a value is worth.
type traits struct{ digits, letters, colons, slashes, ats, coded int }

func survey(text []byte) (t traits) {
	var counts [classes]int
	for _, c := range text {
		counts[class[c]]++
	}
	return traits{
		digits: counts[digit], letters: counts[letter] + counts[hexLetter], colons: counts[colon],
		slashes: counts[slash], ats: counts[at], coded: counts[coded],
	}
}

// The classes of bytes.
const (
	plain = iota
	digit
	hexLetter
	letter
	colon
	slash
	at    // "@", and the brackets of "(at)"
	coded // "%" and everything outside ASCII: to be normalised
	classes
)

var class = func() (t [256]uint8) {
	for c := range t {
		switch {
		case isDigit(byte(c)):
			t[c] = digit
		case isHex(byte(c)):
			t[c] = hexLetter
		case isLetter(byte(c)):
			t[c] = letter
		case c >= 0x80 || c == '%':
			t[c] = coded
		}
	}
	t[':'], t['/'], t['@'], t['('], t['['] = colon, slash, at, at, at
	return t
}()

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isAlnum(c byte) bool  { return isDigit(c) || isLetter(c) || c >= 0x80 }
func isHex(c byte) bool    { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// before and after return the byte beside a range, 0 at the ends of the value.
func (s *Scanner) before(i int) byte {
	if i == 0 {
		return 0
	}
	return s.text[i-1]
}

func (s *Scanner) after(i int) byte {
	if i >= len(s.text) {
		return 0
	}
	return s.text[i]
}
