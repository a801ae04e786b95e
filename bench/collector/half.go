package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"sporlos/bench/result"
	"sporlos/bench/system"
	"sporlos/bench/traffic"
)

const (
	halfConnections = 128
	halfSpell       = 10 * time.Second
)

// measureHalf measures latencies of the whole program at half of what it takes, and says how much that is: the engine stores what comes,
// the stats API is asked.
func (b *bench) measureHalf() (figures []result.Figure, rate float64, err error) {
	program, err := system.Build(b.dir)
	if err != nil {
		return nil, 0, err
	}
	s, err := system.Start(program, b.dir, "--rate-limit", "0")
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	if _, err := s.Run("site", "add", traffic.Domain); err != nil {
		return nil, 0, err
	}
	token, err := s.Run("token", "add", "--site", traffic.Domain)
	if err != nil {
		return nil, 0, err
	}
	return b.load(s, token)
}

// load fills the program, and then sends it half of what it took; the rate of that is returned, too.
func (b *bench) load(s *system.System, token string) (figures []result.Figure, rate float64, err error) {
	asking := ask(s.Dashboards, token)
	defer asking.end()
	if _, err := b.closed(s.Collector, 64, time.Second); err != nil { // warms up
		return nil, 0, err
	}
	capacity, err := b.closed(s.Collector, 64, 3*time.Second)
	if err != nil {
		return nil, 0, err
	}
	if capacity.Refused > 0 {
		return nil, 0, fmt.Errorf("%d beacons were refused by the whole program", capacity.Refused)
	}
	if rate = b.rate; rate == 0 {
		rate = capacity.PerSecond() / 2
	}
	half, err := driven(s.Collector, rate)
	if err != nil {
		return nil, 0, err
	}
	asked, err := asking.end()
	if err != nil {
		return nil, 0, err
	}
	_, engine, err := system.Resident(s.Engine)
	const of = ", whole program: engine ingesting, API asked"
	return []result.Figure{
		result.Plain("accepted, 64 connections"+of, capacity.PerSecond(), "beacons/s"),
		result.Plain("p50 at half of it"+of, half.P50, "ms"),
		result.AtMost("p99 at half of it"+of, half.P99, "ms", 5),
		result.Plain("p99 of what the client itself was late by, meanwhile", half.Late99, "ms"),
		result.Plain("questions answered meanwhile", float64(asked), ""),
		result.AtMost("engine's memory at most, at capacity and asked", float64(engine)/(1<<20), "MiB", 1024),
	}, rate, err
}

// measureBare sends a bare server as many beacons a second, with nothing beside it: what of the latencies is the machine's and the client's.
func (b *bench) measureBare(rate float64) ([]result.Figure, error) {
	bare, err := startServer("bare", b.dir, "")
	if err != nil {
		return nil, err
	}
	defer bare.kill()
	l, err := driven(bare.addr, rate)
	return []result.Figure{result.Plain("p99 of a bare server at that rate, alone", l.P99, "ms")}, err
}

// questions are what an open dashboard asks.
var questions = []string{
	`{"site_id":"example.org","metrics":["visitors","pageviews"],"date_range":"day","dimensions":["time:hour"]}`,
	`{"site_id":"example.org","metrics":["visitors","bounce_rate"],"date_range":"day","dimensions":["visit:source"]}`,
	`{"site_id":"example.org","metrics":["visitors","pageviews"],"date_range":"day","dimensions":["event:page"]}`,
	`{"site_id":"example.org","metrics":["visitors"],"date_range":"day","dimensions":["visit:browser"],"filters":[["is","visit:os",["Windows"]]]}`,
}

// asker asks the stats API one question after another, ten a second at most.
type asker struct {
	answered atomic.Int64
	cancel   context.CancelFunc
	done     sync.WaitGroup
	err      error
}

func ask(dashboards, token string) *asker {
	ctx, cancel := context.WithCancel(context.Background())
	a := &asker{cancel: cancel}
	a.done.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			if err := post(ctx, dashboards+"/api/v2/query", token, questions[n%len(questions)]); err != nil && ctx.Err() == nil {
				a.err = err
				return
			}
			a.answered.Add(1)
			time.Sleep(100 * time.Millisecond)
		}
	})
	return a
}

// end stops asking and returns how many answers there were.
func (a *asker) end() (int64, error) {
	a.cancel()
	a.done.Wait()
	return a.answered.Load(), a.err
}

func post(ctx context.Context, url, token, body string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("the API answered %s: %s", response.Status, text)
	}
	return err
}
