package visitor

import (
	"encoding/binary"
	"math/bits"
)

// key is the key of SipHash: 128 bits.
type key struct{ k0, k1 uint64 }

// sum returns SipHash-2-4 of data: the algorithm of section 2 of the paper named in the package comment, whose test vector is in the tests.
func sum(k key, data []byte) uint64 {
	h := state{k.k0 ^ 0x736f6d6570736575, k.k1 ^ 0x646f72616e646f6d, k.k0 ^ 0x6c7967656e657261, k.k1 ^ 0x7465646279746573}
	last := uint64(len(data)) << 56
	for len(data) >= 8 {
		h.compress(binary.LittleEndian.Uint64(data))
		data = data[8:]
	}
	for i, c := range data {
		last |= uint64(c) << (8 * i)
	}
	h.compress(last)
	h.v2 ^= 0xff
	for range 4 {
		h.round()
	}
	return h.v0 ^ h.v1 ^ h.v2 ^ h.v3
}

type state struct{ v0, v1, v2, v3 uint64 }

func (h *state) compress(m uint64) {
	h.v3 ^= m
	h.round()
	h.round()
	h.v0 ^= m
}

func (h *state) round() {
	h.v0 += h.v1
	h.v1 = bits.RotateLeft64(h.v1, 13) ^ h.v0
	h.v0 = bits.RotateLeft64(h.v0, 32)
	h.v2 += h.v3
	h.v3 = bits.RotateLeft64(h.v3, 16) ^ h.v2
	h.v0 += h.v3
	h.v3 = bits.RotateLeft64(h.v3, 21) ^ h.v0
	h.v2 += h.v1
	h.v1 = bits.RotateLeft64(h.v1, 17) ^ h.v2
	h.v2 = bits.RotateLeft64(h.v2, 32)
}
