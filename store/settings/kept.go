package settings

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// A page looks up its visitor's session, user, rights and site one after the other. What has been read is kept for as long as the rows of its
// kind are the same, which one small question finds out for all kinds together.

const (
	lately     = 50 * time.Millisecond // what another process has changed is seen so late; what this one changes, at once
	keptLists  = 1_000                 // entries of a list that is kept
	keptAtMost = 10_000                // lists
)

// asked is a question for all entries of a kind, or for those of one key.
type asked struct{ sql, kind, key string }

// kept are the answers so far.
type kept struct {
	mu      sync.Mutex
	checked time.Time
	states  map[string]string // of each kind's rows
	answers map[asked][]entry
	turn    int // grows when answers are dropped: one that was asked for before is not kept
}

// drop forgets everything. It is called after each change, whether it succeeded or not.
func (k *kept) drop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.checked, k.answers = time.Time{}, nil
	k.turn++
}

// find returns what is kept of an answer, and otherwise the turn under which it can be kept.
func (s *Settings) find(ctx context.Context, q asked) (list []entry, ok bool, turn int, err error) {
	k := &s.kept
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.checked) >= lately {
		if err := s.check(ctx); err != nil {
			return nil, false, 0, err
		}
	}
	list, ok = k.answers[q]
	return slices.Clone(list), ok, k.turn, nil
}

// keep keeps an answer, unless something has changed since it was asked for.
func (k *kept) keep(q asked, list []entry, turn int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.turn != turn || len(list) > keptLists:
		return
	case k.answers == nil || len(k.answers) >= keptAtMost:
		k.answers = map[asked][]entry{}
	}
	k.answers[q] = slices.Clone(list)
}

// check drops the answers of kinds whose rows have changed. kept.mu is held.
func (s *Settings) check(ctx context.Context) (err error) {
	rows, err := s.conn.Query(ctx, `SELECT toString(kind), concat(toString(groupBitXor(cityHash64(key, version, removed, changed))), '/', toString(count())) FROM settings GROUP BY kind`)
	if err != nil {
		return fmt.Errorf("cannot read settings: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	states := map[string]string{}
	for rows.Next() {
		var kind, state string
		if err := rows.Scan(&kind, &state); err != nil {
			return fmt.Errorf("cannot read settings: %w", err)
		}
		states[kind] = state
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("cannot read settings: %w", err)
	}
	k := &s.kept
	for q := range k.answers {
		if states[q.kind] != k.states[q.kind] {
			delete(k.answers, q)
		}
	}
	if !maps.Equal(states, k.states) {
		k.turn++
	}
	k.states, k.checked = states, time.Now()
	return nil
}
