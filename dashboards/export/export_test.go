package export

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
)

func TestRowIsRFC4180(t *testing.T) {
	var out bytes.Buffer
	c := NewCSV(&out)
	for _, row := range [][]any{{"page", "visitors", "bounce_rate"}, {"/a,b;\"c\"\r\nd", 1234567, 33.25}, {"Ærøskøbing", 0, -0.5}} {
		if err := c.Row(row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "\"page\",\"visitors\",\"bounce_rate\"\r\n\"/a,b;\"\"c\"\"\r\nd\",1234567,33.25\r\n\"Ærøskøbing\",0,-0.5\r\n"
	if out.String() != want {
		t.Errorf("written:\n%q\nwant\n%q", out.String(), want)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 3 || !slices.Equal(rows[2], []string{"Ærøskøbing", "0", "-0.5"}) {
		t.Errorf("read back: %q, %v", rows, err)
	}
}

func TestRowRefusesWhatItDoesNotKnow(t *testing.T) {
	if err := NewCSV(&bytes.Buffer{}).Row(struct{}{}); err == nil {
		t.Error("a struct became a cell")
	}
}

func TestNothingIsAFormula(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+47 22": "'+47 22", "-2": "'-2", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", " =1": "' =1", "\n@x": "'\n@x",
		"\u200b=1": "'\u200b=1", "\x00=1": "'=1", "＝1": "'＝1", "\t": "'\t", `=HYPERLINK("http://evil.example","x")`: `'=HYPERLINK("http://evil.example","x")`,
		"/=1": "/=1", "a=1": "a=1", "": "", "1-2": "1-2", "Direct / None": "Direct / None", "æ": "æ", "a\xffb": "a\uFFFDb",
	} {
		if got := Harmless(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// FuzzCSV: whatever a visitor sends, the table reads back as one line of two cells, and no cell begins like a formula.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"", "=1", "\"\r\n", "a,b", "\xff\xfe", "\u200f@"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var out bytes.Buffer
		c := NewCSV(&out)
		if err := c.Row(text, 1); err != nil {
			t.Fatal(err)
		}
		if err := c.Flush(); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 1 || len(rows[0]) != 2 || rows[0][1] != "1" {
			t.Fatalf("%q reads back as %q, %v", text, rows, err)
		}
		if first := strings.TrimSpace(rows[0][0]); first != "" && strings.ContainsRune("=+-@", rune(first[0])) {
			t.Fatalf("%q begins like a formula: %q", text, rows[0][0])
		}
	})
}
