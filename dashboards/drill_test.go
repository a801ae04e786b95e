package dashboards

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"sporlos/dashboards/test/fixture"
	"sporlos/site"
)

// aShop is a house with the site of fixture.Shop in it.
func aShop(t *testing.T) (*house, *site.Site) {
	t.Helper()
	h := furnished(t, nil)
	shop, err := h.settings.AddSite(context.Background(), "shop.example", "Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	if err := fixture.Shop(context.Background(), h.store, shop, h.now); err != nil {
		t.Fatal(err)
	}
	return h, shop
}

// follow clicks a row of a panel's details, by its text.
func (h *house) follow(a answer, panel, text string) answer {
	h.Helper()
	to := a.links("panel-" + panel)[text]
	if to == "" {
		h.Fatalf("there is no link %q: %v", text, a.links("panel-"+panel))
	}
	return h.get(to)
}

// TestSourcesLeadDown: from all channels to the pages that ut.no led T and U to, and back up.
func TestSourcesLeadDown(t *testing.T) {
	h, _ := aShop(t)
	a := h.get("/shop.example/sources?t.sources=channels")
	for _, step := range []struct{ text, want string }{
		{"Referral", "All Channels Referral Where visits come from Source Visitors Share Visits Pageviews Bounce rate Visit duration ut.no 2 100%"},
		{"ut.no", "All Channels Referral ut.no Where visits come from Referrer Visitors Share Visits Pageviews Bounce rate Visit duration ut.no 2 100%"},
		{"ut.no", "All Channels Referral ut.no ut.no Where visits come from Entry page Entrances Bounce rate Visitors Views per visit Visit duration Time on page Scroll depth /gone 2 0% 2 1.50"},
	} {
		a = h.follow(a, "sources", step.text)
		if got := a.text("panel-sources"); a.StatusCode != 200 || !strings.Contains(got, step.want) {
			t.Fatalf("after %s: %s, want %s", step.text, got, step.want)
		}
	}
	up := h.get(a.links("panel-sources")["Referral"])
	if got := up.text("panel-sources"); !strings.Contains(got, "All Channels Referral Where visits come from Source Visitors") {
		t.Errorf("back up: %s", got)
	}
	if top := a.links("panel-sources")["All Channels"]; top != "/shop.example/sources?t.sources=channels" {
		t.Errorf("the top is %s", top)
	}
	// who came without a referrer goes straight to the pages
	direct := h.follow(h.get("/shop.example/sources"), "sources", "Direct / None")
	if got := direct.text("panel-sources"); !strings.Contains(got, "Entry page Entrances") || !strings.Contains(got, "/shop 1 0%") {
		t.Errorf("direct: %s", got)
	}
}

func TestCampaignsLeadThroughAllTags(t *testing.T) {
	h, _ := aShop(t)
	a := h.get("/shop.example/sources?t.sources=campaigns")
	for _, text := range []string{"spring", "newsletter", "email", "banner", "skis"} {
		a = h.follow(a, "sources", text)
	}
	if got, want := a.text("panel-sources"), "All Campaigns spring newsletter email banner skis Where visits come from Entry page"; !strings.Contains(got, want) || !strings.Contains(got, " / 1 0% 1 3.00") {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestEventsLeadDown: Purchase was sent three times by P and R; two were of wax.
func TestEventsLeadDown(t *testing.T) {
	h, _ := aShop(t)
	a := h.follow(h.get("/shop.example/events"), "events", "Purchase")
	if got, want := a.text("panel-events"), "All Events Purchase Events Property Times Visitors Values product 3 2 2 gift 1 1 1 Rows 1–2 of 2"; !strings.Contains(got, want) {
		t.Fatalf("%s, want %s", got, want)
	}
	a = h.follow(a, "events", "product")
	if got, want := a.text("panel-events"), "All Events Purchase product Events Property “product” Times Visitors Visits wax 2 1 1 skis 1 1 1 Rows 1–2 of 2"; !strings.Contains(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
	if to := a.links("panel-events")["wax"]; to != "/shop.example?f=is:event:Purchase&f=is:prop:product:wax&t.events=prop:product" {
		t.Errorf("wax leads to %s", to)
	}
	csv := h.get(strings.Replace(a.links("panel-events")["Purchase"], "/events?", "/export/events.csv?", 1))
	if want := "\"product\",3,2,2,2\r\n\"gift\",1,1,1,1\r\n"; !strings.HasSuffix(csv.body, want) {
		t.Errorf("as a file: %q, want %q", csv.body, want)
	}
}

// TestMissingPages: T and U came to /gone from ut.no; S followed a link on /shop.
func TestMissingPages(t *testing.T) {
	h, _ := aShop(t)
	for query, want := range map[string]string{
		"t.events=missing":     "Missing page Linked from Search the rows Search Events Page Times Visitors Visits /gone 2 2 2 /old-page 1 1 1",
		"t.events=missingfrom": "From → missing page Times Visitors ut.no → /gone 2 2 /shop → /old-page 1 1",
	} {
		if got := h.get("/shop.example/events?" + query).text("panel-events"); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	csv := h.get("/shop.example/export/events.csv?t.events=missingfrom")
	if want := "\"/gone\",\"\",\"ut.no\",2,2,2\r\n\"/old-page\",\"/shop\",\"\",1,1,1\r\n"; !strings.HasSuffix(csv.body, want) {
		t.Errorf("as a file: %q, want %q", csv.body, want)
	}
}

// TestConversionsInEveryTable: P and R bought, three times in all, for 2249.50 NOK.
func TestConversionsInEveryTable(t *testing.T) {
	h, shop := aShop(t)
	if a := h.get("/shop.example"); !strings.Contains(a.text("no-goals"), "There is no goal yet.") {
		t.Errorf("without goals: %s", a.text("no-goals"))
	}
	bought, err := h.settings.SaveGoal(context.Background(), shop.ID, site.Goal{Name: "Bought", Kind: site.EventGoal, Event: "Purchase", Revenue: true, Currency: "NOK"})
	if err != nil {
		t.Fatal(err)
	}
	plain := h.get("/shop.example")
	if got, want := plain.text("list-goals"), "Goals Goals Goal Visitors Conversions Rate Revenue Bought 2 3 33.3% 2249.50 NOK"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	to := plain.links("list-goals")["Bought"]
	a := h.get(to)
	for panel, want := range map[string]string{
		"sources": "Source Visitors Rate Google 1 100% newsletter 1 100%",
		"pages":   "Page Visitors Rate /cart 2 100%",
		"places":  "Country Visitors Rate NO Norway 2 50%", // of P, R, T and U
		"devices": "Browser Visitors Rate Firefox 2 33%",
		"events":  "Event Times Visitors Page not found (404) 3 3 Purchase 3 2",
	} {
		if got := a.text("panel-" + panel); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", panel, got, want)
		}
	}
	if got := a.text("view"); !strings.Contains(got, "Conversions: Bought") || a.links("list-goals")["Bought"] != "/shop.example" {
		t.Errorf("the goal is not named, or not to be taken away: %v", a.links("list-goals"))
	}
	full := h.get("/shop.example/places?goal=" + url.QueryEscape(bought.ID))
	if got, want := full.text("panel-places"), "Country Visitors Rate All visitors Conversions Revenue (NOK) NO Norway 2 50% 4 3 2249.50 DE Germany 0 0% 1 0 0.00 SE Sweden 0 0% 1 0 0.00"; !strings.Contains(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
}
