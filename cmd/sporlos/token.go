package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"
)

type tokenCmd struct {
	Add    tokenAddCmd    `cmd:"" help:"Add an API token for a site; it is the last line printed, and is shown only then."`
	List   tokenListCmd   `cmd:"" help:"List the tokens, without their secrets."`
	Remove tokenRemoveCmd `cmd:"" help:"Remove a token; it opens nothing from then on."`
}

type tokenAddCmd struct {
	storageFlags
	Site string `help:"The site whose numbers the token opens." required:"" placeholder:"DOMAIN"`
	Name string `help:"What to call it; by default the domain and six characters." placeholder:"NAME"`
}

// Run adds the token; the last line printed is its secret.
func (c *tokenAddCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		token, err := call[tokenLine](ctx, ctl, "token.add", tokenLine{Name: c.Name, Domain: c.Site})
		if err == nil {
			fmt.Fprintf(t.out, "Token %s opens the numbers of %s. Keep it now, it is not shown again:\n%s\n", token.Name, token.Domain, token.Secret)
		}
		return err
	})
}

type tokenListCmd struct{ storageFlags }

// Run prints a line a token: name, site, since when.
func (c *tokenListCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		tokens, err := call[[]tokenLine](ctx, ctl, "token.list", none{})
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		for _, k := range tokens {
			fmt.Fprintf(table, "%s\t%s\t%s\n", k.Name, k.Domain, k.Created.Format(time.DateOnly))
		}
		return table.Flush()
	})
}

type tokenRemoveCmd struct {
	storageFlags
	Name string `arg:"" help:"The token's name, as listed."`
}

// Run removes the token.
func (c *tokenRemoveCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		_, err := call[tokenLine](ctx, ctl, "token.remove", tokenLine{Name: c.Name})
		if err == nil {
			fmt.Fprintf(t.out, "Token %s is removed.\n", c.Name)
		}
		return err
	})
}
