package dashboards

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sporlos/dashboards/export"
	"sporlos/dashboards/language"
	"sporlos/dashboards/password"
	"sporlos/dashboards/view"
	"sporlos/store/settings"
)

// sharingPage is where the owners of a site say who else sees its figures, and what is sent to whom.
type sharingPage struct {
	page
	Action     string
	Saved      bool
	Problem    string
	NewLink    string // a link that has just been made; it is shown once
	Sharing    settings.Sharing
	Origins    string
	Shares     []shareRow
	Mailings   []mailingRow
	Alert      settings.Alert
	AlertTo    string
	HookSecret string
	Mail       bool // a mail server is named
	Formats    []export.Format
	RawPeriods []link
	Rounded    string // why events cannot be exported; "" when they can
	NextDay    string // the first day a link can end on
}

type shareRow struct {
	ID, Name, Made, Ends string
	Password             bool
	Limits               []string
	Over                 bool
}

type mailingRow struct {
	settings.Mailing
	Cadence, Language, To string
	State                 string // when it was sent last, or why not
}

// sharing serves the page.
func (d *Dashboards) sharing(w http.ResponseWriter, r *http.Request, p prepared) error {
	shown, err := d.newSharing(r.Context(), p)
	if err != nil {
		return err
	}
	shown.Saved = r.URL.Query().Has("saved")
	return d.showSharing(w, r, http.StatusOK, shown)
}

func (d *Dashboards) showSharing(w http.ResponseWriter, r *http.Request, status int, s sharingPage) (err error) {
	s.Place = "settings"
	if s.Newsletters, err = d.hasNewsletters(r.Context(), s.Site); err != nil {
		return err
	}
	if s.Live, err = d.live(r.Context(), s.Site); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store") // a new link stands on it
	return d.show(w, status, "sharing", s)
}

func (d *Dashboards) newSharing(ctx context.Context, p prepared) (s sharingPage, err error) {
	one := p.frame.Site
	s = sharingPage{page: p.frame, Action: sitePath(one.Domain) + "/sharing", Formats: export.Formats(), NextDay: p.now.AddDate(0, 0, 1).Format(time.DateOnly)}
	s.Title = d.words.Say("sharing.title") + " · " + one.Domain
	if s.Sharing, err = d.Settings.Sharing(ctx, one.Domain); err != nil {
		return s, err
	}
	s.Origins = strings.Join(s.Sharing.Origins, "\n")
	shares, err := d.Settings.SharesOf(ctx, one.Domain)
	if err != nil {
		return s, err
	}
	for _, share := range shares {
		s.Shares = append(s.Shares, d.shareRow(p, share))
	}
	if m := one.Preset(); m.Multiple > 1 {
		s.Rounded = d.words.Say("sharing.raw.rounded", m.Name)
	}
	for _, kind := range []view.Kind{view.Days7, view.LastMonth, view.Months12} {
		period, _ := view.Named(kind, p.asker.view.Today)
		s.RawPeriods = append(s.RawPeriods, link{Text: d.words.Say("period." + string(kind)), URL: "?period=" + string(period.Kind)})
	}
	return s, d.postOf(ctx, p, &s)
}

func (d *Dashboards) shareRow(p prepared, share settings.Share) shareRow {
	zone := p.frame.Site.Location()
	row := shareRow{ID: share.ID, Name: share.Name, Made: share.Created.In(zone).Format(time.DateOnly), Password: share.Password != ""}
	if !share.Expires.IsZero() {
		row.Ends, row.Over = share.Expires.In(zone).Add(-time.Second).Format(time.DateOnly), !share.Expires.After(d.Now())
	}
	if query, err := url.ParseQuery(share.Query); err == nil && share.Query != "" {
		v, _ := view.Parse(share.Domain, query, p.asker.view.Today)
		for _, c := range d.chips(p.asker, v) {
			row.Limits = append(row.Limits, c.Text)
		}
	}
	return row
}

// postOf fills in what is sent.
func (d *Dashboards) postOf(ctx context.Context, p prepared, s *sharingPage) error {
	domain := p.frame.Site.Domain
	mailings, err := d.Settings.MailingsOf(ctx, domain)
	if err != nil {
		return err
	}
	for _, m := range mailings {
		row := mailingRow{Mailing: m, Cadence: d.words.Say("sharing." + m.Cadence), Language: m.Language, To: strings.Join(m.Recipients, ", "), State: d.words.Say("sharing.never")}
		for _, l := range language.All() {
			if l.Tag == m.Language {
				row.Language = l.Name
			}
		}
		sent, err := d.Settings.Delivery(ctx, "mailing/"+m.ID)
		if err != nil && !errors.Is(err, settings.ErrNotFound) {
			return err
		}
		switch {
		case sent.Fault != "":
			row.State = d.words.Say("sharing.fault", sent.Fault)
		case err == nil:
			row.State = d.words.Say("sharing.sent", sent.At.In(p.now.Location()).Format("2006-01-02 15:04"))
		}
		s.Mailings = append(s.Mailings, row)
	}
	s.Alert, err = d.Settings.Alert(ctx, domain)
	if errors.Is(err, settings.ErrNotFound) {
		s.Alert, err = settings.Alert{Domain: domain, Every: 12, Language: d.words.Tag}, nil
	}
	s.AlertTo = strings.Join(s.Alert.Recipients, ", ")
	if d.Post != nil {
		s.Mail, s.HookSecret = d.Post.Mailer != nil, d.Post.Key.HookSecret(domain)
	}
	return err
}

