package schema

import (
	"errors"
	"strings"
)

// split cuts a script at its semicolons and drops comments. Semicolons and dashes within quotes ('…', "…", `…`,
// with backslash escapes) are left alone.
func split(script string) ([]string, error) {
	var statements []string
	var current strings.Builder
	flush := func() {
		if s := strings.TrimSpace(current.String()); s != "" {
			statements = append(statements, s)
		}
		current.Reset()
	}
	for script != "" {
		token, err := next(script)
		if err != nil {
			return nil, err
		}
		script = script[len(token):]
		switch {
		case token == ";":
			flush()
		case strings.HasPrefix(token, "--"), strings.HasPrefix(token, "/*"):
			current.WriteByte(' ')
		default:
			current.WriteString(token)
		}
	}
	flush()
	return statements, nil
}

// next returns the first token of a script that is not empty: a comment, something quoted, or one byte.
func next(s string) (string, error) {
	switch {
	case strings.HasPrefix(s, "--"):
		if end := strings.IndexByte(s, '\n'); end >= 0 {
			return s[:end], nil
		}
		return s, nil
	case strings.HasPrefix(s, "/*"):
		if end := strings.Index(s[2:], "*/"); end >= 0 {
			return s[:end+4], nil
		}
		return "", errors.New("a comment /* is not closed")
	case strings.IndexByte("'\"`", s[0]) >= 0:
		return nextQuoted(s)
	}
	return s[:1], nil
}

func nextQuoted(s string) (string, error) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return s[:i+1], nil
		}
	}
	return "", errors.New("a quote is not closed")
}
