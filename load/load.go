// Package load sends the beacons of make-believe visitors to a collector at a steady rate and says how it fared: what an operator
// runs before a campaign, to see what an installation bears.
//
// The load is open: beacons leave at their time whether or not earlier ones were answered, as visitors do, so a collector that stalls
// shows in the latencies. It is bounded in time and in requests under way, and stops by itself.
package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"sporlos/demo"
)

// Options of a run.
type Options struct {
	Collector string        // base URL
	Domain    string        // the site, as the collector knows it
	Rate      int           // beacons a second
	For       time.Duration // how long
	Underway  int           // requests under way at most; beacons beyond are not sent and counted as skipped
	Seed      uint64
}

// Result is what came of a run.
type Result struct {
	Sent, Accepted, Failed int
	Skipped                int            // not sent, because too many were under way
	Refused                map[string]int // by reason or status
	Took                   time.Duration
	latencies              []time.Duration
}

// Quantile returns the latency that a share q of the answered beacons stayed below; 0 without any.
func (r *Result) Quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	slices.Sort(r.latencies)
	return r.latencies[min(int(q*float64(len(r.latencies))), len(r.latencies)-1)]
}

// Validate refuses what cannot be run. A collector elsewhere than on this machine is the operator's own decision: see the command.
func (o Options) Validate() error {
	u, err := url.Parse(o.Collector)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%q is not the address of a collector: write it as http://127.0.0.1:8080", o.Collector)
	}
	if o.Domain == "" || o.Rate < 1 || o.Rate > 200_000 || o.For <= 0 || o.For > time.Hour || o.Underway < 1 {
		return errors.New("a load has a site, 1 to 200000 beacons a second, and lasts up to an hour")
	}
	return nil
}

// OnLoopback tells whether the collector is on this machine.
func (o Options) OnLoopback() bool {
	u, err := url.Parse(o.Collector)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// Run sends the load. It ends early, without an error, when ctx does.
func Run(ctx context.Context, o Options) (*Result, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.For)
	defer cancel()
	r := &run{Options: o, result: Result{Refused: map[string]int{}}, room: make(chan struct{}, o.Underway)}
	r.client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: o.Underway, MaxConnsPerHost: o.Underway}}
	began := time.Now()
	r.send(ctx, began)
	r.wait.Wait()
	r.client.CloseIdleConnections()
	r.result.Took = time.Since(began)
	return &r.result, nil
}

type run struct {
	Options
	client *http.Client
	room   chan struct{}
	wait   sync.WaitGroup

	mu     sync.Mutex
	result Result
}

// send lets beacons leave at their time.
func (r *run) send(ctx context.Context, began time.Time) {
	people := demo.NewPeople(r.Seed, nil)
	var steps []demo.Step
	for n := 0; ; n++ {
		for len(steps) == 0 {
			steps = people.Visit(began)
		}
		step := steps[0]
		steps = steps[1:]
		due := began.Add(time.Duration(n) * time.Second / time.Duration(r.Rate))
		if wait := time.Until(due); wait > 0 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
		} else if ctx.Err() != nil {
			return
		}
		r.launch(step)
	}
}

func (r *run) launch(step demo.Step) {
	select {
	case r.room <- struct{}{}:
	default:
		r.mu.Lock()
		r.result.Skipped++
		r.mu.Unlock()
		return
	}
	r.wait.Go(func() {
		began := time.Now()
		reason, err := r.post(step)
		took := time.Since(began)
		<-r.room
		r.note(reason, took, err)
	})
}

// post sends one step and returns why it was refused, "" when it was not.
func (r *run) post(step demo.Step) (reason string, err error) {
	path, body := "/e", step.Beacon
	if body == nil {
		path, body = "/q", step.Search
	}
	body = bytes.ReplaceAll(body, []byte(demo.Domain), []byte(r.Domain))
	request, err := http.NewRequest(http.MethodPost, strings.TrimRight(r.Collector, "/")+path, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "text/plain")
	request.Header.Set("User-Agent", step.Agent)
	request.Header.Set("Accept-Language", step.Language)
	request.Header.Set("X-Forwarded-For", step.Addr.String())
	response, err := r.client.Do(request)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(io.Discard, response.Body)
	err = errors.Join(err, response.Body.Close())
	if reason = response.Header.Get("x-sporlos-dropped"); reason == "" && response.StatusCode != http.StatusAccepted {
		reason = response.Status
	}
	return reason, err
}

func (r *run) note(reason string, took time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Sent++
	switch {
	case err != nil:
		r.result.Failed++
		return
	case reason != "":
		r.result.Refused[reason]++
	default:
		r.result.Accepted++
	}
	r.result.latencies = append(r.result.latencies, took)
}
