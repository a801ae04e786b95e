package api

import (
	"strings"

	"sporlos/store/report"
)

// dimensions are the API's words for the report's. A city is known by its name: there are no numbers of places.
var dimensions = map[string]report.Dimension{
	"event:page": report.Page, "event:hostname": report.Host, "event:name": report.Event,
	"visit:entry_page": report.EntryPage, "visit:exit_page": report.ExitPage,
	"visit:source": report.Source, "visit:channel": report.Channel, "visit:referrer": report.Referrer,
	"visit:utm_source": report.UTMSource, "visit:utm_medium": report.UTMMedium, "visit:utm_campaign": report.UTMCampaign,
	"visit:utm_content": report.UTMContent, "visit:utm_term": report.UTMTerm,
	"visit:country": report.Country, countryName: report.Country, "visit:region": report.Region, "visit:city": report.City, "visit:city_name": report.City,
	"visit:browser": report.Browser, "visit:browser_version": report.BrowserVersion,
	"visit:os": report.OS, "visit:os_version": report.OSVersion, "visit:device": report.Device, "visit:screen": report.Device,
	"time:hour": report.Hour, "time:day": report.DayDim, "time:week": report.Week, "time:month": report.Month,
}

// hints are for words that are right elsewhere.
var hints = map[string]string{
	"event:goal":                "filter by it, [\"is\", \"event:goal\", [\"name\"]], and ask once for each goal",
	"visit:region_name":         "use visit:region, which is an ISO 3166-2 code",
	"segment":                   "write the segment's filters out",
	"time":                      "write time:hour, time:day, time:week or time:month here",
	"visit:entry_page_hostname": "use event:hostname",
	"24h":                       "a range is of whole days; use day",
}

// unknown refuses a word, quoted and cut, with a hint when there is one.
func unknown(field, word, what string) error {
	if hint := hints[word]; hint != "" {
		return refuse("%s: %q is not %s here: %s", field, word, what, hint)
	}
	if len(word) > 60 {
		word = strings.ToValidUTF8(word[:60], "") + "…"
	}
	return refuse("%s: %q is not %s", field, word, what)
}

// dimension translates one word; the bare "time" has to have been resolved.
func dimension(field, word string) (report.Dimension, error) {
	if key, ok := strings.CutPrefix(word, "event:props:"); ok {
		if d, ok := report.DimensionOf(report.Prop(key).String()); ok {
			return d, nil
		}
		return "", refuse("%s: event:props: needs the property's name, of at most 300 bytes", field)
	}
	d, ok := dimensions[word]
	if !ok {
		return "", unknown(field, word, "a dimension")
	}
	return d, nil
}

// operators are those of simple filters.
var operators = map[string]report.Op{
	"is": report.Is, "is_not": report.IsNot, "contains": report.Contains, "contains_not": report.ContainsNot,
	"starts_with": report.StartsWith, "starts_with_not": report.StartsNot, "matches": report.Matches, "matches_not": report.MatchesNot,
}
