package settings_test

import (
	"reflect"
	"strings"
	"testing"

	"sporlos/store/settings"
)

func TestDetailsAreReadAsTheyWereWritten(t *testing.T) {
	list := []settings.Said{settings.Detail("changed", "preset", "", `"cnil"`), settings.Detail("text", "“Æ” → [[\"x\"]]"), settings.Detail("second.on")}
	got, ok := settings.Change{Detail: settings.Details(list...)}.Said()
	if !ok || !reflect.DeepEqual(got, list) {
		t.Errorf("%v, %v", got, ok)
	}
	if settings.Details() != "" {
		t.Errorf("nothing is %q", settings.Details())
	}
	for _, old := range []string{"", "min_searches: none → 3", "[[", `[["text"]]`, `[["text","a","b"]]`, `[["unknown","a"]]`, `[[]]`, `["text","a"]`} {
		if list, ok := (settings.Change{Detail: old}).Said(); ok {
			t.Errorf("%q says %v", old, list)
		}
	}
}

// TestLongDetailsAreCutShort so that they fit into the log and can still be read.
func TestLongDetailsAreCutShort(t *testing.T) {
	long := settings.Detail("changed", "hosts", strings.Repeat("æ", 5000), strings.Repeat(`"`, 5000))
	text := settings.Details(long, long, long)
	list, ok := settings.Change{Detail: text}.Said()
	if len(text) > 2000 || !ok || len(list) != 3 || list[2][1] != "hosts" || !strings.HasSuffix(list[0][2], "æ …") {
		t.Errorf("%d bytes: %v", len(text), ok)
	}
}
