package pattern

// lengths of an IBAN by country (ISO 13616 registry, release 99); negative where everything behind the country is digits.
var lengths = map[[2]byte]int{
	{'N', 'O'}: -15, {'S', 'E'}: -24, {'D', 'K'}: -18, {'F', 'I'}: -18, {'I', 'S'}: -26, {'F', 'O'}: -18, {'G', 'L'}: -18,
	{'D', 'E'}: -22, {'A', 'T'}: -20, {'B', 'E'}: -16, {'E', 'S'}: -24, {'P', 'T'}: -25, {'P', 'L'}: -28, {'E', 'E'}: -20, {'L', 'T'}: -20,
	{'C', 'Z'}: -24, {'S', 'K'}: -24, {'H', 'U'}: -28, {'S', 'I'}: -19, {'H', 'R'}: -21, {'B', 'A'}: -20, {'R', 'S'}: -22, {'M', 'E'}: -22,
	{'G', 'B'}: 22, {'I', 'E'}: 22, {'N', 'L'}: 18, {'F', 'R'}: 27, {'M', 'C'}: 27, {'I', 'T'}: 27, {'S', 'M'}: 27, {'C', 'H'}: 21, {'L', 'I'}: 21,
	{'L', 'U'}: 20, {'L', 'V'}: 21, {'G', 'R'}: 27, {'C', 'Y'}: 28, {'M', 'T'}: 31, {'R', 'O'}: 24, {'B', 'G'}: 22, {'G', 'I'}: 23, {'M', 'K'}: 19,
	{'A', 'L'}: 28, {'A', 'D'}: 24, {'T', 'R'}: 26, {'U', 'A'}: 29, {'M', 'D'}: 24, {'G', 'E'}: 22, {'A', 'Z'}: 28, {'K', 'Z'}: 20, {'X', 'K'}: -20,
	{'A', 'E'}: -23, {'S', 'A'}: 24, {'Q', 'A'}: 29, {'K', 'W'}: 30, {'B', 'H'}: 22, {'J', 'O'}: 30, {'L', 'B'}: 28, {'I', 'L'}: -23, {'P', 'K'}: 24,
	{'B', 'R'}: 29, {'C', 'R'}: -22, {'D', 'O'}: 28, {'G', 'T'}: 28, {'S', 'V'}: 28, {'T', 'N'}: -24, {'M', 'U'}: 30, {'E', 'G'}: -29, {'I', 'Q'}: 23,
}

// ibans looks for two letters and two digits at the beginning of a word, and for the rest behind them, in groups or not.
func (s *Scanner) ibans() {
	for i := 0; i+15 <= len(s.text); i++ {
		t := s.text[i:]
		if isLetter(t[0]) && isLetter(t[1]) && isDigit(t[2]) && isDigit(t[3]) && !isAlnum(s.before(i)) && !s.hyphened(i) {
			if n := iban(t); n > 0 {
				s.take(IBAN, i, i+n)
				i += n
			}
		}
	}
}

// iban returns the length of the IBAN the text begins with, or 0.
func iban(t []byte) int {
	want := lengths[[2]byte{t[0] &^ 0x20, t[1] &^ 0x20}]
	numeric := want < 0
	want = max(want, -want)
	if want == 0 {
		return 0
	}
	var digits [34]byte
	count, n := 0, 0
	for ; n < len(t) && count < want; n++ {
		c := t[n]
		if (c == ' ' || c == '-' || c == '+' || c == '.') && count%4 == 0 && isAlnum(t[n-1]) {
			continue
		}
		if c >= 0x80 || !isAlnum(c) || numeric && count >= 2 && !isDigit(c) {
			return 0
		}
		digits[count] = c
		count++
	}
	if count < want || n < len(t) && isAlnum(t[n]) || !mod97(digits[:want]) {
		return 0
	}
	return n
}

// mod97 is ISO 7064 MOD 97-10 with the first four characters moved to the end.
func mod97(t []byte) bool {
	rest := 0
	for i := range t {
		c := t[(i+4)%len(t)]
		if isDigit(c) {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c|0x20-'a') + 10) % 97
		}
	}
	return rest == 1
}
