// Package report asks the questions.
package report

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Reporter answers questions from one database. It is safe for concurrent use.
type Reporter struct {
	conn driver.Conn
	now  func() time.Time
}

// New returns a reporter that asks over conn, which needs to read only.
func New(conn driver.Conn, now func() time.Time) *Reporter { return &Reporter{conn: conn, now: now} }

// Run answers one question. It fails with [*Invalid] when the question cannot be asked.
func (r *Reporter) Run(ctx context.Context, q Query) (Result, error) { return Result{}, errTODO }

var (
	metrics   = map[Metric]bool{}
	operators = map[Op]bool{}
)

func meaningOf(Dimension) (struct{}, bool) { return struct{}{}, false }
