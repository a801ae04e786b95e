package dashboards

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sporlos/site"
	"sporlos/store/settings"
)

const inviteLasts = 7 * 24 * time.Hour

// usersPage lists who may log in.
type usersPage struct {
	page
	Rows          []userRow
	Form          accessForm // of the invitation
	Name          string     // as typed
	Required      bool       // a second factor is
	Possible      bool       // a second factor can be set up
	Link, For     string     // a one-time link, shown once
	Problem, Note string
}

type userRow struct {
	Name, Access, State string
	Second, Self        bool
	Edit                string // URL
}

// userPage is one user, to be changed.
type userPage struct {
	page
	Name, State   string
	Self, Second  bool
	Form          accessForm
	Problem, Note string
}

// accessForm says and asks what a user may do: a role on all sites, or one for each.
type accessForm struct {
	All   []option
	Sites []siteRole
}

type siteRole struct {
	Domain string
	Roles  []option
}

func (d *Dashboards) users(w http.ResponseWriter, r *http.Request, v viewer) error {
	p := usersPage{}
	if done := "users.done." + r.URL.Query().Get("done"); d.words.Knows(done) {
		p.Note = d.words.Say(done)
	}
	return d.showUsers(w, r, v, http.StatusOK, p, settings.Everywhere(settings.Viewer))
}

func (d *Dashboards) showUsers(w http.ResponseWriter, r *http.Request, v viewer, status int, p usersPage, form settings.Access) (err error) {
	p.page = d.inside(r, v, d.words.Say("users.title"))
	p.Place, p.Here, p.Possible = "users", "/-/users", d.Vault != nil
	users, err := d.Settings.Users(r.Context())
	if err != nil {
		return err
	}
	seconds, err := d.Settings.Seconds(r.Context())
	if err != nil {
		return err
	}
	security, err := d.Settings.Security(r.Context())
	if err != nil {
		return err
	}
	p.Required = security.RequireSecond
	for _, u := range users {
		p.Rows = append(p.Rows, userRow{Name: u.Name, Access: d.accessWords(u.Access), State: d.stateOf(u), Second: seconds[u.Name], Self: u.Name == v.Name, Edit: editPath(u.Name)})
	}
	if p.Form, err = d.newAccessForm(r, form); err != nil {
		return err
	}
	return d.show(w, status, "users", p)
}

func editPath(name string) string { return "/-/users/edit?name=" + url.QueryEscape(name) }

func (d *Dashboards) stateOf(u settings.User) string {
	if u.Password == "" {
		return d.words.Say("users.invited", d.day(u.Created))
	}
	return d.words.Say("users.since", d.day(u.Created))
}

// accessWords is what somebody may do, in words.
func (d *Dashboards) accessWords(a settings.Access) string {
	if role := a.All(); role != settings.Nothing {
		return d.words.Say("users.everywhere", d.words.Say("role."+string(role)))
	}
	var parts []string
	for _, role := range []settings.Role{settings.Owner, settings.Editor, settings.Viewer} {
		var domains []string
		for _, domain := range a.Domains() {
			if a.On(domain) == role {
				domains = append(domains, domain)
			}
		}
		if len(domains) > 0 {
			parts = append(parts, d.words.Say("users.on", d.words.Say("role."+string(role)), strings.Join(domains, ", ")))
		}
	}
	if len(parts) == 0 {
		return d.words.Say("users.nowhere")
	}
	return strings.Join(parts, "; ")
}

func (d *Dashboards) newAccessForm(r *http.Request, a settings.Access) (form accessForm, err error) {
	sites, err := d.Settings.Sites(r.Context())
	if err != nil {
		return form, err
	}
	form.All = d.roleOptions(a.All(), d.words.Say("users.persite"))
	for _, s := range sites {
		role := settings.Nothing
		if a.Limited() {
			role = a.On(s.Domain)
		}
		form.Sites = append(form.Sites, siteRole{s.Domain, d.roleOptions(role, d.words.Say("role.none"))})
	}
	return form, nil
}

