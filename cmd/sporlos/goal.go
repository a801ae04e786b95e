package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"

	"sporlos/site"
	"sporlos/store/settings"
)

type goalCmd struct {
	Add    goalAddCmd    `cmd:"" help:"Add a goal of a site: a page, an event, a page read to some depth, or a search."`
	List   goalListCmd   `cmd:"" help:"List the goals of a site."`
	Remove goalRemoveCmd `cmd:"" help:"Remove a goal; not one that is a step of a funnel."`
}

type funnelCmd struct {
	Add    funnelAddCmd    `cmd:"" help:"Add a funnel of two to eight goals of a site."`
	List   funnelListCmd   `cmd:"" help:"List the funnels of a site."`
	Remove funnelRemoveCmd `cmd:"" help:"Remove a funnel; its goals stay."`
}

// definition is what a call about goals or funnels is about. Steps are names of goals.
type definition struct {
	Domain string    `json:"domain"`
	Goal   site.Goal `json:"goal"`
	Name   string    `json:"name,omitempty"`
	Steps  []string  `json:"steps,omitempty"`
}

func (a *admin) handleDefinitions(mux *http.ServeMux) {
	mux.HandleFunc("POST /goal.add", procedure(a.addGoal))
	mux.HandleFunc("POST /goal.remove", procedure(a.removeGoal))
	mux.HandleFunc("POST /funnel.add", procedure(a.addFunnel))
	mux.HandleFunc("POST /funnel.remove", procedure(a.removeFunnel))
	mux.HandleFunc("POST /definition.list", procedure(a.listDefinitions))
}

func (a *admin) defined(ctx context.Context, domain string) (*site.Site, *settings.Definitions, error) {
	one, err := a.settings.Site(ctx, domain)
	if err != nil {
		return nil, nil, err
	}
	have, err := a.settings.Definitions(ctx, one.ID)
	return one, have, err
}

func (a *admin) listDefinitions(ctx context.Context, in definition) (*settings.Definitions, error) {
	_, have, err := a.defined(ctx, in.Domain)
	return have, err
}

func (a *admin) addGoal(ctx context.Context, in definition) (g site.Goal, err error) {
	one, err := a.settings.Site(ctx, in.Domain)
	if err != nil {
		return g, err
	}
	if g, err = a.settings.SaveGoal(ctx, one.ID, in.Goal); err != nil {
		return g, err
	}
	return g, a.note(ctx, "goal.set", one.Domain, settings.Details(settings.Detail("text", g.Name)))
}

func (a *admin) removeGoal(ctx context.Context, in definition) (none, error) {
	one, have, err := a.defined(ctx, in.Domain)
	if err != nil {
		return none{}, err
	}
	g, err := goalNamed(have, in.Name)
	if err != nil {
		return none{}, err
	}
	if _, err := a.settings.RemoveGoal(ctx, one.ID, g.ID); err != nil {
		return none{}, err
	}
	return none{}, a.note(ctx, "goal.remove", one.Domain, settings.Details(settings.Detail("text", g.Name)))
}

func goalNamed(have *settings.Definitions, name string) (site.Goal, error) {
	i := slices.IndexFunc(have.Goals, func(g site.Goal) bool { return strings.EqualFold(g.Name, name) })
	if i < 0 {
		return site.Goal{}, fmt.Errorf("goal %q: %w", name, settings.ErrNotFound)
	}
	return have.Goals[i], nil
}

func (a *admin) addFunnel(ctx context.Context, in definition) (f site.Funnel, err error) {
	one, have, err := a.defined(ctx, in.Domain)
	if err != nil {
		return f, err
	}
	f.Name = in.Name
	for _, name := range in.Steps {
		g, err := goalNamed(have, name)
		if err != nil {
			return f, err
		}
		f.Steps = append(f.Steps, g.ID)
	}
	if f, err = a.settings.SaveFunnel(ctx, one.ID, f); err != nil {
		return f, err
	}
	return f, a.note(ctx, "funnel.set", one.Domain, settings.Details(settings.Detail("text", f.Name)))
}

func (a *admin) removeFunnel(ctx context.Context, in definition) (none, error) {
	one, have, err := a.defined(ctx, in.Domain)
	if err != nil {
		return none{}, err
	}
	i := slices.IndexFunc(have.Funnels, func(f site.Funnel) bool { return strings.EqualFold(f.Name, in.Name) })
	if i < 0 {
		return none{}, fmt.Errorf("funnel %q: %w", in.Name, settings.ErrNotFound)
	}
	f, err := a.settings.RemoveFunnel(ctx, one.ID, have.Funnels[i].ID)
	if err != nil {
		return none{}, err
	}
	return none{}, a.note(ctx, "funnel.remove", one.Domain, settings.Details(settings.Detail("text", f.Name)))
}

