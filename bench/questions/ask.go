package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"sporlos/bench/result"
	"sporlos/bench/system"
	"sporlos/site"
	"sporlos/store/report"
)

// question is something the overview asks, with the milliseconds it may take at most in 95 of 100 cases, warm and cold; 0: nothing is
// promised.
type question struct {
	name       string
	warm, cold float64
	ask        func(context.Context, *crowd) error
}

// took is how long a question took, in milliseconds: of the clock, sorted, and of the engine's processors, on average.
type took struct {
	warm  []float64
	busy  []float64 // warm too, but an event has arrived before each, so that what is kept of the open day is of no use
	first float64   // the files in memory, but nothing kept of an answer: the median
	cold  float64
	cpu   float64
}

// quantile of sorted times.
func quantile(ms []float64, q float64) float64 { return ms[min(len(ms)-1, int(q*float64(len(ms))))] }

// ask asks every question of every site and prints the sites side by side.
func (h *house) ask(ctx context.Context) error {
	if err := h.count(ctx); err != nil {
		return err
	}
	only, err := regexp.Compile(*onlyFlag)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(&stdout{}, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "ms: p50 / p95 warm, p95 while events arrive, first, cold, engine CPU\t")
	for _, c := range h.sites {
		fmt.Fprintf(table, "%.1f million\t", float64(c.events)/1e6)
	}
	fmt.Fprintln(table)
	for _, q := range h.questions() {
		if !only.MatchString(q.name) {
			continue
		}
		var figures []result.Figure
		fmt.Fprint(table, q.name+"\t")
		for _, c := range h.sites {
			t, err := h.time(ctx, q, c)
			if err != nil {
				return fmt.Errorf("%s, %d million: %w", q.name, c.millions, err)
			}
			fmt.Fprintf(table, "%.0f / %.0f, %.0f, %.0f, %.0f, %.0f\t", quantile(t.warm, 0.5), quantile(t.warm, 0.95), quantile(t.busy, 0.95), t.first, t.cold, t.cpu)
			figures = append(figures, q.figures(c, t)...)
		}
		fmt.Fprintln(table)
		if err := errors.Join(table.Flush(), result.Write("questions", figures...)); err != nil {
			return err
		}
	}
	return nil
}

type stdout struct{}

func (stdout) Write(p []byte) (int, error) { return fmt.Print(string(p)) }

func (q question) figures(c *crowd, t took) []result.Figure {
	name := fmt.Sprintf("%s, %d million events", q.name, c.millions)
	list := []result.Figure{result.Plain(name+", p50", quantile(t.warm, 0.5), "ms"), result.Plain(name+", engine CPU", t.cpu, "ms"), result.Plain(name+", first", t.first, "ms")}
	for _, f := range []struct {
		name          string
		value, target float64
	}{{name + ", p95", quantile(t.warm, 0.95), q.warm}, {name + ", p95 while events arrive", quantile(t.busy, 0.95), q.warm}, {name + ", cold", t.cold, q.cold}} {
		if f.target == 0 {
			list = append(list, result.Plain(f.name, f.value, "ms"))
		} else {
			list = append(list, result.AtMost(f.name, f.value, "ms", f.target))
		}
	}
	return list
}

// time asks a question cold, then with nothing kept of its answer, then warm, and warm while events arrive.
func (h *house) time(ctx context.Context, q question, c *crowd) (t took, err error) {
	nothing := func() error { return nil }
	forget := func() error { h.report.Forget(); return nil }
	cold, err := h.repeat(ctx, q, c, 1, func() error { return h.forget(ctx) })
	if err != nil {
		return t, err
	}
	first, err := h.repeat(ctx, q, c, 3, forget)
	if err != nil {
		return t, err
	}
	t.cold, t.first = cold[0], first[1]
	time.Sleep(calmAfter)
	if err := q.ask(ctx, c); err != nil { // what is kept from now on
		return t, err
	}
	before, err := system.CPU(h.engine.PID())
	if err != nil {
		return t, err
	}
	if t.warm, err = h.repeat(ctx, q, c, max(1, *roundsFlag), nothing); err != nil {
		return t, err
	}
	after, err := system.CPU(h.engine.PID())
	if err != nil {
		return t, err
	}
	t.cpu = float64((after - before).Milliseconds()) / float64(len(t.warm))
	t.busy, err = h.repeat(ctx, q, c, max(1, *roundsFlag), func() error { return h.arrive(ctx, c) })
	return t, err
}

// calmAfter is a little more than the two seconds without an event after which answers about the open day are kept.
const calmAfter = 2200 * time.Millisecond

// repeat asks a question so many times, each after something that is not timed, and returns how long it took, sorted.
func (h *house) repeat(ctx context.Context, q question, c *crowd, times int, before func() error) (ms []float64, err error) {
	for range times {
		if err := before(); err != nil {
			return nil, err
		}
		began := time.Now()
		if err := q.ask(ctx, c); err != nil {
			return nil, err
		}
		ms = append(ms, float64(time.Since(began).Microseconds())/1e3)
	}
	slices.Sort(ms)
	return ms, nil
}

// arrive adds one event to the site's open day: a view of a page that is seen often.
func (h *house) arrive(ctx context.Context, c *crowd) error {
	return h.store.Exec(ctx, fmt.Sprintf("INSERT INTO events (site, day, time, visitor, visit, name, interactive, path) SELECT %d, toDate(%d), toDateTime(%d, 'UTC'), rand64(), rand64(), 'pageview', true, '%s'",
		c.site.ID, c.site.DayAt(h.now.Unix()), h.now.Unix(), h.common[0]))
}

