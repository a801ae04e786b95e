package dashboards

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"sporlos/dashboards/api"
	"sporlos/dashboards/language"
	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/report"
	"sporlos/store/settings"
)

// answering adds the stats API to a house.
func answering(o *Options) {
	var err error
	o.API, err = api.New(api.Options{
		Authorize: func(context.Context, string) ([]string, bool, error) { return []string{"small.example"}, true, nil },
		Site: func(ctx context.Context, domain string) (*site.Site, bool, error) {
			s, err := o.Settings.Site(ctx, domain)
			if errors.Is(err, settings.ErrNotFound) {
				return nil, false, nil
			}
			return s, err == nil, err
		},
		Report: o.Report, Now: o.Now, PerHour: 100_000,
	})
	if err != nil {
		panic(err)
	}
}

// asker of the API: what is asked of every question of a test.
type question struct {
	from, to   string
	filters    []string // JSON
	dimensions []string
	metrics    []string
}

type apiRow struct {
	Dimensions []string
	Metrics    []float64
}

func (h *house) api(q question) []apiRow {
	h.Helper()
	order := ""
	if len(q.dimensions) > 0 && !strings.HasPrefix(q.dimensions[0], "time:") {
		order = fmt.Sprintf(`, "order_by": [[%q, "desc"], [%q, "asc"]]`, q.metrics[0], q.dimensions[0])
	}
	body := fmt.Sprintf(`{"site_id": "small.example", "date_range": [%q, %q], "metrics": ["%s"], "dimensions": [%s], "filters": [%s]%s}`,
		q.from, q.to, strings.Join(q.metrics, `", "`), strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%q", q.dimensions), "["), "]"), strings.Join(q.filters, ", "), order)
	r, err := http.NewRequest(http.MethodPost, h.server.URL+"/api/v2/query", strings.NewReader(body))
	if err != nil {
		h.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer x")
	response, err := h.client.Do(r)
	if err != nil {
		h.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	var found struct{ Results []apiRow }
	if err = errors.Join(err, json.Unmarshal(text, &found)); err != nil || response.StatusCode != 200 {
		h.Fatalf("%s: %d %s %v", body, response.StatusCode, text, err)
	}
	return found.Results
}

// sameView is a view whose numbers are compared: its query, its filters in the words of the API, and which metrics its chart shows in turn.
type sameView struct {
	query   string
	filters []string
	charts  []string
}

func sameViews(segment string) []sameView {
	charts := view.Metrics()
	return []sameView{
		{"", nil, charts[:2]},
		{"f=or(is:country:DE,contains:source:Goo)", []string{`["or", [["is", "visit:country", ["DE"]], ["contains", "visit:source", ["Goo"]]]]`}, charts[2:4]},
		{"f=not:page:/blog&seg=" + segment, []string{`["is_not", "event:page", ["/blog"]]`, `["is", "visit:device", ["Desktop"]]`}, charts[4:]},
	}
}

// wordOf is the API's word for a dimension.
func wordOf(d report.Dimension) string {
	switch key, ok := d.Key(); {
	case ok:
		return "event:props:" + key
	case d == report.Page:
		return "event:page"
	case d == report.Event:
		return "event:name"
	}
	return "visit:" + string(d)
}

// TestPagesAndAPISayTheSame: every metric of every dimension that a page shows, in plain, filtered and segmented views.
func TestPagesAndAPISayTheSame(t *testing.T) {
	h := furnished(t, answering)
	_, desktop, _ := h.defined()
	spoken := *h.dashboards
	spoken.words = language.English()
	now := question{from: h.now.AddDate(0, 0, -27).Format(time.DateOnly), to: h.now.Format(time.DateOnly)}
	numbers := 0
	for _, v := range sameViews(desktop.ID) {
		for _, p := range panels() {
			for _, tab := range p.Tabs {
				if tab.Searches || tab.Doing != "" {
					continue // is not in the API
				}
				numbers += h.sameTable(&spoken, v.query, v.filters, p, tab, now)
			}
		}
		numbers += h.sameFigures(&spoken, v, now)
	}
	if numbers < 300 {
		t.Errorf("only %d numbers were compared", numbers)
	}
	t.Logf("%d numbers are the same", numbers)
}

// about completes a question with a tab's dimension, metrics and conditions.
func (q question) about(tab tab, filters []string) question {
	q.dimensions, q.filters, q.metrics = []string{wordOf(tab.Dimension)}, slices.Clone(filters), nil
	for _, c := range append(slices.Clone(tab.Columns), tab.Details...) {
		q.metrics = append(q.metrics, c.Metric.String())
	}
	for _, f := range tab.Only {
		q.filters = append(q.filters, fmt.Sprintf("[%q, %q, [%q]]", f.Op, wordOf(f.Dimension), f.Values[0]))
	}
	return q
}

// read is how a page is read, as the API says: time and depth, whoever entered or left there.
func (h *house) read(d *Dashboards, now question, filters []string, page string) []string {
	h.Helper()
	now.dimensions, now.metrics = []string{"event:page"}, []string{"time_on_page", "scroll_depth"}
	now.filters = append(slices.Clone(filters), fmt.Sprintf(`["is", "event:page", [%q]]`, page))
	rows := h.api(now)
	if len(rows) == 0 {
		return []string{"–", "–"}
	}
	return []string{d.words.Metric("time_on_page", rows[0].Metrics[0]), d.words.Metric("scroll_depth", rows[0].Metrics[1])}
}

// sameTable compares a table in full, and each number's change beside day −30.
func (h *house) sameTable(d *Dashboards, query string, filters []string, p panel, tab tab, now question) (numbers int) {
	h.Helper()
	other := h.now.AddDate(0, 0, -30).Format(time.DateOnly)
	now = now.about(tab, filters)
	then := now
	then.from, then.to = other, other
	was := map[string][]float64{}
	for _, r := range h.api(then) {
		was[r.Dimensions[0]] = r.Metrics
	}
	a := h.get(fmt.Sprintf("/small.example/%s?t.%s=%s&compare=custom&cfrom=%s&cto=%s&%s", p.ID, p.ID, tab.ID, other, other, query))
	shown, rows := tableRows(find(a.doc, "panel-"+p.ID)), h.api(now)
	if len(shown) != len(rows) {
		h.Errorf("%s of %q: the page has %d rows, the API %d", tab.ID, query, len(shown), len(rows))
		return 0
	}
	for i, r := range rows {
		want := []string{d.valueText(tab.Dimension, r.Dimensions[0])}
		for k, name := range now.metrics {
			want = append(want, strings.TrimSpace(strings.ReplaceAll(d.words.Metric(name, r.Metrics[k]), "\u202f", "")+" "+changed(name, k, r.Metrics, was[r.Dimensions[0]])))
		}
		if tab.Reading {
			want = append(want, h.read(d, now, filters, r.Dimensions[0])...)
		}
		if tab.Dimension == report.Country && len(r.Dimensions[0]) == 2 {
			want[0] = r.Dimensions[0] + " " + want[0]
		}
		if !slices.Equal(shown[i], want) {
			h.Errorf("%s of %q, row %d: the page says %q, the API %q", tab.ID, query, i+1, shown[i], want)
		}
		numbers += len(r.Metrics)
	}
	return numbers
}

// changed is how a number of a row moved, worked out anew.
func changed(metric string, column int, now, was []float64) string {
	if !slices.ContainsFunc(was, func(v float64) bool { return v != 0 }) {
		return map[bool]string{true: "new"}[column == 0]
	}
	by, unit := now[column]-was[column], " pts"
	if metric != "bounce_rate" && metric != "percentage" && metric != "scroll_depth" {
		if was[column] == 0 {
			return ""
		}
		by, unit = by/was[column]*100, "%"
	}
	switch by = math.Round(by); {
	case by > 0:
		return fmt.Sprintf("+%.0f%s", by, unit)
	case by < 0:
		return fmt.Sprintf("−%.0f%s", -by, unit)
	}
	return "0%"
}

// tableRows are the cells of a panel's rows, without what is said to those who do not see them.
func tableRows(panel *html.Node) (rows [][]string) {
	for body := range panel.Descendants() {
		if body.Data != "tbody" {
			continue
		}
		for tr := range body.ChildNodes() {
			var cells []string
			for cell := range tr.ChildNodes() {
				if cell.Data == "th" || cell.Data == "td" {
					cells = append(cells, seen(cell))
				}
			}
			if cells != nil {
				rows = append(rows, cells)
			}
		}
	}
	return rows
}

// seen is the text of an element as it is seen: without what only assistive technology gets.
func seen(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		hidden := slices.ContainsFunc(c.Parent.Attr, func(a html.Attribute) bool { return a.Key == "class" && a.Val == "vh" })
		if c.Type == html.TextNode && !hidden {
			b.WriteString(c.Data + " ")
		}
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(b.String(), "\u202f", "")), " ")
}

// sameFigures compares the six figures, and the chart of each bucket by bucket.
func (h *house) sameFigures(d *Dashboards, v sameView, now question) (numbers int) {
	h.Helper()
	query := v.query
	now.filters, now.metrics = v.filters, view.Metrics()
	total := h.api(now)[0].Metrics
	now.dimensions = []string{"time:day"}
	days := map[string][]float64{}
	for _, r := range h.api(now) {
		days[r.Dimensions[0]] = r.Metrics
	}
	for i, metric := range now.metrics {
		if !slices.Contains(v.charts, metric) {
			continue
		}
		a := h.get("/small.example?metric=" + metric + "&" + query)
		for k, name := range now.metrics {
			if want := strings.ReplaceAll(d.words.Metric(name, total[k]), "\u202f", ""); !strings.Contains(a.text("figure-"+name)+" ", " "+want+" ") {
				h.Errorf("%s of %q: the page says %q, the API %s", name, query, a.text("figure-"+name), want)
			}
			numbers++
		}
		for k, tr := range tableRows(find(a.doc, "chart")) {
			day := h.now.AddDate(0, 0, k-27)
			want := 0.0
			if m := days[day.Format(time.DateOnly)]; m != nil {
				want = m[i]
			}
			if !strings.HasPrefix(tr[0], day.Format("Mon 2 Jan 2006")) || tr[1] != d.words.Exact(metric, want) {
				h.Errorf("%s of %q: the chart says %q, the API %v", metric, query, tr, want)
			}
			numbers++
		}
	}
	return numbers
}