func (d *Dashboards) roleOptions(here settings.Role, none string) (list []option) {
	for _, role := range settings.Roles() {
		list = append(list, option{string(role), d.words.Say("role." + string(role)), role == here})
	}
	return append(list, option{"", none, here == settings.Nothing})
}

// readAccess reads what the form says a user may do. Sites there are not, and words that are no role, are nothing.
func readAccess(r *http.Request, sites []*site.Site) settings.Access {
	if role, err := settings.ParseRole(r.PostFormValue("all")); err == nil {
		return settings.Everywhere(role)
	}
	a := settings.OnSites(settings.Viewer)
	for _, s := range sites {
		if role, err := settings.ParseRole(r.PostFormValue("on." + s.Domain)); err == nil {
			a.Sites[s.Domain] = role
		}
	}
	return a
}

// inviteUser adds a user and shows the one-time link, once.
func (d *Dashboards) inviteUser(w http.ResponseWriter, r *http.Request, v viewer) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxList)
	sites, err := d.Settings.Sites(r.Context())
	if err != nil {
		return err
	}
	access, name := readAccess(r, sites), r.PostFormValue("name")
	again := func(problem string) error {
		return d.showUsers(w, r, v, http.StatusUnprocessableEntity, usersPage{Problem: problem, Name: name}, access)
	}
	if _, err := settings.CleanName(name); err != nil {
		return again(d.words.Say("users.name.wrong"))
	}
	if access.Limited() && len(access.Sites) == 0 {
		return again(d.words.Say("users.no.access"))
	}
	user, err := d.Settings.CreateUser(r.Context(), settings.User{Name: name, Access: access})
	if errors.Is(err, settings.ErrExists) {
		return again(d.words.Say("users.exists", name))
	}
	if err != nil {
		return err
	}
	if err := d.audit(r.Context(), v, "user.add", user.Name, settings.Details(settings.Detail("access", settings.AccessDetail(user.Access)))); err != nil {
		return err
	}
	return d.showLink(w, r, v, user.Name)
}

// linkUser makes a new one-time link for a user, as when the password is forgotten.
func (d *Dashboards) linkUser(w http.ResponseWriter, r *http.Request, v viewer) error {
	user, err := d.named(w, r)
	if err != nil {
		return err
	}
	if err := d.audit(r.Context(), v, "user.invite", user.Name, ""); err != nil {
		return err
	}
	return d.showLink(w, r, v, user.Name)
}

func (d *Dashboards) showLink(w http.ResponseWriter, r *http.Request, v viewer, user string) error {
	secret, scheme := settings.NewSecret(), "http"
	if d.Secure {
		scheme = "https"
	}
	if err := d.Settings.AddInvite(r.Context(), settings.Hash(secret), settings.Invite{User: user, Expires: d.Now().Add(inviteLasts)}); err != nil {
		return err
	}
	p := usersPage{For: user, Link: scheme + "://" + r.Host + "/welcome/" + secret}
	return d.showUsers(w, r, v, http.StatusOK, p, settings.Everywhere(settings.Viewer))
}

// named is the user whom a form names.
func (d *Dashboards) named(w http.ResponseWriter, r *http.Request) (settings.User, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxList)
	return d.Settings.User(r.Context(), r.PostFormValue("name"))
}

func (d *Dashboards) editUser(w http.ResponseWriter, r *http.Request, v viewer) error {
	user, err := d.Settings.User(r.Context(), r.URL.Query().Get("name"))
	if err != nil {
		return err
	}
	return d.showUser(w, r, v, http.StatusOK, user, "")
}

func (d *Dashboards) showUser(w http.ResponseWriter, r *http.Request, v viewer, status int, user settings.User, problem string) error {
	p := userPage{page: d.inside(r, v, user.Name), Name: user.Name, State: d.stateOf(user), Self: user.Name == v.Name, Problem: problem}
	p.Place, p.Here = "users", editPath(user.Name)
	seconds, err := d.Settings.Seconds(r.Context())
	if err != nil {
		return err
	}
	p.Second = seconds[user.Name]
	if p.Form, err = d.newAccessForm(r, user.Access); err != nil {
		return err
	}
	return d.show(w, status, "user", p)
}