func (h *house) count(ctx context.Context) error {
	for _, c := range h.sites {
		if err := h.store.QueryRow(ctx, fmt.Sprintf("SELECT sum(events) FROM arrivals WHERE site = %d", c.site.ID)).Scan(&c.events); err != nil {
			return err
		}
	}
	return h.store.QueryRow(ctx, "SELECT groupArray(value) FROM (SELECT value FROM monthly WHERE dimension = 'page' GROUP BY value ORDER BY sum(visits) DESC, value LIMIT 60)").Scan(&h.common)
}

// questions are those of the overview: each panel and tab by itself, then whole pages.
func (h *house) questions() (list []question) {
	country, page := "is:country:DE", "is:page:"+h.common[59]
	hottest := "is:page:" + h.common[0]
	filters := func(texts ...string) url.Values { return url.Values{"f": texts} }
	year, month := url.Values{"period": {"12mo"}}, url.Values{"period": {"30d"}}
	list = append(list, question{"visitors now", 50, 0, h.live})
	for _, period := range []struct {
		name       string
		days       site.Day
		values     url.Values
		warm, cold float64
	}{{"12 months", 365, year, 50, 150}, {"30 days", 30, month, 50, 0}} {
		list = append(list,
			question{period.name + ", figures", period.warm, period.cold, h.figures(period.days)},
			question{period.name + ", chart by day", period.warm, period.cold, h.figures(period.days, report.DayDim)})
		for _, panel := range panels {
			list = append(list, question{period.name + ", panel " + panel, period.warm, period.cold, h.panel(panel, period.values)})
		}
	}
	for _, one := range []struct {
		name, panel string
		warm        float64
		filters     url.Values
	}{
		{"one country", "sources", 300, filters(country)}, {"one country", "pages", 300, filters(country)}, {"one country", "places", 300, filters(country)},
		{"one country", "devices", 300, filters(country)}, {"one country", "events", 300, filters(country)},
		{"one page", "sources", 300, filters(page)}, {"one page", "pages", 300, filters(page)}, {"one page", "places", 300, filters(page)},
		{"the most seen page", "sources", 300, filters(hottest)}, {"the most seen page", "pages", 300, filters(hottest)},
		{"three filters", "sources", 1000, filters(country, "is:device:Desktop", page)}, {"three filters", "pages", 1000, filters(country, "is:device:Desktop", "is:source:Google")},
		{"RE2 on pages", "pages", 1000, filters("matches:page:^/docs/.*-9")}, {"RE2 on pages", "sources", 1000, filters("matches:page:^/docs/.*-9")},
		{"RE2 on sources", "pages", 1000, filters("matches:source:^Site [0-9]$")},
	} {
		list = append(list, question{"12 months, " + one.name + ", panel " + one.panel, one.warm, 0, h.panel(one.panel, year, one.filters)})
	}
	return append(list,
		question{"12 months, whole page", 200, 0, h.page(year)}, question{"30 days, whole page", 0, 0, h.page(month)},
		question{"12 months, one country, whole page", 0, 0, h.page(year, filters(country))}, question{"12 months, one page, whole page", 0, 0, h.page(year, filters(page))})
}

var panels = []string{
	"sources", "sources=channels", "sources=referrers", "sources=campaigns", "pages", "pages=entry", "pages=exit", "places",
	"devices", "devices=browserversions", "devices=systems", "devices=sizes", "events", "events=outbound",
}

func (h *house) live(ctx context.Context, c *crowd) error {
	n, err := h.report.Live(ctx, c.site)
	if err == nil && n == 0 {
		err = fmt.Errorf("nobody is there")
	}
	return err
}

// figures asks for the six numbers of so many days.
func (h *house) figures(days site.Day, by ...report.Dimension) func(context.Context, *crowd) error {
	return func(ctx context.Context, c *crowd) error {
		today := c.site.DayAt(h.now.Unix())
		r, err := h.report.Run(ctx, report.Query{Site: c.site, From: today - days + 1, To: today, Dimensions: by,
			Metrics: []report.Metric{report.Visitors, report.Visits, report.Pageviews, report.ViewsPerVisit, report.BounceRate, report.VisitDuration}})
		if err == nil && (len(r.Rows) == 0 || r.Rows[0].Metrics[0] == 0) {
			err = fmt.Errorf("no visitors on %d days", days)
		}
		return err
	}
}

// panel asks for one panel of the overview, "id" or "id=tab", as the page does when a tab is chosen.
func (h *house) panel(name string, values ...url.Values) func(context.Context, *crowd) error {
	id, tab, _ := strings.Cut(name, "=")
	query := merged(values...)
	if tab != "" {
		query.Set("t."+id, tab)
	}
	return h.get(query, "section#panel-"+id)
}

// page asks for the whole overview.
func (h *house) page(values ...url.Values) func(context.Context, *crowd) error {
	return h.get(merged(values...), "")
}

func merged(values ...url.Values) url.Values {
	all := url.Values{}
	for _, v := range values {
		for name, list := range v {
			all[name] = append(all[name], list...)
		}
	}
	return all
}

// get asks the dashboards' handler, in this process.
func (h *house) get(query url.Values, target string) func(context.Context, *crowd) error {
	return func(ctx context.Context, c *crowd) error {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/"+c.site.Domain+"?"+query.Encode(), nil)
		r.AddCookie(&http.Cookie{Name: "sporlos", Value: h.cookie})
		if target != "" {
			r.Header.Set("HX-Request", "true")
			r.Header.Set("HX-Target", target)
		}
		w := httptest.NewRecorder()
		h.pages.ServeHTTP(w, r)
		body, err := io.ReadAll(w.Result().Body)
		if err == nil && (w.Code != http.StatusOK || !strings.Contains(string(body), "<td")) {
			err = fmt.Errorf("the page says %d and has no table:\n%.500s", w.Code, body)
		}
		return err
	}
}
