// Command sporlos is the whole product: collector, aggregator, dashboards and the embedded ClickHouse in one binary.
//
// Each file holds one subcommand or one concern of the wiring; nothing else is decided here. Rooms are started downstream first
// (engine, store and schema, aggregator, dashboards, collector) and stopped in reverse. A second signal quits at once.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // sites have zones; a minimal image has no zone files

	"github.com/alecthomas/kong"
)

const about = `Sporløs counts the visits of websites and follows nobody.

Start with "sporlos demo" to look around, or "sporlos serve" to run an installation: it keeps everything under --data, prints a
one-time link to set the first password, and waits for sites ("sporlos site add example.org") and their beacons.

Every flag can be given in the environment too: --collector-addr is SPORLOS_COLLECTOR_ADDR.`

type cli struct {
	Serve      serveCmd      `cmd:"" help:"Run an installation: collector, aggregator, dashboards and, unless --clickhouse is given, the embedded ClickHouse."`
	Demo       demoCmd       `cmd:"" help:"Run a temporary installation with a demo site, 90 days of synthetic history and a live trickle."`
	Site       siteCmd       `cmd:"" help:"Add, list or remove websites."`
	Goal       goalCmd       `cmd:"" help:"Add, list and remove the goals of a website."`
	Funnel     funnelCmd     `cmd:"" help:"Add, list and remove the funnels of a website."`
	User       userCmd       `cmd:"" help:"Add, list or remove those who may see the dashboards."`
	Statement  statementCmd  `cmd:"" help:"Write a site's privacy statement from its settings, in Norwegian or English."`
	Newsletter newsletterCmd `cmd:"" help:"Count opens and clicks of newsletters, the same for every recipient: add, list, change or remove them."`
	Token      tokenCmd      `cmd:"" help:"Add, list or remove API tokens."`
	Import     importCmd     `cmd:"" help:"Bring in what was measured elsewhere."`
	Export     exportCmd     `cmd:"" help:"Write a site's anonymous events as CSV, JSONL or Parquet, to take them elsewhere."`
	Load       loadCmd       `cmd:"" help:"Send the beacons of synthetic visitors to a collector, to see what it bears."`
	Verify     verifyCmd     `cmd:"" help:"Audit what is stored, not what is set: personal data, retention, secrets, modes; exit status 0 only when clean."`
	Health     healthCmd     `cmd:"" help:"Ask a running installation whether it is ready; exit status 0 when it is."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
	Engine     engineCmd     `cmd:"" hidden:"" help:"Host the embedded ClickHouse (internal)."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // the first signal asks; from then on the next one ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program: it returns the exit status, 0 for success, 1 when the work failed, 2 when the words were wrong.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (status int) {
	var c cli
	exited := false
	parser, err := kong.New(&c,
		kong.Name("sporlos"), kong.Description(about), kong.DefaultEnvars("SPORLOS"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}),
		kong.Writers(stdout, stderr), kong.Vars{"data": "./data"},
		kong.Exit(func(code int) { exited, status = true, code }),
	)
	if err != nil {
		fmt.Fprintln(stderr, "sporlos:", err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited { // --help was answered
		return status
	}
	if err != nil {
		fmt.Fprintf(stderr, "sporlos: %v\nTry: sporlos %s--help\n", err, subcommand(parser, args))
		return 2
	}
	command.BindTo(ctx, (*context.Context)(nil))
	command.BindTo(stdout, (*io.Writer)(nil))
	command.Bind(&terminal{out: stdout, err: stderr})
	if err := command.Run(); err != nil {
		fmt.Fprintln(stderr, "sporlos:", err)
		return statusOf(err)
	}
	return 0
}

// subcommand is the first word of args with a space behind it, if it names a subcommand.
func subcommand(parser *kong.Kong, args []string) string {
	for _, node := range parser.Model.Children {
		if len(args) > 0 && args[0] == node.Name {
			return args[0] + " "
		}
	}
	return ""
}
