package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
)

type siteCmd struct {
	Add    siteAddCmd    `cmd:"" help:"Add a website; prints the snippet for its pages."`
	List   siteListCmd   `cmd:"" help:"List the websites."`
	Remove siteRemoveCmd `cmd:"" help:"Remove a website and everything measured on it."`
}

type siteAddCmd struct {
	storageFlags
	Domain   string `arg:"" help:"The site's domain, as in example.org."`
	Timezone string `help:"IANA zone in which the site's days are counted." default:"UTC"`
}

// Run adds the site and prints what to put into its pages.
func (c *siteAddCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		added, err := call[siteLine](ctx, ctl, "site.add", siteLine{Domain: c.Domain, Zone: c.Timezone})
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "%s is counted from now on, its days in %s. Put this into the head of its pages, with your collector's address:\n\n", added.Domain, added.Zone)
		fmt.Fprintf(t.out, "  <script defer src=\"https://YOUR-COLLECTOR/w.js\" data-domain=\"%s\"></script>\n", added.Domain)
		return nil
	})
}

type siteListCmd struct{ storageFlags }

// Run prints a line a site: domain and zone.
func (c *siteListCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		sites, err := call[[]siteLine](ctx, ctl, "site.list", none{})
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		for _, s := range sites {
			fmt.Fprintf(table, "%s\t%s\n", s.Domain, s.Zone)
		}
		return table.Flush()
	})
}

type siteRemoveCmd struct {
	storageFlags
	Domain string `arg:"" help:"The site's domain."`
	Yes    bool   `help:"Do it: everything measured on the site is deleted."`
}

// Run removes the site, when told so twice.
func (c *siteRemoveCmd) Run(ctx context.Context, t *terminal) error {
	if !c.Yes {
		return errors.New("everything measured on the site would be deleted: say it with --yes")
	}
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		removed, err := call[siteLine](ctx, ctl, "site.remove", siteLine{Domain: c.Domain})
		if err == nil {
			fmt.Fprintf(t.out, "%s is removed, with everything that was measured on it.\n", removed.Domain)
		}
		return err
	})
}
