package scrub

import "bytes"

// Value is Text for the value of a property, in which addresses of pages are common: of every http or https address in it, and of a
// path that is all of it, what follows a question mark or a number sign is left out, and so is a user name.
func Value(dst, s []byte) []byte {
	if len(s) > 0 && s[0] == '/' && bytes.IndexByte(s, ' ') < 0 {
		return Text(dst, s[:addressEnd(s)])
	}
	for {
		from := webAddress(s)
		if from < 0 {
			return Text(dst, s)
		}
		host := from + bytes.Index(s[from:], []byte("//")) + 2
		rest := s[host:]
		end := bytes.IndexAny(rest, " \t\r\n\"<>")
		if end < 0 {
			end = len(rest)
		}
		address := rest[:end]
		address = address[:addressEnd(address)]
		if authority := untilAny(address, "/"); bytes.IndexByte(address[:authority], '@') >= 0 {
			address = address[bytes.LastIndexByte(address[:authority], '@')+1:]
		}
		dst = Text(append(Text(dst, s[:from]), s[from:host]...), address)
		s = rest[end:]
	}
}

// webAddress returns where the first "http://" or "https://" in s begins, -1 when there is none.
func webAddress(s []byte) int {
	for i := 0; ; {
		slashes := bytes.Index(s[i:], []byte("://"))
		if slashes < 0 {
			return -1
		}
		for _, scheme := range [...]string{"https", "http"} {
			from := i + slashes - len(scheme)
			if from >= 0 && foldEqual(s[from:i+slashes], scheme) {
				return from
			}
		}
		i += slashes + len("://")
	}
}

// addressEnd returns where the query or the fragment of an address begins.
func addressEnd(s []byte) int { return untilAny(s, "?#") }

func untilAny(s []byte, chars string) int {
	if i := bytes.IndexAny(s, chars); i >= 0 {
		return i
	}
	return len(s)
}
