package dashboards

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"sporlos/dashboards/export"
	"sporlos/dashboards/view"
	"sporlos/site"
)

// What can be taken away: each table of a page, and the chart, as CSV with all its rows; and all of them together as a ZIP. The same
// questions are asked as for the page, so presets round and searches stay hidden all the same.

// takenTable is a table that can be taken away. Rows hands each row to emit; the values are those of the store, not those of a language.
type takenTable struct {
	Name string // of the file, without ".csv"
	Head []string
	Rows func(ctx context.Context, a asker, emit func(...any) error) error
}

// export serves one table, or all of them.
func (d *Dashboards) export(w http.ResponseWriter, r *http.Request, p prepared) error {
	if len(p.problems) > 0 { // a page would leave out what it does not understand; nobody looks at a file as closely
		return d.fail(w, r, http.StatusBadRequest)
	}
	file := r.PathValue("file")
	if file == "all.zip" {
		return d.exportAll(w, r, p)
	}
	name, ok := strings.CutSuffix(file, ".csv")
	if !ok {
		return errNotFound
	}
	t, ok := d.tableOf(p, name)
	if !ok {
		return errNotFound
	}
	out := &download{w: w, name: fileName(p, t.Name, ".csv"), kind: "text/csv; charset=utf-8; header=present"}
	return out.end(d.writeTable(r.Context(), out, p.asker, t))
}

// tableOf is the table of a name: the chart, what was refused, the newsletters, or the tab of a panel that is in front.
func (d *Dashboards) tableOf(p prepared, name string) (takenTable, bool) {
	switch name {
	case "chart":
		return d.takeChart(p), true
	case "refused":
		return d.takeRefused(), !p.limited()
	case "newsletters":
		return d.takeNewsletters(), p.frame.Viewer.bearer == nil
	}
	one, ok := p.panelOf(name)
	if !ok {
		return takenTable{}, false
	}
	return d.takeTab(p.asker, one, one.front(p.asker.view.Tabs[name])), true
}

// everyTable is what a ZIP holds.
func (d *Dashboards) everyTable(p prepared) []takenTable {
	all := []takenTable{d.takeChart(p)}
	for _, one := range p.panels() {
		for _, t := range one.Tabs {
			all = append(all, d.takeTab(p.asker, one, t))
		}
	}
	if p.frame.Viewer.bearer == nil {
		all = append(all, d.takeNewsletters())
	}
	if !p.limited() {
		all = append(all, d.takeRefused())
	}
	return all
}

// writeTable writes the head and all rows. Nothing is written when the first rows cannot be had.
func (d *Dashboards) writeTable(ctx context.Context, w io.Writer, a asker, t takenTable) error {
	out, begun := export.NewCSV(w), false
	begin := func() error {
		if begun {
			return nil
		}
		begun = true
		cells := make([]any, len(t.Head))
		for i, h := range t.Head {
			cells[i] = h
		}
		return out.Row(cells...)
	}
	err := t.Rows(ctx, a, func(cells ...any) error {
		if err := begin(); err != nil {
			return err
		}
		return out.Row(cells...)
	})
	if err != nil {
		return err
	}
	if err := begin(); err != nil {
		return err
	}
	return out.Flush()
}

// exportAll serves a ZIP of every table of the view, with a text that says what they are.
func (d *Dashboards) exportAll(w http.ResponseWriter, r *http.Request, p prepared) error {
	out := &download{w: w, name: fileName(p, "all", ".zip"), kind: "application/zip"}
	archive := zip.NewWriter(out)
	add := func(name string, fill func(io.Writer) error) error {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: p.now})
		if err != nil {
			return err
		}
		return fill(entry)
	}
	tables := d.everyTable(p)
	err := add(d.words.Say("export.readme.name"), func(w io.Writer) error {
		_, err := io.WriteString(w, d.readme(p, tables))
		return err
	})
	for _, t := range tables {
		if err != nil {
			break
		}
		err = add(t.Name+".csv", func(w io.Writer) error { return d.writeTable(r.Context(), w, p.asker, t) })
	}
	if err == nil {
		err = archive.Close()
	}
	return out.end(err)
}

// download sends a file as it is made. The headers go with its first byte, so that what fails before is a page that says so; what fails
// later breaks the connection off, and the browser says that the file is not whole.
type download struct {
	w          http.ResponseWriter
	name, kind string
	begun      bool
}

func (f *download) Write(b []byte) (int, error) {
	if !f.begun {
		f.begun = true
		_ = http.NewResponseController(f.w).SetReadDeadline(time.Time{}) // the server's limit for reading a request would end the answer
		h := f.w.Header()
		h.Set("Content-Type", f.kind)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.name}))
	}
	return f.w.Write(b)
}

// end returns err while nothing has been sent, and otherwise breaks off.
func (f *download) end(err error) error {
	if err != nil && f.begun {
		panic(http.ErrAbortHandler)
	}
	return err
}

// fileName says what a file holds: site, table and days.
func fileName(p prepared, table, suffix string) string {
	days := p.asker.view.Period
	name := fmt.Sprintf("%s_%s_%s", p.frame.Site.Domain, table, days.From)
	if days.To != days.From {
		name += "_" + days.To.String()
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, name) + suffix
}

// readme says what is in the ZIP: the site, the days, the filters, the tables and what their columns mean.
func (d *Dashboards) readme(p prepared, tables []takenTable) string {
	v := p.asker.view
	var b strings.Builder
	line := func(key string, args ...any) { b.WriteString(d.words.Say(key, args...) + "\r\n") }
	line("export.readme.title", p.frame.Site.Domain)
	line("export.readme.period", v.Period.From, v.Period.To, p.frame.Site.Zone)
	line("export.readme.made", p.now.Format("2006-01-02 15:04 -07:00"))
	for _, c := range d.chips(p.asker, v) {
		line("export.readme.filter", c.Text)
	}
	if v.Narrowed() {
		line("export.readme.unfiltered")
	}
	if m := p.frame.Site.Preset().Multiple; m > 1 {
		line("export.readme.rounded", p.frame.Site.Preset().Name, m)
	}
	line("export.readme.searches", p.frame.Site.Settings().ShownFrom())
	b.WriteString("\r\n")
	line("export.readme.format")
	b.WriteString("\r\n")
	line("export.readme.tables")
	var columns []string
	for _, t := range tables {
		b.WriteString("  " + t.Name + ".csv: " + strings.Join(t.Head, ", ") + "\r\n")
		for _, c := range t.Head {
			if d.words.Knows("define."+c) && !slices.Contains(columns, c) {
				columns = append(columns, c)
			}
		}
	}
	b.WriteString("\r\n")
	line("export.readme.columns")
	for _, c := range columns {
		b.WriteString("  " + c + ": " + d.words.Say("define."+c) + "\r\n")
	}
	return b.String()
}

// exportURL is where a table of a view is as a file.
func exportURL(v view.View, file string) string {
	name, _, _ := strings.Cut(file, ".")
	v = v.At(1)
	tab, has := v.Tabs[name]
	v.Tabs = map[string]string{}
	if has {
		v.Tabs[name] = tab
	}
	v.Panel = ""
	path, query, _ := strings.Cut(v.URL(), "?")
	if path += "/export/" + file; query == "" {
		return path
	}
	return path + "?" + query
}

// notBegun tells whether a bucket of the chart lies ahead.
func notBegun(v view.View, label string, p prepared, s *site.Site) bool {
	start, _ := bucketBounds(v.Step, label, s.Location())
	return start.After(p.now)
}
