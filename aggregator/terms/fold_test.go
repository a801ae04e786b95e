package terms

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":                        {"Barnehage", "barnehage"},
		"spaces":                       {"  ledig\t barnehage\u00a0\r\nplass ", "ledig barnehage plass"},
		"norwegian":                    {"ÆRFUGL PÅ ØYA", "ærfugl på øya"},
		"norwegian, decomposed":        {"A\u030arsrapport", "årsrapport"},
		"sami":                         {"ČÁHCI ŊUORRA ŦŠŽĐ", "čáhci ŋuorra ŧšžđ"},
		"german":                       {"Straße GRÜNFLÄCHE ẞ", "straße grünfläche ß"},
		"german, decomposed":           {"U\u0308bersicht", "übersicht"},
		"turkish dotted":               {"İstanbul", "istanbul"},
		"turkish dotted, decomposed":   {"I\u0307stanbul", "istanbul"},
		"turkish dotless":              {"Diyarbakır ISPARTA", "diyarbakır isparta"},
		"greek":                        {"ΟΔΟΣ", "οδοσ"},
		"two marks in the other order": {"q\u0307\u0323", "q\u0323\u0307"},
		"kelvin sign":                  {"300 K", "300 k"},
		"persian keeps its joiner":     {"می\u200cخواهم", "می\u200cخواهم"},
		"emoji keeps its joiner":       {"👩\u200d👧", "👩\u200d👧"},
		"invisible":                    {"pass\u200bord\u00ad\ufeff", "passord"},
		"bidi override":                {"\u202egnp.exe\u202c", "gnp.exe"},
		"control":                      {"a\x00b\x1b[31mc\u0085d", "ab[31mc d"},
		"not UTF-8":                    {"caf\xe9 \xff", "caf"},
		"end punctuation":              {"what is this ?!…", "what is this"},
		"languages keep their name":    {"C++ and c#", "c++ and c#"},
		"quotes stay":                  {`"exact words"`, `"exact words"`},
		"nothing":                      {" \t. ", ""},

		"mail":                   {"hvem er Kari.Nordmann+x@Example.no?", "hvem er [e-mail]"},
		"mail alone":             {"kari@example.no", "[e-mail]"},
		"mail without a dot":     {"kari@localhost", "[e-mail]"},
		"mail in brackets":       {"<kari@example.no>", "[e-mail]"},
		"mail, percent":          {"kari%40example.no barnehage", "[e-mail] barnehage"},
		"mail, percent twice":    {"kari%2540example.no", "[e-mail]"},
		"mail, fullwidth":        {"kari＠example.no", "[e-mail]"},
		"mail, spaced out":       {"kari @ example.no", "[e-mail]"},
		"mail, cut off":          {"kari@", "[e-mail]"},
		"two mails":              {"a@b.no;c@d.no og e@f.no", "[e-mail] og [e-mail]"},
		"handle is left":         {"@oslokommune", "@oslokommune"},
		"at a place is left":     {"meet @ noon", "meet @ noon"},
		"percent is left":        {"100 % 40", "100 % 40"},
		"mail with hidden signs": {"ka\u200bri@exam\u00adple.no", "[e-mail]"},

		"six digits":                  {"postkode 123456", "postkode 123456"},
		"seven digits":                {"sak 1234567", "sak [number]"},
		"norwegian identity number":   {"01019012345 skatt", "[number] skatt"},
		"identity number in two":      {"010190 12345", "[number]"},
		"phone":                       {"ring +47 22 33 44 55 nå", "ring +[number] nå"},
		"phone with brackets":         {"(030) 9018-20", "([number]"},
		"card":                        {"4111-1111-1111-1111", "[number]"},
		"iban":                        {"NO93 8601 1117 947", "no[number]"},
		"digits around a word":        {"1234 til 5678", "1234 til 5678"},
		"separators of all sorts":     {"1/2.3,4_5|6~7", "[number]"},
		"arabic digits":               {"٠١٢٣٤٥٦٧", "[number]"},
		"fullwidth digits":            {"１２３４５６７", "[number]"},
		"superscripts":                {"¹²³⁴⁵⁶⁷", "[number]"},
		"hidden between digits":       {"123\u200b4567", "[number]"},
		"joiner between digits":       {"123\u200d4567", "[number]"},
		"combining marks on digits":   {"1\u03012345\u030167", "[number]"},
		"years, by the letter of law": {"budsjett 2019-2020", "budsjett [number]"},
		"isbn":                        {"ISBN 978-3-16-148410-0", "isbn 978-3-16-148410-0"},
		"isbn in one":                 {"9783161484100", "9783161484100"},
		"isbn with spaces":            {"979 10 90636 07 1 bok", "979 10 90636 07 1 bok"},
		"isbn with a wrong digit":     {"978-3-16-148410-1", "[number]"},
		"isbn with more":              {"978-3-16-148410-0 12", "[number]"},
		"isbn with other separators":  {"978.3.16.148410.0", "[number]"},
		"thirteen digits, no isbn":    {"1234567890128", "[number]"},
	} {
		if got := Fold(c.in); got != c.want {
			t.Errorf("%s: Fold(%q) is %q, want %q", name, c.in, got, c.want)
		}
	}
}

