package audit

import "golang.org/x/sys/unix"

// volatileFS reports whether a directory is kept in memory only.
func (*auditor) volatileFS(dir string) bool {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return false
	}
	return st.Type == unix.TMPFS_MAGIC || st.Type == unix.RAMFS_MAGIC
}
