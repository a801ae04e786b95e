package schema_test

import (
	"testing"

	"sporlos/store/enginetest"
	"sporlos/store/schema"
)

func TestDeleteCampaignTakesOneOfOneSite(t *testing.T) {
	s := enginetest.Migrated(t)
	rows := "(1, today(), 'spring', 'shop', 'click', 1), (1, today(), 'spring', '', 'open', 1), (1, today(), 'autumn', '', 'open', 1), (2, today(), 'spring', '', 'open', 1)"
	if err := s.Exec(t.Context(), "INSERT INTO newsletters VALUES "+rows); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it can be repeated
		if err := schema.DeleteCampaign(t.Context(), s, 1, "spring"); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := ask(t, s, "SELECT groupArray((site, campaign)), count() FROM (SELECT * FROM newsletters ORDER BY site)"), "[(1,'autumn'),(2,'spring')] 2"; got != want {
		t.Errorf("left: %s, want %s", got, want)
	}
}
