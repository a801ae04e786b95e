package settings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// CommandLine is who makes a change by the command line.
const CommandLine = "command line"

// Change is an administrative change as it is remembered. It holds no secret.
type Change struct {
	Time   time.Time
	Who    string // name of the user, or CommandLine
	Action string // what was done, as in "user.add"
	Target string // to what: the name of a user or token, a site's domain
	Detail string // what Details has written, where there is something to say; in entries of before an English text
}

// maxDetail is how many bytes of a detail are kept.
const maxDetail = 2000

// Note remembers a change, now.
func (s *Settings) Note(ctx context.Context, c Change) error {
	now := s.now().UTC()
	batch, err := s.conn.PrepareBatch(ctx, `INSERT INTO changes (day, time, who, action, target, detail)`)
	if err != nil {
		return fmt.Errorf("cannot note the change in the audit log: %w", err)
	}
	defer batch.Close() //nolint:errcheck // after Send there is nothing left to close
	if len(c.Detail) > maxDetail {
		c.Detail = strings.ToValidUTF8(c.Detail[:maxDetail], "") + " …"
	}
	if err := errors.Join(batch.Append(now, now, c.Who, c.Action, c.Target, c.Detail), batch.Send()); err != nil {
		return fmt.Errorf("cannot note the change in the audit log: %w", err)
	}
	return nil
}

// Changes returns up to limit changes after the first offset ones, the latest first, and how many there are. who and action narrow them
// when they are not "".
func (s *Settings) Changes(ctx context.Context, who, action string, offset, limit int) (list []Change, total int, err error) {
	where := `FROM changes WHERE ({who:String} = '' OR who = {who:String}) AND ({action:String} = '' OR action = {action:String})`
	args := []any{driver.NamedValue{Name: "who", Value: who}, driver.NamedValue{Name: "action", Value: action},
		driver.NamedValue{Name: "offset", Value: strconv.Itoa(offset)}, driver.NamedValue{Name: "limit", Value: strconv.Itoa(limit)}}
	var count uint64
	if err := s.conn.QueryRow(ctx, `SELECT count() `+where, args...).Scan(&count); err != nil {
		return nil, 0, fmt.Errorf("cannot count the audit log: %w", err)
	}
	rows, err := s.conn.Query(ctx, `SELECT time, who, action, target, detail `+where+` ORDER BY time DESC, action, target LIMIT {limit:UInt32} OFFSET {offset:UInt32}`, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("cannot read the audit log: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c Change
		if err := rows.Scan(&c.Time, &c.Who, &c.Action, &c.Target, &c.Detail); err != nil {
			return nil, 0, fmt.Errorf("cannot read the audit log: %w", err)
		}
		list = append(list, c)
	}
	return list, int(count), rows.Err()
}

// ChangeKinds returns who made changes and which actions there were, by name.
func (s *Settings) ChangeKinds(ctx context.Context) (who, actions []string, err error) {
	err = s.conn.QueryRow(ctx, `SELECT arraySort(groupUniqArray(1000)(who)), arraySort(groupUniqArray(1000)(toString(action))) FROM changes`).Scan(&who, &actions)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the audit log: %w", err)
	}
	return who, actions, nil
}

// Difference says which JSON fields of two values of one type differ; nothing when none do. It is for details of changes: the values must
// hold no secret.
func Difference[T any](was, is T) (list []Said) {
	before, after := fields(was), fields(is)
	names := maps.Clone(before)
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if old, now := string(before[name]), string(after[name]); old != now {
			list = append(list, Detail("changed", name, old, now))
		}
	}
	return list
}

// fields are the JSON fields of a value; none when it is not an object.
func fields(value any) map[string]json.RawMessage {
	list := map[string]json.RawMessage{}
	if text, err := json.Marshal(value); err == nil {
		_ = json.Unmarshal(text, &list) // what is not an object has no fields
	}
	return list
}
