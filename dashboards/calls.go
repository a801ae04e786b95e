package dashboards

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// call passes a question to the stats API. A network from which calls keep coming that have no valid token is slowed down, as one is that keeps
// failing to log in, so that such calls cost next to nothing; one with a token makes up for all of them.
func (d *Dashboards) call(w http.ResponseWriter, r *http.Request) error {
	network := d.network(r)
	if wait := d.calls.Try(network); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error":"too many calls without a valid token have come from this network; wait as long as Retry-After says"}`+"\n")
		return nil // whoever has gone misses nothing
	}
	counted := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	d.API.ServeHTTP(counted, r)
	if counted.status != http.StatusUnauthorized {
		d.calls.Forgive(network)
	}
	return nil
}
