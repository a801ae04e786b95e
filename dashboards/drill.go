package dashboards

import (
	"slices"

	"sporlos/dashboards/view"
	"sporlos/store/report"
)

// The details of a panel lead down: a click on a row keeps what it stands for as a filter and goes on to the next tab. Since the way is
// made of filters, everything else on the site can be looked at from where it has led, too.

// leads makes a row of the details lead on. Rows without a next tab, and those of the overview, filter where they are.
func (d *Dashboards) leads(shown *row, v view.View, p panel, t tab, f view.Filter) {
	next, ok := p.tab(t.Next)
	if !ok || v.Panel == "" || v.Has(f) {
		d.linkRow(shown, v, f)
		return
	}
	if f.Values[0] == direct { // nobody refers to these visits
		next, _ = p.tab("landing")
	}
	shown.URL = onTab(v.Only(f).Details(p.ID), p, next.ID).URL()
	shown.Say = d.words.Say("drill.on", shown.Text, d.words.Say("tab."+next.ID))
}

// direct is the value of visits without a source.
const direct = "Direct / None"

// onTab is the view with that tab of the panel in front.
func onTab(v view.View, p panel, id string) view.View {
	if id == p.Tabs[0].ID {
		id = ""
	}
	return v.Tab(p.ID, id)
}

// crumbs are the way that has led down to a tab, each with the way back up to it.
func (d *Dashboards) crumbs(v view.View, p panel, t tab) (list []link) {
	way := slices.DeleteFunc(slices.Clone(v.Filters), func(f view.Filter) bool { return !p.leadsDown(f) })
	above := v
	for _, f := range way {
		above = above.Without(f)
	}
	for i, f := range way {
		of := p.splitBy(f.Dimension)
		if i == 0 {
			list = append(list, link{Text: d.words.Say("drill.all", d.words.Say("tab."+of.ID)), URL: onTab(above, p, of.ID).URL()})
		}
		above = above.Only(f).Details(p.ID)
		list = append(list, link{Text: d.valueText(of.Dimension, f.Values[0]), URL: onTab(above, p, of.Next).URL()})
	}
	if key, ok := t.Dimension.Key(); ok && t.Group == "events" {
		if len(list) == 0 {
			list = append(list, link{Text: d.words.Say("drill.all", d.words.Say("tab.props")), URL: onTab(v, p, "props").URL()})
		}
		list = append(list, link{Text: key})
	}
	if n := len(list); n > 0 {
		list[n-1].Here = true
	}
	return list
}

// leadsDown says whether a filter is a step of a way down the panel.
func (p panel) leadsDown(f view.Filter) bool {
	return f.Op == "is" && len(f.Values) == 1 && p.splitBy(f.Dimension).Next != ""
}

// splitBy is the first tab with that dimension, an empty one when there is none.
func (p panel) splitBy(dimension string) tab {
	if i := slices.IndexFunc(p.Tabs, func(t tab) bool { return t.Dimension == report.Dimension(dimension) }); i >= 0 {
		return p.Tabs[i]
	}
	return tab{}
}
