package letters

import "github.com/prometheus/client_golang/prometheus"

// metrics count letters, never of which campaign.
type metrics struct {
	held    prometheus.GaugeFunc
	stored  prometheus.Counter
	dropped *prometheus.CounterVec
}

func newMetrics(l *Lane) *metrics {
	m := &metrics{
		held: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sporlos_letters_held", Help: "Opens and clicks of newsletters whose counts are held in memory and not stored yet.",
		}, func() float64 { return float64(l.holds()) }),
		stored: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sporlos_letters_stored_total", Help: "Opens and clicks of newsletters whose counts ClickHouse has acknowledged.",
		}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sporlos_letters_dropped_total", Help: "Opens and clicks of newsletters that were not counted, by reason; damaged: snapshots.",
		}, []string{"reason"}),
	}
	for _, reason := range []string{"malformed", "full", "damaged"} {
		m.dropped.WithLabelValues(reason)
	}
	return m
}

func (l *Lane) holds() (n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, count := range l.held {
		n += count
	}
	if l.pending != nil {
		n += l.pending.letters()
	}
	return n
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
