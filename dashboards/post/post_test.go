package post

import (
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"sporlos/dashboards/test/fixture"
	"sporlos/event"
	"sporlos/site"
	"sporlos/store"
	"sporlos/store/enginetest"
	"sporlos/store/report"
	"sporlos/store/settings"
)

// mailbox is a real SMTP server on this machine that keeps what it is given, and refuses recipients for a while when told so.
type mailbox struct {
	sync.Mutex
	url      string
	messages []received
	refuses  map[string]bool
}

type received struct {
	to     string
	header mail.Header
	text   string
	html   string
}

type session struct {
	box *mailbox
	to  string
	in  bool
}

func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{box: m}, nil }
func (s *session) AuthMechanisms() []string                    { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "sporlos" || password != "snow & fjord" {
			return smtp.ErrAuthFailed
		}
		s.in = true
		return nil
	}), nil
}
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.in || from != "figures@stats.example" {
		return smtp.ErrAuthRequired
	}
	return nil
}
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.Lock()
	defer s.box.Unlock()
	if s.box.refuses[to] {
		return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "mailbox of " + to + " is busy"}
	}
	s.to = to
	return nil
}
func (s *session) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	got := received{to: s.to, header: m.Header}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	if kind == "text/plain" {
		text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		got.text = string(text)
		return s.keep(got, err)
	}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := parts.NextPart() // undoes quoted-printable
		if err == io.EOF {
			return s.keep(got, nil)
		}
		if err != nil {
			return err
		}
		body, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			got.html = string(body)
		} else {
			got.text = string(body)
		}
	}
}
func (s *session) keep(got received, err error) error {
	s.box.Lock()
	defer s.box.Unlock()
	s.box.messages = append(s.box.messages, got)
	return err
}
func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// take returns the recipients of what has arrived since it was called last, and the messages.
func (m *mailbox) take() (to []string, list []received) {
	m.Lock()
	defer m.Unlock()
	list, m.messages = m.messages, nil
	for _, r := range list {
		to = append(to, r.to)
	}
	slices.Sort(to)
	return to, list
}

func (m *mailbox) refuse(to string, yes bool) {
	m.Lock()
	defer m.Unlock()
	m.refuses[to] = yes
}

func openMailbox(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{refuses: map[string]bool{}}
	server := smtp.NewServer(m)
	server.Domain, server.AllowInsecureAuth = "mail.example", true
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	m.url = "smtp://sporlos:snow%20%26%20fjord@" + listener.Addr().String() + "?from=figures@stats.example"
	return m
}

// office is a site whose last week is known by hand, and whoever sends its post. Its clock stands where the test puts it.
type office struct {
	*testing.T
	store    *store.Store
	settings *settings.Settings
	site     *site.Site
	box      *mailbox
	monday   time.Time // this week's, midnight in Oslo
	now      time.Time
	key      Key
}

func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, store: enginetest.Migrated(t), box: openMailbox(t), key: Key("not a secret")}
	o.settings = settings.Open(o.store.Conn(), func() time.Time { return o.now })
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	today := time.Now().In(zone)
	o.monday = time.Date(today.Year(), today.Month(), today.Day()-(int(today.Weekday())+6)%7, 0, 0, 0, 0, zone)
	o.now = o.monday.AddDate(0, 0, -14)
	if o.site, err = o.settings.AddSite(context.Background(), "ski.example", "Europe/Oslo"); err != nil {
		t.Fatal(err)
	}
	return o
}

// post is a new process.
func (o *office) post() *Post {
	o.Helper()
	mailer, err := ParseSMTP(o.box.url)
	if err != nil {
		o.Fatal(err)
	}
	clock := func() time.Time { return o.now }
	p, err := New(Options{Settings: o.settings, Report: report.New(o.store.Conn(), clock), Key: o.key, Mailer: mailer, URL: "https://stats.example", Now: clock})
	if err != nil {
		o.Fatal(err)
	}
	return p
}

func (o *office) tick(p *Post) []string {
	o.Helper()
	if err := p.Tick(context.Background()); err != nil {
		o.Fatal(err)
	}
	to, _ := o.box.take()
	return to
}

// views writes n pageviews at a moment, each by a visitor of its own.
func (o *office) views(at time.Time, path string, n int) {
	o.Helper()
	var list []event.Event
	for i := range n {
		list = append(list, event.Event{Site: o.site.ID, Day: uint16(o.site.DayAt(at.Unix())), Time: uint32(at.Unix()), Visitor: uint64(at.Unix()) + uint64(i), Visit: uint64(at.Unix())<<32 | uint64(i), Name: event.Pageview, Interactive: true, Path: path, Country: "NO", Channel: "Direct"})
	}
	if err := fixture.Insert(context.Background(), o.store, list); err != nil {
		o.Fatal(err)
	}
}

