package spool

import (
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// metrics are what a spool counts about itself.
type metrics struct {
	records, bytes, overwritten            prometheus.Counter
	quarantinedRecords, quarantinedBytes   prometheus.Counter
	fsync                                  prometheus.Histogram
	fsyncFailures                          prometheus.Counter
	full, tooLarge, io                     prometheus.Counter // children of refused
	refused                                *prometheus.CounterVec
	depthBytes, depthRecords, depthSeconds prometheus.GaugeFunc
	registered                             []prometheus.Collector
}

func newMetrics(s *Spool) *metrics {
	m := &metrics{
		records:            counter("sporlos_spool_appended_records_total", "Records acknowledged."),
		bytes:              counter("sporlos_spool_appended_bytes_total", "Bytes written for them, framing included."),
		overwritten:        counter("sporlos_spool_overwritten_records_total", "Records overwritten with zeros because they had to be forgotten."),
		quarantinedRecords: counter("sporlos_spool_quarantined_records_total", "Acknowledged records found damaged or missing."),
		quarantinedBytes:   counter("sporlos_spool_quarantined_bytes_total", "Damaged bytes moved aside."),
		fsyncFailures:      counter("sporlos_spool_fsync_failures_total", "Failed fsyncs; appends are refused until a new segment could be fsynced."),
		fsync: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sporlos_spool_fsync_seconds", Help: "Duration of fsync(2) on a segment.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sporlos_spool_refused_total", Help: "Records refused, by reason.",
		}, []string{"reason"}),
		depthBytes: gauge("sporlos_spool_depth_bytes", "Bytes not committed yet.", func() float64 {
			bytes, _, _ := s.Depth()
			return float64(bytes)
		}),
		depthRecords: gauge("sporlos_spool_depth_records", "Records not committed yet.", func() float64 {
			_, records, _ := s.Depth()
			return float64(records)
		}),
		depthSeconds: gauge("sporlos_spool_oldest_seconds", "Age of the oldest record not committed yet.", func() float64 {
			_, _, oldest := s.Depth()
			return oldest.Seconds()
		}),
	}
	m.full, m.tooLarge, m.io = m.refused.WithLabelValues("full"), m.refused.WithLabelValues("too_large"), m.refused.WithLabelValues("io")
	return m
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func gauge(name, help string, f func() float64) prometheus.GaugeFunc {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
}

func (m *metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{
		m.records, m.bytes, m.overwritten, m.quarantinedRecords, m.quarantinedBytes, m.fsync, m.fsyncFailures, m.refused,
		m.depthBytes, m.depthRecords, m.depthSeconds,
	}
}

func (m *metrics) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	for _, c := range m.collectors() {
		if err := r.Register(c); err != nil {
			return fmt.Errorf("cannot register its metrics: %w; two spools need two registries", err)
		}
		m.registered = append(m.registered, c)
	}
	return nil
}

func (m *metrics) unregister(r prometheus.Registerer) {
	for _, c := range m.registered {
		r.Unregister(c)
	}
	m.registered = nil
}

// accepting follows whether records are being refused and logs when that changes, at most once per report.
type accepting struct {
	refused, appended float64
	refusing          bool
}

func (a *accepting) report(m *metrics, log *slog.Logger) {
	refused, appended := value(m.full)+value(m.io), value(m.records)
	switch {
	case refused > a.refused && !a.refusing:
		a.refusing = true
		log.Warn("spool refuses records", "full", value(m.full), "io", value(m.io))
	case refused == a.refused && appended > a.appended && a.refusing:
		a.refusing = false
		log.Info("spool accepts records again", "refused", refused)
	}
	a.refused, a.appended = refused, appended
}

// value reads a counter back.
func value(c prometheus.Counter) float64 {
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		return 0
	}
	return m.GetCounter().GetValue()
}
