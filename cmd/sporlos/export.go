package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sporlos/dashboards/export"
	"sporlos/site"
	"sporlos/store/report"
)

type exportCmd struct {
	storageFlags
	Site   string        `help:"The site's domain, as in example.org." required:"" placeholder:"DOMAIN"`
	From   string        `help:"First day, on the site's calendar; by default the oldest there is." placeholder:"YYYY-MM-DD"`
	To     string        `help:"Last day; by default today." placeholder:"YYYY-MM-DD"`
	Format export.Format `help:"csv, jsonl or parquet." default:"csv" enum:"csv,jsonl,parquet"`
	Output string        `help:"File to write; - is standard output." default:"-" placeholder:"FILE" type:"path"`
}

// Help says what leaves the house.
func (exportCmd) Help() string {
	return "Events are anonymous: the visitor's number is left out, visits are numbered anew in every export, and a visit's beginning is given to the minute. " +
		"Sites whose preset rounds counts (cnil) are not exported."
}

// exportOrder is what is asked of the installation.
type exportOrder struct {
	Domain string        `json:"domain"`
	From   string        `json:"from,omitempty"`
	To     string        `json:"to,omitempty"`
	Format export.Format `json:"format"`
}

// Run writes the events. A file appears when it is whole.
func (c *exportCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) (err error) {
		body, err := json.Marshal(exportOrder{c.Site, c.From, c.To, c.Format})
		if err != nil {
			return err
		}
		answer, err := ctl.post(ctx, "export", strings.NewReader(string(body)))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, answer.Close()) }()
		if c.Output == "-" {
			return copyExport(t.out, answer)
		}
		return c.intoFile(answer)
	})
}

func (c *exportCmd) intoFile(answer io.Reader) (err error) {
	file, err := os.CreateTemp(filepath.Dir(c.Output), ".sporlos-export-*") // mode 0600
	if err != nil {
		return fmt.Errorf("cannot write the export: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	if err := errors.Join(copyExport(file, answer), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), c.Output)
}

func copyExport(to io.Writer, answer io.Reader) error {
	if _, err := io.Copy(to, answer); err != nil {
		return fmt.Errorf("the export is not whole: %w; the log of the running sporlos may say why", err)
	}
	return nil
}

// export writes a site's events to whoever asks over the control socket. What fails after the first byte breaks the connection off.
func (a *admin) export(w http.ResponseWriter, r *http.Request) {
	var order exportOrder
	if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
		reply(w, http.StatusBadRequest, failure{"the request is not understood: " + err.Error()})
		return
	}
	out := &begun{w: w}
	if err := a.writeExport(r.Context(), out, order); err != nil {
		if out.yes {
			panic(http.ErrAbortHandler)
		}
		reply(w, http.StatusUnprocessableEntity, failure{err.Error()})
	}
}

// begun knows whether something has been written.
type begun struct {
	w   io.Writer
	yes bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	return b.w.Write(p)
}

func (a *admin) writeExport(ctx context.Context, w io.Writer, order exportOrder) error {
	one, err := a.settings.Site(ctx, order.Domain)
	if err != nil {
		return fmt.Errorf("%w; sporlos site list names those there are", err)
	}
	in := a.importer.in
	reporter := report.New(in.reader.Conn(), time.Now).Keep(in.flags.Retention)
	today := one.DayAt(time.Now().Unix())
	from, err := dayOr(order.From, today-min(today, 3_600))
	if err != nil {
		return err
	}
	to, err := dayOr(order.To, today)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(w, 64<<10)
	raw, err := export.NewRaw(order.Format, buffered)
	if err != nil {
		return err
	}
	if err := reporter.Raw(ctx, one, from, min(to, today), raw.Write); err != nil {
		return err
	}
	return errors.Join(raw.Close(), buffered.Flush())
}

// dayOr reads a day of the command line.
func dayOr(text string, otherwise site.Day) (site.Day, error) {
	if text == "" {
		return otherwise, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 2000 || t.Year() > 2100 {
		return 0, fmt.Errorf("%q is not a day: write it as 2026-11-30", text)
	}
	return site.DayOfDate(t.Date()), nil
}