func TestWeeklyReport(t *testing.T) {
	o := openOffice(t)
	ctx := context.Background()
	o.views(o.monday.AddDate(0, 0, -5).Add(12*time.Hour), "/<løype>", 3)
	o.views(o.monday.AddDate(0, 0, -12).Add(12*time.Hour), "/", 2)
	m, err := o.settings.AddMailing(ctx, settings.Mailing{Domain: "ski.example", Cadence: "weekly", Language: "nb", Recipients: []string{"kari@a.example", "ola@b.example"}})
	if err != nil {
		t.Fatal(err)
	}
	p := o.post()
	o.now = o.monday.Add(6*time.Hour + 59*time.Minute)
	if to := o.tick(p); len(to) != 0 {
		t.Fatalf("before seven o'clock: %q", to)
	}
	o.now = o.monday.Add(7 * time.Hour)
	if err := p.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	to, list := o.box.take()
	if !slices.Equal(to, []string{"kari@a.example", "ola@b.example"}) {
		t.Fatalf("sent to %q", to)
	}
	msg := list[0]
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.header.Get("Subject"))
	if err != nil || !strings.HasPrefix(subject, "Tall for ski.example: ") {
		t.Errorf("subject %q, %v", subject, err)
	}
	for _, want := range []string{"Besøkende: 3 (var 2)", "Sidevisninger: 3 (var 2)", "  3  /<løype>", "  3  Norge", "https://stats.example/ski.example?from=" + o.monday.AddDate(0, 0, -7).Format(time.DateOnly) + "&to=" + o.monday.AddDate(0, 0, -1).Format(time.DateOnly)} {
		if !strings.Contains(strings.ReplaceAll(msg.text, "\r\n", "\n"), want) {
			t.Errorf("the text lacks %q:\n%s", want, msg.text)
		}
	}
	if !strings.Contains(msg.html, "/&lt;løype&gt;") || !strings.Contains(msg.html, `<html lang="nb">`) {
		t.Errorf("the page is %s", msg.html)
	}
	for _, tracker := range []string{"<img", "src=", "url(", "<link", "<script", "@import", "background=\""} {
		if strings.Contains(strings.ToLower(msg.html), tracker) {
			t.Errorf("the page loads something: %s", tracker)
		}
	}
	if other := "ola@b.example"; msg.to == "kari@a.example" && (strings.Contains(msg.text+msg.html+fmt.Sprint(msg.header), other)) {
		t.Error("a recipient is told of another")
	}
	leave := "<https://stats.example/-/unsubscribe?"
	if got := msg.header.Get("List-Unsubscribe"); !strings.HasPrefix(got, leave) || msg.header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Errorf("List-Unsubscribe is %q", got)
	}
	if !o.key.Unsubscribes(m.ID, "kari@a.example", o.key.Unsubscribe(m.ID, "kari@a.example")) || o.key.Unsubscribes(m.ID, "ola@b.example", o.key.Unsubscribe(m.ID, "kari@a.example")) {
		t.Error("one recipient's link is another's")
	}
	// Once: not again by another tick, nor by another process, nor later that day; but a week later.
	if to := append(o.tick(p), o.tick(o.post())...); len(to) != 0 {
		t.Errorf("sent again to %q", to)
	}
	o.now = o.monday.AddDate(0, 0, 2)
	if to := o.tick(o.post()); len(to) != 0 {
		t.Errorf("sent again on Wednesday to %q", to)
	}
	if err := o.settings.Unsubscribe(ctx, m.ID, "ola@b.example"); err != nil {
		t.Fatal(err)
	}
	o.now = o.monday.AddDate(0, 0, 7).Add(8 * time.Hour)
	if to := o.tick(o.post()); !slices.Equal(to, []string{"kari@a.example"}) {
		t.Errorf("a week later it is sent to %q", to)
	}
}

