package terms

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Markers stand where something was that may not be kept.
const (
	NumberMarker = "[number]"
	MailMarker   = "[e-mail]"

	longestPhrase = 100 // runes
	fewDigits     = 6   // in a row, whatever stands between them, are harmless
)

// Fold brings a phrase to the form it is counted in: valid UTF-8 in NFC, lower case, without control and invisible characters, single
// spaces, no punctuation at the end, at most 100 runes. Digits, seven or more in a row with nothing but separators between them,
// become [number], unless they are an ISBN-13; e-mail addresses become [e-mail]. Folding again changes nothing.
//
// Lower case is Unicode's simple mapping, which knows no language: İ becomes i, ß stays ß, ı stays ı.
func Fold(text string) string {
	s := clean(text)
	s = strings.ToLower(s)
	s = norm.NFC.String(s)
	for range 4 { // cutting can cut an ISBN, which is then a number
		next := trim(cut(scrub(s)))
		if next == s {
			break
		}
		s = next
	}
	return s
}

// clean returns valid UTF-8 in NFC without control characters and with single spaces.
func clean(text string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r != zwj && r != zwnj && unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Noncharacter_Code_Point, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.Join(strings.Fields(norm.NFC.String(s)), " ")
}

// The joiners are invisible, but Persian, Hindi and emoji are not written without them.
const (
	zwnj = '\u200c'
	zwj  = '\u200d'
)

// trim takes spaces and punctuation off the end that say nothing about what is searched.
func trim(s string) string {
	return strings.TrimSpace(strings.TrimRight(s, " .,;:!?…。、！？\u200c\u200d"))
}

// cut keeps the first runes.
func cut(s string) string {
	n := 0
	for i := range s {
		if n++; n > longestPhrase {
			return s[:i]
		}
	}
	return s
}

// foldPath cleans the path of a result that was opened, which the collector has scrubbed as it scrubs the paths of pages. Neither query
// nor fragment stays, nor an e-mail address; nothing is notSet.
func foldPath(path string) string {
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	if path = clean(path); path == "" {
		return notSet
	}
	for _, segment := range strings.Split(path, "/") {
		if hidden := scrubMail(segment); hidden != segment {
			path = strings.ReplaceAll(path, segment, MailMarker)
		}
	}
	return path
}

func scrub(s string) string { return scrubNumbers(scrubMail(s)) }

// at is the sign in its forms: also fullwidth, small, and percent-encoded however often.
const at = `(?:@|＠|﹫|%(?:25)*40)`

var (
	// word@word, or what is left of it after a cut.
	mail = regexp.MustCompile(`[^\s@＠﹫%]+[^\s@＠﹫]*?` + at + `\S*`)
	// word @ word.word, spaced out.
	spacedMail = regexp.MustCompile(`\S+ ?` + at + ` ?[^\s@]+\.[^\s@]{2,}`)
)

func scrubMail(s string) string {
	if !strings.ContainsAny(s, "@＠﹫%") {
		return s
	}
	return mail.ReplaceAllString(spacedMail.ReplaceAllString(s, MailMarker), MailMarker)
}

func isDigit(r rune) bool { return unicode.In(r, unicode.Nd, unicode.No, unicode.Nl) }

// scrubNumbers replaces runs of digits. A run goes from its first digit to its last, over everything that is not a letter.
func scrubNumbers(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		start, end, digits := nextRun(s)
		if digits == 0 {
			break
		}
		out.WriteString(s[:start])
		if digits > fewDigits && !isISBN13(s[start:end]) {
			out.WriteString(NumberMarker)
		} else {
			out.WriteString(s[start:end])
		}
		s = s[end:]
	}
	out.WriteString(s)
	return out.String()
}

// nextRun finds the first run of digits: where it begins, where it ends, and how many digits it has.
func nextRun(s string) (start, end, digits int) {
	for i, r := range s {
		switch {
		case isDigit(r):
			if digits++; digits == 1 {
				start = i
			}
			end = i + utf8.RuneLen(r)
		case digits > 0 && unicode.IsLetter(r):
			return start, end, digits
		}
	}
	return start, end, digits
}

// isISBN13 says whether the run is an International Standard Book Number (ISO 2108): 13 digits beginning with 978 or 979 that
// satisfy the check digit, divided by nothing but hyphens and spaces.
func isISBN13(run string) bool {
	var digits []int
	for _, r := range run {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, int(r-'0'))
		case r != '-' && r != ' ' && r != '‐' && r != '–':
			return false
		}
	}
	if len(digits) != 13 || digits[0] != 9 || digits[1] != 7 || digits[2] < 8 {
		return false
	}
	sum := 0
	for i, d := range digits {
		sum += d * (1 + 2*(i%2))
	}
	return sum%10 == 0
}
