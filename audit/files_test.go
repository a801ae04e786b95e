package audit_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zeebo/xxh3"

	"sporlos/audit"
	"sporlos/event"
	"sporlos/spool"
	"sporlos/store/enginetest"
	"sporlos/store/settings"
)

// today is a day number.
func today() uint16 { return uint16(time.Now().Unix() / 86400) }

// records is a clean event, and one with a plant of each kind in each of its texts.
func records(planted bool) (list [][]byte) {
	base := event.Event{Site: 1, Day: today(), Time: uint32(time.Now().Unix()), Visitor: 7, Visit: 8, Name: "pageview", Host: "example.org", Path: "/2026/05/17/a", Browser: "Firefox", BrowserVersion: "145"}
	list = append(list, event.Append(nil, &base), event.Tally{Site: 1, Day: today(), Reason: "robot", Count: 3}.Append(nil),
		event.Erase{Site: 1, Day: today(), Visitor: 9}.Append(nil), make([]byte, 60))
	if !planted {
		return list
	}
	for _, value := range plants {
		e := base
		e.Path = value
		f := base
		f.Props = []event.Prop{{Key: "a", Value: "b"}, {Key: "ref", Value: value}}
		list = append(list, event.Append(nil, &e), event.Append(nil, &f))
	}
	return list
}

