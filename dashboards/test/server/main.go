// Command server runs the dashboards for the browser tests: the real engine in a temporary directory, sites (one with a year of
// history, one that is counted by hand, one without data, one with a newsletter, two whose settings are changed), three users. It prints one line of JSON with what the tests need to know, and ends
// when its standard input does.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sporlos/dashboards"
	"sporlos/dashboards/post"
	"sporlos/dashboards/test/fixture"
	"sporlos/dashboards/vault"
	"sporlos/letter"
	"sporlos/site"
	"sporlos/store"
	"sporlos/store/engine"
	"sporlos/store/enginetest"
	"sporlos/store/report"
	"sporlos/store/schema"
	"sporlos/store/settings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// ready is the line that is printed when the pages can be asked for.
type ready struct {
	URL     string `json:"url"`
	Welcome string `json:"welcome"` // path of a one-time link for the user "kari"
	Spare   string `json:"spare"`   // one for the user "ola", for a test to use up
	Unused  string `json:"unused"`  // one for the user "per", to look at
	Shared  string `json:"shared"`  // path of a shared link
	Locked  string `json:"locked"`  // one with the password "snow on the fjord"
	Now     int64  `json:"now"`     // Unix seconds: the server's clock stands still
	Control string `json:"control"` // POST here: /first-beacon lets the empty site (or ?site=) receive its first events; GET: /mail is a report, /frame?src= frames a page
}

func run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "sporlos-dashboards-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	host, err := enginetest.Host()
	if err != nil {
		return err
	}
	e, err := engine.Start(ctx, engine.Options{Dir: dir, Executable: host, Args: []string{"-remove", dir}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Stop(context.Background())) }()
	s, err := store.Open(ctx, store.Config{Endpoint: e.Endpoint})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.CreateDatabase(ctx); err != nil {
		return err
	}
	if err := schema.Migrate(ctx, s, schema.Options{}); err != nil {
		return err
	}
	return serve(ctx, s)
}

func serve(ctx context.Context, s *store.Store) error {
	now := afternoon
	set := settings.Open(s.Conn(), now)
	empty, err := seed(ctx, s, set, now())
	if err != nil {
		return err
	}
	reporter := report.New(s.Conn(), now)
	sender, err := post.New(post.Options{Settings: set, Report: reporter, Key: post.Key("of the tests"), Now: now})
	if err != nil {
		return err
	}
	d, err := build(set, reporter, sender, now)
	if err != nil {
		return err
	}
	pages, err := listen(ctx, d.Handler())
	if err != nil {
		return err
	}
	control, err := listen(ctx, controls(s, empty, now, set, sender))
	if err != nil {
		return err
	}
	line := ready{URL: pages, Control: control, Now: now().Unix()}
	for user, link := range map[string]*string{"kari": &line.Welcome, "ola": &line.Spare, "per": &line.Unused} {
		if *link, err = invite(ctx, set, user, now()); err != nil {
			return err
		}
	}
	if err := line.furnish(ctx, set, now()); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func build(set *settings.Settings, reporter *report.Reporter, sender *post.Post, now func() time.Time) (*dashboards.Dashboards, error) {
	secrets, err := vault.New(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		return nil, err
	}
	query, err := newAPI(set, reporter, now)
	if err != nil {
		return nil, err
	}
	return dashboards.New(dashboards.Options{
		API: query, Post: sender, Vault: secrets, Settings: set, Report: reporter,
		Now: now, Version: "test", CollectorURL: "https://stats.example", Demo: true,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		RemoveSite: func(ctx context.Context, c settings.Change) error {
			_, err := set.RemoveSite(ctx, c.Target)
			return errors.Join(err, set.Note(ctx, c))
		},
	})
}

// afternoon is 14:30 in Oslo today, so that "today" looks the same at any hour.
func afternoon() time.Time {
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		panic(err)
	}
	t := time.Now().In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), 14, 30, 0, 0, zone)
}

