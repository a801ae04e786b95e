package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

const (
	segmentMagic  = "sporseg"
	formatVersion = 1
	headerBytes   = 48
	fileMode      = 0o600
	dirMode       = 0o700
)

// segment is what is known about one segment file without reading its records.
type segment struct {
	number    uint64
	first     uint64    // sequence number of its first record
	size      int64     // end of its last complete write
	lastWrite time.Time // when that was
	created   time.Time
	stuck     bool // holds damage that could not be copied: quarantine it instead of removing it
}

func (g *segment) start() Position { return Position{g.number, headerBytes} }
func (g *segment) end() Position   { return Position{g.number, g.size} }
func (g *segment) empty() bool     { return g.size <= headerBytes }

var segmentName = regexp.MustCompile(`^[0-9]{16,20}\.seg$`)

func segmentFile(number uint64) string { return fmt.Sprintf("%016d.seg", number) }

// parseSegmentFile returns the number in a file's name, which is 0 when it is not the name of a segment.
func parseSegmentFile(name string) uint64 {
	if !segmentName.MatchString(name) {
		return 0
	}
	number, err := strconv.ParseUint(name[:len(name)-len(".seg")], 10, 64)
	if err != nil || segmentFile(number) != name {
		return 0
	}
	return number
}

// spoolID tells spools apart.
type spoolID [8]byte

func (id spoolID) seed() uint32   { return crc32.Checksum(id[:], castagnoli) }
func (id spoolID) String() string { return fmt.Sprintf("%x", id[:]) }

// header is the start of a segment file; FORMAT.md has the table.
type header struct {
	version byte
	id      spoolID
	number  uint64
	first   uint64
	created time.Time
}

var errHeader = errors.New("not an intact segment header")

func (h header) append(dst []byte) []byte {
	from := len(dst)
	dst = append(dst, segmentMagic...)
	dst = append(dst, h.version)
	dst = append(dst, h.id[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, h.number)
	dst = binary.LittleEndian.AppendUint64(dst, h.first)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.created.UnixMilli()))
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[from:], castagnoli))
}

func parseHeader(b []byte) (header, error) {
	if len(b) < headerBytes || string(b[:7]) != segmentMagic ||
		crc32.Checksum(b[:44], castagnoli) != binary.LittleEndian.Uint32(b[44:]) {
		return header{}, errHeader
	}
	return header{
		version: b[7],
		id:      spoolID(b[8:16]),
		number:  binary.LittleEndian.Uint64(b[16:]),
		first:   binary.LittleEndian.Uint64(b[24:]),
		created: time.UnixMilli(int64(binary.LittleEndian.Uint64(b[32:]))),
	}, nil
}

// createSegment makes a segment file that holds only its header. Neither file nor directory is fsynced yet.
func createSegment(dir string, h header) (*os.File, error) {
	path := filepath.Join(dir, segmentFile(h.number))
	file, err := os.OpenFile(path+".tmp", os.O_RDWR|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return nil, err
	}
	if _, err = file.Write(h.append(nil)); err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(path+".tmp"))
	}
	return file, nil
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeDurably replaces a small file: a reader finds the old or the new contents, also after a power cut.
func writeDurably(path string, content []byte) error {
	file, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		_ = os.Remove(path + ".tmp")
		return err
	}
	return syncDir(filepath.Dir(path))
}
