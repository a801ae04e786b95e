package settings

import (
	"context"
	"encoding/json"
	"errors"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"sporlos/site"
)

const (
	kindMailing  = "mailing"
	kindAlert    = "alert"
	kindDelivery = "delivery"
)

// Bounds of what is sent.
const (
	MaxRecipients = 50
	MaxMailings   = 20 // of a site
)

// Mailing is a report by e-mail that comes again and again, of one site to a list of recipients.
type Mailing struct {
	ID         string    `json:"id"`
	Domain     string    `json:"domain"`
	Cadence    string    `json:"cadence"`  // "weekly" or "monthly"
	Language   string    `json:"language"` // tag of package language
	Recipients []string  `json:"recipients"`
	Created    time.Time `json:"created"`
}

// Check says what is wrong with a mailing.
func (m Mailing) Check() error {
	if m.Cadence != "weekly" && m.Cadence != "monthly" {
		return &site.Mistake{Key: "mistake.mail.cadence", Args: []any{m.Cadence}}
	}
	if len(m.Recipients) == 0 {
		return &site.Mistake{Key: "mistake.mail.nobody"}
	}
	return checkRecipients(m.Recipients)
}

// Alert is when the owners of a site are to be told at once. There is one for each site at most.
type Alert struct {
	Domain     string   `json:"domain"`
	Spike      int      `json:"spike"`      // visitors now, from which on it is told; 0: never
	Drop       int      `json:"drop"`       // hours without a pageview, from which on it is told where some are usual; 0: never
	Every      int      `json:"every"`      // hours in which the same is told once at most
	Language   string   `json:"language"`   //
	Recipients []string `json:"recipients"` //
	Webhook    string   `json:"webhook"`    // URL; "": none
}

// Check says what is wrong with an alert.
func (a Alert) Check() error {
	switch {
	case a.Spike < 0 || a.Spike > 1_000_000:
		return &site.Mistake{Key: "mistake.alert.spike"}
	case a.Drop < 0 || a.Drop > 48:
		return &site.Mistake{Key: "mistake.alert.drop"}
	case a.Every < 1 || a.Every > 168:
		return &site.Mistake{Key: "mistake.alert.every"}
	}
	if a.Webhook != "" {
		u, err := url.Parse(a.Webhook)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(a.Webhook) > 2_000 {
			return &site.Mistake{Key: "mistake.alert.webhook"}
		}
	}
	return checkRecipients(a.Recipients)
}

func checkRecipients(list []string) error {
	if len(list) > MaxRecipients {
		return &site.Mistake{Key: "mistake.mail.many", Args: []any{len(list), MaxRecipients}}
	}
	for _, r := range list {
		parsed, err := mail.ParseAddress(r)
		if err != nil || parsed.Address != r || len(r) > 254 {
			return &site.Mistake{Key: "mistake.mail.address", Args: []any{r}}
		}
	}
	return nil
}

// CleanRecipients reads addresses with commas, semicolons, spaces or line ends between them, each once, in lower case.
func CleanRecipients(text string) (list []string) {
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(",; \t\r\n", r) }) {
		if !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	return list
}

// Delivery is what has to be sent, or was: one for each mailing, and for each kind of alert of a site. That it is stored before anything is
// sent, and again after each recipient, is why a restart sends nothing twice.
type Delivery struct {
	Key    string    `json:"key"` // "mailing/ID", "alert/DOMAIN/spike" or "alert/DOMAIN/drop"
	Period string    `json:"period,omitempty"`
	At     time.Time `json:"at"`              // when it became due
	Count  int       `json:"count,omitempty"` // of an alert: visitors now, or hours without a pageview
	Usual  int       `json:"usual,omitempty"` // of an alert about a drop: pageviews that are usual in these hours
	Left   []string  `json:"left,omitempty"`  // who has not got it yet: addresses, or WebhookTarget
	Tries  int       `json:"tries,omitempty"`
	Next   time.Time `json:"next"`
	Fault  string    `json:"fault,omitempty"` // why the last try failed
}

// WebhookTarget stands for the webhook among those a delivery has not reached yet.
const WebhookTarget = "webhook"

// Mailings returns all mailings.
func (s *Settings) Mailings(ctx context.Context) ([]Mailing, error) {
	return all[Mailing](ctx, s, kindMailing)
}

// MailingsOf returns the mailings of a site, the oldest first.
func (s *Settings) MailingsOf(ctx context.Context, domain string) ([]Mailing, error) {
	list, err := s.Mailings(ctx)
	list = slices.DeleteFunc(list, func(m Mailing) bool { return m.Domain != domain })
	slices.SortFunc(list, func(a, b Mailing) int { return a.Created.Compare(b.Created) })
	return list, err
}

