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
	gz, err := gzip.NewReader(bytes.NewReader(Gzip()))
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]io.Reader{"brotli": brotli.NewReader(bytes.NewReader(Brotli())), "gzip": gz} {
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, Minified()) {
			t.Errorf("%s: %d bytes that differ from the script (%v)", name, len(got), err)
		}
	}
	if len(Brotli()) >= len(Gzip()) || len(Gzip()) >= len(Minified()) {
		t.Errorf("brotli %d, gzip %d, plain %d bytes: compression does not pay", len(Brotli()), len(Gzip()), len(Minified()))
	}
}

func TestETagNeedsNoEscaping(t *testing.T) {
	if tag := ETag(); !regexp.MustCompile(`^[A-Za-z0-9_-]{16}$`).MatchString(tag) {
		t.Errorf("ETag() = %q, want 16 characters that may stand between quotes", tag)
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
