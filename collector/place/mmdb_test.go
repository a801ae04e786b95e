package place

import (
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"sort"
	"testing"
)

// writeDB writes a MaxMind DB file (format 2.0, 24-bit records, IPv6 tree) with
// the given records: https://maxmind.github.io/MaxMind-DB/.
func writeDB(t testing.TB, records map[string]any) string {
	t.Helper()
	const empty = -1
	tree := [][2]int{{empty, empty}} // child: a node, empty, or -2-offset of data
	var data []byte
	for text, value := range records {
		prefix := netip.MustParsePrefix(text)
		addr, bits := prefix.Addr().As16(), prefix.Bits()
		if prefix.Addr().Is4() {
			addr, bits = [16]byte{}, bits+96
			four := prefix.Addr().As4()
			copy(addr[12:], four[:])
		}
		node := 0
		for i := range bits {
			bit := addr[i/8] >> (7 - i%8) & 1
			if i == bits-1 {
				tree[node][bit] = -2 - len(data)
			} else if tree[node][bit] == empty {
				tree = append(tree, [2]int{empty, empty})
				tree[node][bit] = len(tree) - 1
			}
			node = max(tree[node][bit], 0)
		}
		data = appendValue(data, value)
	}
	var file []byte
	for _, node := range tree {
		for _, child := range node {
			n := uint32(len(tree))
			switch {
			case child >= 0:
				n = uint32(child)
			case child < empty:
				n += uint32(16 - 2 - child)
			}
			file = append(file, byte(n>>16), byte(n>>8), byte(n))
		}
	}
	file = append(append(file, make([]byte, 16)...), data...)
	file = append(file, "\xab\xcd\xefMaxMind.com"...)
	file = appendValue(file, map[string]any{
		"node_count": uint32(len(tree)), "record_size": uint16(24), "ip_version": uint16(6), "database_type": "test-city",
		"languages": []any{"en"}, "binary_format_major_version": uint16(2), "binary_format_minor_version": uint16(0),
		"build_epoch": uint64(1_700_000_000), "description": map[string]any{"en": "test"},
	})
	path := filepath.Join(t.TempDir(), "test.mmdb")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// appendValue encodes one value of the data section.
func appendValue(b []byte, value any) []byte {
	head := func(kind, size int) {
		ext := -1
		if kind > 7 {
			kind, ext = 0, kind-7
		}
		n := min(size, 29)
		b = append(b, byte(kind<<5|n))
		if ext >= 0 {
			b = append(b, byte(ext))
		}
		if size >= 29 {
			b = append(b, byte(size-29))
		}
	}
	switch v := value.(type) {
	case string:
		head(2, len(v))
		return append(b, v...)
	case uint16:
		head(5, 2)
		return binary.BigEndian.AppendUint16(b, v)
	case uint32:
		head(6, 4)
		return binary.BigEndian.AppendUint32(b, v)
	case uint64:
		head(9, 8)
		return binary.BigEndian.AppendUint64(b, v)
	case []any:
		head(11, len(v))
		for _, e := range v {
			b = appendValue(b, e)
		}
		return b
	case map[string]any:
		head(7, len(v))
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			b = appendValue(appendValue(b, k), v[k])
		}
		return b
	}
	panic("no such type in the test's encoder")
}
