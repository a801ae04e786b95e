package demo

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// Step is one thing a make-believe visitor's browser sends. Exactly one of Beacon and Search is set.
type Step struct {
	Time     time.Time
	Addr     netip.Addr
	Agent    string
	Language string
	Beacon   []byte // body of POST /e
	Search   []byte // body of POST /q
}

// People makes up visits. The same seed and country function give the same visits.
type People struct {
	random  *rand.Rand
	country func(netip.Addr) string // ISO code of a truncated address; nil: addresses from anywhere
	weekly  [7]float64
}

// NewPeople returns a source of visits drawn with seed. country tells where an address is, so that the audience is mostly Nordic.
func NewPeople(seed uint64, country func(netip.Addr) string) *People {
	return &People{
		random:  rand.New(rand.NewPCG(seed, 0x5b07)),
		country: country,
		weekly:  [7]float64{0.8, 1.05, 1.1, 1.1, 1.15, 0.95, 0.75}, // from Sunday
	}
}

// Day makes up a day's visits, about that many, in order of time. Midnight is where the day begins; steps of a day that is not over
// end at until.
func (p *People) Day(midnight, until time.Time, visits float64) (steps []Step) {
	n := int(visits*p.weekly[midnight.Weekday()]*(0.9+0.2*p.random.Float64()) + 0.5)
	for range n {
		visit := p.Visit(midnight.Add(p.hour()))
		steps = append(steps, visit...)
		if p.random.Float64() < 0.14 { // some come back later in the day
			steps = append(steps, again(visit[0], p.Visit(visit[len(visit)-1].Time.Add(time.Hour+p.hour()/4)))...)
		}
	}
	steps = slices.DeleteFunc(steps, func(s Step) bool { return !s.Time.Before(until) || !s.Time.Before(midnight.AddDate(0, 0, 1)) })
	slices.SortStableFunc(steps, func(a, b Step) int { return a.Time.Compare(b.Time) })
	return steps
}

// History makes up the days before today, the earliest first, growing slowly, with a campaign in the middle.
func (p *People) History(days int, today time.Time, yield func([]Step) error) error {
	for i := days; i >= 1; i-- {
		midnight := today.AddDate(0, 0, -i)
		visits := 130 + 110*float64(days-i)/float64(max(days, 1)) + 25*math.Sin(float64(i)/9)
		if age := i - days/2; age >= 0 && age < 6 {
			visits *= 1.9 - 0.25*float64(5-age) // a letter to readers went out
		}
		if err := yield(p.Day(midnight, today, visits)); err != nil {
			return err
		}
	}
	return nil
}

// again is a visit by somebody who has been here before.
func again(who Step, visit []Step) []Step {
	for i := range visit {
		visit[i].Addr, visit[i].Agent, visit[i].Language = who.Addr, who.Agent, who.Language
	}
	return visit
}

// hour draws a time of day: little at night, most in the evening.
func (p *People) hour() time.Duration {
	for {
		h := p.random.Float64() * 24
		if p.random.Float64() < 0.12+0.5*math.Exp(-sq((h-12)/3.5))+0.9*math.Exp(-sq((h-20)/2.6)) {
			return time.Duration(h * float64(time.Hour))
		}
	}
}

func sq(x float64) float64 { return x * x }

type choice[T any] struct {
	weight float64
	value  T
}

func pick[T any](r *rand.Rand, from []choice[T]) T {
	total := 0.0
	for _, c := range from {
		total += c.weight
	}
	x := r.Float64() * total
	for _, c := range from {
		if x -= c.weight; x < 0 {
			return c.value
		}
	}
	return from[len(from)-1].value
}

// arrival is how a visit begins.
type arrival struct{ referrer, query string }

var arrivals = []choice[arrival]{
	{34, arrival{}},
	{30, arrival{referrer: "https://www.google.com/"}},
	{4, arrival{referrer: "https://www.bing.com/"}},
	{3, arrival{referrer: "https://duckduckgo.com/"}},
	{2, arrival{referrer: "https://kagi.com/"}},
	{5, arrival{referrer: "https://l.facebook.com/"}},
	{4, arrival{referrer: "https://l.instagram.com/"}},
	{2, arrival{referrer: "https://www.linkedin.com/"}},
	{2, arrival{referrer: "https://www.reddit.com/r/norge/"}},
	{3, arrival{referrer: "https://chatgpt.com/"}},
	{1, arrival{referrer: "https://www.perplexity.ai/"}},
	{2, arrival{referrer: "https://no.wikipedia.org/wiki/Fyr"}},
	{2, arrival{referrer: "https://www.aftenposten.no/kultur/"}},
	{1.5, arrival{referrer: "https://lesevaner.example/anbefalinger"}},
	{6, arrival{query: "?utm_source=newsletter&utm_medium=email&utm_campaign=autumn-letter"}},
	{3, arrival{query: "?utm_source=google&utm_medium=cpc&utm_campaign=christmas-books", referrer: "https://www.google.com/"}},
	{2, arrival{query: "?utm_source=facebook&utm_medium=paid_social&utm_campaign=readings"}},
}

