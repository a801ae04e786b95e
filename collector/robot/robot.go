// Package robot tells programs from people by their User-Agent.
//
// Robots are taken out before anything is counted. That is not only cleaner: a visitor
// here is a hash of a shortened address, and the shorter the address, the more a
// crowd of robots in one network hides people.
//
// # What is a robot
//
//   - an agent that is empty, very short or has no comment in parentheses:
//     all browsers that run a script have one;
//   - an agent with one of our keywords (keywords.go), in any case: "bot",
//     "crawl", "headless", the names of HTTP libraries, a web address;
//   - an agent that matches a pattern of the npm package crawler-user-agents.
//     The build copies its JSON into dist/; without that file the keywords work
//     alone and [Detector.Patterns] is 0, which the caller should log.
//
// # Who is spared
//
// People must not be lost. "bot" in the name of an Android phone (CUBOT, or any
// model between "Android" and the closing parenthesis) does not count, and
// patterns that were seen to hit people (spared, in keywords.go) are left out.
//
// # Cost
//
// Patterns are never run one by one. Their literals, about 1,500, form one
// Aho–Corasick automaton that reads an agent once, at most 512 bytes of it; only
// a handful of patterns need a regular expression afterwards, which Go
// runs in linear time. Verdicts are kept in a fixed table of 64-bit words: 63 bits of a
// hash under a random key and the verdict. No agent is kept in memory.
package robot

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// dist holds crawler-user-agents.json after `make build`, and always .gitkeep.
//
//go:embed all:dist
var dist embed.FS

const (
	// maxAgent is how many bytes of an agent are read.
	maxAgent = 512
	// minAgent is the length of the shortest agent taken for a person's, unless it is a
	// text browser. "Mozilla/4.0 (compatible;)" has 25 bytes.
	minAgent = 26
	// cacheSize is the default number of remembered verdicts, of 8 bytes each.
	cacheSize = 1 << 14
)

// Detector tells robots from people. It is safe for concurrent use; make one
// with New.
type Detector struct {
	keywords *matcher // folded to lower case
	patterns *matcher // as written
	loaded   int

	seed    maphash.Seed
	slots   []atomic.Uint64 // a power of two; hash with the verdict in bit 0
	checked prometheus.Counter
}

// Option changes what New makes.
type Option func(*options)

type options struct {
	headless bool
	keywords []string
	cache    int
	patterns []byte
	reg      prometheus.Registerer
}

// AllowHeadless counts headless browsers as people, for demonstrations and
// end-to-end tests.
func AllowHeadless() Option { return func(o *options) { o.headless = true } }

// Keywords adds texts (in any case, at least three bytes) that mark a robot.
func Keywords(texts ...string) Option {
	return func(o *options) { o.keywords = append(o.keywords, texts...) }
}

// CacheSize sets how many verdicts are remembered, 8 bytes each; it is rounded up to a
// power of two and is 16,384 otherwise.
func CacheSize(n int) Option { return func(o *options) { o.cache = n } }

// Metrics registers sporlos_robot_agents_checked_total, the agents that were not
// in the cache.
func Metrics(reg prometheus.Registerer) Option { return func(o *options) { o.reg = reg } }

// Patterns replaces the patterns built in: JSON of the shape of the npm package
// crawler-user-agents, a list of objects with a "pattern".
func Patterns(json []byte) Option { return func(o *options) { o.patterns = json } }

// New returns a detector. It fails on an unusable keyword, and on patterns that
// are not JSON or not regular expressions.
func New(opts ...Option) (*Detector, error) {
	o := options{cache: cacheSize}
	for _, opt := range opts {
		opt(&o)
	}
	if o.patterns == nil {
		var err error
		o.patterns, err = dist.ReadFile("dist/crawler-user-agents.json")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("cannot read the built-in robot patterns: %w", err)
		}
	}
	words, err := keywordRules(o)
	if err != nil {
		return nil, err
	}
	rules, loaded, err := patternRules(o)
	if err != nil {
		return nil, err
	}
	d := &Detector{loaded: loaded, seed: maphash.MakeSeed(), slots: make([]atomic.Uint64, roundUp(o.cache))}
	if d.keywords, err = newMatcher(words, true); err != nil {
		return nil, err
	}
	if d.patterns, err = newMatcher(rules, false); err != nil {
		return nil, err
	}
	d.checked = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "sporlos_robot_agents_checked_total",
		Help: "User agents checked against the robot lists because the cache did not hold them.",
	})
	if o.reg != nil {
		o.reg.MustRegister(d.checked)
	}
	return d, nil
}

