package pattern

import "bytes"

// international: "+" or "00" with a country's number (ITU-T E.164), digits in any groups.
func (s *Scanner) international(k int) int {
	g := s.groups[k]
	plus := s.before(g.from) == '+' && (g.from < 2 || !isAlnum(s.text[g.from-2]))
	zeros := !plus && g.len() >= 4 && string(s.text[g.from:g.from+2]) == "00"
	if !plus && !zeros {
		return 0
	}
	first, total := g.from, 0
	if zeros {
		first += 2
	}
	low, high := subscriber(s.text[first:g.to], zeros)
	for n := 1; k+n <= len(s.groups); n++ {
		if total += s.groups[k+n-1].len(); zeros && n == 1 {
			total -= 2
		}
		if total > high {
			return 0
		}
		if total >= low && (total == high || k+n == len(s.groups) || total+s.groups[k+n].len() > high) {
			if s.glued(k, n) {
				return 0
			}
			return n
		}
	}
	return 0
}

// subscriber returns how few and how many digits a number has that begins like this, its country's included.
func subscriber(t []byte, known bool) (low, high int) {
	for _, c := range [...]struct {
		code      string
		low, high int
	}{
		{"47", 10, 10}, {"45", 10, 10}, {"46", 9, 12}, {"358", 8, 13}, {"354", 10, 10}, {"298", 9, 9}, {"299", 9, 9}, {"44", 11, 13}, {"49", 9, 14}, {"33", 11, 12},
	} {
		if bytes.HasPrefix(t, []byte(c.code)) {
			return c.low, c.high
		}
	}
	if known || len(t) == 0 || t[0] == '0' {
		return 1, 0 // of the countries that are dialled with 00 only these are tried
	}
	return 9, 15
}

// national: the shapes of the Nordic countries. They carry no checksum, so they count only when nothing is beside them, and the weakest
// only behind a word such as "tlf".
func (s *Scanner) national(k int) int {
	rings := s.rings(k)
	if rings {
		if n := s.dialled(k); n > 0 {
			return n
		}
	}
	switch first := s.text[s.groups[k].from]; {
	case s.shaped(k, " ", 2, 2, 2, 2) && s.alone(k, 4) && first >= '2' && !s.ascending(k, 4):
		return 4 // Norway, Denmark
	case s.shaped(k, " ", 3, 2, 3) && s.alone(k, 3) && (first == '4' || first == '9'):
		return 3 // Norway, mobile
	case s.groups[k].len() == 8 && s.alone(k, 1) && (first == '4' || first == '9') && !isCompactDate(s.text[s.groups[k].from:s.groups[k].to]):
		return 1
	case s.groups[k].len() == 10 && s.alone(k, 1) && isMobile(s.text[s.groups[k].from:s.groups[k].to]):
		return 1 // Sweden, Finland
	case first == '0':
		return s.area(k)
	}
	return 0
}

// dialled is any number of seven to eleven digits that a word announced, but for dates.
func (s *Scanner) dialled(k int) int {
	first := s.text[s.groups[k].from:s.groups[k].to]
	if isUnix(first) || s.shaped(k, "", 4, 2, 2) || s.shaped(k, "", 2, 2, 4) || len(first) == 8 && isCompactDate(first) {
		return 0
	}
	total := 0
	for n := 1; k+n <= len(s.groups) && n <= 6; n++ {
		if n > 1 {
			gap := s.text[s.groups[k+n-2].to:s.groups[k+n-1].from]
			if len(gap) != 1 || gap[0] != ' ' && gap[0] != '-' {
				return 0
			}
		}
		if total += s.groups[k+n-1].len(); total > 11 {
			return 0
		}
		if total >= 7 && (k+n == len(s.groups) || total >= 8) {
			return n
		}
	}
	return 0
}

// area: Sweden and Finland, 08-123 456 78, 0520-49 69 00, 040 123 4567.
func (s *Scanner) area(k int) int {
	n := len(s.groups) - k
	if n < 2 || n > 5 || !s.alone(k, n) {
		return 0
	}
	area, second, total := s.groups[k].len(), s.groups[k+1].len(), 0
	for i := range n {
		g := s.groups[k+i]
		if i > 0 {
			gap := s.text[s.groups[k+i-1].to:g.from]
			if len(gap) != 1 || gap[0] != '-' && (gap[0] != ' ' || i == 1 && area == 4) || g.len() < 2 {
				return 0
			}
		}
		total += g.len()
	}
	switch {
	case area < 2, s.text[s.groups[k].from+1] == '0', total > 10:
		return 0
	case area == 2 && second >= 3 && total >= 8, area == 3 && second >= 2 && total >= 9, area == 4 && second >= 2 && total >= 9:
		return n
	}
	return 0
}

func isMobile(t []byte) bool {
	switch string(t[:2]) {
	case "07":
		return t[2] == '0' || t[2] == '2' || t[2] == '3' || t[2] == '6' || t[2] == '9'
	case "04":
		return true
	case "05":
		return t[2] == '0'
	}
	return false
}

// ascending reports whether groups count up or down by one step, as the numbers of weeks or pages do.
func (s *Scanner) ascending(k, n int) bool {
	step := s.pair(k+1, 0) - s.pair(k, 0)
	for i := 2; i < n; i++ {
		if s.pair(k+i, 0)-s.pair(k+i-1, 0) != step {
			return false
		}
	}
	return true
}

// isCompactDate recognises 17052024 and 20240517.
func isCompactDate(t []byte) bool {
	return isYear(t[4:8]) && isDate(number(t[2:4]), number(t[:2])) || isYear(t[:4]) && isDate(number(t[4:6]), number(t[6:8]))
}
