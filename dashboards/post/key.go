package post

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Key signs what leaves the house: links that unsubscribe, and webhooks. It is in a file of the data directory and never in ClickHouse.
type Key []byte

// OpenKey reads the key of a directory, or makes one.
func OpenKey(dir string) (Key, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot keep the key that signs mail: %w", err)
	}
	file := filepath.Join(dir, "key")
	key, err := os.ReadFile(file)
	if err == nil && len(key) == 64 {
		return key, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) || err == nil {
		return nil, fmt.Errorf("the key that signs mail, %s, cannot be read: remove it for a new one; links in mails sent so far then stop working", file)
	}
	var random [32]byte
	_, _ = rand.Read(random[:])
	key = hex.AppendEncode(nil, random[:])
	return key, os.WriteFile(file, key, 0o600)
}

// sign returns 128 bits that nobody without the key can make.
func (k Key) sign(purpose, text string) string {
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(purpose + "\x00" + text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// HookSecret is what a site's webhook checks signatures with.
func (k Key) HookSecret(domain string) string { return k.sign("webhook", domain) }

// Unsubscribe is the signature of a link that takes a recipient off a mailing.
func (k Key) Unsubscribe(mailing, recipient string) string {
	return k.sign("unsubscribe", mailing+"\x00"+recipient)
}

// Unsubscribes tells whether a signature is that of the link.
func (k Key) Unsubscribes(mailing, recipient, signature string) bool {
	return len(k) > 0 && hmac.Equal([]byte(signature), []byte(k.Unsubscribe(mailing, recipient)))
}
