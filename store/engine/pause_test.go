package engine

import (
	"testing"
	"time"
)

func TestPause(t *testing.T) {
	for failures, want := range map[int]time.Duration{
		1: 100 * time.Millisecond, 2: 200 * time.Millisecond, 3: 400 * time.Millisecond,
		7: 6400 * time.Millisecond, 8: 10 * time.Second, 1000: 10 * time.Second,
	} {
		if got := pause(failures); got != want {
			t.Errorf("pause after %d failures is %v, want %v", failures, got, want)
		}
	}
}

func TestMask(t *testing.T) {
	for line, want := range map[string]string{
		"plain":                      "plain",
		"Cannot parse 'secret' more": "Cannot parse …",
		"'secret'":                   "…",
		"Can't read \"secret\"":      "Can…",
	} {
		if got := mask(line); got != want {
			t.Errorf("mask(%q) = %q, want %q", line, got, want)
		}
	}
}
