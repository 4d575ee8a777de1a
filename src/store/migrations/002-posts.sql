-- Which post of its purpose it is for its request: 0, 1, …; part of its key. Posts of before have none, and keep the keys
-- that networks may have seen.
ALTER TABLE outbox ADD COLUMN nth INTEGER;
-- Definite rejections: what giving up counts. `attempt` counts keys, and rises also where a network used one up.
ALTER TABLE outbox ADD COLUMN rejections INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET rejections = attempt;
-- The event ids of its leading parts that are out already.
ALTER TABLE outbox ADD COLUMN parts_json TEXT NOT NULL DEFAULT '[]';
