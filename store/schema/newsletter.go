package schema

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"sporlos/store"
)

// DeleteCampaign deletes what was counted of one newsletter of a site. Rows are invisible when it returns and leave the disk with the
// next merges. It can be repeated.
func DeleteCampaign(ctx context.Context, s *store.Store, site uint32, campaign string) error {
	err := s.Exec(ctx, "DELETE FROM newsletters WHERE site = {site:UInt32} AND campaign = {campaign:String}",
		driver.NamedValue{Name: "site", Value: fmt.Sprint(site)}, driver.NamedValue{Name: "campaign", Value: campaign})
	if err != nil {
		return fmt.Errorf("cannot delete what was counted of the newsletter %q: %w", campaign, err)
	}
	return nil
}
