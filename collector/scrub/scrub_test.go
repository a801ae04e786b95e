package scrub

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// vectors reads a file of testdata into a slice.
func vectors[T any](t testing.TB, file string) (out []T) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&out); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(out) == 0 {
		t.Fatalf("%s is empty", file)
	}
	return out
}

type textVector struct{ In, Out, Why string }

func TestText(t *testing.T) {
	for _, v := range vectors[textVector](t, "text.json") {
		if got := string(Text(nil, []byte(v.In))); got != v.Out {
			t.Errorf("%q: %q, want %q (%s)", v.In, got, v.Out, v.Why)
		}
	}
	if got := string(Text([]byte("kept "), []byte("a\xffb 1\xff2"))); got != "kept a\ufffdb 1\ufffd2" {
		t.Errorf("invalid UTF-8: %q", got)
	}
}

func TestValue(t *testing.T) {
	for _, v := range vectors[textVector](t, "value.json") {
		if got := string(Value([]byte("kept "), []byte(v.In))); got != "kept "+v.Out {
			t.Errorf("%q: %q, want %q (%s)", v.In, got, v.Out, v.Why)
		}
	}
}

type pathVector struct {
	In, Out, Why string
	IDs, Hash    bool
}

func TestPath(t *testing.T) {
	for _, v := range vectors[pathVector](t, "path.json") {
		got := string(Path([]byte("kept "), []byte(v.In), Rules{IDs: v.IDs, Hash: v.Hash}))
		if got != "kept "+v.Out {
			t.Errorf("%.60q: %.80q, want %.80q (%s)", v.In, got, v.Out, v.Why)
		}
	}
	if got := string(Path(nil, []byte("/a\xff\xc3b"), Rules{})); got != "/a%FF%C3b" {
		t.Errorf("invalid UTF-8: %q", got)
	}
}

type queryVector struct {
	In  string
	Out struct{ Source, Medium, Campaign, Content, Term, Click string }
}

func TestQuery(t *testing.T) {
	var q Query
	for _, v := range vectors[queryVector](t, "query.json") {
		q.Parse([]byte(v.In))
		got := v
		got.Out.Source, got.Out.Medium, got.Out.Campaign = string(q.Source), string(q.Medium), string(q.Campaign)
		got.Out.Content, got.Out.Term, got.Out.Click = string(q.Content), string(q.Term), q.Click
		if got != v {
			t.Errorf("%.60q: %.90q, want %.90q", v.In, got.Out, v.Out)
		}
	}
}

// The values must survive the request's buffer, and each other.
func TestQueryCopies(t *testing.T) {
	var q Query
	raw := []byte("utm_source=" + strings.Repeat("s", 200) + "&utm_medium=" + strings.Repeat("m", 200) + "&utm_term=" + strings.Repeat("t", 200))
	q.Parse(raw)
	clear(raw)
	for c, got := range map[string][]byte{"s": q.Source, "m": q.Medium, "t": q.Term} {
		if string(got) != strings.Repeat(c, 200) {
			t.Errorf("%s: %q", c, got)
		}
	}
}

type referrerVector struct {
	In, Out, Why string
	Path         bool
}

