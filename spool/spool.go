// Package spool keeps records on disk between the collector that accepts them and the aggregator that ships them.
//
// A spool is a directory of append-only segments (FORMAT.md has every byte). It carries without understanding: a record is
// any string of up to 1 MiB. The promise is made in three steps:
//
//   - Append returns once the kernel has the record; from then on it survives kill -9, and within the time of the fsync
//     policy also a power cut.
//   - Read returns the records behind a position, always the same ones in the same order. Begin notes durably which block is
//     on its way to the database, Commit that it has arrived. After a crash Cursor tells both, and ReadTo returns exactly
//     the block that was begun; with a deduplication token made of ID and the two positions it is stored once.
//   - Damage never stops what is intact: damaged bytes are copied to quarantine/, counted, and stepped over.
//
// What has to be forgotten before its segment goes, Overwrite turns into zeros where it is.
//
// Many goroutines may append at once. The first to arrive while a write is under way leads the next group: it waits for the
// write, takes everything that has gathered behind it, and writes that with one system call while the others sleep. There is
// no flush timer: a lone record is written at once. Reading does not disturb appending, and fsync runs beside it, except with
// FsyncAlways.
//
// Consumed segments stay for a while (Options.Keep), so that Since can replay what has just happened. When the spool reaches
// Options.Max it gives those up first and then refuses with ErrFull.
package spool

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Errors a caller branches on. Others say what was tried and why it failed.
var (
	ErrFull       = errors.New("spool is full: bring the database back, free disk space, or raise --spool-max")
	ErrTooLarge   = fmt.Errorf("record is too large for the spool: at most %d bytes", MaxRecord)
	ErrNotDurable = errors.New("spool is not durable after a failed fsync: check the disk; appends are tried again every second")
	ErrClosed     = errors.New("spool is closed")
)

// Policy says when segments are fsynced.
type Policy int

const (
	FsyncInterval Policy = iota // once a second when something was written
	FsyncAlways                 // before Append returns
	FsyncOff                    // never; a power cut may take what the kernel has not written yet
)

// String returns the flag's spelling: 1s, always or off.
func (p Policy) String() string { return [...]string{"1s", "always", "off"}[p] }

// MarshalText returns the same as String.
func (p Policy) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the flag's spelling: always, 1s or off.
func (p *Policy) UnmarshalText(text []byte) error {
	for _, q := range []Policy{FsyncInterval, FsyncAlways, FsyncOff} {
		if q.String() == string(text) {
			*p = q
			return nil
		}
	}
	return fmt.Errorf("unknown fsync policy %q: want always, 1s or off", text)
}

// Options of a spool; zero values mean the defaults.
type Options struct {
	Max          int64         // bytes of all segments together; 10 GiB
	SegmentBytes int64         // a segment is closed before it grows beyond; 16 MiB, at most an eighth of Max
	SegmentAge   time.Duration // a segment is closed this long after its first record; 5 minutes
	Keep         time.Duration // consumed segments stay this long after their last record; 35 minutes, negative: not at all
	Fsync        Policy

	Now        func() time.Time      // time.Now
	Logger     *slog.Logger          // discards
	Registerer prometheus.Registerer // nil: metrics are counted but not shown
}

