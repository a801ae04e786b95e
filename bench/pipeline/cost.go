package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sporlos/bench/result"
	"sporlos/bench/system"
	"sporlos/bench/traffic"
)

const (
	costBeacons = 400_000
	costRate    = 10_000 // a second: what the two cores carry beside the client
)

// measureCost sends beacons at a steady rate and waits until they are stored.
func measureCost(s *system.System) ([]result.Figure, error) {
	if _, err := traffic.Open(s.Collector, costRate, 64, costRate, request); err != nil { // warms up
		return nil, err
	}
	before, err := settled(s, costRate)
	if err != nil {
		return nil, err
	}
	sent, err := traffic.Open(s.Collector, costBeacons, 64, costRate, request)
	if err != nil {
		return nil, err
	}
	if sent.Accepted != costBeacons {
		return nil, fmt.Errorf("%d of %d beacons were accepted", sent.Accepted, costBeacons)
	}
	after, err := settled(s, costRate+costBeacons)
	if err != nil {
		return nil, err
	}
	used := after.minus(before)
	now, peak, err := system.Resident(s.PID)
	if err != nil {
		return nil, err
	}
	_, engine, err := system.Resident(s.Engine)
	million := func(d time.Duration) float64 { return d.Seconds() * 1e6 / costBeacons }
	return []result.Figure{
		result.Plain("processor of collector, aggregator and dashboards", million(used.ours), "s/million beacons"),
		result.Plain("processor of the engine", million(used.engine), "s/million beacons"),
		result.Plain("processor of all processes", million(used.ours+used.engine), "s/million beacons"),
		result.Plain("inserts at 10,000 beacons/s", used.inserts*60*costRate/costBeacons, "a minute"),
		result.AtMost("memory of collector, aggregator and dashboards, at 10,000 beacons/s", float64(now)/(1<<20), "MiB", 100),
		result.Plain("memory of collector, aggregator and dashboards, most", float64(peak)/(1<<20), "MiB"),
		result.AtMost("memory of the engine, most", float64(engine)/(1<<20), "MiB", 1024),
	}, err
}

// settled waits until so many events are stored and returns what was used until then.
func settled(s *system.System, events float64) (usage, error) {
	for began := time.Now(); time.Since(began) < patience; time.Sleep(100 * time.Millisecond) {
		stored, err := metric(s.Ops, "sporlos_events_stored_total")
		if err != nil {
			return usage{}, err
		}
		if stored >= events {
			return use(s)
		}
	}
	return usage{}, fmt.Errorf("%.0f events were not stored within %v", events, patience)
}

// usage is what the processes have used so far.
type usage struct {
	ours, engine time.Duration // processor time
	inserts      float64
}

func (u usage) minus(before usage) usage {
	return usage{u.ours - before.ours, u.engine - before.engine, u.inserts - before.inserts}
}

func use(s *system.System) (u usage, err error) {
	var errs [3]error
	u.ours, errs[0] = system.CPU(s.PID)
	u.engine, errs[1] = system.CPU(s.Engine)
	u.inserts, errs[2] = metric(s.Ops, "sporlos_insert_rows_count")
	return u, errors.Join(errs[:]...)
}

// metric reads a sample without labels from /metrics.
func metric(ops, name string) (float64, error) {
	answer, err := http.Get(ops + "/metrics")
	if err != nil {
		return 0, err
	}
	text, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(text), "\n"+name+" ")
	if !found {
		return 0, fmt.Errorf("there is no metric %s", name)
	}
	value, _, _ := strings.Cut(rest, "\n")
	return strconv.ParseFloat(value, 64)
}
