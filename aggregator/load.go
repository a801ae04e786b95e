package aggregator

import (
	"bytes"
	"context"
	"time"

	"sporlos/event"
	"sporlos/spool"
)

// load is a range of the spool on its way to the server, in column form. The records themselves are not kept: the few times they are
// needed again, the range is read again, which gives the same.
type load struct {
	from, to  spool.Position
	block     block
	tallies   tallies
	wishes    []event.Erase // if there are any, there is nothing else in the load
	damaged   [][]byte      // copies of what is none of these, nor void
	exhausted time.Time     // when the spool had no more behind the load; zero when it was not asked or had
	ready     bool          // read ahead and not begun

	records, bytes int
}

const (
	// chunkRecords and chunkBytes bound what is read at once: little enough to be still in the processor's cache when it is decoded.
	chunkRecords = 8192
	chunkBytes   = 1 << 20
)

func (l *load) reset(from spool.Position) {
	l.from, l.to = from, from
	l.block.reset()
	l.tallies.reset()
	l.wishes, l.damaged = nil, nil
	l.exhausted, l.ready = time.Time{}, false
	l.records, l.bytes = 0, 0
}

// take adds a batch of the spool to the load.
func (l *load) take(batch *spool.Batch) {
	l.wishes = append(l.wishes, wishes(batch.Records)...)
	for _, rec := range batch.Records {
		if len(l.wishes) == 0 {
			l.add(rec)
		}
		l.bytes += len(rec)
	}
	l.records += len(batch.Records)
	l.to = batch.To
}

func (l *load) add(rec []byte) {
	switch event.KindOf(rec) {
	case event.KindEvent:
		if l.block.addRecord(rec) {
			return
		}
	case event.KindTally:
		if tally, err := event.DecodeTally(rec); err == nil {
			l.tallies.add(tally)
			return
		}
	case event.KindVoid:
		if event.IsVoid(rec) {
			return
		}
	}
	l.damaged = append(l.damaged, bytes.Clone(rec))
}

// read fills the load with what is behind from, in chunks: up to a full batch, the end of the spool, or a change between erasures and
// everything else.
func (a *Aggregator) read(ctx context.Context, from spool.Position, l *load) error {
	l.reset(from)
	for l.records < a.o.Batch && l.bytes < maxBatchBytes {
		now := time.Now()
		if err := a.o.Spool.Read(ctx, l.to, min(chunkRecords, a.o.Batch-l.records), chunkBytes, &a.chunk); err != nil {
			return err
		}
		records := a.chunk.Records
		if len(records) == 0 && a.chunk.To == l.to {
			l.exhausted = now // what comes into the spool now came later than this
			return nil
		}
		n := untilErase(records)
		if l.records > 0 && n > 0 && isErase(records[0]) != (len(l.wishes) > 0) {
			return nil
		}
		if n < len(records) {
			if err := a.o.Spool.Read(ctx, l.to, n, 0, &a.chunk); err != nil {
				return err
			}
			l.take(&a.chunk)
			return nil
		}
		l.take(&a.chunk)
	}
	return nil
}

// readAgain fills the load with a range that was begun by an earlier process, or by this one when it was interrupted.
func (a *Aggregator) readAgain(ctx context.Context, from, to spool.Position, l *load) error {
	l.reset(from)
	var batch spool.Batch
	if err := a.o.Spool.ReadTo(ctx, from, to, &batch); err != nil {
		return err
	}
	l.take(&batch)
	return nil
}

// readAhead reads the block behind the present one while the server takes that, if there is a whole one. The function it returns waits
// until that is done. Behind erasures nothing is read ahead.
func (a *Aggregator) readAhead(ctx context.Context) (wait func()) {
	_, waiting, _ := a.o.Spool.Depth()
	if len(a.load.wishes) > 0 || waiting-int64(a.load.records) < int64(a.o.Batch) {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.ahead.ready = a.read(ctx, a.load.to, a.ahead) == nil // a failure is met again by whoever reads it next
	}()
	return func() { <-done }
}

// events reads the events of the present load once more.
func (a *Aggregator) events(ctx context.Context) (records [][]byte, err error) {
	var batch spool.Batch
	if err := a.o.Spool.ReadTo(ctx, a.load.from, a.load.to, &batch); err != nil {
		return nil, err
	}
	var e event.Event
	for _, rec := range batch.Records {
		if event.Decode(rec, &e) == nil {
			records = append(records, rec)
		}
	}
	return records, nil
}
