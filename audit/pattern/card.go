package pattern

// card: the digits in one run or grouped as they are embossed.
func (s *Scanner) card(k int) int {
	const sign = " -.+"
	n := 0
	switch {
	case s.groups[k].len() >= 13 && s.groups[k].len() <= 19:
		n = 1
	case s.shaped(k, sign, 4, 4, 4, 4, 3):
		n = 5
	case s.shaped(k, sign, 4, 4, 4, 4):
		n = 4
	case s.shaped(k, sign, 4, 6, 5), s.shaped(k, sign, 4, 6, 4): // American Express and Diners are grouped like this
		if n = 3; s.text[s.groups[k].from] != '3' {
			return 0
		}
	default:
		return 0
	}
	if d := s.digits(k, n); s.glued(k, n) || !issued(d) || !luhn(d) {
		return 0
	}
	return n
}

// issued reports whether a number begins and is as long as those that are issued.
func issued(d []byte) bool {
	two, three, four := number(d[:2]), number(d[:3]), number(d[:4])
	switch size := len(d); {
	case d[0] == '4':
		return size == 13 || size == 16 || size == 19 // Visa
	case two >= 51 && two <= 55, four >= 2221 && four <= 2720:
		return size == 16 // Mastercard
	case two == 34, two == 37:
		return size == 15 // American Express
	case two == 36, two == 38, two == 39, three >= 300 && three <= 305:
		return size == 14 || size == 16 // Diners
	case four == 6011, two == 65, three >= 644 && three <= 649, four >= 3528 && four <= 3589, two == 62:
		return size >= 16 // Discover, JCB, UnionPay
	case two == 50, two >= 56 && two <= 58, two == 63, two == 67:
		return size >= 13 // Maestro
	}
	return false
}
