-- Oldest code: 1
-- Who made what: organizations keep their request, and changes by commands leave events. All columns may be null, so
-- that servers of the version before go on writing.

ALTER TABLE organizations ADD COLUMN client_id TEXT;
ALTER TABLE organizations ADD COLUMN request_id TEXT;
ALTER TABLE organizations ADD COLUMN api_version TEXT;

-- `previous_secret_sha256` is valid besides the secret until `previous_expires_at`, after a rotation.
ALTER TABLE api_keys ADD COLUMN label TEXT;
ALTER TABLE api_keys ADD COLUMN expires_at INTEGER;
ALTER TABLE api_keys ADD COLUMN disabled_at INTEGER;
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
ALTER TABLE api_keys ADD COLUMN previous_secret_sha256 BLOB CHECK (length(previous_secret_sha256) = 32);
ALTER TABLE api_keys ADD COLUMN previous_expires_at INTEGER;

-- Without foreign keys: events outlive what they are about. IDs are UUIDv7, so their order is that of time.
CREATE TABLE events (
  account_id TEXT NOT NULL,
  event_id   TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  actor      TEXT NOT NULL,
  type       TEXT NOT NULL,
  subject    TEXT NOT NULL,
  details    TEXT NOT NULL,
  PRIMARY KEY (account_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX events_by_id ON events (event_id);
