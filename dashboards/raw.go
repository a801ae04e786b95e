package dashboards

import (
	"errors"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"

	"sporlos/dashboards/export"
	"sporlos/store/report"
)

// raw serves the anonymous events of a period as a file: events.csv, events.jsonl or events.parquet. Filters do not apply, so an address
// with some is refused rather than answered with more than was asked for.
func (d *Dashboards) raw(w http.ResponseWriter, r *http.Request, p prepared) error {
	name, suffix, _ := strings.Cut(r.PathValue("file"), ".")
	format := export.Format(suffix)
	if name != "events" || format.Type() == "" {
		return errNotFound
	}
	if len(p.problems) > 0 || r.URL.Query().Has("f") {
		return d.fail(w, r, http.StatusBadRequest)
	}
	if format == export.FormatParquet {
		w.Header().Set(gzhttp.HeaderNoCompression, "1")
	}
	out := &download{w: w, name: fileName(p, "events", "."+suffix), kind: format.Type()}
	file, err := export.NewRaw(format, out)
	if err != nil {
		return err
	}
	days := p.asker.view.Period
	err = d.Report.Raw(r.Context(), p.frame.Site, days.From, days.To, file.Write)
	var refused *report.Invalid
	if errors.As(err, &refused) && !out.begun {
		w.Header().Del(gzhttp.HeaderNoCompression)
		return d.failAs(w, r, http.StatusForbidden, "error.rounded")
	}
	if err == nil {
		err = file.Close()
	}
	return out.end(err)
}
