package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sporlos/store"
)

// The visitors of the no-trace test: addresses, agents and phrases that nothing else in the world contains.
const (
	networks4 = 40 // IPv4 networks; in each, two addresses with the same agent
	agentMark = "Qzxvtrace"
	phraseOne = "zyxwvut trace phrase one"

	leftOut = 50 // an IPv4 network beyond those, with addresses the site leaves out
)

func address4(network, host int) netip.Addr {
	return netip.AddrFrom4([4]byte{81, byte(130 + network%60), byte(17 + 3*network), byte(host)})
}

func address6(i int) netip.Addr {
	return netip.MustParseAddr(fmt.Sprintf("2a02:2121:%x:5a5b:c0de:beef:9e37:%x", 0x7a00+i, 0x1d00+i))
}

// TestNoTrace runs the whole system on known addresses, agents and phrases, with refusals, faults and an engine restart on the way,
// and then searches every byte it left: under --data, in its volatile directory, its logs, its metrics and, row by row, in ClickHouse.
func TestNoTrace(t *testing.T) {
	s := New(t, "--trusted-proxies", "127.0.0.1", "--rate-limit", "0", "--log-level", "debug")
	s.Start()
	s.MustRun("site", "add", "trace.example", "--timezone", "Europe/Oslo")
	left := netip.PrefixFrom(address4(leftOut, 11), 29).Masked().String()
	s.MustRun("site", "set", "trace.example", "--excluded-addresses", left)
	token := LastLine(s.MustRun("token", "add", "--site", "trace.example"))
	live(t, s)
	s.KillEngine()
	misbehave(t, s)
	Eventually(t, 60*time.Second, "everything counted", func() bool {
		r, err := s.Query(token, `{"site_id":"trace.example","metrics":["visitors","pageviews"],"date_range":"day"}`)
		return err == nil && len(r.Results) == 1 && r.Results[0].Metrics[1] == 2*networks4+6
	})
	Eventually(t, 40*time.Second, "the searches released", func() bool { return Metric(s.Metrics(), "sporlos_searches_stored_total", "") == 25 })
	// Truncation is what makes the two addresses of a network one visitor: without it there are twice as many.
	r, err := s.Query(token, `{"site_id":"trace.example","metrics":["visitors"],"date_range":"day"}`)
	if err != nil || r.Results[0].Metrics[0] != networks4+6 {
		t.Errorf("%v visitors, %v; want %d: two addresses of one network with one agent are one visitor", r.Results, err, networks4+6)
	}
	metrics := s.Metrics()
	if n := Metric(metrics, "sporlos_place_refused_total", ""); n != 0 {
		t.Errorf("the table of places was asked %v times for an address that was not truncated", n)
	}
	s.Stop()
	h := newHunt()
	h.look("/metrics", []byte(metrics), false)
	h.look("the logs", []byte(s.Logs()), false)
	db := s.Stored()
	lane := searchesPath(t, db)
	h.tree(t, s.Data, lane)
	h.tree(t, s.Volatile, s.Volatile) // the lane's snapshot lives here, in memory
	h.rows(t, db)
	h.judge(t)
}

// live is what visitors do: pages, searches, by the script and without it.
func live(t *testing.T, s *System) {
	page := `{"n":"pageview","u":"https://trace.example/page","d":"trace.example"}`
	send := func(path, body, address, agent string) {
		t.Helper()
		status, dropped, text, err := s.Beacon(path, body, "X-Forwarded-For", address, "User-Agent", agent, "Accept-Language", "nb-NO,nb;q=0.9")
		if err != nil || status != 202 || dropped != "" {
			t.Fatalf("%s answers %d %q %q, %v", path, status, dropped, text, err)
		}
	}
	for n := range networks4 {
		for host := 11; host <= 12; host++ {
			send("/e", page, address4(n, host).String(), agentA+" "+agentMark)
		}
	}
	for i := range 6 {
		send("/e", page, address6(i).String(), agentA+" "+agentMark)
	}
	for range 25 { // enough to leave the lane at once
		send("/q", `{"d":"trace.example","q":"`+phraseOne+`","n":3}`, address4(1, 11).String(), agentA+" "+agentMark)
	}
}

