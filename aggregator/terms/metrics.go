package terms

import "github.com/prometheus/client_golang/prometheus"

// metrics count searches, never which ones.
type metrics struct {
	held    prometheus.GaugeFunc
	stored  prometheus.Counter
	dropped *prometheus.CounterVec
}

func newMetrics(l *Lane) *metrics {
	m := &metrics{
		held: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sporlos_searches_held", Help: "Search beacons whose counts are held in memory and not stored yet.",
		}, func() float64 {
			l.mu.Lock()
			defer l.mu.Unlock()
			var n uint64
			for _, c := range l.held {
				n += c.searches
			}
			if l.pending != nil {
				n += l.pending.searches()
			}
			return float64(n)
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