// changeSharing does what a form of the page says.
func (d *Dashboards) changeSharing(w http.ResponseWriter, r *http.Request, p prepared) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	changes := map[string]func(context.Context, *http.Request, prepared) (string, error){
		"open": d.saveOpen, "share.revoke": d.revokeShare, "mailing.add": d.addMailing, "mailing.remove": d.removeMailing, "mailing.test": d.testMail,
		"alert.save": d.saveAlert, "alert.test": d.testHook,
	}
	what := r.PostFormValue("do")
	link := ""
	var detail string
	var err error
	if what == "share.add" {
		link, detail, err = d.addShare(r, p)
	} else if change, ok := changes[what]; ok {
		detail, err = change(r.Context(), r, p)
	} else {
		return errNotFound
	}
	if err == nil {
		err = d.audit(r.Context(), p.frame.Viewer, what, p.frame.Site.Domain, detail)
	}
	if err != nil || link != "" {
		shown, failed := d.newSharing(r.Context(), p)
		if failed != nil {
			return failed
		}
		status := http.StatusOK
		if shown.NewLink = link; err != nil {
			status, shown.Problem = http.StatusUnprocessableEntity, cmp.Or(d.mistake(err), err.Error())
		}
		return d.showSharing(w, r, status, shown)
	}
	http.Redirect(w, r, sitePath(p.frame.Site.Domain)+"/sharing?saved", http.StatusSeeOther)
	return nil
}

func (d *Dashboards) saveOpen(ctx context.Context, r *http.Request, p prepared) (string, error) {
	origins, err := settings.CleanOrigins(r.PostFormValue("origins"))
	if err != nil {
		return "", err
	}
	s := settings.Sharing{Domain: p.frame.Site.Domain, Public: r.PostFormValue("public") != "", Origins: origins}
	said := []settings.Said{settings.Detail(map[bool]string{true: "public", false: "private"}[s.Public])}
	if len(origins) > 0 {
		said = append(said, settings.Detail("framed", strings.Join(origins, " ")))
	}
	return settings.Details(said...), d.Settings.SaveSharing(ctx, s)
}

// addShare makes a link and returns it. Its filters are those of an address of the site's pages, or of what stands behind its question mark.
func (d *Dashboards) addShare(r *http.Request, p prepared) (address, detail string, err error) {
	share := settings.Share{Domain: p.frame.Site.Domain, Name: r.PostFormValue("name")}
	if share.Query, err = d.limits(r.PostFormValue("limit"), p); err != nil {
		return "", "", err
	}
	if text := r.PostFormValue("expires"); text != "" {
		day, err := time.ParseInLocation(time.DateOnly, text, p.frame.Site.Location())
		if err != nil {
			return "", "", errors.New(d.words.Say("sharing.day", text))
		}
		share.Expires = day.AddDate(0, 0, 1).UTC()
	}
	if secret := r.PostFormValue("password"); secret != "" {
		share.Password, err = d.hasher.Hash(r.Context(), secret)
		switch {
		case errors.Is(err, password.ErrShort):
			return "", "", errors.New(d.words.Say("welcome.short", password.MinLength))
		case err != nil:
			return "", "", err
		}
	}
	secret := settings.NewSecret()
	if share, err = d.Settings.AddShare(r.Context(), settings.Hash(secret), share); err != nil {
		return "", "", err
	}
	base := ""
	if d.Post != nil {
		base = d.Post.URL
	}
	return base + "/share/" + secret, settings.Details(settings.Detail("text", share.Name)), nil
}

// limits are the filters in an address, in the form they are kept in.
func (d *Dashboards) limits(text string, p prepared) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	if _, query, ok := strings.Cut(text, "?"); ok {
		text = query
	}
	query, err := url.ParseQuery(text)
	if err != nil {
		return "", errors.New(d.words.Say("sharing.limit.wrong"))
	}
	v, problems := view.Parse(p.frame.Site.Domain, query, p.asker.view.Today)
	if len(problems) > 0 || len(v.Filters)+len(v.Where) == 0 || v.Segment != "" {
		return "", errors.New(d.words.Say("sharing.limit.wrong"))
	}
	only := url.Values{"f": v.Query()["f"]}
	return only.Encode(), nil
}

