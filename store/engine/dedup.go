package engine

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// mendDeduplication makes the deduplication logs true again after a death of the engine, and returns how many records it took out.
//
// A MergeTree table notes a block in its log first and renames the block's part into place afterwards. Killed in between, the table
// has forgotten a block that its log remembers: the block, sent again with its token, is then taken for stored and is lost. Both steps
// are done under one lock, so only the last record of a table can be such a lie, and before anything new is inserted it can be told:
// no part covers its number. The engine must not be running. See docs/adr/0006-deduplication-log.md.
func mendDeduplication(data string) (mended int, err error) {
	logs, err := filepath.Glob(filepath.Join(glob(data), "store", "*", "*", "deduplication_logs"))
	if err != nil {
		return 0, err
	}
	for _, dir := range logs {
		cut, e := mendLog(dir)
		if e != nil {
			err = errors.Join(err, fmt.Errorf("cannot mend the deduplication log %s: %w", dir, e))
		}
		if cut {
			mended++
		}
	}
	return mended, err
}

// glob escapes a path for filepath.Glob.
func glob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// mendLog cuts the last record of a table's log when it is torn or names a part the table does not have.
func mendLog(dir string) (cut bool, err error) {
	path, text, err := lastLog(dir)
	if err != nil || path == "" {
		return false, err
	}
	body := bytes.TrimSuffix(text, []byte("\n"))
	start := bytes.LastIndexByte(body, '\n') + 1
	if len(body) == len(text) { // no end of line: a loss of power
		return true, os.Truncate(path, int64(start))
	}
	name, isAddition := addition(string(body[start:]))
	if !isAddition {
		return false, nil
	}
	has, err := covered(filepath.Dir(dir), name)
	if err != nil || has {
		return false, err
	}
	return true, os.Truncate(path, int64(start))
}

// lastLog returns the newest file of a log that has records; "" when there is none.
func lastLog(dir string) (path string, text []byte, err error) {
	files, err := filepath.Glob(filepath.Join(glob(dir), "deduplication_log_*.txt"))
	if err != nil {
		return "", nil, err
	}
	newest := -1
	for _, file := range files {
		number, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "deduplication_log_"), ".txt"))
		if err != nil || number <= newest {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return "", nil, err
		}
		if len(b) > 0 {
			newest, path, text = number, file, b
		}
	}
	return path, text, nil
}

// addition reads a record, operation TAB part TAB block, and says whether it is one that adds (1; 2 drops).
func addition(record string) (part string, ok bool) {
	operation, rest, _ := strings.Cut(record, "\t")
	part, _, ok = strings.Cut(rest, "\t")
	return part, ok && operation == "1"
}

// span is what the name of a part says, PARTITION_FIRST_LAST_LEVEL[_MUTATION]: which blocks of which partition are in it.
type span struct {
	partition   string
	first, last int64
}

func parsePart(name string) (s span, ok bool) {
	words := strings.Split(name, "_")
	if len(words) < 4 || len(words) > 5 {
		return s, false
	}
	var err [2]error
	s.partition = words[0]
	s.first, err[0] = strconv.ParseInt(words[1], 10, 64)
	s.last, err[1] = strconv.ParseInt(words[2], 10, 64)
	return s, err[0] == nil && err[1] == nil
}

// covered says whether a table's directory has a part with the blocks of the named one: that part or one it was merged into. A name
// that is not understood counts as covered: what we do not understand we do not touch.
func covered(table, name string) (bool, error) {
	want, ok := parsePart(name)
	if !ok {
		return true, nil
	}
	entries, err := os.ReadDir(table)
	if err != nil {
		return false, err
	}
	for _, entry := range entries {
		has, ok := parsePart(entry.Name())
		if ok && entry.IsDir() && has.partition == want.partition && has.first <= want.first && want.last <= has.last {
			return true, nil
		}
	}
	return false, nil
}
