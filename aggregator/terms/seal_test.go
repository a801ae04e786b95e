package terms

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"sporlos/term"
)

// TestSnapshotIsSealed: whoever has the file has nothing, and neither its size nor its bytes tell one search from another.
func TestSnapshotIsSealed(t *testing.T) {
	r := newRig(t)
	var sizes []int
	for _, phrase := range []string{"barnehage", "skole", "a phrase that is a good deal longer than the others and longer still"} {
		r.Put(search(1, phrase, 1))
		if err := r.save(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(r.path())
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(phrase)) || bytes.Contains(b, []byte("held")) {
			t.Error("the snapshot can be read")
		}
		sizes = append(sizes, len(b))
	}
	if sizes[0] != sizes[1] || sizes[0] != sizes[2] {
		t.Errorf("sizes are %v: the length of a phrase shows", sizes)
	}
}

// TestWithoutKeyring: a crash loses what is held, a clean stop does not, and the key it leaves is taken away at the next start.
func TestWithoutKeyring(t *testing.T) {
	r := newRig(t)
	bare := func() {
		r.open()
		forget(r.dir)
		if r.seal.ring {
			r.seal.ring = false
		}
	}
	bare()
	r.put(19, search(1, "barnehage", 3))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(r.seal.file()); err != nil {
		t.Fatalf("a clean stop left no key: %v", err)
	}
	bare()
	if len(r.held) != 1 {
		t.Error("a clean stop lost what was held")
	}
	if _, err := os.Stat(r.seal.file()); err == nil {
		t.Error("the key stayed beside the snapshot")
	}
	r.put(1, search(1, "skole", 3))
	if err := r.save(); err != nil {
		t.Fatal(err)
	}
	bare() // as after a crash
	if len(r.held) != 0 {
		t.Error("a snapshot was read without its key")
	}
	r.work()
	r.wantStored("after a crash without a keyring", 0)
}

// TestReleasesDoNotFollowSearches: when a release happens is drawn, whatever arrives, between half of Every and one and a half.
func TestReleasesDoNotFollowSearches(t *testing.T) {
	r := newRig(t)
	r.o.Every = 20 * time.Second
	least, most := time.Hour, time.Duration(0)
	for range 1000 {
		d := r.untilRelease()
		least, most = min(least, d), max(most, d)
	}
	if least < 10*time.Second || least > 11*time.Second || most > 30*time.Second || most < 29*time.Second {
		t.Errorf("releases are %v to %v apart", least, most)
	}
}

// TestLossInACrash measures what a crash loses: searches come every 5 ms, and the lane is left where it stands.
func TestLossInACrash(t *testing.T) {
	r := newRig(t)
	if !r.seal.ring {
		t.Skip("the kernel gives no keyring here: a crash loses what is held")
	}
	r.o.Every = time.Hour
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	const each = 5 * time.Millisecond
	n := 0
	for began := time.Now(); time.Since(began) < 3700*time.Millisecond; time.Sleep(each) {
		r.Put(term.Term{Site: 1, Day: today, Kind: term.Search, Text: "barnehage"})
		n++
	}
	b, err := r.seal.read(r.path())
	if err != nil {
		t.Fatal(err)
	}
	after := &Lane{held: map[key]counts{}}
	if !after.restore(b) {
		t.Fatal("the snapshot cannot be taken over")
	}
	lost := n - int(after.held[key{1, today, term.Search, "barnehage", ""}].searches)
	t.Logf("%d searches in 3.7 s, the last %d are lost: %v of searches", n, lost, time.Duration(lost)*each)
	if lost > int(1200*time.Millisecond/each) {
		t.Errorf("%d searches of %d are lost, more than those of the last second", lost, n)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
