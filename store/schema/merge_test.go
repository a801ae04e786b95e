package schema_test

import (
	"testing"
	"time"

	"sporlos/store/enginetest"
	"sporlos/store/schema"
)

// TestPartsOfAPastMonthBecomeOne: every table that grows with what is measured asks for it, and the server does it.
func TestPartsOfAPastMonthBecomeOne(t *testing.T) {
	s := enginetest.Start(t)
	if err := schema.Migrate(t.Context(), s, schema.Options{}); err != nil {
		t.Fatal(err)
	}
	const asking = `SELECT arraySort(groupArray(name)), 1 FROM system.tables WHERE database = currentDatabase()
		AND create_table_query LIKE '%min_age_to_force_merge_seconds = 86400%' AND create_table_query LIKE '%min_age_to_force_merge_on_partition_only = 1%'`
	if got, want := ask(t, s, asking), "['arrivals','events','folds','monthly','months','pages','rollups','visits'] 1"; got != want {
		t.Errorf("asked for by %s, want %s", got, want)
	}
	exec := func(sql string) {
		t.Helper()
		if err := s.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec("ALTER TABLE rollups MODIFY SETTING min_age_to_force_merge_seconds = 1")
	exec("INSERT INTO rollups (site, dimension, value, day, visits) SELECT 1, 'page', toString(number), today() - 40, 1 FROM numbers(50000)")
	exec("INSERT INTO rollups (site, dimension, value, day, visits) SELECT 1, 'page', 'x', today() - 40, 1")
	const parts = "SELECT count(), sum(rows) FROM system.parts WHERE database = currentDatabase() AND table = 'rollups' AND active"
	for deadline := time.Now().Add(time.Minute); ask(t, s, parts) != "1 50001"; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("parts and rows after a minute: %s", ask(t, s, parts))
		}
	}
	const name = "SELECT groupArray(name), 1 FROM system.parts WHERE database = currentDatabase() AND table = 'rollups' AND active"
	before := ask(t, s, name)
	time.Sleep(5 * time.Second)
	if after := ask(t, s, name); after != before {
		t.Errorf("one part is merged with itself again and again: %s has become %s", before, after)
	}
}
