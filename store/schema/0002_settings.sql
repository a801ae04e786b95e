-- What is set, not measured: sites, users, sessions, tokens. Every change is a new version; the newest one counts. Secrets only as hashes.
CREATE TABLE IF NOT EXISTS settings
(
    kind    LowCardinality(String),
    key     String,
    version UInt64,
    removed Bool,
    value   String,
    changed DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (kind, key, version);
