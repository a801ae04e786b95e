package pattern

import (
	"strings"
	"unicode/utf8"
)

// mask keeps the shape of a text and the first character of it, for mailboxes of each part.
func mask(kind Kind, text string) string {
	switch kind {
	case Email:
		return maskEmail(text)
	case Agent:
		product, _, _ := strings.Cut(text, "/")
		return product + "/*** (***"
	case IPv6:
		return text[:1] + "***:***"
	case IBAN:
		return text[:2] + stars(text[2:])
	}
	_, size := utf8.DecodeRuneInString(text)
	return text[:size] + stars(text[size:])
}

// stars hides letters and digits; what stands between them tells the shape.
func stars(text string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && !isAlnum(byte(r)) {
			return r
		}
		return '*'
	}, text)
}

func maskEmail(text string) string {
	local, host, _ := strings.Cut(strings.NewReplacer("(at)", "@", "[at]", "@").Replace(text), "@")
	dot := strings.LastIndexByte(host, '.')
	return first(local) + "***@" + first(host) + "***" + host[max(dot, 0):]
}

func first(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return text[:size]
}
