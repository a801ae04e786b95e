package settings

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// Said is one thing that the detail of a change says: a code of [Sayings] and its arguments. Pages say it in the reader's language.
type Said []string

// sayings are the codes, each with the number of its arguments. A code, once written, keeps its meaning: what is in the log stays there.
var sayings = map[string]int{
	"text":           1, // a name, as it is
	"changed":        3, // a JSON field of settings, its value before and after, both JSON, "" for none
	"access":         1, // JSON of Access
	"access.changed": 2, // before and after
	"token":          2, // scopes, sites
	"second.on":      0,
	"second.off":     0,
	"public":         0,
	"private":        0,
	"framed":         1, // origins that may
	"mailing":        2, // cadence, number of recipients
	"alert":          3, // visitors now, hours without a pageview, hours between two alerts; "0" is never
	"alert.to":       1, // number of recipients
	"alert.hook":     0,
}

// Sayings returns the codes, each with the number of its arguments.
func Sayings() map[string]int { return maps.Clone(sayings) }

// Detail makes something a detail says; the arguments are written as fmt does.
func Detail(code string, args ...any) Said {
	said := Said{code}
	for _, arg := range args {
		said = append(said, fmt.Sprint(arg))
	}
	return said
}

// AccessDetail is an access as an argument.
func AccessDetail(a Access) string {
	text, err := json.Marshal(a)
	if err != nil {
		return a.String()
	}
	return string(text)
}

// Details writes what a change's Detail says; "" for nothing. What is too long for the log is cut short, argument by argument.
func Details(list ...Said) string {
	if len(list) == 0 {
		return ""
	}
	for most := maxDetail; ; most /= 2 {
		short := make([]Said, len(list))
		for i, said := range list {
			for _, text := range said {
				if len(text) > most {
					text = strings.ToValidUTF8(text[:most], "") + " …"
				}
				short[i] = append(short[i], text)
			}
		}
		if text, err := json.Marshal(short); err != nil || len(text) <= maxDetail || most < 32 {
			return string(text)
		}
	}
}

// Said is what the detail says; false when it is an English text, as it was written before there were codes.
func (c Change) Said() (list []Said, ok bool) {
	if !strings.HasPrefix(c.Detail, "[[") || json.Unmarshal([]byte(c.Detail), &list) != nil {
		return nil, false
	}
	for _, said := range list {
		if len(said) == 0 || sayings[said[0]] != len(said)-1 {
			return nil, false
		}
	}
	return list, true
}
