package audit

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// settingsTable holds what is set.
const settingsTable = "settings"

// changesTable holds who administered what.
const changesTable = "changes"

// unmeasured are the tables without measurements, which need no day and no TTL.
var unmeasured = map[string]bool{settingsTable: true, "migrations": true}

// structure checks what tables are made for and how long they keep it.
func (a *auditor) structure(_ context.Context, tables []*table) error {
	for _, t := range tables {
		for _, c := range t.columns {
			if why := madeForIdentity(c); why != "" {
				a.found("identity_column", t.name+"."+c.name, why, t.rows)
			}
		}
		if unmeasured[t.name] || !t.merges() {
			continue
		}
		if !t.has("day") {
			a.found("no_retention", t.name, "it has no column day that a TTL could start from", t.rows)
			continue
		}
		if why := tooLong(t.definition, a.o.Retention); why != "" {
			a.found("no_retention", t.name, why, t.rows)
		}
		a.age(t)
	}
	return nil
}

// age looks for rows that should be gone.
func (a *auditor) age(t *table) {
	for _, m := range t.months {
		if m.first.Before(a.oldest.Truncate(24 * time.Hour)) {
			a.found("old_rows", t.name, "from "+m.first.Format(time.DateOnly), m.rows)
		}
	}
}

var (
	ttlClause = regexp.MustCompile(`\bTTL day \+ toInterval(Day|Week|Month|Quarter|Year)\((\d+)\)`)
	daysOf    = map[string]int{"Day": 1, "Week": 7, "Month": 30, "Quarter": 91, "Year": 365}
)

// tooLong says why a table keeps rows for longer than so many months, "" when it does not.
func tooLong(definition string, months int) string {
	ttl := ttlClause.FindStringSubmatch(definition)
	if ttl == nil {
		return "it has no TTL that starts from day"
	}
	n, err := strconv.Atoi(ttl[2])
	if err != nil || n*daysOf[ttl[1]] > months*daysOf["Month"] {
		return fmt.Sprintf("its TTL is %s %s, longer than %d months", ttl[2], strings.ToLower(ttl[1]), months)
	}
	return ""
}

// identityWords are parts of names of columns that are made for what may not be stored.
var identityWords = map[string]bool{
	"ip": true, "ipv4": true, "ipv6": true, "ipaddr": true, "ipaddress": true, "addr": true, "address": true, "xff": true, "forwarded": true, "peer": true,
	"agent": true, "useragent": true, "ua": true, "email": true, "mail": true, "phone": true, "fingerprint": true, "cookie": true, "salt": true,
	"ssn": true, "birthdate": true, "latitude": true, "longitude": true, "lat": true, "lon": true, "mac": true, "imei": true, "idfa": true,
}

// madeForIdentity says why a column could hold an address or another identity, "" when it could not.
func madeForIdentity(c column) string {
	switch kind := plainType(c.kind); {
	case strings.Contains(kind, "IPv4"), strings.Contains(kind, "IPv6"), strings.Contains(kind, "UUID"):
		return "its type is " + c.kind
	case strings.Contains(kind, "FixedString(4)"), strings.Contains(kind, "FixedString(16)"):
		return "its type is " + c.kind + ", as long as an address"
	}
	for _, word := range strings.Split(strings.ToLower(c.name), "_") {
		if identityWords[word] {
			return "its name says so"
		}
	}
	return ""
}

// sealed checks that no number of a visitor is on two days or two sites, and no visit on two days: of the last days for all visitors, of
// the others for one in 61, so that memory stays small.
func (a *auditor) sealed(ctx context.Context, tables []*table) error {
	recent := a.now.UTC().AddDate(0, 0, -3).Format(time.DateOnly)
	for _, t := range tables {
		if !t.has("day") || !t.has("site") {
			continue
		}
		for _, check := range []struct{ column, linked, kind string }{
			{"visitor", "min(day) != max(day) OR min(site) != max(site)", "linked_visitors"},
			{"visit", "min(day) != max(day)", "linked_visits"},
		} {
			if !t.has(check.column) {
				continue
			}
			var n uint64
			err := a.query(ctx, func(scan scanFunc) error { return scan(&n) }, fmt.Sprintf(
				"SELECT count() FROM (SELECT 1 FROM %s WHERE %s != 0 AND (day >= '%s' OR %[2]s %% 61 = 0) GROUP BY %[2]s HAVING %[4]s)",
				quote(t.name), check.column, recent, check.linked))
			if err != nil {
				return err
			}
			if n > 0 {
				a.found(check.kind, t.name+"."+check.column, "", n)
			}
		}
	}
	return nil
}
