package main

import (
	"context"
	"fmt"
	"strings"
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
	Site []string `help:"A site whose numbers the token opens; can be given several times." required:"" placeholder:"DOMAIN"`
	Days int      `help:"Days until it expires; 0 is never." default:"0" placeholder:"N"`
	Name string   `help:"What to call it; by default the domain and six characters." placeholder:"NAME"`
}

// Validate refuses impossible days.
func (c *tokenAddCmd) Validate() error {
	if c.Days < 0 || c.Days > 3650 {
		return fmt.Errorf("--days %d is not possible: 0 for never, up to 3650", c.Days)
	}
	return c.storageFlags.Validate()
}

// Run adds the token; the last line printed is its secret.
func (c *tokenAddCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		token, err := call[tokenLine](ctx, ctl, "token.add", tokenLine{Name: c.Name, Sites: c.Site, Days: c.Days})
		if err == nil {
			fmt.Fprintf(t.out, "Token %s opens the numbers of %s. Keep it now, it is not shown again:\n%s\n", token.Name, strings.Join(token.Sites, ", "), token.Secret)
		}
		return err
	})
}

type tokenListCmd struct{ storageFlags }

// Run prints a line a token: name, sites, since when, and when it expires and was last used.
func (c *tokenListCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		tokens, err := call[[]tokenLine](ctx, ctl, "token.list", none{})
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		for _, k := range tokens {
			fmt.Fprintf(table, "%s\t%s\t%s%s%s\n", k.Name, strings.Join(k.Sites, ", "), k.Created.Format(time.DateOnly), dated("expires", k.Expires), dated("used", k.Used))
		}
		return table.Flush()
	})
}

// dated is a column of a day, "" when there is none.
func dated(word string, day time.Time) string {
	if day.IsZero() {
		return ""
	}
	return "\t" + word + " " + day.Format(time.DateOnly)
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
