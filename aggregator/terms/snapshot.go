package terms

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"sporlos/term"
)

// snapshot is the file: version, what is held, sorted, and the block that is being inserted, in its random order.
type snapshot struct {
	Version int     `json:"version"`
	Held    []entry `json:"held"`
	Token   string  `json:"token,omitempty"`
	Pending []entry `json:"pending,omitempty"`
}

type entry struct {
	Site     uint32 `json:"site"`
	Day      uint16 `json:"day"`
	Kind     string `json:"kind"`
	Phrase   string `json:"phrase"`
	Opened   string `json:"opened,omitempty"`
	Searches uint64 `json:"searches"`
	Counted  uint64 `json:"counted,omitempty"`
	Zero     uint64 `json:"zero,omitempty"`
}

const version = 1

// Format keeps phrases out of whatever prints an entry.
func (entry) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

func entryOf(k key, c counts) entry {
	return entry{k.site, k.day, k.kind.String(), k.phrase, k.opened, c.searches, c.counted, c.zero}
}

func (e entry) row() (row, bool) {
	kind, ok := term.KindOf(e.Kind)
	return row{key{e.Site, e.Day, kind, e.Phrase, e.Opened}, counts{e.Searches, e.Counted, e.Zero}}, ok && e.Kind != "" && (e.Phrase != "" || kind != term.Search) && e.Searches > 0
}

func (e entry) compare(f entry) int {
	return cmp.Or(cmp.Compare(e.Site, f.Site), cmp.Compare(e.Day, f.Day), cmp.Compare(e.Kind, f.Kind), cmp.Compare(e.Phrase, f.Phrase), cmp.Compare(e.Opened, f.Opened))
}

// save writes the snapshot if something has changed.
func (l *Lane) save() error {
	l.releasing.Lock()
	defer l.releasing.Unlock()
	return l.saveReleasing()
}

// saveReleasing is save for a caller that holds releasing.
func (l *Lane) saveReleasing() error {
	s, changed := l.snapshot()
	if !changed {
		return nil
	}
	if err := s.write(l.path(), l.seal); err != nil {
		l.mu.Lock()
		l.dirty = true
		l.mu.Unlock()
		return fmt.Errorf("cannot write the snapshot of search terms: %w", err)
	}
	return nil
}

func (l *Lane) snapshot() (s snapshot, changed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.dirty {
		return s, false
	}
	l.dirty = false
	s = snapshot{Version: version, Held: make([]entry, 0, len(l.held))}
	for k, c := range l.held {
		s.Held = append(s.Held, entryOf(k, c))
	}
	if l.pending != nil {
		s.Token = l.pending.token
		for _, r := range l.pending.rows {
			s.Pending = append(s.Pending, entryOf(r.key, r.counts))
		}
	}
	return s, true
}

// write makes the file appear whole. It is on a tmpfs, where there is nothing to sync.
func (s snapshot) write(path string, in *seal) error {
	slices.SortFunc(s.Held, entry.compare)
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".tmp", in.close(b), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// load takes over what the last snapshot held. A damaged one is moved aside; what is wrong with it is not said, for that would quote it.
func (l *Lane) load() error {
	b, err := l.seal.read(l.path())
	switch {
	case errors.Is(err, errSealed): // damaged, or the key is gone
	case err != nil:
		return err
	case b == nil || l.restore(b):
		return nil
	}
	l.held, l.pending = map[key]counts{}, nil
	l.log.Warn("the snapshot of search terms is damaged and was moved aside", "file", l.path()+".damaged")
	l.metrics.dropped.WithLabelValues("damaged").Inc()
	if err := os.Rename(l.path(), l.path()+".damaged"); err != nil {
		return fmt.Errorf("cannot move the damaged snapshot of search terms aside: %w", err)
	}
	return nil
}

func (l *Lane) restore(b []byte) bool {
	var s snapshot
	if json.Unmarshal(b, &s) != nil || s.Version != version || (s.Token == "") != (len(s.Pending) == 0) {
		return false
	}
	for _, e := range s.Held {
		r, ok := e.row()
		if !ok {
			return false
		}
		l.held[r.key] = r.counts
	}
	if s.Token == "" {
		return true
	}
	l.pending = &block{token: s.Token}
	for _, e := range s.Pending {
		r, ok := e.row()
		if !ok {
			return false
		}
		l.pending.rows = append(l.pending.rows, r)
	}
	return true
}
