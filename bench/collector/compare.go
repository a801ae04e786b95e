package main

import (
	"fmt"
	"slices"
	"time"

	"sporlos/bench/result"
	"sporlos/bench/system"
)

// comparison is what the rounds at one number of connections brought.
type comparison struct {
	connections int
	ratios      []float64 // accepted by the collector for each that the bare server answered
	rates       []float64 // accepted by the collector, a second
	bareRates   []float64
	beyond      []float64 // processor time of a beacon beyond the bare server's, µs
}

func (b *bench) compareAll() (few, many comparison, err error) {
	bare, err := startServer("bare", b.dir, "")
	if err != nil {
		return few, many, err
	}
	defer bare.kill()
	full, err := startServer("full", b.dir, b.profile)
	if err != nil {
		return few, many, err
	}
	defer full.kill()
	if few, err = b.compare(bare, full, 64); err != nil {
		return few, many, err
	}
	if many, err = b.compare(bare, full, 1024); err != nil {
		return few, many, err
	}
	return few, many, full.check()
}

// compare lets both servers have their turns.
func (b *bench) compare(bare, full *server, connections int) (comparison, error) {
	c := comparison{connections: connections}
	for round := range b.rounds + 1 {
		spell := b.turn
		if round == 0 { // warms up caches, connections and the processor's clock
			spell = time.Second
		}
		plain, plainCPU, err := b.take(bare, connections, spell)
		if err != nil {
			return c, err
		}
		whole, wholeCPU, err := b.take(full, connections, spell)
		if err != nil {
			return c, err
		}
		if round == 0 {
			continue
		}
		fmt.Printf("%d connections, round %d: bare %.0f/s, %.1f µs each; collector %.0f/s, %.1f µs each\n", connections, round, plain, plainCPU, whole, wholeCPU)
		c.ratios = append(c.ratios, whole/plain)
		c.rates, c.bareRates = append(c.rates, whole), append(c.bareRates, plain)
		c.beyond = append(c.beyond, wholeCPU-plainCPU)
	}
	return c, nil
}

// take is one turn: beacons a second, and the server's processor time for each, in µs.
func (b *bench) take(s *server, connections int, spell time.Duration) (perSecond, cpu float64, err error) {
	before, err := system.CPU(s.cmd.Process.Pid)
	if err != nil {
		return 0, 0, err
	}
	r, err := b.closed(s.addr, connections, spell)
	if err != nil {
		return 0, 0, err
	}
	after, err := system.CPU(s.cmd.Process.Pid)
	if err != nil {
		return 0, 0, err
	}
	if r.Refused > 0 || r.Accepted == 0 {
		return 0, 0, fmt.Errorf("the %s server accepted %d beacons and refused %d: nothing was measured", s.kind, r.Accepted, r.Refused)
	}
	s.accepted += r.Accepted
	s.underway += int64(connections)
	return r.PerSecond(), float64((after - before).Microseconds()) / float64(r.Accepted), nil
}

func (c comparison) figures() []result.Figure {
	at := fmt.Sprintf(", %d connections", c.connections)
	return []result.Figure{
		result.Plain("bare server"+at, median(c.bareRates), "answers/s"),
		result.Plain("accepted"+at, median(c.rates), "beacons/s"),
		result.AtLeast("accepted, of what the bare server answers"+at, median(c.ratios), "", 0.70),
		result.AtMost("CPU of a beacon beyond the bare server"+at, median(c.beyond), "µs", 4),
	}
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}
