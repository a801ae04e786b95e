// Command collector measures what the airlock costs: beacons the collector accepts and makes durable per second, as a ratio of what a
// bare fasthttp server answers that reads the same requests and says 202. Both run in a child process of their own on the same machine,
// under the same client, over 64 keep-alive connections on loopback, in turns within one run, so that a slow or busy machine slows both.
//
// The full collector works with a spool on disk (fsync once a second), the real country file, devices, robots, sources and rate limit,
// behind a trusted proxy. Agents, pages, referrers and addresses change from request to request. An answer counts only when it is 202
// without x-sporlos-dropped, and the child's own count of records in the spool must agree.
//
//	go run ./bench/collector [-rounds 3] [-time 3s] [-dir DIR]
//
// The client takes its share of the processor in both turns. The last line is the result: "ratio N.NN", the median of the rounds.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"time"
)

const connections = 64

func main() {
	log.SetFlags(0)
	serve := flag.String("serve", "", "internal: be the server, bare or full")
	rounds := flag.Int("rounds", 3, "how often each server has its turn")
	turn := flag.Duration("time", 3*time.Second, "how long a turn is")
	dir := flag.String("dir", os.TempDir(), "where the spool is made, and removed again")
	profile := flag.String("profile", "", "write a processor profile of the full collector to this file")
	flag.Parse()
	var err error
	if *serve != "" {
		err = child(*serve, *dir, *profile)
	} else {
		err = measure(*rounds, *turn, *dir, *profile)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func measure(rounds int, turn time.Duration, dir, profile string) error {
	bare, err := startServer("bare", dir, "")
	if err != nil {
		return err
	}
	defer bare.kill()
	full, err := startServer("full", dir, profile)
	if err != nil {
		return err
	}
	defer full.kill()
	requests := makeRequests()
	var ratios []float64
	var accepted int64
	for round := range rounds + 1 {
		spell := turn
		if round == 0 { // warms up caches, connections and the processor's clock
			spell = time.Second
		}
		b, err := load(bare.addr, requests, spell)
		if err != nil {
			return err
		}
		f, err := load(full.addr, requests, spell)
		if err != nil {
			return err
		}
		accepted += f.accepted
		if f.refused > 0 || b.refused > 0 {
			return fmt.Errorf("%d beacons were refused by the collector, %d by the bare server: nothing was measured", f.refused, b.refused)
		}
		if round > 0 {
			fmt.Printf("round %d: bare %v, collector %v\n", round, b, f)
			ratios = append(ratios, f.perSecond()/b.perSecond())
		}
	}
	stored, err := full.stop()
	if err != nil {
		return err
	}
	if stored != accepted {
		return fmt.Errorf("%d beacons were accepted, %d are in the spool", accepted, stored)
	}
	fmt.Printf("%d beacons accepted, %d in the spool\n", accepted, stored)
	slices.Sort(ratios)
	fmt.Printf("ratio %.2f\n", ratios[len(ratios)/2])
	return nil
}
