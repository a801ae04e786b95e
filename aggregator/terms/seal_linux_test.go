package terms

import "golang.org/x/sys/unix"

// forget takes the key of a directory out of the kernel.
func forget(dir string) {
	if id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", ringName(dir), 0); err == nil {
		_, _ = unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	}
}
