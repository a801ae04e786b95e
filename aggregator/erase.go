package aggregator

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/event"
	"sporlos/site"
	"sporlos/spool"
)

// An erasure is a record in the spool like any other, so it is ordered: what was acknowledged before it is stored first, what comes
// after it is not touched. A block ends before an erasure, and erasures are blocks of their own. Such a block is carried out in three
// steps, each of which can be repeated: the rows go from ClickHouse, the records from what was moved aside, the records and the
// erasure itself from the spool. A crash before the last step leaves the erasure where it is, in a block that is pending; after it
// there is nothing left to do but to commit the block.

const eraseTimeout = 10 * time.Minute

// untilErase returns how many of the records make a block: the erasures they begin with, or else all before the first one.
func untilErase(records [][]byte) int {
	n := 0
	for n < len(records) && isErase(records[n]) == isErase(records[0]) {
		n++
	}
	return n
}

func isErase(rec []byte) bool {
	_, err := event.DecodeErase(rec)
	return err == nil
}

// wishes returns the erasures of a block that consists of them.
func wishes(records [][]byte) (list []event.Erase) {
	for _, rec := range records {
		if w, err := event.DecodeErase(rec); err == nil {
			list = append(list, w)
		}
	}
	return list
}

// erase carries out a block of erasures.
func (a *Aggregator) erase(ctx context.Context, list []event.Erase) error {
	for {
		over := a.over(list)
		if err := a.eraseRows(ctx, list, over); err != nil {
			return fmt.Errorf("cannot erase from ClickHouse: %w", err)
		}
		if a.over(list) == over { // otherwise midnight came meanwhile, and with it perhaps a fold
			break
		}
	}
	var traces [][]byte
	for _, w := range list {
		traces = append(traces, w.Trace())
	}
	if err := a.wipeAside(traces); err != nil {
		return err
	}
	covered := func(rec []byte) bool {
		for _, w := range list {
			if w.Covers(rec) {
				return true
			}
		}
		return false
	}
	if _, err := a.o.Spool.Overwrite(a.load.to, covered, traces...); err != nil {
		return err
	}
	a.metrics.erased.Add(float64(len(list)))
	return nil
}

// over reports whether the day of one of them is over: then it may have been folded.
func (a *Aggregator) over(list []event.Erase) bool {
	now := a.o.Now().Unix()
	for _, s := range a.o.Sites() {
		for _, w := range list {
			if w.Site == s.ID && site.Day(w.Day) < s.DayAt(now) {
				return true
			}
		}
	}
	return false
}

// siteDay is where an erasure looks.
type siteDay struct {
	site uint32
	day  site.Day
}

// madeOfDays are the tables that hold what was made of a closed day without visitors' numbers, the record of it first.
var madeOfDays = []string{"folds", "pages", "rollups"}

// eraseRows deletes the rows of the numbers from every table that holds visitors. Days that are over lose their fold, too: they
// are answered from events until they have been folded again.
func (a *Aggregator) eraseRows(ctx context.Context, list []event.Erase, over bool) error {
	if over {
		if err := a.folding.take(ctx); err != nil {
			return err
		}
		defer a.folding.give()
	}
	tables, err := a.visitorTables(ctx)
	if err != nil {
		return err
	}
	numbers := map[siteDay][]uint64{}
	for _, w := range list {
		at := siteDay{w.Site, site.Day(w.Day)}
		numbers[at] = append(numbers[at], w.Visitor)
	}
	for at, visitors := range numbers {
		for _, table := range tables {
			if err := a.deleteRows(ctx, table, at, among(visitors)); err != nil {
				return err
			}
		}
		for _, table := range madeOfDays {
			if !over {
				break
			}
			if err := a.deleteRows(ctx, table, at, "1"); err != nil {
				return err
			}
		}
	}
	return nil
}

// visitorTables lists the tables that hold visitors' numbers, as the catalogue knows them: one that is added later is not forgotten.
func (a *Aggregator) visitorTables(ctx context.Context) (tables []string, err error) {
	rows, err := a.o.Store.Query(ctx, `SELECT t.name FROM system.tables AS t INNER JOIN system.columns AS c ON c.database = t.database AND c.table = t.name
		WHERE t.database = currentDatabase() AND c.name = 'visitor' AND t.engine LIKE '%MergeTree' ORDER BY t.name`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return nil, err
		}
		tables = append(tables, table)
	}
	if len(tables) == 0 {
		err = errors.New("no table holds visitors: is its schema the one of this program?")
	}
	return tables, errors.Join(err, rows.Err())
}

// deleteRows rewrites the parts that hold such rows without them, if any do, and waits for it.
func (a *Aggregator) deleteRows(ctx context.Context, table string, at siteDay, which string) error {
	ctx, cancel := context.WithTimeout(ctx, eraseTimeout)
	defer cancel()
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"mutations_sync": 2}))
	where := fmt.Sprintf("site = %d AND day = '%s' AND %s", at.site, at.day, which)
	var rows uint64
	if err := a.o.Store.QueryRow(ctx, "SELECT count() FROM "+table+" WHERE "+where).Scan(&rows); err != nil {
		return err
	}
	if rows > 0 {
		month := at.day.Date().Format("200601")
		if err := a.o.Store.Exec(ctx, "ALTER TABLE "+table+" DELETE IN PARTITION "+month+" WHERE "+where); err != nil {
			return err
		}
	}
	return a.dropOldParts(ctx, table) // also when an interrupted attempt has left some
}

// noMonth is a partition without days: events of January 1970 cannot be.
const noMonth = "197001"

// dropOldParts makes the server remove the parts that were rewritten. Of itself it does so in up to five minutes; to drop any partition,
// be it one that does not exist, makes it look at once. A part that somebody is reading is looked for again, but not for long, since where
// old_parts_lifetime is set they all stay as long as that.
func (a *Aggregator) dropOldParts(ctx context.Context, table string) error {
	for range 3 {
		if err := a.o.Store.Exec(ctx, "ALTER TABLE "+table+" DROP PARTITION "+noMonth); err != nil {
			return err
		}
		var old uint64
		const left = "SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = {table:String} AND NOT active AND rows > 0"
		err := a.o.Store.QueryRow(clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{"table": table})), left).Scan(&old)
		if err != nil || old == 0 {
			return err
		}
		if err := sleep(ctx, firstPause); err != nil {
			return err
		}
	}
	return nil
}

// among is the condition that a row is of one of the visitors. ClickHouse keeps the text of such statements on its disk for a long time:
// therefore they name a visitor by a hash under a key that was made for this and is forgotten with it.
func among(visitors []uint64) string {
	key := rand.Text()
	var hashes []string
	for _, v := range visitors {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s%d", key, v))
		hashes = append(hashes, "'"+hex.EncodeToString(sum[:])+"'")
	}
	return fmt.Sprintf("lower(hex(SHA256(concat('%s', toString(visitor))))) IN (%s)", key, strings.Join(hashes, ", "))
}

// wipeAside overwrites the numbers in the files of records that could not be stored.
func (a *Aggregator) wipeAside(traces [][]byte) error {
	dir := filepath.Join(a.o.Dir, quarantineDir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("cannot erase from what was moved aside: %w", err)
	}
	var errs []error
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			errs = append(errs, spool.WipeFile(filepath.Join(dir, entry.Name()), traces...))
		}
	}
	return errors.Join(errs...)
}
