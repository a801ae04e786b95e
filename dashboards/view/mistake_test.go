package view

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryMistakeHasASentence reads the code for keys: each has a sentence that takes its arguments, and no sentence is left over.
func TestEveryMistakeHasASentence(t *testing.T) {
	files, err := filepath.Glob("../*.go")
	own, ownErr := filepath.Glob("*.go")
	if err != nil || ownErr != nil {
		t.Fatal(err, ownErr)
	}
	left := Mistakes()
	used := regexp.MustCompile(`(?:\bmistake\(|view\.Mistake\{Key: )"([a-z.]+)"((?:, [^,\n]+)*)`)
	for _, file := range append(files, own...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range used.FindAllStringSubmatch(string(text), -1) {
			sentence, known := Mistakes()[m[1]]
			if args := strings.Count(m[2], ", "); !known || args != strings.Count(sentence, "%") {
				t.Errorf("%s: %s has the sentence %q and %d arguments", file, m[1], sentence, args)
			}
			delete(left, m[1])
		}
	}
	for key := range left {
		t.Errorf("nothing is %s", key)
	}
}