// agents are browsers people use, with the language they ask for left to the country.
var agents = []choice[string]{
	{26, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"},
	{22, "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"},
	{6, "Mozilla/5.0 (Linux; Android 15; SAMSUNG SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"},
	{18, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"},
	{9, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"},
	{5, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"},
	{9, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15"},
	{5, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"},
	{2, "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"},
	{4, "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"},
	{1, "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"},
}

var countries = []choice[string]{{62, "NO"}, {9, "SE"}, {7, "DK"}, {4, "DE"}, {4, "GB"}, {5, "US"}, {2, "NL"}, {2, "FI"}, {1, "IS"}, {1, "FR"}, {1, "PL"}}

var paths = []choice[string]{
	{22, "/"}, {13, "/books"}, {12, "/books/nordlys"}, {9, "/books/sporlos"}, {7, "/books/fyrvokteren"}, {6, "/books/brodboka"},
	{5, "/books/fjellvandring"}, {4, "/books/strikk"}, {4, "/books/skjaergard"}, {3, "/books/havets-kart"}, {4, "/events/"},
	{3, "/events/tonight"}, {2, "/events/this-week"}, {1.5, "/events/children"}, {4, "/newsletter"}, {3, "/about"},
}

type phrase struct {
	text    string
	results int
}

var phrases = []choice[phrase]{
	{14, phrase{"nordlys", 1}}, {9, phrase{"ingrid haugland", 1}}, {8, phrase{"brød", 1}}, {7, phrase{"sporløs", 1}}, {6, phrase{"strikk", 1}},
	{5, phrase{"åpningstider", 0}}, {5, phrase{"krim", 0}}, {4, phrase{"gavekort", 0}}, {4, phrase{"fjell", 2}}, {3, phrase{"kart", 1}},
	{3, phrase{"seiling", 0}}, {2, phrase{"barnebøker", 0}}, {2, phrase{"lydbok", 0}}, {1, phrase{"per aasen", 1}}, {0.5, phrase{"signert førsteutgave", 0}},
}

// Visit makes up one visit that starts at that time: a landing, some pages with time spent on them, now and then a search, a download or a click away.
func (p *People) Visit(at time.Time) (steps []Step) {
	who := Step{Addr: p.address(), Agent: pick(p.random, agents), Language: "nb-NO,nb;q=0.9,en;q=0.8"}
	add := func(beacon, search map[string]any) {
		s := who
		s.Time = at
		if beacon != nil {
			s.Beacon = body(beacon)
		} else {
			s.Search = body(search)
		}
		steps = append(steps, s)
	}
	from := pick(p.random, arrivals)
	pages := 1
	for p.random.Float64() < 0.58 && pages < 14 {
		pages++
	}
	for i := range pages {
		path := pick(p.random, paths)
		if i > 0 && p.random.Float64() < 0.07 {
			path = "/search"
			found := pick(p.random, phrases)
			add(nil, map[string]any{"d": Domain, "q": found.text, "n": found.results})
		}
		url := "https://" + Domain + path
		if i == 0 {
			url += from.query
			add(map[string]any{"n": "pageview", "u": url, "d": Domain, "r": from.referrer}, nil)
		} else {
			add(map[string]any{"n": "pageview", "u": url, "d": Domain}, nil)
		}
		read := time.Duration(3+p.random.ExpFloat64()*38) * time.Second
		p.extras(path, url, add)
		at = at.Add(min(read, 10*time.Minute))
		add(map[string]any{"n": "engagement", "u": url, "d": Domain, "e": int(read.Milliseconds() * 8 / 10), "sd": 20 + p.random.IntN(81)}, nil)
		at = at.Add(time.Second)
	}
	return steps
}

// extras are what some visitors do on a page beside reading it.
func (p *People) extras(path, url string, add func(beacon, search map[string]any)) {
	custom := func(name string, props map[string]any) {
		add(map[string]any{"n": name, "u": url, "d": Domain, "p": props}, nil)
	}
	switch x := p.random.Float64(); {
	case path == "/newsletter" && x < 0.35:
		custom("Form: Submission", map[string]any{"path": "/newsletter"})
	case len(path) > 7 && path[:7] == "/books/" && x < 0.08:
		custom("Reserve", map[string]any{"book": path[7:]})
	case path == "/books" && x < 0.09:
		custom("File Download", map[string]any{"url": "https://" + Domain + "/files/catalogue.pdf"})
	case (path == "/" || path == "/about") && x < 0.05:
		custom("Outbound Link: Click", map[string]any{"url": "https://www.openstreetmap.org/"})
	}
}

// address draws an address in a country that readers come from. It gives up looking after some hundred draws.
func (p *People) address() netip.Addr {
	want := pick(p.random, countries)
	var a netip.Addr
	for range 4000 {
		a = netip.AddrFrom4([4]byte{byte(1 + p.random.IntN(222)), byte(p.random.IntN(256)), byte(p.random.IntN(256)), byte(1 + p.random.IntN(254))})
		network := netip.PrefixFrom(a, 24).Masked().Addr()
		if a.As4()[0] != 10 && a.As4()[0] != 127 && (p.country == nil || p.country(network) == want) {
			break
		}
	}
	return a
}

func body(fields map[string]any) []byte {
	b, err := json.Marshal(fields)
	if err != nil {
		panic(fmt.Sprintf("demo: a map of plain values cannot be encoded: %v", err)) // cannot happen
	}
	return b
}
