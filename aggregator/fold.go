package aggregator

import (
	"context"
	"time"
)

const defaultSettle = 2 * time.Minute

type pass struct{}

func (a *Aggregator) keepFolding(ctx context.Context) {}
