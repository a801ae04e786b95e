package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sporlos/site"
	"sporlos/store"
	"sporlos/store/enginetest"
	"sporlos/store/report"
)

// service is the API over a database with eight visits in Oslo; it is noon there on 2026-10-26.
type service struct {
	*API
	store    *store.Store
	registry *prometheus.Registry
	now      time.Time
	broken   error // what Authorize and Site fail with
}

func newService(t testing.TB, perHour int) *service {
	t.Helper()
	oslo, err := site.New(1, "oslo.example", "Europe/Oslo", site.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	s := &service{store: enginetest.Migrated(t), registry: prometheus.NewRegistry(), now: time.Date(2026, 10, 26, 11, 0, 0, 0, time.UTC)}
	now := func() time.Time { return s.now }
	s.API, err = New(Options{
		Authorize: func(_ context.Context, token string) ([]string, bool, error) {
			return map[string][]string{"good": {"other.example", "oslo.example"}, "orphan": {"gone.example"}}[token], token == "good" || token == "orphan", s.broken
		},
		Site: func(_ context.Context, domain string) (*site.Site, bool, error) {
			return oslo, domain == oslo.Domain, nil
		},
		Goals: func(context.Context, *site.Site) ([]site.Goal, error) {
			return []site.Goal{{ID: "1", Name: "Signed up", Kind: site.EventGoal, Event: "Signup"}, {ID: "2", Name: "Read a", Kind: site.PageGoal, Path: "/a"}}, s.broken
		},
		Report: report.New(enginetest.Reader(t, s.store).Conn(), now), PerHour: perHour, Now: now,
		Logger: slog.New(slog.DiscardHandler), Registerer: s.registry,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fill adds three days of visits: (day, seconds UTC of the day, visitor, visit, event, path, source, utm_medium, country, plan).
func (s *service) fill(t testing.TB) {
	t.Helper()
	err := s.store.Exec(t.Context(), `
INSERT INTO events (site, day, time, visitor, visit, name, interactive, path, source, utm_medium, country, prop_keys, prop_values)
SELECT 1, toDate(t.1), toDateTime(concat(t.1, ' ', t.2), 'UTC'), t.3, t.4, t.5, 1, t.6, t.7, t.8, t.9, if(t.10 = '', [], ['plan']), if(t.10 = '', [], [t.10])
FROM (SELECT arrayJoin([
    ('2026-10-24', '08:00:00', 11, 101, 'pageview', '/',  'Google', 'mail', 'NO', ''),
    ('2026-10-24', '08:01:00', 11, 101, 'pageview', '/a', 'Google', 'mail', 'NO', ''),
    ('2026-10-24', '13:00:00', 12, 102, 'pageview', '/a', '',       '',     'SE', ''),
    ('2026-10-25', '11:00:00', 13, 103, 'pageview', '/b', 'Bing',   '',     'NO', ''),
    ('2026-10-25', '11:00:10', 13, 103, 'Signup',   '/b', 'Bing',   '',     'NO', 'large'),
    ('2026-10-26', '10:00:00', 14, 104, 'pageview', '/',  'Google', '',     'NO', '')]) AS t)`)
	if err != nil {
		t.Fatal(err)
	}
}

// ask sends a body with a token and returns the status and the body of the answer.
func (s *service) ask(t testing.TB, token, body string) (int, string, http.Header) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v2/query", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String(), w.Header()
}

// with makes a whole query of some of its keys.
func with(keys string) string {
	q := map[string]any{"site_id": "oslo.example", "metrics": []string{"visitors"}, "date_range": "7d"}
	if err := json.Unmarshal([]byte("{"+keys+"}"), &q); err != nil {
		panic(keys)
	}
	body, err := json.Marshal(q)
	if err != nil {
		panic(err)
	}
	return string(body)
}

func TestAnswers(t *testing.T) {
	s := newService(t, 0)
	s.fill(t)
	for name, c := range map[string]struct{ keys, results, meta string }{
		"totals":          {`"metrics": ["visitors", "visits", "pageviews", "events", "bounce_rate", "views_per_visit"]`, `[{"dimensions":[],"metrics":[4,4,5,6,50,1.25]}]`, `{}`},
		"one day":         {`"date_range": "day"`, `[{"dimensions":[],"metrics":[1]}]`, `{}`},
		"dates":           {`"date_range": ["2026-10-24", "2026-10-25"]`, `[{"dimensions":[],"metrics":[3]}]`, `{}`},
		"times":           {`"date_range": ["2026-10-24T00:00:00+02:00", "2026-10-25T22:59:59Z"]`, `[{"dimensions":[],"metrics":[3]}]`, `{}`},
		"all":             {`"date_range": "all", "include": {"time_labels": true}, "dimensions": ["time:day"], "pagination": {"limit": 1}`, `[{"dimensions":["2026-10-24"],"metrics":[2]}]`, `{"time_labels":["2026-10-24","2026-10-25","2026-10-26"]}`},
		"year":            {`"date_range": "year", "dimensions": ["time"]`, `[{"dimensions":["2026-10-01"],"metrics":[4]}]`, `{}`},
		"months":          {`"date_range": "6mo", "dimensions": ["time:month"]`, `[{"dimensions":["2026-10-01"],"metrics":[4]}]`, `{}`},
		"month":           {`"date_range": "month", "dimensions": ["time:week"], "order_by": [["time:week", "desc"]]`, `[{"dimensions":["2026-10-26"],"metrics":[1]},{"dimensions":["2026-10-19"],"metrics":[3]}]`, `{}`},
		"days":            {`"dimensions": ["time"], "include": {"total_rows": true}`, `[{"dimensions":["2026-10-24"],"metrics":[2]},{"dimensions":["2026-10-25"],"metrics":[1]},{"dimensions":["2026-10-26"],"metrics":[1]}]`, `{"total_rows":3}`},
		"hours":           {`"date_range": "day", "dimensions": ["time"], "order_by": [["time", "asc"]]`, `[{"dimensions":["2026-10-26 11:00:00"],"metrics":[1]}]`, `{}`},
		"two":             {`"dimensions": ["visit:source", "visit:country"], "metrics": ["visits"]`, `[{"dimensions":["Google","NO"],"metrics":[2]},{"dimensions":["Direct / None","SE"],"metrics":[1]},{"dimensions":["Bing","NO"],"metrics":[1]}]`, `{}`},
		"page":            {`"dimensions": ["visit:country"], "pagination": {"limit": 1, "offset": 1}, "include": {"total_rows": true, "imports": true}`, `[{"dimensions":["SE"],"metrics":[1]}]`, `{"imports_included":false,"imports_skip_reason":"no_imported_data","total_rows":2}`},
		"ordered":         {`"dimensions": ["visit:utm_medium"], "order_by": [["visit:utm_medium", "desc"]]`, `[{"dimensions":["mail"],"metrics":[1]},{"dimensions":["(none)"],"metrics":[3]}]`, `{}`},
		"is":              {`"filters": [["is", "visit:source", ["Google", "Direct / None"]]]`, `[{"dimensions":[],"metrics":[3]}]`, `{}`},
		"any case":        {`"filters": [["is", "visit:source", ["GOOGLE"], {"case_sensitive": false}]]`, `[{"dimensions":[],"metrics":[2]}]`, `{}`},
		"contains":        {`"filters": [["contains", "event:page", ["a", "b"]]]`, `[{"dimensions":[],"metrics":[3]}]`, `{}`},
		"matches":         {`"filters": [["matches_not", "visit:entry_page", ["^/$"]]]`, `[{"dimensions":[],"metrics":[2]}]`, `{}`},
		"and":             {`"filters": [["and", [["is", "visit:country", ["NO"]], ["is_not", "visit:source", ["Bing"]]]]]`, `[{"dimensions":[],"metrics":[2]}]`, `{}`},
		"or":              {`"filters": [["or", [["is", "visit:source", ["Bing"]], ["is", "visit:source", ["Google"]]]]]`, `[{"dimensions":[],"metrics":[3]}]`, `{}`},
		"not":             {`"filters": [["not", ["or", [["contains", "visit:source", ["Bin"]], ["contains", "visit:source", ["Goo"]]]]]]`, `[{"dimensions":[],"metrics":[1]}]`, `{}`},
		"property":        {`"filters": [["is", "event:props:plan", ["large"]], ["is", "event:name", ["Signup"]]], "dimensions": ["event:props:plan"], "metrics": ["events", "percentage"]`, `[{"dimensions":["large"],"metrics":[1,100]}]`, `{}`},
		"countries":       {`"dimensions": ["visit:country_name"], "metrics": ["visits"]`, `[{"dimensions":["Norway"],"metrics":[3]},{"dimensions":["Sweden"],"metrics":[1]}]`, `{}`},
		"a country":       {`"filters": [["is", "visit:country_name", ["sweden", "Germany"], {"case_sensitive": false}]]`, `[{"dimensions":[],"metrics":[1]}]`, `{}`},
		"not a country":   {`"filters": [["is_not", "visit:country_name", ["Sweden"]]]`, `[{"dimensions":[],"metrics":[3]}]`, `{}`},
		"most countries":  {`"filters": [["matches", "visit:country_name", ["^[A-R]", "^T"]]]`, `[{"dimensions":[],"metrics":[3]}]`, `{}`},
		"few countries":   {`"filters": [["contains_not", "visit:country_name", ["wed"]]]`, `[{"dimensions":[],"metrics":[3]}]`, `{}`},
		"no country":      {`"filters": [["contains", "visit:country_name", ["Atlantis"]]]`, `[{"dimensions":[],"metrics":[0]}]`, `{}`},
		"unknown country": {`"filters": [["is", "visit:country_name", ["(not set)"]]]`, `[{"dimensions":[],"metrics":[0]}]`, `{}`},
		"or of unlike":    {`"filters": [["or", [["is", "visit:source", ["Bing"]], ["is", "visit:country", ["SE"]]]]], "metrics": ["visitors", "pageviews"]`, `[{"dimensions":[],"metrics":[2,2]}]`, `{}`},
		"or of and":       {`"filters": [["or", [["and", [["is", "visit:source", ["Google"]], ["is", "visit:country", ["NO"]]]], ["is", "visit:source", [""]]]]]`, `[{"dimensions":[],"metrics":[3]}]`, `{}`},
		"or of not":       {`"filters": [["or", [["is_not", "visit:source", ["Google"]], ["is_not", "visit:source", ["Bing"]]]]]`, `[{"dimensions":[],"metrics":[4]}]`, `{}`},
		"not of and":      {`"filters": [["not", ["and", [["is", "visit:source", ["Google"]], ["is", "visit:country", ["NO"]]]]]]`, `[{"dimensions":[],"metrics":[2]}]`, `{}`},
		"starts with":     {`"filters": [["starts_with", "visit:source", ["Go"]]]`, `[{"dimensions":[],"metrics":[2]}]`, `{}`},
		"done":            {`"filters": [["has_done", ["is", "event:name", ["Signup"]]]], "metrics": ["visitors", "pageviews"]`, `[{"dimensions":[],"metrics":[1,1]}]`, `{}`},
		"not done":        {`"filters": [["has_not_done", ["is", "event:page", ["/a"]]]]`, `[{"dimensions":[],"metrics":[2]}]`, `{}`},
		"goal":            {`"filters": [["is", "event:goal", ["Signed up"]]], "metrics": ["visitors", "events", "conversion_rate"]`, `[{"dimensions":[],"metrics":[1,1,25]}]`, `{}`},
		"two goals":       {`"filters": [["is", "event:goal", ["Signed up", "Read a"]]], "metrics": ["visitors", "conversion_rate"]`, `[{"dimensions":[],"metrics":[3,75]}]`, `{}`},
		"goal by source":  {`"filters": [["is", "event:goal", ["Read a"]]], "dimensions": ["visit:source"], "metrics": ["visitors", "group_conversion_rate"]`, `[{"dimensions":["Direct / None"],"metrics":[1,100]},{"dimensions":["Google"],"metrics":[1,50]}]`, `{}`},
		"not converted":   {`"filters": [["not", ["is", "event:goal", ["Read a"]]]]`, `[{"dimensions":[],"metrics":[2]}]`, `{}`},
		"nothing":         {`"filters": [["is", "visit:city_name", ["Atlantis"]]], "dimensions": ["event:page"]`, `[]`, `{}`},
		"site's name":     {`"site_id": "https://www.Oslo.example/"`, `[{"dimensions":[],"metrics":[4]}]`, `{}`},
	} {
		status, body, header := s.ask(t, "good", with(c.keys))
		var got struct{ Results, Meta json.RawMessage }
		if err := json.Unmarshal([]byte(body), &got); err != nil || status != http.StatusOK {
			t.Errorf("%s: %d %s", name, status, body)
			continue
		}
		if string(got.Results) != c.results || string(got.Meta) != c.meta {
			t.Errorf("%s:\n got %s %s\nwant %s %s", name, got.Results, got.Meta, c.results, c.meta)
		}
		if header.Get("Content-Type") != "application/json; charset=utf-8" || header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", name, header)
		}
	}
}

func TestTheQueryIsEchoedAsItWasUnderstood(t *testing.T) {
	s := newService(t, 0)
	_, body, _ := s.ask(t, "good", with(`"date_range": ["2026-10-25", "2026-10-26"], "dimensions": ["time", "visit:source"],
		"filters": [["is", "visit:country", ["NO"]]], "include": {"total_rows": true}, "metrics": ["visits", "visitors"]`))
	var got struct{ Query map[string]any }
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(body)
	}
	want := map[string]any{
		"site_id": "oslo.example", "metrics": []any{"visits", "visitors"}, "date_range": []any{"2026-10-25T00:00:00+02:00", "2026-10-26T23:59:59+01:00"},
		"filters": []any{[]any{"is", "visit:country", []any{"NO"}}}, "dimensions": []any{"time:day", "visit:source"},
		"order_by": []any{[]any{"time:day", "asc"}, []any{"visits", "desc"}}, "include": map[string]any{"total_rows": true},
		"pagination": map[string]any{"limit": 10000.0, "offset": 0.0},
	}
	if !reflect.DeepEqual(got.Query, want) {
		t.Errorf("\n got %v\nwant %v", got.Query, want)
	}
}

// TestWhatIsWrongIsNamed trips every refusal of a query, and each says which field it is about.
func TestWhatIsWrongIsNamed(t *testing.T) {
	s := newService(t, 0)
	deep := strings.Repeat(`["and", [`, maxDepth+1) + `["is", "visit:source", ["x"]]` + strings.Repeat("]]", maxDepth+1)
	for name, c := range map[string]struct{ body, says string }{
		"no JSON":            {`visitors`, "not JSON"},
		"nothing":            {``, "not JSON"},
		"half":               {`{"site_id": "oslo.example"`, "not JSON"},
		"a list":             {`[]`, "must be a JSON object"},
		"two":                {with(``) + "{}", "followed by"},
		"unknown key":        {with(`"timezone": "UTC"`), "timezone: is not a key"},
		"unknown inclusion":  {with(`"include": {"comparisons": true}`), "comparisons: is not a key"},
		"no site":            {`{"metrics": ["visitors"], "date_range": "7d"}`, "site_id: is missing"},
		"no range":           {`{"site_id": "oslo.example", "metrics": ["visitors"]}`, "date_range: is missing"},
		"metrics a string":   {with(`"metrics": "visitors"`), "metrics: must not be a string"},
		"no metrics":         {with(`"metrics": []`), "metrics: name at least one"},
		"unknown metric":     {with(`"metrics": ["sessions"]`), `metrics: "sessions" is not a metric`},
		"metric of goals":    {with(`"metrics": ["conversion_rate"]`), "needs a goal"},
		"percentage":         {with(`"metrics": ["percentage"]`), "metrics: percentage needs a dimension"},
		"unknown dimension":  {with(`"dimensions": ["visit:mood"]`), `dimensions: "visit:mood" is not a dimension`},
		"long word":          {with(`"dimensions": ["` + strings.Repeat("x", 1000) + `"]`), "…"},
		"goal":               {with(`"dimensions": ["event:goal"]`), "ask once for each goal"},
		"property":           {with(`"dimensions": ["event:props:"]`), "needs the property's name"},
		"three dimensions":   {with(`"dimensions": ["event:page", "visit:source", "visit:os"]`), "dimensions: ask for at most two"},
		"unknown range":      {with(`"date_range": "fortnight"`), `date_range: "fortnight" is not a range`},
		"no days":            {with(`"date_range": "0d"`), "date_range"},
		"many days":          {with(`"date_range": "99999d"`), "date_range"},
		"signed days":        {with(`"date_range": "+7d"`), "date_range"},
		"a number":           {with(`"date_range": 7`), "date_range: must be a name"},
		"one date":           {with(`"date_range": ["2026-01-01"]`), "list of two dates"},
		"no date":            {with(`"date_range": ["2026-01-01", "2026-13-01"]`), `"2026-13-01" is not a date`},
		"before time":        {with(`"date_range": ["1960-01-01", "2026-01-01"]`), "out of range"},
		"backwards":          {with(`"date_range": ["2026-01-02", "2026-01-01"]`), "date_range: begins on 2026-01-02"},
		"part of a day":      {with(`"date_range": ["2026-01-01T12:00:00+01:00", "2026-01-01T23:59:59+01:00"]`), "whole days"},
		"another zone's day": {with(`"date_range": ["2026-01-01T00:00:00+01:00", "2026-01-01T23:59:59+02:00"]`), "22:59:59 in the site's zone"},
		"filter a string":    {with(`"filters": ["visit:source==x"]`), "filters: each must be a list"},
		"filter of one":      {with(`"filters": [["is"]]`), "filters: each must be a list"},
		"filter of numbers":  {with(`"filters": [[1, 2, 3]]`), "filters: each must be a list"},
		"no values":          {with(`"filters": [["is", "visit:source"]]`), "needs a dimension"},
		"null values":        {with(`"filters": [["is", "visit:source", null]]`), "list of strings"},
		"empty values":       {with(`"filters": [["is", "visit:source", []]]`), "between 1 and"},
		"value a number":     {with(`"filters": [["is", "visit:city", [3143244]]]`), "list of strings"},
		"dimension a list":   {with(`"filters": [["is", ["visit:source"], ["x"]]]`), "must be a string"},
		"unknown operator":   {with(`"filters": [["equals", "visit:source", ["x"]]]`), `"equals" is not an operator`},
		"segment":            {with(`"filters": [["is", "segment", ["1"]]]`), "write the segment's filters out"},
		"time as filter":     {with(`"filters": [["is", "time:day", ["2026-01-01"]]]`), "date range"},
		"bare time":          {with(`"filters": [["is", "time", ["2026-01-01"]]]`), "time:hour"},
		"pattern":            {with(`"filters": [["matches", "event:page", ["(?=a)"]]]`), "RE2"},
		"country's pattern":  {with(`"filters": [["matches", "visit:country_name", ["("]]]`), "RE2"},
		"modifier a string":  {with(`"filters": [["is", "visit:source", ["x"], "i"]]`), "modifier"},
		"unknown modifier":   {with(`"filters": [["is", "visit:source", ["x"], {"fuzzy": true}]]`), `"fuzzy" is not a modifier`},
		"modifier's value":   {with(`"filters": [["is", "visit:source", ["x"], {"case_sensitive": "no"}]]`), "true or false"},
		"two modifiers":      {with(`"filters": [["is", "visit:source", ["x"], {}, {}]]`), "at most one modifier"},
		"pattern's case":     {with(`"filters": [["matches", "visit:source", ["x"], {"case_sensitive": false}]]`), "(?i)"},
		"done of two":        {with(`"filters": [["has_done", ["is", "event:name", ["x"]], ["is", "event:name", ["y"]]]]`), `"has_done" needs one filter`},
		"unknown goal":       {with(`"filters": [["is", "event:goal", ["Nothing"]]]`), `"Nothing" is not a goal of the site`},
		"goal that is not":   {with(`"filters": [["is_not", "event:goal", ["Signed up"]]]`), "is written"},
		"split by goal":      {with(`"dimensions": ["event:goal"]`), "ask once for each goal"},
		"or of nothing":      {with(`"filters": [["or", []]]`), "one list of filters"},
		"bad in and":         {with(`"filters": [["and", [["is", "x", ["x"]]]]]`), "not a dimension"},
		"not of two":         {with(`"filters": [["not", ["is", "visit:source", ["x"]], ["is", "visit:os", ["x"]]]]`), "needs one filter"},
		"not of bad":         {with(`"filters": [["not", "x"]]`), "each must be a list"},
		"deep":               {with(`"filters": [` + deep + `]`), "nested deeper"},
		"order a string":     {with(`"order_by": ["visitors"]`), "order_by: each must be a pair"},
		"order of three":     {with(`"order_by": [["visitors", "desc", "x"]]`), "order_by: each must be a pair"},
		"order sideways":     {with(`"order_by": [["visitors", "up"]]`), "order_by: each must be a pair"},
		"order by unknown":   {with(`"order_by": [["mood", "asc"]]`), `order_by: "mood" is not a dimension`},
		"order by unasked":   {with(`"order_by": [["visits", "asc"]]`), "order_by"},
		"limit":              {with(`"pagination": {"limit": 0}`), "pagination.limit"},
		"large limit":        {with(`"pagination": {"limit": 10001}`), "pagination.limit"},
		"offset":             {with(`"pagination": {"offset": -1}`), "pagination.offset"},
		"half a row":         {with(`"pagination": {"limit": 1.5}`), "pagination.limit: must not be"},
		"labels of no time":  {with(`"include": {"time_labels": true}`), "include.time_labels"},
	} {
		status, body, _ := s.ask(t, "good", c.body)
		var got map[string]string
		if err := json.Unmarshal([]byte(body), &got); err != nil || len(got) != 1 || status != http.StatusBadRequest || !strings.Contains(got["error"], c.says) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

func TestWhoMayAsk(t *testing.T) {
	s := newService(t, 0)
	for name, c := range map[string]struct{ token, site string }{
		"unknown token":  {"bad", "oslo.example"},
		"no token":       {"", "oslo.example"},
		"another's site": {"good", "gone.example"},
		"no site at all": {"good", "?"},
		"a removed site": {"orphan", "gone.example"},
	} {
		status, body, header := s.ask(t, c.token, with(`"site_id": "`+c.site+`"`))
		if status != http.StatusUnauthorized || !strings.Contains(body, `"error"`) || strings.Contains(body, c.site) {
			t.Errorf("%s: %d %s", name, status, body)
		}
		if (c.token == "bad" || c.token == "") && header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: no WWW-Authenticate", name)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/api/v2/query", strings.NewReader(with("")))
	r.SetBasicAuth("good", "good")
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusUnauthorized {
		t.Errorf("basic authentication: %d", w.Code)
	}
}

func TestOtherMethods(t *testing.T) {
	s := newService(t, 0)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodOptions} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(method, "/api/v2/query", nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" || !strings.Contains(w.Body.String(), "POST") {
			t.Errorf("%s: %d %s", method, w.Code, w.Body)
		}
	}
}

func TestBodies(t *testing.T) {
	s := newService(t, 0)
	fits := with("")
	fits += strings.Repeat(" ", maxBody-len(fits))
	if status, body, _ := s.ask(t, "good", fits); status != http.StatusOK {
		t.Errorf("the largest body: %d %s", status, body)
	}
	if status, body, _ := s.ask(t, "good", fits+" "); status != http.StatusRequestEntityTooLarge {
		t.Errorf("one byte more: %d %s", status, body)
	}
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader("{"), broken{}))
	r.Header.Set("Authorization", "Bearer good")
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusBadRequest {
		t.Errorf("a body that breaks off: %d", w.Code)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken off") }

func TestTheAllowanceOfAToken(t *testing.T) {
	s := newService(t, 3)
	for i := range 3 {
		if status, body, _ := s.ask(t, "good", with("")); status != http.StatusOK {
			t.Fatalf("request %d: %d %s", i, status, body)
		}
	}
	status, body, header := s.ask(t, "good", with(""))
	if status != http.StatusTooManyRequests || !strings.Contains(body, "3 times") || header.Get("Retry-After") != "1201" {
		t.Errorf("%d %s %v", status, body, header)
	}
	if status, _, _ := s.ask(t, "orphan", with(`"site_id": "gone.example"`)); status == http.StatusTooManyRequests {
		t.Error("one token's allowance is another's")
	}
	s.now = s.now.Add(20 * time.Minute)
	if status, _, _ = s.ask(t, "good", with("")); status != http.StatusOK {
		t.Errorf("after a third of an hour: %d", status)
	}
	if status, _, _ = s.ask(t, "good", with("")); status != http.StatusTooManyRequests {
		t.Errorf("and once more: %d", status)
	}
	s.now = s.now.Add(2 * time.Hour)
	if status, _, _ = s.ask(t, "good", with("")); status != http.StatusOK || len(s.limiter.tokens) != 1 {
		t.Errorf("two hours later: %d, %d tokens kept", status, len(s.limiter.tokens))
	}
}

func TestTheStoreAway(t *testing.T) {
	s := newService(t, 0)
	s.broken = errors.New("secret detail")
	status, body, header := s.ask(t, "good", with(""))
	if status != http.StatusServiceUnavailable || strings.Contains(body, "secret") || header.Get("Retry-After") == "" {
		t.Errorf("authorisation away: %d %s", status, body)
	}
	s.broken = nil
	for _, table := range []string{"arrivals_of_events", "arrivals"} {
		if err := s.store.Exec(t.Context(), "DROP TABLE "+table); err != nil {
			t.Fatal(err)
		}
	}
	for _, keys := range []string{``, `"date_range": "all"`} {
		if status, body, _ = s.ask(t, "good", with(keys)); status != http.StatusServiceUnavailable || strings.Contains(body, "arrivals") {
			t.Errorf("tables away: %d %s", status, body)
		}
	}
}

func TestOutcomesAreCounted(t *testing.T) {
	s := newService(t, 2)
	s.ask(t, "good", with(""))
	s.ask(t, "good", "")
	s.ask(t, "good", with(""))
	s.ask(t, "bad", with(""))
	s.broken = errors.New("away")
	s.ask(t, "good", with(""))
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				got[family.GetName()+" "+label.GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	const name = "sporlos_api_queries_total "
	want := map[string]float64{name + "answered": 1, name + "failed": 1, name + "limited": 1, name + "refused": 1, name + "unauthorized": 1}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOptionsAreRequired(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("an API without anything was made")
	}
}

// FuzzQuery sends bodies through everything before the database. Whatever comes, the answer is a query that can be asked or a refusal
// that names what is wrong.
func FuzzQuery(f *testing.F) {
	for _, keys := range []string{
		``, `"filters": [["or", [["is", "visit:source", ["a"]], ["is", "visit:source", ["b"]]]], ["not", ["contains", "event:page", ["x"], {"case_sensitive": false}]]]`,
		`"dimensions": ["time", "event:props:x"], "order_by": [["time", "desc"]], "include": {"time_labels": true}, "pagination": {"limit": 1, "offset": 2}`,
		`"date_range": ["2026-10-24T00:00:00+02:00", "2026-10-25T22:59:59Z"], "metrics": ["visits", "percentage"], "dimensions": ["visit:os"]`,
		`"date_range": "12mo", "filters": [["matches", "visit:browser", ["^(a|b)+$"]]]`,
	} {
		f.Add([]byte(with(keys)))
	}
	s, err := site.New(1, "oslo.example", "Europe/Oslo", site.Settings{})
	if err != nil {
		f.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 10, 26, 11, 0, 0, 0, time.UTC) }
	a := &API{o: Options{Now: now, Report: report.New(nil, now)}}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := Parse(body)
		var name string
		if err == nil && (json.Unmarshal(r.DateRange, &name) != nil || name != "all") { // "all" asks the database
			q, bad := a.query(t.Context(), s, r)
			if err = bad; err == nil {
				if err := q.Check(); err != nil {
					t.Errorf("let through: %v", err)
				}
				if _, err := json.Marshal(newAnswer(s, r, q, report.Result{})); err != nil {
					t.Errorf("cannot be echoed: %v", err)
				}
				return
			}
		}
		var p *problem
		if err != nil && (!errors.As(err, &p) || p.status != http.StatusBadRequest || p.text == "") {
			t.Errorf("%v", err)
		}
	})
}
