package collector

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"sporlos/beacon"
)

// metrics account for every beacon: received = accepted + refused, and the same for searches.
type metrics struct {
	received, accepted prometheus.Counter
	refused            []prometheus.Counter // by beacon.Reason
	seconds            prometheus.Histogram

	searchesReceived, searchesAccepted prometheus.Counter
	searchesRefused                    []prometheus.Counter

	letters [letterFates]prometheus.Counter

	broken prometheus.Counter
	wishes wishFates
}

func newMetrics(reg prometheus.Registerer, c *Collector) metrics {
	factory := promauto.With(reg)
	factory.NewGaugeFunc(prometheus.GaugeOpts{Name: "sporlos_visits_live", Help: "Visits going on."},
		func() float64 { return float64(c.visits.Live()) })
	factory.NewCounterFunc(prometheus.CounterOpts{Name: "sporlos_visits_forgotten_total", Help: "Visits forgotten before they were over, for want of room."},
		func() float64 { return float64(c.visits.Dropped()) })
	return metrics{
		wishes: newWishFates(factory),
		received: factory.NewCounter(prometheus.CounterOpts{Name: "sporlos_beacons_received_total",
			Help: "Beacons received, one for each site a beacon names."}),
		accepted: factory.NewCounter(prometheus.CounterOpts{Name: "sporlos_beacons_accepted_total", Help: "Beacons made durable in the spool."}),
		refused: byReason(factory.NewCounterVec(prometheus.CounterOpts{Name: "sporlos_beacons_refused_total",
			Help: "Beacons not counted, by reason."}, []string{"reason"})),
		seconds: factory.NewHistogram(prometheus.HistogramOpts{Name: "sporlos_beacon_seconds", Help: "Time from a beacon's last byte to its answer.",
			Buckets: []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}}),
		searchesReceived: factory.NewCounter(prometheus.CounterOpts{Name: "sporlos_searches_received_total", Help: "Search beacons received."}),
		searchesAccepted: factory.NewCounter(prometheus.CounterOpts{Name: "sporlos_searches_accepted_total", Help: "Search beacons handed to the term lane."}),
		searchesRefused: byReason(factory.NewCounterVec(prometheus.CounterOpts{Name: "sporlos_searches_refused_total",
			Help: "Search beacons not counted, by reason."}, []string{"reason"})),
		letters: newLetterCounters(factory),
		broken: factory.NewCounter(prometheus.CounterOpts{Name: "sporlos_http_broken_total",
			Help: "Requests that were not HTTP, too slow, or cut off before it was known what they were."}),
	}
}

// byReason makes the counters of all reasons at once, so that they are there, at zero, from the start.
func byReason(vec *prometheus.CounterVec) []prometheus.Counter {
	reasons := beacon.Reasons()
	counters := make([]prometheus.Counter, len(reasons)+1)
	for _, r := range reasons {
		counters[r] = vec.WithLabelValues(r.String())
	}
	return counters
}
