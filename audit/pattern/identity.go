package pattern

import "bytes"

func isDate(month, day int) bool { return month >= 1 && month <= 12 && day >= 1 && day <= 31 }

func isYear(t []byte) bool {
	return len(t) == 4 && (t[0] == '1' && t[1] == '9' || t[0] == '2' && t[1] == '0')
}

// isClock reports whether four digits can be a time of day, so that a date before them makes a time stamp of both.
func isClock(t []byte) bool { return number(t[:2]) < 24 && number(t[2:4]) < 60 }

// isUnix reports whether ten digits are more likely the seconds of a time between 2008 and 2030.
func isUnix(t []byte) bool {
	return len(t) == 10 && string(t) >= "1200000000" && string(t) < "1900000000"
}

const between = " -.+"

// norwegian: DDMMYYIIIKK, also as 6 and 5, DD.MM.YY and 5, and 6, 3 and 2 digits.
func (s *Scanner) norwegian(k int) int {
	n := 0
	switch {
	case s.groups[k].len() == 11:
		n = 1
	case s.shaped(k, between, 6, 5):
		n = 2
	case s.shaped(k, between, 6, 3, 2):
		n = 3
	case s.shaped(k, "", 2, 2, 2, 5):
		n = 4
	}
	if n == 0 || n > 1 && s.glued(k, n) {
		return 0
	}
	d := s.digits(k, n)
	if !isNorwegian(d) {
		return 0
	}
	if n > 1 && s.before(s.groups[k].from) == ' ' && !today(d) && !isDate(number(d[2:4]), number(d[:2])) && !s.announces(k) {
		return 0 // two numbers side by side in a sentence, most likely
	}
	return n
}

// isNorwegian applies both rules: today's, and the one from 2032 on, by which the first sum may leave 0, 1, 2 or 3.
func isNorwegian(d []byte) bool {
	day, month := number(d[:2]), number(d[2:4])
	if day > 40 {
		day -= 40 // D-number
	}
	switch {
	case month > 80:
		month -= 80 // test number
	case month > 60:
		month -= 65 // test number of a population that was made up
	case month > 40:
		month -= 40 // H-number
	}
	if !isDate(month, day) {
		return false
	}
	return modulus11(d, 3, 7, 6, 1, 8, 9, 4, 5, 2, 1) <= 3 && modulus11(d, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1) == 0
}

// today reports whether a Norwegian number follows the rule that all numbers follow until 2032.
func today(d []byte) bool { return modulus11(d, 3, 7, 6, 1, 8, 9, 4, 5, 2, 1) == 0 }

// modulus11 is what the weighted sum of digits leaves.
func modulus11(d []byte, weights ...int) (rest int) {
	for i, w := range weights {
		rest += int(d[i]-'0') * w
	}
	return rest % 11
}

// swedish: YYMMDD-NNNN and YYYYMMDD-NNNN, the sign also "+" from the hundredth birthday on, or missing, or a space where no other number
// stands before it. A number that is a time stamp too is one, unless a word says otherwise.
func (s *Scanner) swedish(k int) int {
	n, signed := 0, true
	switch {
	case s.shaped(k, "-+", 6, 4):
		n = 2
	case s.shaped(k, "-+", 8, 4), s.shaped(k, between, 6, 4) && (s.announces(k) || s.before(s.groups[k].from) != ' '):
		n, signed = 2, false
	case s.shaped(k, "-", 4, 2, 2, 4) && (s.text[s.groups[k].from] == '1' || s.announces(k)):
		n, signed = 4, false
	case s.groups[k].len() == 12, s.groups[k].len() == 10:
		n, signed = 1, false
	default:
		return 0
	}
	if s.glued(k, n) || s.word(s.groups[k].from) == "cpr" {
		return 0
	}
	d := s.digits(k, n)
	if !signed && stamped(d) && !s.announces(k) {
		return 0
	}
	if d = s.digits(k, n); len(d) == 12 {
		if century := string(d[:2]); century != "18" && century != "19" && century != "20" {
			return 0
		}
		d = d[2:]
	}
	day := number(d[4:6])
	if day > 60 { // samordningsnummer, unless a Danish number fits better
		if isDate(number(d[2:4]), number(d[:2])) && oldDanish(d) {
			return 0
		}
		day -= 60
	}
	if !isDate(number(d[2:4]), day) || !luhn(d) {
		return 0
	}
	return n
}

// stamped reports whether ten or twelve digits are a time stamp: Unix seconds, or a date from 2000 on with a time of day.
func stamped(d []byte) bool {
	if len(d) == 10 {
		return isUnix(d)
	}
	return string(d[:2]) == "20" && isClock(d[8:])
}

// danish: DDMMYY-NNNN. There is no checksum that all numbers keep since 2007, so a number without the hyphen needs the old one
// or a word before it.
func (s *Scanner) danish(k int) int {
	n := 0
	switch {
	case s.shaped(k, "-", 6, 4):
		n = 2
	case s.shaped(k, between, 6, 4) && s.announces(k):
		n = 2
	case s.shaped(k, "", 2, 2, 2, 4) && s.announces(k):
		n = 4
	case s.groups[k].len() == 10:
		if d := s.digits(k, 1); s.announces(k) || oldDanish(d) && !isUnix(d) {
			n = 1
		}
	}
	if n == 0 || s.glued(k, n) {
		return 0
	}
	d := s.digits(k, n)
	if !isDate(number(d[2:4]), number(d[:2])) {
		return 0
	}
	return n
}

// oldDanish is the checksum that numbers had until 2007.
func oldDanish(d []byte) bool { return modulus11(d, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1) == 0 }

// finnish looks for DDMMYYsNNNC: s is the century's sign (since 2023 one of several), C one of 31 characters.
func (s *Scanner) finnish() {
	const size = 11
	for i := 0; i+size <= len(s.text); i++ {
		if !isDigit(s.text[i]) || isAlnum(s.before(i)) {
			continue
		}
		t := s.text[i : i+size]
		if !isFinnish(t) || isAlnum(s.after(i+size)) || joins(s.after(i+size)) && isAlnum(s.after(i+size+1)) || s.hyphened(i) && !s.announcesAt(i) {
			continue
		}
		s.take(Finnish, i, i+size)
		i += size
	}
}

func isFinnish(t []byte) bool {
	if !isNumber(t[:6]) || !isNumber(t[7:10]) || bytes.IndexByte([]byte("+-ABCDEFUVWXY"), upper(t[6])) < 0 {
		return false
	}
	individual := number(t[7:10])
	if !isDate(number(t[2:4]), number(t[:2])) || individual < 2 {
		return false
	}
	return "0123456789ABCDEFHJKLMNPRSTUVWXY"[(number(t[:6])*1000+individual)%31] == upper(t[10])
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}

// luhn is ISO/IEC 7812-1 annex B.
func luhn(d []byte) bool {
	sum := 0
	for i, c := range d {
		v := int(c - '0')
		if (len(d)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}
