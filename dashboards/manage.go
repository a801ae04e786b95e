package dashboards

import (
	"net/http"
	"strings"

	"sporlos/site"
	"sporlos/store/settings"
)

// managePage is the list of sites with what a viewer may do with each, and the form that adds one.
type managePage struct {
	page
	Rows         []managedSite
	Zones        []string
	Domain, Zone string // of the form
	Preset       string
	Presets      []site.Preset
	Problem      string
	Removed      string
}

type managedSite struct {
	Domain, Zone, Preset string
	Edits, Owns          bool
}

// manage serves the list.
func (d *Dashboards) manage(w http.ResponseWriter, r *http.Request, v viewer) error {
	p, err := d.newManage(r, v)
	if err != nil {
		return err
	}
	if removed, err := site.CleanDomain(r.URL.Query().Get("removed")); err == nil {
		p.Removed = d.words.Say("manage.removed", removed)
	}
	return d.show(w, http.StatusOK, "manage", p)
}

func (d *Dashboards) newManage(r *http.Request, v viewer) (p managePage, err error) {
	p = managePage{page: d.inside(r, v, d.words.Say("manage.title")), Zones: zones(), Presets: site.Presets(), Zone: "Europe/Oslo"}
	all, err := d.Settings.Sites(r.Context())
	for _, s := range v.visible(all) {
		p.Rows = append(p.Rows, managedSite{s.Domain, s.Zone, s.Preset().Name, v.Edits(s.Domain), v.Owns(s.Domain)})
	}
	return p, err
}

// addSite takes the form, and goes on to the new site's snippets.
func (d *Dashboards) addSite(w http.ResponseWriter, r *http.Request, v viewer) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	p, err := d.newManage(r, v)
	if err != nil {
		return err
	}
	p.Domain, p.Zone, p.Preset = r.PostFormValue("domain"), strings.TrimSpace(r.PostFormValue("zone")), r.PostFormValue("preset")
	if _, err := site.New(0, p.Domain, p.Zone, site.Settings{Preset: p.Preset}); err != nil || p.Zone == "Local" {
		p.Problem = d.words.Say("manage.wrong")
		if _, bad := site.CleanDomain(p.Domain); bad != nil {
			p.Problem = d.words.Say("manage.wrong.domain")
		}
		return d.show(w, http.StatusUnprocessableEntity, "manage", p)
	}
	added, err := d.Settings.AddSiteWith(r.Context(), p.Domain, p.Zone, site.Settings{Preset: p.Preset})
	if problem := d.mistake(err); problem != "" {
		p.Problem = d.words.Say("manage.exists")
		return d.show(w, http.StatusUnprocessableEntity, "manage", p)
	}
	if err != nil {
		return err
	}
	d.tell(r.Context())
	if err := d.audit(r.Context(), v, "site.add", added.Domain, settings.Details(settings.Detail("text", added.Zone))); err != nil {
		return err
	}
	http.Redirect(w, r, sitePath(added.Domain)+"/install", http.StatusSeeOther)
	return nil
}

// removePage asks for the domain to be typed before a site goes with all that was measured.
type removePage struct {
	page
	Sections []section
	Problem  string
	Can      bool // this process can delete what was measured
}

func (d *Dashboards) removeForm(w http.ResponseWriter, r *http.Request, p prepared) error {
	return d.showRemove(w, r, http.StatusOK, p, "")
}

func (d *Dashboards) showRemove(w http.ResponseWriter, r *http.Request, status int, p prepared, problem string) (err error) {
	domain := p.frame.Site.Domain
	shown := removePage{page: p.frame, Sections: d.sections(p.frame.Viewer, domain, "remove"), Problem: problem, Can: d.RemoveSite != nil}
	shown.Title, shown.Place = d.words.Say("define.remove")+" · "+domain, "settings"
	if shown.Newsletters, err = d.hasNewsletters(r.Context(), p.frame.Site); err != nil {
		return err
	}
	return d.show(w, status, "remove", shown)
}

// removeSite removes the site for good.
func (d *Dashboards) removeSite(w http.ResponseWriter, r *http.Request, v viewer) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	p, err := d.prepare(r, v)
	if err != nil {
		return err
	}
	domain := p.frame.Site.Domain
	if strings.TrimSpace(r.PostFormValue("domain")) != domain {
		return d.showRemove(w, r, http.StatusUnprocessableEntity, p, d.words.Say("manage.typed", domain))
	}
	if d.RemoveSite == nil {
		return errNotFound
	}
	if err := d.RemoveSite(r.Context(), settings.Change{Who: v.Name, Action: "site.remove", Target: domain}); err != nil {
		return err
	}
	http.Redirect(w, r, "/-/sites?removed="+domain, http.StatusSeeOther)
	return nil
}
