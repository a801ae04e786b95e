package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"

	"sporlos/audit"
	"sporlos/store"
	"sporlos/store/engine"
)

// verifyCmd audits in the process that has the data open: the running installation, asked over its control socket, or this one.
type verifyCmd struct {
	storageFlags
	Volatile string `help:"The installation's directory in memory, when it was started with --volatile and does not run now." placeholder:"DIR" type:"path"`
	JSON     bool   `help:"Print the report as one JSON document." name:"json"`
}

// Exit statuses of verify: 0 is clean.
const (
	statusFound  = 1 // something that should not be there
	statusFailed = 2 // the audit could not be carried out
)

// withStatus is an error that ends the program with a status of its own.
type withStatus struct {
	error
	status int
}

func (e withStatus) Unwrap() error { return e.error }

// statusOf is the exit status that an error asks for.
func statusOf(err error) int {
	var special withStatus
	if errors.As(err, &special) {
		return special.status
	}
	return 1
}

// Run audits and prints what was looked at and what was found.
func (c *verifyCmd) Run(ctx context.Context, t *terminal) error {
	bar := newAuditBar(t)
	report, err := c.audit(ctx, t, bar.show)
	bar.finish()
	if err != nil {
		return withStatus{fmt.Errorf("the audit could not be carried out: %w", err), statusFailed}
	}
	if c.JSON {
		err = json.NewEncoder(t.out).Encode(report)
	} else {
		printAudit(t.out, report)
	}
	if err != nil {
		return withStatus{err, statusFailed}
	}
	if !report.Clean {
		return withStatus{errors.New("what is stored is not clean"), statusFound}
	}
	return nil
}

func (c *verifyCmd) audit(ctx context.Context, t *terminal, show func(audit.Progress)) (*audit.Report, error) {
	if c.Clickhouse == "" {
		if ctl, ok := dialControl(c.Data); ok {
			return ctl.verify(ctx, show)
		}
	}
	return c.auditHere(ctx, t, show)
}

// auditHere opens the storage without changing it. With --clickhouse a data directory is looked at when there is one.
func (c *verifyCmd) auditHere(ctx context.Context, t *terminal, show func(audit.Progress)) (_ *audit.Report, err error) {
	dir := c.Data
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		if c.Clickhouse == "" {
			return nil, fmt.Errorf("there is no installation in %s: name its directory with --data, or its ClickHouse with --clickhouse", dir)
		}
		dir = ""
	} else if err != nil {
		return nil, err
	}
	o := audit.Options{Dir: dir, Retention: c.Retention, Progress: show}
	if dir != "" {
		o.Volatile = volatileDir(c.Volatile, c.Data)
	}
	if c.Clickhouse == "" {
		if _, err := os.Stat(filepath.Join(dir, "clickhouse")); err != nil {
			return nil, fmt.Errorf("there is no installation in %s: %w", dir, err)
		}
	}
	in, err := openReader(ctx, &c.storageFlags, t.logger(max(c.LogLevel, quiet)))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	o.DB = in.reader
	return audit.Run(ctx, o)
}

// openReader starts the embedded engine, or reaches for the server that was named, with a user who may only read.
func openReader(ctx context.Context, f *storageFlags, log *slog.Logger) (_ *installation, err error) {
	in, read := &installation{flags: f, log: log}, store.Config{URL: f.Clickhouse, ReadOnly: true}
	if f.Clickhouse == "" {
		in.engine, err = engine.Start(ctx, engine.Options{Dir: f.Data, Library: f.EngineLib, Memory: int64(f.EngineMemory), Logger: log})
		if err != nil {
			return nil, err
		}
		read = store.Config{Endpoint: in.engine.Reader}
	}
	if in.reader, err = store.Open(ctx, read); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return in, nil
}

// verifyLine is one line of the running installation's answer: how far it is, the report, or why there is none.
type verifyLine struct {
	Progress *audit.Progress `json:"progress,omitempty"`
	Report   *audit.Report   `json:"report,omitempty"`
	Error    string          `json:"error,omitempty"`
}

