package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Column is one column of a block. Values is a slice whose element type suits the column's ClickHouse type:
// []string for String and LowCardinality(String), []uint32 for UInt32, []bool for Bool, []time.Time for Date and
// DateTime, [][]string for Array(String), and so on as in clickhouse-go. Times outside the column's range are not refused
// but wrapped round; mind them before.
type Column struct {
	Name   string
	Values any
}

// ErrRefused is in the chain of errors that say that the block itself is at fault: it will never be accepted.
var ErrRefused = errors.New("block refused")

// Insert writes the block into table as one INSERT with the given deduplication token, which must not be empty.
// All columns must be equally long; a block without rows is not sent. Columns of the table that are not named take
// their default. nil means that the server has acknowledged the block; after any error it may or may not be stored,
// and sending it again with the same token and the same rows in the same order stores it once.
func (s *Store) Insert(ctx context.Context, table, token string, columns []Column) error {
	rows, err := height(columns)
	if err == nil && token == "" {
		err = fmt.Errorf("%w: a block needs a deduplication token", ErrRefused)
	}
	if err != nil {
		return fmt.Errorf("cannot insert into %s: %w", table, err)
	}
	if rows == 0 {
		return nil
	}
	if err := s.send(ctx, table, token, columns); err != nil {
		return fmt.Errorf("cannot insert %d rows into %s: %w", rows, table, classify(err))
	}
	return nil
}

func (s *Store) send(ctx context.Context, table, token string, columns []Column) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(insertSettings(token)))
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO "+quote(table)+" ("+names(columns)+")")
	if err != nil {
		return err
	}
	defer batch.Abort() // does nothing after Send
	for i, c := range columns {
		if err := batch.Column(i).Append(c.Values); err != nil {
			return fmt.Errorf("%w: column %s: %w", ErrRefused, c.Name, err)
		}
	}
	return batch.Send()
}

// insertSettings are those that servers of different versions and modes have different defaults for.
func insertSettings(token string) clickhouse.Settings {
	return clickhouse.Settings{
		"insert_deduplicate":                                 1,
		"insert_deduplication_token":                         token,
		"deduplicate_blocks_in_dependent_materialized_views": 1,
		"async_insert":                                       0,
	}
}

func names(columns []Column) string {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = quote(c.Name)
	}
	return strings.Join(quoted, ", ")
}

// height returns the number of rows and refuses ragged blocks.
func height(columns []Column) (int, error) {
	if len(columns) == 0 {
		return 0, fmt.Errorf("%w: a block needs a column", ErrRefused)
	}
	rows := -1
	for _, c := range columns {
		v := reflect.ValueOf(c.Values)
		if v.Kind() != reflect.Slice {
			return 0, fmt.Errorf("%w: the values of column %s are a %T, not a slice", ErrRefused, c.Name, c.Values)
		}
		if rows >= 0 && v.Len() != rows {
			return 0, fmt.Errorf("%w: column %s has %d rows, column %s has %d", ErrRefused, c.Name, v.Len(), columns[0].Name, rows)
		}
		rows = v.Len()
	}
	return rows, nil
}