type goalAddCmd struct {
	storageFlags
	Domain   string            `arg:"" help:"The site's domain."`
	Name     string            `arg:"" help:"What reports call it."`
	Page     string            `help:"Reached when a page is seen: /thanks, /blog/*, /shop/**." placeholder:"PATTERN"`
	Event    string            `help:"Reached by an event of your own." placeholder:"NAME"`
	Prop     map[string]string `help:"A property the event must have; may be repeated." placeholder:"KEY=VALUE"`
	Currency string            `help:"Count the event's revenue in this currency." placeholder:"NOK"`
	Scroll   int               `help:"With --page: reached when it is read down to so many percent." placeholder:"PERCENT"`
	Search   string            `help:"Reached by a search: search (any), zero, open, refine or leave." placeholder:"OUTCOME"`
}

func (c *goalAddCmd) goal() (g site.Goal, err error) {
	g = site.Goal{Name: c.Name, Path: c.Page, Event: c.Event, Scroll: c.Scroll, Outcome: c.Search, Currency: c.Currency, Revenue: c.Currency != ""}
	for key, value := range c.Prop {
		g.Props = append(g.Props, site.Condition{Key: key, Value: value})
	}
	slices.SortFunc(g.Props, func(a, b site.Condition) int { return strings.Compare(a.Key, b.Key) })
	given := 0
	for kind, word := range map[site.GoalKind]string{site.PageGoal: c.Page, site.EventGoal: c.Event, site.SearchGoal: c.Search} {
		if word != "" {
			g.Kind, given = kind, given+1
		}
	}
	if given != 1 {
		return g, errors.New("say what reaches the goal: one of --page, --event and --search")
	}
	if g.Kind == site.PageGoal && c.Scroll != 0 {
		g.Kind = site.ScrollGoal
	}
	return g.Clean()
}

// Run adds the goal.
func (c *goalAddCmd) Run(ctx context.Context, t *terminal) error {
	g, err := c.goal()
	if err != nil {
		return err
	}
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		g, err := call[site.Goal](ctx, ctl, "goal.add", definition{Domain: c.Domain, Goal: g})
		if err == nil {
			fmt.Fprintf(t.out, "%s is a goal of %s from now on, and of all that is stored.\n", g.Name, c.Domain)
		}
		return err
	})
}

type goalListCmd struct {
	storageFlags
	Domain string `arg:"" help:"The site's domain."`
}

// Run prints a line a goal: name, kind, and what reaches it.
func (c *goalListCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		have, err := call[settings.Definitions](ctx, ctl, "definition.list", definition{Domain: c.Domain})
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		for _, g := range have.Goals {
			what := g.Path + g.Event + g.Outcome
			if g.Scroll > 0 {
				what += fmt.Sprintf(" %d%%", g.Scroll)
			}
			for _, p := range g.Props {
				what += " " + p.Key + "=" + p.Value
			}
			fmt.Fprintf(table, "%s\t%s\t%s\n", g.Name, g.Kind, strings.TrimSpace(what+" "+g.Currency))
		}
		return table.Flush()
	})
}

type goalRemoveCmd struct {
	storageFlags
	Domain string `arg:"" help:"The site's domain."`
	Name   string `arg:"" help:"The goal's name."`
}

// Run removes the goal.
func (c *goalRemoveCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		_, err := call[none](ctx, ctl, "goal.remove", definition{Domain: c.Domain, Name: c.Name})
		if err == nil {
			fmt.Fprintf(t.out, "%s is no goal of %s any more.\n", c.Name, c.Domain)
		}
		return err
	})
}

type funnelAddCmd struct {
	storageFlags
	Domain string   `arg:"" help:"The site's domain."`
	Name   string   `arg:"" help:"What reports call it."`
	Steps  []string `arg:"" help:"Names of two to eight goals, in their order."`
}

// Run adds the funnel.
func (c *funnelAddCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		f, err := call[site.Funnel](ctx, ctl, "funnel.add", definition{Domain: c.Domain, Name: c.Name, Steps: c.Steps})
		if err == nil {
			fmt.Fprintf(t.out, "%s is a funnel of %s from now on: %s.\n", f.Name, c.Domain, strings.Join(c.Steps, " → "))
		}
		return err
	})
}

type funnelListCmd struct {
	storageFlags
	Domain string `arg:"" help:"The site's domain."`
}

// Run prints a line a funnel.
func (c *funnelListCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		have, err := call[settings.Definitions](ctx, ctl, "definition.list", definition{Domain: c.Domain})
		if err != nil {
			return err
		}
		for _, f := range have.Funnels {
			var names []string
			for _, step := range f.Steps {
				g, _ := have.Goal(step) // a goal cannot be removed while it is a step
				names = append(names, g.Name)
			}
			fmt.Fprintf(t.out, "%s  %s\n", f.Name, strings.Join(names, " → "))
		}
		return nil
	})
}

type funnelRemoveCmd struct {
	storageFlags
	Domain string `arg:"" help:"The site's domain."`
	Name   string `arg:"" help:"The funnel's name."`
}

// Run removes the funnel.
func (c *funnelRemoveCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		_, err := call[none](ctx, ctl, "funnel.remove", definition{Domain: c.Domain, Name: c.Name})
		if err == nil {
			fmt.Fprintf(t.out, "%s is no funnel of %s any more.\n", c.Name, c.Domain)
		}
		return err
	})
}
