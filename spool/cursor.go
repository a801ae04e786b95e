package spool

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
)

// cursor is how far the records have been shipped.
type cursor struct {
	generation uint64
	committed  mark
	pending    *mark // end of a block whose insert was begun
}

// far returns the highest position and sequence number the cursor knows of.
func (c cursor) far() mark {
	if c.pending != nil {
		return *c.pending
	}
	return c.committed
}

func (c cursor) file() string {
	if c.generation%2 == 0 {
		return "cursor.a"
	}
	return "cursor.b"
}

func (c cursor) encode(id spoolID) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "sporlos-cursor 1\nspool %s\ngeneration %d\n", id, c.generation)
	fmt.Fprintf(&b, "committed %s %d\n", c.committed.pos, c.committed.seq)
	if c.pending == nil {
		b.WriteString("pending -\n")
	} else {
		fmt.Fprintf(&b, "pending %s %d\n", c.pending.pos, c.pending.seq)
	}
	fmt.Fprintf(&b, "checksum %08x\n", crc32.Checksum(b.Bytes(), castagnoli))
	return b.Bytes()
}

var errCursor = errors.New("not an intact cursor of this spool")

// parseCursor accepts exactly what encode writes for this spool.
func parseCursor(b []byte, id spoolID) (cursor, error) {
	var c cursor
	var spool, committed, pending string
	var sum uint32
	n, _ := fmt.Sscanf(string(b), "sporlos-cursor 1\nspool %s\ngeneration %d\ncommitted %s %d\npending %s",
		&spool, &c.generation, &committed, &c.committed.seq, &pending)
	if n != 5 || c.committed.pos.UnmarshalText([]byte(committed)) != nil {
		return cursor{}, errCursor
	}
	if pending != "-" {
		c.pending = new(mark)
		at := bytes.Index(b, []byte("\npending "))
		if m, _ := fmt.Sscanf(string(b[at+1:]), "pending %s %d\nchecksum %x\n", &pending, &c.pending.seq, &sum); m != 3 ||
			c.pending.pos.UnmarshalText([]byte(pending)) != nil {
			return cursor{}, errCursor
		}
	}
	if !bytes.Equal(c.encode(id), b) { // spool, checksum, spelling
		return cursor{}, errCursor
	}
	return c, nil
}

// save makes the cursor durable and counts its generation up.
func (c *cursor) save(dir string, id spoolID) error {
	next := *c
	next.generation++
	if err := writeDurably(filepath.Join(dir, next.file()), next.encode(id)); err != nil {
		return err
	}
	*c = next
	return nil
}

// loadCursor reads both cursor files. It returns the newer intact one, nil when there is none, and the names of damaged files.
func loadCursor(dir string, id spoolID) (newest *cursor, damaged []string, err error) {
	for _, name := range []string{"cursor.a", "cursor.b"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		c, err := parseCursor(content, id)
		if err != nil {
			damaged = append(damaged, name)
			continue
		}
		if newest == nil || newest.generation < c.generation {
			newest = &c
		}
	}
	return newest, damaged, nil
}

// loadID reads the id file. It returns false when there is none or it is damaged.
func loadID(dir string) (id spoolID, ok bool, err error) {
	content, err := os.ReadFile(filepath.Join(dir, "id"))
	if errors.Is(err, os.ErrNotExist) {
		return id, false, nil
	}
	if err != nil {
		return id, false, err
	}
	var word string
	if n, _ := fmt.Sscanf(string(content), "sporlos-spool 1 %s", &word); n == 1 && len(word) == 16 {
		_, err := hex.Decode(id[:], []byte(word))
		ok = err == nil && bytes.Equal(encodeID(id), content)
	}
	return id, ok, nil
}

func encodeID(id spoolID) []byte {
	line := "sporlos-spool 1 " + id.String()
	return fmt.Appendf(nil, "%s %08x\n", line, crc32.Checksum([]byte(line), castagnoli))
}
