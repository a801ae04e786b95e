package audit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sporlos/audit"
	"sporlos/audit/pattern"
	"sporlos/site"
	"sporlos/store"
	"sporlos/store/enginetest"
	"sporlos/store/settings"
)

// plants is one of each kind, as it may turn up in a value.
var plants = map[string]string{
	"ipv4": "/from/203.0.113.77", "ipv6": "2001:db8::77", "email": "to=kari%40example.no", "norwegian": "/sak/17056477055", "swedish": "811228-9874",
	"danish": "311299-1234", "finnish": "131052-308T", "iban": "NO93 8601 1117 947", "card": "4111 1111 1111 1111", "phone": "tel:+47 912 34 567",
	"agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
}

func TestThereIsAPlantOfEachKind(t *testing.T) {
	for _, k := range pattern.Kinds() {
		if plants[k.String()] == "" {
			t.Errorf("no plant of kind %s", k)
		}
	}
}

func run(t *testing.T, o audit.Options) *audit.Report {
	t.Helper()
	if o.Retention == 0 {
		o.Retention = 14
	}
	report, err := audit.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func exec(t *testing.T, db *store.Store, statement string) {
	t.Helper()
	if err := db.Exec(context.Background(), statement); err != nil {
		t.Fatalf("%.200s: %v", statement, err)
	}
}

// expect compares findings with "kind place" lines.
func expect(t *testing.T, r *audit.Report, want ...string) {
	t.Helper()
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.Kind+" "+f.Place)
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("not found: %s", w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("found: %s", g)
		}
	}
	if r.Clean != (len(want) == 0) {
		t.Errorf("clean is %v with %d findings", r.Clean, len(want))
	}
}

// saysNothing checks that a report, in whatever form, holds no value that was planted.
func saysNothing(t *testing.T, r *audit.Report) {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"203.0.113.77", "2001:db8", "kari", "17056477055", "811228", "311299", "131052", "8601", "1111", "912 34", "Gecko"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the report says %q: %.2000s", secret, text)
		}
	}
}

func TestAnEmptyInstallationIsClean(t *testing.T) {
	db := enginetest.Migrated(t)
	r := run(t, audit.Options{DB: enginetest.Reader(t, db)})
	expect(t, r)
	if r.Looked.Tables < 8 || r.Looked.Columns < 50 {
		t.Errorf("it looked at %d tables, %d columns", r.Looked.Tables, r.Looked.Columns)
	}
}

