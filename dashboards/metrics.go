package dashboards

import (
	"errors"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics count requests by page (closed: the names given in routes) and class of status, and logins by what came of them.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	logins   *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) (metrics, error) {
	m := metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sporlos_dashboard_requests_total", Help: "Requests to the dashboards by page and class of status."}, []string{"page", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sporlos_dashboard_seconds", Help: "Seconds until a page of the dashboards was written.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"page"}),
		logins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sporlos_dashboard_logins_total", Help: "Tries to log in by result: ok, wrong, throttled, busy, link."}, []string{"result"}),
	}
	return m, errors.Join(r.Register(m.requests), r.Register(m.seconds), r.Register(m.logins))
}

func (m metrics) served(page string, status int, took time.Duration) {
	m.requests.WithLabelValues(page, strconv.Itoa(status/100)+"xx").Inc()
	m.seconds.WithLabelValues(page).Observe(took.Seconds())
}
