package spool

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

var goldenID = spoolID{0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4}

// goldenSegment has three records, one of them empty.
func goldenSegment() []byte {
	h := header{version: formatVersion, id: goldenID, number: 3, first: 1 << 32, created: time.UnixMilli(1_700_000_000_123)}
	b := h.append(nil)
	for i, rec := range []string{"first", "", "third record"} {
		from := len(b)
		b = appendFrame(b, []byte(rec), castagnoliOf(goldenID[:], []byte(rec)))
		stampFrames(b[from:], h.first+uint64(i))
	}
	return b
}

// castagnoliOf is CRC-32C computed bit by bit, independently of the table the spool uses.
func castagnoliOf(parts ...[]byte) uint32 {
	crc := ^uint32(0)
	for _, c := range slices.Concat(parts...) {
		crc ^= uint32(c)
		for range 8 {
			crc = crc>>1 ^ 0x82F63B78*(crc&1)
		}
	}
	return ^crc
}

func TestGoldenBytes(t *testing.T) {
	c := cursor{generation: 41, committed: mark{Position{3, 4096}, 1234}, pending: &mark{Position{3, 9000}, 1300}}
	for name, got := range map[string]string{
		"segment.hex": strings.TrimSpace(hexLines(goldenSegment())) + "\n",
		"cursor.txt":  string(c.encode(goldenID)),
		"id.txt":      string(encodeID(goldenID)),
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: the format has changed: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

func hexLines(b []byte) string {
	var out strings.Builder
	for line := range slices.Chunk(b, 16) {
		fmt.Fprintf(&out, "% x\n", line)
	}
	return out.String()
}

// TestGoldenSegmentIsRead reads the golden file as a program of any later version must.
func TestGoldenSegmentIsRead(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "segment.hex"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string][]byte{segmentFile(3): b, "id": encodeID(goldenID)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, fileMode); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, dir, Options{})
	wantRecords(t, read(t, s, Position{}), []string{"first", "", "third record"})
	if s.ID() != "deadbeef01020304" || s.end.seq != 1<<32+3 {
		t.Errorf("id %s, next sequence number %d", s.ID(), s.end.seq)
	}
}

func TestSequenceNumbersPass32Bits(t *testing.T) {
	dir := t.TempDir()
	h := header{version: formatVersion, id: goldenID, number: 1, first: 1<<32 - 5}
	for name, content := range map[string][]byte{segmentFile(1): h.append(nil), "id": encodeID(goldenID)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, fileMode); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, dir, Options{})
	s.end.seq = h.first
	add(t, s, numbered(0, 10)...)
	s = reopen(t, s)
	b := read(t, s, Position{})
	wantRecords(t, b, numbered(0, 10))
	if b.Quarantined != 0 || s.end.seq != 1<<32+5 {
		t.Errorf("%d lost, next %d", b.Quarantined, s.end.seq)
	}
}

// After damage, a frame counts only when its number could be next: not one from long ago or far ahead.
func TestResynchronisingRefusesStrangeNumbers(t *testing.T) {
	const next = 1 << 30
	for seq, want := range map[uint64]bool{next: true, next + 7: true, next + maxGap: true, next - 1: false, 5: false, next + maxGap + 1: false} {
		frame := appendFrame(nil, []byte("stray"), castagnoliOf(goldenID[:], []byte("stray")))
		stampFrames(frame, seq)
		b := append([]byte("damage"), frame...)
		sc := scanner{seed: goldenID.seed()}
		sc.reset(bytes.NewReader(b), 0, int64(len(b)), next)
		if got := sc.next(); got != want {
			t.Errorf("number %d after damage, %d wanted: taken %v", seq, next, got)
		}
	}
}

func TestParseSegmentFile(t *testing.T) {
	for name, want := range map[string]uint64{
		"0000000000000001.seg": 1, "9999999999999999.seg": 9999999999999999, "12345678901234567.seg": 12345678901234567,
		"0000000000000000.seg": 0, "1.seg": 0, "00000000000000001.seg": 0, "99999999999999999999.seg": 0,
		"000000000000000a.seg": 0, "0000000000000001.seg.tmp": 0, "": 0,
	} {
		if got := parseSegmentFile(name); got != want {
			t.Errorf("%q is %d, want %d", name, got, want)
		}
	}
}

