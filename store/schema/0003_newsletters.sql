-- Newsletters, in a lane of their own: how often the picture of a campaign was fetched ('open', link ''), a link of it followed ('click'),
-- or either done by a program ('machine'). Nothing here can be joined with an event, and nothing says who it was.
CREATE TABLE IF NOT EXISTS newsletters
(
    site     UInt32,
    day      Date,
    campaign LowCardinality(String),
    link     LowCardinality(String),
    kind     LowCardinality(String),
    letters  UInt64
)
ENGINE = SummingMergeTree(letters)
PARTITION BY toYYYYMM(day)
ORDER BY (site, day, campaign, link, kind)
TTL day + INTERVAL {retention} MONTH DELETE
SETTINGS non_replicated_deduplication_window = 10000;
