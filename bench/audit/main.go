// Command audit measures the recognisers of "sporlos verify": false alarms on values as a clean year holds them, finds among planted
// personal data of each kind, and speed.
//
//	go run ./bench/audit [-values 5000000] [-plants 5000] [-rows 2000000] [-seed 1]
//	go run ./bench/audit -lines FILE    # what is recognised in the lines of any file, masked
//
// The clean values are distinct, made from the shapes that paths, titles, campaigns, versions, referrers and properties have, with time
// stamps, ISBNs and numbers of up to six digits: "stored" after the collector's scrubber, which is what a year of data looks like and
// may give one false alarm in a million values; "sent" as pages send them, where numbers side by side do make identity numbers now
// and then. The planted ones are made by code of their own, in the notations and the surroundings people and programs use, the
// awkward ones too, so that recall says what is overlooked. "ids" are no promise: bare numbers of seven to sixteen digits, as a site that keeps
// identifiers in its paths stores them. Speed is per second of processor time, of one core.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/zeebo/xxh3"

	"sporlos/audit/pattern"
	"sporlos/collector/scrub"
	"sporlos/store/engine"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "engine" { // the child process that hosts the library
		if err := engine.Host(os.Args[2:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	values := flag.Int("values", 5_000_000, "distinct clean values")
	plants := flag.Int("plants", 5_000, "planted values of each kind")
	seed := flag.Uint64("seed", 1, "seed of what is made up")
	rows := flag.Int("rows", 2_000_000, "events in a database to audit; 0: none")
	lines := flag.String("lines", "", "look through the lines of this file instead (- is standard input)")
	flag.Parse()
	if *lines != "" {
		if err := lookThrough(*lines); err != nil {
			log.Fatal(err)
		}
		return
	}
	clean(rand.New(rand.NewPCG(*seed, 1)), *values, "stored", stored)
	clean(rand.New(rand.NewPCG(*seed, 1)), *values, "sent", sent)
	recall(rand.New(rand.NewPCG(*seed, 2)), *plants)
	kept(rand.New(rand.NewPCG(*seed, 3)), min(*values, 1_000_000))
	if *rows > 0 {
		if err := database(context.Background(), *rows); err != nil {
			log.Fatal(err)
		}
	}
}

// tally counts finds by kind and keeps a few examples.
type tally struct {
	values, bytes, alarms int
	took                  time.Duration
	kinds                 map[pattern.Kind]int
	examples              []string
}

// look looks through a batch and measures the time that takes.
func (t *tally) look(s *pattern.Scanner, batch []string, show bool) {
	if t.kinds == nil {
		t.kinds = map[pattern.Kind]int{}
	}
	raw := make([][]byte, len(batch))
	for i, v := range batch {
		raw[i] = []byte(v)
		t.bytes += len(v)
	}
	alarms := make([]int, 0, 8)
	began := processor()
	for i, v := range raw {
		if len(s.Find(v)) > 0 {
			alarms = append(alarms, i)
		}
	}
	t.took += processor() - began
	t.values += len(batch)
	t.alarms += len(alarms)
	for _, i := range alarms {
		for _, m := range s.Find(raw[i]) {
			t.kinds[m.Kind]++
			if show && t.kinds[m.Kind] <= 5 {
				t.examples = append(t.examples, fmt.Sprintf("%s in %q", m.Kind, batch[i]))
			}
		}
	}
}

// processor is the time this process has computed: it says more than that of the clock on a machine that does other things.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (t *tally) print(name string) {
	fmt.Printf("%-6s %d values, %.0f MB, %.0f MB and %.2f million values a second of processor time: %d alarms, %.2f per million\n", name, t.values, float64(t.bytes)/1e6,
		float64(t.bytes)/1e6/t.took.Seconds(), float64(t.values)/1e6/t.took.Seconds(), t.alarms, float64(t.alarms)*1e6/float64(t.values))
	for _, k := range pattern.Kinds() {
		if t.kinds[k] > 0 {
			fmt.Printf("         %-10s %d\n", k, t.kinds[k])
		}
	}
	for _, e := range t.examples {
		fmt.Println("         ", e)
	}
}

const batchSize = 10_000

// clean counts false alarms among n distinct values; what it looks through is made up, so examples may be shown.
func clean(r *rand.Rand, n int, name string, value func(*rand.Rand) string) {
	var s pattern.Scanner
	var t tally
	seen := map[uint64]bool{}
	var batch []string
	for len(seen) < n {
		v := value(r)
		h := xxh3.HashString(v)
		if seen[h] {
			continue
		}
		seen[h] = true
		if batch = append(batch, v); len(batch) == batchSize || len(seen) == n {
			t.look(&s, batch, true)
			batch = batch[:0]
		}
	}
	t.print(name)
}

// sent is a value as a page sends it.
func sent(r *rand.Rand) string {
	v, _ := cleanValue(r)
	return v
}

// stored is a value after the collector's scrubber, which is how a year of data really looks.
func stored(r *rand.Rand) string {
	v, isPath := cleanValue(r)
	if isPath {
		return string(scrub.Path(nil, []byte(v), scrub.Rules{IDs: true}))
	}
	return string(scrub.Text(nil, []byte(v)))
}

// kept counts alarms on bare numbers.
func kept(r *rand.Rand, n int) {
	var s pattern.Scanner
	var t tally
	batch := make([]string, 0, batchSize)
	for range n {
		digits := make([]byte, 7+r.IntN(10))
		for i := range digits {
			digits[i] = byte('0' + r.IntN(10))
		}
		if batch = append(batch, "/id/"+string(digits)); len(batch) == batchSize {
			t.look(&s, batch, false)
			batch = batch[:0]
		}
	}
	t.look(&s, batch, false)
	t.print("ids")
}

// recall counts how many planted values are found, by kind, and which notations are overlooked.
func recall(r *rand.Rand, n int) {
	var s pattern.Scanner
	for _, k := range pattern.Kinds() {
		found, right, missed := 0, 0, map[string]int{}
		made := map[string]int{}
		for range n {
			value, notation := plant(r, k)
			made[notation]++
			got := s.Find([]byte(value))
			if len(got) > 0 {
				found++
			}
			if slices.ContainsFunc(got, func(m pattern.Match) bool { return m.Kind == k }) {
				right++
			} else {
				missed[notation]++
			}
		}
		fmt.Printf("plants %-10s %d of %d found (%.2f %%), %d by their kind (%.2f %%)%s\n", k, found, n, float64(found)*100/float64(n), right,
			float64(right)*100/float64(n), overlooked(missed, made))
	}
}

func overlooked(missed, made map[string]int) string {
	var words []string
	for notation, n := range missed {
		words = append(words, fmt.Sprintf("%s %d/%d", notation, n, made[notation]))
	}
	if len(words) == 0 {
		return ""
	}
	slices.Sort(words)
	return "; not by kind: " + strings.Join(words, ", ")
}

// lookThrough reports on a file of anybody's: masked.
func lookThrough(name string) (err error) {
	file := os.Stdin
	if name != "-" {
		if file, err = os.Open(name); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
	}
	var s pattern.Scanner
	var t tally
	shown := map[pattern.Kind]int{}
	r := bufio.NewReaderSize(file, 1<<20)
	for {
		line, err := r.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			t.look(&s, []string{line}, false)
			for _, m := range s.Find([]byte(line)) {
				if shown[m.Kind]++; shown[m.Kind] <= 5 {
					fmt.Println(m.Kind, m)
				}
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	t.print("lines")
	return nil
}