func (d *Dashboards) revokeShare(ctx context.Context, r *http.Request, p prepared) (string, error) {
	share, err := d.Settings.RemoveShare(ctx, p.frame.Site.Domain, r.PostFormValue("id"))
	if errors.Is(err, settings.ErrNotFound) { // revoked in another window
		return "", nil
	}
	return settings.Details(settings.Detail("text", share.Name)), err
}

func (d *Dashboards) addMailing(ctx context.Context, r *http.Request, p prepared) (string, error) {
	m := settings.Mailing{Domain: p.frame.Site.Domain, Cadence: r.PostFormValue("cadence"), Language: d.tongue(r), Recipients: settings.CleanRecipients(r.PostFormValue("to"))}
	m, err := d.Settings.AddMailing(ctx, m)
	return settings.Details(settings.Detail("mailing", m.Cadence, len(m.Recipients))), err
}

// tongue is the language a form asks for.
func (d *Dashboards) tongue(r *http.Request) string {
	return language.Preferred(r.PostFormValue("language"), d.words.Tag)
}

func (d *Dashboards) removeMailing(ctx context.Context, r *http.Request, p prepared) (string, error) {
	err := d.Settings.RemoveMailing(ctx, p.frame.Site.Domain, r.PostFormValue("id"))
	if errors.Is(err, settings.ErrNotFound) {
		err = nil
	}
	return "", err
}

func (d *Dashboards) testMail(ctx context.Context, r *http.Request, p prepared) (string, error) {
	to := settings.CleanRecipients(r.PostFormValue("to"))
	if d.Post == nil || len(to) != 1 {
		return "", errors.New(d.words.Say("sharing.test.one"))
	}
	return "", d.Post.Test(ctx, p.frame.Site.Domain, to[0], d.words.Tag)
}

func (d *Dashboards) saveAlert(ctx context.Context, r *http.Request, p prepared) (string, error) {
	a := settings.Alert{Domain: p.frame.Site.Domain, Language: d.tongue(r), Recipients: settings.CleanRecipients(r.PostFormValue("to")), Webhook: strings.TrimSpace(r.PostFormValue("webhook"))}
	for name, to := range map[string]*int{"spike": &a.Spike, "drop": &a.Drop, "every": &a.Every} {
		text := strings.TrimSpace(r.PostFormValue(name))
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return "", errors.New(d.words.Say("sharing.number", text))
		}
		*to = n
	}
	said := []settings.Said{settings.Detail("alert", a.Spike, a.Drop, a.Every), settings.Detail("alert.to", len(a.Recipients))}
	if a.Webhook != "" {
		said = append(said, settings.Detail("alert.hook"))
	}
	return settings.Details(said...), d.Settings.SaveAlert(ctx, a)
}

func (d *Dashboards) testHook(ctx context.Context, _ *http.Request, p prepared) (string, error) {
	a, err := d.Settings.Alert(ctx, p.frame.Site.Domain)
	if d.Post == nil || err != nil || a.Webhook == "" {
		return "", errors.New(d.words.Say("sharing.test.hook"))
	}
	return "", d.Post.TestHook(ctx, a)
}

// leavePage takes a recipient off a mailing.
type leavePage struct {
	page
	Action string
	Done   bool
}

// leaveForm asks whether to unsubscribe: mail programs follow links too.
func (d *Dashboards) leaveForm(w http.ResponseWriter, r *http.Request) error {
	if !d.mayLeave(r) {
		return errNotFound
	}
	p := leavePage{page: d.frame(r, d.words.Say("leave.title")), Action: r.URL.RequestURI()}
	return d.show(w, http.StatusOK, "leave", p)
}

// leave unsubscribes, from the form and from the button of a mail program (RFC 8058). Who is off the list already is told the same.
func (d *Dashboards) leave(w http.ResponseWriter, r *http.Request) error {
	if !d.mayLeave(r) {
		return errNotFound
	}
	q := r.URL.Query()
	if err := d.Settings.Unsubscribe(r.Context(), q.Get("m"), q.Get("a")); err != nil && !errors.Is(err, settings.ErrNotFound) {
		return err
	}
	return d.show(w, http.StatusOK, "leave", leavePage{page: d.frame(r, d.words.Say("leave.done")), Done: true})
}

func (d *Dashboards) mayLeave(r *http.Request) bool {
	q := r.URL.Query()
	return d.Post != nil && d.Post.Key.Unsubscribes(q.Get("m"), q.Get("a"), q.Get("s"))
}
