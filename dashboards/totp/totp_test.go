package totp

import (
	"testing"
	"time"
)

// TestVectors: RFC 6238 appendix B, SHA-1. The RFC shows eight digits; six are their end.
func TestVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for second, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := Code(secret, Step(time.Unix(second, 0))); got != want[2:] {
			t.Errorf("at %d: %s, want %s", second, got, want[2:])
		}
	}
	if got := Text(secret); got != "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" {
		t.Error(got)
	}
}

func TestMatch(t *testing.T) {
	secret := []byte("12345678901234567890")
	at := time.Unix(1111111111, 0) // step 37037037, code 050471; the step before it has 081804
	for _, c := range []struct {
		code  string
		now   time.Time
		after int64
		want  int64
	}{
		{"050471", at, 0, 37037037}, {" 050 471 ", at, 0, 37037037}, {"081804", at, 0, 37037036},
		{"050471", at.Add(-30 * time.Second), 0, 37037037}, {"050471", at.Add(30 * time.Second), 0, 37037037}, // clocks a step apart
		{"050471", at.Add(-61 * time.Second), 0, 0}, {"050471", at.Add(60 * time.Second), 0, 0}, // two
		{"050471", at, 37037036, 37037037}, {"050471", at, 37037037, 0}, {"081804", at, 37037037, 0}, // used, or older than what was
		{"", at, 0, 0}, {"50471", at, 0, 0}, {"0050471", at, 0, 0}, {"050472", at, 0, 0},
	} {
		if step, ok := Match(secret, c.code, c.now, c.after); step != c.want || ok != (c.want != 0) {
			t.Errorf("%q at %d after %d: %d, want %d", c.code, c.now.Unix(), c.after, step, c.want)
		}
	}
}

func TestURI(t *testing.T) {
	want := "otpauth://totp/Sporl%C3%B8s:kari@example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Sporl%C3%B8s&algorithm=SHA1&digits=6&period=30"
	if got := URI("Sporløs", "kari@example.org", []byte("12345678901234567890")); got != want {
		t.Error(got)
	}
	if a, b := NewSecret(), NewSecret(); len(a) != 20 || string(a) == string(b) {
		t.Error("secrets are short or the same")
	}
}
