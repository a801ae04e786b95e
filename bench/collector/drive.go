package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"sporlos/bench/traffic"
)

// latencies are what the client of a steady load saw, in milliseconds.
type latencies struct {
	P50, P99          float64
	Late50, Late99    float64 // what the client itself was late by
	RealTime          bool
	Accepted, Refused int64
}

// driven sends a server so many beacons a second for halfSpell, from a process of its own.
func driven(addr string, rate float64) (l latencies, err error) {
	self, err := os.Executable()
	if err != nil {
		return l, err
	}
	cmd := exec.Command(self, "-to", addr, "-rate", strconv.FormatFloat(rate, 'f', -1, 64))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return l, fmt.Errorf("the client failed: %w", err)
	}
	if err := json.Unmarshal(out, &l); err != nil {
		return l, err
	}
	if l.Refused > 0 || l.Accepted == 0 {
		return l, fmt.Errorf("%d beacons were accepted and %d refused: nothing was measured", l.Accepted, l.Refused)
	}
	return l, nil
}

// drive is that process.
func drive(addr string, rate float64) error {
	r, late, err := traffic.Steady(addr, traffic.Requests(8*variety), int(rate*halfSpell.Seconds()), halfConnections, rate)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(latencies{
		P50: milliseconds(r.P50), P99: milliseconds(r.P99), Late50: milliseconds(late.P50), Late99: milliseconds(late.P99),
		RealTime: late.RealTime, Accepted: r.Accepted, Refused: r.Refused,
	})
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
