package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sporlos/store"
)

// The visitors of the erase test, told apart by network.
const (
	forgotten = "81.166.23.45"  // asks to be erased
	lateOne   = "81.166.77.45"  // asks while the engine is down
	neighbour = "129.240.12.13" // does not ask
)

// TestEraseLeavesNoTrace: a visitor's number of today, as ClickHouse knew it, is nowhere under --data, in the volatile directory, the
// logs, the metrics or any column, once the visitor has asked to be erased; with the engine killed on the way and the whole program
// killed during the second one. Everybody else's numbers stay as they were.
func TestEraseLeavesNoTrace(t *testing.T) {
	s := New(t, "--trusted-proxies", "127.0.0.1", "--rate-limit", "0", "--log-level", "debug")
	s.Start()
	s.MustRun("site", "add", "erase.example", "--timezone", "Europe/Oslo")
	token := LastLine(s.MustRun("token", "add", "--site", "erase.example"))
	look := func(address string, times int) {
		t.Helper()
		for i := range times {
			body := fmt.Sprintf(`{"n":"pageview","u":"https://erase.example/page/%s","d":"erase.example"}`, letters(i))
			if status, dropped, text, err := s.Beacon("/e", body, "X-Forwarded-For", address, "User-Agent", agentA); err != nil || status != 202 || dropped != "" {
				t.Fatalf("%d %q %q, %v", status, dropped, text, err)
			}
		}
	}
	count := func(visitors, views float64) func() bool {
		return func() bool {
			r, err := s.Query(token, `{"site_id":"erase.example","metrics":["visitors","pageviews"],"date_range":"day"}`)
			return err == nil && len(r.Results) == 1 && r.Results[0].Metrics[0] == visitors && r.Results[0].Metrics[1] == views
		}
	}
	look(forgotten, 40)
	look(neighbour, 15)
	look(lateOne, 25)
	Eventually(t, 30*time.Second, "everything counted", count(3, 80))
	numbers := s.visitorNumbers(t)
	for address, views := range map[string]uint64{forgotten: 40, neighbour: 15, lateOne: 25} {
		if n := numbers[views]; n == 0 {
			t.Fatalf("%s has no number: %v", address, numbers)
		} else if found := s.places(t, n); len(found) < 2 { // the spool, and a part
			t.Fatalf("the search sees the number of %s in %v only: it proves nothing", address, found)
		}
	}

	if status, page := s.ask(t, "erase", forgotten); status != 200 || !strings.Contains(page, `data-notice="erased"`) {
		t.Fatalf("asked to erase: %d\n%.600s", status, page)
	}
	if !count(2, 40)() {
		t.Error("the dashboard still counts who was erased, at the moment the page says it is done")
	}
	s.wantNowhere(t, numbers[40])

	s.KillEngine() // while it restarts, the wish waits; and then we are killed, too
	status, page := s.ask(t, "erase", lateOne)
	if status != 200 && status != 202 {
		t.Fatalf("asked to erase with the engine away: %d\n%.600s", status, page)
	}
	t.Logf("with the engine killed the answer is %d", status)
	s.KillEngine()
	s.Kill()
	s.Start()
	Eventually(t, 60*time.Second, "the second erased", count(1, 15))
	look(forgotten, 3) // counted anew, under the same number: nothing of today's first visit comes back
	Eventually(t, 30*time.Second, "counted again", count(2, 18))
	if status, _ := s.ask(t, "erase", forgotten); status != 200 {
		t.Errorf("asked again: %d", status)
	}
	if !count(1, 15)() {
		t.Error("not erased the second time")
	}
	metrics := s.Metrics()
	s.Stop()
	db := s.Stored()
	for _, n := range []uint64{numbers[40], numbers[25]} {
		s.wantNowhere(t, n)
		for _, form := range numberForms(n) {
			for where, b := range map[string][]byte{"the logs": []byte(s.Logs()), "the metrics": []byte(metrics)} {
				if bytes.Contains(b, form) {
					t.Errorf("%s hold the number", where)
				}
			}
		}
		wantNoRow(t, db, n)
	}
	if left := Strings(t, db, "SELECT toString(uniqExact(visitor)) || ' ' || toString(count()) FROM events"); left[0] != "1 15" {
		t.Errorf("visitors and rows left: %s, want 1 15", left[0])
	}
	if found := s.places(t, numbers[15]); len(found) < 2 {
		t.Errorf("somebody else's number is in %v only", found)
	}
}