// installed makes a data directory like that of an installation, with a real spool.
func installed(t *testing.T, recs [][]byte) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	for _, sub := range []string{"spool", "aggregator/quarantine", "engine", "clickhouse/store", "collector"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir, "engine/engine.log", "2026.05.17 10:35:52.559399 [ 6783 ] {dbee2aed-6773-4bbc-8338-d2166ffc9971} <Information> Application: Listening for native protocol (tcp): 127.0.0.1:36493\n")
	write(t, dir, "clickhouse/store/data.bin", plants["email"]) // ClickHouse's own: not ours to read
	s, err := spool.Open(filepath.Join(dir, "spool"), spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range recs {
		if err := s.Append(rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func every(place string) (want []string) {
	for kind := range plants {
		want = append(want, kind+" "+place)
	}
	return want
}

func TestACleanDirectory(t *testing.T) {
	r := run(t, audit.Options{Dir: installed(t, records(false))})
	expect(t, r)
	if r.Looked.Records != 4 || r.Looked.Files < 3 {
		t.Errorf("looked at %+v", r.Looked)
	}
}

func TestPlantsInSpoolSegments(t *testing.T) {
	r := run(t, audit.Options{Dir: installed(t, records(true))})
	expect(t, r, every("spool/0000000000000001.seg")...)
	saysNothing(t, r)
	for _, f := range r.Findings {
		if f.Count != 2 {
			t.Errorf("%s was found %d times, want 2", f.Kind, f.Count)
		}
	}
	if r.Looked.Records != uint64(len(records(true))) {
		t.Errorf("%d records were read", r.Looked.Records)
	}
}

// TestPlantsInDamage flips a bit in the frame of each record, cuts the file, and drops its header.
func TestPlantsInDamage(t *testing.T) {
	dir := installed(t, records(true))
	path := filepath.Join(dir, "spool/0000000000000001.seg")
	intact, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	noFrames := bytes.ReplaceAll(intact, []byte{0xD7}, []byte{0xD6})
	write(t, dir, "spool/quarantine/0000000000000002-48-999.bad", string(noFrames[48:]))
	write(t, dir, "spool/quarantine/0000000000000003.seg", string(intact[60:]))
	write(t, dir, "spool/quarantine/0000000000000004.seg", string(intact[:20]))
	write(t, dir, "spool/quarantine/0000000000000005.seg", string(noFrames))
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	r := run(t, audit.Options{Dir: dir})
	var want []string
	for _, name := range []string{"0000000000000002-48-999.bad", "0000000000000003.seg", "0000000000000005.seg"} {
		want = append(want, every("spool/quarantine/"+name)...)
	}
	expect(t, r, want...)
}

func TestPlantsInRecordsPutAside(t *testing.T) {
	dir := installed(t, nil)
	var aside []byte
	for _, rec := range records(true) {
		aside = append(binary.AppendUvarint(aside, uint64(len(rec))), rec...)
	}
	write(t, dir, "aggregator/quarantine/1-2.records", string(aside))
	unknown := "\x99future record \x00" + plants["email"] + "\x00 and more"
	write(t, dir, "aggregator/quarantine/3-4.records", string(binary.AppendUvarint(nil, uint64(len(unknown))))+unknown)
	write(t, dir, "aggregator/quarantine/5-6.records", "\xff\xff\xff\xff\xff\xff"+plants["email"])
	r := run(t, audit.Options{Dir: dir})
	expect(t, r, append(every("aggregator/quarantine/1-2.records"), "email aggregator/quarantine/3-4.records", "email aggregator/quarantine/5-6.records")...)
}

func TestPlantsInLogsAndOtherFiles(t *testing.T) {
	dir := installed(t, nil)
	var log strings.Builder
	for _, value := range plants {
		fmt.Fprintf(&log, "2026-05-17T12:30:45Z level=info msg=\"%s\"\n", value)
	}
	write(t, dir, "engine/engine.log", log.String())
	write(t, dir, "collector/sites.json", `{"sites":[{"id":1,"domain":"example.org","note":"`+plants["email"]+`"}]}`)
	write(t, dir, "core.1234", "\x7fELF\x00\x01\xff\xfe"+strings.Repeat("\x00\xff", 5000)+" to=ola@example.no \x00")
	write(t, dir, "long.txt", strings.Repeat("abc def ", 8191)+" 170564 77055 "+strings.Repeat("abc def ", 20_000)) // across the cut at 64 KiB
	r := run(t, audit.Options{Dir: dir})
	expect(t, r, append(every("engine/engine.log"), "email collector/sites.json", "email core.1234", "norwegian long.txt")...)
	saysNothing(t, r)
}

func TestModes(t *testing.T) {
	dir := installed(t, nil)
	socket, err := net.Listen("unix", filepath.Join(dir, "control.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	for name, mode := range map[string]os.FileMode{"control.sock": 0o660, "engine/engine.log": 0o644, "spool": 0o750, "spool/id": 0o604, ".": 0o701, "clickhouse": 0o755} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "link")); err != nil { // its own mode means nothing, and it is not followed
		t.Fatal(err)
	}
	r := run(t, audit.Options{Dir: dir})
	expect(t, r, "mode control.sock", "mode engine/engine.log", "mode spool", "mode spool/id", "mode .", "mode clickhouse")
}

func TestWhatIsTooOld(t *testing.T) {
	old := records(false)
	old = append(old, event.Append(nil, &event.Event{Site: 1, Day: today() - 500, Name: "pageview", Path: "/"}))
	dir := installed(t, old)
	path := write(t, dir, "aggregator/quarantine/1-2.refused", "token\n")
	long := time.Now().AddDate(0, -14, -9)
	if err := os.Chtimes(path, long, long); err != nil {
		t.Fatal(err)
	}
	expect(t, run(t, audit.Options{Dir: dir}), "old_rows spool/0000000000000001.seg", "old_quarantine aggregator/quarantine/1-2.refused")
}

// slot is one slot of the salts' mirror, as collector/visitor describes it.
func slot(site uint32, day uint16) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("salt"), site)
	b = binary.LittleEndian.AppendUint16(b, day)
	b = append(b, make([]byte, 6)...)
	b = append(b, "sixteen bytes ok"...)
	return binary.LittleEndian.AppendUint64(b, xxh3.Hash(b))
}

func TestSaltsOnADisk(t *testing.T) {
	dir := installed(t, nil)
	write(t, dir, "backup/salts", "")
	write(t, dir, "backup/x.bin", strings.Repeat("salt and pepper", 100_000)+string(slot(1, today())))
	expect(t, run(t, audit.Options{Dir: dir}), "salt backup/salts", "salt backup/x.bin")
}

func TestTheVolatileDirectory(t *testing.T) {
	db := enginetest.Migrated(t)
	ctx := context.Background()
	s := settings.Open(db.Conn(), nil)
	for domain, zone := range map[string]string{"east.example": "Pacific/Kiritimati", "west.example": "Pacific/Pago_Pago"} { // always on two days
		if _, err := s.AddSite(ctx, domain, zone); err != nil {
			t.Fatal(err)
		}
	}
	sites, err := s.Sites(ctx)
	if err != nil {
		t.Fatal(err)
	}
	memory, err := os.MkdirTemp("/dev/shm", "sporlos-audit-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(memory)
	clock := time.Date(2026, 5, 17, 5, 0, 0, 0, time.UTC) // far from midnight in both zones
	o := audit.Options{DB: enginetest.Reader(t, db), Volatile: memory, Now: func() time.Time { return clock }}
	now := clock.Unix()
	var right, wrong []byte
	for _, one := range sites {
		right = append(append(right, slot(one.ID, uint16(one.DayAt(now)))...), make([]byte, 40)...)
		wrong = append(wrong, slot(one.ID, uint16(one.DayAt(now))-1)...)
	}
	write(t, memory, "salts/salts", string(right))
	write(t, memory, "terms/snapshot", `{"held":[{"phrase":"winter boots"}]}`)
	r := run(t, o)
	expect(t, r)
	if r.Looked.Records != 4 {
		t.Errorf("%d slots were read", r.Looked.Records)
	}
	write(t, memory, "salts/salts", string(wrong)+string(slot(99, uint16(now/86400)-2)))
	write(t, memory, "terms/snapshot", `{"held":[{"phrase":"`+plants["email"]+`"}]}`)
	if err := os.Chmod(memory, 0o755); err != nil {
		t.Fatal(err)
	}
	r = run(t, o)
	expect(t, r, "salt_outlived volatile/salts/salts", "email volatile/terms/snapshot", "mode volatile")
	for _, f := range r.Findings {
		if f.Kind == "salt_outlived" && f.Count != 3 {
			t.Errorf("%d salts outlived their day, want 3", f.Count)
		}
	}
}

func TestAVolatileDirectoryOnADisk(t *testing.T) {
	disk, err := os.MkdirTemp(".", "volatile-") // the source tree is on a disk; a temporary directory need not be
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(disk)
	r := run(t, audit.Options{DB: enginetest.Reader(t, enginetest.Migrated(t)), Volatile: disk})
	expect(t, r, "not_volatile volatile")
	r = run(t, audit.Options{DB: enginetest.Reader(t, enginetest.Migrated(t)), Volatile: filepath.Join(disk, "none")})
	if expect(t, r); len(r.Notes) != 1 {
		t.Errorf("nothing is noted about a directory that is not there: %q", r.Notes)
	}
}

func FuzzRead(f *testing.F) {
	for _, rec := range records(true) {
		head := []byte{0xD7, byte(len(rec)), byte(len(rec) >> 8), 0, 0, 0, 0, 0, 0, 0, 0, 0}
		f.Add(append(head, rec...))
		f.Add(append(binary.AppendUvarint(nil, uint64(len(rec))), rec...))
	}
	f.Add(slot(1, 20000))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, name := range []string{"1.seg", "1.records", "1.log", "salts/salts"} {
			write(t, dir, name, string(content))
		}
		if _, err := audit.Run(context.Background(), audit.Options{Dir: dir, Volatile: dir, Retention: 14}); err != nil {
			t.Error(err)
		}
	})
}
