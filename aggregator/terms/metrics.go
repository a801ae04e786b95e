package terms

import "github.com/prometheus/client_golang/prometheus"

// metrics count searches, never which ones.
type metrics struct {
	held    prometheus.Gauge
	stored  prometheus.Counter
	dropped *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		held: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sporlos_searches_held", Help: "Search beacons whose counts were held in memory, not stored, after the last release.",
		}),
		stored: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sporlos_searches_stored_total", Help: "Search beacons whose counts ClickHouse has acknowledged.",
		}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sporlos_searches_dropped_total", Help: "Search beacons that were not counted, by reason; damaged: snapshots.",
		}, []string{"reason"}),
	}
	for _, reason := range []string{"malformed", "long", "empty", "full", "damaged"} {
		m.dropped.WithLabelValues(reason)
	}
	return m
}

// show is called at releases only: whoever reads the gauge each second is not to learn when a search came.
func (m *metrics) show(held uint64) { m.held.Set(float64(held)) }

func (m *metrics) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	for _, c := range []prometheus.Collector{m.held, m.stored, m.dropped} {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}