// changeUser changes what a user may do.
func (d *Dashboards) changeUser(w http.ResponseWriter, r *http.Request, v viewer) error {
	user, err := d.named(w, r)
	if err != nil {
		return err
	}
	sites, err := d.Settings.Sites(r.Context())
	if err != nil {
		return err
	}
	wanted := readAccess(r, sites)
	was, is, err := d.Settings.ChangeUser(r.Context(), user.Name, func(u *settings.User) error {
		u.Access = wanted
		return nil
	})
	if errors.Is(err, settings.ErrLastOwner) {
		return d.showUser(w, r, v, http.StatusUnprocessableEntity, user, d.words.Say("users.last"))
	}
	if err != nil {
		return err
	}
	if before, after := settings.AccessDetail(was.Access), settings.AccessDetail(is.Access); before != after {
		if err := d.audit(r.Context(), v, "user.role", is.Name, settings.Details(settings.Detail("access.changed", before, after))); err != nil {
			return err
		}
	}
	http.Redirect(w, r, "/-/users?done=changed", http.StatusSeeOther)
	return nil
}

// removeUser removes a user, who is logged out at once. Nobody removes themselves.
func (d *Dashboards) removeUser(w http.ResponseWriter, r *http.Request, v viewer) error {
	user, err := d.named(w, r)
	if err != nil {
		return err
	}
	if user.Name == v.Name {
		return d.showUser(w, r, v, http.StatusUnprocessableEntity, user, d.words.Say("users.self"))
	}
	err = d.Settings.RemoveUser(r.Context(), user.Name)
	if errors.Is(err, settings.ErrLastOwner) {
		return d.showUser(w, r, v, http.StatusUnprocessableEntity, user, d.words.Say("users.last"))
	}
	if err := errors.Join(err, d.audit(r.Context(), v, "user.remove", user.Name, settings.Details(settings.Detail("access", settings.AccessDetail(user.Access))))); err != nil {
		return err
	}
	http.Redirect(w, r, "/-/users?done=removed", http.StatusSeeOther)
	return nil
}

// resetUser takes away the second factor of a user who has lost it, and ends the user's sessions.
func (d *Dashboards) resetUser(w http.ResponseWriter, r *http.Request, v viewer) error {
	user, err := d.named(w, r)
	if err != nil {
		return err
	}
	if user.Name == v.Name { // with the password, on their own page
		http.Redirect(w, r, "/-/account/second", http.StatusSeeOther)
		return nil
	}
	err = errors.Join(d.Settings.RemoveSecond(r.Context(), user.Name), d.Settings.EndSessions(r.Context(), user.Name),
		d.audit(r.Context(), v, "user.reset", user.Name, ""))
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/-/users?done=reset", http.StatusSeeOther)
	return nil
}

// requireSecond demands a second factor of everybody, or no longer. Who demands it must have one.
func (d *Dashboards) requireSecond(w http.ResponseWriter, r *http.Request, v viewer) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	was, err := d.Settings.Security(r.Context())
	if err != nil {
		return err
	}
	is := settings.Security{RequireSecond: r.PostFormValue("require") == "yes"}
	if is.RequireSecond && !v.second {
		return d.showUsers(w, r, v, http.StatusUnprocessableEntity, usersPage{Problem: d.words.Say("users.require.self")}, settings.Everywhere(settings.Viewer))
	}
	if detail := settings.Details(settings.Difference(was, is)...); detail != "" {
		if err := errors.Join(d.Settings.SaveSecurity(r.Context(), is), d.audit(r.Context(), v, "security.set", "", detail)); err != nil {
			return err
		}
	}
	http.Redirect(w, r, "/-/users?done=changed", http.StatusSeeOther)
	return nil
}