// misbehave sends what is refused, with everything that must not stay in it.
func misbehave(t *testing.T, s *System) {
	address, agent := address4(2, 11).String(), agentA+" "+agentMark
	for _, c := range []struct{ path, body, agent, extra, value string }{
		{"/e", `{"n":"pageview","u":"https://trace.example/` + address, agent, "", ""},
		{"/e", `{"n":7,"u":"https://trace.example/","d":"trace.example"}`, agent, "", ""},
		{"/e", `{"n":"pageview","u":"https://trace.example/","d":"unknown.example"}`, agent, "", ""},
		{"/e", `{"n":"pageview","u":"https://trace.example/","d":"trace.example"}`, agent + " Googlebot/2.1", "", ""},
		{"/e", `{"n":"pageview","u":"https://trace.example/","d":"trace.example"}`, agent, "Sec-GPC", "1"},
		{"/e", `{"n":"engagement","u":"https://trace.example/","d":"trace.example","e":100}`, agent + " other", "", ""},
		{"/e", strings.Repeat(address+" "+agentMark+" ", 1000), agent, "", ""},
		{"/q", `{"d":"trace.example","q":7}`, agent, "", ""},
		{"/q", `{"d":"unknown.example","q":"` + phraseOne + `"}`, agent, "", ""},
		{"/nothing/here/" + agentMark, "", agent, "", ""},
		{"/e", `{"n":"pageview","u":"https://trace.example/","d":"trace.example"}`, agent, "X-Forwarded-For", address4(leftOut, 11).String()},
		{"/e", `{"n":"pageview","u":"https://trace.example/","d":"trace.example"}`, agent, "X-Forwarded-For", address4(leftOut, 12).String()},
	} {
		headers := []string{"X-Forwarded-For", address, "User-Agent", c.agent}
		if c.extra != "" {
			headers = append(headers, c.extra, c.value)
		}
		status, dropped, text, err := s.Beacon(c.path, c.body, headers...)
		if err != nil || status == 202 && dropped == "" {
			t.Errorf("%s %.60s was taken: %d, %v", c.path, c.body, status, err)
		}
		if strings.Contains(text, address) || strings.Contains(text, agentMark) {
			t.Errorf("the refusal repeats what was sent: %q", text)
		}
	}
	for _, path := range []string{"/", "/trace.example", "/login", "/api/v2/query"} { // dashboards see visitors' proxies too
		request, err := newGet(s.Dashboards+path, "X-Forwarded-For", address, "User-Agent", agent)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := client.Do(request); err == nil {
			response.Body.Close()
		}
	}
}

