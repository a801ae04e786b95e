package schema_test

import (
	"context"
	"testing"

	"sporlos/store/enginetest"
	"sporlos/store/schema"
)

func TestDeleteSiteTakesOneSiteFromEveryTable(t *testing.T) {
	s, ctx := enginetest.Migrated(t), context.Background()
	counts := map[string]string{"events": "engagement", "folds": "arrived", "visits": "hits", "rollups": "visits", "pages": "views", "monthly": "visits", "months": "fold", "searches": "searches", "refusals": "refusals"}
	for table, count := range counts {
		if err := s.Exec(ctx, "INSERT INTO "+table+" (site, day, "+count+") VALUES (1, today(), 1), (2, today(), 1)"); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
	}
	for range 2 { // it can be repeated
		if err := schema.DeleteSite(ctx, s, 1); err != nil {
			t.Fatal(err)
		}
	}
	counts["arrivals"] = "events" // filled by the rows of events
	for table := range counts {
		var gone, kept uint64
		if err := s.QueryRow(ctx, "SELECT countIf(site = 1), countIf(site = 2) FROM "+table).Scan(&gone, &kept); err != nil {
			t.Fatal(err)
		}
		if gone != 0 || kept != 1 {
			t.Errorf("%s: %d rows of the deleted site and %d of the other are left, want 0 and 1", table, gone, kept)
		}
	}
}