// AddMailing stores a new mailing and gives it its ID.
func (s *Settings) AddMailing(ctx context.Context, m Mailing) (Mailing, error) {
	if err := m.Check(); err != nil {
		return m, err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	have, err := s.MailingsOf(ctx, m.Domain)
	if err != nil {
		return m, err
	}
	if len(have) >= MaxMailings {
		return m, &site.Mistake{Key: "mistake.mail.full", Args: []any{m.Domain, len(have)}}
	}
	m.ID, m.Created = NewSecret()[:12], s.now().UTC()
	return m, s.put(ctx, kindMailing, m.ID, m)
}

// RemoveMailing removes a mailing of a site, with the addresses in it.
func (s *Settings) RemoveMailing(ctx context.Context, domain, id string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	m, err := get[Mailing](ctx, s, kindMailing, id)
	if err == nil && m.Domain != domain {
		err = ErrNotFound
	}
	if err != nil {
		return err
	}
	return errors.Join(s.forget(ctx, kindMailing, id), s.forget(ctx, kindDelivery, "mailing/"+id))
}

// Unsubscribe takes a recipient out of a mailing, and the mailing away with the last one. ErrNotFound when there is no such recipient.
func (s *Settings) Unsubscribe(ctx context.Context, id, recipient string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	m, err := get[Mailing](ctx, s, kindMailing, id)
	if err != nil {
		return err
	}
	i := slices.Index(m.Recipients, recipient)
	if i < 0 {
		return ErrNotFound
	}
	m.Recipients = slices.Delete(slices.Clone(m.Recipients), i, i+1)
	if len(m.Recipients) == 0 {
		return errors.Join(s.forget(ctx, kindMailing, id), s.forget(ctx, kindDelivery, "mailing/"+id))
	}
	return errors.Join(s.forget(ctx, kindMailing, id), s.put(ctx, kindMailing, id, m)) // earlier versions hold the address
}

// Mailing returns the mailing with that ID, or ErrNotFound.
func (s *Settings) Mailing(ctx context.Context, id string) (Mailing, error) {
	return get[Mailing](ctx, s, kindMailing, id)
}

// Alerts returns the alerts of all sites.
func (s *Settings) Alerts(ctx context.Context) ([]Alert, error) { return all[Alert](ctx, s, kindAlert) }

// Alert returns the alert of a site, or ErrNotFound.
func (s *Settings) Alert(ctx context.Context, domain string) (Alert, error) {
	return get[Alert](ctx, s, kindAlert, domain)
}

// SaveAlert stores the alert of a site.
func (s *Settings) SaveAlert(ctx context.Context, a Alert) error {
	if err := a.Check(); err != nil {
		return err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	return errors.Join(s.forget(ctx, kindAlert, a.Domain), s.put(ctx, kindAlert, a.Domain, a)) // addresses that were taken out are gone
}

// RemovePostOf removes the mailings and the alert of a site.
func (s *Settings) RemovePostOf(ctx context.Context, domain string) error {
	list, err := s.MailingsOf(ctx, domain)
	errs := []error{err}
	for _, m := range list {
		errs = append(errs, s.RemoveMailing(ctx, domain, m.ID))
	}
	if _, err := s.Alert(ctx, domain); err == nil {
		errs = append(errs, s.forget(ctx, kindAlert, domain), s.forget(ctx, kindDelivery, "alert/"+domain+"/spike"), s.forget(ctx, kindDelivery, "alert/"+domain+"/drop"))
	}
	return errors.Join(errs...)
}

// Delivery returns the delivery with that key, or ErrNotFound.
func (s *Settings) Delivery(ctx context.Context, key string) (Delivery, error) {
	return get[Delivery](ctx, s, kindDelivery, key)
}

// Deliveries returns all deliveries, those that are done too.
func (s *Settings) Deliveries(ctx context.Context) ([]Delivery, error) {
	return all[Delivery](ctx, s, kindDelivery)
}

// SaveDelivery stores a delivery in the place of the one with the same key, of which nothing stays.
func (s *Settings) SaveDelivery(ctx context.Context, d Delivery) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	version, err := s.write(ctx, kindDelivery, d.Key, string(text), false)
	if err != nil || len(d.Left) > 0 {
		return err
	}
	return s.purge(ctx, `kind = {kind:String} AND key = {key:String} AND version < {version:UInt64}`, kindDelivery, d.Key, version)
}
