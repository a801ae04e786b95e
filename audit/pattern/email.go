package pattern

import "bytes"

const (
	maxLocal  = 64  // RFC 5321, section 4.5.3.1
	maxDomain = 253 // RFC 1035
)

// emails looks for mailboxes around each at sign.
func (s *Scanner) emails() {
	for i := 0; i < len(s.text); i++ {
		size := atSign(s.text[i:])
		if size == 0 {
			continue
		}
		from := i
		for from > 0 && i-from < maxLocal && isLocal(s.text[from-1]) {
			from--
		}
		for from < i && (s.text[from] == '.' || s.text[from] == '-' || s.text[from] == '\'') {
			from++
		}
		n := domain(s.text[i+size:])
		if from == i || n == 0 || string(s.text[from:i]) == "git" {
			continue
		}
		s.take(Email, from, i+size+n)
		i += size + n - 1
	}
}

// atSign returns the length of the at sign the text begins with, also as people hide it from robots; 0 if there is none.
func atSign(t []byte) int {
	switch t[0] {
	case '@':
		return 1
	case '(', '[':
		if len(t) >= 4 && (string(t[1:4]) == "at)" || string(t[1:4]) == "at]") {
			return 4
		}
	}
	return 0
}

func isLocal(c byte) bool {
	return isAlnum(c) || c == '.' || c == '_' || c == '+' || c == '-' || c == '\''
}

// domain returns the length of the domain the text begins with, 0 if it is none or more likely a version or a file's name.
func domain(t []byte) int {
	n := 0
	for n < len(t) && n < maxDomain && (isAlnum(t[n]) || t[n] == '-' || t[n] == '.') {
		n++
	}
	for n > 0 && (t[n-1] == '.' || t[n-1] == '-') {
		n--
	}
	name := t[:n]
	dots := bytes.Count(name, []byte("."))
	last := name[bytes.LastIndexByte(name, '.')+1:]
	if dots == 0 || !isTop(last) || bytes.Contains(name, []byte("..")) {
		return 0
	}
	if first, _, _ := bytes.Cut(name, []byte(".")); dots > 1 && isNumber(first) || len(first) == 0 {
		return 0 // react@18.2.0-rc
	}
	return n
}

// isTop reports whether a label can be a top-level domain and is not the ending of a file such as logo@2x.png.
func isTop(label []byte) bool {
	if len(label) < 2 {
		return false
	}
	for _, c := range label {
		if isDigit(c) && !bytes.HasPrefix(label, []byte("xn--")) {
			return false
		}
	}
	switch string(bytes.ToLower(label)) {
	case "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico", "js", "mjs", "cjs", "ts", "css", "map", "json", "html", "htm", "php", "xml", "pdf", "txt", "tgz", "gz":
		return false
	}
	return true
}

func isNumber(t []byte) bool {
	for _, c := range t {
		if !isDigit(c) {
			return false
		}
	}
	return len(t) > 0
}
