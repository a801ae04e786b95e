package aggregator

import (
	"bytes"
	"context"
	"encoding/binary"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

func count(t *testing.T, c prometheus.Counter) float64 {
	t.Helper()
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetCounter().GetValue()
}

// aside returns the records in quarantine and checks that no note is left behind.
func (r *rig) aside() (records [][]byte) {
	r.t.Helper()
	files, err := os.ReadDir(filepath.Join(r.dir, "aggregator", quarantineDir))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".records") {
			r.t.Errorf("%s is left in the quarantine", f.Name())
			continue
		}
		b, err := os.ReadFile(filepath.Join(r.dir, "aggregator", quarantineDir, f.Name()))
		if err != nil {
			r.t.Fatal(err)
		}
		for len(b) > 0 {
			n, size := binary.Uvarint(b)
			records = append(records, b[size:size+int(n)])
			b = b[size+int(n):]
		}
	}
	return records
}

func TestDamagedRecordsAreMovedAside(t *testing.T) {
	r := newRig(t, nil)
	good := views(3)
	newer := append([]byte{0x12}, good[0][1:]...) // a version we do not know
	r.append(good[0], []byte("nonsense"), good[1], nil, good[2][:20], newer, []byte{0x21, 1}, good[2])
	r.drain()
	r.want("SELECT toString(count()) FROM events", "3")
	if got := r.aside(); len(got) != 5 || string(got[0]) != "nonsense" || len(got[1]) != 0 {
		t.Errorf("%d records are in quarantine: %q", len(got), got)
	}
	if got := count(t, r.metrics.quarantined); got != 5 {
		t.Errorf("quarantined is %v, want 5", got)
	}
}

// poison makes the server refuse rows of one path for good.
const poison = "ALTER TABLE events ADD CONSTRAINT nothing_of_this CHECK path != '/poison'"

func poisoned(n int) []byte {
	e := view(n)
	e.Path = "/poison"
	return record(e)
}

func TestRefusedRowsAreFoundAndTheRestIsStored(t *testing.T) {
	var logs bytes.Buffer
	r := newRig(t, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&logs, nil)) })
	r.exec(poison)
	records := views(1000)
	records[0], records[517], records[999] = poisoned(0), poisoned(517), poisoned(999)
	r.append(records...)
	r.drain()
	r.want("SELECT toString((count(), uniqExact(time), (SELECT sum(events) FROM arrivals))) FROM events", "(997,997,997)")
	if got := r.aside(); len(got) != 3 || string(got[1]) != string(records[517]) {
		t.Errorf("%d records are in quarantine", len(got))
	}
	if got := count(t, r.metrics.quarantined); got != 3 {
		t.Errorf("quarantined is %v, want 3", got)
	}
	if text := logs.String(); strings.Contains(text, "poison") || !strings.Contains(text, "469") {
		t.Errorf("the log is %s", text)
	}
}

// TestCrashWhileHalving: the second attempt neither stores parts again nor the whole block, although it would now be accepted.
func TestCrashWhileHalving(t *testing.T) {
	r := newRig(t, nil)
	r.exec(poison)
	r.accepted = true
	records := views(1000)
	records[700] = poisoned(700)
	r.append(records...)
	if err := r.nextBlock(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.attempt(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := r.spool.Close(); err != nil {
		t.Fatal(err)
	}
	r.exec("ALTER TABLE events DROP CONSTRAINT nothing_of_this")
	r.spool = openSpool(t, filepath.Join(r.dir, "spool"))
	r.open(nil)
	r.drain()
	r.want("SELECT toString((count(), uniqExact(time))) FROM events", "(1000,1000)")
}

// TestServerThatRefusesEverything is waited for, however long it takes.
func TestServerThatRefusesEverything(t *testing.T) {
	r := newRig(t, nil)
	r.exec("ALTER TABLE events ADD CONSTRAINT nothing CHECK site = 0")
	r.append(views(200)...)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- r.Drain(ctx) }()
	for count(t, r.metrics.failures) == 0 && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	if ctx.Err() != nil {
		t.Fatal("no failure was counted")
	}
	cancel()
	if err := <-done; err == nil {
		t.Fatal("rows that were all refused count as shipped")
	}
	r.exec("ALTER TABLE events DROP CONSTRAINT nothing")
	r.drain()
	r.want("SELECT toString(count()) FROM events", "200")
	if got := r.aside(); len(got) != 0 {
		t.Errorf("%d records are in quarantine", len(got))
	}
}

// TestMissingTableIsWaitedFor: what is no fault of the rows quarantines none of them.
func TestMissingTableIsWaitedFor(t *testing.T) {
	r := newRig(t, nil)
	r.exec("RENAME TABLE events TO hidden")
	r.append(views(10)...)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if err := r.Drain(ctx); err == nil {
		t.Fatal("rows without a table count as shipped")
	}
	r.exec("RENAME TABLE hidden TO events")
	r.drain()
	r.want("SELECT toString(count()) FROM events", "10")
}