// TestPlantsInEachColumn puts one of each kind into every column of every table that can hold text, and into every type of such columns.
func TestPlantsInEachColumn(t *testing.T) {
	db := enginetest.Migrated(t)
	exec(t, db, `CREATE TABLE odd (day Date, s String, l LowCardinality(String), n Nullable(String), ln LowCardinality(Nullable(String)), f FixedString(90),
		a Array(String), al Array(LowCardinality(String)), an Array(Nullable(String)), aa Array(Array(String)), m Map(LowCardinality(String), String), mk Map(String, UInt8),
		ma Map(String, Array(String)), t Tuple(UInt8, String), tn Array(Tuple(x UInt8, y String))) ENGINE = MergeTree ORDER BY day TTL day + INTERVAL 14 MONTH`)
	as := map[string]string{ // columns that are not simply a string
		"odd.f": "toFixedString(v, 90)", "odd.a": "['x', v]", "odd.al": "[v]", "odd.an": "[NULL, v]", "odd.aa": "[[], [v]]", "odd.m": "map('k', v)", "odd.mk": "map(v, 1)",
		"odd.ma": "map('k', ['x', v])", "odd.t": "(1, v)", "odd.tn": "[(1, 'x'), (2, v)]", "events.prop_keys": "[v]", "visits.names": "[v]", "events.prop_values": "['a', v]",
	}
	var values, want []string
	for _, value := range plants {
		values = append(values, "'"+value+"'")
	}
	tables := map[string][2]string{}
	for _, column := range textColumns(t, db) {
		table, name, _ := strings.Cut(column, ".")
		value := as[column]
		if value == "" {
			value = "v"
		}
		tables[table] = [2]string{tables[table][0] + ", " + name, tables[table][1] + ", " + value}
		for kind := range plants {
			want = append(want, kind+" "+column)
		}
	}
	for table, c := range tables {
		names, expressions := c[0], c[1]
		if table != "settings" && table != "migrations" {
			names, expressions = names+", day", expressions+", today()"
		}
		if n, ok := map[string]string{"refusals": "refusals", "searches": "searches", "newsletters": "letters"}[table]; ok { // sums of zero are not kept
			names, expressions = names+", "+n, expressions+", 1"
		}
		exec(t, db, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM (SELECT arrayJoin([%s]) AS v)", table, names[2:], expressions[2:], strings.Join(values, ", ")))
	}
	if len(want) < 60*len(plants) {
		t.Fatalf("only %d plants", len(want))
	}
	r := run(t, audit.Options{DB: enginetest.Reader(t, db)})
	expect(t, r, want...)
	saysNothing(t, r)
	for _, f := range r.Findings {
		if f.Count != 1 || f.Sample == "" {
			t.Errorf("%s in %s: count %d, sample %q", f.Kind, f.Place, f.Count, f.Sample)
		}
	}
}

// textColumns lists the columns with String in their type, apart from the code under test; the materialized view's own are its target's.
func textColumns(t *testing.T, db *store.Store) (list []string) {
	rows, err := db.Query(context.Background(), `SELECT concat(table, '.', name) FROM system.columns WHERE database = currentDatabase() AND type LIKE '%String%'
		AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree') ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		list = append(list, name)
	}
	return list
}

func TestRowsAreCountedNotValues(t *testing.T) {
	db := enginetest.Migrated(t)
	exec(t, db, "INSERT INTO events (site, day, path) SELECT 1, today() - number % 60, '/u/kari@example.no' FROM numbers(1000)")
	r := run(t, audit.Options{DB: enginetest.Reader(t, db)})
	expect(t, r, "email events.path")
	if f := r.Findings[0]; f.Count != 1000 || f.Sample != "k***@e***.no" {
		t.Errorf("%+v", f)
	}
}

func TestStructure(t *testing.T) {
	db := enginetest.Migrated(t)
	for _, table := range []string{
		"typed (day Date, x IPv6, y Nullable(IPv4), z FixedString(16)) ENGINE = MergeTree ORDER BY day TTL day + INTERVAL 1 MONTH",
		"named (day Date, client_ip UInt32, user_agent UInt64, useragents UInt8) ENGINE = MergeTree ORDER BY day TTL day + INTERVAL 52 WEEK",
		"forever (day Date) ENGINE = MergeTree ORDER BY day", "longer (day Date) ENGINE = MergeTree ORDER BY day TTL day + INTERVAL 15 MONTH",
		"years (day Date) ENGINE = MergeTree ORDER BY day TTL day + INTERVAL 2 YEAR", "dayless (x UInt8) ENGINE = MergeTree ORDER BY x",
		"other (day Date, made Date) ENGINE = MergeTree ORDER BY day TTL made + INTERVAL 1 MONTH",
	} {
		exec(t, db, "CREATE TABLE "+table)
	}
	now := time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)
	exec(t, db, "INSERT INTO forever VALUES ('2025-03-11'), ('2025-03-10'), ('2025-03-09'), ('2026-05-17')") // kept until 2025-03-10
	r := run(t, audit.Options{DB: enginetest.Reader(t, db), Now: func() time.Time { return now }})
	expect(t, r, "identity_column typed.x", "identity_column typed.y", "identity_column typed.z", "identity_column named.client_ip", "identity_column named.user_agent",
		"no_retention forever", "no_retention longer", "no_retention years", "no_retention dayless", "no_retention other", "old_rows forever")
	if r := run(t, audit.Options{DB: enginetest.Reader(t, db), Retention: 15, Now: func() time.Time { return now }}); has(r, "no_retention longer") || has(r, "old_rows forever") {
		t.Error("a longer retention changes nothing")
	}
	if r := run(t, audit.Options{DB: enginetest.Reader(t, db), Retention: 6, Now: func() time.Time { return now }}); !has(r, "no_retention events") {
		t.Error("a shorter retention changes nothing")
	}
}

func has(r *audit.Report, want string) bool {
	return slices.ContainsFunc(r.Findings, func(f audit.Finding) bool { return f.Kind+" "+f.Place == want })
}

func TestDaysAreSealed(t *testing.T) {
	for name, c := range map[string]struct {
		rows string
		want []string
	}{
		"sealed":              {"(1, today(), 7, 71), (1, today(), 7, 72), (1, yesterday(), 8, 81), (2, today(), 9, 91), (1, today(), 0, 73), (1, yesterday(), 0, 82), (2, today(), 0, 92)", nil},
		"a visitor two days":  {"(1, today(), 7, 71), (1, yesterday(), 7, 72)", []string{"linked_visitors events.visitor"}},
		"a visitor two sites": {"(1, today(), 7, 71), (2, today(), 7, 72)", []string{"linked_visitors events.visitor"}},
		"a visit two days":    {"(1, today(), 7, 71), (1, yesterday(), 8, 71)", []string{"linked_visits events.visit"}},
		"long ago, one in 61": {"(1, today() - 200, 610, 71), (1, today() - 190, 610, 72)", []string{"linked_visitors events.visitor"}},
	} {
		t.Run(name, func(t *testing.T) {
			db := enginetest.Migrated(t)
			exec(t, db, "INSERT INTO events (site, day, visitor, visit) VALUES "+c.rows)
			expect(t, run(t, audit.Options{DB: enginetest.Reader(t, db)}), c.want...)
		})
	}
}

// TestSettingsHoldHashes fills the settings the way the product does, then as it must not.
func TestSettingsHoldHashes(t *testing.T) {
	db := enginetest.Migrated(t)
	ctx := context.Background()
	s := settings.Open(db.Conn(), nil)
	one, err := s.AddSite(ctx, "203.0.113.80:8080", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	user, err := s.AddUser(ctx, "kari@example.no")
	if err != nil {
		t.Fatal(err)
	}
	user.Password = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b5dWRWJTmaRk9dtYkxXdj1Bl3c"
	secret := settings.NewSecret()
	for _, err := range []error{
		s.SaveUser(ctx, user), s.AddSession(ctx, settings.Hash(secret), settings.Session{User: user.Name, Expires: time.Now().Add(time.Hour)}),
		s.AddInvite(ctx, settings.Hash(secret+"x"), settings.Invite{User: user.Name, Expires: time.Now().Add(time.Hour)}),
		s.AddToken(ctx, settings.Hash(secret+"y"), settings.Token{Name: "reports", Domain: one.Domain}),
		s.SaveSite(ctx, one),
		s.Note(ctx, settings.Change{Who: user.Name, Action: "user.remove", Target: "per@example.no"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	exec(t, db, "INSERT INTO events (site, day, host, path) VALUES (1, today(), '203.0.113.80', '/')")
	expect(t, run(t, audit.Options{DB: enginetest.Reader(t, db)})) // its own address and logins are no findings
	exec(t, db, "INSERT INTO changes (day, who, action, target, detail) VALUES (today(), 'kari@example.no', 'site.add', 'eva@example.no', ''), (today(), '', 'user.add', '', 'ola@example.no')")
	expect(t, run(t, audit.Options{DB: enginetest.Reader(t, db)}), "email changes.detail", "email changes.target")
	exec(t, db, "TRUNCATE TABLE changes")
	exec(t, db, "INSERT INTO settings (kind, key, value) VALUES ('session', '"+secret+"', '{}'), ('user', 'ola', '{\"password\":\"hunter2\"}'), ('shared', 'x', '{\"shared\":{\"link\":[\""+secret+"\"]}}'), ('token', 'abc', '{\"note\":\"ask ola@example.no\"}')")
	r := run(t, audit.Options{DB: enginetest.Reader(t, db)})
	expect(t, r, "secret settings.session", "secret settings.user", "secret settings.shared", "secret settings.token", "email settings.value")
	if text, _ := json.Marshal(r); strings.Contains(string(text), secret) || strings.Contains(string(text), "hunter2") {
		t.Errorf("the report tells a secret: %s", text)
	}
}

// TestLeftOutAddressesAreTheOwners: what a site's owner leaves out is in its settings and in the collector's copy of them, and nowhere else.
func TestLeftOutAddressesAreTheOwners(t *testing.T) {
	db := enginetest.Migrated(t)
	s := settings.Open(db.Conn(), nil)
	one, err := s.AddSite(context.Background(), "example.org", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	one, err = one.With(site.Settings{ExcludedAddresses: []string{"81.130.17.11", "81.131.20.0/24", "2a02:2121:7a00:5a5b:c0de:beef:9e37:1d00"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveSite(context.Background(), one); err != nil {
		t.Fatal(err)
	}
	dir := installed(t, records(false))
	write(t, dir, "collector/sites.json", `[{"id":1,"domain":"example.org","settings":{"excluded_addresses":["81.130.17.11","81.131.20.0/24","2a02:2121:7a00:5a5b:c0de:beef:9e37:1d00"]}}]`)
	expect(t, run(t, audit.Options{DB: enginetest.Reader(t, db), Dir: dir}))
	write(t, dir, "collector/other.json", `["81.130.17.11"]`)
	exec(t, db, "INSERT INTO events (site, day, path) VALUES (1, today(), '/81.130.17.11')")
	exec(t, db, `INSERT INTO settings (kind, key, value) VALUES ('other', 'x', '{"note":"81.130.17.12"}')`)
	expect(t, run(t, audit.Options{DB: enginetest.Reader(t, db), Dir: dir}), "ipv4 collector/other.json", "ipv4 events.path", "ipv4 settings.value")
}

func TestWhatCannotBeAudited(t *testing.T) {
	if _, err := audit.Run(context.Background(), audit.Options{}); err == nil {
		t.Error("nothing was audited without an error")
	}
	db := enginetest.Start(t)
	if _, err := audit.Run(context.Background(), audit.Options{DB: enginetest.Reader(t, db)}); err == nil || !strings.Contains(err.Error(), "has no tables of sporlos") {
		t.Errorf("an empty database: %v", err)
	}
	if _, err := audit.Run(context.Background(), audit.Options{Dir: t.TempDir() + "/none", Retention: 14}); err == nil {
		t.Error("a missing directory was audited")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := audit.Run(ctx, audit.Options{DB: enginetest.Reader(t, enginetest.Migrated(t)), Retention: 14}); err == nil {
		t.Error("an audit that was interrupted ended well")
	}
}

func TestEachFindingIsExplained(t *testing.T) {
	for _, k := range pattern.Kinds() {
		if e := audit.Explain(k.String()); e.Meaning == "" || e.Remedy == "" || e.Title == k.String() {
			t.Errorf("%s is not explained", k)
		}
	}
	if e := audit.Explain("something else"); e.Title != "something else" {
		t.Errorf("a kind that is not known is called %q", e.Title)
	}
}

// TestProgressEnds: what is told to be done is what there is.
func TestProgressEnds(t *testing.T) {
	db := enginetest.Migrated(t)
	exec(t, db, "INSERT INTO events (site, day, path) SELECT 1, today() - number % 60, concat('/', toString(number)) FROM numbers(1000)")
	var last audit.Progress
	run(t, audit.Options{DB: enginetest.Reader(t, db), Progress: func(p audit.Progress) {
		if p.Done < last.Done || p.Done > p.Total {
			t.Errorf("progress %+v after %+v", p, last)
		}
		last = p
	}})
	if last.Done != last.Total || last.Done < 20_000 {
		t.Errorf("it ended at %+v", last)
	}
}
