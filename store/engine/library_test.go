package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sporlos/store/engine"
)

func TestFindLibrary(t *testing.T) {
	path, err := engine.FindLibrary("")
	if err != nil || !filepath.IsAbs(path) || filepath.Base(path) != "libchdb.so" {
		t.Errorf("FindLibrary from within the repository: %q, %v", path, err)
	}
	relative, err := filepath.Rel(mustGetwd(t), path)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := engine.FindLibrary(relative); err != nil || again != path {
		t.Errorf("FindLibrary(%q) = %q, %v", relative, again, err)
	}
}

func mustGetwd(t *testing.T) string {
	t.Helper()
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return wd
}

func TestFindLibraryRefuses(t *testing.T) {
	text := filepath.Join(t.TempDir(), "libchdb.so")
	if err := os.WriteFile(text, []byte("not an ELF file"), 0o600); err != nil {
		t.Fatal(err)
	}
	const hint = "npm install @chdb/lib-linux-"
	for path, want := range map[string]string{
		"/does/not/exist": "no such file",
		text:              "damaged or not a library",
		t.TempDir():       "damaged or not a library",
	} {
		if _, err := engine.FindLibrary(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), hint) {
			t.Errorf("FindLibrary(%q): %v; want %q and the command", path, err, want)
		}
	}
	t.Chdir(t.TempDir())
	if _, err := engine.FindLibrary(""); err == nil || !strings.Contains(err.Error(), "cannot find libchdb.so") || !strings.Contains(err.Error(), hint) {
		t.Errorf("FindLibrary where there is none: %v", err)
	}
}
