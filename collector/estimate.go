package collector

import (
	"sporlos/collector/audience"
	"sporlos/collector/visitor"
	"sporlos/event"
)

// estimate tells the sketches of the site's day of the visitor whose event was counted, by two numbers: of the network, and of the
// whole address. Neither is written anywhere, and the event knows nothing of them.
func (c *Collector) estimate(e *event.Event, r *Request) {
	if c.audiences == nil {
		return
	}
	who := visitor.Identity{Address: r.address, Agent: view(r.Agent), Language: view(r.Language)}
	network, address := c.reader.Marks.Pair(e.Site, e.Day, &who)
	c.audiences.Add(e.Site, e.Day, network, address)
}

// estimating makes the collector estimate, unless visitors are nobody's business.
func (c *Collector) estimating(a *audience.Audiences, mode visitor.Mode) {
	if a != nil && mode != visitor.Nobody {
		c.audiences, c.reader.Marks = a, visitor.NewMarks()
	}
}