// TestRefusedIsTriedAgain: who could not be reached gets it later, over a restart, and nobody gets it twice.
func TestRefusedIsTriedAgain(t *testing.T) {
	o := openOffice(t)
	m, err := o.settings.AddMailing(context.Background(), settings.Mailing{Domain: "ski.example", Cadence: "weekly", Language: "en", Recipients: []string{"a@x.example", "b@x.example", "c@x.example"}})
	if err != nil {
		t.Fatal(err)
	}
	o.box.refuse("b@x.example", true)
	o.now = o.monday.Add(8 * time.Hour)
	if to := o.tick(o.post()); !slices.Equal(to, []string{"a@x.example", "c@x.example"}) {
		t.Fatalf("sent to %q", to)
	}
	d, err := o.settings.Delivery(context.Background(), "mailing/"+m.ID)
	if err != nil || !slices.Equal(d.Left, []string{"b@x.example"}) || d.Tries != 1 || !strings.Contains(d.Fault, "450 4.2.1") || strings.Contains(d.Fault, "b@x") {
		t.Errorf("remembered is %+v, %v", d, err)
	}
	o.box.refuse("b@x.example", false)
	o.now = o.now.Add(30 * time.Second)
	if to := o.tick(o.post()); len(to) != 0 {
		t.Errorf("tried again at once: %q", to)
	}
	o.now = o.now.Add(31 * time.Second)
	if to := o.tick(o.post()); !slices.Equal(to, []string{"b@x.example"}) {
		t.Errorf("after a minute it is sent to %q", to)
	}
	// Tries become rare and end after three days.
	o.box.refuse("a@x.example", true)
	o.box.refuse("b@x.example", true)
	o.box.refuse("c@x.example", true)
	o.now = o.monday.AddDate(0, 0, 7).Add(8 * time.Hour)
	tries := 0
	for range 4 * 12 {
		_ = o.tick(o.post())
		if d, err = o.settings.Delivery(context.Background(), "mailing/"+m.ID); err != nil {
			t.Fatal(err)
		}
		if tries = d.Tries; len(d.Left) == 0 {
			break
		}
		o.now = o.now.Add(2 * time.Hour)
	}
	if len(d.Left) != 0 || tries < 10 || tries > 25 {
		t.Errorf("after %d tries: %+v", tries, d)
	}
}

func TestMonthIsDueOnTheFirst(t *testing.T) {
	one, err := site.New(1, "ski.example", "Europe/Oslo", site.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ cadence, now, want string }{
		{"monthly", "2026-03-15T12:00:00Z", "2026-02-01…2026-02-28 2026-03-01T07:00:00+01:00"},
		{"monthly", "2026-12-31T23:30:00Z", "2026-12-01…2026-12-31 2027-01-01T07:00:00+01:00"}, // the site's year is over
		{"weekly", "2026-11-22T22:59:59Z", "2026-11-09…2026-11-15 2026-11-16T07:00:00+01:00"},
		{"weekly", "2026-11-22T23:00:00Z", "2026-11-16…2026-11-22 2026-11-23T07:00:00+01:00"},
		{"weekly", "2026-03-30T12:00:00Z", "2026-03-23…2026-03-29 2026-03-30T07:00:00+02:00"}, // the clock was put forward in it
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		from, to, at := due(c.cadence, one, now)
		if got := from.String() + "…" + to.String() + " " + at.Format(time.RFC3339); got != c.want {
			t.Errorf("%s at %s: %s, want %s", c.cadence, c.now, got, c.want)
		}
	}
}

// hook is a real web server that checks signatures.
func (o *office) hook(status int) (url string, calls func() []string) {
	var mu sync.Mutex
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if r.Header.Get(SignatureHeader) != Sign(o.key.HookSecret("ski.example"), r.Header.Get(TimestampHeader), body) {
			got = append(got, "forged")
		}
		got = append(got, r.URL.Path+" "+string(body))
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	o.Cleanup(server.Close)
	return server.URL + "/in", func() []string {
		mu.Lock()
		defer mu.Unlock()
		list := got
		got = nil
		return list
	}
}

func TestSpike(t *testing.T) {
	o := openOffice(t)
	url, calls := o.hook(204)
	alert := settings.Alert{Domain: "ski.example", Spike: 5, Every: 6, Language: "en", Recipients: []string{"kari@a.example"}, Webhook: url}
	if err := o.settings.SaveAlert(context.Background(), alert); err != nil {
		t.Fatal(err)
	}
	o.now = o.monday.Add(10 * time.Hour)
	o.views(o.now.Add(-time.Minute), "/", 4)
	if to := o.tick(o.post()); len(to) != 0 || len(calls()) != 0 {
		t.Fatalf("four visitors are told to %q", to)
	}
	o.views(o.now.Add(-2*time.Minute), "/", 1)
	if err := o.post().Tick(context.Background()); err != nil {
		t.Fatal(err)
	}
	_, list := o.box.take()
	if len(list) != 1 || !strings.Contains(list[0].text, "ski.example has 5 visitors right now. You wanted to know from 5 on.") {
		t.Errorf("told by mail: %+v", list)
	}
	got := calls()
	if len(got) != 1 || !strings.Contains(got[0], `"kind":"spike","site":"ski.example"`) || !strings.Contains(got[0], `"count":5`) {
		t.Errorf("told to the webhook: %q", got)
	}
	o.now = o.now.Add(2 * time.Minute) // still there
	if to := o.tick(o.post()); len(to) != 0 || len(calls()) != 0 {
		t.Errorf("told again to %q", to)
	}
	o.now = o.now.Add(6 * time.Hour)
	o.views(o.now.Add(-time.Minute), "/", 7)
	if to := o.tick(o.post()); len(to) != 1 || len(calls()) != 1 {
		t.Errorf("six hours later it is told to %q", to)
	}
}

