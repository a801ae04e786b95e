package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"
)

type userCmd struct {
	Add    userAddCmd    `cmd:"" help:"Add a user, or help one who forgot the password: prints a one-time link to set it."`
	Set    userSetCmd    `cmd:"" help:"Change what a user may do."`
	List   userListCmd   `cmd:"" help:"List the users and what they may do."`
	Reset  userResetCmd  `cmd:"" name:"reset-2fa" help:"Take away the second factor of a user who has lost it."`
	Remove userRemoveCmd `cmd:"" help:"Remove a user and end the user's sessions."`
}

type userAddCmd struct {
	storageFlags
	Name string   `arg:"" help:"Login or e-mail address."`
	Role string   `help:"What the user may do: viewer (look), editor (and change goals, segments and settings of sites) or owner (and decide about users, tokens, sites, sharing). By default owner of all sites, viewer with --site." enum:"viewer,editor,owner," default:"" placeholder:"ROLE"`
	Site []string `help:"Only on this site; can be given several times. Without it the role holds for all sites, those to come included." placeholder:"DOMAIN"`
}

// Run adds the user; the last line printed is the link.
func (c *userAddCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		user, err := call[userLine](ctx, ctl, "user.add", userLine{Name: c.Name, Role: c.Role, Sites: c.Site})
		if err == nil {
			fmt.Fprintf(t.out, "%s is %s.\n", user.Name, user.Access)
			fmt.Fprintf(t.out, "%s can set a password here, once, within 7 days:\n%s\n", user.Name, user.Link)
		}
		return err
	})
}

type userSetCmd struct {
	storageFlags
	Name string   `arg:"" help:"Login or e-mail address."`
	Role string   `help:"viewer, editor or owner." enum:"viewer,editor,owner," default:"" placeholder:"ROLE"`
	Site []string `help:"Only on this site; can be given several times. Without it the role holds for all sites." placeholder:"DOMAIN"`
}

// Validate refuses nothing to set.
func (c *userSetCmd) Validate() error {
	if c.Role == "" && len(c.Site) == 0 {
		return errNothingToChange
	}
	return c.storageFlags.Validate()
}

// Run changes the user and prints what the user may do.
func (c *userSetCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		user, err := call[userLine](ctx, ctl, "user.set", userLine{Name: c.Name, Role: c.Role, Sites: c.Site})
		if err == nil {
			fmt.Fprintf(t.out, "%s is %s.\n", user.Name, user.Access)
		}
		return err
	})
}

type userListCmd struct{ storageFlags }

// Run prints a line a user: name, since when, whether a password has been set, what the user may do.
func (c *userListCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		users, err := call[[]userLine](ctx, ctl, "user.list", none{})
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		for _, u := range users {
			state := "no password yet"
			if u.Ready {
				state = "password set"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", u.Name, u.Created.Format(time.DateOnly), state, u.Access)
		}
		return table.Flush()
	})
}

type userRemoveCmd struct {
	storageFlags
	Name string `arg:"" help:"Login or e-mail address."`
}

// Run removes the user.
func (c *userRemoveCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		_, err := call[userLine](ctx, ctl, "user.remove", userLine{Name: c.Name})
		if err == nil {
			fmt.Fprintf(t.out, "%s is removed and logged out everywhere.\n", c.Name)
		}
		return err
	})
}

type userResetCmd struct {
	storageFlags
	Name string `arg:"" help:"Login or e-mail address."`
}

// Run resets the second factor.
func (c *userResetCmd) Run(ctx context.Context, t *terminal) error {
	return withControl(ctx, &c.storageFlags, t, func(ctl *control) error {
		user, err := call[userLine](ctx, ctl, "user.reset-2fa", userLine{Name: c.Name})
		if err == nil {
			fmt.Fprintf(t.out, "%s logs in with the password alone, and is logged out everywhere.\n", user.Name)
		}
		return err
	})
}
