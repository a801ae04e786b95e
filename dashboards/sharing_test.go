package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sporlos/dashboards/post"
	"sporlos/store/settings"
)

// sender adds whoever sends post to the dashboards of a test.
func sender(t *testing.T) func(*Options) {
	return func(o *Options) {
		p, err := post.New(post.Options{Settings: o.Settings, Report: o.Report, Key: post.Key("of the test"), URL: "https://stats.example", Now: o.Now})
		if err != nil {
			t.Fatal(err)
		}
		o.Post = p
	}
}

func TestReportsAndAlertsAreSet(t *testing.T) {
	h := furnished(t, sender(t))
	for _, form := range []url.Values{
		{"do": {"mailing.add"}, "cadence": {"weekly"}, "language": {"nb"}, "to": {"Kari@example.org,\nola@example.org kari@example.org"}},
		{"do": {"alert.save"}, "spike": {"50"}, "drop": {""}, "every": {"6"}, "to": {"kari@example.org"}, "webhook": {"https://hooks.example/in"}},
	} {
		if a := h.post("/small.example/sharing", form); a.StatusCode != 303 {
			t.Fatalf("%v: %d %s", form, a.StatusCode, a.text("problem"))
		}
	}
	list, err := h.settings.MailingsOf(context.Background(), "small.example")
	if err != nil || len(list) != 1 || strings.Join(list[0].Recipients, " ") != "kari@example.org ola@example.org" || list[0].Language != "nb" {
		t.Errorf("stored: %+v, %v", list, err)
	}
	alert, err := h.settings.Alert(context.Background(), "small.example")
	if err != nil || alert.Spike != 50 || alert.Drop != 0 || alert.Every != 6 || alert.Webhook != "https://hooks.example/in" {
		t.Errorf("stored: %+v, %v", alert, err)
	}
	changes, _, err := h.settings.Changes(context.Background(), "", "", 0, 10)
	if err != nil || len(changes) != 2 || strings.Contains(changes[0].Detail+changes[1].Detail, "@") || strings.Contains(changes[0].Detail+changes[1].Detail, "hooks") {
		t.Errorf("the audit log: %+v, %v", changes, err)
	}
	for _, wrong := range []url.Values{
		{"do": {"mailing.add"}, "cadence": {"daily"}, "to": {"kari@example.org"}}, {"do": {"mailing.add"}, "cadence": {"weekly"}, "to": {""}},
		{"do": {"mailing.add"}, "cadence": {"weekly"}, "to": {"kari@example.org\r\nBcc:x"}}, {"do": {"alert.save"}, "spike": {"many"}, "every": {"6"}},
		{"do": {"alert.save"}, "every": {"0"}}, {"do": {"alert.save"}, "every": {"6"}, "webhook": {"file:///etc/passwd"}}, {"do": {"alert.save"}, "every": {"6"}, "drop": {"49"}},
		{"do": {"share.add"}, "name": {""}}, {"do": {"share.add"}, "name": {"x"}, "limit": {"?period=today"}}, {"do": {"share.add"}, "name": {"x"}, "password": {"short"}},
		{"do": {"share.add"}, "name": {"x"}, "expires": {"2020-01-01"}}, {"do": {"mailing.test"}, "to": {"kari@example.org"}},
	} {
		if a := h.post("/small.example/sharing", wrong); a.StatusCode != 422 || a.text("problem") == "" {
			t.Errorf("%v answers %d", wrong, a.StatusCode)
		}
	}
	if a := h.post("/small.example/sharing", url.Values{"do": {"anything"}}); a.StatusCode != 404 {
		t.Errorf("what is not known answers %d", a.StatusCode)
	}
}

// TestUnsubscribe: with the signed link and no login; looking changes nothing; nobody else's address can be taken off.
func TestUnsubscribe(t *testing.T) {
	h := furnished(t, sender(t))
	m, err := h.settings.AddMailing(context.Background(), settings.Mailing{Domain: "small.example", Cadence: "weekly", Language: "en", Recipients: []string{"kari@example.org", "ola@example.org"}})
	if err != nil {
		t.Fatal(err)
	}
	h.stranger()
	key := post.Key("of the test")
	link := func(address, signature string) string {
		return "/-/unsubscribe?" + url.Values{"m": {m.ID}, "a": {address}, "s": {signature}}.Encode()
	}
	left := func() string {
		have, err := h.settings.Mailing(context.Background(), m.ID)
		if err != nil {
			return err.Error()
		}
		return strings.Join(have.Recipients, " ")
	}
	for _, wrong := range []string{link("ola@example.org", key.Unsubscribe(m.ID, "kari@example.org")), link("kari@example.org", ""), "/-/unsubscribe", link("kari@example.org", post.Key("another").Unsubscribe(m.ID, "kari@example.org"))} {
		if a, b := h.get(wrong), h.post(wrong, nil); a.StatusCode != 404 || b.StatusCode != 404 {
			t.Errorf("%s: %d, %d", wrong, a.StatusCode, b.StatusCode)
		}
	}
	right := link("kari@example.org", key.Unsubscribe(m.ID, "kari@example.org"))
	if a := h.get(right); a.StatusCode != 200 || left() != "kari@example.org ola@example.org" {
		t.Errorf("looking: %d, left %s", a.StatusCode, left())
	}
	for range 2 { // the second time is told the same
		if a := h.post(right, url.Values{"List-Unsubscribe": {"One-Click"}}); a.StatusCode != 200 || left() != "ola@example.org" {
			t.Errorf("unsubscribing: %d, left %s", a.StatusCode, left())
		}
	}
	if a := h.post(link("ola@example.org", key.Unsubscribe(m.ID, "ola@example.org")), nil); a.StatusCode != 200 || !strings.Contains(left(), "not found") {
		t.Errorf("the last one: %d, left %s", a.StatusCode, left())
	}
	var traces uint64
	if err := h.store.QueryRow(context.Background(), `SELECT countIf(position(value, 'kari@') > 0) FROM settings WHERE kind = 'mailing'`).Scan(&traces); err != nil || traces != 0 {
		t.Errorf("%d versions hold the address, %v", traces, err)
	}
}

// TestMistakesAreToldInTheReadersLanguage: of reports, alerts and shared links.
func TestMistakesAreToldInTheReadersLanguage(t *testing.T) {
	h := furnished(t, sender(t))
	u, err := url.Parse(h.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	h.client.Jar.SetCookies(u, []*http.Cookie{{Name: languageCookie, Value: "nb", Path: "/"}})
	for want, form := range map[string]url.Values{
		`"kari" er ikke en e-postadresse.`:                                          {"do": {"mailing.add"}, "cadence": {"weekly"}, "to": {"kari"}},
		"En rapport trenger en mottaker: oppgi minst én e-postadresse.":             {"do": {"mailing.add"}, "cadence": {"weekly"}, "to": {""}},
		"Det må være mellom 1 og 168 timer mellom to varsler.":                      {"do": {"alert.save"}, "every": {"0"}},
		"En delt lenke trenger et navn på høyst 100 byte.":                          {"do": {"share.add"}, "name": {""}},
		`"intranet" er ikke et opphav: skriv det som https://intranet.example.org.`: {"do": {"open"}, "origins": {"intranet"}},
	} {
		if a := h.post("/small.example/sharing", form); a.StatusCode != 422 || !strings.Contains(a.text("problem"), want) {
			t.Errorf("%v: %d %s, want %s", form, a.StatusCode, a.text("problem"), want)
		}
	}
}
