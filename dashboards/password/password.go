// Package password turns passwords into what may be stored, and tells whether one is right.
//
// The hash is argon2id (RFC 9106) in the usual encoding `$argon2id$v=19$m=…,t=…,p=…$salt$key`. Each computation takes
// [Memory] KiB for a few tens of milliseconds, so a [Hasher] lets only a few run at once and turns callers away when too many wait:
// logins cannot exhaust the machine's memory.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The cost of a new hash: OWASP's first choice for argon2id.
const (
	Memory  = 19 * 1024 // KiB
	passes  = 2
	lanes   = 1
	keySize = 32
	salt    = 16

	// The most a stored hash may ask for: one written by a future version, not by an attacker.
	maxMemory = 64 * 1024
	maxPasses = 8
)

// The bounds of a password, in characters and bytes.
const (
	MinLength = 10
	MaxBytes  = 512
)

// What callers branch on.
var (
	ErrShort = fmt.Errorf("a password has at least %d characters", MinLength)
	ErrLong  = fmt.Errorf("a password has at most %d bytes", MaxBytes)
	ErrBusy  = errors.New("too many logins at the same moment: wait a few seconds and try again")
)

// Check tells whether a new password is acceptable.
func Check(password string) error {
	if utf8.RuneCountInString(password) < MinLength {
		return ErrShort
	}
	if len(password) > MaxBytes {
		return ErrLong
	}
	return nil
}

// Hasher computes hashes, a bounded number at a time.
type Hasher struct {
	running chan struct{}
	waiting chan struct{}
	decoy   string
}

// New returns a hasher that runs at most running computations at once and lets waiting more callers wait for them.
func New(running, waiting int) *Hasher {
	h := &Hasher{running: make(chan struct{}, running), waiting: make(chan struct{}, running+waiting)}
	h.decoy = encode(make([]byte, salt), make([]byte, keySize))
	return h
}

// Hash returns what is to be stored of a password.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := Check(password); err != nil {
		return "", err
	}
	s := make([]byte, salt)
	_, _ = rand.Read(s) // never fails: crypto/rand aborts the program instead
	key, err := h.key(ctx, password, s, Memory, passes, lanes, keySize)
	if err != nil {
		return "", err
	}
	return encode(s, key), nil
}

// Verify tells whether password is the one stored was made of. An empty stored hash (no such user, or no password yet) takes as long
// as a wrong password and is never right.
func (h *Hasher) Verify(ctx context.Context, stored, password string) (bool, error) {
	known := stored != ""
	if !known {
		stored = h.decoy
	}
	if len(password) > MaxBytes {
		password = password[:MaxBytes]
		known = false
	}
	p, err := decode(stored)
	if err != nil {
		return false, err
	}
	key, err := h.key(ctx, password, p.salt, p.memory, p.passes, p.lanes, uint32(len(p.key)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, p.key) == 1 && known, nil
}

func (h *Hasher) key(ctx context.Context, password string, salt []byte, memory, passes uint32, lanes uint8, size uint32) ([]byte, error) {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return nil, ErrBusy
	}
	select {
	case h.running <- struct{}{}:
		defer func() { <-h.running }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, passes, memory, lanes, size), nil
}

type parts struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

func encode(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, Memory, passes, lanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

var errDamaged = errors.New("the stored password cannot be read: set a new one with `sporlos user add`")

func decode(stored string) (p parts, err error) {
	fields := strings.Split(stored, "$")
	if len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" || fields[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, errDamaged
	}
	if _, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes); err != nil {
		return p, errDamaged
	}
	if p.memory < 8 || p.memory > maxMemory || p.passes < 1 || p.passes > maxPasses || p.lanes < 1 || p.lanes > 4 {
		return p, errDamaged
	}
	var saltErr, keyErr error
	p.salt, saltErr = base64.RawStdEncoding.DecodeString(fields[4])
	p.key, keyErr = base64.RawStdEncoding.DecodeString(fields[5])
	if saltErr != nil || keyErr != nil || len(p.salt) < 8 || len(p.key) < 16 || len(p.key) > 64 {
		return p, errDamaged
	}
	return p, nil
}