func TestReferrer(t *testing.T) {
	for _, v := range vectors[referrerVector](t, "referrer.json") {
		if got := string(Referrer([]byte("kept "), []byte(v.In), v.Path)); got != "kept "+v.Out {
			t.Errorf("%.60q: %.60q, want %.60q (%s)", v.In, got, v.Out, v.Why)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	dst := make([]byte, 0, 4096)
	path, text := []byte("/nytt/s%C3%B8k/12345678/ola@example.no"), []byte("ring 22 85 50 50 eller ola@example.no fra 192.0.2.1")
	query, ref := []byte("utm_source=newsletter&utm_medium=email&utm_campaign=v%C3%A5r&gclid=x"), []byte("https://www.example.com/a/b?q=1")
	var q Query
	q.Parse(query)
	for name, f := range map[string]func(){
		"Path":     func() { dst = Path(dst[:0], path, Rules{IDs: true}) },
		"Text":     func() { dst = Text(dst[:0], text) },
		"Value":    func() { dst = Value(dst[:0], ref) },
		"Query":    func() { q.Parse(query) },
		"Referrer": func() { dst = Referrer(dst[:0], ref, true) },
	} {
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// What must never come out, written independently of the code.
var (
	email   = regexp.MustCompile(`[A-Za-z0-9._%+-]+(@|%40)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}`)
	number  = regexp.MustCompile(`[0-9]([-. /(),_+*]{0,3}[0-9]){6,}`)
	address = regexp.MustCompile(`\b(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}\b`)
	book    = regexp.MustCompile(`9[- ]{0,3}7[- ]{0,3}[89]([- ]{0,3}[0-9]){10}`)
	version = regexp.MustCompile(`[0-9]{1,5}(\.[0-9]{1,5}){2,3}`)
	date    = regexp.MustCompile(`(19|20)[0-9][0-9]([-._])[01][0-9][-._][0-3][0-9]`)
)

func checkText(t *testing.T, in, out string) {
	t.Helper()
	if m := email.FindString(out); m != "" {
		t.Errorf("%q → %q: the address %q came through", in, out, m)
	}
	if m := number.FindString(withoutHarmless(out)); m != "" {
		t.Errorf("%q → %q: the number %q came through", in, out, m)
	}
	if m := address.FindString(out); m != "" && !book.MatchString(out) {
		t.Errorf("%q → %q: the address %q came through", in, out, m)
	}
	if !utf8.ValidString(out) || strings.ContainsAny(out, "\x00\n\r\t") {
		t.Errorf("%q → %q: not clean", in, out)
	}
}

// withoutHarmless takes out of a text what may look like a long number: ISBNs, dates and versions.
func withoutHarmless(out string) string {
	out = book.ReplaceAllString(out, "x")
	out = date.ReplaceAllString(out, "x")
	return version.ReplaceAllStringFunc(out, func(v string) string {
		for _, part := range strings.Split(v, ".")[1:] {
			if len(part) == 1 {
				return "x"
			}
		}
		return v
	})
}

func FuzzText(f *testing.F) {
	for _, v := range vectors[textVector](f, "text.json") {
		f.Add(v.In)
	}
	for _, s := range []string{"a@b.co@c.de", "1@2.aa3", "1.2.3.4.5.6", "1:2::3::4", "9780306406157@x.yy", "a%40%40b.cc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := string(Text(nil, []byte(in)))
		checkText(t, in, out)
		if again := string(Text(nil, []byte(out))); again != out {
			t.Errorf("%q → %q → %q: not idempotent", in, out, again)
		}
	})
}

// webQuery is what Value must not let through.
var webQuery = regexp.MustCompile(`(?i)https?://[^ \t\r\n"<>]*[?#]`)

func FuzzValue(f *testing.F) {
	for _, v := range vectors[textVector](f, "value.json") {
		f.Add(v.In)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := string(Value(nil, []byte(in)))
		if m := webQuery.FindString(out); m != "" {
			t.Errorf("%q → %q: the query of %q came through", in, out, m)
		}
		checkText(t, in, out)
	})
}

func FuzzPath(f *testing.F) {
	for _, v := range vectors[pathVector](f, "path.json") {
		f.Add(v.In, v.IDs, v.Hash)
	}
	f.Fuzz(func(t *testing.T, in string, ids, hash bool) {
		r := Rules{IDs: ids, Hash: hash}
		out := string(Path(nil, []byte(in), r))
		switch {
		case len(out) == 0 || out[0] != '/', len(out) > MaxPath, !utf8.ValidString(out), strings.ContainsAny(out, "?\x00 "), !hash && strings.Contains(out, "#"):
			t.Errorf("%q → %q", in, out)
		}
		if again := string(Path(nil, []byte(out), r)); again != out {
			t.Errorf("%q → %q → %q: not idempotent", in, out, again)
		}
		for segment := range strings.FieldsFuncSeq(out, func(r rune) bool { return r == '/' || r == '#' }) {
			if m := email.FindString(segment); m != "" {
				t.Errorf("%q → %q: the address %q came through", in, out, m)
			}
			if m := number.FindString(date.ReplaceAllString(book.ReplaceAllString(segment, "x"), "x")); m != "" && ids {
				t.Errorf("%q → %q: the number %q came through", in, out, m)
			}
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, v := range vectors[queryVector](f, "query.json") {
		f.Add(v.In)
	}
	var q Query
	f.Fuzz(func(t *testing.T, in string) {
		q.Parse([]byte(in))
		for _, value := range [][]byte{q.Source, q.Medium, q.Campaign, q.Content, q.Term} {
			if len(value) > MaxValue {
				t.Errorf("%q: %d bytes", in, len(value))
			}
			checkText(t, in, string(value))
		}
	})
}

func FuzzReferrer(f *testing.F) {
	for _, v := range vectors[referrerVector](f, "referrer.json") {
		f.Add(v.In, v.Path)
	}
	f.Fuzz(func(t *testing.T, in string, path bool) {
		out := string(Referrer(nil, []byte(in), path))
		if strings.ContainsAny(out, "?# \x00") || len(out) > maxHost+MaxPath || !utf8.ValidString(out) {
			t.Errorf("%q → %q", in, out)
		}
		host, _, _ := strings.Cut(out, "/")
		if address.MatchString(host) || strings.ContainsAny(host, "@:") {
			t.Errorf("%q → %q", in, out)
		}
	})
}

func BenchmarkPath(b *testing.B) {
	benchmark(b, "/nyheter/2026/05/17/parade-i-byen", func(dst, s []byte) []byte { return Path(dst, s, Rules{IDs: true}) })
}

func BenchmarkText(b *testing.B)   { benchmark(b, "Påmelding til sommerskolen i Bergen", Text) }
func BenchmarkTextID(b *testing.B) { benchmark(b, "ring 22 85 50 50 eller ola@example.no", Text) }

func BenchmarkReferrer(b *testing.B) {
	benchmark(b, "https://www.example.com/a/b?q=1", func(dst, s []byte) []byte { return Referrer(dst, s, false) })
}

func BenchmarkQuery(b *testing.B) {
	var q Query
	benchmark(b, "utm_source=newsletter&utm_medium=email&utm_campaign=v%C3%A5r&fbclid=IwAR0abc", func(dst, s []byte) []byte { q.Parse(s); return dst })
}

// BenchmarkHostile holds the time linear: 16 KiB of each must take some
// hundred microseconds at most.
func BenchmarkHostile(b *testing.B) {
	for name, unit := range map[string]string{"at": "a@", "escaped": "a%40", "groups": "a:", "colons": ":", "ends": "a:a:a:a:a:g", "long groups": "aaaaa:", "digits": "12 a ", "number": "1 ", "double": "a::"} {
		b.Run(name, func(b *testing.B) {
			benchmark(b, strings.Repeat(unit, 16384/len(unit)), func(dst, s []byte) []byte { return Path(Text(dst, s), s, Rules{IDs: true}) })
		})
	}
}

// BenchmarkLinear shows it: four times the bytes take four times as long, whatever they are.
func BenchmarkLinear(b *testing.B) {
	for name, unit := range map[string]string{"colons": ":", "groups": "a:", "ends": "a:a:a:a:a:g", "dates": "2026-05-17 ", "versions": "1.2.3 ", "at": "a@", "web": "http://a?"} {
		for _, size := range []int{1 << 10, 4 << 10, 16 << 10} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.SetBytes(int64(size))
				benchmark(b, strings.Repeat(unit, size/len(unit)), Value)
			})
		}
	}
}

func benchmark(b *testing.B, in string, f func(dst, s []byte) []byte) {
	s, dst := []byte(in), make([]byte, 0, 1<<17)
	b.ReportAllocs()
	for b.Loop() {
		f(dst, s)
	}
}
