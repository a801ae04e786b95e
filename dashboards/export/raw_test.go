package export_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"sporlos/dashboards/export"
	"sporlos/site"
	"sporlos/store"
	"sporlos/store/enginetest"
	"sporlos/store/report"
)

// Numbers of the visitor and of her two visits of one day, large enough not to be there by chance.
const (
	visitor = 0x9d3f5c7b21e8a641
	morning = 0x6907a1b2c3d4e5f6
	evening = 0x6907f1e2d3c4b5a6
)

// stored is a site with three events in two visits of one visitor: a pageview and a sale, and hours later a pageview.
func stored(t *testing.T) (*store.Store, *site.Site, site.Day) {
	t.Helper()
	s := enginetest.Migrated(t)
	one, err := site.New(3, "raw.example", "Europe/Oslo", site.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	noon := time.Date(now.Year(), now.Month(), now.Day()-1, 12, 0, 45, 0, time.UTC)
	day := one.DayAt(noon.Unix())
	batch, err := s.Conn().PrepareBatch(context.Background(), `INSERT INTO events (site, day, time, visitor, visit, name, interactive, host, path, source, revenue, currency, prop_keys, prop_values)`)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []struct {
		visit      uint64
		after      time.Duration
		name, path string
		revenue    int64
		currency   string
		keys, vals []string
	}{
		{morning, 0, "pageview", "/", 0, "", nil, nil},
		{morning, 90 * time.Second, "Sale", "/kjøp", 12500, "NOK", []string{"plan", "=x"}, []string{"large", "\"q\""}},
		{evening, 6 * time.Hour, "pageview", "/", 0, "", nil, nil},
	} {
		err := batch.Append(one.ID, day.Date(), noon.Add(e.after), uint64(visitor), e.visit, e.name, true, "raw.example", e.path, "=cmd()", e.revenue, e.currency, append([]string{}, e.keys...), append([]string{}, e.vals...))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	return s, one, day
}

func exported(t *testing.T, s *store.Store, one *site.Site, f export.Format, from, to site.Day) []byte {
	t.Helper()
	var out bytes.Buffer
	raw, err := export.NewRaw(f, &out)
	if err != nil {
		t.Fatal(err)
	}
	if err := report.New(s.Conn(), nil).Raw(context.Background(), one, from, to, raw.Write); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRawFormats(t *testing.T) {
	s, one, day := stored(t)
	rows, err := csv.NewReader(bytes.NewReader(exported(t, s, one, export.FormatCSV, day, day))).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("CSV: %d lines, %v", len(rows), err)
	}
	sale := map[string]string{}
	for i, head := range rows[0] {
		sale[head] = rows[2][i]
	}
	began := time.Date(day.Date().Year(), day.Date().Month(), day.Date().Day(), 12, 0, 0, 0, time.UTC).In(one.Location()).Format(time.RFC3339)
	for head, want := range map[string]string{"visit": "1", "day": day.String(), "visit_started": began, "seconds": "90", "name": "Sale", "path": "/kjøp",
		"source": "'=cmd()", "revenue": "12.5", "currency": "NOK", "props": `{"=x":"\"q\"","plan":"large"}`} {
		if sale[head] != want {
			t.Errorf("CSV: %s is %q, want %q", head, sale[head], want)
		}
	}
	var line struct {
		Visit  uint64            `json:"visit"`
		Source string            `json:"source"`
		Path   string            `json:"path"`
		Props  map[string]string `json:"props"`
	}
	text := strings.Split(strings.TrimSuffix(string(exported(t, s, one, export.FormatJSONL, day, day)), "\n"), "\n")
	if err := json.Unmarshal([]byte(text[1]), &line); err != nil || len(text) != 3 || line.Source != "=cmd()" || line.Path != "/kjøp" || line.Props["=x"] != `"q"` {
		t.Errorf("JSONL: %d lines, the second %+v, %v", len(text), line, err)
	}
	// ClickHouse itself reads the Parquet.
	var n, visits uint64
	var revenue float64
	var plan string
	var start time.Time
	parquet := exported(t, s, one, export.FormatParquet, day, day)
	question := fmt.Sprintf("SELECT count(), uniqExact(visit), sum(revenue), max(props['plan']), min(visit_started) FROM format(Parquet, unhex('%s'))", hex.EncodeToString(parquet))
	if err := s.QueryRow(context.Background(), question).Scan(&n, &visits, &revenue, &plan, &start); err != nil {
		t.Fatal(err)
	}
	if n != 3 || visits != 2 || revenue != 12.5 || plan != "large" || start.UTC().Format("15:04:05") != "12:00:00" {
		t.Errorf("ClickHouse reads %d rows of %d visits, %v, %q, %s", n, visits, revenue, plan, start)
	}
}

// TestExportFollowsNobody: neither the visitor's number nor those of her visits are in an export, in text or binary, and her two visits have
// nothing in common that others could not have. Numbers are given out anew each time.
func TestExportFollowsNobody(t *testing.T) {
	s, one, day := stored(t)
	for _, f := range export.Formats() {
		out := exported(t, s, one, f, day, day)
		for _, number := range []uint64{visitor, morning, evening} {
			little, big := make([]byte, 8), make([]byte, 8)
			binary.LittleEndian.PutUint64(little, number)
			binary.BigEndian.PutUint64(big, number)
			for _, form := range [][]byte{little, big, fmt.Append(nil, number), fmt.Append(nil, int64(number)), fmt.Appendf(nil, "%x", number)} {
				if bytes.Contains(bytes.ToLower(out), bytes.ToLower(form)) {
					t.Errorf("%s: the number %x is there as %q", f, number, form)
				}
			}
		}
		if f != export.FormatParquet && bytes.Contains(out, []byte("12:00:45")) || bytes.Contains(out, []byte("13:00:45")) {
			t.Errorf("%s: the second of a visit is there", f)
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(exported(t, s, one, export.FormatCSV, day, day))).ReadAll()
	if err != nil || rows[1][0] != "1" || rows[2][0] != "1" || rows[3][0] != "2" {
		t.Errorf("visits are numbered %q, %v", rows, err)
	}
	for _, head := range rows[0] {
		if strings.Contains(head, "visitor") {
			t.Errorf("there is a column %s", head)
		}
	}
}

func TestEmptyExportsAreFiles(t *testing.T) {
	s, one, _ := stored(t)
	today := one.DayAt(time.Now().Unix())
	if got := string(exported(t, s, one, export.FormatCSV, today, today)); !strings.HasPrefix(got, `"visit","day",`) || strings.Count(got, "\n") != 1 {
		t.Errorf("CSV without events: %q", got)
	}
	if got := exported(t, s, one, export.FormatParquet, today, today); !bytes.HasPrefix(got, []byte("PAR1")) || !bytes.HasSuffix(got, []byte("PAR1")) {
		t.Errorf("Parquet without events: %q", got)
	}
	if _, err := export.NewRaw("xlsx", nil); err == nil {
		t.Error("xlsx is a format")
	}
}
