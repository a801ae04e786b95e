// Package post sends what owners of sites have asked for: reports by e-mail every week or month, and alerts when many visitors are there or
// none, by e-mail and webhook.
//
// A [Post] looks once a minute at what is due ([Post.Tick]). A report of a week is due on Monday at seven on the site's clock, one of a month on
// the first; it catches up for three days when nothing ran at seven. What is due becomes a [settings.Delivery], stored before the first message
// leaves and again after each recipient, so a restart goes on where it stopped. Between a server's "taken" and that storing lie milliseconds in
// which a kill would send one message again: it then has the same Message-ID, by which mailboxes tell. What fails is tried again after 1, 2, 4… minutes,
// then every six hours, for three days.
//
// Each recipient gets a message of their own, with no picture and nothing that tells whether it was read, and a link that unsubscribes without a
// login. It is signed with a [Key] that is kept in the data directory, not in ClickHouse, as is the password of the mail server. Logs name neither
// recipients nor addresses of webhooks.
//
// The schedule belongs in one process of an installation: the one that is started with --smtp-url.
package post

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sporlos/dashboards/language"
	"sporlos/site"
	"sporlos/store/report"
	"sporlos/store/settings"
)

// Options is what a Post is made of. Settings, Report and Key are needed.
type Options struct {
	Settings *settings.Settings
	Report   *report.Reporter
	Key      Key
	Mailer   *Mailer // nil: no mail is sent, webhooks are called all the same
	URL      string  // of the dashboards, for links, without a slash at the end

	Now        func() time.Time      // nil: time.Now
	Logger     *slog.Logger          // nil: nothing is logged
	Registerer prometheus.Registerer // nil: nothing is measured
}

// Post sends. It is safe for concurrent use, but Tick is called by one goroutine.
type Post struct {
	Options
	templates *template.Template
	sent      *prometheus.CounterVec
}

// New returns a Post.
func New(o Options) (*Post, error) {
	if o.Settings == nil || o.Report == nil || len(o.Key) == 0 {
		return nil, errors.New("post needs settings, a reporter and a key")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	p := &Post{Options: o, sent: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sporlos_post_total", Help: "Messages to recipients and webhooks, by kind (mailing, alert) and result (ok, failed, given_up).",
	}, []string{"kind", "result"})}
	for _, kind := range []string{"mailing", "alert"} {
		for _, result := range []string{"ok", "failed", "given_up"} {
			p.sent.WithLabelValues(kind, result)
		}
	}
	if o.Registerer != nil {
		if err := o.Registerer.Register(p.sent); err != nil {
			return nil, err
		}
	}
	var err error
	p.templates, err = parseTemplates()
	return p, err
}

