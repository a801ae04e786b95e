package pattern

import "bytes"

// minAgent is the length of the shortest thing that is taken for a user agent.
const minAgent = len("Mozilla/5.0 (X)")

// products begin the user agents of browsers; none of these words with a number and a comment behind it is written by people.
var products = [...]string{"Mozilla/", "Opera/", "Dalvik/", "AppleWebKit/"}

// agents looks for one user agent; it ends where the value, the line or the quotation does.
func (s *Scanner) agents() {
	for _, p := range products {
		for offset := 0; ; {
			i := bytes.Index(s.text[offset:], []byte(p))
			if i < 0 {
				break
			}
			from := offset + i
			offset = from + len(p)
			if !commented(s.text[offset:]) {
				continue
			}
			to := offset
			for to < len(s.text) && s.text[to] >= ' ' && s.text[to] != '"' {
				to++
			}
			s.take(Agent, from, to)
			offset = to
		}
	}
}

// commented reports whether the text begins with a version and, behind a space, a comment: "5.0 (X11; …".
func commented(t []byte) bool {
	n := 0
	for n < len(t) && n < 16 && (isDigit(t[n]) || t[n] == '.') {
		n++
	}
	return n > 0 && n+1 < len(t) && (t[n] == ' ' || t[n] == '+' || t[n] == '_') && t[n+1] == '('
}
