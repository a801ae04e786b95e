package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"sporlos/script"
	"sporlos/site"
)

type siteCmd struct {
	Add    siteAddCmd    `cmd:"" help:"Add a website; prints the snippet for its pages."`
	Set    siteSetCmd    `cmd:"" help:"Change a website's preset or settings; the collector follows within a second."`
	List   siteListCmd   `cmd:"" help:"List the websites."`
	Remove siteRemoveCmd `cmd:"" help:"Remove a website and everything measured on it."`
}

type siteAddCmd struct {
	storageFlags
	Domain   string `arg:"" help:"The site's domain, as in example.org."`
	Timezone string `help:"IANA zone in which the site's days are counted." default:"UTC"`
	Preset   string `help:"What is kept and shown: standard, cnil (no campaigns, no cities, rounded counts) or headers-only (no script)." default:"" placeholder:"NAME"`
}

// Run adds the site and prints what to put into its pages.
func (c *siteAddCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		added, err := call[siteLine](ctx, ctl, "site.add", siteLine{Domain: c.Domain, Zone: c.Timezone, Settings: site.Settings{Preset: c.Preset}})
		if err != nil {
			return err
		}
		if preset, err := site.PresetOf(c.Preset); err != nil || !preset.Script {
			fmt.Fprintf(t.out, "%s is counted from now on, its days in %s, without a script. Put this into its pages, with your collector's address:\n\n", added.Domain, added.Zone)
			fmt.Fprintf(t.out, "  <img src=\"https://YOUR-COLLECTOR/p?d=%s\" alt=\"\" width=\"1\" height=\"1\">\n", added.Domain)
			return err
		}
		fmt.Fprintf(t.out, "%s is counted from now on, its days in %s. Put this into the head of its pages, with your collector's address:\n\n", added.Domain, added.Zone)
		fmt.Fprintf(t.out, "  <script defer src=\"https://YOUR-COLLECTOR/w.js\" data-domain=\"%s\"></script>\n", added.Domain)
		fmt.Fprintf(t.out, "\nBrowsers ask for it again within the hour. As /w.js?v=%s they never do, until your pages name the next version.\n", script.Files()["w.js"].ETag)
		return nil
	})
}

type siteSetCmd struct {
	storageFlags
	Domain            string   `arg:"" help:"The site's domain."`
	Timezone          string   `help:"IANA zone in which the site's days are counted from now on; what is stored stays as it was counted." default:"" placeholder:"ZONE"`
	Preset            string   `help:"What is kept and shown: standard, cnil or headers-only." default:"" placeholder:"NAME"`
	MinSearches       int      `help:"How often a phrase must have been searched in a period to be shown; 2 or more." default:"0" placeholder:"N"`
	ReferrerPath      string   `help:"Keep the path of external referrers, not only their host: yes or no." enum:"yes,no," default:"" placeholder:"yes|no"`
	KeepIDs           string   `name:"keep-ids" help:"Keep path segments that look like identifiers: yes or no. E-mail addresses are never kept." enum:"yes,no," default:"" placeholder:"yes|no"`
	IgnoreSignals     string   `help:"Count visitors whose browser says no (Sec-GPC, DNT): yes or no." enum:"yes,no," default:"" placeholder:"yes|no"`
	ExcludedPaths     []string `help:"Pages that are not counted, with * for any part of a segment and ** for anything: /admin/**,/preview. The word none empties this and the next three lists." placeholder:"PATTERN"`
	ExcludedAddresses []string `help:"Addresses and networks that are not counted: 192.0.2.7,2001:db8:5::/48. They are compared before an address is cut, and only in memory." placeholder:"ADDRESS"`
	Hosts             []string `help:"The only hosts whose pages are counted, beside the site's own domain: shop.example.org,*.example.net. None means any." placeholder:"HOST"`
	SearchNames       []string `help:"Query parameters that hold what was searched for, in place of the usual ones; off for no search. The script's tag names them: put it into the pages again." placeholder:"NAME"`
	Public            string   `help:"Show the site's pages to whoever asks: yes or no." enum:"yes,no," default:"" placeholder:"yes|no"`
}

