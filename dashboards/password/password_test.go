package password

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestHashAndVerify(t *testing.T) {
	h, ctx := New(1, 1), context.Background()
	stored, err := h.Hash(ctx, "snow on the fjord")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(stored, "snow") {
		t.Errorf("stored as %s", stored)
	}
	for password, want := range map[string]bool{"snow on the fjord": true, "snow on the fjorD": false, "": false, strings.Repeat("x", 600): false} {
		if ok, err := h.Verify(ctx, stored, password); ok != want || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	again, err := h.Hash(ctx, "snow on the fjord")
	if err != nil || again == stored {
		t.Errorf("the same salt twice, or %v", err)
	}
}

func TestLongPasswordIsNotCutSilently(t *testing.T) {
	h, ctx := New(1, 1), context.Background()
	stored, err := h.Hash(ctx, strings.Repeat("x", MaxBytes))
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := h.Verify(ctx, stored, strings.Repeat("x", MaxBytes+1)); ok {
		t.Error("a longer password was taken for its first bytes")
	}
}

func TestNoPasswordIsNeverRight(t *testing.T) {
	h := New(1, 1)
	for _, password := range []string{"", "anything at all"} {
		if ok, err := h.Verify(context.Background(), "", password); ok || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
}

func TestCheck(t *testing.T) {
	for password, want := range map[string]error{
		"123456789": ErrShort, "øøøøøøøøø": ErrShort, "øøøøøøøøøø": nil, strings.Repeat("a", MaxBytes): nil, strings.Repeat("a", MaxBytes+1): ErrLong,
	} {
		if err := Check(password); !errors.Is(err, want) {
			t.Errorf("%q: %v", password, err)
		}
	}
	if _, err := New(1, 0).Hash(context.Background(), "short"); !errors.Is(err, ErrShort) {
		t.Errorf("a short password was hashed: %v", err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	h := New(1, 1)
	h.running <- struct{}{} // one is running
	ctx, cancel := context.WithCancel(context.Background())
	waited := make(chan error)
	h.waiting <- struct{}{} // it holds a place too
	go func() {
		_, err := h.Verify(ctx, "", "second")
		waited <- err
	}()
	for len(h.waiting) < 2 {
	}
	if _, err := h.Verify(context.Background(), "", "third"); !errors.Is(err, ErrBusy) {
		t.Errorf("the third caller got %v", err)
	}
	cancel()
	if err := <-waited; !errors.Is(err, context.Canceled) {
		t.Errorf("the second caller got %v", err)
	}
}

func TestDamagedHashIsRefused(t *testing.T) {
	good, err := New(1, 0).Hash(context.Background(), "snow on the fjord")
	if err != nil {
		t.Fatal(err)
	}
	for _, stored := range []string{
		"x", "$$$$$", "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5a2V5",
		strings.Replace(good, "v=19", "v=16", 1), strings.Replace(good, "m=19456", "m=4194304", 1),
		strings.Replace(good, "t=2", "t=0", 1), strings.Replace(good, "t=2", "t=200", 1), strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "m=", "", 1),
		good[:len(good)-40], good + "!",
	} {
		if ok, err := New(1, 0).Verify(context.Background(), stored, "snow on the fjord"); ok || err == nil {
			t.Errorf("%s was read", stored)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5a2V5")
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Fuzz(func(t *testing.T, stored string) {
		if p, err := decode(stored); err == nil && (p.memory > maxMemory || p.passes > maxPasses || len(p.key) == 0) {
			t.Errorf("%+v is out of bounds", p)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	h := New(1, 0)
	for b.Loop() {
		if _, err := h.Hash(context.Background(), "snow on the fjord"); err != nil {
			b.Fatal(err)
		}
	}
}
