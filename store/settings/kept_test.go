package settings_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"sporlos/store/enginetest"
	"sporlos/store/settings"
)

// counting counts the questions that reach the database, but not whether anything has changed.
type counting struct {
	driver.Conn
	asked atomic.Int32
}

func (c *counting) Query(ctx context.Context, sql string, args ...any) (driver.Rows, error) {
	if !strings.Contains(sql, "groupBitXor") {
		c.asked.Add(1)
	}
	return c.Conn.Query(ctx, sql, args...)
}

// TestSettingsAreReadAgainWhenTheyChange: what this process changes is seen at once, what another one changes soon, and otherwise nothing is
// read again but whether anything has changed.
func TestSettingsAreReadAgainWhenTheyChange(t *testing.T) {
	db := enginetest.Migrated(t)
	conn := &counting{Conn: db.Conn()}
	here, there := settings.Open(conn, nil), settings.Open(db.Conn(), nil)
	session := settings.Session{User: "kari", Expires: time.Now().Add(time.Hour)}
	hash := settings.Hash("cookie")
	if _, err := here.Session(t.Context(), hash); !errors.Is(err, settings.ErrNotFound) {
		t.Fatalf("before there was one: %v", err)
	}
	if err := here.AddSession(t.Context(), hash, session); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got, err := here.Session(t.Context(), hash); err != nil || got.User != "kari" {
			t.Fatalf("just added: %+v, %v", got, err)
		}
	}
	before := conn.asked.Load()
	for range 20 {
		if _, err := here.Session(t.Context(), hash); err != nil {
			t.Fatal(err)
		}
	}
	if n := conn.asked.Load() - before; n != 0 {
		t.Errorf("20 looks at one session read it %d times more", n)
	}
	if err := there.RemoveSession(t.Context(), hash); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond) // twice as long as anything is believed
	if got, err := here.Session(t.Context(), hash); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("a session that another process has ended: %+v, %v", got, err)
	}
}
