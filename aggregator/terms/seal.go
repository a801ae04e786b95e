package terms

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	keySize = 32
	// smallestFile and its doubles are the only sizes a snapshot has: the length of a phrase does not show in it.
	smallestFile = 64 << 10
)

// seal keeps the snapshot unreadable for whoever has only files: a copy of the tmpfs, a backup, pages swapped out. Its key is in the
// kernel's keyring of the user (keyrings(7)), which outlives this process but is no file. Where the kernel gives no keyring, as in
// most containers, the key is only in this process; a clean stop leaves it beside the snapshot for the next start to take away.
type seal struct {
	aead cipher.AEAD
	key  []byte
	dir  string
	ring bool // the keyring holds the key
}

func newSeal(dir string) (*seal, error) {
	s := &seal{dir: dir}
	key, left := s.leftBehind()
	if s.key, s.ring = ringKey(dir, key); !s.ring {
		if s.key = key; !left {
			s.key = make([]byte, keySize)
			_, _ = rand.Read(s.key) // never fails
		}
	}
	block, err := aes.NewCipher(s.key)
	if err != nil {
		return nil, err
	}
	s.aead, err = cipher.NewGCMWithRandomNonce(block)
	return s, err
}

func (s *seal) file() string { return filepath.Join(s.dir, "terms.key") }

// leftBehind takes the key away that a clean stop left.
func (s *seal) leftBehind() (key []byte, ok bool) {
	key, err := os.ReadFile(s.file())
	if err != nil || len(key) != keySize {
		return nil, false
	}
	return key, os.Remove(s.file()) == nil
}

// stop leaves the key for the next start, if nothing else keeps it.
func (s *seal) stop() error {
	if s.ring {
		return nil
	}
	return os.WriteFile(s.file(), s.key, 0o600)
}

// close seals a text, padded with spaces.
func (s *seal) close(text []byte) []byte {
	size := smallestFile
	for size < len(text) {
		size *= 2
	}
	padded := append(text, bytes.Repeat([]byte{' '}, size-len(text))...)
	return s.aead.Seal(nil, nil, padded, nil)
}

var errSealed = errors.New("it was sealed with another key")

func (s *seal) open(b []byte) ([]byte, error) {
	text, err := s.aead.Open(nil, nil, b, nil)
	if err != nil {
		return nil, errSealed
	}
	return bytes.TrimRight(text, " "), nil
}

// read returns the text of a sealed file; nil when there is no file.
func (s *seal) read(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the snapshot of search terms: %w", err)
	}
	return s.open(b)
}
