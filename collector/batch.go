package collector

import (
	"runtime"
	"time"

	"github.com/valyala/fasthttp"

	"sporlos/beacon"
	"sporlos/collector/batch"
	"sporlos/site"
	"sporlos/spool"
)

// newFront is the server of plain beacons: they are taken in batches, each of which is one write to the spool.
func (c *Collector) newFront() *batch.Server {
	return batch.New(batch.Options{
		Takes: func(method, path []byte) bool {
			to, _ := c.route(path)
			return to == events && string(method) == fasthttp.MethodPost
		},
		Handle: c.handleBatch,
		Loops:  runtime.NumCPU(), Connections: maxConnections,
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
	})
}

// batching is what a scratch needs for beacons that are appended to the spool together.
type batching struct {
	records  spool.Bundle
	sites    []*site.Site     // of the records
	problems []beacon.Problem // of the requests
	response fasthttp.Response
	accepted []byte // the answer to an accepted beacon,
	second   int64  // as of this second
}

// hold keeps a record for when all of the batch are there.
func (b *batching) hold(s *site.Site, record []byte) {
	b.records.Add(record)
	b.sites = append(b.sites, s)
}

// handleBatch is handleEvent for many requests. None is answered before all their records are in the spool.
func (c *Collector) handleBatch(requests []*batch.Request) {
	w := c.batches.Get().(*scratch)
	b := w.batching
	now := c.now()
	for _, q := range requests {
		b.problems = append(b.problems, c.takeOne(q, w, now))
	}
	if len(b.sites) > 0 {
		c.keepBatch(b, now)
	}
	for i, q := range requests {
		q.Answer = b.appendAnswer(q.Answer, b.problems[i])
	}
	took := c.now().Sub(now).Seconds()
	for range requests {
		c.metrics.seconds.Observe(took)
	}
	clear(b.sites)
	b.problems, b.sites = b.problems[:0], b.sites[:0]
	w.request, w.beacon = Request{}, beacon.Beacon{Props: w.beacon.Props[:0]}
	c.batches.Put(w)
}

// takeOne takes one beacon as far as the batch.
func (c *Collector) takeOne(q *batch.Request, w *scratch, now time.Time) beacon.Problem {
	w.begin(now)
	for _, f := range q.Fields {
		w.note(f.Name, f.Value)
	}
	return c.takeBody(w, q.Body, q.Peer, now)
}

// keepBatch appends the records, and accounts for them.
func (c *Collector) keepBatch(b *batching, now time.Time) {
	reason := c.kept(c.spool.AppendBundle(&b.records))
	if reason == beacon.Accepted {
		c.metrics.accepted.Add(float64(len(b.sites)))
		return
	}
	for _, s := range b.sites {
		c.refuse(reason, s, now.Unix())
	}
	for i := range b.problems {
		if b.problems[i].Reason == beacon.Accepted {
			b.problems[i].Reason = reason
		}
	}
}

// appendAnswer appends what answer says. The answer to an accepted beacon is the same for a second.
func (b *batching) appendAnswer(dst []byte, p beacon.Problem) []byte {
	if p.Reason != beacon.Accepted {
		return b.render(dst, p)
	}
	if second := time.Now().Unix(); second != b.second {
		b.accepted, b.second = b.render(b.accepted[:0], p), second
	}
	return append(dst, b.accepted...)
}

func (b *batching) render(dst []byte, p beacon.Problem) []byte {
	b.response.Reset()
	answer(&b.response, p)
	body := b.response.Body()
	b.response.Header.SetContentLength(len(body))
	return append(b.response.Header.AppendBytes(dst), body...)
}
