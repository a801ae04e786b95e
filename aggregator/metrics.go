package aggregator

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics account for every record that leaves the spool, and for the folds.
type metrics struct {
	stored, quarantined, failures prometheus.Counter
	erased                        prometheus.Counter
	insertSeconds, insertRows     prometheus.Histogram
	lag                           prometheus.GaugeFunc
	folds                         prometheus.Counter
	foldSeconds                   prometheus.Histogram
	unfolded                      prometheus.Gauge
}

func newMetrics(a *Aggregator) *metrics {
	return &metrics{
		stored: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sporlos_events_stored_total", Help: "Events whose insert ClickHouse has acknowledged.",
		}),
		quarantined: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sporlos_quarantined_records_total", Help: "Records moved aside because they cannot be read or will never be accepted.",
		}),
		erased: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sporlos_erasures_total", Help: "Visitors' numbers of whom everything was erased because they asked for it.",
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sporlos_insert_failures_total", Help: "Attempts to ship a block that failed and were repeated.",
		}),
		insertSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sporlos_insert_seconds", Help: "Duration of an acknowledged insert of events.",
			Buckets: prometheus.ExponentialBuckets(0.005, 2, 12),
		}),
		insertRows: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sporlos_insert_rows", Help: "Rows of an acknowledged insert of events.",
			Buckets: prometheus.ExponentialBuckets(1, 10, 6),
		}),
		lag: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sporlos_insert_lag_seconds", Help: "Age of the oldest record that is not stored yet.",
		}, func() float64 {
			_, _, oldest := a.o.Spool.Depth()
			return oldest.Seconds()
		}),
		folds: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sporlos_folds_total", Help: "Days folded into visits and roll-ups, again counted again.",
		}),
		foldSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sporlos_fold_seconds", Help: "Duration of folding one run of days of one site.",
			Buckets: prometheus.ExponentialBuckets(0.05, 2, 12),
		}),
		unfolded: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sporlos_days_unfolded", Help: "Closed days that are answered from events because they wait to be folded.",
		}),
	}
}

func (m *metrics) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	for _, c := range []prometheus.Collector{
		m.stored, m.quarantined, m.erased, m.failures, m.insertSeconds, m.insertRows, m.lag, m.folds, m.foldSeconds, m.unfolded,
	} {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}
