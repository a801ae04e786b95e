package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Column is one column of a block. Values is one of [*Words], [Days] and [Seconds], which are the fastest and insist on the column's
// type; or a slice whose element type suits the column's ClickHouse type:
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
	if err := fillBatch(batch, columns); err != nil {
		return err
	}
	return batch.Send()
}

func fillBatch(batch driver.Batch, columns []Column) (err error) {
	porter, theirs := newPorter(), batch.Columns()
	for i, c := range columns {
		p, ok := c.Values.(prepared)
		switch {
		case !ok:
			err = batch.Column(i).Append(c.Values)
		case !p.suits(theirs[i].Type()):
			err = fmt.Errorf("%T does not suit %s", c.Values, theirs[i].Type())
		default:
			err = porter.carry(p, theirs[i])
		}
		if err != nil {
			return fmt.Errorf("%w: column %s: %w", ErrRefused, c.Name, err)
		}
	}
	return nil
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
		n, ok := length(c.Values)
		if !ok {
			return 0, fmt.Errorf("%w: the values of column %s are a %T, not a slice", ErrRefused, c.Name, c.Values)
		}
		if rows >= 0 && n != rows {
			return 0, fmt.Errorf("%w: column %s has %d rows, column %s has %d", ErrRefused, c.Name, n, columns[0].Name, rows)
		}
		rows = n
	}
	return rows, nil
}

func length(values any) (n int, ok bool) {
	if p, ok := values.(prepared); ok {
		return p.Len(), true
	}
	v := reflect.ValueOf(values)
	if v.Kind() != reflect.Slice {
		return 0, false
	}
	return v.Len(), true
}
