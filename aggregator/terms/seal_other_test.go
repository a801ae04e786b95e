//go:build !linux

package terms

func forget(string) {}
