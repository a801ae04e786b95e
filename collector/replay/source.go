package replay

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"time"
)

const stdin = "-"

// source is one log.
type source struct {
	name  string
	first time.Time // of the first line that can be parsed
}

// sources lists the logs by the time of their first line; standard input comes last. It sums up their sizes.
func (r *run) sources() ([]source, error) {
	var list []source
	unknown := false
	for _, name := range r.Files {
		s := source{name: name}
		if name == stdin {
			s.first = time.Unix(1<<40, 0)
			unknown = true
		} else {
			info, err := os.Stat(name)
			if err != nil {
				return nil, fmt.Errorf("cannot read the log: %w", err)
			}
			if r.total += info.Size(); !info.Mode().IsRegular() {
				return nil, fmt.Errorf("cannot read the log %s: it is no file", name)
			}
			if s.first, err = r.firstTime(s); err != nil {
				return nil, err
			}
		}
		list = append(list, s)
	}
	if r.ShiftToNow {
		r.total *= 2
	}
	if unknown {
		r.total = 0
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].first.Before(list[j].first) })
	r.read = 0
	return list, nil
}

// firstTime returns the time of the first of a file's first 1,000 lines that can be parsed.
func (r *run) firstTime(s source) (time.Time, error) {
	in, err := s.open(r)
	if err != nil {
		return time.Time{}, err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	for n := 0; n < 1000 && lines.Scan(); n++ {
		var e entry
		if e.parse(lines.Bytes()) {
			return e.time, nil
		}
	}
	return time.Time{}, nil
}

// open opens a log, unpacks it when it begins like gzip, and counts the bytes that are read from the disk.
func (s source) open(r *run) (io.ReadCloser, error) {
	if s.name == stdin {
		return unpack(s.name, io.NopCloser(r.Stdin), r)
	}
	file, err := os.Open(s.name)
	if err != nil {
		return nil, fmt.Errorf("cannot read the log: %w", err)
	}
	return unpack(s.name, file, r)
}

func unpack(name string, in io.ReadCloser, r *run) (io.ReadCloser, error) {
	counted := bufio.NewReaderSize(counting{in, &r.read}, 64<<10)
	head, err := counted.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(fmt.Errorf("cannot read %s: %w", name, err), in.Close())
	}
	if !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return pair{counted, in}, nil
	}
	unzipped, err := gzip.NewReader(counted)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot unpack %s: %w", name, err), in.Close())
	}
	return pair{unzipped, in}, nil
}

// pair reads from one and closes the other.
type pair struct {
	io.Reader
	io.Closer
}

type counting struct {
	in io.Reader
	n  *int64
}

func (c counting) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	*c.n += int64(n)
	return n, err
}
