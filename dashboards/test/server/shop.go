package main

import (
	"context"
	"time"

	"sporlos/dashboards/test/fixture"
	"sporlos/site"
	"sporlos/store"
	"sporlos/store/settings"
)

// seedShop adds the site of fixture.Shop with what it wants: three goals and two funnels.
func seedShop(ctx context.Context, s *store.Store, set *settings.Settings, now time.Time) error {
	one, err := set.AddSite(ctx, "shop.example", "Europe/Oslo")
	if err != nil {
		return err
	}
	var ids []string
	for _, g := range []site.Goal{
		{Name: "Saw the shop", Kind: site.PageGoal, Path: "/shop"},
		{Name: "Saw the cart", Kind: site.PageGoal, Path: "/cart"},
		{Name: "Bought", Kind: site.EventGoal, Event: "Purchase", Revenue: true, Currency: "NOK"},
		{Name: "Came home", Kind: site.PageGoal, Path: "/"},
	} {
		saved, err := set.SaveGoal(ctx, one.ID, g)
		if err != nil {
			return err
		}
		ids = append(ids, saved.ID)
	}
	for _, f := range []site.Funnel{{Name: "To the till", Steps: ids[:3]}, {Name: "From the front page", Steps: []string{ids[3], ids[0]}}} {
		if _, err := set.SaveFunnel(ctx, one.ID, f); err != nil {
			return err
		}
	}
	return fixture.Shop(ctx, s, one, now)
}
