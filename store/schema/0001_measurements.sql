-- What is measured. Every table here has a column `day` (the site's local calendar day) and is emptied by TTL 14 months after it.
-- {retention} is the number of months; {engine:…} and {dedup} are filled in by the migration loop for one server or a cluster.

-- One row per event, written once by the aggregator, never updated.
CREATE TABLE IF NOT EXISTS events
(
    site            UInt32 CODEC(ZSTD(1)),
    day             Date CODEC(ZSTD(1)),
    time            DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    visitor         UInt64 CODEC(ZSTD(1)),
    visit           UInt64 CODEC(ZSTD(1)),
    name            LowCardinality(String) CODEC(ZSTD(1)),
    interactive     Bool CODEC(ZSTD(1)),
    host            LowCardinality(String) CODEC(ZSTD(1)),
    path            LowCardinality(String) CODEC(ZSTD(1)),
    referrer        LowCardinality(String) CODEC(ZSTD(1)),
    source          LowCardinality(String) CODEC(ZSTD(1)),
    channel         LowCardinality(String) CODEC(ZSTD(1)),
    utm_source      LowCardinality(String) CODEC(ZSTD(1)),
    utm_medium      LowCardinality(String) CODEC(ZSTD(1)),
    utm_campaign    LowCardinality(String) CODEC(ZSTD(1)),
    utm_content     LowCardinality(String) CODEC(ZSTD(1)),
    utm_term        LowCardinality(String) CODEC(ZSTD(1)),
    country         LowCardinality(String) CODEC(ZSTD(1)),
    region          LowCardinality(String) CODEC(ZSTD(1)),
    city            LowCardinality(String) CODEC(ZSTD(1)),
    browser         LowCardinality(String) CODEC(ZSTD(1)),
    browser_version LowCardinality(String) CODEC(ZSTD(1)),
    os              LowCardinality(String) CODEC(ZSTD(1)),
    os_version      LowCardinality(String) CODEC(ZSTD(1)),
    device          LowCardinality(String) CODEC(ZSTD(1)),
    engagement      UInt32 CODEC(T64, ZSTD(1)),
    scroll          UInt8 CODEC(ZSTD(1)),
    revenue         Int64 CODEC(ZSTD(1)),
    currency        LowCardinality(String) CODEC(ZSTD(1)),
    prop_keys       Array(LowCardinality(String)) CODEC(ZSTD(1)),
    prop_values     Array(String) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (site, day, visit, time)
TTL day + INTERVAL {retention} MONTH DELETE
SETTINGS non_replicated_deduplication_window = 10000;

-- How many events have arrived for each day: what a fold is compared with.
CREATE TABLE IF NOT EXISTS arrivals
(
    site   UInt32,
    day    Date,
    events UInt64
)
ENGINE = SummingMergeTree(events)
PARTITION BY toYYYYMM(day)
ORDER BY (site, day)
TTL day + INTERVAL {retention} MONTH DELETE
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS arrivals_of_events TO arrivals AS
SELECT site, day, count() AS events FROM events GROUP BY site, day;

-- One row per closed day that has been folded, for the newest fold of it: it holds for as long as arrivals still say `arrived`.
CREATE TABLE IF NOT EXISTS folds
(
    site    UInt32,
    day     Date,
    fold    UInt32,
    arrived UInt64,
    events  UInt64,
    made    DateTime('UTC')
)
ENGINE = ReplacingMergeTree(fold)
PARTITION BY toYYYYMM(day)
ORDER BY (site, day)
TTL day + INTERVAL {retention} MONTH DELETE;

-- One row per visit of a closed day. Rows of a fold that is not the newest of its day are to be ignored and go.
-- Visitors are counted without looking at their numbers: `lone` is 1 for the only visit of a visitor that day; the visits of one
-- who came more often share `who`, which is 0 for all others and means something within its day and fold only.
-- `names` and `counts` are the custom events of the visit.
CREATE TABLE IF NOT EXISTS visits
(
    site            UInt32 CODEC(ZSTD(1)),
    day             Date CODEC(ZSTD(1)),
    fold            UInt32 CODEC(ZSTD(1)),
    visit           UInt64 CODEC(Delta, ZSTD(1)),
    visitor         UInt64 CODEC(ZSTD(1)),
    start           DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    seconds         UInt32 CODEC(T64, ZSTD(1)),
    pageviews       UInt32 CODEC(T64, ZSTD(1)),
    events          UInt32 CODEC(T64, ZSTD(1)),
    hits            UInt32 CODEC(T64, ZSTD(1)),
    bounce          UInt8 CODEC(ZSTD(1)),
    engagement      UInt32 CODEC(T64, ZSTD(1)),
    nth             UInt32 CODEC(Delta, ZSTD(1)),
    lone            UInt8 CODEC(ZSTD(1)),
    who             UInt32 CODEC(ZSTD(1)),
    names           Array(LowCardinality(String)) CODEC(ZSTD(1)),
    counts          Array(UInt32) CODEC(ZSTD(1)),
    entry_page      LowCardinality(String) CODEC(ZSTD(1)),
    exit_page       LowCardinality(String) CODEC(ZSTD(1)),
    host            LowCardinality(String) CODEC(ZSTD(1)),
    referrer        LowCardinality(String) CODEC(ZSTD(1)),
    source          LowCardinality(String) CODEC(ZSTD(1)),
    channel         LowCardinality(String) CODEC(ZSTD(1)),
    utm_source      LowCardinality(String) CODEC(ZSTD(1)),
    utm_medium      LowCardinality(String) CODEC(ZSTD(1)),
    utm_campaign    LowCardinality(String) CODEC(ZSTD(1)),
    utm_content     LowCardinality(String) CODEC(ZSTD(1)),
    utm_term        LowCardinality(String) CODEC(ZSTD(1)),
    country         LowCardinality(String) CODEC(ZSTD(1)),
    region          LowCardinality(String) CODEC(ZSTD(1)),
    city            LowCardinality(String) CODEC(ZSTD(1)),
    browser         LowCardinality(String) CODEC(ZSTD(1)),
    browser_version LowCardinality(String) CODEC(ZSTD(1)),
    os              LowCardinality(String) CODEC(ZSTD(1)),
    os_version      LowCardinality(String) CODEC(ZSTD(1)),
    device          LowCardinality(String) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (site, day, visit)
TTL day + INTERVAL {retention} MONTH DELETE;

-- One row per visit of a closed day and page, by page: what a page's visits did there, and what they were as a whole.
-- Visits and visitors have no numbers here but their places in the day, as in visits (nth, lone, who).
CREATE TABLE IF NOT EXISTS pages
(
    site            UInt32 CODEC(ZSTD(1)),
    page            LowCardinality(String) CODEC(ZSTD(1)),
    day             Date CODEC(ZSTD(1)),
    fold            UInt32 CODEC(ZSTD(1)),
    nth             UInt32 CODEC(Delta, ZSTD(1)),
    lone            UInt8 CODEC(ZSTD(1)),
    who             UInt32 CODEC(ZSTD(1)),
    pageviews       UInt32 CODEC(T64, ZSTD(1)),
    events          UInt32 CODEC(T64, ZSTD(1)),
    engagement      UInt64 CODEC(T64, ZSTD(1)),
    scroll          UInt8 CODEC(ZSTD(1)),
    views           UInt32 CODEC(T64, ZSTD(1)),
    seconds         UInt32 CODEC(T64, ZSTD(1)),
    bounce          UInt8 CODEC(ZSTD(1)),
    entry_page      LowCardinality(String) CODEC(ZSTD(1)),
    exit_page       LowCardinality(String) CODEC(ZSTD(1)),
    host            LowCardinality(String) CODEC(ZSTD(1)),
    referrer        LowCardinality(String) CODEC(ZSTD(1)),
    source          LowCardinality(String) CODEC(ZSTD(1)),
    channel         LowCardinality(String) CODEC(ZSTD(1)),
    utm_source      LowCardinality(String) CODEC(ZSTD(1)),
    utm_medium      LowCardinality(String) CODEC(ZSTD(1)),
    utm_campaign    LowCardinality(String) CODEC(ZSTD(1)),
    utm_content     LowCardinality(String) CODEC(ZSTD(1)),
    utm_term        LowCardinality(String) CODEC(ZSTD(1)),
    country         LowCardinality(String) CODEC(ZSTD(1)),
    region          LowCardinality(String) CODEC(ZSTD(1)),
    city            LowCardinality(String) CODEC(ZSTD(1)),
    browser         LowCardinality(String) CODEC(ZSTD(1)),
    browser_version LowCardinality(String) CODEC(ZSTD(1)),
    os              LowCardinality(String) CODEC(ZSTD(1)),
    os_version      LowCardinality(String) CODEC(ZSTD(1)),
    device          LowCardinality(String) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (site, page, day, nth)
TTL day + INTERVAL {retention} MONTH DELETE;

-- Integer sums per closed day, dimension and value. Visitors never outlive a day, so all of it adds up over days.
CREATE TABLE IF NOT EXISTS rollups
(
    site       UInt32 CODEC(ZSTD(1)),
    dimension  LowCardinality(String) CODEC(ZSTD(1)),
    value      String CODEC(ZSTD(1)),
    day        Date CODEC(ZSTD(1)),
    fold       UInt32 CODEC(ZSTD(1)),
    visitors   UInt64 CODEC(T64, ZSTD(1)),
    visits     UInt64 CODEC(T64, ZSTD(1)),
    pageviews  UInt64 CODEC(T64, ZSTD(1)),
    events     UInt64 CODEC(T64, ZSTD(1)),
    bounces    UInt64 CODEC(T64, ZSTD(1)),
    seconds    UInt64 CODEC(T64, ZSTD(1)),
    engagement UInt64 CODEC(T64, ZSTD(1)),
    scrolls    UInt64 CODEC(T64, ZSTD(1)),
    scrolled   UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (site, dimension, value, day)
TTL day + INTERVAL {retention} MONTH DELETE
SETTINGS index_granularity = 1024;

-- The same summed over the folded days of a month; `day` is its first. Sums of a month that is not recorded in months go.
CREATE TABLE IF NOT EXISTS monthly
(
    site       UInt32 CODEC(ZSTD(1)),
    dimension  LowCardinality(String) CODEC(ZSTD(1)),
    value      String CODEC(ZSTD(1)),
    day        Date CODEC(ZSTD(1)),
    fold       UInt32 CODEC(ZSTD(1)),
    visitors   UInt64 CODEC(T64, ZSTD(1)),
    visits     UInt64 CODEC(T64, ZSTD(1)),
    pageviews  UInt64 CODEC(T64, ZSTD(1)),
    events     UInt64 CODEC(T64, ZSTD(1)),
    bounces    UInt64 CODEC(T64, ZSTD(1)),
    seconds    UInt64 CODEC(T64, ZSTD(1)),
    engagement UInt64 CODEC(T64, ZSTD(1)),
    scrolls    UInt64 CODEC(T64, ZSTD(1)),
    scrolled   UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (site, dimension, value, day)
TTL day + INTERVAL {retention} MONTH DELETE
SETTINGS index_granularity = 1024;

-- Of which folds of which days a month's sums were made: they hold for exactly these, whatever has been folded since.
CREATE TABLE IF NOT EXISTS months
(
    site  UInt32,
    day   Date,
    fold  UInt32,
    days  Array(Date),
    folds Array(UInt32),
    made  DateTime('UTC')
)
ENGINE = ReplacingMergeTree(fold)
PARTITION BY toYYYYMM(day)
ORDER BY (site, day)
TTL day + INTERVAL {retention} MONTH DELETE;

-- Search phrases, in a lane of their own: nothing here can be joined with an event.
CREATE TABLE IF NOT EXISTS searches
(
    site     UInt32,
    day      Date,
    kind     LowCardinality(String),
    phrase   String CODEC(ZSTD(1)),
    opened   String CODEC(ZSTD(1)),
    searches UInt64,
    counted  UInt64,
    zero     UInt64
)
ENGINE = SummingMergeTree((searches, counted, zero))
PARTITION BY toYYYYMM(day)
ORDER BY (site, day, kind, phrase, opened)
TTL day + INTERVAL {retention} MONTH DELETE
SETTINGS non_replicated_deduplication_window = 10000;

-- Beacons that were refused, by reason. Site 0 is sites that are not known.
CREATE TABLE IF NOT EXISTS refusals
(
    site     UInt32,
    day      Date,
    reason   LowCardinality(String),
    refusals UInt64
)
ENGINE = SummingMergeTree(refusals)
PARTITION BY toYYYYMM(day)
ORDER BY (site, day, reason)
TTL day + INTERVAL {retention} MONTH DELETE
SETTINGS non_replicated_deduplication_window = 10000;
