package store

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
)

// Words is a column of LowCardinality(String) in the making: a dictionary, and for each row the number of its value in it, in as few
// bytes as there are values. It is sent as it stands, where a []string would have each of its values looked up again.
// Nothing in it points anywhere, so a million rows are no work for the garbage collector. The zero value is an empty column.
type Words struct {
	dictionary []byte // the values as they go over the wire, each behind its length; number 0 is ""
	values     []span
	slots      []uint64 // hash table: upper half of the hash, number + 1; 0 is free
	rows       int
	width      int // bytes of a number: 1, 2 or 4; 0 while every row is ""
	in8        []uint8
	in16       []uint16
	in32       []uint32
	last       uint32
}

// span is where a value is in a dictionary.
type span struct{ from, to uint32 }

var wordSeed = maphash.MakeSeed()

// Len returns the number of rows.
func (w *Words) Len() int { return w.rows }

// Empty reports whether every row is "".
func (w *Words) Empty() bool { return w.width == 0 }

// Reset removes all rows and keeps the memory.
func (w *Words) Reset() {
	w.dictionary, w.values, w.rows, w.width, w.last = w.dictionary[:0], w.values[:0], 0, 0, 0
	w.in8, w.in16, w.in32 = w.in8[:0], w.in16[:0], w.in32[:0]
	clear(w.slots)
}

// Append adds a row. It copies s.
func (w *Words) Append(s string) {
	if s == "" {
		w.push(0)
		return
	}
	if w.width == 0 {
		w.begin()
	}
	if w.last == 0 || string(w.value(w.last)) != s {
		w.last = w.find(s)
	}
	w.push(w.last)
}

// begin makes rows of what was only counted so far.
func (w *Words) begin() {
	w.width = 1
	for range w.rows {
		w.in8 = append(w.in8, 0)
	}
	w.dictionary = append(w.dictionary[:0], 0)
	w.values = append(w.values[:0], span{1, 1})
	if w.slots == nil {
		w.slots = make([]uint64, 64)
	}
}

func (w *Words) value(number uint32) []byte {
	v := w.values[number]
	return w.dictionary[v.from:v.to]
}

// find returns the number of a value, which it adds when it is new.
func (w *Words) find(s string) uint32 {
	hash := maphash.String(wordSeed, s)
	mask := uint64(len(w.slots) - 1)
	at := hash & mask
	for ; w.slots[at] != 0; at = (at + 1) & mask {
		slot := w.slots[at]
		if number := uint32(slot) - 1; slot>>32 == hash>>32 && string(w.value(number)) == s {
			return number
		}
	}
	number := uint32(len(w.values))
	w.dictionary = binary.AppendUvarint(w.dictionary, uint64(len(s)))
	from := len(w.dictionary)
	w.dictionary = append(w.dictionary, s...)
	w.values = append(w.values, span{uint32(from), uint32(len(w.dictionary))})
	w.slots[at] = hash>>32<<32 | uint64(number+1)
	if len(w.values)*2 > len(w.slots) {
		w.grow()
	}
	return number
}

// grow doubles the hash table.
func (w *Words) grow() {
	w.slots = make([]uint64, 2*len(w.slots))
	mask := uint64(len(w.slots) - 1)
	for number := 1; number < len(w.values); number++ {
		hash := maphash.Bytes(wordSeed, w.value(uint32(number)))
		at := hash & mask
		for w.slots[at] != 0 {
			at = (at + 1) & mask
		}
		w.slots[at] = hash>>32<<32 | uint64(number+1)
	}
}

func (w *Words) push(number uint32) {
	w.rows++
	switch {
	case w.width == 0:
	case w.width == 1 && number < 1<<8:
		w.in8 = append(w.in8, uint8(number))
	case w.width == 2 && number < 1<<16:
		w.in16 = append(w.in16, uint16(number))
	case w.width == 4:
		w.in32 = append(w.in32, number)
	default:
		w.widen()
		w.rows--
		w.push(number)
	}
}

func (w *Words) widen() {
	if w.width == 1 {
		for _, n := range w.in8 {
			w.in16 = append(w.in16, uint16(n))
		}
		w.width, w.in8 = 2, w.in8[:0]
		return
	}
	for _, n := range w.in16 {
		w.in32 = append(w.in32, uint32(n))
	}
	w.width, w.in16 = 4, w.in16[:0]
}

// Row returns the value of a row.
func (w *Words) Row(i int) string {
	switch w.width {
	case 1:
		return string(w.value(uint32(w.in8[i])))
	case 2:
		return string(w.value(uint32(w.in16[i])))
	case 4:
		return string(w.value(w.in32[i]))
	}
	return ""
}

// additionalKeys says, in the native format, that a column brings its own dictionary.
const additionalKeys = 1 << 9

// wire appends the column in ClickHouse's native format (SerializationLowCardinality), without its prefix.
func (w *Words) wire(dst []byte) []byte {
	if w.width == 0 {
		w.begin()
	}
	dst = binary.LittleEndian.AppendUint64(dst, additionalKeys|uint64(w.width>>1)) // 1, 2, 4 bytes are key types 0, 1, 2
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(w.values)))
	dst = append(dst, w.dictionary...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(w.rows))
	switch w.width {
	case 1:
		return append(dst, w.in8...)
	case 2:
		return appendFixed(dst, w.in16)
	}
	return appendFixed(dst, w.in32)
}

// Days is a column of Date: days since 1970-01-01.
type Days []uint16

// Seconds is a column of DateTime: Unix time, from 1970 to 2106.
type Seconds []uint32

// appendFixed appends numbers as they go over the wire.
func appendFixed[T uint16 | uint32](dst []byte, values []T) []byte {
	dst, _ = binary.Append(dst, binary.LittleEndian, values) // knows these types
	return dst
}

// prepared is a column that is in its wire form already or nearly so.
type prepared interface {
	suits(column.Type) bool
	wire(dst []byte) []byte
	Len() int
}

func (w *Words) suits(t column.Type) bool { return t == "LowCardinality(String)" }
func (Days) suits(t column.Type) bool     { return t == "Date" }
func (Seconds) suits(t column.Type) bool {
	return len(t) >= 8 && t[:8] == "DateTime" && (len(t) == 8 || t[8] == '(')
}
func (d Days) wire(dst []byte) []byte    { return appendFixed(dst, d) }
func (s Seconds) wire(dst []byte) []byte { return appendFixed(dst, s) }
func (d Days) Len() int                  { return len(d) }
func (s Seconds) Len() int               { return len(s) }

// porter carries prepared columns into those of the client.
type porter struct {
	source *bytes.Reader
	reader *chproto.Reader
	buf    []byte
}

func newPorter() *porter {
	source := bytes.NewReader(nil)
	return &porter{source: source, reader: chproto.NewReader(source)}
}

// carry makes the client's column read p as it would read a column that a server has sent.
func (h *porter) carry(p prepared, to column.Interface) error {
	h.buf = p.wire(h.buf[:0])
	h.source.Reset(h.buf)
	return to.Decode(h.reader, p.Len())
}
