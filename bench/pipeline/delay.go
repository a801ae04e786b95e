package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"sporlos/bench/result"
	"sporlos/bench/system"
	"sporlos/bench/traffic"
)

const (
	lowRate   = 1.7 // beacons a second: the beat is not that of the aggregator
	lowSpell  = 40 * time.Second
	idleSpell = 20 * time.Second
	patience  = time.Minute
)

// measureDelay sends beacons now and then, and asks all the time how many can be counted; then it sends as many and asks nothing.
func measureDelay(s *system.System) ([]result.Figure, error) {
	token, err := s.Run("token", "add", "--site", traffic.Domain)
	if err != nil {
		return nil, err
	}
	delays, err := watchDelays(s, token)
	if err != nil {
		return nil, err
	}
	cpu, err := watchIdle(s)
	if err != nil {
		return nil, err
	}
	at := func(percent int) float64 { return delays[(len(delays)-1)*percent/100].Seconds() }
	const low = ", 1.7 beacons/s"
	return []result.Figure{
		result.Plain("sent until countable, p50"+low, at(50), "s"),
		result.AtMost("sent until countable, p99"+low, at(99), "s", 3),
		result.Plain("inserts"+low, cpu.inserts*60/idleSpell.Seconds(), "a minute"),
		result.Plain("processor of collector, aggregator and dashboards"+low, 100*cpu.ours.Seconds()/idleSpell.Seconds(), "% of a core"),
		result.Plain("processor of the engine"+low, 100*cpu.engine.Seconds()/idleSpell.Seconds(), "% of a core"),
	}, nil
}

// watchDelays returns the delays in order of length. A delay counts from the moment at which the beacon is sent to that of the answer
// that counts it; the next question follows 50 ms after an answer, so a delay is up to so much too long.
func watchDelays(s *system.System, token string) (delays []time.Duration, err error) {
	n := int(lowRate * lowSpell.Seconds())
	began := time.Now().Add(50 * time.Millisecond) // as traffic.Open has it
	sent := make(chan error, 1)
	go func() {
		r, err := traffic.Open(s.Collector, n, 1, lowRate, request)
		if err == nil && r.Accepted != int64(n) {
			err = fmt.Errorf("%d of %d beacons were accepted", r.Accepted, n)
		}
		sent <- err
	}()
	for len(delays) < n && time.Since(began) < lowSpell+patience {
		counted, err := countable(s.Dashboards, token)
		if err != nil {
			return nil, err
		}
		for now := time.Now(); len(delays) < min(counted, n); {
			due := began.Add(time.Duration(float64(len(delays)) / lowRate * float64(time.Second)))
			delays = append(delays, now.Sub(due))
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := <-sent; err != nil {
		return nil, err
	}
	if len(delays) < n {
		return nil, fmt.Errorf("%d of %d beacons could be counted within %v", len(delays), n, patience)
	}
	slices.Sort(delays)
	return delays, nil
}

// countable asks the stats API for all pageviews there are.
func countable(dashboards, token string) (int, error) {
	const question = `{"site_id":"` + traffic.Domain + `","metrics":["pageviews"],"date_range":"all"}`
	r, err := http.NewRequest(http.MethodPost, dashboards+"/api/v2/query", bytes.NewReader([]byte(question)))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	text, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return 0, err
	}
	var page struct{ Results []struct{ Metrics []int } }
	if err := json.Unmarshal(text, &page); err != nil || answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the API answered %s: %s", answer.Status, text)
	}
	if len(page.Results) == 0 || len(page.Results[0].Metrics) == 0 {
		return 0, nil
	}
	return page.Results[0].Metrics[0], nil
}

// watchIdle sends beacons at the same rate and asks nothing but at the end.
func watchIdle(s *system.System) (used usage, err error) {
	before, err := use(s)
	if err != nil {
		return used, err
	}
	if _, err := traffic.Open(s.Collector, int(lowRate*idleSpell.Seconds()), 1, lowRate, request); err != nil {
		return used, err
	}
	after, err := use(s)
	return after.minus(before), err
}
