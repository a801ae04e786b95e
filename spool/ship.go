package spool

import "fmt"

// Cursor returns the position up to which everything is committed, and the end of the block whose insert was begun and not
// committed, if there is one: after a crash exactly [committed, pending) is to be shipped again with the same token.
func (s *Spool) Cursor() (committed Position, pending *Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.cursor.pending; p != nil {
		pos := p.pos
		pending = &pos
	}
	return s.cursor.committed.pos, pending
}

// Begin notes durably that [committed, to) is being shipped; to is the To of a batch. It is an error while another block
// is pending.
func (s *Spool) Begin(to Position) error {
	s.ship.Lock()
	defer s.ship.Unlock()
	next, err := s.nextCursor(to)
	if err != nil {
		return fmt.Errorf("cannot begin spool block up to %s: %w", to, err)
	}
	if next.pending != nil {
		return nil // begun before
	}
	seq, err := s.seqAt(to)
	if err != nil {
		return fmt.Errorf("cannot begin spool block up to %s: %w", to, err)
	}
	next.pending = &mark{to, seq}
	// A block that cannot be made durable is shipped all the same: after a power cut it may come back shorter, and its token
	// then either finds it stored or stores what is left. The failure has been noted and stops the appends.
	_ = s.sync()
	if err := s.saveCursor(next); err != nil {
		return fmt.Errorf("cannot begin spool block up to %s: %w", to, err)
	}
	return nil
}

// Commit notes durably that everything before to has been stored, and removes consumed segments older than Keep. While a block is pending,
// to must be its end.
func (s *Spool) Commit(to Position) error {
	s.ship.Lock()
	defer s.ship.Unlock()
	next, err := s.nextCursor(to)
	if err != nil {
		return fmt.Errorf("cannot commit spool up to %s: %w", to, err)
	}
	if next.pending != nil {
		next.committed, next.pending = *next.pending, nil
	} else {
		seq, err := s.seqAt(to)
		if err != nil {
			return fmt.Errorf("cannot commit spool up to %s: %w", to, err)
		}
		next.committed = mark{to, seq}
	}
	if err := s.saveCursor(next); err != nil {
		return fmt.Errorf("cannot commit spool up to %s: %w", to, err)
	}
	s.prune()
	return nil
}

// nextCursor returns a copy of the cursor after checking that it may move to the position.
func (s *Spool) nextCursor(to Position) (cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cursor
	switch {
	case s.closed:
		return c, ErrClosed
	case c.pending != nil && c.pending.pos != to:
		return c, fmt.Errorf("the block up to %s is still pending; commit that first", c.pending.pos)
	case to.Less(c.committed.pos):
		return c, fmt.Errorf("%s is committed already", c.committed.pos)
	case s.end.pos.Less(to):
		return c, fmt.Errorf("the spool ends at %s", s.end.pos)
	}
	return c, nil
}

func (s *Spool) saveCursor(next cursor) error {
	if err := next.save(s.dir, s.id); err != nil {
		return err
	}
	s.mu.Lock()
	s.cursor = next
	s.mu.Unlock()
	return nil
}
