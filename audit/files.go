package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	clickhouseDir = "clickhouse" // ClickHouse's own files, compressed: they are read through ClickHouse
	quarantineDir = "quarantine"
)

// directory looks at every file of the installation.
func (a *auditor) directory(ctx context.Context) error {
	if a.o.Dir == "" {
		return nil
	}
	if a.volatileFS(a.o.Dir) {
		a.note("the data directory is in memory: what is measured is gone after a restart of the machine")
	}
	return a.tree(ctx, a.o.Dir, false)
}

// tree walks through a directory. What has gone by the time it is looked at was nothing that stays.
func (a *auditor) tree(ctx context.Context, root string, volatile bool) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path != root {
			return nil
		}
		if err != nil {
			return fmt.Errorf("cannot look at the files: %w; run it as the user who owns them", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		place := a.place(root, path, volatile)
		a.mode(place, info)
		switch {
		case entry.IsDir() && !volatile && place == clickhouseDir:
			return fs.SkipDir
		case info.Mode().IsRegular():
			return a.file(path, place, info, volatile)
		}
		return nil
	})
}

// place is how a path is called in a report.
func (a *auditor) place(root, path string, volatile bool) string {
	name, err := filepath.Rel(root, path)
	if err != nil || name == "." && !volatile {
		return "."
	}
	if volatile {
		name = filepath.Join("volatile", name)
	}
	return filepath.ToSlash(name)
}

// mode checks that nobody but the owner can read, write or enter.
func (a *auditor) mode(place string, info fs.FileInfo) {
	if info.Mode()&fs.ModeSymlink == 0 && info.Mode().Perm()&0o077 != 0 {
		a.found("mode", place, fmt.Sprintf("%04o", info.Mode().Perm()), 1)
	}
}

// file looks at one file: its name, its age, and what is in it.
func (a *auditor) file(path, place string, info fs.FileInfo, volatile bool) (err error) {
	if !volatile && strings.Contains(strings.ToLower(info.Name()), "salt") {
		a.found("salt", place, "its name says so", 1)
	}
	if strings.Contains("/"+place, "/"+quarantineDir+"/") && info.ModTime().Before(a.oldest) {
		a.found("old_quarantine", place, "from "+info.ModTime().Format(time.DateOnly), 1)
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read a file: %w; run it as the user who owns the data", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	a.report.Looked.Files++
	a.total += info.Size()
	a.step(place, 0)
	if err := a.content(file, place, volatile); err != nil {
		return fmt.Errorf("cannot read %s: %w", path, err)
	}
	a.step(place, info.Size())
	return nil
}

// content reads a file by what its name says it is.
func (a *auditor) content(file *os.File, place string, volatile bool) error {
	switch name := filepath.Base(place); {
	case volatile && name == saltsName:
		return a.salts(file, place)
	case name == "lock", name == "id", name == "cursor.a", name == "cursor.b", name == "overwriting":
		return nil // numbers of our own, some as long as a telephone's
	}
	if !volatile {
		if err := a.saltsIn(file, place); err != nil {
			return err
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	switch {
	case strings.Contains(filepath.Base(place), ".seg"):
		return a.segment(file, place)
	case strings.HasSuffix(place, ".records"):
		return a.records(file, place)
	}
	return a.text(file, place)
}

// saltsIn looks for slots like those of the salts' mirror, wherever they may have been copied to.
func (a *auditor) saltsIn(file io.Reader, place string) error {
	buf := make([]byte, 0, 1<<20+slotSize)
	for {
		n, err := io.ReadFull(file, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		for rest := buf; ; {
			i := bytes.Index(rest, []byte(slotMagic))
			if i < 0 || len(rest) < i+slotSize {
				break
			}
			if _, _, ok := slot(rest[i : i+slotSize]); ok {
				a.found("salt", place, "it holds one", 1)
			}
			rest = rest[i+len(slotMagic):]
		}
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return err
		}
		buf = buf[:copy(buf, buf[len(buf)-slotSize+1:])]
	}
}
