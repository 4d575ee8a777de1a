-- Each set of policies that took force, and how it differs from the one before: only ever added to.
CREATE TABLE policy_change (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  -- What had them read: the bot's start, SIGHUP, or the files themselves.
  cause TEXT NOT NULL CHECK (cause IN ('start', 'signal', 'files')),
  -- To whom the changed files belong: the nearest that can be known to who changed them.
  who TEXT NOT NULL,
  -- Absent where none were known before.
  old_hash TEXT,
  new_hash TEXT NOT NULL,
  difference TEXT NOT NULL,
  -- The whole set, text by file: what the next difference starts from.
  files_json TEXT NOT NULL
) STRICT;
CREATE TRIGGER policy_change_is_not_changed BEFORE UPDATE ON policy_change
BEGIN SELECT RAISE(ABORT, 'policy changes are only added to'); END;
CREATE TRIGGER policy_change_is_not_forgotten BEFORE DELETE ON policy_change
BEGIN SELECT RAISE(ABORT, 'policy changes are only added to'); END;
