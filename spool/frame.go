package spool

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// MaxRecord is the size of the largest record, in bytes.
const MaxRecord = 1 << 20

const (
	frameMarker = 0xD7
	frameHeader = 12
	windowBytes = 256 << 10
	// maxGap bounds how many records may be missing where a reader resynchronises; it keeps chance matches improbable.
	maxGap = 1 << 24
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendFrame appends rec with a frame that still lacks its sequence number; sum is the checksum of id and rec.
func appendFrame(dst, rec []byte, sum uint32) []byte {
	n := len(rec)
	dst = append(dst, frameMarker, byte(n), byte(n>>8), byte(n>>16), 0, 0, 0, 0)
	dst = binary.LittleEndian.AppendUint32(dst, sum)
	return append(dst, rec...)
}

// sumFrames puts the checksums of id and record into frames that lack them.
func sumFrames(buf []byte, seed uint32) {
	for len(buf) > 0 {
		end := frameHeader + frameLength(buf)
		binary.LittleEndian.PutUint32(buf[8:], crc32.Update(seed, castagnoli, buf[frameHeader:end]))
		buf = buf[end:]
	}
}

// stampFrames gives the frames in buf their sequence numbers, counting up from seq, and completes their checksums.
// It is apart from appendFrame because a group learns its numbers only when the group before it has been written.
func stampFrames(buf []byte, seq uint64) {
	for len(buf) > 0 {
		head := buf[:frameHeader]
		binary.LittleEndian.PutUint32(head[4:], uint32(seq))
		sum := binary.LittleEndian.Uint32(head[8:])
		binary.LittleEndian.PutUint32(head[8:], crc32.Update(sum, castagnoli, head[:8]))
		buf = buf[frameHeader+frameLength(head):]
		seq++
	}
}

func frameLength(head []byte) int {
	return int(head[1]) | int(head[2])<<8 | int(head[3])<<16
}

// span is a range of bytes in a file.
type span struct{ from, to int64 }

func (b span) len() int64 { return b.to - b.from }

// scanner walks the frames of one segment from at to limit and steps over what is damaged.
// It reads through a window of its own, so one scanner can serve many segments without allocating.
type scanner struct {
	src   io.ReaderAt
	seed  uint32 // checksum of the spool id
	at    int64  // offset of the first byte not yet looked at
	limit int64  // offset of the end; lowered when the file turns out shorter
	want  uint64 // sequence number of the next record, if none is missing

	window []byte // bytes of src that start at base
	base   int64

	rec  []byte // the record found, valid until the next call of next
	seq  uint64 // its sequence number
	lost uint64 // records missing before it
	bad  span   // damaged bytes before it, or, at the end, before limit
	err  error  // a read that failed; the end of the file is not an error
}

// reset points the scanner at another range. Its window keeps its memory.
func (sc *scanner) reset(src io.ReaderAt, from, to int64, want uint64) {
	sc.src, sc.at, sc.limit, sc.want = src, from, to, want
	sc.window, sc.base = sc.window[:0], from
	sc.rec, sc.err, sc.lost, sc.bad = nil, nil, 0, span{}
}

// next finds the next intact record. When it returns false, bad holds the damaged bytes before the end, and err a failed read.
func (sc *scanner) next() bool {
	start := sc.at
	off := start
	for {
		if sc.frame(off, off != start) {
			sc.bad = span{start, off}
			sc.count()
			sc.at = off + frameHeader + int64(len(sc.rec))
			return true
		}
		if off >= sc.limit || sc.err != nil {
			break
		}
		off = sc.marker(off + 1)
	}
	sc.rec = nil
	sc.at = max(start, sc.limit)
	sc.bad = span{start, sc.at}
	return false
}

// count compares the sequence number found with the one wanted. An older one is the trace of a refused record whose
// write could not be undone (FORMAT.md); it says nothing about what is missing.
func (sc *scanner) count() {
	sc.lost = 0
	if sc.seq >= sc.want {
		sc.lost, sc.want = sc.seq-sc.want, sc.seq+1
	}
}

// frame reports whether an intact frame starts at off, and takes it. After damage it is choosier about sequence numbers.
func (sc *scanner) frame(off int64, choosy bool) bool {
	head := sc.peek(off, frameHeader)
	if head == nil || head[0] != frameMarker {
		return false
	}
	n := frameLength(head)
	gap := int32(binary.LittleEndian.Uint32(head[4:]) - uint32(sc.want))
	if n > MaxRecord || choosy && (gap < 0 || gap > maxGap) {
		return false
	}
	frame := sc.peek(off, frameHeader+n)
	if frame == nil {
		return false
	}
	sum := crc32.Update(sc.seed, castagnoli, frame[frameHeader:])
	if crc32.Update(sum, castagnoli, frame[:8]) != binary.LittleEndian.Uint32(frame[8:]) {
		return false
	}
	sc.rec = frame[frameHeader:]
	sc.seq = sc.want + uint64(int64(gap))
	return true
}

// marker returns the offset of the first marker byte at or after off, or limit.
func (sc *scanner) marker(off int64) int64 {
	for off < sc.limit {
		win := sc.peek(off, 1)
		if win == nil {
			return sc.limit
		}
		rest := sc.window[off-sc.base:]
		if i := bytes.IndexByte(rest, frameMarker); i >= 0 {
			return off + int64(i)
		}
		off += int64(len(rest))
	}
	return sc.limit
}

// peek returns n bytes at off, or nil when there are not as many before limit. The bytes are valid until the next peek.
func (sc *scanner) peek(off int64, n int) []byte {
	if off+int64(n) > sc.limit {
		return nil
	}
	if end := sc.base + int64(len(sc.window)); off < sc.base || off+int64(n) > end {
		if !sc.fill(off, n) {
			return nil
		}
	}
	i := off - sc.base
	return sc.window[i : i+int64(n) : i+int64(n)]
}

// fill moves the window to off and makes it at least n bytes long.
func (sc *scanner) fill(off int64, n int) bool {
	size := int(min(int64(max(n, windowBytes)), sc.limit-off))
	if cap(sc.window) < size {
		sc.window = make([]byte, size)
	}
	got, err := sc.src.ReadAt(sc.window[:size], off)
	sc.window, sc.base = sc.window[:got], off
	if got == size {
		return true
	}
	if err != io.EOF {
		sc.err = err
		return false
	}
	sc.limit = off + int64(got)
	return got >= n
}
