package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"sporlos/letter"
)

type newsletterCmd struct {
	Add    newsletterAddCmd    `cmd:"" help:"Add a newsletter; prints the addresses to put into it, the same for every recipient."`
	List   newsletterListCmd   `cmd:"" help:"List the newsletters and where their links lead."`
	Opens  newsletterOpensCmd  `cmd:"" help:"Begin or cease to count how often a newsletter is opened."`
	Link   newsletterLinkCmd   `cmd:"" help:"Add or remove a link of a newsletter."`
	Remove newsletterRemoveCmd `cmd:"" help:"Remove a newsletter and what was counted of it; its links lead nowhere from then on."`
}

type newsletterAddCmd struct {
	storageFlags
	Campaign string   `arg:"" help:"Its name in addresses: small letters, digits and hyphens, as in spring-2027."`
	Site     string   `help:"The site it belongs to." required:"" placeholder:"DOMAIN"`
	Title    string   `help:"What the dashboard calls it; by default its name."`
	Opens    bool     `help:"Count how often it is opened, too, by a picture of one pixel. Many mail programs block it or fetch it by themselves: clicks say more."`
	Link     []string `help:"A name and where it leads: shop=https://example.org/shop. May be repeated." sep:"none" placeholder:"NAME=URL"`
}

// Run adds the newsletter and prints what to put into it.
func (c *newsletterAddCmd) Run(ctx context.Context, t *terminal) error {
	added := letter.Campaign{Site: c.Site, Name: c.Campaign, Title: c.Title, Opens: c.Opens}
	for _, text := range c.Link {
		link, err := letter.ParseLink(text)
		if err != nil {
			return err
		}
		added.Links = append(added.Links, link)
	}
	if err := added.Check(); err != nil {
		return err
	}
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		line, err := call[newsletterLine](ctx, ctl, "newsletter.add", added)
		if err == nil {
			fmt.Fprintf(t.out, "%s is a newsletter of %s from now on. Every recipient gets the same addresses:\n\n", line.Name, line.Site)
			printSnippets(t.out, line, line.Links)
		}
		return err
	})
}

// printSnippets says what to put into the letter.
func printSnippets(out io.Writer, n newsletterLine, links []letter.Link) {
	for _, l := range links {
		fmt.Fprintf(out, "  %s\n      leads to %s\n", n.Address(n.Base, l.Name), l.URL)
	}
	if n.Opens {
		fmt.Fprintf(out, "\nAt its end, to count opens:\n\n  %s\n", n.Picture(n.Base))
	}
	for _, l := range links {
		if tagged := n.Tagged(l); tagged != "" {
			fmt.Fprintf(out, "\n%q leads to %s itself. For its visits to be counted under Campaigns too, tag its target:\n\n  sporlos newsletter link add %s '%s=%s'\n", l.Name, n.Site, n.Name, l.Name, tagged)
		}
	}
}

type newsletterListCmd struct {
	storageFlags
	Site string `help:"Only those of this site." placeholder:"DOMAIN"`
}

// Run prints a line a newsletter, and one for each of its links.
func (c *newsletterListCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		list, err := call[[]newsletterLine](ctx, ctl, "newsletter.list", siteLine{Domain: c.Site})
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		for _, n := range list {
			opens := "clicks"
			if n.Opens {
				opens = "opens and clicks"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", n.Name, n.Site, n.Created.Format(time.DateOnly), opens, n.Title)
			for _, l := range n.Links {
				fmt.Fprintf(table, "  %s\t%s\n", l.Name, l.URL)
			}
		}
		return table.Flush()
	})
}

type newsletterOpensCmd struct {
	storageFlags
	Campaign string `arg:"" help:"The newsletter's name."`
	Count    string `arg:"" enum:"on,off" help:"on or off."`
}

// Run changes whether opens are counted.
func (c *newsletterOpensCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		n, err := call[newsletterLine](ctx, ctl, "newsletter.opens", letter.Campaign{Name: c.Campaign, Opens: c.Count == "on"})
		if err != nil {
			return err
		}
		if !n.Opens {
			fmt.Fprintf(t.out, "Opens of %s are not counted any more.\n", n.Name)
			return nil
		}
		fmt.Fprintf(t.out, "Opens of %s are counted from now on.\n", n.Name)
		printSnippets(t.out, n, nil)
		return nil
	})
}

type newsletterLinkCmd struct {
	Add    newsletterLinkAddCmd    `cmd:"" help:"Add a link, or lead one that was sent out already somewhere else."`
	Remove newsletterLinkRemoveCmd `cmd:"" help:"Remove a link; it leads nowhere from then on. What was counted stays."`
}

type newsletterLinkAddCmd struct {
	storageFlags
	Campaign string `arg:"" help:"The newsletter's name."`
	Link     string `arg:"" help:"A name and where it leads: shop=https://example.org/shop." placeholder:"NAME=URL"`
}

// Run adds the link and prints its address.
func (c *newsletterLinkAddCmd) Run(ctx context.Context, t *terminal) error {
	link, err := letter.ParseLink(c.Link)
	if err != nil {
		return err
	}
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		n, err := call[newsletterLine](ctx, ctl, "newsletter.link.add", letter.Campaign{Name: c.Campaign, Links: []letter.Link{link}})
		if err == nil {
			n.Opens = false // the picture has been told
			printSnippets(t.out, n, []letter.Link{link})
		}
		return err
	})
}

type newsletterLinkRemoveCmd struct {
	storageFlags
	Campaign string `arg:"" help:"The newsletter's name."`
	Name     string `arg:"" help:"The link's name."`
}

// Run removes the link.
func (c *newsletterLinkRemoveCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		_, err := call[newsletterLine](ctx, ctl, "newsletter.link.remove", letter.Campaign{Name: c.Campaign, Links: []letter.Link{{Name: c.Name}}})
		if err == nil {
			fmt.Fprintf(t.out, "The link %s of %s leads nowhere any more.\n", c.Name, c.Campaign)
		}
		return err
	})
}

type newsletterRemoveCmd struct {
	storageFlags
	Campaign string `arg:"" help:"The newsletter's name."`
	Yes      bool   `help:"Do it: the links in letters that were sent lead nowhere, and what was counted is deleted."`
}

// Run removes the newsletter, when told so twice.
func (c *newsletterRemoveCmd) Run(ctx context.Context, t *terminal) error {
	if !c.Yes {
		return errors.New("the links in letters that were sent would lead nowhere, and what was counted would be deleted: say it with --yes")
	}
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		n, err := call[newsletterLine](ctx, ctl, "newsletter.remove", letter.Campaign{Name: c.Campaign})
		if err == nil {
			fmt.Fprintf(t.out, "%s of %s is removed, with what was counted of it.\n", n.Name, n.Site)
		}
		return err
	})
}