func (o Options) withDefaults() (Options, error) {
	if o.Max < 0 || o.SegmentBytes < 0 || o.SegmentAge < 0 || o.Fsync < FsyncInterval || o.Fsync > FsyncOff {
		return o, errors.New("negative size or age, or unknown fsync policy in its options")
	}
	if o.Max == 0 {
		o.Max = 10 << 30
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = 16 << 20
	}
	if o.SegmentAge == 0 {
		o.SegmentAge = 5 * time.Minute
	}
	if o.Keep == 0 {
		o.Keep = 35 * time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	// Only whole segments can be removed: one that fills Max alone could never make room.
	o.SegmentBytes = max(min(o.SegmentBytes, o.Max/8), headerBytes)
	return o, nil
}

// Spool is an open spool. All methods may be called by many goroutines.
//
// Locks are taken in this order: ship, rewrite, io, fsync, mu.
type Spool struct {
	dir     string
	id      spoolID
	seed    uint32
	o       Options
	metrics *metrics
	lock    *os.File
	stop    chan struct{}
	stopped sync.WaitGroup
	kick    chan struct{} // a segment was closed: fsync it now

	ship  sync.Mutex // held by Begin and Commit
	io    sync.Mutex // held while the newest segment is written or replaced
	fsync sync.Mutex // held while segments are fsynced and closed
	aside sync.Mutex // held while damage is copied

	rewrite sync.RWMutex // held by Overwrite, and shared by who reads segments

	mu       sync.Mutex
	closed   bool
	broken   error      // why appends are refused; see restore
	segments []*segment // ascending; the last one is being written
	file     *os.File   // of the last segment
	torn     bool       // the last segment could not be cut back after a failed write
	dirty    bool       // it was written since the last fsync
	names    bool       // the directory was changed since the last fsync
	retired  []*os.File // closed for writing, to be fsynced and closed
	bytes    int64      // of all segments
	queued   int64      // bytes that wait in groups
	filling  *group     // takes the next record
	spare    []*group
	end      mark // behind the last record
	cursor   cursor
	lastRead mark // end of the last batch read: its sequence number is asked for by Commit
	counted  Position
	ages     []age
	wake     chan struct{} // closed when a record was written; nil when nobody waits
}

// Open opens the spool in dir, or makes one. It recovers what a crash left: the torn tail of the newest segment is moved to
// quarantine/, and damaged files too. It fails when another process has the spool open, when a newer version wrote
// it, or when the disk refuses; never because records are damaged.
func Open(dir string, o Options) (*Spool, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("cannot open spool %q: %w", dir, err)
	}
	s := &Spool{dir: dir, o: o, stop: make(chan struct{}), kick: make(chan struct{}, 1)}
	s.filling = new(group)
	s.filling.done.Add(1)
	s.metrics = newMetrics(s)
	if err := s.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot open spool %q: %w", dir, err), s.release())
	}
	s.stopped.Add(1)
	go s.tend()
	return s, nil
}

func (s *Spool) open() error {
	if err := os.MkdirAll(filepath.Join(s.dir, "quarantine"), dirMode); err != nil {
		return err
	}
	if err := s.takeLock(); err != nil {
		return err
	}
	if err := s.recover(); err != nil {
		return err
	}
	return s.metrics.register(s.o.Registerer)
}

// release gives back what Open took, also half-way through it.
func (s *Spool) release() error {
	s.metrics.unregister(s.o.Registerer)
	var errs []error
	for _, file := range append(s.retired, s.file, s.lock) {
		if file != nil {
			errs = append(errs, file.Close())
		}
	}
	s.retired, s.file, s.lock = nil, nil, nil
	return errors.Join(errs...)
}

// ID returns 16 hex digits drawn at random when the spool was made. They belong into deduplication tokens: positions are
// unique only within a spool.
func (s *Spool) ID() string { return s.id.String() }

// End returns the position behind the last record.
func (s *Spool) End() Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end.pos
}

// Depth returns what is not committed yet: its size on disk, its records, and the age of the oldest one
// (exact to a second; for records from before the last start, the age of their segment).
func (s *Spool) Depth() (bytes int64, records int64, oldest time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done := s.cursor.committed
	for _, g := range s.segments {
		switch {
		case g.number > done.pos.Segment:
			bytes += g.size - headerBytes
		case g.number == done.pos.Segment:
			bytes += max(0, g.size-max(done.pos.Offset, headerBytes))
		}
	}
	if s.end.seq > done.seq {
		records = int64(s.end.seq - done.seq)
		oldest = max(0, s.o.Now().Sub(s.oldestAge()))
	}
	return bytes, records, oldest
}

// Close fsyncs (unless FsyncOff), closes all files and gives the directory free. Appends and waits under way end with ErrClosed.
func (s *Spool) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.wakeWaiters()
	s.mu.Unlock()
	close(s.stop)
	s.stopped.Wait()

	s.ship.Lock()
	defer s.ship.Unlock()
	s.io.Lock() // a leader that comes later finds the spool closed
	defer s.io.Unlock()
	err := s.sync()
	s.fsync.Lock()
	defer s.fsync.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err = errors.Join(err, s.release()); err != nil {
		return fmt.Errorf("cannot close spool %q cleanly: %w", s.dir, err)
	}
	return nil
}
