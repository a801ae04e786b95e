package site

import (
	"fmt"
	"strings"
)

// Preset is a set of switches that are turned together, because a law or a promise asks for all of them. What it leaves open is the
// owner's choice in [Settings]. The zero value is no preset: use [PresetOf].
type Preset struct {
	Name string
	Why  string // one sentence

	Campaigns bool // utm_*, ref, source and the names of click identifiers are kept, and sources made of them
	Places    bool // region and city are kept when the table of places knows them; the country always is
	Script    bool // POST /e and POST /q are taken; without it only GET /p is
	Multiple  int  // counts are shown as multiples of it; 1 is exact
}

// presets is the one table: the collector, the reports, the settings page and docs/presets.md are all made from it.
var presets = [...]Preset{
	{
		Name: "standard", Why: "Everything Sporløs counts, within the laws every preset keeps.",
		Campaigns: true, Places: true, Script: true, Multiple: 1,
	},
	{
		Name: "cnil", Why: "For the French exemption of audience measurement from consent: no campaigns, nothing finer than a country, rounded counts.",
		Script: true, Multiple: 10,
	},
	{
		Name: "headers-only", Why: "For sites that run no script: nothing is read from the visitor's device beyond what a request carries by itself.",
		Campaigns: true, Places: true, Multiple: 1,
	},
}

// Presets returns the presets there are; the first is the default.
func Presets() []Preset { return append([]Preset(nil), presets[:]...) }

// PresetOf returns the preset with that name; "" is the default.
func PresetOf(name string) (Preset, error) {
	p, err := presetOf(name)
	if err != nil {
		return Preset{}, err
	}
	return *p, nil
}

// presetOf is PresetOf without a copy: thousands of sites share one.
func presetOf(name string) (*Preset, error) {
	if name == "" {
		return &presets[0], nil
	}
	var names []string
	for i := range presets {
		if presets[i].Name == name {
			return &presets[i], nil
		}
		names = append(names, presets[i].Name)
	}
	return nil, fmt.Errorf("preset %q is not known: use %s", name, strings.Join(names, ", "))
}

// Shown returns a count as the preset shows it: the nearest multiple, halves up.
func (p Preset) Shown(n uint64) uint64 {
	m := uint64(p.Multiple)
	if m <= 1 {
		return n
	}
	return (n + m/2) / m * m
}

// Switch is one line of the table of presets, in words.
type Switch struct {
	Name string
	of   func(Preset) string
}

// Of says how the preset has turned the switch.
func (s Switch) Of(p Preset) string { return s.of(p) }

// Switches are the lines of the table of presets: first what they differ in, then what all of them keep.
func Switches() []Switch {
	yes := func(text string) func(Preset) string { return func(Preset) string { return text } }
	return []Switch{
		{"Campaigns (utm_*, ref, source, click identifiers)", func(p Preset) string { return either(p.Campaigns, "kept", "not kept") }},
		{"Region and city", func(p Preset) string { return either(p.Places, "kept when the table of places knows them", "never") }},
		{"Counts on pages and in the API", func(p Preset) string {
			return either(p.Multiple <= 1, "exact", fmt.Sprintf("rounded to %d", p.Multiple))
		}},
		{"The script's beacons (POST /e, POST /q)", func(p Preset) string {
			return either(p.Script, "taken", "refused with the reason headers_only")
		}},
		{"Pageviews without a script (GET /p)", yes("taken")},
		{"Events of your own, time on page, scroll depth, site search", func(p Preset) string { return either(p.Script, "yes", "no: they need a script") }},
		{"Opt-out offered at /privacy", yes("yes")},
		{"Sec-GPC and DNT honoured", yes("yes, unless the site's settings say otherwise")},
		{"Cookies, storage, anything read from the device", yes("none")},
		{"Address", yes("cut to its network before anything else sees it (unless --identity address)")},
		{"A visitor", yes("a number that dies at the site's midnight")},
	}
}

func either(yes bool, one, other string) string {
	if yes {
		return one
	}
	return other
}

// PresetsMarkdown is docs/presets.md.
func PresetsMarkdown() string {
	var b strings.Builder
	b.WriteString("# Presets\n\n")
	b.WriteString("Made from the table in `site/preset.go`: change it there, then run `go test ./site -run TestPresetsAreDocumented -update`.\n\n")
	b.WriteString("`sporlos site add example.org --preset cnil` chooses one, `sporlos site set example.org --preset standard` another; the settings page does the\n")
	b.WriteString("same. A change holds for what comes in from then on, within a second; rounding holds for all that is shown. Nothing that is stored is changed.\n\n")
	for _, p := range presets {
		fmt.Fprintf(&b, "- **%s**: %s\n", p.Name, p.Why)
	}
	b.WriteString("\n| |")
	for _, p := range presets {
		b.WriteString(" " + p.Name + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(presets)) + "\n")
	for _, s := range Switches() {
		b.WriteString("| " + s.Name + " |")
		for _, p := range presets {
			b.WriteString(" " + s.Of(p) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}
