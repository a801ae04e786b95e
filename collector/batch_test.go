package collector

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sporlos/beacon"
	"sporlos/collector/audience"
	"sporlos/collector/batch"
	"sporlos/spool"
)

// newBatch is a batch of beacons with the headers Chromium and a proxy send along.
func newBatch(bodies ...string) (requests []*batch.Request) {
	for _, text := range bodies {
		q := &batch.Request{Peer: netip.MustParseAddr("127.0.0.1"), Method: []byte("POST"), Path: []byte("/e"), Body: []byte(text)}
		for _, h := range usualHeaders {
			q.Fields = append(q.Fields, batch.Field{Name: []byte(strings.Replace(h[0], "CH-UA", "Ch-Ua", 1)), Value: []byte(h[1])})
		}
		requests = append(requests, q)
	}
	return requests
}

// TestBatchIsTakenAsOneByOne: each beacon of a batch gets the answer, and leaves the event, that it would alone.
func TestBatchIsTakenAsOneByOne(t *testing.T) {
	bodies := []string{body(""), "no JSON", body(`,"n":"Signup"`), `{"n":"pageview","u":"https://x.example/","d":"nobody.example"}`, body(`,"d":"example.org,open.example"`)}
	alone, together := start(t, trustLoopback), start(t, trustLoopback)
	requests := newBatch(bodies...)
	for _, q := range newBatch(bodies...) {
		alone.c.handleBatch([]*batch.Request{q})
	}
	together.c.handleBatch(requests)
	for i, want := range []string{"202 Accepted", "400 Bad Request", "202 Accepted", "202 Accepted", "202 Accepted"} {
		if got := string(requests[i].Answer); !strings.HasPrefix(got, "HTTP/1.1 "+want) || strings.Contains(got, "unknown_site") != (i == 3) {
			t.Errorf("%s: %q", bodies[i], got)
		}
	}
	one, _ := alone.stored()
	all, _ := together.stored()
	if len(all) != 4 || len(one) != 4 {
		t.Fatalf("%d and %d events", len(one), len(all))
	}
	for i := range all {
		one[i].Visitor, one[i].Visit, all[i].Visitor, all[i].Visit = 0, 0, 0, 0 // of salts of their own
		if got, want := fmt.Sprint(all[i]), fmt.Sprint(one[i]); got != want {
			t.Errorf("%s instead of %s", got, want)
		}
	}
}

// TestBatchIsRefusedAsAWhole: when the spool is full, nobody is told that a beacon was taken, and each is accounted for.
func TestBatchIsRefusedAsAWhole(t *testing.T) {
	r := start(t, trustLoopback, func(o *Options) {
		small, err := spool.Open(t.TempDir(), spool.Options{Max: 400, Fsync: spool.FsyncOff})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { small.Close() })
		o.Spool = small
	})
	requests := newBatch(body(""), "no JSON", body(""), body(""), body(""))
	r.c.handleBatch(requests)
	for i, want := range []string{"503", "400", "503", "503", "503"} {
		if got := string(requests[i].Answer); !strings.HasPrefix(got, "HTTP/1.1 "+want) {
			t.Errorf("beacon %d: %q", i, got)
		}
	}
	if full, accepted := r.refusals(beacon.SpoolFull), r.count(r.c.metrics.accepted); full != 4 || accepted != 0 {
		t.Errorf("%d refused because the spool is full, %d accepted", full, accepted)
	}
}

func TestBatchDoesNotAllocate(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates")
	}
	r := start(t, trustLoopback, func(o *Options) { o.Audiences = audience.New(0); o.Limit = Rate{PerMinute: -1} })
	text := body("")
	requests := newBatch(text, text, text, text, text, text, text, text)
	all := func() {
		r.pass(time.Second)
		for _, q := range requests {
			q.Body, q.Answer = append(q.Body[:0], text...), q.Answer[:0]
		}
		r.c.handleBatch(requests)
	}
	all()
	if n := testing.AllocsPerRun(100, all); n >= 1 {
		t.Errorf("%v allocations for a batch of %d", n, len(requests))
	}
	if n := r.count(r.c.metrics.accepted); n != 102*8 {
		t.Errorf("%d of %d beacons were accepted", n, 102*8)
	}
}
