package terms

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ringSeconds is how long the kernel keeps the key of a lane that has not been used: as long as a stale day may be held.
const ringSeconds = daysUntilStale * secondsInADay

// ringKey returns the key that the kernel's keyring holds for this directory; a new one, or first, when it holds none. It fails where
// there is no keyring, or none that outlives the process.
func ringKey(dir string, first []byte) (key []byte, ok bool) {
	name := ringName(dir)
	// A service may be started with a session of its own, from which the user's keyring cannot be reached until it is linked.
	_, _ = unix.KeyctlInt(unix.KEYCTL_LINK, unix.KEY_SPEC_USER_KEYRING, unix.KEY_SPEC_SESSION_KEYRING, 0, 0)
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", name, 0)
	if err != nil {
		if len(first) != keySize {
			first = make([]byte, keySize)
			_, _ = rand.Read(first) // never fails
		}
		if id, err = unix.AddKey("user", name, first, unix.KEY_SPEC_USER_KEYRING); err != nil {
			return nil, false
		}
	}
	key = make([]byte, keySize)
	if n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, key, 0); err != nil || n != keySize {
		return nil, false
	}
	_, err = unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, id, ringSeconds, 0, 0)
	return key, err == nil
}

// ringName names the key of a directory without naming the directory.
func ringName(dir string) string {
	if path, err := filepath.Abs(dir); err == nil {
		dir = path
	}
	sum := sha256.Sum256([]byte(dir))
	return "sporlos:terms:" + hex.EncodeToString(sum[:8])
}
