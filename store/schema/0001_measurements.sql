-- What is measured. Every table here has a column `day` (the site's local calendar day) and is emptied by TTL 14 months after it.
-- {retention} is the number of months; {engine:…} and {dedup} are filled in by the migration loop for one server or a cluster.

-- One row per event, written once by the aggregator, never updated.
CREATE TABLE IF NOT EXISTS events
(
    site            UInt32,
    day             Date,
    time            DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    visitor         UInt64 CODEC(ZSTD(1)),
    visit           UInt64 CODEC(ZSTD(1)),
    name            LowCardinality(String),
    interactive     Bool,
    host            LowCardinality(String),
    path            LowCardinality(String),
    referrer        LowCardinality(String),
    source          LowCardinality(String),
    channel         LowCardinality(String),
    utm_source      LowCardinality(String),
    utm_medium      LowCardinality(String),
    utm_campaign    LowCardinality(String),
    utm_content     LowCardinality(String),
    utm_term        LowCardinality(String),
    country         LowCardinality(String),
    region          LowCardinality(String),
    city            LowCardinality(String),
    browser         LowCardinality(String),
    browser_version LowCardinality(String),
    os              LowCardinality(String),
    os_version      LowCardinality(String),
    device          LowCardinality(String),
    engagement      UInt32 CODEC(T64, ZSTD(1)),
    scroll          UInt8 CODEC(ZSTD(1)),
    revenue         Int64 CODEC(ZSTD(1)),
    currency        LowCardinality(String),
    prop_keys       Array(LowCardinality(String)),
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
CREATE TABLE IF NOT EXISTS visits
(
    site            UInt32,
    day             Date,
    fold            UInt32,
    visit           UInt64 CODEC(ZSTD(1)),
    visitor         UInt64 CODEC(ZSTD(1)),
    start           DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    seconds         UInt32 CODEC(T64, ZSTD(1)),
    pageviews       UInt32 CODEC(T64, ZSTD(1)),
    events          UInt32 CODEC(T64, ZSTD(1)),
    hits            UInt32 CODEC(T64, ZSTD(1)),
    bounce          UInt8,
    engagement      UInt32 CODEC(T64, ZSTD(1)),
    host            LowCardinality(String),
    entry_page      LowCardinality(String),
    exit_page       LowCardinality(String),
    referrer        LowCardinality(String),
    source          LowCardinality(String),
    channel         LowCardinality(String),
    utm_source      LowCardinality(String),
    utm_medium      LowCardinality(String),
    utm_campaign    LowCardinality(String),
    utm_content     LowCardinality(String),
    utm_term        LowCardinality(String),
    country         LowCardinality(String),
    region          LowCardinality(String),
    city            LowCardinality(String),
    browser         LowCardinality(String),
    browser_version LowCardinality(String),
    os              LowCardinality(String),
    os_version      LowCardinality(String),
    device          LowCardinality(String)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (site, day, visit)
TTL day + INTERVAL {retention} MONTH DELETE;

-- Integer sums per closed day, dimension and value. Visitors never outlive a day, so all of it adds up over days.
CREATE TABLE IF NOT EXISTS rollups
(
    site       UInt32,
    dimension  LowCardinality(String),
    day        Date,
    value      String CODEC(ZSTD(1)),
    fold       UInt32,
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
ORDER BY (site, dimension, day, value)
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