// searchesPath is the directory with the parts of the one table that may hold phrases.
func searchesPath(t *testing.T, db *store.Store) string {
	paths := Strings(t, db, "SELECT arrayJoin(data_paths) FROM system.tables WHERE database = currentDatabase() AND name = 'searches'")
	if len(paths) != 1 {
		t.Fatalf("the table searches has %d paths", len(paths))
	}
	resolved, err := filepath.EvalSymlinks(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

// hunt looks for traces. Text forms count at once; the four bytes of an IPv4 address turn up in random bytes now and then, so for
// them the judgement needs three different addresses.
type hunt struct {
	text    map[string][]byte // name → bytes that may be nowhere
	phrase  map[string][]byte // may be in the lane only
	numbers map[string][]byte // binary addresses
	found   map[string]map[string]bool
	bytes   int64

	findings []string
}

func newHunt() *hunt {
	h := &hunt{text: map[string][]byte{}, phrase: map[string][]byte{}, numbers: map[string][]byte{}, found: map[string]map[string]bool{}}
	for n := range networks4 {
		for host := 11; host <= 12; host++ {
			h.address(address4(n, host))
		}
	}
	h.address(address4(leftOut, 11))
	h.address(address4(leftOut, 12))
	for i := range 6 {
		h.address(address6(i))
		h.text["text "+address6(i).String()] = []byte(address6(i).StringExpanded())
	}
	forms(h.text, "agent", agentMark)
	forms(h.phrase, "phrase", phraseOne)
	return h
}

func (h *hunt) address(a netip.Addr) {
	forms(h.text, "address", a.String())
	b := a.AsSlice()
	h.text["hex "+a.String()] = []byte(hex.EncodeToString(b))
	if a.Is6() {
		h.text["bytes "+a.String()] = b
		return
	}
	h.numbers["bytes "+a.String()] = b
	h.numbers["reversed "+a.String()] = binary.LittleEndian.AppendUint32(nil, binary.BigEndian.Uint32(b))
}

// forms adds a text as it is, in hexadecimal, in base64 at its three alignments, and in UTF-16.
func forms(into map[string][]byte, kind, text string) {
	into[kind+" "+text] = []byte(text)
	into[kind+" in hex "+text] = []byte(hex.EncodeToString([]byte(text)))
	for shift := range 3 {
		code := base64.StdEncoding.EncodeToString(append(make([]byte, shift), text...))
		into[fmt.Sprintf("%s in base64+%d %s", kind, shift, text)] = []byte(strings.TrimRight(code, "=")[4 : len(strings.TrimRight(code, "="))-2])
	}
	var wide []byte
	for _, c := range text {
		wide = binary.LittleEndian.AppendUint16(wide, uint16(c))
	}
	into[kind+" in UTF-16 "+text] = wide
}

func (h *hunt) look(where string, b []byte, inLane bool) {
	h.bytes += int64(len(b))
	lower := bytes.ToLower(b)
	for name, needle := range h.text {
		if bytes.Contains(b, needle) || bytes.Contains(lower, needle) {
			h.findings = append(h.findings, where+" holds "+name)
		}
	}
	for name, needle := range h.phrase {
		if !inLane && bytes.Contains(b, needle) {
			h.findings = append(h.findings, where+" holds "+name)
		}
	}
	for name, needle := range h.numbers {
		if bytes.Contains(b, needle) {
			if h.found[name] == nil {
				h.found[name] = map[string]bool{}
			}
			h.found[name][where] = true
		}
	}
}

func (h *hunt) tree(t *testing.T, root, lane string) {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil // parts come and go while merges run
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		h.look(strings.TrimPrefix(path, root), b, strings.HasPrefix(path, lane))
		h.look("a name", []byte(path), false)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// rows searches every column of every table as text, since parts are compressed.
func (h *hunt) rows(t *testing.T, db *store.Store) {
	columns := 0
	for _, pair := range Strings(t, db, `SELECT concat(table, ' ', name) FROM system.columns WHERE database = currentDatabase() ORDER BY table, position`) {
		table, column, _ := strings.Cut(pair, " ")
		columns++
		var text string
		query := "SELECT arrayStringConcat(groupUniqArray(toString(`" + column + "`)), '\n') FROM `" + table + "`"
		if err := db.QueryRow(context.Background(), query).Scan(&text); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		h.look("the column "+table+"."+column, []byte(text), table == "searches" && column == "phrase")
	}
	if columns < 50 {
		t.Errorf("only %d columns were searched", columns)
	}
	phrases := Strings(t, db, "SELECT phrase FROM searches WHERE searches > 0")
	if len(phrases) != 1 || phrases[0] != phraseOne {
		t.Errorf("the lane holds %q, want the phrase that was searched", phrases)
	}
}

func (h *hunt) judge(t *testing.T) {
	for _, f := range h.findings {
		t.Error(f)
	}
	if len(h.found) >= 3 {
		t.Errorf("%d addresses were found in binary form, too many for chance: %v", len(h.found), h.found)
	}
	if h.bytes < 50_000 {
		t.Errorf("only %d bytes were searched", h.bytes)
	}
	t.Logf("%d bytes searched for %d forms; %d binary coincidences", h.bytes, len(h.text)+len(h.phrase)+len(h.numbers), len(h.found))
}

// TestTheHuntFindsWhatIsThere: a check that cannot fail is a defect.
func TestTheHuntFindsWhatIsThere(t *testing.T) {
	h := newHunt()
	for _, planted := range [][]byte{
		[]byte("peer " + address4(3, 11).String() + " said"), []byte(hex.EncodeToString([]byte(agentMark))),
		address6(2).AsSlice(), []byte(base64.StdEncoding.EncodeToString([]byte("x" + phraseOne))), []byte(phraseOne),
	} {
		h.findings = nil
		if h.look("a plant", planted, false); len(h.findings) == 0 {
			t.Errorf("%q was not found", planted)
		}
	}
	for n := range 3 {
		h.look("bytes", address4(n, 11).AsSlice(), false)
	}
	if len(h.found) < 3 {
		t.Error("binary addresses were not found")
	}
}
