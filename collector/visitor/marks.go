package visitor

import (
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"net/netip"
)

// Marks make the two numbers by which it is estimated what cutting addresses costs: one knows a visitor's network, the other the whole
// address. An [Address] read with marks carries, in the place of what was cut off, a number that is keyed with a secret of this process
// which is never written; when the process ends nobody can tell any more what it was made of.
type Marks struct{ key key }

// NewMarks draws a secret.
func NewMarks() *Marks {
	var raw [16]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the program instead
	return &Marks{key{binary.LittleEndian.Uint64(raw[:]), binary.LittleEndian.Uint64(raw[8:])}}
}

// String keeps the secret out of texts.
func (*Marks) String() string { return "[redacted]" }

// GoString keeps the secret out of texts.
func (*Marks) GoString() string { return "[redacted]" }

// LogValue keeps the secret out of logs.
func (*Marks) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// of returns the mark of a whole address; 0 when nobody wants marks.
func (m *Marks) of(a netip.Addr) uint64 {
	if m == nil {
		return 0
	}
	whole := a.As16()
	return sum(m.key, whole[:])
}

// Pair returns the two numbers of a visitor on that site and day: they are other ones on every other, so that no two sketches can be
// laid over each other. It does not allocate.
func (m *Marks) Pair(site uint32, day uint16, id *Identity) (network, address uint64) {
	var scratch [32 + maxAgent + maxLanguage]byte
	cut := Identity{Address: Address{addr: Truncate(id.Address.addr)}, Agent: id.Agent, Language: id.Language}
	network = sum(m.key, cut.appendTo(scratch[:0], site, day))
	both := binary.LittleEndian.AppendUint64(scratch[:0], network)
	return network, sum(m.key, binary.LittleEndian.AppendUint64(both, id.Address.mark))
}
