package aggregator

import (
	"context"
	"testing"

	"sporlos/event"
)

// TestReadAhead: while a block is on its way the next one is read, if it is a whole one, up to an erasure and never behind one.
func TestReadAhead(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Batch = 100 })
	ctx := context.Background()
	for n := range 250 {
		r.append(record(eventOf(uint64(n%5+1), n)))
	}
	r.append(eraseOf(3))
	for n := range 300 {
		r.append(record(eventOf(uint64(n%5+1), 1000+n)))
	}
	for i, want := range []struct {
		events, wishes int
		ahead          bool // while it is on its way
	}{{100, 0, true}, {100, 0, true}, {50, 0, true}, {0, 1, false}, {100, 0, true}, {100, 0, true}, {100, 0, false}} {
		wasReady := r.ahead.ready
		if err := r.nextBlock(ctx); err != nil {
			t.Fatal(err)
		}
		if got := r.load; got.block.rows() != want.events || len(got.wishes) != want.wishes || i > 0 && wasReady != (i != 4) {
			t.Fatalf("block %d has %d events and %d erasures; it was read ahead: %v", i, got.block.rows(), len(got.wishes), wasReady)
		}
		r.readAhead(ctx)()
		if r.ahead.ready != want.ahead || want.ahead && r.ahead.from != r.load.to {
			t.Fatalf("while block %d is on its way, ready %v", i, r.ahead.ready)
		}
		if _, err := r.attempt(ctx); err != nil {
			t.Fatal(err)
		}
		if err := r.spool.Commit(r.load.to); err != nil {
			t.Fatal(err)
		}
	}
	r.want("SELECT toString((count(), uniqExact(time), countIf(visitor = 3), countIf(visitor = 3 AND time < 1795348800 + 1000))) FROM events", "(500,500,60,0)")
}

// TestAheadIsForgottenWhenTheCursorIsElsewhere: what was read ahead is used where the cursor is, and nowhere else.
func TestAheadIsForgottenWhenTheCursorIsElsewhere(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Batch = 100 })
	ctx := context.Background()
	r.append(views(300)...)
	if err := r.nextBlock(ctx); err != nil {
		t.Fatal(err)
	}
	r.readAhead(ctx)() // and then the server goes away, and the process gives the block up
	if !r.ahead.ready {
		t.Fatal("nothing was read ahead")
	}
	first := r.load.from
	if err := r.nextBlock(ctx); err != nil || r.load.from != first || r.load.block.rows() != 100 || r.load.block.time[0] != noon {
		t.Fatalf("%d rows from %v, %v", r.load.block.rows(), r.load.from, err)
	}
	r.drain()
	r.want("SELECT toString((count(), uniqExact(time))) FROM events", "(300,300)")
}

func TestMemoryOfABacklogIsGivenBack(t *testing.T) {
	var b block
	b.reset()
	e := view(1)
	e.Props = []event.Prop{{Key: "k", Value: "v"}}
	for range 2 * plenty {
		b.add(&e)
	}
	b.reset() // it needed it
	for range plenty / 8 {
		b.add(&e)
	}
	if cap(b.site) < 2*plenty {
		t.Fatalf("memory for %d rows was kept, want that of the last block", cap(b.site))
	}
	b.reset()
	b.add(&e)
	if cap(b.site) > plenty || cap(b.propKeys) > 8 || b.rows() != 1 {
		t.Errorf("memory for %d rows is kept", cap(b.site))
	}
}
