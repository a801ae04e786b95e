package engine

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	restarts     prometheus.Counter
	up           prometheus.Gauge
	startSeconds prometheus.Gauge
	resident     func() float64
	registered   []prometheus.Collector
}

func newMetrics() *metrics {
	return &metrics{
		restarts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sporlos_engine_restarts_total",
			Help: "Times the embedded ClickHouse died and was started again.",
		}),
		up: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sporlos_engine_up",
			Help: "1 while the embedded ClickHouse runs.",
		}),
		startSeconds: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sporlos_engine_start_seconds",
			Help: "Seconds the last start of the embedded ClickHouse took until it was ready.",
		}),
	}
}

func (m *metrics) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	m.registered = []prometheus.Collector{m.restarts, m.up, m.startSeconds, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sporlos_engine_resident_bytes",
		Help: "Resident memory of the embedded ClickHouse, 0 while it does not run.",
	}, m.resident)}
	var errs []error
	for _, c := range m.registered {
		errs = append(errs, r.Register(c))
	}
	return errors.Join(errs...)
}

func (m *metrics) unregister(r prometheus.Registerer) {
	for _, c := range m.registered {
		r.Unregister(c)
	}
}

// residentBytes reads the child's VmRSS.
func (e *Engine) residentBytes() float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", e.PID()))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	var kib float64
	if _, err := fmt.Sscanf(rest, "%f kB", &kib); err != nil {
		return 0
	}
	return kib * 1024
}
