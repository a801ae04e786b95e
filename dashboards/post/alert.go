package post

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"sporlos/site"
	"sporlos/store/report"
	"sporlos/store/settings"
)

const (
	weeksBack = 4  // weeks in which the same hours are looked at to know what is usual
	usualFrom = 10 // pageviews from which on their absence is worth a message
)

func (p *Post) tickAlerts(ctx context.Context, alerts []settings.Alert, sites map[string]*site.Site) error {
	var errs []error
	for _, a := range alerts {
		s := sites[a.Domain]
		if s == nil {
			errs = append(errs, p.Settings.RemovePostOf(ctx, a.Domain))
			continue
		}
		errs = append(errs, p.tickAlert(ctx, a, s, "spike", p.spike), p.tickAlert(ctx, a, s, "drop", p.drop))
	}
	return errors.Join(errs...)
}

// judge says whether there is something to tell, and with which numbers.
type judge func(ctx context.Context, a settings.Alert, s *site.Site) (tell bool, count, usual int, err error)

// tickAlert tells a site's alert of one kind when it is due and was not told lately, and sends what is left of the last one.
func (p *Post) tickAlert(ctx context.Context, a settings.Alert, s *site.Site, kind string, judged judge) error {
	now := p.Now()
	d, err := p.Settings.Delivery(ctx, "alert/"+a.Domain+"/"+kind)
	if err != nil && !errors.Is(err, settings.ErrNotFound) {
		return err
	}
	if d.At.IsZero() || !now.Before(d.At.Add(time.Duration(a.Every)*time.Hour)) {
		tell, count, usual, err := judged(ctx, a, s)
		if err != nil {
			return err
		}
		if tell {
			d = settings.Delivery{Key: "alert/" + a.Domain + "/" + kind, At: now.UTC(), Count: count, Usual: usual, Left: p.targets(a), Next: now.UTC()}
			if err := p.Settings.SaveDelivery(ctx, d); err != nil {
				return err
			}
		}
	}
	if len(d.Left) == 0 || now.Before(d.Next) {
		return nil
	}
	return p.deliver(ctx, d, "alert", func(to string) error { return p.tell(ctx, a, kind, d, to) })
}

// targets are those an alert goes to.
func (p *Post) targets(a settings.Alert) (list []string) {
	if p.Mailer != nil {
		list = append(list, a.Recipients...)
	}
	if a.Webhook != "" {
		list = append(list, settings.WebhookTarget)
	}
	return list
}

// spike tells when so many visitors are there now.
func (p *Post) spike(ctx context.Context, a settings.Alert, s *site.Site) (bool, int, int, error) {
	if a.Spike == 0 {
		return false, 0, 0, nil
	}
	n, err := p.Report.Live(ctx, s)
	return n >= a.Spike, n, 0, err
}

// drop tells when there was no pageview for so many hours, while in the same hours of the four weeks before there were ten on average, and
// some in at least three of them.
func (p *Post) drop(ctx context.Context, a settings.Alert, s *site.Site) (bool, int, int, error) {
	if a.Drop == 0 {
		return false, 0, 0, nil
	}
	now := p.Now().In(s.Location())
	today := s.DayAt(now.Unix())
	if none, err := p.viewsIn(ctx, s, today-2, today, now, a.Drop, true); err != nil || none > 0 {
		return false, 0, 0, err
	}
	sum, weeks := 0, 0
	for week := 1; week <= weeksBack; week++ {
		then := now.AddDate(0, 0, -7*week)
		day := s.DayAt(then.Unix())
		n, err := p.viewsIn(ctx, s, day-2, day, then, a.Drop, false)
		if err != nil {
			return false, 0, 0, err
		}
		if sum += n; n > 0 {
			weeks++
		}
	}
	usual := sum / weeksBack
	return usual >= usualFrom && weeks >= 3, a.Drop, usual, nil
}

// viewsIn counts the pageviews of the whole hours before a moment, and of the hour that is open when it is asked for too.
func (p *Post) viewsIn(ctx context.Context, s *site.Site, from, to site.Day, until time.Time, hours int, open bool) (n int, err error) {
	result, err := p.Report.Run(ctx, report.Query{Site: s, From: from, To: to, Metrics: []report.Metric{report.Pageviews}, Dimensions: []report.Dimension{report.Hour}, Sparse: true})
	if err != nil {
		return 0, err
	}
	wanted := map[string]bool{}
	for back := 1; back <= hours; back++ {
		wanted[until.Add(-time.Duration(back)*time.Hour).Format("2006-01-02 15:00:00")] = true
	}
	if open {
		wanted[until.Format("2006-01-02 15:00:00")] = true
	}
	for _, r := range result.Rows {
		if wanted[r.Dimensions[0]] {
			n += int(r.Metrics[0])
		}
	}
	return n, nil
}

// tell sends an alert to a recipient or to the webhook.
func (p *Post) tell(ctx context.Context, a settings.Alert, kind string, d settings.Delivery, to string) error {
	w := words(a.Language)
	address := p.dashboard(a.Domain, 0, 0)
	if s, err := p.Settings.Site(ctx, a.Domain); err == nil {
		day := s.DayAt(d.At.Unix())
		address = p.dashboard(a.Domain, day, day)
	}
	subject, text := w.Say("post."+kind+".subject", a.Domain), w.Say("post.spike.text", a.Domain, w.Integer(d.Count), a.Spike)
	if kind == "drop" {
		text = w.Say("post.drop.text", a.Domain, d.Count, w.Integer(d.Usual))
	}
	if to == settings.WebhookTarget {
		return call(ctx, a.Webhook, p.Key.HookSecret(a.Domain), Hook{Kind: kind, Site: a.Domain, At: d.At, Count: d.Count, Usual: d.Usual, Text: text, URL: address})
	}
	sum := sha256.Sum256([]byte(d.Key + "\x00" + d.At.String() + "\x00" + to))
	body := text + "\r\n\r\n" + address + "\r\n\r\n" + w.Say("post.alert.why", a.Domain, a.Every) + "\r\n"
	return p.Mailer.Send(ctx, Message{ID: "alert-" + hex.EncodeToString(sum[:16]), To: to, Subject: subject, Text: body, Language: w.Tag})
}

// TestHook calls a site's webhook to say that it works.
func (p *Post) TestHook(ctx context.Context, a settings.Alert) error {
	w := words(a.Language)
	today := site.Day(p.Now().Unix() / 86400)
	return call(ctx, a.Webhook, p.Key.HookSecret(a.Domain), Hook{Kind: "test", Site: a.Domain, At: p.Now().UTC(), Text: w.Say("post.test.text", a.Domain), URL: p.dashboard(a.Domain, today, today)})
}