func TestFoldCuts(t *testing.T) {
	if got := Fold(strings.Repeat("å", 300)); got != strings.Repeat("å", 100) {
		t.Errorf("%d runes are left", utf8.RuneCountInString(got))
	}
	// A book's number that is cut is a number, and a cut falls into neither marker nor punctuation unseen.
	for n := 80; n < 110; n++ {
		for _, tail := range []string{"978-3-16-148410-0", "1234567", "kari@example.no", "... !"} {
			check(t, strings.Repeat("a", n)+" "+tail)
		}
	}
}

// check holds what Fold promises of any text.
func check(t *testing.T, text string) {
	t.Helper()
	got := Fold(text)
	if !utf8.ValidString(got) || utf8.RuneCountInString(got) > longestPhrase {
		t.Errorf("Fold(%q) is not valid or too long: %q", text, got)
	}
	if again := Fold(got); again != got {
		t.Errorf("Fold(%q) is %q, folded again %q", text, got, again)
	}
	if got != strings.TrimSpace(got) || strings.Contains(got, "  ") {
		t.Errorf("Fold(%q) has spaces to spare: %q", text, got)
	}
	if n := longestNumber(got); n >= 7 && n != 13 {
		t.Errorf("Fold(%q) keeps a number of %d digits: %q", text, n, got)
	}
	for left, right, found := strings.Cut(got, "@"); found; left, right, found = strings.Cut(right, "@") {
		before, _ := utf8.DecodeLastRuneInString(left)
		after, _ := utf8.DecodeRuneInString(right)
		if unicode.IsLetter(before) && unicode.IsLetter(after) {
			t.Errorf("Fold(%q) keeps an address: %q", text, got)
		}
	}
	for _, r := range got {
		if unicode.IsControl(r) {
			t.Errorf("Fold(%q) keeps the control character %U", text, r)
		}
	}
}

// longestNumber counts, independently of the code it checks, the digits that only non-letters divide. Thirteen may be a book.
func longestNumber(s string) (longest int) {
	for part := range strings.FieldsFuncSeq(s, unicode.IsLetter) {
		n := 0
		for _, r := range part {
			if unicode.IsNumber(r) {
				n++
			}
		}
		longest = max(longest, n)
	}
	return longest
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{
		"", "Barnehage", "kari@example.no", "kari%40example.no", "01019012345", "978-3-16-148410-0", "İ\u0307", "ǅ\u0323\u0307", "\xff\xfe",
		"1\u200b234567", "a @ b.no", "@@", "%40%40", "x%25", "①②③④⑤⑥⑦", "[number]1234567", strings.Repeat("9783161484100 ", 9), "\u1e9b\u0323", "ﷺ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { check(t, text) })
}

func BenchmarkFold(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Fold("Ledig plass i Barnehage på Grünerløkka 2026")
	}
}
