package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sporlos/store"
	"sporlos/store/enginetest"
)

// TestWordsKeepEveryRow: as many values as need one byte, two bytes and four bytes for their numbers, empty rows before, between and after.
func TestWordsKeepEveryRow(t *testing.T) {
	var w store.Words
	for _, distinct := range []int{0, 1, 254, 255, 256, 65_535, 65_536, 70_000, 3} { // the last one in memory that held more
		w.Reset()
		var want []string
		for range 3 {
			want = append(want, "")
		}
		for n := range distinct {
			want = append(want, fmt.Sprint("value ", n))
		}
		want = append(want, "")
		for n := range distinct {
			want = append(want, fmt.Sprint("value ", distinct-1-n))
		}
		for _, s := range want {
			w.Append(s)
		}
		if w.Len() != len(want) || w.Empty() != (distinct == 0) {
			t.Fatalf("%d values: %d rows, empty %v", distinct, w.Len(), w.Empty())
		}
		for i := range want {
			if w.Row(i) != want[i] {
				t.Fatalf("%d values: row %d is %q, want %q", distinct, i, w.Row(i), want[i])
			}
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("a b  a c", uint8(1))
	f.Fuzz(func(t *testing.T, text string, n uint8) {
		var w store.Words
		want := strings.Split(text, " ")
		for range n % 4 {
			want = append(want, want...)
		}
		for _, s := range want {
			w.Append(s)
		}
		for i := range want {
			if w.Row(i) != want[i] {
				t.Fatalf("row %d is %q, want %q", i, w.Row(i), want[i])
			}
		}
	})
}

// TestInsertPrepared compares what ClickHouse has stored with what was appended, for numbers of one, two and four bytes.
func TestInsertPrepared(t *testing.T) {
	s := enginetest.Start(t)
	exec(t, s, "CREATE TABLE rows (n UInt32, d Date, t DateTime('UTC'), lc LowCardinality(String), none LowCardinality(String)) ENGINE = MergeTree ORDER BY n")
	r := rand.New(rand.NewPCG(1, 2))
	for round, distinct := range []int{1, 200, 3_000, 70_000} {
		const rows = 150_000
		var lc, none store.Words
		n, days, seconds := make([]uint32, rows), make(store.Days, rows), make(store.Seconds, rows)
		sum := map[string]int{}
		for i := range rows {
			word := fmt.Sprint("ord ", r.IntN(distinct))
			if i < 5 {
				word = ""
			}
			n[i], days[i], seconds[i] = uint32(i), uint16(i%65_536), uint32(i)*28_633
			lc.Append(word)
			none.Append("")
			sum[word] += i
		}
		err := s.Insert(t.Context(), "rows", fmt.Sprint(round), []store.Column{{Name: "n", Values: n}, {Name: "d", Values: days},
			{Name: "t", Values: seconds}, {Name: "lc", Values: &lc}, {Name: "none", Values: &none}})
		if err != nil {
			t.Fatal(err)
		}
		if bad := number(t, s, "SELECT countIf(toUInt16(d) != n % 65536 OR toUInt32(t) != n * 28633 OR none != '') FROM rows"); bad != 0 {
			t.Errorf("%d rows hold something else", bad)
		}
		got, err := s.Query(t.Context(), "SELECT lc, sum(n) FROM rows GROUP BY lc")
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for got.Next() {
			var word string
			var total uint64
			if err := got.Scan(&word, &total); err != nil {
				t.Fatal(err)
			}
			if int(total) != sum[word] {
				t.Errorf("%q sums up to %d, want %d", word, total, sum[word])
			}
			seen++
		}
		if seen != len(sum) {
			t.Errorf("%d values are stored, want %d", seen, len(sum))
		}
		exec(t, s, "TRUNCATE TABLE rows")
	}
}

func TestInsertPreparedRefusesAnotherType(t *testing.T) {
	s := enginetest.Start(t)
	exec(t, s, "CREATE TABLE rows (s String, t DateTime64(3)) ENGINE = MergeTree ORDER BY s")
	var w store.Words
	w.Append("a")
	for _, c := range []store.Column{{Name: "s", Values: &w}, {Name: "t", Values: store.Seconds{1}}, {Name: "t", Values: store.Days{1}}} {
		if err := s.Insert(t.Context(), "rows", "a", []store.Column{c}); err == nil || store.Temporary(err) || !strings.Contains(err.Error(), "does not suit") {
			t.Errorf("%T: %v", c.Values, err)
		}
	}
}
