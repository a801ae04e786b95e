package vault

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestWhatIsSealedOpensHereOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "second-factor.key")
	v, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	secret := []byte("twenty bytes of secret")
	sealed := v.Seal("kari", secret)
	again, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open("kari", sealed); err != nil || !bytes.Equal(got, secret) {
		t.Errorf("%q %v", got, err)
	}
	if sealed == v.Seal("kari", secret) {
		t.Error("sealed twice, it is the same")
	}
	other, err := New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(sealed)
	flipped[20] ^= 1
	for name, try := range map[string]func() ([]byte, error){
		"another purpose": func() ([]byte, error) { return v.Open("ola", sealed) },
		"another key":     func() ([]byte, error) { return other.Open("kari", sealed) },
		"changed":         func() ([]byte, error) { return v.Open("kari", string(flipped)) },
		"cut":             func() ([]byte, error) { return v.Open("kari", sealed[:8]) },
		"nothing":         func() ([]byte, error) { return v.Open("kari", "") },
		"no base64":       func() ([]byte, error) { return v.Open("kari", "?") },
	} {
		if got, err := try(); !errors.Is(err, ErrDamaged) || got != nil {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
}

func TestTheKeyIsPrivateAndOne(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "second-factor.key")
	var wg sync.WaitGroup
	vaults := make([]*Vault, 8)
	for i := range vaults {
		wg.Go(func() {
			var err error
			if vaults[i], err = Open(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	for _, v := range vaults {
		if got, err := v.Open("x", vaults[0].Seal("x", []byte("y"))); err != nil || string(got) != "y" {
			t.Errorf("of eight that opened at once, one has another key: %v", err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 32 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".key-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others can read: %v", err)
	}
	short := filepath.Join(dir, "short")
	if err := os.WriteFile(short, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(short); err == nil || !strings.Contains(err.Error(), "has 5 bytes") {
		t.Errorf("a damaged key: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "nowhere", "key")); err == nil {
		t.Error("a directory that is not there")
	}
}
