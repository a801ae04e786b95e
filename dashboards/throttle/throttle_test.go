package throttle

import (
	"fmt"
	"testing"
	"time"
)

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func start() (*Throttle, *clock) {
	c := &clock{time.Unix(1_800_000_000, 0)}
	return New(Limit{Free: 3, First: time.Second, Longest: 4 * time.Second, Keys: 3}, c.now), c
}

func TestItFires(t *testing.T) {
	th, c := start()
	for i := range 2 {
		if d := th.Try("a"); d != 0 {
			t.Fatalf("try %d has to wait %v", i+1, d)
		}
	}
	for i, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 4 * time.Second} {
		if d := th.Try("a"); d != 0 {
			t.Fatalf("try %d after its wait has to wait %v more", i+3, d)
		}
		if d := th.Try("a"); d != want {
			t.Errorf("after failure %d the wait is %v, want %v", i+3, d, want)
		}
		c.t = c.t.Add(want)
	}
}

func TestForWhom(t *testing.T) {
	th, _ := start()
	for range 9 {
		th.Try("a")
	}
	if d := th.Try("b"); d != 0 {
		t.Errorf("b waits %v for what a did", d)
	}
	th.Forgive("a")
	if d := th.Try("a"); d != 0 {
		t.Errorf("a waits %v after being forgiven", d)
	}
}

func TestQuietKeysAreForgotten(t *testing.T) {
	th, c := start()
	for range 4 {
		th.Try("a")
	}
	c.t = c.t.Add(9 * time.Second)
	for i := range 2 {
		if d := th.Try("a"); d != 0 {
			t.Fatalf("try %d after a quiet time has to wait %v", i+1, d)
		}
	}
	if d := th.Try("a"); d != 0 {
		t.Errorf("the third waits %v", d)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	th, c := start()
	for i := range 100 {
		th.Try(fmt.Sprint(i))
		c.t = c.t.Add(time.Millisecond)
	}
	if n := th.Len(); n != 3 {
		t.Errorf("%d keys are remembered", n)
	}
	th.Try("99")
	th.Try("99")
	if th.Try("99") == 0 {
		t.Error("the newest key gave way instead of the oldest")
	}
}