func TestDrop(t *testing.T) {
	o := openOffice(t)
	alert := settings.Alert{Domain: "ski.example", Drop: 3, Every: 24, Language: "nb", Recipients: []string{"kari@a.example"}}
	if err := o.settings.SaveAlert(context.Background(), alert); err != nil {
		t.Fatal(err)
	}
	o.now = o.monday.Add(12*time.Hour + 20*time.Minute)
	for week := 1; week <= 3; week++ {
		o.views(o.now.AddDate(0, 0, -7*week).Add(-2*time.Hour), "/", 14)
	}
	o.views(o.now.Add(-3*time.Hour), "/", 1) // 09:20, within the three whole hours before
	if to := o.tick(o.post()); len(to) != 0 {
		t.Errorf("a pageview three hours ago is a drop: %q", to)
	}
	o.now = o.now.Add(time.Hour)
	if err := o.post().Tick(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, list := o.box.take(); len(list) != 1 || !strings.Contains(list[0].text, "sidevisning på 3 timer. Rundt 10 er vanlig") { // 3 × 14 of 4 weeks
		t.Errorf("told: %+v", list)
	}
	if to := o.tick(o.post()); len(to) != 0 {
		t.Errorf("told again to %q", to)
	}
}

func TestQuietSiteHasNoDrop(t *testing.T) {
	o := openOffice(t)
	if err := o.settings.SaveAlert(context.Background(), settings.Alert{Domain: "ski.example", Drop: 3, Every: 24, Recipients: []string{"kari@a.example"}}); err != nil {
		t.Fatal(err)
	}
	o.now = o.monday.Add(12 * time.Hour)
	o.views(o.now.AddDate(0, 0, -7).Add(-2*time.Hour), "/", 100) // one busy week is not what is usual
	if to := o.tick(o.post()); len(to) != 0 {
		t.Errorf("told to %q", to)
	}
}

func TestRedirectOfAWebhookIsNotFollowed(t *testing.T) {
	o := openOffice(t)
	url, calls := o.hook(307)
	if err := o.settings.SaveAlert(context.Background(), settings.Alert{Domain: "ski.example", Spike: 1, Every: 1, Webhook: url}); err != nil {
		t.Fatal(err)
	}
	o.now = o.monday.Add(10 * time.Hour)
	o.views(o.now.Add(-time.Minute), "/", 1)
	o.tick(o.post())
	if got := calls(); len(got) != 1 || strings.HasPrefix(got[0], "/elsewhere") {
		t.Errorf("called: %q", got)
	}
	if d, err := o.settings.Delivery(context.Background(), "alert/ski.example/spike"); err != nil || len(d.Left) != 1 || !strings.Contains(d.Fault, "307") {
		t.Errorf("remembered is %+v, %v", d, err)
	}
}

func TestParseSMTP(t *testing.T) {
	for _, text := range []string{"", "mail.example.org", "http://mail.example.org", "smtp://", "smtp://mail.example.org?from=nobody", "smtp://a:b@mail.example.org:x"} {
		if _, err := ParseSMTP(text); err == nil || strings.Contains(err.Error(), "a:b") {
			t.Errorf("%q: %v", text, err)
		}
	}
	// A password is not told to a server that offers no encryption, unless it is on this machine.
	box := openMailbox(t)
	m, err := ParseSMTP(box.url + "&tls=required")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Send(context.Background(), Message{ID: "x", To: "kari@a.example", Subject: "x", Text: "x"}); err == nil {
		t.Error("a password was told without encryption")
	}
	m, err = ParseSMTP(strings.Replace(box.url, "snow", "rain", 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Send(context.Background(), Message{ID: "x", To: "kari@a.example", Subject: "x", Text: "x"}); err == nil || strings.Contains(err.Error(), "rain") || strings.Contains(err.Error(), "kari") {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestKeyIsKept(t *testing.T) {
	dir := t.TempDir()
	first, err := OpenKey(dir + "/post")
	if err != nil {
		t.Fatal(err)
	}
	second, err := OpenKey(dir + "/post")
	if err != nil || string(first) != string(second) || len(first) != 64 {
		t.Errorf("the key became another: %v", err)
	}
	if other, _ := OpenKey(dir + "/other"); string(other) == string(first) {
		t.Error("two installations have one key")
	}
}
