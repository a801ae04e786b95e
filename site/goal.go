package site

import (
	"slices"
	"strings"
)

// GoalKind says what reaches a goal.
type GoalKind string

// The kinds of goals.
const (
	PageGoal   GoalKind = "page"   // a page that Path matches was seen
	EventGoal  GoalKind = "event"  // an event of the site's own happened
	ScrollGoal GoalKind = "scroll" // a page that Path matches was read down to Scroll percent
	SearchGoal GoalKind = "search" // a search had this Outcome; counted, but never of a visit: searches cannot be joined to one
)

// GoalKinds returns the kinds there are, in the order of a form.
func GoalKinds() []GoalKind { return []GoalKind{PageGoal, EventGoal, ScrollGoal, SearchGoal} }

// Outcomes returns what a search can come to, in the order of a form: any search, one without results, one of which a result was
// opened, one that was refined, one after which the site was left.
func Outcomes() []string { return []string{"search", "zero", "open", "refine", "leave"} }

// Limits of what an owner defines, in bytes unless said otherwise.
const (
	MaxLabel      = 100 // of a name
	MaxConditions = 5   // of a goal, by number
	MinSteps      = 2   // of a funnel
	MaxSteps      = 8
	MaxQuery      = 4000 // of a segment
	MaxAnnotation = 300

	maxEvent = 120 // as package beacon has it
	maxKey   = 300
	maxValue = 2000
)

// Goal is something a site wants its visitors to do.
type Goal struct {
	ID       string      `json:"id"` // unique on its site, safe in a URL
	Name     string      `json:"name"`
	Kind     GoalKind    `json:"kind"`
	Path     string      `json:"path,omitempty"`    // pattern, of PageGoal and ScrollGoal: see MatchPath and PatternRegexp
	Event    string      `json:"event,omitempty"`   // name, of EventGoal
	Props    []Condition `json:"props,omitempty"`   // all of them hold of the event; of EventGoal
	Scroll   int         `json:"scroll,omitempty"`  // percent 1…100, of ScrollGoal
	Outcome  string      `json:"outcome,omitempty"` // one of Outcomes, of SearchGoal
	Revenue  bool        `json:"revenue,omitempty"` // the event's revenue counts; of EventGoal
	Currency string      `json:"currency,omitempty"`
}

// Condition is a property an event must have.
type Condition struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Clean brings a goal to the form it is kept in: spaces off, and only what its kind looks at. It returns a *Mistake when it is none.
func (g Goal) Clean() (Goal, error) {
	c := Goal{ID: g.ID, Name: strings.TrimSpace(g.Name), Kind: g.Kind}
	if c.Name == "" || len(c.Name) > MaxLabel {
		return g, mistake("mistake.name", MaxLabel)
	}
	if g.Revenue && g.Kind != EventGoal {
		return g, mistake("mistake.goal.revenue")
	}
	var err error
	switch g.Kind {
	case PageGoal:
		c.Path, err = CleanPattern(g.Path)
	case ScrollGoal:
		if c.Path, err = CleanPattern(g.Path); err == nil && (g.Scroll < 1 || g.Scroll > 100) {
			err = mistake("mistake.goal.scroll", g.Scroll)
		}
		c.Scroll = g.Scroll
	case EventGoal:
		err = c.takeEvent(g)
	case SearchGoal:
		if c.Outcome = g.Outcome; c.Outcome == "" {
			c.Outcome = "search"
		}
		if !slices.Contains(Outcomes(), c.Outcome) {
			err = mistake("mistake.goal.outcome", clip(c.Outcome))
		}
	default:
		err = mistake("mistake.goal.kind", clip(string(g.Kind)))
	}
	return c, err
}

// takeEvent takes over what is about an event.
func (g *Goal) takeEvent(from Goal) error {
	g.Event = strings.TrimSpace(from.Event)
	if g.Event == "" || len(g.Event) > maxEvent || g.Event == "pageview" || g.Event == "engagement" {
		return mistake("mistake.goal.event", maxEvent)
	}
	for _, c := range from.Props {
		c = Condition{strings.TrimSpace(c.Key), strings.TrimSpace(c.Value)}
		if c == (Condition{}) {
			continue
		}
		if c.Key == "" || c.Value == "" || len(c.Key) > maxKey || len(c.Value) > maxValue || len(g.Props) == MaxConditions {
			return mistake("mistake.goal.props", MaxConditions)
		}
		g.Props = append(g.Props, c)
	}
	if g.Revenue = from.Revenue; !g.Revenue {
		return nil
	}
	g.Currency = strings.ToUpper(strings.TrimSpace(from.Currency))
	if len(g.Currency) != 3 || strings.Trim(g.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return mistake("mistake.goal.currency", clip(from.Currency))
	}
	return nil
}

// Funnel is a way through goals within one visit, step by step.
type Funnel struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Steps []string `json:"steps"` // numbers of goals, MinSteps to MaxSteps; none of a SearchGoal
}

// Clean brings a funnel to the form it is kept in, or returns a *Mistake. Whether its goals are there is for store/settings to know.
func (f Funnel) Clean() (Funnel, error) {
	f.Name = strings.TrimSpace(f.Name)
	if f.Name == "" || len(f.Name) > MaxLabel {
		return f, mistake("mistake.name", MaxLabel)
	}
	if len(f.Steps) < MinSteps || len(f.Steps) > MaxSteps {
		return f, mistake("mistake.funnel.steps", MinSteps, MaxSteps)
	}
	for i, step := range f.Steps {
		if slices.Contains(f.Steps[:i], step) {
			return f, mistake("mistake.funnel.twice")
		}
	}
	return f, nil
}