// verify asks the running installation to audit itself.
func (c *control) verify(ctx context.Context, show func(audit.Progress)) (_ *audit.Report, err error) {
	answer, err := c.post(ctx, "verify", http.NoBody)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, answer.Close()) }()
	for lines := json.NewDecoder(answer); ; {
		var line verifyLine
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF):
			return nil, errors.New("the running sporlos ended before the audit did")
		case err != nil:
			return nil, fmt.Errorf("the answer of the running sporlos is not understood: %w; is it another version?", err)
		case line.Error != "":
			return nil, errors.New(line.Error)
		case line.Report != nil:
			return line.Report, nil
		case line.Progress != nil:
			show(*line.Progress)
		}
	}
}

// auditor answers the control procedure verify: JSON, one line after the other.
type auditor struct {
	in       *installation
	volatile string
}

// ServeHTTP audits for as long as the caller listens.
func (a auditor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	lines, flush := json.NewEncoder(w), http.NewResponseController(w)
	told := time.Time{}
	report, err := audit.Run(r.Context(), audit.Options{
		DB: a.in.reader, Dir: a.in.flags.Data, Volatile: a.volatile, Retention: a.in.flags.Retention,
		Progress: func(p audit.Progress) {
			if time.Since(told) > 100*time.Millisecond {
				told = time.Now()
				_ = errors.Join(lines.Encode(verifyLine{Progress: &p}), flush.Flush()) // a caller that left ends the context
			}
		},
	})
	last := verifyLine{Report: report}
	if err != nil {
		last = verifyLine{Error: err.Error()}
	}
	_ = lines.Encode(last) // as above
}

// auditBar shows progress to a person and to nobody else.
type auditBar struct{ bar *progressbar.ProgressBar }

func newAuditBar(t *terminal) *auditBar {
	if !t.isTerminal() {
		return &auditBar{}
	}
	return &auditBar{progressbar.NewOptions64(-1, progressbar.OptionSetWriter(t.err), progressbar.OptionSetWidth(30), progressbar.OptionShowCount(),
		progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))}
}

func (b *auditBar) show(p audit.Progress) {
	if b.bar == nil {
		return
	}
	if p.Total > 0 {
		b.bar.ChangeMax64(p.Total)
	}
	b.bar.Describe(fmt.Sprintf("%-40.40s", p.Doing))
	_ = b.bar.Set64(min(p.Done, p.Total-1)) // only decoration; at its end the bar would end too
}

func (b *auditBar) finish() {
	if b.bar != nil {
		_ = b.bar.Finish()
	}
}

// printAudit says in words what was looked at and what was found.
func printAudit(out io.Writer, r *audit.Report) {
	l := r.Looked
	fmt.Fprintf(out, "Looked at %d tables: %d columns of text, %d rows, %d values; %d files, %d records in spools; %.1f MB of text in %v.\n",
		l.Tables, l.Columns, l.Rows, l.Values, l.Files, l.Records, float64(l.Bytes)/1e6, r.Took.Round(10*time.Millisecond))
	for _, n := range r.Notes {
		fmt.Fprintln(out, "Note:", n+".")
	}
	if r.Clean {
		fmt.Fprintln(out, "\nClean: no personal data was recognised, every table has its retention, days are sealed, files are private.")
		return
	}
	for _, kind := range kindsOf(r.Findings) {
		e := audit.Explain(kind)
		fmt.Fprintf(out, "\nFound: %s\n", e.Title)
		for _, f := range r.Findings {
			if f.Kind == kind {
				fmt.Fprintf(out, "  %8d  %-40s %s\n", f.Count, f.Place, f.Sample)
			}
		}
		fmt.Fprintf(out, "  What it means: %s\n  What to do: %s\n", e.Meaning, e.Remedy)
	}
	fmt.Fprintln(out)
}

// kindsOf lists the kinds of findings, each once, in the order of the report.
func kindsOf(findings []audit.Finding) (kinds []string) {
	seen := map[string]bool{}
	for _, f := range findings {
		if !seen[f.Kind] {
			seen[f.Kind] = true
			kinds = append(kinds, f.Kind)
		}
	}
	return kinds
}
