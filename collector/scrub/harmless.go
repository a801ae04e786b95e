package scrub

// harmlessLen returns the length of a date or of a version's number that stands at s[i:], 0 if there is none. Both are numbers of
// seven or more digits that tell nobody. Whatever goes on as a longer number does not count: 1990-01-01-1234 is somebody's.
func harmlessLen(s []byte, i int) int {
	if !isDigit(s[i]) || i > 0 && isAlnum(s[i-1]) && s[i-1] != 'v' && s[i-1] != 'V' {
		return 0
	}
	n := dateLen(s[i:])
	if n == 0 && ipv4Len(s[i:], '.') == 0 {
		n = versionLen(s[i:])
	}
	if n == 0 || goesOn(s[i+n:]) {
		return 0
	}
	return n
}

// goesOn reports whether a number whose end is cut off here is part of a longer one: when a digit or a letter follows, or after
// separators three digits or more that are no date themselves.
func goesOn(s []byte) bool {
	at := 0
	for range 3 {
		if at == len(s) || separatorLen(s[at:]) == 0 {
			break
		}
		at += separatorLen(s[at:])
	}
	if at == len(s) {
		return false
	}
	if value, _ := digitAt(s[at:]); value < 0 {
		return at == 0 && isAlnum(s[0]) && s[0] != 'T' // 2026-05-17T10:30
	}
	return at == 0 || dateLen(s[at:]) == 0 && digitRun(s[at:]).digits >= 3
}

// dateLen returns the length of the date YYYY-MM-DD (ISO 8601) that s begins with, 0 if it is none that there has been or will be soon.
func dateLen(s []byte) int {
	const size = len("2026-05-17")
	if len(s) < size || s[4] != '-' || !isDate(s[:size]) {
		return 0
	}
	month, day := (s[5]-'0')*10+s[6]-'0', (s[8]-'0')*10+s[9]-'0'
	if day > 30 && (month == 4 || month == 6 || month == 9 || month == 11) || day > 29 && month == 2 {
		return 0
	}
	return size
}

// versionLen returns the length of the version's number that s begins with, as in 120.0.6099.109: three or four numbers with dots
// between them, none with a leading zero or of more than five digits, and one after the first of a single digit. People's numbers
// with dots have longer groups; the caller has seen that it is no IPv4 address.
func versionLen(s []byte) int {
	i, single := 0, false
	for part := 0; ; part++ {
		from := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		size := i - from
		if size == 0 || size > 5 || size > 1 && s[from] == '0' || part == 4 {
			return 0
		}
		single = single || part > 0 && size == 1
		if i+1 < len(s) && s[i] == '.' && isDigit(s[i+1]) {
			i++
			continue
		}
		if part < 2 || !single {
			return 0
		}
		return i
	}
}
