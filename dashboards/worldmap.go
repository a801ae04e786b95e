package dashboards

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"strconv"

	"golang.org/x/text/language"

	"sporlos/dashboards/view"
	"sporlos/store/report"
)

// atlas is the map of the world as build.mjs draws it.
type atlas struct {
	Width, Height int
	Countries     []outline
}

// outline is a country's shape. Code is ISO 3166-1 alpha-2, or "" for land that has none.
type outline struct{ Code, Path string }

// loadAtlas reads world.json, whose codes are the numeric ones.
func loadAtlas(files fs.FS) (a atlas, err error) {
	text, err := fs.ReadFile(files, "world.json")
	if err != nil {
		return a, fmt.Errorf("the map of the dashboards has not been built: %w; run `make build`", err)
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return a, fmt.Errorf("the map of the dashboards is damaged: %w; run `make build`", err)
	}
	for i, c := range a.Countries {
		a.Countries[i].Code = alpha2(c.Code)
	}
	return a, nil
}

// alpha2 is the two-letter code of a numeric one, "" when there is none.
func alpha2(numeric string) string {
	n, err := strconv.Atoi(numeric)
	if err != nil {
		return ""
	}
	region, err := language.EncodeM49(n)
	if err != nil || !region.IsCountry() {
		return ""
	}
	return region.String()
}

// worldMap is the map as a page shows it.
type worldMap struct {
	Width, Height int
	Title         string
	Quiet         []string // paths of land nobody visited from
	Shades        []shade
	Legend        []legendStep
}

// shade is a country with visitors. Step is 1 to mapSteps.
type shade struct {
	Path, Title, URL string
	Step             int
	On               bool
}

type legendStep struct {
	Step int
	Text string
}

// mapSteps is how many shades there are; app.css has a colour for each.
const mapSteps = 6

// step is the shade of a count beside the highest: by the square root, so that one large country does not leave the others white.
func mapStep(v, most float64) int {
	if v <= 0 || most <= 0 {
		return 0
	}
	return min(mapSteps, int(math.Sqrt(v/most)*mapSteps)+1)
}

// stepFrom is the smallest count of a shade.
func stepFrom(step int, most float64) int {
	share := float64(step-1) / mapSteps
	return max(1, int(math.Ceil(share*share*most)))
}

// newMap asks for all countries and draws them.
func (d *Dashboards) newMap(ctx context.Context, a asker, t tab) (*worldMap, error) {
	result, err := a.table(ctx, t, t.Columns, t.Columns[0].Metric, len(d.atlas.Countries)+50, 0)
	if err != nil {
		return nil, err
	}
	return d.drawMap(a.view, t, result.Rows), nil
}

func (d *Dashboards) drawMap(v view.View, t tab, rows []report.Row) *worldMap {
	found, most := map[string]report.Row{}, 0.0
	for _, r := range rows {
		found[r.Dimensions[0]] = r
		if len(r.Dimensions[0]) == 2 {
			most = max(most, r.Metrics[0])
		}
	}
	m := &worldMap{Width: d.atlas.Width, Height: d.atlas.Height, Title: d.words.Say("map.title", d.words.Say(t.Columns[0].Title))}
	for _, c := range d.atlas.Countries {
		r, ok := found[c.Code]
		if !ok || c.Code == "" || r.Metrics[0] <= 0 {
			m.Quiet = append(m.Quiet, c.Path)
			continue
		}
		named := row{Text: d.words.Country(c.Code)}
		d.linkRow(&named, v, view.Filter{Op: "is", Dimension: string(t.Dimension), Values: []string{c.Code}})
		title := d.words.Say("map.country", named.Text, d.words.Exact(t.Columns[0].Metric.String(), r.Metrics[0]), d.words.Say(t.Columns[0].Title))
		m.Shades = append(m.Shades, shade{Path: c.Path, Title: title, URL: named.URL, On: named.On, Step: mapStep(r.Metrics[0], most)})
	}
	for step := 1; step <= mapSteps && most >= mapSteps; step++ {
		m.Legend = append(m.Legend, legendStep{step, d.words.Compact(float64(stepFrom(step, most)))})
	}
	return m
}
