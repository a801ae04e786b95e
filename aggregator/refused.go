package aggregator

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sporlos/store"
)

const (
	quarantineDir = "quarantine"
	// maxPartitions is how many months one insert may touch; servers refuse more than 100.
	maxPartitions = 50
	// hopeless is how many rows of a batch may be refused, with none accepted, before the fault is the server's.
	hopeless = 64
	// patience is how many attempts a smaller batch is given when the server has not accepted anything since we started.
	patience = 20
)

// errHopeless means that the server refuses everything: that is no property of the rows.
var errHopeless = errors.New("the server refuses every row: is its schema the one of this program?")

// shipment is one attempt at the events of a batch.
type shipment struct {
	a       *Aggregator
	token   string
	notes   notes
	part    block    // of some of the records
	rows    int      // accepted
	refused int      // single rows refused
	aside   [][]byte // records nobody can use
}

// insert sends the load's events as one block; or, when they lie in too many partitions for one insert, as several, cut by what the
// records say themselves so that every attempt cuts the same way.
func (sh *shipment) insert(ctx context.Context) error {
	b := &sh.a.load.block
	if b.months() <= maxPartitions {
		return sh.send(ctx, sh.token, b, sh.a.events)
	}
	records, err := sh.a.events(ctx)
	if err != nil {
		return err
	}
	for i, part := range split(records, maxPartitions) {
		b := sh.fill(part)
		if err := sh.send(ctx, fmt.Sprintf("%s/%d", sh.token, i), b, func(context.Context) ([][]byte, error) { return part, nil }); err != nil {
			return err
		}
	}
	return nil
}

// fill makes a block of some of the load's records. The one before is no longer valid.
func (sh *shipment) fill(records [][]byte) *block {
	sh.part.fill(records)
	return &sh.part
}

// send inserts a block. When the server refuses it for what is in it, the rows at fault are found by halving its records.
func (sh *shipment) send(ctx context.Context, token string, b *block, records func(context.Context) ([][]byte, error)) error {
	refused, err := sh.try(ctx, token, b)
	if !refused {
		return err
	}
	list, err := records(ctx)
	if err != nil {
		return err
	}
	if err := sh.halve(ctx, token, list, 0); err != nil {
		return err
	}
	if sh.rows == 0 && !sh.a.accepted && sh.a.away.attempts < patience {
		return errHopeless
	}
	return nil
}

// try inserts the block with the token, unless it is known to be refused. A refusal is noted on disk before anything follows from it:
// a later attempt then divides the block the same way, even if the server would take it by now, and does not store the whole
// beside its parts.
func (sh *shipment) try(ctx context.Context, token string, b *block) (refused bool, err error) {
	if sh.notes.has(token) {
		return true, nil
	}
	err = sh.a.insert(ctx, "events", token, b.columns(), b.rows())
	if err == nil {
		sh.rows += b.rows()
		return false, nil
	}
	if !errors.Is(err, store.ErrRefused) {
		return false, err
	}
	if sh.notes.empty() {
		sh.a.log.Warn("ClickHouse refuses a block for what is in it; looking for the rows at fault", "error", reason(err))
	}
	if b.rows() == 1 {
		return true, nil // it cannot be divided, so it can be tried again under its token
	}
	return true, sh.notes.add(token)
}

// halve divides records that were refused in two and inserts each half with a token of its own, made of its place in the block;
// `at` is the place of the first. One record alone is put aside.
func (sh *shipment) halve(ctx context.Context, token string, records [][]byte, at int) error {
	if len(records) == 1 {
		sh.refused++
		sh.aside = append(sh.aside, records...)
		if sh.rows == 0 && sh.refused >= hopeless {
			return errHopeless
		}
		return nil
	}
	mid := len(records) / 2
	for _, half := range []struct {
		records [][]byte
		at      int
	}{{records[:mid], at}, {records[mid:], at + mid}} {
		refused, err := sh.try(ctx, fmt.Sprintf("%s/%d-%d", token, half.at, half.at+len(half.records)), sh.fill(half.records))
		if err == nil && refused {
			err = sh.halve(ctx, token, half.records, half.at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// quarantine writes records to a file of their own, named after the batch, so that a second attempt replaces it: for each record its
// length as a uvarint, then its bytes.
func (a *Aggregator) quarantine(records [][]byte) error {
	var out []byte
	for _, rec := range records {
		out = append(binary.AppendUvarint(out, uint64(len(rec))), rec...)
	}
	path := a.asidePath() + ".records"
	if err := writeFile(path, out); err != nil {
		return fmt.Errorf("cannot move records that cannot be stored aside: %w", err)
	}
	a.log.Warn("records that cannot be stored were moved aside", "records", len(records), "file", path)
	return nil
}

// asidePath is where files about the batch are, without their extension.
func (a *Aggregator) asidePath() string {
	return filepath.Join(a.o.Dir, quarantineDir, strings.NewReplacer("/", "_", ":", ".").Replace(a.token()))
}

// notes are the tokens of blocks that were refused, one a line in a file that lives until the batch is committed.
type notes struct {
	path   string
	tokens map[string]bool
}

func (a *Aggregator) notes() (notes, error) {
	n := notes{path: a.asidePath() + ".refused", tokens: map[string]bool{}}
	b, err := os.ReadFile(n.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return n, fmt.Errorf("cannot read which blocks were refused: %w", err)
	}
	for line := range strings.Lines(string(b)) {
		if token, whole := strings.CutSuffix(line, "\n"); whole {
			n.tokens[token] = true
		}
	}
	return n, nil
}

func (n *notes) has(token string) bool { return n.tokens[token] }
func (n *notes) empty() bool           { return len(n.tokens) == 0 }

// add makes the note durable. The whole file is written each time: it is short, and so never torn.
func (n *notes) add(token string) error {
	n.tokens[token] = true
	var out []byte
	for t := range n.tokens {
		out = append(append(out, t...), '\n')
	}
	if err := writeFile(n.path, out); err != nil {
		delete(n.tokens, token)
		return fmt.Errorf("cannot note that a block was refused: %w", err)
	}
	return nil
}

// forget removes the notes of a batch that has been committed.
func (n *notes) forget() error {
	if n.empty() {
		return nil
	}
	return os.Remove(n.path)
}

// writeFile makes a file appear whole and durably.
func writeFile(path string, content []byte) error {
	file, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}
