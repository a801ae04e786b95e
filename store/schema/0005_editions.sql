-- What a fold makes can grow: the number says which roll-ups there are of the day (store/derive, Edition).
ALTER TABLE folds ADD COLUMN IF NOT EXISTS edition UInt8 DEFAULT 1;
