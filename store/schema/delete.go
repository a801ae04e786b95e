package schema

import (
	"context"
	"errors"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"sporlos/store"
)

// DeleteSite deletes every measurement of a site from every table that has a column site. Rows are invisible when it returns and
// leave the disk with the next merges. It can be repeated.
func DeleteSite(ctx context.Context, s *store.Store, site uint32) error {
	tables, err := measured(ctx, s)
	if err != nil {
		return err
	}
	for _, table := range tables {
		err := s.Exec(ctx, "DELETE FROM "+table+" WHERE site = {site:UInt32}", driver.NamedValue{Name: "site", Value: fmt.Sprint(site)})
		if err != nil {
			return fmt.Errorf("cannot delete site %d from %s: %w", site, table, err)
		}
	}
	return nil
}

// measured lists the tables that hold rows of sites, by name. The names come from the server's catalogue of our own database.
func measured(ctx context.Context, s *store.Store) (tables []string, err error) {
	rows, err := s.Query(ctx, `SELECT t.name FROM system.tables AS t INNER JOIN system.columns AS c ON c.database = t.database AND c.table = t.name
		WHERE t.database = currentDatabase() AND c.name = 'site' AND t.engine LIKE '%MergeTree' ORDER BY t.name`)
	if err != nil {
		return nil, fmt.Errorf("cannot list the tables of measurements: %w", err)
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