// patternRules reads the JSON of crawler-user-agents and counts what it could
// use. An empty one yields no rules.
func patternRules(o options) ([]rule, int, error) {
	if len(o.patterns) == 0 {
		return nil, 0, nil
	}
	var list []struct {
		Pattern string `json:"pattern"`
	}
	if err := json.Unmarshal(o.patterns, &list); err != nil {
		return nil, 0, fmt.Errorf("cannot read the robot patterns: %w; expected the JSON of the npm package crawler-user-agents", err)
	}
	var rules []rule
	loaded := 0
	for _, entry := range list {
		if spared[entry.Pattern] || (o.headless && entry.Pattern == "HeadlessChrome") {
			continue
		}
		more, err := compile(entry.Pattern)
		if err != nil {
			return nil, 0, err
		}
		if len(more) > 0 {
			loaded++
		}
		rules = append(rules, more...)
	}
	return rules, loaded, nil
}

func roundUp(n int) int {
	size := 16
	for size < n && size < 1<<24 {
		size *= 2
	}
	return size
}

// Patterns is the number of patterns of crawler-user-agents in use. It is 0
// when the program was built without the file: then keywords work alone, and find
// 95.5 % instead of 99.7 % of the agents that the package lists.
func (d *Detector) Patterns() int { return d.loaded }

// IsRobot says whether an agent is a program's. agent may be a view of a buffer
// that is reused after the call.
func (d *Detector) IsRobot(agent []byte) bool {
	agent = agent[:min(len(agent), maxAgent)]
	sum := maphash.Bytes(d.seed, agent)
	slot := &d.slots[(sum>>1)&uint64(len(d.slots)-1)]
	if seen := slot.Load(); seen|1 == sum|1 && seen != 0 {
		return seen&1 == 1
	}
	d.checked.Inc()
	verdict := d.judge(agent)
	word := sum &^ 1
	if verdict {
		word |= 1
	}
	slot.Store(word)
	return verdict
}

// judge does the work of IsRobot without the cache.
func (d *Detector) judge(agent []byte) bool {
	if len(agent) < minAgent || bytes.IndexByte(agent, '(') < 0 {
		if !textBrowser(agent) {
			return true
		}
	}
	spare := modelOf(agent)
	return d.keywords.matches(agent, spare) || d.patterns.matches(agent, spare)
}

// span is a part of an agent, from and to in bytes.
type span struct{ from, to int }

// modelOf finds where an agent names the model of an Android device: between
// "Android" and the closing parenthesis. Words in it say nothing about
// robots, unless it holds an address, which no model does.
func modelOf(agent []byte) span {
	from := bytes.Index(agent, []byte("Android"))
	if from < 0 {
		return span{}
	}
	length := bytes.IndexByte(agent[from:], ')')
	if length < 0 {
		return span{}
	}
	model := agent[from : from+length]
	for _, sign := range [...]string{"http", "compatible", "@", "+", "www."} {
		if bytes.Contains(model, []byte(sign)) {
			return span{}
		}
	}
	return span{from, from + length}
}

// textBrowser recognises the few browsers of people whose agent is short or
// has no comment, and telephones from before the smartphone.
func textBrowser(agent []byte) bool {
	for _, name := range [...]string{"Lynx/", "w3m/", "Links ", "ELinks", "Dillo/", "NetSurf/", "MIDP", "UCWEB/"} {
		if bytes.Contains(agent, []byte(name)) {
			return true
		}
	}
	return false
}
