package audit

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"sporlos/site"
)

var (
	// hashed is how secrets may be stored: SHA-256 of what is random, argon2id of what a person chose.
	hashed = regexp.MustCompile(`^([0-9a-f]{64}|\$argon2id\$.+)$`)
	// random is what a secret looks like that was not hashed: 256 bits in URL-safe base64, with letters of both cases and a digit.
	random = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	// secretName is what a field is called that holds one.
	secretName = regexp.MustCompile(`(?i)^(password|passwd|secret|token|cookie|salt)$`)
)

// secrets checks that the settings hold hashes only, and learns the names of those who log in and the addresses that are left out.
func (a *auditor) secrets(ctx context.Context, tables []*table) error {
	if err := a.changers(ctx, tables); err != nil {
		return err
	}
	return a.query(ctx, func(scan scanFunc) error {
		var kind, key, value string
		if err := scan(&kind, &key, &value); err != nil {
			return err
		}
		if kind == "user" {
			a.logins = append(a.logins, key)
		}
		if kind == "site" {
			a.learn(value)
		}
		if kind == "mailing" || kind == "alert" || kind == "delivery" {
			a.logins = append(a.logins, recipients(value)...)
		}
		place := settingsTable + "." + kind
		switch kind {
		case "session", "invite", "token", "share":
			if !hashed.MatchString(key) {
				a.found("secret", place, "its key is no hash", 1)
			}
		}
		if isSecret(key) {
			a.found("secret", place, "its key looks like one", 1)
		}
		var tree any
		if json.Unmarshal([]byte(value), &tree) != nil {
			tree = value
		}
		a.secretsIn(place, "", tree)
		return nil
	}, "SELECT kind, key, value FROM "+settingsTable)
}

// changers learns the names of those who administer, or did: the log of changes names them after they have been removed.
func (a *auditor) changers(ctx context.Context, tables []*table) error {
	if !slices.ContainsFunc(tables, func(t *table) bool { return t.name == changesTable }) {
		return nil
	}
	return a.query(ctx, func(scan scanFunc) error {
		var name string
		if err := scan(&name); err != nil {
			return err
		}
		a.logins = append(a.logins, name)
		return nil
	}, "SELECT DISTINCT arrayJoin([who, if(startsWith(action, 'user.'), target, '')]) AS name FROM "+changesTable+" WHERE name != ''")
}

// learn notes the addresses that a site leaves out, without the lengths of networks.
func (a *auditor) learn(value string) {
	var stored struct {
		Settings site.Settings `json:"settings"`
	}
	if json.Unmarshal([]byte(value), &stored) != nil {
		return // the look through all strings sees it as it is
	}
	for _, text := range stored.Settings.ExcludedAddresses {
		address, _, _ := strings.Cut(text, "/")
		a.chosen[address], a.chosen[text] = true, true
	}
}

// recipients are the addresses that reports and alerts go to: their owners have put them there for it.
func recipients(value string) []string {
	var post struct{ Recipients, Left []string }
	if json.Unmarshal([]byte(value), &post) != nil {
		return nil
	}
	return append(post.Recipients, post.Left...)
}

// secretsIn goes through a value.
func (a *auditor) secretsIn(place, name string, tree any) {
	switch v := tree.(type) {
	case map[string]any:
		for field, inner := range v {
			a.secretsIn(place, field, inner)
		}
	case []any:
		for _, inner := range v {
			a.secretsIn(place, name, inner)
		}
	case string:
		if v == "" || hashed.MatchString(v) {
			return
		}
		if secretName.MatchString(name) {
			a.found("secret", place, "the field "+name+" holds no hash", 1)
		} else if isSecret(v) {
			a.found("secret", place, "the field "+name+" looks like one", 1)
		}
	}
}

func isSecret(text string) bool {
	return random.MatchString(text) && strings.ContainsAny(text, "0123456789") && strings.ToLower(text) != text && strings.ToUpper(text) != text
}

// hostOf is a domain without port and path.
func hostOf(domain string) string {
	domain, _, _ = strings.Cut(domain, "/")
	if host, port, ok := strings.Cut(domain, ":"); ok && !strings.Contains(port, ":") {
		return host
	}
	return strings.Trim(domain, "[]")
}
