package site

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// MaxPattern is the length of a pattern of paths, in bytes.
const MaxPattern = 500

// CleanPattern brings a pattern of paths to the form it is kept in, or says why it is none: it begins with "/"; "*" stands for any part
// of one segment, "**" for anything, slashes included; everything else is itself.
func CleanPattern(pattern string) (string, error) {
	p := strings.TrimSpace(pattern)
	if !strings.HasPrefix(p, "/") || len(p) > MaxPattern || strings.ContainsAny(p, "\x00\r\n\t") || !utf8.ValidString(p) {
		return "", mistake("mistake.pattern", clip(pattern), MaxPattern)
	}
	for strings.Contains(p, "***") {
		p = strings.ReplaceAll(p, "***", "**")
	}
	return p, nil
}

// MatchPath reports whether a path is one of the pattern's. It does not allocate. Where the rest does not fit, the last "*" takes one
// more byte, or the last "**" once that would need a slash: no earlier star could do better, so time is at most the product of both lengths.
func MatchPath(pattern, path string) bool {
	type mark struct{ pattern, path int }
	one, any := mark{-1, 0}, mark{-1, 0}
	p, s := 0, 0
	for s < len(path) || p < len(pattern) {
		switch {
		case strings.HasPrefix(pattern[p:], "**"):
			p += 2
			any, one = mark{p, s}, mark{-1, 0}
		case p < len(pattern) && pattern[p] == '*':
			p++
			one = mark{p, s}
		case p < len(pattern) && s < len(path) && pattern[p] == path[s]:
			p, s = p+1, s+1
		case one.pattern >= 0 && one.path < len(path) && path[one.path] != '/':
			one.path++
			p, s = one.pattern, one.path
		case any.pattern >= 0 && any.path < len(path):
			any.path++
			p, s = any.pattern, any.path
			one = mark{-1, 0}
		default:
			return false
		}
	}
	return true
}

// PatternRegexp is the pattern as an anchored regular expression (RE2) that means the same, for ClickHouse's match().
func PatternRegexp(pattern string) string {
	var b strings.Builder
	b.WriteString("(?s)^")
	for pattern != "" {
		i := strings.IndexByte(pattern, '*')
		if i < 0 {
			i = len(pattern)
		}
		b.WriteString(regexp.QuoteMeta(pattern[:i]))
		switch pattern = pattern[i:]; {
		case strings.HasPrefix(pattern, "**"):
			b.WriteString(".*")
			pattern = pattern[2:]
		case pattern != "":
			b.WriteString("[^/]*")
			pattern = pattern[1:]
		}
	}
	return b.String() + "$"
}

// clip keeps what is quoted back short.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
