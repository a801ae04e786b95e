package api

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Outcomes of a request, the values of the metric's label.
const (
	answered     = "answered"
	refused      = "refused"
	unauthorized = "unauthorized"
	limited      = "limited"
	failed       = "failed"
)

type metrics struct {
	queries *prometheus.CounterVec
	seconds prometheus.Histogram
}

func newMetrics(r prometheus.Registerer) metrics {
	m := metrics{
		queries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sporlos_api_queries_total", Help: "Requests to the stats API, by outcome.",
		}, []string{"outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sporlos_api_answer_seconds", Help: "Time to answer a query of the stats API.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20},
		}),
	}
	for _, outcome := range []string{answered, refused, unauthorized, limited, failed} {
		m.queries.WithLabelValues(outcome)
	}
	if r != nil {
		r.MustRegister(m.queries, m.seconds)
	}
	return m
}

func (m metrics) count(outcome string, started time.Time) {
	m.queries.WithLabelValues(outcome).Inc()
	if outcome == answered {
		m.seconds.Observe(time.Since(started).Seconds())
	}
}