// Run sends what is due, every minute, until ctx ends.
func (p *Post) Run(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	failing := false
	for {
		err := p.Tick(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			p.Logger.Warn("reports and alerts cannot be sent; trying on", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Tick looks what is due and sends it. What a mail server or webhook refuses is no error of it, but tried again later. Sites, of which there
// can be very many, are read only where there is something to send about one.
func (p *Post) Tick(ctx context.Context) (err error) {
	var mailings []settings.Mailing
	if p.Mailer != nil {
		if mailings, err = p.Settings.Mailings(ctx); err != nil {
			return err
		}
	}
	alerts, err := p.Settings.Alerts(ctx)
	if err != nil || len(mailings)+len(alerts) == 0 {
		return err
	}
	list, err := p.Settings.Sites(ctx)
	if err != nil {
		return err
	}
	sites := map[string]*site.Site{}
	for _, s := range list {
		sites[s.Domain] = s
	}
	return errors.Join(p.tickMailings(ctx, mailings, sites), p.tickAlerts(ctx, alerts, sites))
}

func (p *Post) tickMailings(ctx context.Context, mailings []settings.Mailing, sites map[string]*site.Site) error {
	var errs []error
	for _, m := range mailings {
		if s := sites[m.Domain]; s != nil {
			errs = append(errs, p.tickMailing(ctx, m, s))
		} else {
			errs = append(errs, p.Settings.RemovePostOf(ctx, m.Domain))
		}
	}
	return errors.Join(errs...)
}

const (
	sendAt   = 7                  // o'clock, on the site's clock
	catchUp  = 3 * 24 * time.Hour // a report is not sent later than this
	patience = 3 * 24 * time.Hour // nor is a delivery tried for longer
)

// due returns the period whose report is due, and when it became so.
func due(cadence string, s *site.Site, now time.Time) (from, to site.Day, at time.Time) {
	today := s.DayAt(now.Unix())
	date := today.Date()
	if cadence == "monthly" {
		first := site.DayOfDate(date.Year(), date.Month(), 1)
		from, to = site.DayOfDate(date.Year(), date.Month()-1, 1), first-1
	} else {
		monday := today - site.Day((int(date.Weekday())+6)%7)
		from, to = monday-7, monday-1
	}
	begin := (to + 1).Date()
	return from, to, time.Date(begin.Year(), begin.Month(), begin.Day(), sendAt, 0, 0, 0, s.Location())
}

// tickMailing makes the delivery of a mailing that has become due, and sends what is left of it.
func (p *Post) tickMailing(ctx context.Context, m settings.Mailing, s *site.Site) error {
	now := p.Now()
	from, to, at := due(m.Cadence, s, now)
	d, err := p.Settings.Delivery(ctx, "mailing/"+m.ID)
	if err != nil && !errors.Is(err, settings.ErrNotFound) {
		return err
	}
	if !now.Before(at) && now.Before(at.Add(catchUp)) && m.Created.Before(at) && d.Period != from.String() {
		d = settings.Delivery{Key: "mailing/" + m.ID, Period: from.String(), At: now.UTC(), Left: m.Recipients, Next: now.UTC()}
		if err := p.Settings.SaveDelivery(ctx, d); err != nil {
			return err
		}
	}
	if len(d.Left) == 0 || now.Before(d.Next) || d.Period != from.String() {
		return nil
	}
	figures, err := p.figures(ctx, s, from, to, m.Language)
	if err != nil {
		return err
	}
	return p.deliver(ctx, d, "mailing", func(to string) error {
		if still, err := p.Settings.Mailing(ctx, m.ID); err != nil || !contains(still.Recipients, to) {
			return nil // unsubscribed meanwhile
		}
		msg, err := p.report(figures, m, to)
		if err != nil {
			return err
		}
		return p.Mailer.Send(ctx, msg)
	})
}

func contains(list []string, text string) bool {
	for _, one := range list {
		if one == text {
			return true
		}
	}
	return false
}

// deliver sends to everybody who is left, remembers after each, and plans the next try for those who could not be reached.
func (p *Post) deliver(ctx context.Context, d settings.Delivery, kind string, send func(to string) error) error {
	var failed []string
	d.Fault = ""
	for queue := d.Left; len(queue) > 0; {
		to := queue[0]
		queue = queue[1:]
		err := send(to)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed, d.Fault = append(failed, to), err.Error()
			p.sent.WithLabelValues(kind, "failed").Inc()
			continue
		}
		p.sent.WithLabelValues(kind, "ok").Inc()
		d.Left = append(append([]string(nil), failed...), queue...)
		if err := p.Settings.SaveDelivery(ctx, d); err != nil {
			return err
		}
	}
	if len(failed) == 0 {
		return nil
	}
	now := p.Now().UTC()
	d.Left, d.Tries = failed, d.Tries+1
	d.Next = now.Add(min(time.Minute<<min(d.Tries-1, 12), 6*time.Hour))
	p.Logger.Warn("something could not be sent", "kind", kind, "recipients", len(failed), "tries", d.Tries, "error", d.Fault)
	if now.After(d.At.Add(patience)) {
		d.Left = nil
		p.sent.WithLabelValues(kind, "given_up").Add(float64(len(failed)))
	}
	return p.Settings.SaveDelivery(ctx, d)
}

// Test sends a message that says that mail arrives.
func (p *Post) Test(ctx context.Context, domain, to, tag string) error {
	if p.Mailer == nil {
		return errors.New("no mail server is named: start sporlos with --smtp-url")
	}
	w := words(tag)
	return p.Mailer.Send(ctx, Message{ID: "test-" + settings.NewSecret()[:16], To: to, Subject: w.Say("post.test.subject", domain), Text: w.Say("post.test.text", domain) + "\r\n", Language: w.Tag})
}

// words is the language with that tag, or the first.
func words(tag string) *language.Language {
	all := language.All()
	for _, l := range all {
		if l.Tag == tag {
			return l
		}
	}
	return all[0]
}

// dashboard is where a site's figures of a period are.
func (p *Post) dashboard(domain string, from, to site.Day) string {
	return fmt.Sprintf("%s/%s?from=%s&to=%s", p.URL, url.PathEscape(domain), from, to)
}

// unsubscribe is where a recipient takes themself off a mailing.
func (p *Post) unsubscribe(mailing, recipient string) string {
	q := url.Values{"m": {mailing}, "a": {recipient}, "s": {p.Key.Unsubscribe(mailing, recipient)}}
	return p.URL + "/-/unsubscribe?" + q.Encode()
}

// slug is a text in the form a Message-ID takes.
func slug(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, text)
}