// Validate refuses what cannot be set, and nothing to set.
func (c *siteSetCmd) Validate() error {
	if _, err := site.PresetOf(c.Preset); err != nil {
		return err
	}
	if c.MinSearches < 0 || c.MinSearches == 1 || c.MinSearches > site.MaxMinSearches {
		return fmt.Errorf("--min-searches %d is not possible: 2 to %d; a phrase searched once could be somebody's name", c.MinSearches, site.MaxMinSearches)
	}
	if c.change() == (siteChange{Domain: c.Domain}) {
		return errors.New("there is nothing to change: say what with --preset, --timezone, --excluded-paths or another of the flags that --help lists")
	}
	return c.storageFlags.Validate()
}

func (c *siteSetCmd) change() siteChange {
	change := siteChange{
		Domain: c.Domain, ReferrerPath: said(c.ReferrerPath), KeepIDs: said(c.KeepIDs), IgnoreSignals: said(c.IgnoreSignals), Public: said(c.Public),
		ExcludedPaths: listed(c.ExcludedPaths), ExcludedAddresses: listed(c.ExcludedAddresses), Hosts: listed(c.Hosts), SearchNames: listed(c.SearchNames),
	}
	if c.Timezone != "" {
		change.Zone = &c.Timezone
	}
	if c.Preset != "" {
		change.Preset = &c.Preset
	}
	if c.MinSearches != 0 {
		change.MinSearches = &c.MinSearches
	}
	return change
}

// listed is the list a flag names, empty for "none", nil when it was not given.
func listed(words []string) *[]string {
	if len(words) == 0 {
		return nil
	}
	if len(words) == 1 && words[0] == "none" {
		words = []string{}
	}
	return &words
}

// said is what "yes" or "no" says, nil for "".
func said(word string) *bool {
	if word == "" {
		return nil
	}
	yes := word == "yes"
	return &yes
}

// Run changes the settings and prints what they are.
func (c *siteSetCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		s, err := call[siteLine](ctx, ctl, "site.set", c.change())
		if err == nil {
			fmt.Fprintf(t.out, "%s in %s: %s\n", s.Domain, s.Zone, inWords(s.Settings))
		}
		return err
	})
}

// inWords says what settings are, in the words of the flags; of lists only those that hold something.
func inWords(s site.Settings) string {
	word := map[bool]string{true: "yes", false: "no"}
	text := fmt.Sprintf("preset %s, min-searches %d, referrer-path %s, keep-ids %s, ignore-signals %s",
		cmp.Or(s.Preset, "standard"), s.ShownFrom(), word[s.ReferrerPath], word[s.KeepIDs], word[s.IgnoreSignals])
	for _, list := range []struct {
		name  string
		words []string
	}{{"excluded-paths", s.ExcludedPaths}, {"excluded-addresses", s.ExcludedAddresses}, {"hosts", s.Hosts}, {"search-names", s.SearchNames}} {
		if len(list.words) > 0 {
			text += ", " + list.name + " " + strings.Join(list.words, ",")
		}
	}
	if s.Public {
		text += ", public yes"
	}
	return text
}

type siteListCmd struct{ storageFlags }

// Run prints a line a site: domain, zone, preset, and what cutting addresses costs where it is known.
func (c *siteListCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		sites, err := call[[]siteLine](ctx, ctl, "site.list", none{})
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		for _, s := range sites {
			fmt.Fprintf(table, "%s\t%s\t%s%s\n", s.Domain, s.Zone, cmp.Or(s.Settings.Preset, "standard"), costInWords(s.Cost))
		}
		return table.Flush()
	})
}

func costInWords(cost *float64) string {
	if cost == nil {
		return ""
	}
	return fmt.Sprintf("\tabout %.0f %% fewer visitors by network", *cost*100)
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
