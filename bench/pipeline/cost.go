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

// load is how many beacons are sent and how many a second.
type load struct {
	beacons int
	rate    float64
}

// measureCost sends beacons at a steady rate and waits until they are stored.
func (l load) measureCost(s *system.System) ([]result.Figure, error) {
	warm := max(l.beacons/20, 1)
	if _, err := traffic.Open(s.Collector, warm, 64, l.rate, request); err != nil {
		return nil, err
	}
	before, err := settled(s, warm)
	if err != nil {
		return nil, err
	}
	sent, err := traffic.Open(s.Collector, l.beacons, 64, l.rate, request)
	if err != nil {
		return nil, err
	}
	if sent.Accepted != int64(l.beacons) {
		return nil, fmt.Errorf("%d of %d beacons were accepted", sent.Accepted, l.beacons)
	}
	after, err := settled(s, warm+l.beacons)
	if err != nil {
		return nil, err
	}
	return l.figures(s, after.minus(before), sent)
}

func (l load) figures(s *system.System, used usage, sent traffic.Result) ([]result.Figure, error) {
	now, peak, err := system.Resident(s.PID)
	if err != nil {
		return nil, err
	}
	_, engine, err := system.Resident(s.Engine)
	million := func(d time.Duration) float64 { return d.Seconds() * 1e6 / float64(l.beacons) }
	return []result.Figure{
		result.Plain("processor of collector, aggregator and dashboards", million(used.ours), "s/million beacons"),
		result.Plain("processor of the engine", million(used.engine), "s/million beacons"),
		result.Plain("processor of all processes", million(used.ours+used.engine), "s/million beacons"),
		result.Plain("beacons accepted meanwhile", sent.PerSecond(), "a second"),
		result.Plain("inserts meanwhile", used.inserts*60/sent.Spell.Seconds(), "a minute"),
		result.AtMost("memory of collector, aggregator and dashboards, meanwhile", float64(now)/(1<<20), "MiB", 100),
		result.Plain("memory of collector, aggregator and dashboards, most", float64(peak)/(1<<20), "MiB"),
		result.AtMost("memory of the engine, most", float64(engine)/(1<<20), "MiB", 1024),
	}, err
}

// settled waits until so many events are stored and returns what was used until then.
func settled(s *system.System, events int) (usage, error) {
	for began := time.Now(); time.Since(began) < patience; time.Sleep(100 * time.Millisecond) {
		stored, err := metric(s.Ops, "sporlos_events_stored_total")
		if err != nil {
			return usage{}, err
		}
		if stored >= float64(events) {
			return use(s)
		}
	}
	return usage{}, fmt.Errorf("%d events were not stored within %v", events, patience)
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
