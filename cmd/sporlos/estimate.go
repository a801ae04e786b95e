package main

import (
	"sporlos/collector/visitor"
	"sporlos/dashboards"
	"sporlos/site"
)

// estimates is what the settings page asks for what cutting addresses costs: the day going on, then the latest that is over. It is nil
// where no collector runs, or visitors are not counted.
func (s *server) estimates() func(uint32) []dashboards.Estimate {
	if s.audiences == nil || visitor.Mode(s.flags.Identity) == visitor.Nobody {
		return nil
	}
	return func(id uint32) (list []dashboards.Estimate) {
		now, before, _ := s.audiences.Of(id)
		if now.Day != 0 {
			list = append(list, dashboards.Estimate{Day: site.Day(now.Day), Network: now.Network, Address: now.Address})
		}
		if before.Day != 0 {
			list = append(list, dashboards.Estimate{Day: site.Day(before.Day), Network: before.Network, Address: before.Address})
		}
		return list
	}
}

// cost is the share of visitors that cutting addresses costs: of the latest whole day, or of today when there is none yet.
func (s *server) cost(id uint32) (float64, bool) {
	if s.audiences == nil {
		return 0, false
	}
	now, before, _ := s.audiences.Of(id)
	switch {
	case before.Address > 0:
		return before.Cost(), true
	case now.Address > 0:
		return now.Cost(), true
	}
	return 0, false
}
