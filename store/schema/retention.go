package schema

import (
	"context"
	"errors"
	"fmt"

	"sporlos/store"
)

// retain makes every table that has a column day forget its rows so many months after it, roll-ups included. Tables whose TTL says so
// already are left alone; in the others ClickHouse marks the rows that are due now and drops them with the merges that follow.
func retain(ctx context.Context, s *store.Store, months int) error {
	tables, err := keptOtherwise(ctx, s, months)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := s.Exec(ctx, fmt.Sprintf("ALTER TABLE %s MODIFY TTL %s DELETE", table, expiry(months))); err != nil {
			return fmt.Errorf("cannot make table %s keep %d months: %w", table, months, err)
		}
	}
	return nil
}

// expiry is the TTL expression in the spelling of ClickHouse's catalogue.
func expiry(months int) string { return fmt.Sprintf("day + toIntervalMonth(%d)", months) }

// keptOtherwise lists the tables with a day whose TTL is another, or missing. The names come from the server's catalogue of our own
// database.
func keptOtherwise(ctx context.Context, s *store.Store, months int) (tables []string, err error) {
	rows, err := s.Query(ctx, `SELECT t.name FROM system.tables AS t INNER JOIN system.columns AS c ON c.database = t.database AND c.table = t.name
		WHERE t.database = currentDatabase() AND c.name = 'day' AND t.engine LIKE '%MergeTree' AND position(t.engine_full, '`+"TTL "+expiry(months)+`') = 0 ORDER BY t.name`)
	if err != nil {
		return nil, fmt.Errorf("cannot see how long measurements are kept: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return nil, err
		}
		tables = append(tables, table)
	}
	return tables, rows.Err()
}