// ask sends one of the forms of the page /privacy, as a browser does.
func (s *System) ask(t *testing.T, form, address string) (status int, page string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, s.Collector+"/privacy/"+form+"?d=erase.example&lang=en", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": s.Collector, "X-Forwarded-For": address, "User-Agent": agentA} {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// visitorNumbers asks ClickHouse for the numbers, by how many rows each has: the API has no way to tell them. The program is stopped for
// it, since the data belong to one process.
func (s *System) visitorNumbers(t *testing.T) map[uint64]uint64 {
	t.Helper()
	s.Stop()
	numbers := map[uint64]uint64{}
	t.Run("numbers", func(t *testing.T) { // its end stops the engine again
		db := (&System{t: t, Data: s.Data}).Stored()
		rows, err := db.Query(context.Background(), "SELECT visitor, count() FROM events GROUP BY visitor")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var visitor, n uint64
			if err := rows.Scan(&visitor, &n); err != nil {
				t.Fatal(err)
			}
			numbers[n] = visitor
		}
	})
	s.Start()
	return numbers
}

// numberForms are the ways in which a number could be written: binary in both orders, decimal and hexadecimal.
func numberForms(n uint64) [][]byte {
	little, big := binary.LittleEndian.AppendUint64(nil, n), binary.BigEndian.AppendUint64(nil, n)
	return [][]byte{little, big, []byte(strconv.FormatUint(n, 10)), []byte(strconv.FormatInt(int64(n), 10)),
		[]byte(strconv.FormatUint(n, 16)), []byte(hex.EncodeToString(little)), []byte(strings.ToUpper(hex.EncodeToString(big)))}
}

// places returns the files under --data and in the volatile directory that hold the number in any form.
func (s *System) places(t *testing.T, n uint64) (found []string) {
	t.Helper()
	for _, root := range []string{s.Data, s.Volatile} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return nil // parts come and go
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return nil
			}
			for _, form := range numberForms(n) {
				if bytes.Contains(b, form) {
					found = append(found, strings.TrimPrefix(path, root))
					break
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// wantNowhere allows parts that are not used any more a moment to leave the disk.
func (s *System) wantNowhere(t *testing.T, n uint64) {
	t.Helper()
	var found []string
	for began := time.Now(); time.Since(began) < 15*time.Second; time.Sleep(200 * time.Millisecond) {
		if found = s.places(t, n); found == nil {
			return
		}
	}
	t.Errorf("the number is still in %v", found)
}

// wantNoRow searches every column of whole numbers.
func wantNoRow(t *testing.T, db *store.Store, n uint64) {
	t.Helper()
	columns := Strings(t, db, "SELECT concat(table, ' ', name) FROM system.columns WHERE database = currentDatabase() AND type IN ('UInt64', 'Int64', 'String', 'LowCardinality(String)')")
	if len(columns) < 20 {
		t.Fatalf("only %d columns", len(columns))
	}
	for _, pair := range columns {
		table, column, _ := strings.Cut(pair, " ")
		for _, text := range []string{strconv.FormatUint(n, 10), strconv.FormatInt(int64(n), 10)} {
			if got := Strings(t, db, "SELECT toString(countIf(toString(`"+column+"`) = '"+text+"')) FROM `"+table+"`"); got[0] != "0" {
				t.Errorf("%s.%s holds the number in %s rows", table, column, got[0])
			}
		}
	}
}

// TestStatementOverTheSocket: the statement is made from how the installation runs, not from what the command was told.
func TestStatementOverTheSocket(t *testing.T) {
	s := New(t, "--identity", "none", "--retention", "6")
	s.Start()
	s.MustRun("site", "add", "told.example")
	text := s.MustRun("statement", "--site", "told.example", "--lang", "nb", "--identity", "address")
	for _, want := range []string{"Statistikk på told.example", "etter 6 måneder", "Besøkende skilles ikke fra hverandre"} {
		if !strings.Contains(text, want) {
			t.Errorf("the statement lacks %q:\n%s", want, text)
		}
	}
	request, err := newGet(s.Collector+"/privacy/statement?d=told.example&lang=nb", "User-Agent", agentA)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 || !strings.Contains(string(page), "etter 6 måneder") {
		t.Errorf("%d, %v", response.StatusCode, err)
	}
}
