package main

import (
	"context"
	"fmt"

	"sporlos/collector"
	"sporlos/collector/privacy"
	"sporlos/collector/visitor"
)

type statementCmd struct {
	storageFlags
	Site     string   `help:"The site it is about." required:"" placeholder:"DOMAIN"`
	Lang     string   `help:"Language: nb (Norwegian Bokmål) or en." enum:"nb,en" default:"en"`
	Format   string   `help:"text, html (a fragment for a page), or snippet: the summary in a frame, a link and the switch, for the site's policy page." enum:"text,html,snippet" default:"text"`
	Contact  string   `help:"Who is responsible and how to reach them, in one sentence or two; by default a place to fill in."`
	Identity identity `help:"What makes a visitor of the day, when no installation runs that could be asked." default:"network"`
}

// statementLine asks for a statement, and is answered with its text. Identity and Months count when nobody serves.
type statementLine struct {
	Domain   string `json:"domain"`
	Language string `json:"language"`
	Format   string `json:"format"`
	Contact  string `json:"contact,omitempty"`
	Identity string `json:"identity"`
	Months   int    `json:"months"`
	Text     string `json:"text,omitempty"`
}

// Run prints the statement.
func (c *statementCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		written, err := call[statementLine](ctx, ctl, "statement", statementLine{
			Domain: c.Site, Language: c.Lang, Format: c.Format, Contact: c.Contact, Identity: visitor.Mode(c.Identity).String(), Months: c.Retention,
		})
		if err == nil {
			fmt.Fprint(t.out, written.Text)
		}
		return err
	})
}

// statement writes the statement from what is set, and from how the installation runs.
func (a *admin) statement(ctx context.Context, in statementLine) (statementLine, error) {
	one, err := a.settings.Site(ctx, in.Domain)
	if err != nil {
		return in, err
	}
	campaigns, err := a.settings.CampaignsOf(ctx, one.Domain)
	if err != nil {
		return in, err
	}
	if a.serving != nil {
		in.Identity, in.Months = visitor.Mode(a.serving.Identity).String(), a.serving.Retention
	}
	mode, err := visitor.ModeOf(in.Identity)
	if err != nil {
		return in, err
	}
	facts := collector.SiteFacts(one, mode, collector.Privacy{Months: in.Months, Contact: in.Contact, URL: a.collector})
	for _, c := range campaigns {
		facts.Newsletters = facts.Campaigns
		facts.Opens = facts.Opens || c.Opens
	}
	language := privacy.LanguageOf(in.Language)
	switch in.Format {
	case "html":
		in.Text = privacy.NewStatement(facts, language).HTML()
	case "snippet":
		at := a.collector
		if at == "" {
			at = "https://YOUR-COLLECTOR"
		}
		in.Text = privacy.Snippet(at, one.Domain, language)
	default:
		in.Text = privacy.NewStatement(facts, language).String()
	}
	return in, nil
}