func TestParseCursorRefuses(t *testing.T) {
	good := string(cursor{generation: 41, committed: mark{Position{3, 4096}, 1234}}.encode(goldenID))
	if _, err := parseCursor([]byte(good), goldenID); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"empty": "", "other spool": string(cursor{}.encode(spoolID{})), "cut": good[:len(good)-1], "longer": good + "\n",
		"position":       strings.Replace(good, "3:4096", "3;4096", 1),
		"digit":          strings.Replace(good, "1234", "1235", 1),
		"pending digits": strings.Replace(good, "pending -", "pending 3:x 7", 1),
		"pending alone":  strings.Replace(good, "pending -", "pending 3:5000", 1),
	} {
		if c, err := parseCursor([]byte(bad), goldenID); err == nil {
			t.Errorf("%s: read as %+v", name, c)
		}
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add(cursor{generation: 41, committed: mark{Position{3, 4096}, 1234}}.encode(goldenID))
	f.Add(cursor{pending: &mark{Position{3, 9000}, 1300}}.encode(goldenID))
	f.Add([]byte("sporlos-cursor 1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseCursor(b, goldenID)
		if err == nil && !bytes.Equal(c.encode(goldenID), b) {
			t.Errorf("%q was read as %+v", b, c)
		}
	})
}

// FuzzScanner reads a segment with bytes replaced, inserted or removed at some place. Whatever happens to it, the scanner
// must account for every byte, return only records that were written, in order, and find all that were not touched.
func FuzzScanner(f *testing.F) {
	f.Add(uint16(50), uint16(3), []byte("damage"))
	f.Add(uint16(0), uint16(60), []byte{})
	f.Add(uint16(70), uint16(0), []byte{frameMarker, 1, 0, 0, 2})
	f.Add(uint16(90), uint16(500), bytes.Repeat([]byte{0}, 300))
	f.Add(uint16(100), uint16(0), goldenSegment()[headerBytes:])
	f.Fuzz(func(t *testing.T, at, remove uint16, insert []byte) {
		intact := goldenFrames(20)
		from := min(int(at), len(intact))
		to := min(from+int(remove), len(intact))
		damaged := slices.Concat(intact[:from], insert, intact[to:])
		checkScan(t, damaged, len(intact), from, to)
	})
}

// fuzzID is not goldenID: what the fuzzer inserts must not be able to know it, as an attacker cannot.
var fuzzID = spoolID{9, 8, 7, 6, 5, 4, 3, 2}

// goldenFrames returns n frames with records "0", "1", "22", "333" and so on.
func goldenFrames(n int) (b []byte) {
	for i := range n {
		b = appendFrame(b, goldenRecord(i), castagnoliOf(fuzzID[:], goldenRecord(i)))
	}
	stampFrames(b, 0)
	return b
}

func goldenRecord(i int) []byte { return bytes.Repeat([]byte{'0' + byte(i)}, max(i, 1)) }

func checkScan(t *testing.T, b []byte, size, from, to int) {
	sc := scanner{seed: fuzzID.seed()}
	sc.reset(bytes.NewReader(b), 0, int64(len(b)), 0)
	found := map[uint64]bool{}
	var good, bad int64
	for sc.next() {
		if sc.seq >= 20 || !bytes.Equal(sc.rec, goldenRecord(int(sc.seq))) {
			t.Fatalf("record %d %q was never written", sc.seq, sc.rec)
		}
		found[sc.seq] = true
		good += int64(frameHeader + len(sc.rec))
		bad += sc.bad.len()
	}
	if bad += sc.bad.len(); sc.err != nil || good+bad != int64(len(b)) {
		t.Fatalf("%d intact and %d damaged bytes of %d, %v", good, bad, len(b), sc.err)
	}
	start := 0
	for i := range 20 {
		end := start + frameHeader + len(goldenRecord(i))
		if (end <= from || start >= to && start >= from) && end <= size && !found[uint64(i)] {
			t.Fatalf("record %d at %d was not touched (%d to %d) but not found", i, start, from, to)
		}
		start = end
	}
}
