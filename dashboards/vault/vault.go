// Package vault keeps what the server must be able to read but a copy of the database must not tell: secrets of second factors. They are
// sealed with AES-256-GCM under a key that lies in a file of its own, mode 0600, in the data directory, and never in ClickHouse.
//
// Without the file nothing sealed can be opened again: it belongs into a backup, apart from the database's.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const keySize = 32 // bytes: AES-256

// ErrDamaged is what opening answers when something was not sealed here, for that purpose, or was changed since.
var ErrDamaged = errors.New("it was not sealed under this key, or has been changed")

// Vault seals and opens. It is safe for concurrent use.
type Vault struct{ aead cipher.AEAD }

// Open returns the vault whose key is in the file, which is made with a new key when it is not there.
func Open(path string) (*Vault, error) {
	key, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if err := create(path); err != nil {
			return nil, err
		}
		key, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the key of second factors: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cannot look at the key of second factors: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the key of second factors is open to others: run chmod 600 %s", path)
	}
	return New(key)
}

// create makes the file at once and whole: of several processes that try, one's key is everybody's.
func create(path string) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("cannot make the key of second factors: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails: crypto/rand aborts the program instead
	_, err = file.Write(key)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("cannot write the key of second factors: %w", err)
	}
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("cannot put the key of second factors in its place: %w", err)
	}
	return nil
}

// New returns the vault of a key of 32 bytes.
func New(key []byte) (*Vault, error) {
	if len(key) != keySize {
		return nil, fmt.Errorf("the key of second factors has %d bytes, not %d: put it back from a backup, or remove it and reset every second factor", len(key), keySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &Vault{aead}, err
}

// Seal returns the secret sealed, as base64. It opens again only for the same purpose.
func (v *Vault) Seal(purpose string, secret []byte) string {
	nonce := make([]byte, v.aead.NonceSize())
	_, _ = rand.Read(nonce)
	return base64.StdEncoding.EncodeToString(v.aead.Seal(nonce, nonce, secret, []byte(purpose)))
}

// Open returns what was sealed for a purpose, or ErrDamaged.
func (v *Vault) Open(purpose, sealed string) ([]byte, error) {
	box, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(box) < v.aead.NonceSize() {
		return nil, ErrDamaged
	}
	secret, err := v.aead.Open(nil, box[:v.aead.NonceSize()], box[v.aead.NonceSize():], []byte(purpose))
	if err != nil {
		return nil, ErrDamaged
	}
	return secret, nil
}
