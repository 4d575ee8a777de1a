-- Times are milliseconds since 1970. Columns that hold JSON end in _json.

CREATE TABLE identity (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  -- A random UUID, made once: the namespace of the keys that the networks get.
  namespace TEXT NOT NULL
) STRICT;

-- The inbox and the jobs in one: a request's row is what a restart takes up.
CREATE TABLE request (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  network TEXT NOT NULL,
  event_id TEXT NOT NULL,
  place TEXT NOT NULL,
  thread TEXT NOT NULL,
  venue_json TEXT NOT NULL,
  account TEXT NOT NULL,
  label TEXT NOT NULL,
  text TEXT NOT NULL,
  language TEXT,
  sent_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('received', 'answered', 'accepted', 'planned', 'applying', 'done', 'failed', 'late')),
  person TEXT,
  command TEXT,
  given_json TEXT,
  attempt INTEGER NOT NULL DEFAULT 0,
  operation TEXT,
  plan_hash TEXT,
  UNIQUE (network, event_id)
) STRICT;
CREATE INDEX request_unfinished ON request (number) WHERE state IN ('received', 'accepted', 'planned', 'applying');
CREATE INDEX request_of_person ON request (person, number) WHERE person IS NOT NULL;
CREATE INDEX request_of_account ON request (network, account, number);
CREATE INDEX request_age ON request (received_at);

CREATE TABLE history (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  request INTEGER NOT NULL REFERENCES request (number) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  detail_json TEXT NOT NULL
) STRICT;
CREATE INDEX history_of_request ON history (request, id);

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  request INTEGER NOT NULL REFERENCES request (number) ON DELETE CASCADE,
  -- The request's own, repeated here so that one small index keeps the order of each thread.
  network TEXT NOT NULL,
  place TEXT NOT NULL,
  thread TEXT NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('final', 'progress')),
  answer_json TEXT NOT NULL,
  language TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dropped', 'undeliverable')),
  queued_at INTEGER NOT NULL,
  -- 0: at once, also where the clock was set back since.
  due INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  problem TEXT,
  event_id TEXT,
  delivered_at INTEGER
) STRICT;
CREATE INDEX outbox_of_request ON outbox (request, id);
CREATE INDEX outbox_waiting ON outbox (network, place, thread, id) WHERE state = 'waiting';

-- The rest of a person's last long answer in a place. Its first `showing` rows are the page that the request `taker` was
-- given; they go when another request takes the next page.
CREATE TABLE page (
  network TEXT NOT NULL,
  account TEXT NOT NULL,
  place TEXT NOT NULL,
  blocks_json TEXT NOT NULL,
  kept_at INTEGER NOT NULL,
  taker INTEGER,
  showing INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (network, account, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE head (
  hypervisor TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE memory (
  adapter TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (adapter, key)
) STRICT, WITHOUT ROWID;
