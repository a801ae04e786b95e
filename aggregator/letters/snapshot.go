package letters

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"sporlos/letter"
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
	Campaign string `json:"campaign"`
	Link     string `json:"link,omitempty"`
	Kind     string `json:"kind"`
	Count    uint64 `json:"count"`
}

const version = 1

func entryOf(r row) entry {
	return entry{r.Site, r.Day, r.Campaign, r.Link, r.Kind.String(), r.count}
}

func (e entry) row() (row, bool) {
	kind, ok := letter.KindOf(e.Kind)
	return row{letter.Letter{Site: e.Site, Day: e.Day, Campaign: e.Campaign, Link: e.Link, Kind: kind}, e.Count},
		ok && e.Site > 0 && e.Campaign != "" && e.Count > 0
}

func (e entry) compare(f entry) int {
	return cmp.Or(cmp.Compare(e.Site, f.Site), cmp.Compare(e.Day, f.Day), cmp.Compare(e.Campaign, f.Campaign),
		cmp.Compare(e.Link, f.Link), cmp.Compare(e.Kind, f.Kind))
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
	if err := s.write(l.path()); err != nil {
		l.mu.Lock()
		l.dirty = true
		l.mu.Unlock()
		return fmt.Errorf("cannot write the snapshot of newsletters: %w", err)
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
	for one, n := range l.held {
		s.Held = append(s.Held, entryOf(row{one, n}))
	}
	if l.pending != nil {
		s.Token = l.pending.token
		for _, r := range l.pending.rows {
			s.Pending = append(s.Pending, entryOf(r))
		}
	}
	return s, true
}

// write makes the file appear whole. It is on a tmpfs, where there is nothing to sync.
func (s snapshot) write(path string) error {
	slices.SortFunc(s.Held, entry.compare)
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".tmp", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// load takes over what the last snapshot held. A damaged one is moved aside.
func (l *Lane) load() error {
	b, err := os.ReadFile(l.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read the snapshot of newsletters: %w", err)
	}
	if l.restore(b) {
		return nil
	}
	clear(l.held)
	l.pending = nil
	l.log.Warn("the snapshot of newsletters is damaged and was moved aside", "file", l.path()+".damaged")
	l.metrics.dropped.WithLabelValues("damaged").Inc()
	if err := os.Rename(l.path(), l.path()+".damaged"); err != nil {
		return fmt.Errorf("cannot move the damaged snapshot of newsletters aside: %w", err)
	}
	return nil
}

func (l *Lane) restore(b []byte) bool {
	var s snapshot
	if json.Unmarshal(b, &s) != nil || s.Version != version || (s.Token == "") != (len(s.Pending) == 0) {
		return false
	}
	held, ok := rows(s.Held)
	pending, fine := rows(s.Pending)
	if !ok || !fine {
		return false
	}
	for _, r := range held {
		l.held[r.Letter] += r.count
	}
	if s.Token != "" {
		l.pending = &block{s.Token, pending}
	}
	return true
}

func rows(entries []entry) (list []row, ok bool) {
	for _, e := range entries {
		r, ok := e.row()
		if !ok {
			return nil, false
		}
		list = append(list, r)
	}
	return list, true
}
