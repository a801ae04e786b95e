package collector

import "unsafe"

// view returns b as a string without copying: it is valid for as long as nobody writes to b, which for what fasthttp hands out is
// until the handler returns. This is the only unsafe code of the package.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf is the way back, for functions that only read.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
