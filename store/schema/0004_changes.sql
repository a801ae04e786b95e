-- What was administered: who changed what, and when. A line holds no secret. It is kept as long as measurements are.
CREATE TABLE IF NOT EXISTS changes
(
    day    Date,
    time   DateTime64(3, 'UTC'),
    who    String,
    action LowCardinality(String),
    target String,
    detail String
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, time)
TTL day + INTERVAL {retention} MONTH DELETE;