func seed(ctx context.Context, s *store.Store, set *settings.Settings, now time.Time) (empty *site.Site, err error) {
	large, err := set.AddSite(ctx, "large.example", "Europe/Oslo")
	if err != nil {
		return nil, err
	}
	small, err := set.AddSite(ctx, "small.example", "Europe/Oslo")
	if err != nil {
		return nil, err
	}
	if empty, err = set.AddSite(ctx, "new.example", "Europe/Oslo"); err != nil {
		return nil, err
	}
	for _, domain := range []string{"keys.example", "plain.example"} {
		if _, err := set.AddSite(ctx, domain, "Europe/Oslo"); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(seedLetters(ctx, s, set, now), seedShop(ctx, s, set, now)); err != nil {
		return nil, err
	}
	if err := seedAsking(ctx, s, set, now); err != nil {
		return nil, err
	}
	return empty, errors.Join(fixture.Large(ctx, s, large, now, 400, 90, 7), fixture.Small(ctx, s, small, now), fixture.Refuse(ctx, s, empty.ID, fixture.Refusals{Day: empty.DayAt(now.Unix()), Reason: "robot", N: 3}))
}

// seedAsking adds a site with a goal and a segment, for the tests of what can be asked.
func seedAsking(ctx context.Context, s *store.Store, set *settings.Settings, now time.Time) error {
	one, err := set.AddSite(ctx, "asking.example", "Europe/Oslo")
	if err != nil {
		return err
	}
	_, wrong := set.SaveGoal(ctx, one.ID, site.Goal{Name: "Saw the price", Kind: site.PageGoal, Path: "/pricing"})
	_, amiss := set.SaveSegment(ctx, one.ID, site.Segment{Name: "At a desk", Query: "f=is:device:Desktop", Owner: "kari"})
	return errors.Join(wrong, amiss, fixture.Small(ctx, s, one, now))
}

// seedLetters adds a site with a newsletter: 24 clicks, 4 of them today.
func seedLetters(ctx context.Context, s *store.Store, set *settings.Settings, now time.Time) error {
	one, err := set.AddSite(ctx, "letters.example", "Europe/Oslo")
	if err != nil {
		return err
	}
	spring := letter.Campaign{Site: one.Domain, Name: "spring", Title: "Spring on the fjord", Opens: true, Links: []letter.Link{
		{Name: "shop", URL: "https://letters.example/shop?utm_source=newsletter&utm_campaign=spring"}, {Name: "reading", URL: "https://elsewhere.example/reading"}}}
	if _, err := set.AddCampaign(ctx, spring); err != nil {
		return err
	}
	today := one.DayAt(now.Unix())
	return errors.Join(fixture.Small(ctx, s, one, now), fixture.Send(ctx, s, one.ID,
		fixture.Letters{Day: today - 2, Campaign: "spring", Kind: "open", N: 40}, fixture.Letters{Day: today - 2, Campaign: "spring", Link: "shop", Kind: "click", N: 20},
		fixture.Letters{Day: today - 1, Campaign: "spring", Link: "shop", Kind: "machine", N: 3}, fixture.Letters{Day: today, Campaign: "spring", Link: "reading", Kind: "click", N: 4}))
}

// invite adds a user and returns the path of a one-time link.
func invite(ctx context.Context, set *settings.Settings, user string, now time.Time) (path string, err error) {
	if _, err := set.AddUser(ctx, user); err != nil {
		return "", err
	}
	secret := settings.NewSecret()
	return "/welcome/" + secret, set.AddInvite(ctx, settings.Hash(secret), settings.Invite{User: user, Expires: now.Add(24 * time.Hour)})
}

func controls(s *store.Store, empty *site.Site, now func() time.Time, set *settings.Settings, sender *post.Post) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /first-beacon", func(w http.ResponseWriter, r *http.Request) {
		one, err := empty, error(nil)
		if domain := r.URL.Query().Get("site"); domain != "" {
			one, err = set.Site(r.Context(), domain)
		}
		if err == nil {
			err = fixture.Small(r.Context(), s, one, now())
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("GET /mail", func(w http.ResponseWriter, r *http.Request) {
		large, err := set.Site(r.Context(), "large.example")
		if err == nil {
			var message post.Message
			message, err = sender.Preview(r.Context(), large, settings.Mailing{ID: "preview", Domain: large.Domain, Cadence: "weekly", Language: r.FormValue("language")})
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, message.HTML)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("GET /frame", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><title>Intranet</title><iframe src="%s" title="Figures" width="1000" height="800"></iframe>`, html.EscapeString(r.FormValue("src")))
	})
	return mux
}

func listen(ctx context.Context, h http.Handler) (url string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(l) }()
	return "http://" + l.Addr().String(), nil
}
