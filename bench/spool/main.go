// Command spool compares the spool with the simplest thing that gives the same promise: a file, a mutex, and one write(2)
// (and, for "always", one fsync(2)) for each record. Both run on the same disk at the same time of day, turn by turn, so the
// ratios mean something on any machine; the absolute figures do not.
//
//	go run ./bench/spool [-dir DIR] [-writers 256] [-seconds 2] [-rounds 3]
//
// All figures are kept in bench/results/spool.json.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	kept "sporlos/bench/result"
	"sporlos/spool"
)

// recordBytes is about the size of an encoded event.
const recordBytes = 180

// contender is one way to store a record.
type contender struct {
	name   string
	append func([]byte) error
	close  func() error
}

// result of one round: records stored per second and the latency that 99 of 100 appends kept.
type result struct {
	rate float64
	p99  time.Duration
}

func main() {
	dir := flag.String("dir", "", "directory on the disk to measure (default: a temporary one)")
	writers := flag.Int("writers", 256, "goroutines that append")
	seconds := flag.Float64("seconds", 2, "length of a round")
	rounds := flag.Int("rounds", 3, "rounds; the median counts")
	flag.Parse()
	for _, policy := range []spool.Policy{spool.FsyncInterval, spool.FsyncAlways} {
		if err := compare(*dir, policy, *writers, *rounds, time.Duration(*seconds*float64(time.Second))); err != nil {
			log.Fatal(err)
		}
	}
}

func compare(parent string, policy spool.Policy, writers, rounds int, length time.Duration) (err error) {
	dir, err := os.MkdirTemp(parent, "spool-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ours, err := newSpool(filepath.Join(dir, "spool"), policy)
	if err != nil {
		return err
	}
	plain, err := newPlain(filepath.Join(dir, "plain"), policy)
	if err != nil {
		return errors.Join(err, ours.close())
	}
	var a, b []result
	for range rounds {
		a = append(a, measure(ours, writers, length))
		b = append(b, measure(plain, writers, length))
	}
	x, y := median(a), median(b)
	fmt.Printf("fsync %-6s  %d writers  %s %.0f records/s, p99 %v  %s %.0f records/s, p99 %v\nratio %.2f\n",
		policy, writers, ours.name, x.rate, x.p99.Round(time.Microsecond), plain.name, y.rate, y.p99.Round(time.Microsecond), x.rate/y.rate)
	name := "fsync " + policy.String()
	err = kept.Write("spool", kept.Plain("records against a plain file, "+name, x.rate/y.rate, ""), kept.Plain("records, "+name, x.rate, "a second"))
	return errors.Join(err, ours.close(), plain.close())
}

func newSpool(dir string, policy spool.Policy) (contender, error) {
	s, err := spool.Open(dir, spool.Options{Fsync: policy})
	if err != nil {
		return contender{}, err
	}
	return contender{"spool", s.Append, s.Close}, nil
}

// newPlain writes each record under a mutex; with FsyncInterval nobody fsyncs, which favours it.
func newPlain(path string, policy spool.Policy) (contender, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return contender{}, err
	}
	var mu sync.Mutex
	return contender{"plain file", func(rec []byte) error {
		mu.Lock()
		defer mu.Unlock()
		if _, err := file.Write(rec); err != nil || policy != spool.FsyncAlways {
			return err
		}
		return file.Sync()
	}, file.Close}, nil
}

func measure(c contender, writers int, length time.Duration) result {
	var mu sync.Mutex
	var all []time.Duration
	var wg sync.WaitGroup
	start := time.Now()
	for range writers {
		wg.Go(func() {
			rec := make([]byte, recordBytes)
			var took []time.Duration
			for at := time.Now(); at.Sub(start) < length; {
				if err := c.append(rec); err != nil {
					log.Fatal(err)
				}
				now := time.Now()
				took = append(took, now.Sub(at))
				at = now
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	slices.Sort(all)
	return result{float64(len(all)) / elapsed.Seconds(), all[len(all)*99/100]}
}

func median(r []result) result {
	slices.SortFunc(r, func(a, b result) int { return int(a.rate - b.rate) })
	return r[len(r)/2]
}
