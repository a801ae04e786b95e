package dashboards

import (
	_ "embed"
	"strings"
)

//go:embed zones.txt
var zoneNames string

// zones are the names of time zones to choose from: those of the IANA database that stand for a place, by region.
func zones() []string { return strings.Fields(zoneNames) }
