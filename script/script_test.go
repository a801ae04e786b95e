package script

import (
	"bytes"
	"compress/gzip"
	"io"
	"regexp"
	"testing"

	"github.com/andybalholm/brotli"
)

// The size a browser downloads, bytes after brotli at quality 11. A visitor pays for every byte; raise these only with
// a reason that is worth it to them.
const (
	coreBudget       = 1000
	everythingBudget = 1500
)

func TestSizeBudget(t *testing.T) {
	for _, tc := range []struct {
		name   string
		script []byte
		budget int
	}{
		{"w.core.js", Core(), coreBudget},
		{"w.js", Minified(), everythingBudget},
	} {
		size := len(compressBrotli(tc.script))
		t.Logf("%s: %d bytes minified, %d brotli, budget %d", tc.name, len(tc.script), size, tc.budget)
		if size > tc.budget {
			t.Errorf("%s is %d bytes after brotli, budget %d: run `node script/build.mjs` and see what grew", tc.name, size, tc.budget)
		}
	}
}

func TestCompressedIsTheScript(t *testing.T) {
	for name, f := range Files() {
		gz, err := gzip.NewReader(bytes.NewReader(f.Gzip))
		if err != nil {
			t.Fatal(err)
		}
		for encoding, r := range map[string]io.Reader{"brotli": brotli.NewReader(bytes.NewReader(f.Brotli)), "gzip": gz} {
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, f.Body) {
				t.Errorf("%s, %s: %d bytes that differ from the script (%v)", name, encoding, len(got), err)
			}
		}
		if len(f.Brotli) >= len(f.Gzip) || len(f.Gzip) >= len(f.Body) {
			t.Errorf("%s: brotli %d, gzip %d, plain %d bytes: compression does not pay", name, len(f.Brotli), len(f.Gzip), len(f.Body))
		}
	}
	if len(Files()) != 4 || !bytes.Equal(Files()["w.js"].Body, Minified()) {
		t.Error("w.js is not served as it is")
	}
}

func TestETagNeedsNoEscaping(t *testing.T) {
	tags := map[string]bool{}
	for name, f := range Files() {
		if tags[f.ETag] = true; !regexp.MustCompile(`^[A-Za-z0-9_-]{16}$`).MatchString(f.ETag) {
			t.Errorf("%s: ETag %q, want 16 characters that may stand between quotes and in an address", name, f.ETag)
		}
	}
	if len(tags) != len(Files()) {
		t.Error("two scripts share a tag")
	}
}

// A page may be served in any encoding, and the header of the script may be lost behind a proxy.
func TestScriptsAreASCII(t *testing.T) {
	for name, script := range map[string][]byte{"w.js": Minified(), "w.core.js": Core()} {
		if at := bytes.IndexFunc(script, func(r rune) bool { return r > 126 }); at >= 0 {
			t.Errorf("%s: byte %d is not ASCII", name, at)
		}
	}
}

// What the script must never touch, whatever a later change brings. Of cookies it may ask one thing: whether the visitor's no is there.
func TestScriptsNeitherStoreNorIdentify(t *testing.T) {
	asked := regexp.MustCompile(`/sporlos=no/\.test\(document\.cookie\)`)
	forbidden := regexp.MustCompile(`cookie|[sS]torage|indexedDB|caches|userAgent|screen\.|\.language|\.title|canvas|webdriver|Intl\.`)
	for name, script := range map[string][]byte{"w.js": Minified(), "w.core.js": Core(), "w.readable.js": Readable()} {
		if n := len(asked.FindAll(script, -1)); n != 1 {
			t.Errorf("%s asks %d times whether the visitor said no, want once", name, n)
		}
		if found := forbidden.Find(asked.ReplaceAll(script, nil)); found != nil {
			t.Errorf("%s mentions %q", name, found)
		}
	}
}
