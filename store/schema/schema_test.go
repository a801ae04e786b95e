package schema_test

import (
	"testing"

	"sporlos/store/enginetest"
)

func TestMigrate(t *testing.T) {
	s := enginetest.Migrated(t)
	rows, err := s.Query(t.Context(), "SELECT name FROM system.tables WHERE database = currentDatabase()")
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var n string
		rows.Scan(&n)
		t.Log(n)
	}
}
